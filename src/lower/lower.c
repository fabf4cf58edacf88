#include "base/memory.h"
#include "lower/lowering.h"

static vww_status check_windows(const struct lowering *l)
{
    const struct vww_op *op = l->op;
    const int32_t *in = l->input->shape.dims, *out = l->output->shape.dims;
    if (op->pad_top >= op->kernel_h || op->pad_left >= op->kernel_w ||
        (out[1] - 1) * (int64_t)op->stride_h - op->pad_top >= in[1] ||
        (out[2] - 1) * (int64_t)op->stride_w - op->pad_left >= in[2])
        return fail(l, VWW_ERROR_UNSUPPORTED, l->input, "a pool window lies outside the image");
    return VWW_OK;
}

static vww_status lower_average_pool(const struct lowering *l)
{
    const struct vww_op *op = l->op;
    const int32_t *in = l->input->shape.dims, *out = l->output->shape.dims;
    const vww_status status = check_windows(l);
    if (status != VWW_OK)
        return status;
    struct vwwrt_average_pool_2d *pool = &l->lowered->average_pool_2d;
    l->lowered->kernel = VWW_KERNEL_AVERAGE_POOL_2D;
    *pool = (struct vwwrt_average_pool_2d){
        .input_h = in[1],
        .input_w = in[2],
        .channels = in[3],
        .output_h = out[1],
        .output_w = out[2],
        .input_rows = in[1],
        .output_rows = out[1],
        .kernel_h = op->kernel_h,
        .kernel_w = op->kernel_w,
        .stride_h = op->stride_h,
        .stride_w = op->stride_w,
        .pad_top = op->pad_top,
        .pad_left = op->pad_left,
        .rounding_zero = l->graph->older_uint8 ? -128 : 0,
    };
    activation_limits(l, op->activation, &pool->activation_min, &pool->activation_max);
    return same_quantization(l);
}

static vww_status lower_max_pool(const struct lowering *l)
{
    const struct vww_op *op = l->op;
    const int32_t *in = l->input->shape.dims, *out = l->output->shape.dims;
    const vww_status status = check_windows(l);
    if (status != VWW_OK)
        return status;
    struct vwwrt_max_pool_2d *pool = &l->lowered->max_pool_2d;
    l->lowered->kernel = VWW_KERNEL_MAX_POOL_2D;
    *pool = (struct vwwrt_max_pool_2d){
        .input_h = in[1],
        .input_w = in[2],
        .channels = in[3],
        .output_h = out[1],
        .output_w = out[2],
        .input_rows = in[1],
        .output_rows = out[1],
        .kernel_h = op->kernel_h,
        .kernel_w = op->kernel_w,
        .stride_h = op->stride_h,
        .stride_w = op->stride_w,
        .pad_top = op->pad_top,
        .pad_left = op->pad_left,
    };
    activation_limits(l, op->activation, &pool->activation_min, &pool->activation_max);
    return same_quantization(l);
}

/* The kernel sums as many numbers of at most 1 with 12 integer bits. */
#define SOFTMAX_DEPTH_MAX 4095

