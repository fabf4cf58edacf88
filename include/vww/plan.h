/* Where every activation lives, and when. */
#ifndef VWW_PLAN_H
#define VWW_PLAN_H

#include "vww/graph.h"

struct vww_placement {
    int64_t offset, bytes; /* within the arena; offset -1: the tensor needs no place */
    int32_t first,
        last; /* operators (indices) during which it is live; -1 = before the first (input) */
    int32_t alias_of; /* RESHAPE's output is its input's bytes; -1: none */
};

struct vww_plan {
    char strategy[16];
    int32_t tensor_count;
    struct vww_placement *placements; /* one for each tensor of the graph */
    int64_t arena_bytes;              /* exact */
    int64_t scratch_bytes;
};

/* strategy: "plain" (exact lifetimes, best offset placement) or "auto". */
vww_status vww_plan_make(const struct vww_graph *graph, const char *strategy, struct vww_plan *plan,
                         struct vww_error *error);
void vww_plan_fini(struct vww_plan *plan);
/* Another algorithm's view of the same plan: plays the graph operator by operator over a map of
 * bytes and refuses a plan in which a read would see bytes that another tensor wrote. */
vww_status vww_plan_validate(const struct vww_graph *graph, const struct vww_plan *plan,
                             struct vww_error *error);

#endif
