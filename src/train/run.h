/* A run's folder: its files and what they say. */
#ifndef VWW_TRAIN_RUN_H
#define VWW_TRAIN_RUN_H

#include "base/file.h"
#include "train/trainer.h"

#define VWW_RUN_CONFIG "config.json"
#define VWW_RUN_METRICS "metrics.jsonl"

/* What config.json and each checkpoint's CONF tell besides the recipe. Texts are owned. */
struct vww_run_record {
    char *model; /* family of the zoo, or the graph's name */
    double depth_multiplier;
    int64_t resolution, classes;
    char *data, *from, *command; /* from and command: or NULL */
    struct vww_recipe recipe;
};

void vww_run_record_fini(struct vww_run_record *record);

/* JSON text. for_checkpoint: without the command, so that the same training makes the same bytes
 * wherever it is told to put them. state: "running", "stopped", "finished"; not for a checkpoint.
 */
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

#endif
