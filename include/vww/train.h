/* Training: a graph's weights from a data set, by a recipe, into a run's folder. */
#ifndef VWW_TRAIN_H
#define VWW_TRAIN_H

#include "vww/graph.h"
#include "vww/progress.h"
#include "vww/ranks.h"
#include "vww/recipe.h"

struct vww_train_job {
    const struct vww_graph *graph; /* with weights; borrowed. quantize_aware: folded here */
    const char *data;              /* folder of a built data set */
    const char *out;               /* the run's folder */
    struct vww_recipe recipe;
    const char *recipe_name;    /* of the text the recipe came from, for the record; or NULL */
    const char *teacher;        /* whose answers are learnt from (recipe.distill), or NULL: what
                                 * means->read_teacher reads, and tells the same classes apart */
    const char *from, *command; /* for the record in config.json, or NULL */
    bool force;                 /* replace the run that `out` may hold */
};

/* What changes no result. All zero is a good choice. */
/* A quarter of the memory that is free, shared among the ranks of a machine, at most 4 GiB. */
#define VWW_CACHE_AUTO SIZE_MAX

/* Read a network from a file; vww_checkpoint_graph is one of these, vww_tflite_read another. */
typedef vww_status vww_graph_reader(const char *path, struct vww_graph **graph,
                                    struct vww_error *error);

struct vww_train_means {
    struct vww_ranks *ranks; /* that train together, each having read the same job; or NULL */
    size_t cache_bytes;      /* of decoded training images kept in memory, or VWW_CACHE_AUTO */
    double save_seconds;     /* between checkpoints within an epoch; 0: 300 */
    vww_graph_reader *read_teacher; /* NULL: runs and checkpoints alone */
};

struct vww_train_summary {
    int64_t epochs, steps; /* done */
    double best_accuracy;  /* on the data set's val images; NaN without such */
    int64_t best_epoch;
    int64_t diverged_step;    /* since which the loss has run away; 0: it has not */
    double images_per_second; /* of this call's training steps, without evaluation */
    char folder[512];         /* the run's */
};

/* Train. The run's folder holds config.json and recipe.txt (the full
 * recipe; vww_recipe_read reads the latter), metrics.jsonl (a line every few
 * steps and at each epoch's end), last.ckpt (from which training goes on), best.ckpt. Errors, all
 * with the place and what to do: `out` holds another run (VWW_ERROR_ARGUMENT), data and graph do
 * not fit (VWW_ERROR_MISMATCH), the loss is no longer finite or far above guessing's for good
 * (VWW_ERROR_DIVERGED), the disk is full (VWW_ERROR_IO). A loss that runs away is told before that
 * by progress->warn. When asked to stop, the step is finished, a checkpoint written, and
 * VWW_ERROR_STOPPED says how to go on. */
vww_status vww_train(const struct vww_train_job *job, const struct vww_train_means *means,
                     const struct vww_progress *progress, struct vww_train_summary *summary,
                     struct vww_error *error);

/* Go on where the run stopped, whatever stopped it; the result is the same, byte for byte, as
 * without. data, teacher: NULL, or where the data set and the teacher are now; of the teacher every
 * byte must be as it was (VWW_ERROR_MISMATCH). A finished run is left as it is. */
vww_status vww_train_resume(const char *run, const char *data, const char *teacher,
                            const struct vww_train_means *means,
                            const struct vww_progress *progress, struct vww_train_summary *summary,
                            struct vww_error *error);

/* Give every batch norm the mean and variance that its input has over images of the data set's
 * train split (512 at most), and the gamma and beta with which the network computes the same as
 * before: after vww_zoo_adopt, so that training's batch statistics are near the moving ones from
 * the first step on. */
vww_status vww_train_settle(struct vww_graph *graph, const char *data, uint64_t seed,
                            const struct vww_progress *progress, struct vww_error *error);

/* --- which learning rate to choose */

struct vww_rate_range {
    double low, high; /* tried in geometric steps */
    int64_t steps;
};

struct vww_rate_point {
    double learning_rate;
    double loss, smoothed; /* of the batch before the step at this rate; its moving average */
};

struct vww_rate_search {
    struct vww_rate_point *points;
    size_t count;
    bool diverged;     /* the loss rose to several times its least, or was no number any more */
    double suggestion; /* where the smoothed loss falls fastest; NaN: it never fell */
    double least_loss_rate; /* where it is least: a rate near which training is about to diverge */
};

/* Train for a few steps, the learning rate rising from one to the next, and keep nothing of it
 * (job->out is not used). Release with vww_rate_search_fini. */
vww_status vww_train_find_rate(const struct vww_train_job *job, const struct vww_train_means *means,
                               const struct vww_rate_range *range,
                               const struct vww_progress *progress, struct vww_rate_search *search,
                               struct vww_error *error);
void vww_rate_search_fini(struct vww_rate_search *search);

#endif
