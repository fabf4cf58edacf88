/* One training: weights, optimizer, position; its steps, and its checkpoints. It knows no files but
 * checkpoints and no data set: images are handed to it. */
#ifndef VWW_TRAIN_TRAINER_H
#define VWW_TRAIN_TRAINER_H

#include "train/checkpoint.h"
#include "train/divergence.h"
#include "train/network.h"
#include "train/optimizer.h"
#include "vww/train.h"

/* Where the training is, and what it remembers besides weights. */
struct vww_position {
    int64_t epoch;         /* complete ones */
    int64_t step_in_epoch; /* the next */
    int64_t step;          /* done */
    double loss_sum;       /* over the images since the last line of metrics */
    int64_t correct, images;
    double best_accuracy; /* of an epoch's end; NaN: none yet */
    int64_t best_epoch;   /* 1 for the first; 0: none yet */
    bool calibrated;      /* quantize_aware: ranges have been set */
    struct vww_divergence divergence;
};

struct vww_trainer;

/* Copies the graph. share: what this process computes of each batch. The recipe is resolved.
 * quantize_aware: the graph is folded; weights and activations get quantization parameters. */
vww_status vww_trainer_create(const struct vww_graph *graph, const struct vww_recipe *recipe,
                              const struct vww_share *share, struct vww_trainer **trainer,
                              struct vww_error *error);
void vww_trainer_destroy(struct vww_trainer *trainer);

struct vww_position *vww_trainer_position(struct vww_trainer *trainer);
/* The graph as one would use it: the averaged weights where the recipe averages, else the last. */
const struct vww_graph *vww_trainer_graph(struct vww_trainer *trainer);

/* Quantize-aware: let one batch widen the first ranges: their plain average over these calls. */
void vww_trainer_calibrate(struct vww_trainer *trainer, const uint8_t *images, int32_t count,
                           int32_t call);

/* What one step learns. The arrays are views, of this process's share of the batch. */
struct vww_batch {
    const uint8_t *images; /* images x height x width x 3 */
    const int32_t *labels; /* images: what an answer is right or wrong by */
    const double *targets; /* images x classes: probabilities, what the loss is by */
    int32_t count;         /* images of the whole batch */
};

/* One step over a batch; steps: of an epoch, for the learning rate. Advances position.step,
 * step_in_epoch and the sums. VWW_ERROR_DIVERGED when the loss is not finite, VWW_ERROR_IO when
 * another rank was lost: the weights are then not changed. */
vww_status vww_trainer_step(struct vww_trainer *trainer, const struct vww_batch *batch,
                            int64_t steps, struct vww_error *error);
/* --- the halves of a step, for asynchronous training, and a look inside */

/* Forward and backward: gradients, and the sums of the position; nothing else changes. */
vww_status vww_trainer_gradients(struct vww_trainer *trainer, const struct vww_batch *batch,
                                 int64_t steps, struct vww_error *error);

/* The trainer's own memory of one tensor. */
struct vww_trainable {
    const char *name;
    float *values;
    const float *gradient;                 /* of the last step; NULL: a statistic of batch norm */
    float *slots[VWW_OPTIMIZER_SLOTS_MAX]; /* of the optimizer */
    int slot_count;
    int64_t count;
};
int32_t vww_trainer_parameters(const struct vww_trainer *trainer);
struct vww_trainable vww_trainer_parameter(const struct vww_trainer *trainer, int32_t i);
int32_t vww_trainer_statistics(const struct vww_trainer *trainer);
struct vww_trainable vww_trainer_statistic(const struct vww_trainer *trainer, int32_t i);
/* Change parameter i by its gradient, as step `step` of the training (1 for the first). */
void vww_trainer_apply(struct vww_trainer *trainer, int32_t i, int64_t step);
/* At this learning rate, until the next gradients. */
void vww_trainer_use_rate(struct vww_trainer *trainer, double rate);
void vww_trainer_apply_statistics(struct vww_trainer *trainer);

/* VWW_ERROR_DIVERGED where a weight is not finite: the state is then not worth keeping. */
vww_status vww_trainer_check(struct vww_trainer *trainer, struct vww_error *error);
/* Of all weights: equal on all ranks. */
uint32_t vww_trainer_checksum(const struct vww_trainer *trainer);
/* Of the last step. */
double vww_trainer_learning_rate(const struct vww_trainer *trainer);
struct vww_loss vww_trainer_loss(const struct vww_trainer *trainer);

/* Write the trainer's whole state; config: JSON text that vww_training_parse finds again. Equal
 * states make equal bytes. */
vww_status vww_trainer_save(struct vww_trainer *trainer, const char *path,
                            const struct vww_buffer *config, struct vww_error *error);
/* Only the graph as one would use it, and the config. */
vww_status vww_trainer_save_graph(struct vww_trainer *trainer, const char *path,
                                  const struct vww_buffer *config, struct vww_error *error);

/* A trainer's state read back; the sections are checked, not yet compared with a network. */
struct vww_training {
    struct vww_graph *graph;  /* as one would use it */
    struct vww_graph *latest; /* where averages are kept beside the latest weights; or NULL */
    struct vww_position position;
    struct vww_buffer config;    /* with a NUL after it */
    struct vww_buffer optimizer; /* floats */
};

vww_status vww_training_parse(const struct vww_checkpoint *checkpoint,
                              struct vww_training *training, struct vww_error *error);
void vww_training_fini(struct vww_training *training);
/* A trainer that goes on from there. name: of the file, for messages. */
vww_status vww_trainer_restore(const struct vww_training *training, const char *name,
                               const struct vww_recipe *recipe, const struct vww_share *share,
                               struct vww_trainer **trainer, struct vww_error *error);

#endif
