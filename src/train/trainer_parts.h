/* Inside of the trainer: trainer.c makes it and takes its steps, trainer_save.c writes and reads
 * its checkpoints. */
#ifndef VWW_TRAIN_TRAINER_PARTS_H
#define VWW_TRAIN_TRAINER_PARTS_H

#include "train/trainer.h"

/* A tensor that gradients change. */
struct vww_parameter {
    int32_t tensor;
    int64_t count;
    const float *gradient;
    bool decays;
    float *slots[VWW_OPTIMIZER_SLOTS_MAX];
};

struct vww_trainer {
    struct vww_recipe recipe;
    enum vww_optimizer optimizer;
    struct vww_graph *graph;    /* the latest weights */
    struct vww_graph *averaged; /* or NULL */
    struct vww_network *network;
    struct vww_ranks *ranks; /* or NULL */
    struct vww_parameter *parameters;
    int32_t parameter_count;
    struct vww_position position;
    double learning_rate; /* of the last step */
    struct vww_loss loss; /* of the last step */
};

/* graph and averaged (or NULL) become the trainer's, also on failure. */
vww_status vww_trainer_make(struct vww_graph *graph, struct vww_graph *averaged,
                            const struct vww_recipe *recipe, const struct vww_share *share,
                            struct vww_trainer **trainer, struct vww_error *error);

#endif