/* A difference of integers times beta * scale becomes fixed point with 26 fractional bits. */
static vww_status lower_softmax(const struct lowering *l)
{
    const struct vww_quantization *out = &l->output->quantization;
    const int rank = l->input->shape.rank;
    if (out->scales[0] != VWW_SOFTMAX_SCALE || out->zero_points[0] != VWW_SOFTMAX_ZERO_POINT) {
        fail(l, VWW_ERROR_UNSUPPORTED, l->output, "the output of an int8 softmax has fixed scales");
        vww_error_seen(l->error, "scale %g, zero point %d", (double)out->scales[0],
                       (int)out->zero_points[0]);
        vww_error_allowed(l->error, "scale 1/256, zero point -128");
        return VWW_ERROR_UNSUPPORTED;
    }
    if (rank < 1)
        return fail(l, VWW_ERROR_UNSUPPORTED, l->input, "softmax needs a dimension");
    if (l->input->shape.dims[rank - 1] > SOFTMAX_DEPTH_MAX) {
        fail(l, VWW_ERROR_UNSUPPORTED, l->input, "the row is too wide for an integer softmax");
        vww_error_seen(l->error, "%d", (int)l->input->shape.dims[rank - 1]);
        vww_error_allowed(l->error, "at most %d", SOFTMAX_DEPTH_MAX);
        return VWW_ERROR_UNSUPPORTED;
    }
    struct vwwrt_softmax *softmax = &l->lowered->softmax;
    l->lowered->kernel = VWW_KERNEL_SOFTMAX;
    softmax->depth = l->input->shape.dims[rank - 1];
    softmax->rows = (int32_t)(vww_shape_elements(&l->input->shape) / softmax->depth);
    const double real = (double)l->op->beta * (double)l->input->quantization.scales[0] * (1 << 26);
    if (!(real > 1)) {
        fail(l, VWW_ERROR_UNSUPPORTED, l->input, "the scale is too small for an integer softmax");
        vww_error_seen(l->error, "beta * scale = %g", real / (1 << 26));
        vww_error_allowed(l->error, "more than 2^-26");
        return VWW_ERROR_UNSUPPORTED;
    }
    const double largest = (double)INT32_MAX;
    vww_quantization_multiplier(real < largest ? real : largest, &softmax->multiplier,
                                &softmax->shift);
    /* Differences beyond this do not fit 5 integer bits. */
    softmax->diff_min = -(int32_t)floor(31.0 * (1 << 26) / (double)(1ll << softmax->shift));
    return VWW_OK;
}

static vww_status lower_clamp(const struct lowering *l, enum vww_activation activation)
{
    const double ratio =
        (double)l->input->quantization.scales[0] / (double)l->output->quantization.scales[0];
    struct vwwrt_clamp *clamp = &l->lowered->clamp;
    l->lowered->kernel = VWW_KERNEL_CLAMP;
    clamp->count = (int32_t)vww_shape_elements(&l->input->shape);
    clamp->input_offset = -l->input->quantization.zero_points[0];
    clamp->output_offset = l->output->quantization.zero_points[0];
    vww_quantization_multiplier(ratio, &clamp->multiplier, &clamp->shift);
    activation_limits(l, activation, &clamp->activation_min, &clamp->activation_max);
    return VWW_OK;
}

static vww_status lower_copy(const struct lowering *l)
{
    l->lowered->kernel = VWW_KERNEL_COPY;
    l->lowered->copy_bytes = vww_shape_elements(&l->output->shape);
    return same_quantization(l);
}

static vww_status lower_kind(const struct lowering *l)
{
    switch (l->op->kind) {
    case VWW_OP_CONV_2D:
        return vww_lower_conv(l);
    case VWW_OP_DEPTHWISE_CONV_2D:
        return vww_lower_depthwise(l);
    case VWW_OP_FULLY_CONNECTED:
        return vww_lower_fully_connected(l);
    case VWW_OP_AVERAGE_POOL_2D:
        return lower_average_pool(l);
    case VWW_OP_SOFTMAX:
        return lower_softmax(l);
    case VWW_OP_RELU:
        return lower_clamp(l, VWW_ACTIVATION_RELU);
    case VWW_OP_RELU6:
        return lower_clamp(l, VWW_ACTIVATION_RELU6);
    case VWW_OP_MAX_POOL_2D:
        return lower_max_pool(l);
    case VWW_OP_MEAN:
        return vww_lower_mean(l);
    case VWW_OP_ADD:
        return vww_lower_add(l);
    case VWW_OP_CONCAT:
        return vww_lower_concat(l);
    case VWW_OP_SPLIT:
        return vww_lower_split(l);
    case VWW_OP_CHANNEL_SHUFFLE:
        return vww_lower_channel_shuffle(l);
    case VWW_OP_PAD:
        return vww_lower_pad(l);
    case VWW_OP_TRANSPOSE:
        return vww_lower_transpose(l);
    case VWW_OP_MUL:
        return vww_lower_mul(l);
    case VWW_OP_LOGISTIC:
        return vww_lower_logistic(l);
    case VWW_OP_HARD_SWISH:
        return vww_lower_hard_swish(l);
    case VWW_OP_STRIDED_SLICE:
        return vww_lower_strided_slice(l);
    case VWW_OP_RESIZE_NEAREST:
        return vww_lower_resize_nearest(l);
    case VWW_OP_QUANTIZE: /* to another scale, without limits of its own */
        return lower_clamp(l, VWW_ACTIVATION_NONE);
    case VWW_OP_RESHAPE:
    case VWW_OP_DROPOUT:
        return lower_copy(l);
    default:
        fail(l, VWW_ERROR_UNSUPPORTED, NULL, "no integer kernel for this operator");
        vww_error_remedy(l->error, "batch norm is folded into the convolutions by quantizing");
        return VWW_ERROR_UNSUPPORTED;
    }
}

