/* Float execution of a graph in batches: the forward pass that training, evaluation and calibration
 * share. */
#ifndef VWW_NETWORK_H
#define VWW_NETWORK_H

#include "vww/evaluate.h"
#include "vww/graph.h"

/* A predictor that runs the float graph (moving statistics for batch norm, dropout off; tensors
 * with quantization parameters are fake-quantized). The graph is borrowed and must outlive it.
 * Where the fast network lacks an operator, the plain executor runs, which is far slower.
 * Inputs of any shape are taken, as many bytes as elements; `resolution` is the height. */
vww_status vww_network_predictor(const struct vww_graph *graph, int32_t batch,
                                 struct vww_predictor *predictor, struct vww_error *error);

/* Run one batch and hand every activation tensor to `see` (values: count x elements of the tensor).
 * For calibration and per-layer comparison. */
vww_status vww_network_observe(const struct vww_graph *graph, const uint8_t *images, int32_t count,
                               void (*see)(void *context, int32_t tensor, const float *values,
                                           int64_t values_count),
                               void *context, struct vww_error *error);

#endif
