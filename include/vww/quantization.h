/* TensorFlow Lite's int8 scheme: real = scale * (q - zero_point).
 *   weights      symmetric per output channel, q in -127 … 127, zero point 0
 *   activations  asymmetric per tensor, q in -128 … 127
 *   bias         int32, scale = input scale * weight scale, zero point 0
 * Source: "TensorFlow Lite 8-bit quantization specification". */
#ifndef VWW_QUANTIZATION_H
#define VWW_QUANTIZATION_H

#include "vww/graph.h"

/* Scale and zero point for values in low … high. The range is widened to contain 0, which gets an
 * exact integer; an empty range gives scale 1/128, zero point 0. */
void vww_quantization_from_range(float low, float high, float *scale, int32_t *zero_point);

/* Scale of a weight channel whose largest magnitude is `largest`: largest / 127; 1/127 when it is
 * 0. */
float vww_quantization_weight_scale(float largest);

/* The nearest integer (ties away from zero) to value / scale + zero_point, within low … high. */
int32_t vww_quantize_value(float value, double scale, int32_t zero_point, int32_t low,
                           int32_t high);

/* The dimension along which an operator's weights are quantized, its output channels: 0 for CONV_2D
 * and FULLY_CONNECTED, 3 for DEPTHWISE_CONV_2D, -1 for operators without weights. */
int32_t vww_op_weight_axis(enum vww_op_kind kind);

/* Where the elements of each channel lie in a tensor's data: element k of channel c is at
 * c * start + k * step. The axis is the first dimension, or the last with all earlier ones. */
struct vww_channels {
    int32_t count;    /* channels */
    int64_t elements; /* of each */
    int64_t start, step;
};
struct vww_channels vww_shape_channels(const struct vww_shape *shape, int32_t axis);

/* The scale of every channel of float weights: the one rule that fake quantization and conversion
 * share. scales: room for one for each channel. */
void vww_quantization_weight_scales(const float *weights, const struct vww_channels *channels,
                                    float *scales);

/* The scale, or the smallest one with which the channel's bias fits int32 and leaves half the
 * accumulator to the products: |bias| <= 2^30 * input_scale * scale. Only channels whose weights
 * are next to nothing beside their bias are widened. */
float vww_quantization_scale_for_bias(float scale, float bias, float input_scale);

/* real = multiplier * 2^(shift - 31), multiplier in 2^30 … 2^31-1: the form the integer kernels
 * use. real = 0 gives 0, 0. TensorFlow Lite's QuantizeMultiplier. */
void vww_quantization_multiplier(double real, int32_t *multiplier, int32_t *shift);

/* Operators whose int8 output has, by rule, its input's parameters: pools, reshape, dropout,
 * split, channel shuffle, padding, transposing, slices, resizing to the nearest. */
bool vww_op_keeps_quantization(enum vww_op_kind kind);

/* Which tensors have the same int8 parameters because operators that compute nothing connect them:
 * input and outputs of operators that keep quantization, inputs and output of CONCAT. group[t]: the
 * lowest index among the tensors that share tensor t's parameters; t itself where it shares none.
 * group: graph->tensor_count entries. */
void vww_quantization_groups(const struct vww_graph *graph, int32_t *group);

/* The int8 output of SOFTMAX and LOGISTIC, by rule. */
#define VWW_SOFTMAX_SCALE (1.0f / 256)
#define VWW_SOFTMAX_ZERO_POINT (-128)

#endif
