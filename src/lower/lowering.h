/* What the parts of lowering share. */
#ifndef VWW_LOWER_LOWERING_H
#define VWW_LOWER_LOWERING_H

#include "lower/lower.h"
#include "vww/quantization.h"

#include <math.h>
#include <string.h>

/* An operator being lowered, for the functions below. */
struct lowering {
    const struct vww_graph *graph;
    const struct vww_op *op;
    const struct vww_tensor *input, *weights, *bias, *output; /* weights and bias: NULL if none */
    struct vww_lowered *lowered;
    struct vww_error *error;
};

static inline vww_status fail(const struct lowering *l, vww_status status,
                              const struct vww_tensor *tensor, const char *what)
{
    vww_fail(l->error, status, "%s", what);
    vww_error_place(l->error, "operator %s (%s)%s%s", l->op->name, vww_op_name(l->op->kind),
                    tensor != NULL ? ", tensor " : "", tensor != NULL ? tensor->name : "");
    return status;
}

static inline bool positive_scale(float scale)
{
    return isfinite(scale) && scale > 0;
}

static inline vww_status check_activation(const struct lowering *l, const struct vww_tensor *tensor)
{
    const struct vww_quantization *q = &tensor->quantization;
    if (tensor->dtype != VWW_INT8) {
        fail(l, VWW_ERROR_UNSUPPORTED, tensor, "the integer kernels work on int8 activations");
        vww_error_seen(l->error, "%s", vww_dtype_name(tensor->dtype));
        vww_error_remedy(l->error, "quantize the model first");
        return VWW_ERROR_UNSUPPORTED;
    }
    if (q->count != 1) {
        fail(l, VWW_ERROR_FORMAT, tensor, "an activation needs one scale and zero point");
        vww_error_seen(l->error, "%d", (int)q->count);
        vww_error_remedy(l->error, "convert the model with full integer quantization");
        return VWW_ERROR_FORMAT;
    }
    if (!positive_scale(q->scales[0]) || q->zero_points[0] < -128 || q->zero_points[0] > 127) {
        fail(l, VWW_ERROR_FORMAT, tensor, "the quantization is impossible");
        vww_error_seen(l->error, "scale %g, zero point %d", (double)q->scales[0],
                       (int)q->zero_points[0]);
        vww_error_allowed(l->error, "scale > 0, zero point -128 to 127");
        return VWW_ERROR_FORMAT;
    }
    return VWW_OK;
}

/* A real number in the output's integers, or what lies beyond all of them. In float, as TensorFlow
 * Lite does. */
static inline int32_t output_integer(const struct vww_quantization *q, float real)
{
    const float steps = roundf(real / q->scales[0]);
    if (steps >= 512 || steps <= -512)
        return steps > 0 ? 512 : -512;
    return q->zero_points[0] + (int32_t)steps;
}

static inline void activation_limits(const struct lowering *l, enum vww_activation activation,
                                     int32_t *low, int32_t *high)
{
    const struct vww_quantization *q = &l->output->quantization;
    const bool both = activation == VWW_ACTIVATION_RELU_N1_TO_1;
    *low = -128;
    *high = 127;
    if (activation != VWW_ACTIVATION_NONE && output_integer(q, both ? -1 : 0) > *low)
        *low = output_integer(q, both ? -1 : 0);
    if ((activation == VWW_ACTIVATION_RELU6 || both) && output_integer(q, both ? 1 : 6) < *high)
        *high = output_integer(q, both ? 1 : 6);
}

static inline vww_status same_quantization(const struct lowering *l)
{
    const struct vww_quantization *in = &l->input->quantization, *out = &l->output->quantization;
    if (in->scales[0] == out->scales[0] && in->zero_points[0] == out->zero_points[0])
        return VWW_OK;
    fail(l, VWW_ERROR_UNSUPPORTED, l->output, "the output's quantization must be the input's");
    vww_error_seen(l->error, "scale %g, zero point %d", (double)out->scales[0],
                   (int)out->zero_points[0]);
    vww_error_allowed(l->error, "scale %g, zero point %d", (double)in->scales[0],
                      (int)in->zero_points[0]);
    return VWW_ERROR_UNSUPPORTED;
}

static inline int32_t channels_of(const struct vww_tensor *tensor)
{
    return tensor->shape.dims[tensor->shape.rank - 1];
}

/* One function for each operator: fill l->lowered. */
vww_status vww_lower_conv(const struct lowering *l);
vww_status vww_lower_depthwise(const struct lowering *l);
vww_status vww_lower_fully_connected(const struct lowering *l);
vww_status vww_lower_add(const struct lowering *l);
vww_status vww_lower_mul(const struct lowering *l);
vww_status vww_lower_logistic(const struct lowering *l);
vww_status vww_lower_hard_swish(const struct lowering *l);
vww_status vww_lower_mean(const struct lowering *l);
vww_status vww_lower_concat(const struct lowering *l);
vww_status vww_lower_split(const struct lowering *l);
vww_status vww_lower_channel_shuffle(const struct lowering *l);
vww_status vww_lower_pad(const struct lowering *l);
vww_status vww_lower_transpose(const struct lowering *l);
vww_status vww_lower_strided_slice(const struct lowering *l);
vww_status vww_lower_resize_nearest(const struct lowering *l);

#endif
