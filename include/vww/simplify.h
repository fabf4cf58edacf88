/* An int8 graph becomes a smaller one with the same outputs for every input, byte for byte.
 *
 * Every channel of every tensor gets an interval that holds all its values, by exact integer
 * arithmetic over the kernels' sums, for each way in which a window can lie at the border. What
 * follows is proved by these intervals, never by samples:
 *   - a channel whose value is the same for every input and position is folded into the biases of
 *     the convolutions that read it, where that is the same at the border (its value is the zero
 *     point, the window has no padding, or its weights add up alike), and removed;
 *   - a channel that nobody needs (only weights of zero read it) is removed;
 *   - a channel that is constant but has to stay gets weights of zero;
 *   - an activation that can never clamp is dropped.
 * A channel is removed only where all readers agree: additions, concatenations, splits, shuffles
 * and pools tie the channels of their inputs and outputs together. */
#ifndef VWW_SIMPLIFY_H
#define VWW_SIMPLIFY_H

#include "vww/graph.h"

/* What happened to one operator. Channels are those of all its outputs. */
struct vww_simplified_op {
    char name[VWW_NAME_MAX];
    enum vww_op_kind kind;
    int32_t channels_before, channels_after;
    int32_t constant; /* removed: the same for every input */
    int32_t unused;   /* removed: needed by nobody */
    int32_t filler;   /* removable, kept to make up a multiple; their weights are zero */
    bool lost_clamp;
    int64_t weights_before, weights_after;
    int64_t macs_before, macs_after;
};

struct vww_simplify_report {
    int32_t op_count;
    struct vww_simplified_op *ops; /* one for each of the graph's operators */
    struct vww_simplified_op total;
    int32_t clamps_lost;
};

/* target: as in vww/codegen.h, whose kernels may want channels in multiples; NULL or one without
 * such kernels: 1. `simplified` is a new graph with the same operators, input and output; a graph
 * that is not int8 throughout is copied as it is. Operators whose channels are not followed here
 * (MUL, LOGISTIC, STRIDED_SLICE, …, additions that repeat, joins of other dimensions) keep all of
 * theirs, what they read included. report may be NULL; release it with vww_simplify_report_fini,
 * also after a failure. Errors are those of the integer kernels: what no kernel can do. */
vww_status vww_simplify(const struct vww_graph *graph, const char *target,
                        struct vww_graph **simplified, struct vww_simplify_report *report,
                        struct vww_error *error);
void vww_simplify_report_fini(struct vww_simplify_report *report);

#endif
