/* A graph to be planned, with what its kernels work in; and how it is split in paths. */
#ifndef VWW_PLAN_SUBJECT_H
#define VWW_PLAN_SUBJECT_H

#include "plan/paths.h"
#include "plan/plan.h"

struct vww_subject {
    const struct vww_graph *graph;
    int64_t *scratch;        /* for each operator; NULL: nothing */
    struct vww_graph *split; /* `graph`, where it was made by splitting and is owned; or NULL */
    int32_t *origin;         /* for each operator of `split` that of the whole */
};

/* Release each with vww_subject_fini, also after a failure. */
vww_status vww_subject_of(const struct vww_graph *graph, const struct vww_plan_options *options,
                          struct vww_subject *subject, struct vww_error *error);
void vww_subject_fini(struct vww_subject *subject);

/* For whole planes: where the most is live, the run there is split in the fewest paths that need no
 * more than `most` bytes, or where most is 0 or cannot be reached, in those that need the least;
 * and so on until that is reached or nothing is gained. */
vww_status vww_subject_split_planes(const struct vww_subject *whole,
                                    const struct vww_plan_options *options, int64_t most,
                                    struct vww_subject *parts, struct vww_error *error);
/* For going row by row: the same with the segment that needs the most, in the best segmentation. */
vww_status vww_subject_split_rows(const struct vww_subject *whole,
                                  const struct vww_plan_options *options, struct vww_subject *parts,
                                  struct vww_error *error);

#endif
