/* A run's folder: its files and what they say. */
#ifndef VWW_TRAIN_RUN_H
#define VWW_TRAIN_RUN_H

#include "base/file.h"
#include "base/lock.h"
#include "train/teacher.h"
#include "train/trainer.h"
#include "vww/loader.h"

#define VWW_RUN_CONFIG "config.json"
#define VWW_RUN_RECIPE "recipe.txt"
#define VWW_RUN_METRICS "metrics.jsonl"

/* What config.json and each checkpoint's CONF tell besides the recipe. Texts are owned. */
struct vww_run_record {
    char *model; /* family of the zoo, or the graph's name */
    double depth_multiplier;
    int64_t resolution, classes;
    char *data, *from, *command; /* from and command: or NULL */
    char *teacher;               /* or NULL */
    char teacher_sha256[65];     /* of its file, in hexadecimal; empty: no teacher */
    char *recipe_name;           /* of the text the recipe came from; or NULL */
    struct vww_recipe recipe;
};

void vww_run_record_fini(struct vww_run_record *record);

/* JSON text. for_checkpoint: without the command, so that the same training makes the same bytes
 * wherever it is told to put them. state: "running", "stopped", "diverged", "finished"; not for a
 * checkpoint. */
vww_status vww_run_record_write(const struct vww_run_record *record, bool for_checkpoint,
                                const char *state, const struct vww_position *position,
                                struct vww_buffer *out, struct vww_error *error);
/* The treats-as-hostile reverse. name: for messages. */
vww_status vww_run_record_parse(const void *text, size_t bytes, const char *name,
                                struct vww_run_record *record, struct vww_error *error);

/* A line of metrics.jsonl. */
struct vww_run_line {
    int64_t step;
    int64_t epoch; /* the one under way, 1 for the first */
    double loss, accuracy, learning_rate, images_per_second;
    double val_loss, val_accuracy; /* NaN: not measured here */
};

vww_status vww_run_append(const char *path, const struct vww_run_line *line,
                          struct vww_error *error);
/* Drop the lines after `step`, and one that was cut short: what a stopped run wrote after its last
 * checkpoint. No file is no error. */
vww_status vww_run_keep_lines(const char *path, int64_t step, struct vww_error *error);

/* --- a run at work ------------------------------------------------------------------------------
 */

#define VWW_EVALUATION_BATCH 32
#define VWW_SAVE_SECONDS 300 /* between checkpoints within a long epoch */

struct vww_run {
    struct vww_run_record record;
    struct vww_trainer *trainer;
    struct vww_teacher *teacher;    /* or NULL */
    struct vww_loader *train, *val; /* val: NULL where the data set has no such images */
    const struct vww_progress *progress;
    const struct vww_train_means *means;
    struct vww_ranks *ranks; /* or NULL; the first alone writes files */
    struct vww_share share;
    struct vww_lock lock;
    char folder[VWW_PATH_MAX];
    char config[VWW_PATH_MAX], text[VWW_PATH_MAX], metrics[VWW_PATH_MAX], last[VWW_PATH_MAX],
        best[VWW_PATH_MAX];
    char events[VWW_PATH_MAX];
    int64_t steps;   /* of an epoch */
    uint8_t *images; /* of the batch at work, as struct vww_batch has them */
    int32_t *labels;
    double *targets;
    struct vww_buffer checkpoint_config;
    double line_seconds, line_images; /* of the steps since the last line */
    double seconds, images_done;      /* of this call's steps */
    struct vww_loss recent;           /* moving average over this call's steps; correct: of 1000 */
    bool has_warned, has_given_up;    /* of and on a loss that runs away */
    double saved_at;
    bool is_torn; /* asynchronous training: the trainer's state is not one to be saved */
};

void vww_run_init(struct vww_run *run, const struct vww_train_means *means,
                  const struct vww_progress *progress);
void vww_run_fini(struct vww_run *run);
/* True on the rank that writes files and speaks. */
bool vww_run_leads(const struct vww_run *run);

/* The trainer and the data; nothing is written. */
vww_status vww_run_prepare(struct vww_run *run, const struct vww_train_job *job,
                           const struct vww_graph *graph, struct vww_error *error);
/* Check that everything fits together, also with the other ranks, then take the folder and write
 * the first files: from then on the run can be resumed. */
vww_status vww_run_begin(struct vww_run *run, const struct vww_train_job *job,
                         const struct vww_graph *graph, struct vww_error *error);
/* The same for a run that goes on from its last checkpoint. data, teacher: where they are now, or
 * NULL. */
vww_status vww_run_recall(struct vww_run *run, const char *folder, const char *data,
                          const char *teacher, struct vww_error *error);

/* Open the record's teacher, where there is one, and record its checksum; settle how much of the
 * targets is its answer. */
vww_status vww_run_open_teacher(struct vww_run *run, struct vww_error *error);
/* The same for a run that goes on: the file must have the recorded checksum. path: where it is now,
 * or NULL. */
vww_status vww_run_recall_teacher(struct vww_run *run, const char *path, struct vww_error *error);

/* Batch `step` of `epoch`, this rank's share of it, into the run's buffers: a view of them. */
vww_status vww_run_batch(struct vww_run *run, int64_t epoch, int64_t step, struct vww_batch *batch,
                         struct vww_error *error);

/* Take in the loss of the step just taken, as `recent` has it. Warns, once in this call, when the
 * loss runs away. VWW_ERROR_DIVERGED on all ranks in step: it will not come back; VWW_ERROR_IO on
 * the one that leads. */
vww_status vww_run_judge(struct vww_run *run, struct vww_error *error);
/* Of one that gives every class the same probability. */
double vww_run_guessing_loss(const struct vww_run *run);

vww_status vww_run_save_config(struct vww_run *run, const char *state, struct vww_error *error);
/* Write last.ckpt. */
vww_status vww_run_save(struct vww_run *run, struct vww_error *error);

/* The same events for TensorBoard, by the rank that leads: a line of metrics; histograms of weights
 * and of the last step's gradients; what the network is shown. */
vww_status vww_run_watch_line(struct vww_run *run, const struct vww_run_line *line,
                              struct vww_error *error);
vww_status vww_run_watch_weights(struct vww_run *run, struct vww_error *error);
vww_status vww_run_watch_images(struct vww_run *run, struct vww_error *error);

/* Accuracy and loss of a graph on all examples, each rank scoring a part of them; the same on all
 * ranks. */
vww_status vww_run_score(struct vww_loader *loader, const struct vww_graph *graph,
                         struct vww_ranks *ranks, double *accuracy, double *loss,
                         struct vww_error *error);

#endif
