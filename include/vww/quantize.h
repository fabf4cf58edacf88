/* From a trained float network to the int8 network that runs on the device. */
#ifndef VWW_QUANTIZE_H
#define VWW_QUANTIZE_H

#include "vww/fold.h"
#include "vww/graph.h"

/* True where every activation's int8 parameters are known, as after training with fake quantization
 * or after calibration: each tensor that no rule covers (graph input, SOFTMAX output, outputs of
 * operators that keep their input's parameters) has a range or parameters. */
bool vww_quantize_has_ranges(const struct vww_graph *folded);

/* Give the float tensors of a folded graph the parameters that they will have as int8:
 *   graph input         scale = preprocessing.scale, zero point = preprocessing.mean - 128, so that
 *                       the integer is exactly byte - 128. A mean that is no integer is rounded,
 *                       here and in graph->preprocessing, which moves the input by up to scale / 2
 *   SOFTMAX             scale 1/256, zero point -128
 *   pools, reshape      their input's
 *   other activations   those they have, else from range_low … range_high
 *   weights             for each output channel (vww_op_weight_axis) its largest magnitude / 127,
 *                       symmetric; widened where the bias needs it
 * vww_network_predictor then computes the fake-quantized network. Errors name the tensor: no range
 * (VWW_ERROR_NOT_FOUND), ranges, weights or biases that are not finite (VWW_ERROR_FORMAT), an
 * operator without an int8 form (VWW_ERROR_UNSUPPORTED). Calling it again changes nothing. */
vww_status vww_quantize_parameters(struct vww_graph *folded, struct vww_error *error);

/* The int8 graph of a folded float graph, after vww_quantize_parameters on a copy of it: int8
 * weights and activations, int32 biases (scale = input scale * weight scale; an operator without
 * bias gets one of zeros). Tensors and operators keep their indices; tensors that had to be added
 * come after them. Release with vww_graph_destroy. */
vww_status vww_quantize_convert(const struct vww_graph *folded, struct vww_graph **integer,
                                struct vww_error *error);

#endif