vww_status vww_lower_op(const struct vww_graph *graph, int32_t index, struct vww_lowered *lowered,
                        struct vww_error *error)
{
    const struct vww_op *op = &graph->ops[index];
    memset(lowered, 0, sizeof *lowered);
    lowered->call_count = 1;
    struct lowering l = {
        .graph = graph,
        .op = op,
        .input = &graph->tensors[op->inputs[0]],
        .weights = op->input_count > 1 ? &graph->tensors[op->inputs[1]] : NULL,
        .bias = op->input_count > 2 ? &graph->tensors[op->inputs[2]] : NULL,
        .output = &graph->tensors[op->outputs[0]],
        .lowered = lowered,
        .error = error,
    };
    const bool makes_sums = op->kind == VWW_OP_CONV_2D && l.output->dtype == VWW_INT32;
    vww_status status = check_activation(&l, l.input);
    if (status == VWW_OK && !makes_sums)
        status = check_activation(&l, l.output);
    if (status == VWW_OK)
        status = lower_kind(&l);
    if (status != VWW_OK)
        vww_lowered_fini(lowered);
    return status;
}

void vww_lowered_fini(struct vww_lowered *lowered)
{
    vww_free(lowered->multipliers);
    vww_free(lowered->shifts);
    vww_free(lowered->weights);
    vww_free(lowered->scratch);
    vww_free(lowered->table);
    vww_free(lowered->sources);
    memset(lowered, 0, sizeof *lowered);
}

bool vww_kernel_takes_sums(enum vww_kernel kernel)
{
    return kernel == VWW_KERNEL_PARTIAL_CONV_2D || kernel == VWW_KERNEL_DSP_PARTIAL_CONV_2D;
}

int vww_lowered_other(const struct vww_lowered *lowered)
{
    switch (lowered->kernel) {
    case VWW_KERNEL_ADD:
    case VWW_KERNEL_ADD_BROADCAST:
    case VWW_KERNEL_MUL:
    case VWW_KERNEL_MAC_ADD:
    case VWW_KERNEL_MVE_ADD:
        return 1;
    case VWW_KERNEL_PARTIAL_CONV_2D:
        return lowered->partial_conv_2d.reads_sums ? 2 : 0;
    case VWW_KERNEL_DSP_PARTIAL_CONV_2D:
        return lowered->dsp_partial_conv_2d.reads_sums ? 2 : 0;
    default:
        return 0;
    }
}

#define ROWS_OF(member)                                                                            \
    rows->output_h = lowered->member.output_h;                                                     \
    rows->input_rows = &lowered->member.input_rows;                                                \
    rows->output_rows = &lowered->member.output_rows;                                              \
    return true

bool vww_lowered_rows(struct vww_lowered *lowered, struct vww_lowered_rows *rows)
{
    *rows = (struct vww_lowered_rows){0};
    switch (lowered->kernel) {
    case VWW_KERNEL_CONV_2D:
        ROWS_OF(conv_2d);
    case VWW_KERNEL_DEPTHWISE_CONV_2D:
        ROWS_OF(depthwise_conv_2d);
    case VWW_KERNEL_AVERAGE_POOL_2D:
    case VWW_KERNEL_MVE_AVERAGE_POOL_2D:
        ROWS_OF(average_pool_2d);
    case VWW_KERNEL_MAX_POOL_2D:
        ROWS_OF(max_pool_2d);
    case VWW_KERNEL_DSP_CONV_2D:
    case VWW_KERNEL_MAC_CONV_2D:
    case VWW_KERNEL_MVE_CONV_2D:
        ROWS_OF(tuned_conv_2d);
    case VWW_KERNEL_DSP_DEPTHWISE_3X3:
    case VWW_KERNEL_DSP_DEPTHWISE_5X5:
    case VWW_KERNEL_MAC_DEPTHWISE_3X3:
    case VWW_KERNEL_MAC_DEPTHWISE_5X5:
        ROWS_OF(tuned_depthwise);
    case VWW_KERNEL_MVE_DEPTHWISE_CONV_2D:
    case VWW_KERNEL_MVE_DEPTHWISE_3X3:
        ROWS_OF(mve_depthwise_conv_2d);
    case VWW_KERNEL_PARTIAL_CONV_2D:
        rows->other_rows = &lowered->partial_conv_2d.sums_rows;
        ROWS_OF(partial_conv_2d.conv);
    case VWW_KERNEL_DSP_PARTIAL_CONV_2D:
        rows->other_rows = &lowered->dsp_partial_conv_2d.sums_rows;
        ROWS_OF(dsp_partial_conv_2d);
    default:
        return false;
    }
}

