#include "lower/lower.h"
#include "base/memory.h"
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

static vww_status fail(const struct lowering *l, vww_status status, const struct vww_tensor *tensor,
                       const char *what)
{
    vww_fail(l->error, status, "%s", what);
    vww_error_place(l->error, "operator %s (%s)%s%s", l->op->name, vww_op_name(l->op->kind),
                    tensor != NULL ? ", tensor " : "", tensor != NULL ? tensor->name : "");
    return status;
}

static bool positive_scale(float scale)
{
    return isfinite(scale) && scale > 0;
}

static vww_status check_activation(const struct lowering *l, const struct vww_tensor *tensor)
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

/* Weights: int8, symmetric, one scale or one for each output channel (dimension `axis`). */
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
        if (q->zero_points[i] != 0) {
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

/* How far from 0 a real number lies in the output's integers. In float, as TensorFlow Lite does. */
static int32_t output_integer(const struct vww_quantization *q, float real)
{
    const float steps = roundf(real / q->scales[0]);
    return steps >= 512 ? 512 : q->zero_points[0] + (int32_t)steps;
}

static void activation_limits(const struct lowering *l, enum vww_activation activation,
                              int32_t *low, int32_t *high)
{
    const struct vww_quantization *q = &l->output->quantization;
    *low = -128;
    *high = 127;
    if (activation != VWW_ACTIVATION_NONE && q->zero_points[0] > *low)
        *low = q->zero_points[0];
    if (activation == VWW_ACTIVATION_RELU6 && output_integer(q, 6) < *high)
        *high = output_integer(q, 6);
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
        int32_t shift;
        vww_quantization_multiplier((double)in * (double)scale / (double)result,
                                    &out->multipliers[c], &shift);
        out->shifts[c] = (int8_t)shift;
    }
    return VWW_OK;
}

static const int32_t *bias_of(const struct lowering *l)
{
    return l->bias != NULL ? l->bias->data : NULL;
}

static vww_status lower_conv(const struct lowering *l)
{
    const struct vww_op *op = l->op;
    const int32_t *in = l->input->shape.dims, *out = l->output->shape.dims;
    const int32_t *kernel = l->weights->shape.dims;
    vww_status status = check_weights(l, 0);
    if (status == VWW_OK)
        status = output_multipliers(l, out[3]);
    struct vwwrt_conv_2d *conv = &l->lowered->conv_2d;
    l->lowered->kernel = VWW_KERNEL_CONV_2D;
    *conv = (struct vwwrt_conv_2d){
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
        .output_offset = l->output->quantization.zero_points[0],
        .weights = l->weights->data,
        .bias = bias_of(l),
        .multipliers = l->lowered->multipliers,
        .shifts = l->lowered->shifts,
    };
    activation_limits(l, op->activation, &conv->activation_min, &conv->activation_max);
    return status;
}

static vww_status lower_depthwise(const struct lowering *l)
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
        .output_offset = l->output->quantization.zero_points[0],
        .weights = l->weights->data,
        .bias = bias_of(l),
        .multipliers = l->lowered->multipliers,
        .shifts = l->lowered->shifts,
    };
    activation_limits(l, op->activation, &conv->activation_min, &conv->activation_max);
    return status;
}

