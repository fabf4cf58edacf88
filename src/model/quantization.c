#include "vww/quantization.h"

#include <math.h>

void vww_quantization_from_range(float low, float high, float *scale, int32_t *zero_point)
{
    const double bottom = low < 0 ? low : 0, top = high > 0 ? high : 0;
    if (!(top - bottom > 0) || !isfinite(top - bottom)) {
        *scale = 1.0f / 128;
        *zero_point = 0;
        return;
    }
    *scale = (float)((top - bottom) / 255);
    if (*scale < 1e-30f)
        *scale = 1e-30f;
    const double zero = round(-128 - bottom / *scale);
    *zero_point = (int32_t)(zero < -128 ? -128 : (zero > 127 ? 127 : zero));
}

float vww_quantization_weight_scale(float largest)
{
    return largest > 0 ? fmaxf(largest / 127, 1e-30f) : 1.0f / 127;
}

int32_t vww_quantize_value(float value, double scale, int32_t zero_point, int32_t low, int32_t high)
{
    const double q = round((double)value / scale) + zero_point;
    if (isnan(q))
        return zero_point;
    return q <= low ? low : (q >= high ? high : (int32_t)q);
}

void vww_quantization_multiplier(double real, int32_t *multiplier, int32_t *shift)
{
    if (!isfinite(real)) {
        *multiplier = *shift = 0;
        return;
    }
    int exponent;
    int64_t mantissa = (int64_t)round(frexp(real, &exponent) * (double)(1ll << 31));
    if (mantissa == 1ll << 31) {
        mantissa /= 2;
        exponent++;
    }
    if (mantissa == 0 || exponent < -31) {
        mantissa = 0;
        exponent = 0;
    }
    if (exponent > 30) {
        mantissa = INT32_MAX;
        exponent = 30;
    }
    *multiplier = (int32_t)mantissa;
    *shift = exponent;
}

int32_t vww_op_weight_axis(enum vww_op_kind kind)
{
    switch (kind) {
    case VWW_OP_CONV_2D:
    case VWW_OP_FULLY_CONNECTED:
        return 0;
    case VWW_OP_DEPTHWISE_CONV_2D:
        return 3;
    default:
        return -1;
    }
}

struct vww_channels vww_shape_channels(const struct vww_shape *shape, int32_t axis)
{
    struct vww_channels channels = {.count = shape->dims[axis]};
    channels.elements = vww_shape_elements(shape) / channels.count;
    channels.start = axis == 0 ? channels.elements : 1;
    channels.step = axis == 0 ? 1 : channels.count;
    return channels;
}

void vww_quantization_weight_scales(const float *weights, const struct vww_channels *channels,
                                    float *scales)
{
    for (int32_t c = 0; c < channels->count; c++) {
        const float *first = weights + c * channels->start;
        float largest = 0;
        for (int64_t k = 0; k < channels->elements; k++)
            largest = fmaxf(largest, fabsf(first[k * channels->step]));
        scales[c] = vww_quantization_weight_scale(largest);
    }
}

float vww_quantization_scale_for_bias(float scale, float bias, float input_scale)
{
    return fmaxf(scale, (float)(fabs((double)bias) / ((double)input_scale * 0x1p30)));
}

bool vww_op_keeps_quantization(enum vww_op_kind kind)
{
    return kind == VWW_OP_AVERAGE_POOL_2D || kind == VWW_OP_MAX_POOL_2D || kind == VWW_OP_RESHAPE ||
           kind == VWW_OP_DROPOUT || kind == VWW_OP_SPLIT || kind == VWW_OP_CHANNEL_SHUFFLE ||
           kind == VWW_OP_PAD || kind == VWW_OP_TRANSPOSE || kind == VWW_OP_STRIDED_SLICE ||
           kind == VWW_OP_RESIZE_NEAREST;
}

static int32_t root_of(const int32_t *group, int32_t tensor)
{
    while (group[tensor] != tensor)
        tensor = group[tensor];
    return tensor;
}

static void join(int32_t *group, int32_t a, int32_t b)
{
    const int32_t first = root_of(group, a), second = root_of(group, b);
    if (first < second)
        group[second] = first;
    else
        group[first] = second;
}

void vww_quantization_groups(const struct vww_graph *graph, int32_t *group)
{
    for (int32_t i = 0; i < graph->tensor_count; i++)
        group[i] = i;
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        if (op->kind != VWW_OP_CONCAT && !vww_op_keeps_quantization(op->kind))
            continue;
        for (int k = 0; k < op->output_count; k++)
            join(group, op->inputs[0], op->outputs[k]);
        for (int k = 1; k < op->input_count; k++)
            join(group, op->inputs[0], op->inputs[k]);
    }
    for (int32_t i = 0; i < graph->tensor_count; i++)
        group[i] = root_of(group, i);
}
