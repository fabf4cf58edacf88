/* The operator table: names, shape and padding rules, multiply-adds. */
#include "model/operator.h"

#include <string.h>

static const struct {
    const char *name;
    int inputs_least, inputs_most, outputs_most;
} table[VWW_OP_COUNT] = {
#define X(NAME, text, least, most, outputs) [VWW_OP_##NAME] = {text, least, most, outputs},
    VWW_OP_TABLE(X)
#undef X
};

const char *vww_op_name(enum vww_op_kind kind)
{
    return table[kind].name;
}

int vww_op_outputs_most(enum vww_op_kind kind)
{
    return table[kind].outputs_most;
}

static vww_status fail(struct vww_error *error, const struct vww_op *op, const char *what)
{
    vww_fail(error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_place(error, "operator %s (%s)", op->name, vww_op_name(op->kind));
    return VWW_ERROR_FORMAT;
}

/* Output size along one axis, and the padding before and after. dilated: (kernel - 1) * dilation
 * + 1. */
static bool window(enum vww_padding padding, int64_t in, int64_t dilated, int64_t stride,
                   int32_t *before, int32_t *after, int32_t *out)
{
    int64_t size;
    if (padding == VWW_PADDING_SAME) {
        size = (in + stride - 1) / stride;
        int64_t total = (size - 1) * stride + dilated - in;
        if (total < 0)
            total = 0;
        *before = (int32_t)(total / 2);
        *after = (int32_t)(total - total / 2);
    } else {
        if (padding == VWW_PADDING_VALID)
            *before = *after = 0;
        const int64_t room = in + *before + *after - dilated;
        if (room < 0 || *before < 0 || *after < 0)
            return false;
        size = room / stride + 1;
    }
    *out = (int32_t)size;
    return size > 0 && dilated <= INT32_MAX;
}

static vww_status infer_window(struct vww_op *op, const struct vww_shape *in, int64_t kernel_h,
                               int64_t kernel_w, int32_t channels, struct vww_shape *out,
                               struct vww_error *error)
{
    if (in->rank != 4)
        return fail(error, op, "the input must have four dimensions (N, H, W, C)");
    if (op->stride_h < 1 || op->stride_w < 1 || op->stride_h > 1 << 16 || op->stride_w > 1 << 16 ||
        op->dilation_h < 0 || op->dilation_w < 0 || op->dilation_h > 1 << 16 ||
        op->dilation_w > 1 << 16)
        return fail(error, op, "strides and dilations must be 1 to 65536");
    const int64_t dilation_h = op->dilation_h > 0 ? op->dilation_h : 1;
    const int64_t dilation_w = op->dilation_w > 0 ? op->dilation_w : 1;
    *out = (struct vww_shape){.rank = 4, .dims = {in->dims[0], 0, 0, channels}};
    if (!window(op->padding, in->dims[1], (kernel_h - 1) * dilation_h + 1, op->stride_h,
                &op->pad_top, &op->pad_bottom, &out->dims[1]) ||
        !window(op->padding, in->dims[2], (kernel_w - 1) * dilation_w + 1, op->stride_w,
                &op->pad_left, &op->pad_right, &out->dims[2])) {
        fail(error, op, "the window does not fit the input");
        vww_error_seen(error, "a window of %lldx%lld on an input of %dx%d", (long long)kernel_h,
                       (long long)kernel_w, (int)in->dims[1], (int)in->dims[2]);
        return VWW_ERROR_FORMAT;
    }
    return VWW_OK;
}

/* The shape rules, one function each. in: the first input's shape. */

static const struct vww_shape *shape_of(const struct vww_graph *graph, const struct vww_op *op,
                                        int input)
{
    return input < op->input_count ? &graph->tensors[op->inputs[input]].shape : NULL;
}

static vww_status infer_conv(const struct vww_graph *graph, struct vww_op *op,
                             const struct vww_shape *in, struct vww_shape *out,
                             struct vww_error *error)
{
    const struct vww_shape *weights = shape_of(graph, op, 1), *bias = shape_of(graph, op, 2);
    if (in->rank != 4 || weights->rank != 4 || op->groups < 1 ||
        (int64_t)weights->dims[3] * op->groups != in->dims[3] || weights->dims[0] % op->groups != 0)
        return fail(error, op, "weights, groups and input channels do not fit together");
    const vww_status status =
        infer_window(op, in, weights->dims[1], weights->dims[2], weights->dims[0], out, error);
    if (status != VWW_OK || bias == NULL || vww_shape_elements(bias) == weights->dims[0])
        return status;
    if (graph->tensors[op->inputs[2]].dtype != VWW_INT32 || !vww_shape_equal(bias, out))
        return fail(error, op, "the bias must have one value for each output channel");
    return VWW_OK;
}

static vww_status infer_depthwise(const struct vww_graph *graph, struct vww_op *op,
                                  const struct vww_shape *in, struct vww_shape *out,
                                  struct vww_error *error)
{
    const struct vww_shape *weights = shape_of(graph, op, 1), *bias = shape_of(graph, op, 2);
    if (in->rank != 4 || weights->rank != 4 || weights->dims[0] != 1 || in->dims[3] < 1 ||
        weights->dims[3] % in->dims[3] != 0)
        return fail(error, op, "weights and input channels do not fit together");
    if (bias != NULL && vww_shape_elements(bias) != weights->dims[3])
        return fail(error, op, "the bias must have one value for each output channel");
    return infer_window(op, in, weights->dims[1], weights->dims[2], weights->dims[3], out, error);
}

static vww_status infer_fully_connected(const struct vww_graph *graph, const struct vww_op *op,
                                        const struct vww_shape *in, struct vww_shape *out,
                                        struct vww_error *error)
{
    const struct vww_shape *weights = shape_of(graph, op, 1), *bias = shape_of(graph, op, 2);
    const int64_t elements = vww_shape_elements(in);
    if (weights->rank != 2 || in->rank < 1 || elements < 0 || weights->dims[1] < 1 ||
        elements % weights->dims[1] != 0 || elements / weights->dims[1] > INT32_MAX)
        return fail(error, op, "weights and input do not fit together");
    if (bias != NULL && vww_shape_elements(bias) != weights->dims[0])
        return fail(error, op, "the bias must have one value for each output");
    *out = (struct vww_shape){.rank = 2,
                              .dims = {(int32_t)(elements / weights->dims[1]), weights->dims[0]}};
    if (op->shape.rank == 0)
        return VWW_OK;
    *out = *in;
    out->dims[in->rank - 1] = weights->dims[0];
    if (in->dims[in->rank - 1] != weights->dims[1] || !vww_shape_equal(out, &op->shape))
        return fail(error, op, "the output's shape is not the input's with another last dimension");
    return VWW_OK;
}

static vww_status infer_batch_norm(const struct vww_graph *graph, const struct vww_op *op,
                                   const struct vww_shape *in, struct vww_shape *out,
                                   struct vww_error *error)
{
    for (int i = 1; i < 5; i++)
        if (in->rank < 1 || vww_shape_elements(shape_of(graph, op, i)) != in->dims[in->rank - 1])
            return fail(error, op, "batch norm needs one value for each channel");
    *out = *in;
    return VWW_OK;
}

/* What a rule of model/operator.h found wrong, if anything. */
static vww_status judged(struct vww_error *error, const struct vww_op *op, const char *wrong)
{
    return wrong == NULL ? VWW_OK : fail(error, op, wrong);
}

static vww_status infer_pair(const struct vww_graph *graph, const struct vww_op *op,
                             const struct vww_shape *in, struct vww_shape *out,
                             struct vww_error *error)
{
    const struct vww_shape *other = shape_of(graph, op, 1);
    const vww_status status = judged(error, op, vww_infer_broadcast(in, other, out));
    if (status != VWW_OK) {
        char a[64], b[64];
        vww_shape_text(in, a, sizeof a);
        vww_shape_text(other, b, sizeof b);
        vww_error_seen(error, "%s and %s", a, b);
    }
    return status;
}

static vww_status infer_concat(const struct vww_graph *graph, const struct vww_op *op,
                               const struct vww_shape *in, struct vww_shape *out,
                               struct vww_error *error)
{
    if (op->from_last < 0 || op->from_last >= in->rank)
        return fail(error, op, "the dimension to join does not exist");
    const int channel = in->rank - 1 - op->from_last;
    int64_t channels = 0;
    for (int i = 0; i < op->input_count; i++) {
        struct vww_shape same = *shape_of(graph, op, i);
        if (same.rank == in->rank) {
            channels += same.dims[channel];
            same.dims[channel] = in->dims[channel];
        }
        if (!vww_shape_equal(&same, in)) {
            char a[64], b[64];
            vww_shape_text(in, a, sizeof a);
            vww_shape_text(shape_of(graph, op, i), b, sizeof b);
            fail(error, op, "the inputs differ in more than the dimension that is joined");
            vww_error_seen(error, "%s and %s", a, b);
            return VWW_ERROR_FORMAT;
        }
    }
    if (channels > INT32_MAX)
        return fail(error, op, "too many elements in one dimension");
    *out = *in;
    out->dims[channel] = (int32_t)channels;
    return VWW_OK;
}

static vww_status infer_split(const struct vww_op *op, const struct vww_shape *in,
                              struct vww_shape *out, struct vww_error *error)
{
    if (op->from_last < 0 || op->from_last >= in->rank)
        return fail(error, op, "the dimension to split does not exist");
    const int32_t parted = in->dims[in->rank - 1 - op->from_last];
    if (op->output_count < 2 || parted % op->output_count != 0) {
        fail(error, op, "the dimension cannot be split into equal parts");
        vww_error_seen(error, "%d into %d parts", (int)parted, (int)op->output_count);
        return VWW_ERROR_FORMAT;
    }
    *out = *in;
    out->dims[in->rank - 1 - op->from_last] /= op->output_count;
    return VWW_OK;
}

static vww_status infer_channel_shuffle(const struct vww_op *op, const struct vww_shape *in,
                                        struct vww_shape *out, struct vww_error *error)
{
    if (in->rank < 1 || op->groups < 1 || in->dims[in->rank - 1] % op->groups != 0)
        return fail(error, op, "the channels are no multiple of the groups");
    *out = *in;
    return VWW_OK;
}

static vww_status infer_pad(const struct vww_op *op, const struct vww_shape *in,
                            struct vww_shape *out, struct vww_error *error)
{
    if (in->rank != 4)
        return fail(error, op, "the input must have four dimensions (N, H, W, C)");
    const int64_t height = (int64_t)in->dims[1] + op->pad_top + op->pad_bottom;
    const int64_t width = (int64_t)in->dims[2] + op->pad_left + op->pad_right;
    const int64_t channels = (int64_t)in->dims[3] + op->pad_front + op->pad_back;
    if (op->pad_top < 0 || op->pad_bottom < 0 || op->pad_left < 0 || op->pad_right < 0 ||
        op->pad_front < 0 || op->pad_back < 0 || height > INT32_MAX || width > INT32_MAX ||
        channels > INT32_MAX)
        return fail(error, op, "the padding is negative or too large");
    *out = (struct vww_shape){
        .rank = 4, .dims = {in->dims[0], (int32_t)height, (int32_t)width, (int32_t)channels}};
    return VWW_OK;
}

static vww_status infer_transpose(const struct vww_op *op, const struct vww_shape *in,
                                  struct vww_shape *out, struct vww_error *error)
{
    unsigned seen = 0;
    *out = *in;
    for (int i = 0; i < in->rank; i++) {
        if (op->order[i] < 0 || op->order[i] >= in->rank)
            return fail(error, op, "the order names a dimension that does not exist");
        seen |= 1u << op->order[i];
        out->dims[i] = in->dims[op->order[i]];
    }
    if (seen != (1u << in->rank) - 1)
        return fail(error, op, "the order names a dimension twice");
    return VWW_OK;
}

static vww_status check_arity(const struct vww_graph *graph, const struct vww_op *op,
                              struct vww_error *error)
{
    if ((unsigned)op->kind >= VWW_OP_COUNT)
        return vww_fail(error, VWW_ERROR_FORMAT, "unknown operator number %d", (int)op->kind);
    if (op->input_count < table[op->kind].inputs_least ||
        op->input_count > table[op->kind].inputs_most)
        return fail(error, op, "wrong number of inputs");
    if (op->output_count < 0 || op->output_count > table[op->kind].outputs_most)
        return fail(error, op, "wrong number of outputs");
    for (int i = 0; i < op->input_count; i++)
        if (op->inputs[i] < 0 || op->inputs[i] >= graph->tensor_count)
            return fail(error, op, "an input does not exist");
    return VWW_OK;
}

vww_status vww_op_infer(const struct vww_graph *graph, struct vww_op *op, struct vww_shape *output,
                        struct vww_error *error)
{
    const vww_status status = check_arity(graph, op, error);
    if (status != VWW_OK)
        return status;
    const struct vww_shape *in = shape_of(graph, op, 0);
    switch (op->kind) {
    case VWW_OP_CONV_2D:
        return infer_conv(graph, op, in, output, error);
    case VWW_OP_DEPTHWISE_CONV_2D:
        return infer_depthwise(graph, op, in, output, error);
    case VWW_OP_AVERAGE_POOL_2D:
    case VWW_OP_MAX_POOL_2D:
        if (in->rank != 4 || op->kernel_h < 1 || op->kernel_w < 1)
            return fail(error, op, "a pool needs a window and an input of four dimensions");
        return infer_window(op, in, op->kernel_h, op->kernel_w, in->dims[3], output, error);
    case VWW_OP_FULLY_CONNECTED:
        return infer_fully_connected(graph, op, in, output, error);
    case VWW_OP_BATCH_NORM:
        return infer_batch_norm(graph, op, in, output, error);
    case VWW_OP_RESHAPE:
        if (vww_shape_elements(in) < 0 || vww_shape_elements(&op->shape) != vww_shape_elements(in))
            return fail(error, op, "the new shape has another number of elements");
        *output = op->shape;
        return VWW_OK;
    case VWW_OP_MEAN:
        return judged(error, op, vww_infer_mean(op, in, output));
    case VWW_OP_ADD:
    case VWW_OP_MUL:
        return infer_pair(graph, op, in, output, error);
    case VWW_OP_CONCAT:
        return infer_concat(graph, op, in, output, error);
    case VWW_OP_SPLIT:
        return infer_split(op, in, output, error);
    case VWW_OP_CHANNEL_SHUFFLE:
        return infer_channel_shuffle(op, in, output, error);
    case VWW_OP_PAD:
        return infer_pad(op, in, output, error);
    case VWW_OP_TRANSPOSE:
        return infer_transpose(op, in, output, error);
    case VWW_OP_STRIDED_SLICE:
        return judged(error, op, vww_infer_strided_slice(op, in, output));
    case VWW_OP_RESIZE_NEAREST:
        return judged(error, op, vww_infer_resize(op, in, output));
    case VWW_OP_RELU:
    case VWW_OP_RELU6:
    case VWW_OP_DROPOUT:
    case VWW_OP_SOFTMAX:
    case VWW_OP_LOGISTIC:
    case VWW_OP_HARD_SWISH:
    case VWW_OP_QUANTIZE:
    case VWW_OP_DEQUANTIZE:
        *output = *in;
        return VWW_OK;
    case VWW_OP_COUNT:
        break;
    }
    return fail(error, op, "no shape rule");
}

int64_t vww_op_macs(const struct vww_graph *graph, const struct vww_op *op)
{
    if (op->kind != VWW_OP_CONV_2D && op->kind != VWW_OP_DEPTHWISE_CONV_2D &&
        op->kind != VWW_OP_FULLY_CONNECTED)
        return 0;
    const struct vww_shape *weights = &graph->tensors[op->inputs[1]].shape;
    const struct vww_shape *out = &graph->tensors[op->outputs[0]].shape;
    const int64_t positions =
        op->kind == VWW_OP_FULLY_CONNECTED ? out->dims[0] : (int64_t)out->dims[1] * out->dims[2];
    int64_t macs = vww_shape_elements(weights);
    if (macs < 0 || __builtin_mul_overflow(macs, positions, &macs))
        return -1;
    return macs;
}
