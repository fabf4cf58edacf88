/* Training curves: metrics.jsonl, one JSON object a line. */
#ifndef VWW_REPORT_METRICS_H
#define VWW_REPORT_METRICS_H

#include "vww/status.h"

#include <stddef.h>
#include <stdint.h>

/* A line's numbers; NaN where the line has none. */
struct vww_metric {
    double step, epoch;
    double loss, accuracy; /* of the training batches since the last line */
    double learning_rate;
    double images_per_second;
    double val_loss, val_accuracy; /* at the end of an epoch */
};

/* The members above with their keys. X(member) */
#define VWW_METRIC_TABLE(X)                                                                        \
    X(step)                                                                                        \
    X(epoch)                                                                                       \
    X(loss)                                                                                        \
    X(accuracy)                                                                                    \
    X(learning_rate)                                                                               \
    X(images_per_second)                                                                           \
    X(val_loss)                                                                                    \
    X(val_accuracy)

struct vww_metrics {
    struct vww_metric *lines;
    size_t count, capacity;
};

/* A line that is not a JSON object with a number for "step" is an error that names it. Other keys
 * are ignored; a value that is null counts as absent. */
vww_status vww_metrics_parse(const void *text, size_t bytes, const char *name,
                             struct vww_metrics *metrics, struct vww_error *error);
vww_status vww_metrics_read(const char *path, struct vww_metrics *metrics, struct vww_error *error);
void vww_metrics_fini(struct vww_metrics *metrics);

#endif