int32_t vww_lowered_output_rows(const struct vww_lowered *lowered)
{
    struct vww_lowered copy = *lowered;
    struct vww_lowered_rows rows;
    return vww_lowered_rows(&copy, &rows) ? rows.output_h : 0;
}

void vww_lowered_run_rows(const struct vww_lowered *lowered, const int8_t *input, int8_t *output,
                          int32_t first, int32_t end)
{
    switch (lowered->kernel) {
    case VWW_KERNEL_CONV_2D:
        vwwrt_conv_2d_s8(&lowered->conv_2d, input, output, first, end);
        break;
    case VWW_KERNEL_DEPTHWISE_CONV_2D:
        vwwrt_depthwise_conv_2d_s8(&lowered->depthwise_conv_2d, input, output, first, end);
        break;
    case VWW_KERNEL_AVERAGE_POOL_2D:
        vwwrt_average_pool_2d_s8(&lowered->average_pool_2d, input, output, first, end);
        break;
    case VWW_KERNEL_MAX_POOL_2D:
        vwwrt_max_pool_2d_s8(&lowered->max_pool_2d, input, output, first, end);
        break;
    case VWW_KERNEL_DSP_CONV_2D:
        vwwrt_dsp_conv_2d_s8(&lowered->tuned_conv_2d, input, output, first, end);
        break;
    case VWW_KERNEL_DSP_DEPTHWISE_3X3:
        vwwrt_dsp_depthwise_3x3_s8(&lowered->tuned_depthwise, input, output, first, end);
        break;
    case VWW_KERNEL_DSP_DEPTHWISE_5X5:
        vwwrt_dsp_depthwise_5x5_s8(&lowered->tuned_depthwise, input, output, first, end);
        break;
    case VWW_KERNEL_MAC_CONV_2D:
        vwwrt_mac_conv_2d_s8(&lowered->tuned_conv_2d, input, output, first, end);
        break;
    case VWW_KERNEL_MAC_DEPTHWISE_3X3:
        vwwrt_mac_depthwise_3x3_s8(&lowered->tuned_depthwise, input, output, first, end);
        break;
    case VWW_KERNEL_MAC_DEPTHWISE_5X5:
        vwwrt_mac_depthwise_5x5_s8(&lowered->tuned_depthwise, input, output, first, end);
        break;
    case VWW_KERNEL_MVE_CONV_2D:
        vwwrt_mve_conv_2d_s8(&lowered->tuned_conv_2d, input, output, first, end);
        break;
    case VWW_KERNEL_MVE_DEPTHWISE_CONV_2D:
        vwwrt_mve_depthwise_conv_2d_s8(&lowered->mve_depthwise_conv_2d, input, output, first, end);
        break;
    case VWW_KERNEL_MVE_DEPTHWISE_3X3:
        vwwrt_mve_depthwise_3x3_s8(&lowered->mve_depthwise_conv_2d, input, output, first, end);
        break;
    case VWW_KERNEL_MVE_AVERAGE_POOL_2D:
        vwwrt_mve_average_pool_2d_s8(&lowered->average_pool_2d, input, output, first, end);
        break;
    default:
        break;
    }
}

/* The rows are what the outermost loop that is one goes over, alone or with the columns. */
static void loops_to_row(int32_t count[4], int32_t rows)
{
    int outermost = 0;
    while (outermost < 3 && count[outermost] == 1)
        outermost++;
    count[outermost] /= rows;
}

