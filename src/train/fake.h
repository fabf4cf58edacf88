/* Fake quantization's parameters on a folded graph. */
#ifndef VWW_TRAIN_FAKE_H
#define VWW_TRAIN_FAKE_H

#include "vww/graph.h"

/* Give every tensor that int8 rounds its parameters: weights one scale for each output channel, the
 * graph's input and SOFTMAX's output those that rules fix, other activations those of their range
 * (where they have none yet: anything, until training observes one). A graph with BATCH_NORM or
 * CONCAT: VWW_ERROR_UNSUPPORTED. */
vww_status vww_fake_prepare(struct vww_graph *folded, struct vww_error *error);
/* The scales of weights, after the weights changed. */
void vww_fake_refresh(struct vww_graph *graph);

#endif
