/* The operator table: names, shape and padding rules, multiply-adds. */
#include "vww/graph.h"

#include <string.h>

static const struct {
    const char *name;
    int inputs_least, inputs_most, outputs;
} table[VWW_OP_COUNT] = {
#define X(NAME, text, least, most, outputs) [VWW_OP_##NAME] = {text, least, most, outputs},
    VWW_OP_TABLE(X)
#undef X
};

const char *vww_op_name(enum vww_op_kind kind)
{
    return table[kind].name;
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

vww_status vww_op_infer(const struct vww_graph *graph, struct vww_op *op, struct vww_shape *output,
                        struct vww_error *error)
{
    if ((unsigned)op->kind >= VWW_OP_COUNT)
        return vww_fail(error, VWW_ERROR_FORMAT, "unknown operator number %d", (int)op->kind);
    if (op->input_count < table[op->kind].inputs_least ||
        op->input_count > table[op->kind].inputs_most)
        return fail(error, op, "wrong number of inputs");
    if (op->output_count > VWW_MAX_OUTPUTS)
        return fail(error, op, "wrong number of outputs");
    for (int i = 0; i < op->input_count; i++)
        if (op->inputs[i] < 0 || op->inputs[i] >= graph->tensor_count)
            return fail(error, op, "an input does not exist");
    const struct vww_shape *in = &graph->tensors[op->inputs[0]].shape;
    const struct vww_shape *weights =
        op->input_count > 1 ? &graph->tensors[op->inputs[1]].shape : NULL;
    const struct vww_shape *bias =
        op->input_count > 2 ? &graph->tensors[op->inputs[2]].shape : NULL;
    switch (op->kind) {
    case VWW_OP_CONV_2D:
        if (in->rank != 4 || weights->rank != 4 || op->groups < 1 ||
            (int64_t)weights->dims[3] * op->groups != in->dims[3] ||
            weights->dims[0] % op->groups != 0)
            return fail(error, op, "weights, groups and input channels do not fit together");
        if (bias != NULL && vww_shape_elements(bias) != weights->dims[0])
            return fail(error, op, "the bias must have one value for each output channel");
        return infer_window(op, in, weights->dims[1], weights->dims[2], weights->dims[0], output,
                            error);
    case VWW_OP_DEPTHWISE_CONV_2D:
        if (in->rank != 4 || weights->rank != 4 || weights->dims[0] != 1 || in->dims[3] < 1 ||
            weights->dims[3] % in->dims[3] != 0)
            return fail(error, op, "weights and input channels do not fit together");
        if (bias != NULL && vww_shape_elements(bias) != weights->dims[3])
            return fail(error, op, "the bias must have one value for each output channel");
        return infer_window(op, in, weights->dims[1], weights->dims[2], weights->dims[3], output,
                            error);
    case VWW_OP_AVERAGE_POOL_2D:
        if (in->rank != 4 || op->kernel_h < 1 || op->kernel_w < 1)
            return fail(error, op, "a pool needs a window and an input of four dimensions");
        return infer_window(op, in, op->kernel_h, op->kernel_w, in->dims[3], output, error);
    case VWW_OP_FULLY_CONNECTED: {
        const int64_t elements = vww_shape_elements(in);
        if (weights->rank != 2 || in->rank < 1 || elements < 0 || weights->dims[1] < 1 ||
            elements % weights->dims[1] != 0)
            return fail(error, op, "weights and input do not fit together");
        *output = (struct vww_shape){
            .rank = 2, .dims = {(int32_t)(elements / weights->dims[1]), weights->dims[0]}};
        return VWW_OK;
    }
    case VWW_OP_BATCH_NORM:
        for (int i = 1; i < 5; i++)
            if (in->rank < 1 ||
                vww_shape_elements(&graph->tensors[op->inputs[i]].shape) != in->dims[in->rank - 1])
                return fail(error, op, "batch norm needs one value for each channel");
        *output = *in;
        return VWW_OK;
    case VWW_OP_RESHAPE:
        if (vww_shape_elements(in) < 0 || vww_shape_elements(&op->shape) != vww_shape_elements(in))
            return fail(error, op, "the new shape has another number of elements");
        *output = op->shape;
        return VWW_OK;
    case VWW_OP_RELU:
    case VWW_OP_RELU6:
    case VWW_OP_DROPOUT:
    case VWW_OP_SOFTMAX:
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
    return positions * vww_shape_elements(weights);
}