void vww_lowered_to_row(struct vww_lowered *lowered, int32_t rows)
{
    switch (lowered->kernel) {
    case VWW_KERNEL_CLAMP:
        lowered->clamp.count /= rows;
        break;
    case VWW_KERNEL_LOOKUP:
        lowered->lookup.count /= rows;
        break;
    case VWW_KERNEL_ADD:
        lowered->add.count /= rows;
        break;
    case VWW_KERNEL_MAC_ADD:
    case VWW_KERNEL_MVE_ADD:
        lowered->mac_add.count /= rows;
        break;
    case VWW_KERNEL_ADD_BROADCAST:
        loops_to_row(lowered->add_broadcast.count, rows);
        break;
    case VWW_KERNEL_MUL:
        loops_to_row(lowered->mul.count, rows);
        break;
    default:
        break;
    }
}

void vww_lowered_run(const struct vww_lowered *lowered, const int8_t *const *inputs,
                     int8_t *const *outputs)
{
    const int8_t *input = inputs[0];
    int8_t *output = outputs[0];
    switch (lowered->kernel) {
    case VWW_KERNEL_COPY:
        memmove(output, input, (size_t)lowered->copy_bytes);
        break;
    case VWW_KERNEL_FULLY_CONNECTED:
        vwwrt_fully_connected_s8(&lowered->fully_connected, input, output);
        break;
    case VWW_KERNEL_SOFTMAX:
        vwwrt_softmax_s8(&lowered->softmax, input, output);
        break;
    case VWW_KERNEL_CLAMP:
        vwwrt_clamp_s8(&lowered->clamp, input, output);
        break;
    case VWW_KERNEL_MEAN:
        vwwrt_mean_s8(&lowered->mean, input, output);
        break;
    case VWW_KERNEL_MVE_FULLY_CONNECTED:
        vwwrt_mve_fully_connected_s8(&lowered->mve_fully_connected, input, output);
        break;
    case VWW_KERNEL_MVE_MEAN:
        vwwrt_mve_mean_s8(&lowered->mean, input, output);
        break;
    case VWW_KERNEL_ADD:
        vwwrt_add_s8(&lowered->add, input, inputs[1], output);
        break;
    case VWW_KERNEL_MAC_ADD:
        vwwrt_mac_add_s8(&lowered->mac_add, input, inputs[1], output);
        break;
    case VWW_KERNEL_MVE_ADD:
        vwwrt_mve_add_s8(&lowered->mac_add, input, inputs[1], output);
        break;
    case VWW_KERNEL_ADD_BROADCAST:
        vwwrt_add_broadcast_s8(&lowered->add_broadcast, input, inputs[1], output);
        break;
    case VWW_KERNEL_MUL:
        vwwrt_mul_s8(&lowered->mul, input, inputs[1], output);
        break;
    case VWW_KERNEL_LOOKUP:
        vwwrt_lookup_s8(&lowered->lookup, input, output);
        break;
    case VWW_KERNEL_RESIZE_NEAREST:
        vwwrt_resize_nearest_s8(&lowered->resize_nearest, input, output);
        break;
    case VWW_KERNEL_MOVE:
        for (int32_t i = 0; i < lowered->call_count; i++)
            vwwrt_move_s8(&lowered->moves[i], inputs[lowered->calls[i].input],
                          outputs[lowered->calls[i].output]);
        break;
    case VWW_KERNEL_PARTIAL_CONV_2D:
        vwwrt_partial_conv_2d_s8(&lowered->partial_conv_2d, input,
                                 lowered->partial_conv_2d.reads_sums ? inputs[2] : NULL, output, 0,
                                 lowered->partial_conv_2d.conv.output_h);
        break;
    case VWW_KERNEL_DSP_PARTIAL_CONV_2D:
        vwwrt_dsp_partial_conv_2d_s8(&lowered->dsp_partial_conv_2d, input,
                                     lowered->dsp_partial_conv_2d.reads_sums ? inputs[2] : NULL,
                                     output, 0, lowered->dsp_partial_conv_2d.output_h);
        break;
    default:
        vww_lowered_run_rows(lowered, input, output, 0, vww_lowered_output_rows(lowered));
        break;
    }
}
