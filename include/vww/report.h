/* What came of one or more training runs, for people and for programs. */
#ifndef VWW_REPORT_H
#define VWW_REPORT_H

#include "vww/plan.h"
#include "vww/progress.h"
#include "vww/status.h"
#include "vww/train.h"

#include <stddef.h>

struct vww_report_options {
    const char *const *runs; /* run folders, as `vww train` makes them */
    size_t run_count;        /* 1 … VWW_REPORT_RUNS_MAX */
    const char *directory;   /* made if missing */
};
#define VWW_REPORT_RUNS_MAX 64

/* Write report.html (self-contained), report.md and report.json into the directory. Of a run, what
 * is there is reported, and what is missing is named with the command that makes it:
 *   config.json, metrics.jsonl          its recipe and training curves; those of the run that it
 *                                       continues ("from") are shown before them
 *   model.tflite, or a checkpoint       the model, layer by layer, and its memory plan
 *   bench.jsonl                         lines of `vww bench --json`: memory and flash as measured
 *   eval-float.json, eval-int8.json,    accuracy and, where the data set is still there, pictures
 *   eval-device.json
 * A file that is there but broken is an error that names the file and the line. The same inputs
 * give the same bytes. */
vww_status vww_report_write(const struct vww_report_options *options,
                            const struct vww_progress *progress, struct vww_error *error);

/* Where a plan's tensors live over time, as an SVG file. The plan must be one that can run. */
vww_status vww_report_memory_map(const struct vww_graph *graph, const struct vww_plan *plan,
                                 const char *path, struct vww_error *error);

/* The curve of a learning rate range test as an SVG file. */
vww_status vww_report_rates(const struct vww_rate_search *search, const char *path,
                            struct vww_error *error);

#endif
