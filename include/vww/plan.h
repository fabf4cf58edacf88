/* Where every activation lives, and when.
 *
 * Time is counted in operators: tensor t is live during operators first … last, both included. The
 * graph's input is live from -1 (written by the caller before the first operator), its output until
 * op_count (read by the caller after the last). Two tensors that are live during a common operator
 * may not share a byte; an operator's input and output are such a pair. */
#ifndef VWW_PLAN_H
#define VWW_PLAN_H

#include "vww/graph.h"

struct vww_placement {
    int64_t offset, bytes; /* within the arena; offset -1: the tensor needs no place */
    int32_t first, last;   /* operators (indices) during which it is live; for tensors that share
                              their bytes (alias_of), when any of them is */
    int32_t alias_of; /* RESHAPE's output is its input's bytes: that tensor's index; -1: none. Never
                         another alias */
};

struct vww_plan {
    char strategy[16];
    int32_t tensor_count;
    struct vww_placement *placements; /* one for each tensor of the graph */
    int64_t arena_bytes;              /* exact: the end of the highest tensor */
    int64_t scratch_bytes;            /* working memory of kernels beside the arena */
    int64_t least_bytes; /* no placement of these lifetimes is smaller: the most that is live at
                            once */
    bool is_optimal;     /* arena_bytes is proved the least for these lifetimes */
};

/* strategy: "plain" (exact lifetimes, best offset placement) or "auto" (the best one known). An
 * unknown name: VWW_ERROR_NOT_FOUND with suggestions. The result has passed vww_plan_validate.
 * Release with vww_plan_fini, also after a failure. */
vww_status vww_plan_make(const struct vww_graph *graph, const char *strategy, struct vww_plan *plan,
                         struct vww_error *error);
void vww_plan_fini(struct vww_plan *plan);

/* Another algorithm's view of the same plan: plays the graph operator by operator over a map of
 * bytes and refuses (VWW_ERROR_MISMATCH) a plan in which a read would see bytes that another tensor
 * wrote, a tensor lies outside the arena, or the arena is larger than what is used. */
vww_status vww_plan_validate(const struct vww_graph *graph, const struct vww_plan *plan,
                             struct vww_error *error);

/* Bytes that are live during operator `op` (-1 … op_count). */
int64_t vww_plan_live_bytes(const struct vww_plan *plan, int32_t op);

#endif
