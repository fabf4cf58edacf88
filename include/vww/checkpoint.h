/* Checkpoints: a graph with its weights, and what training needs to go on from there. */
#ifndef VWW_CHECKPOINT_H
#define VWW_CHECKPOINT_H

#include "vww/graph.h"

/* The graph of a checkpoint file, or of a run folder (its best checkpoint, else its last). */
vww_status vww_checkpoint_graph(const char *path, struct vww_graph **graph,
                                struct vww_error *error);

#endif
