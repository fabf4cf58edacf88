/* Runs of operators that can be computed in paths, after the paper's section 5.3: an expansion
 * makes many channels, operators that keep channels apart follow, and a projection adds the
 * channels up. The graph is rewritten so that each path has operators of its own for a part of the
 * channels; the projections hand on their int32 sums (vww/graph.h, CONV_2D) until the last one
 * makes the output. Sums wrap, so the order of the terms does not matter: the bytes are the same.
 */
#ifndef VWW_PLAN_PATHS_H
#define VWW_PLAN_PATHS_H

#include "vww/graph.h"

#define VWW_PATHS_OPS_MOST 6

/* A run: operators in order, the first of which makes the channels and the last of which adds them
 * up; nobody else reads what lies between. */
struct vww_paths_run {
    int32_t ops[VWW_PATHS_OPS_MOST];
    int32_t op_count;
    int32_t most; /* paths: each has at least 4 channels, but perhaps the last */
};

/* The run that begins with operator `op`; false: there is none. */
bool vww_paths_run_at(const struct vww_graph *graph, int32_t op, struct vww_paths_run *run);

/* For each operator that begins a run: in how many paths; 0 or 1: it stays as it is. */
struct vww_paths {
    int32_t count;
    bool abreast; /* all first operators come before the others, so that as a segment the paths go
                     row by row together; otherwise one path comes after the other */
};

/* Tensors keep their indices, new ones follow. origin: for each operator of *split the operator of
 * `graph` that it is or is a part of; release with vww_free. Runs that are split share no
 * operator. */
vww_status vww_paths_apply(const struct vww_graph *graph, const struct vww_paths *paths,
                           struct vww_graph **split, int32_t **origin, struct vww_error *error);

#endif