static vww_status lower_fully_connected(const struct lowering *l)
{
    const int32_t *weights = l->weights->shape.dims;
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

static vww_status same_quantization(const struct lowering *l)
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

/* Sums of so many pixels stay far within 32 bits. */
#define MEAN_PIXELS_MAX (1 << 20)

/* The mean of n integers, requantized: the multiplier is divided by n in integers, after as many
 * bits have been gained as n has, as TensorFlow Lite does it. */
static vww_status lower_mean(const struct lowering *l)
{
    const struct vww_quantization *in = &l->input->quantization, *out = &l->output->quantization;
    const int64_t pixels = (int64_t)l->input->shape.dims[1] * l->input->shape.dims[2];
    struct vwwrt_mean *mean = &l->lowered->mean;
    l->lowered->kernel = VWW_KERNEL_MEAN;
    if (pixels > MEAN_PIXELS_MAX)
        return fail(l, VWW_ERROR_UNSUPPORTED, l->input, "a mean of so many pixels");
    mean->pixels = (int32_t)pixels;
    mean->channels = l->input->shape.dims[3];
    mean->input_offset = -in->zero_points[0] * mean->pixels;
    mean->output_offset = out->zero_points[0];
    vww_quantization_multiplier((double)in->scales[0] / (double)out->scales[0], &mean->multiplier,
                                &mean->shift);
    int gained = 0;
    while (pixels >> (gained + 1) != 0)
        gained++;
    if (gained > 31 + mean->shift)
        gained = 31 + mean->shift;
    mean->multiplier = (int32_t)(((int64_t)mean->multiplier << gained) / pixels);
    mean->shift -= gained;
    return VWW_OK;
}

/* Both inputs get the scale 2 * the larger one / 2^20, in which their sum fits 32 bits. */
static vww_status lower_add(const struct lowering *l)
{
    const struct vww_tensor *other = &l->graph->tensors[l->op->inputs[1]];
    const struct vww_quantization *a = &l->input->quantization, *b = &other->quantization;
    const struct vww_quantization *out = &l->output->quantization;
    vww_status status = check_activation(l, other);
    if (status != VWW_OK)
        return status;
    const double largest = a->scales[0] > b->scales[0] ? a->scales[0] : b->scales[0];
    const double result = 2 * largest / ((1 << 20) * (double)out->scales[0]);
    struct vwwrt_add *add = &l->lowered->add;
    l->lowered->kernel = VWW_KERNEL_ADD;
    add->count = (int32_t)vww_shape_elements(&l->output->shape);
    add->input_offset = -a->zero_points[0];
    add->other_offset = -b->zero_points[0];
    add->output_offset = out->zero_points[0];
    vww_quantization_multiplier((double)a->scales[0] / (2 * largest), &add->input_multiplier,
                                &add->input_shift);
    vww_quantization_multiplier((double)b->scales[0] / (2 * largest), &add->other_multiplier,
                                &add->other_shift);
    vww_quantization_multiplier(result, &add->output_multiplier, &add->output_shift);
    activation_limits(l, l->op->activation, &add->activation_min, &add->activation_max);
    if (add->output_shift <= 0)
        return VWW_OK;
    fail(l, VWW_ERROR_UNSUPPORTED, l->output, "the scale is too small beside those of the inputs");
    vww_error_seen(l->error, "%g", (double)out->scales[0]);
    vww_error_allowed(l->error, "more than %g", 2 * largest / (1 << 20));
    return VWW_ERROR_UNSUPPORTED;
}

/* --- operators that move integers ------------------------------------------------------------ */

static vww_status same_quantization_of(const struct lowering *l, const struct vww_tensor *input,
                                       const struct vww_tensor *output)
{
    struct lowering pair = *l;
    pair.input = input;
    pair.output = output;
    vww_status status = check_activation(l, input);
    if (status == VWW_OK)
        status = check_activation(l, output);
    return status == VWW_OK ? same_quantization(&pair) : status;
}

/* Rows of `width` elements, `steps` apart where they are read and where they are written. */
static struct vwwrt_move move_rows(int64_t rows, int32_t width, int32_t input_step,
                                   int32_t output_step)
{
    return (struct vwwrt_move){.count = {1, 1, (int32_t)rows, width},
                               .input_step = {0, 0, input_step, 1},
                               .output_step = {0, 0, output_step, 1}};
}

static int32_t channels_of(const struct vww_tensor *tensor)
{
    return tensor->shape.dims[tensor->shape.rank - 1];
}

static vww_status lower_concat(const struct lowering *l)
{
    const int32_t all = channels_of(l->output);
    const int64_t rows = vww_shape_elements(&l->output->shape) / all;
    int32_t start = 0;
    l->lowered->kernel = VWW_KERNEL_MOVE;
    l->lowered->call_count = l->op->input_count;
    for (int32_t i = 0; i < l->op->input_count; i++) {
        const struct vww_tensor *input = &l->graph->tensors[l->op->inputs[i]];
        const vww_status status = same_quantization_of(l, input, l->output);
        if (status != VWW_OK)
            return status;
        struct vwwrt_move *move = &l->lowered->moves[i];
        *move = move_rows(rows, channels_of(input), channels_of(input), all);
        move->output_start = start;
        start += channels_of(input);
        l->lowered->calls[i] = (struct vww_lowered_call){.input = i, .output = 0};
    }
    return VWW_OK;
}

static vww_status lower_split(const struct lowering *l)
{
    const int32_t all = channels_of(l->input), part = channels_of(l->output);
    const int64_t rows = vww_shape_elements(&l->input->shape) / all;
    l->lowered->kernel = VWW_KERNEL_MOVE;
    l->lowered->call_count = l->op->output_count;
    for (int32_t i = 0; i < l->op->output_count; i++) {
        const struct vww_tensor *output = &l->graph->tensors[l->op->outputs[i]];
        const vww_status status = same_quantization_of(l, l->input, output);
        if (status != VWW_OK)
            return status;
        l->lowered->moves[i] = move_rows(rows, part, all, part);
        l->lowered->moves[i].input_start = i * part;
        l->lowered->calls[i] = (struct vww_lowered_call){.input = 0, .output = i};
    }
    return VWW_OK;
}

static vww_status lower_channel_shuffle(const struct lowering *l)
{
    const int32_t all = channels_of(l->input), groups = l->op->groups;
    const int32_t each = all / groups;
    const int32_t rows = (int32_t)(vww_shape_elements(&l->input->shape) / all);
    l->lowered->kernel = VWW_KERNEL_MOVE;
    l->lowered->moves[0] = (struct vwwrt_move){.count = {1, rows, each, groups},
                                               .input_step = {0, all, 1, each},
                                               .output_step = {0, all, groups, 1}};
    return same_quantization(l);
}

static vww_status lower_pad(const struct lowering *l)
{
    const struct vww_op *op = l->op;
    const int32_t *in = l->input->shape.dims, *out = l->output->shape.dims;
    struct vwwrt_move *move = &l->lowered->moves[0];
    l->lowered->kernel = VWW_KERNEL_MOVE;
    *move = (struct vwwrt_move){
        .count = {1, in[1], in[2], in[3]},
        .input_step = {0, in[2] * in[3], in[3], 1},
        .output_step = {0, out[2] * out[3], out[3], 1},
        .output_start = (op->pad_top * out[2] + op->pad_left) * out[3] + op->pad_front,
        .fill_count = (int32_t)vww_shape_elements(&l->output->shape),
        .fill_value = l->output->quantization.zero_points[0],
    };
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

/* The output's dimensions one after another; the input's steps in that order. */
static vww_status lower_transpose(const struct lowering *l)
{
    const struct vww_shape *in = &l->input->shape, *out = &l->output->shape;
    struct vwwrt_move *move = &l->lowered->moves[0];
    l->lowered->kernel = VWW_KERNEL_MOVE;
    int32_t steps[VWW_MAX_RANK] = {0}, step = 1;
    for (int i = in->rank - 1; i >= 0; i--) {
        steps[i] = step;
        step *= in->dims[i];
    }
    step = 1;
    for (int loop = 3; loop >= 0; loop--) {
        const int i = loop - (4 - out->rank);
        move->count[loop] = i >= 0 ? out->dims[i] : 1;
        move->input_step[loop] = i >= 0 ? steps[l->op->order[i]] : 0;
        move->output_step[loop] = step;
        step *= move->count[loop];
    }
    return same_quantization(l);
}

static vww_status lower_kind(const struct lowering *l)
{
    switch (l->op->kind) {
    case VWW_OP_CONV_2D:
        return lower_conv(l);
    case VWW_OP_DEPTHWISE_CONV_2D:
        return lower_depthwise(l);
    case VWW_OP_FULLY_CONNECTED:
        return lower_fully_connected(l);
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
        return lower_mean(l);
    case VWW_OP_ADD:
        return lower_add(l);
    case VWW_OP_CONCAT:
        return lower_concat(l);
    case VWW_OP_SPLIT:
        return lower_split(l);
    case VWW_OP_CHANNEL_SHUFFLE:
        return lower_channel_shuffle(l);
    case VWW_OP_PAD:
        return lower_pad(l);
    case VWW_OP_TRANSPOSE:
        return lower_transpose(l);
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
    vww_status status = check_activation(&l, l.input);
    if (status == VWW_OK)
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
    memset(lowered, 0, sizeof *lowered);
}

int vww_kernel_inputs(enum vww_kernel kernel)
{
    return kernel == VWW_KERNEL_ADD ? 2 : 1;
}

#define ROWS_OF(member)                                                                            \
    *rows = (struct vww_lowered_rows){lowered->member.output_h, &lowered->member.input_rows,       \
                                      &lowered->member.output_rows};                               \
    return true

bool vww_lowered_rows(struct vww_lowered *lowered, struct vww_lowered_rows *rows)
{
    switch (lowered->kernel) {
    case VWW_KERNEL_CONV_2D:
        ROWS_OF(conv_2d);
    case VWW_KERNEL_DEPTHWISE_CONV_2D:
        ROWS_OF(depthwise_conv_2d);
    case VWW_KERNEL_AVERAGE_POOL_2D:
        ROWS_OF(average_pool_2d);
    case VWW_KERNEL_MAX_POOL_2D:
        ROWS_OF(max_pool_2d);
    case VWW_KERNEL_DSP_CONV_2D:
        ROWS_OF(dsp_conv_2d);
    case VWW_KERNEL_DSP_DEPTHWISE_3X3:
        ROWS_OF(dsp_depthwise_3x3);
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
        vwwrt_dsp_conv_2d_s8(&lowered->dsp_conv_2d, input, output, first, end);
        break;
    case VWW_KERNEL_DSP_DEPTHWISE_3X3:
        vwwrt_dsp_depthwise_3x3_s8(&lowered->dsp_depthwise_3x3, input, output, first, end);
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
    case VWW_KERNEL_ADD:
        vwwrt_add_s8(&lowered->add, input, inputs[1], output);
        break;
    case VWW_KERNEL_MOVE:
        for (int32_t i = 0; i < lowered->call_count; i++)
            vwwrt_move_s8(&lowered->moves[i], inputs[lowered->calls[i].input],
                          outputs[lowered->calls[i].output]);
        break;
    default:
        vww_lowered_run_rows(lowered, input, output, 0, vww_lowered_output_rows(lowered));
        break;
    }
}
