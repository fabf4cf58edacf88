/* Inside the planner: what has to be placed, and the two steps of a strategy. */
#ifndef VWW_PLAN_PLAN_H
#define VWW_PLAN_PLAN_H

#include "vww/plan.h"

/* Models whose activations need more than this are refused: the aim is microcontrollers, and every
 * sum of sizes stays far from overflow. */
#define VWW_PLAN_BYTES_MOST ((int64_t)1 << 30)

/* One run of bytes with one lifetime: a tensor together with its aliases. */
struct vww_plan_block {
    int64_t bytes; /* > 0 */
    int64_t align; /* offset must be a multiple of it */
    int32_t first, last;
    int64_t offset; /* the result */
    int32_t tensor; /* the root; for messages */
};

/* Sizes, lifetimes and aliases of all tensors; offsets -1. */
vww_status vww_plan_lifetimes(const struct vww_graph *graph, struct vww_plan *plan,
                              struct vww_error *error);

/* Give each block an offset; *arena_bytes is the end of the highest. The result is the least
 * possible, and *is_optimal true, whenever the lower bound is met or the search ends within its
 * budget of steps, as it does for small graphs. */
vww_status vww_plan_place(struct vww_plan_block *blocks, int32_t count, int64_t *arena_bytes,
                          int64_t *least_bytes, bool *is_optimal, struct vww_error *error);

#endif
