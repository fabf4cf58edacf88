/* Operators with weights: convolutions and the fully connected one. */
#include "base/memory.h"
#include "lower/lowering.h"

/* Weights: int8, symmetric but in models of the older uint8 scheme, one scale or one for each
 * output channel (dimension `axis`). */
static vww_status check_weights(const struct lowering *l, int axis)
{
    const struct vww_quantization *q = &l->weights->quantization;
    const int32_t channels = l->weights->shape.dims[axis];
    if (l->weights->dtype != VWW_INT8)
        return fail(l, VWW_ERROR_UNSUPPORTED, l->weights, "the integer kernels need int8 weights");
    if (l->weights->data == NULL)
        return fail(l, VWW_ERROR_UNSUPPORTED, l->weights, "weights must be constant");
    if (q->count != 1 && (q->count != channels || q->axis != axis)) {
        fail(l, VWW_ERROR_UNSUPPORTED, l->weights, "the weights' scales do not fit");
        vww_error_seen(l->error, "%d scales along dimension %d", (int)q->count, (int)q->axis);
        vww_error_allowed(l->error, "1, or %d along dimension %d", (int)channels, axis);
        return VWW_ERROR_UNSUPPORTED;
    }
    for (int32_t i = 0; i < q->count; i++) {
        /* A channel whose weights are all zero may have scale 0. */
        if (!positive_scale(q->scales[i]) && q->scales[i] != 0)
            return fail(l, VWW_ERROR_FORMAT, l->weights, "a scale is negative or not a number");
        if (q->zero_points[i] != 0 && !(l->graph->older_uint8 && q->count == 1)) {
            fail(l, VWW_ERROR_UNSUPPORTED, l->weights, "weights must be symmetric");
            vww_error_seen(l->error, "zero point %d", (int)q->zero_points[i]);
            vww_error_allowed(l->error, "0");
            return VWW_ERROR_UNSUPPORTED;
        }
    }
    if (l->bias != NULL && (l->bias->dtype != VWW_INT32 || l->bias->data == NULL))
        return fail(l, VWW_ERROR_UNSUPPORTED, l->bias, "the bias must be constant int32");
    return VWW_OK;
}

/* multipliers and shifts for each output channel: input scale * weight scale / output scale. */
static vww_status output_multipliers(const struct lowering *l, int32_t channels)
{
    struct vww_lowered *out = l->lowered;
    const float in = l->input->quantization.scales[0];
    const float result = l->output->quantization.scales[0];
    const struct vww_quantization *weights = &l->weights->quantization;
    out->channels = channels;
    out->multipliers = vww_allocate((size_t)channels, sizeof *out->multipliers);
    out->shifts = vww_allocate((size_t)channels, sizeof *out->shifts);
    if (out->multipliers == NULL || out->shifts == NULL)
        return vww_fail_memory(l->error, (size_t)channels * sizeof *out->multipliers);
    for (int32_t c = 0; c < channels; c++) {
        const float scale = weights->scales[weights->count > 1 ? c : 0];
        const double product =
            l->graph->older_uint8 ? (double)(in * scale) : (double)in * (double)scale;
        int32_t shift;
        vww_quantization_multiplier(product / (double)result, &out->multipliers[c], &shift);
        out->shifts[c] = (int8_t)shift;
    }
    return VWW_OK;
}

static int32_t weights_offset(const struct lowering *l)
{
    const struct vww_quantization *q = &l->weights->quantization;
    return q->count == 1 ? -q->zero_points[0] : 0;
}

static const int32_t *bias_of(const struct lowering *l)
{
    return l->bias != NULL ? l->bias->data : NULL;
}

/* All that the sums need, without what becomes of them. */
static struct vwwrt_conv_2d conv_sums(const struct lowering *l)
{
    const struct vww_op *op = l->op;
    const int32_t *in = l->input->shape.dims, *out = l->output->shape.dims;
    const int32_t *kernel = l->weights->shape.dims;
    return (struct vwwrt_conv_2d){
        .input_h = in[1],
        .input_w = in[2],
        .input_c = in[3],
        .output_h = out[1],
        .output_w = out[2],
        .output_c = out[3],
        .input_rows = in[1],
        .output_rows = out[1],
        .kernel_h = kernel[1],
        .kernel_w = kernel[2],
        .stride_h = op->stride_h,
        .stride_w = op->stride_w,
        .dilation_h = op->dilation_h > 0 ? op->dilation_h : 1,
        .dilation_w = op->dilation_w > 0 ? op->dilation_w : 1,
        .pad_top = op->pad_top,
        .pad_left = op->pad_left,
        .groups = op->groups,
        .input_offset = -l->input->quantization.zero_points[0],
        .weights_offset = weights_offset(l),
        .weights = l->weights->data,
        .bias = bias_of(l),
    };
}

static vww_status conv_outputs(const struct lowering *l, struct vwwrt_conv_2d *conv)
{
    conv->output_offset = l->output->quantization.zero_points[0];
    activation_limits(l, l->op->activation, &conv->activation_min, &conv->activation_max);
    const vww_status status = output_multipliers(l, conv->output_c);
    conv->multipliers = l->lowered->multipliers;
    conv->shifts = l->lowered->shifts;
    return status;
}

