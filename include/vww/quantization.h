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
int32_t vww_quantize_value(float value, float scale, int32_t zero_point, int32_t low, int32_t high);

/* real = multiplier * 2^(shift - 31), multiplier in 2^30 … 2^31-1: the form the integer kernels
 * use. real = 0 gives 0, 0. TensorFlow Lite's QuantizeMultiplier. */
void vww_quantization_multiplier(double real, int32_t *multiplier, int32_t *shift);

/* Operators whose int8 output has, by rule, its input's parameters: pools, reshape, dropout. */
bool vww_op_keeps_quantization(enum vww_op_kind kind);

/* SOFTMAX's int8 output, by rule. */
#define VWW_SOFTMAX_SCALE (1.0f / 256)
#define VWW_SOFTMAX_ZERO_POINT (-128)

#endif
