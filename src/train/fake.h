/* Fake quantization's parameters on a folded graph. */
#ifndef VWW_TRAIN_FAKE_H
#define VWW_TRAIN_FAKE_H

#include "vww/graph.h"

/* Give every tensor that int8 rounds its parameters: weights one scale for each output channel, the
 * graph's input and SOFTMAX's output those that rules fix, other activations those of their range
 * (where they have none yet: anything, until training observes one), shared where int8 has to share
 * them. A graph with BATCH_NORM: VWW_ERROR_UNSUPPORTED. */
vww_status vww_fake_prepare(struct vww_graph *folded, struct vww_error *error);

/* The operator computes values of a range of its own: it neither moves its inputs' values nor has
 * an output whose parameters are a rule. */
bool vww_fake_makes_range(const struct vww_op *op);
/* group: of vww_quantization_groups. Give the tensors of one group the parameters of the range that
 * holds those of all operators which make one in it; where none has been observed, nothing changes.
 */
void vww_fake_share(struct vww_graph *graph, const int32_t *group, int32_t which);

/* The scales of weights, after the weights changed. */
void vww_fake_refresh(struct vww_graph *graph);

#endif