static vww_status lower_partial_conv(const struct lowering *l, bool reads_sums)
{
    struct lowering own = *l;
    struct vwwrt_partial_conv_2d *partial = &l->lowered->partial_conv_2d;
    if (reads_sums)
        own.bias = NULL;
    const vww_status status = check_weights(&own, 0);
    if (status == VWW_OK && l->op->groups != 1)
        return fail(l, VWW_ERROR_UNSUPPORTED, l->output, "a convolution in parts has no groups");
    l->lowered->kernel = VWW_KERNEL_PARTIAL_CONV_2D;
    *partial = (struct vwwrt_partial_conv_2d){
        .reads_sums = reads_sums,
        .writes_sums = l->output->dtype == VWW_INT32,
        .sums_rows = l->output->shape.dims[1],
        .conv = conv_sums(&own),
    };
    return status != VWW_OK || partial->writes_sums ? status : conv_outputs(l, &partial->conv);
}

vww_status vww_lower_conv(const struct lowering *l)
{
    const bool reads_sums = l->bias != NULL && l->bias->role == VWW_ROLE_ACTIVATION;
    if (reads_sums || l->output->dtype == VWW_INT32)
        return lower_partial_conv(l, reads_sums);
    const vww_status status = check_weights(l, 0);
    l->lowered->kernel = VWW_KERNEL_CONV_2D;
    l->lowered->conv_2d = conv_sums(l);
    return status == VWW_OK ? conv_outputs(l, &l->lowered->conv_2d) : status;
}

vww_status vww_lower_depthwise(const struct lowering *l)
{
    const struct vww_op *op = l->op;
    const int32_t *in = l->input->shape.dims, *out = l->output->shape.dims;
    const int32_t *kernel = l->weights->shape.dims;
    vww_status status = check_weights(l, 3);
    if (status == VWW_OK)
        status = output_multipliers(l, out[3]);
    struct vwwrt_depthwise_conv_2d *conv = &l->lowered->depthwise_conv_2d;
    l->lowered->kernel = VWW_KERNEL_DEPTHWISE_CONV_2D;
    *conv = (struct vwwrt_depthwise_conv_2d){
        .input_h = in[1],
        .input_w = in[2],
        .input_c = in[3],
        .output_h = out[1],
        .output_w = out[2],
        .output_c = out[3],
        .input_rows = in[1],
        .output_rows = out[1],
        .kernel_h = kernel[1],
        .kernel_w = kernel[2],
        .stride_h = op->stride_h,
        .stride_w = op->stride_w,
        .dilation_h = op->dilation_h > 0 ? op->dilation_h : 1,
        .dilation_w = op->dilation_w > 0 ? op->dilation_w : 1,
        .pad_top = op->pad_top,
        .pad_left = op->pad_left,
        .input_offset = -l->input->quantization.zero_points[0],
        .weights_offset = weights_offset(l),
        .output_offset = l->output->quantization.zero_points[0],
        .weights = l->weights->data,
        .bias = bias_of(l),
        .multipliers = l->lowered->multipliers,
        .shifts = l->lowered->shifts,
    };
    activation_limits(l, op->activation, &conv->activation_min, &conv->activation_max);
    return status;
}

/* The older uint8 scheme's, which rounds as a convolution does: one of a row of pixels. */
static vww_status lower_older_fully_connected(const struct lowering *l)
{
    const int32_t *weights = l->weights->shape.dims;
    const int32_t rows = (int32_t)(vww_shape_elements(&l->input->shape) / weights[1]);
    vww_status status = check_weights(l, 0);
    if (status == VWW_OK)
        status = output_multipliers(l, weights[0]);
    struct vwwrt_conv_2d *conv = &l->lowered->conv_2d;
    l->lowered->kernel = VWW_KERNEL_CONV_2D;
    *conv = (struct vwwrt_conv_2d){
        .input_h = 1,
        .input_w = rows,
        .input_c = weights[1],
        .output_h = 1,
        .output_w = rows,
        .output_c = weights[0],
        .input_rows = 1,
        .output_rows = 1,
        .kernel_h = 1,
        .kernel_w = 1,
        .stride_h = 1,
        .stride_w = 1,
        .dilation_h = 1,
        .dilation_w = 1,
        .groups = 1,
        .input_offset = -l->input->quantization.zero_points[0],
        .weights_offset = weights_offset(l),
        .output_offset = l->output->quantization.zero_points[0],
        .weights = l->weights->data,
        .bias = bias_of(l),
        .multipliers = l->lowered->multipliers,
        .shifts = l->lowered->shifts,
    };
    activation_limits(l, l->op->activation, &conv->activation_min, &conv->activation_max);
    return status;
}

vww_status vww_lower_fully_connected(const struct lowering *l)
{
    const int32_t *weights = l->weights->shape.dims;
    if (l->graph->older_uint8)
        return lower_older_fully_connected(l);
    vww_status status = check_weights(l, 0);
    if (status == VWW_OK)
        status = output_multipliers(l, weights[0]);
    struct vwwrt_fully_connected *full = &l->lowered->fully_connected;
    l->lowered->kernel = VWW_KERNEL_FULLY_CONNECTED;
    *full = (struct vwwrt_fully_connected){
        .rows = (int32_t)(vww_shape_elements(&l->input->shape) / weights[1]),
        .input_c = weights[1],
        .output_c = weights[0],
        .input_offset = -l->input->quantization.zero_points[0],
        .output_offset = l->output->quantization.zero_points[0],
        .weights = l->weights->data,
        .bias = bias_of(l),
        .multipliers = l->lowered->multipliers,
        .shifts = l->lowered->shifts,
    };
    activation_limits(l, l->op->activation, &full->activation_min, &full->activation_max);
    return status;
}
