/* All that a run folder tells, read and checked, before anything is written. */
#ifndef VWW_REPORT_RUN_H
#define VWW_REPORT_RUN_H

#include "base/file.h"
#include "base/json.h"
#include "report/bench.h"
#include "report/metrics.h"
#include "vww/cost.h"
#include "vww/evaluate.h"
#include "vww/graph.h"
#include "vww/plan.h"

/* A stretch of training: the run itself, and before it the runs that it continued. */
struct vww_phase {
    char path[VWW_PATH_MAX];
    yajl_val config; /* NULL where there is none */
    struct vww_metrics metrics;
    bool is_quantize_aware;
};
#define VWW_PHASES_MAX 4

enum vww_execution { VWW_EXECUTION_FLOAT, VWW_EXECUTION_INT8, VWW_EXECUTION_DEVICE };
#define VWW_EXECUTION_COUNT 3
extern const char *const vww_execution_names[VWW_EXECUTION_COUNT]; /* "float", "int8", "device" */

/* A piece that is not there, and how to make it. */
struct vww_missing {
    char what[160];
    char command[2 * VWW_PATH_MAX];
};
#define VWW_MISSING_MAX 10

struct vww_report_run {
    char path[VWW_PATH_MAX];
    char name[VWW_PATH_MAX];                 /* the last part of the path, or all of it */
    struct vww_phase phases[VWW_PHASES_MAX]; /* the run itself is the last one */
    size_t phase_count;
    struct vww_evaluation *evaluations[VWW_EXECUTION_COUNT]; /* NULL: not recorded */

    /* The model, folded, activations as int8; `has_model` says whether there is one. */
    bool has_model;
    char model_path[VWW_PATH_MAX]; /* what it was read from */
    int64_t file_bytes;            /* of the .tflite; 0: read from a checkpoint */
    struct vww_graph *graph;
    struct vww_cost cost;
    struct vww_plan plan;

    struct vww_bench benches[VWW_BENCHES_MAX];
    size_t bench_count;

    struct vww_missing missing[VWW_MISSING_MAX];
    size_t missing_count;
};

/* Zeroed first; release with vww_report_run_fini, also after a failure. */
vww_status vww_report_run_read(const char *path, struct vww_report_run *run,
                               struct vww_error *error);
void vww_report_run_fini(struct vww_report_run *run);

/* The run's own configuration, or NULL. */
yajl_val vww_report_run_config(const struct vww_report_run *run);
/* The data set of the recipe, else of an evaluation, or "DATA" where the run does not say. */
const char *vww_report_run_data(const struct vww_report_run *run);
/* The evaluation nearest to the device, or NULL: which one the run is judged by. int8 goes before
 * device, which is often recorded on fewer images. */
const struct vww_evaluation *vww_report_run_judged(const struct vww_report_run *run);

#endif
