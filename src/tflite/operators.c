#include "tflite/operators.h"

#include <stdio.h>
#include <string.h>

static uint64_t float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static int32_t integer(struct fb_table options, int field, int32_t otherwise)
{
    return (int32_t)fb_integer(options, field, 4, otherwise);
}

static const char *read_activation(struct fb_table options, int field, struct vww_op *op)
{
    switch (fb_u8(options, field, TFLITE_ACTIVATION_NONE)) {
    case TFLITE_ACTIVATION_NONE:
        op->activation = VWW_ACTIVATION_NONE;
        return NULL;
    case TFLITE_ACTIVATION_RELU:
        op->activation = VWW_ACTIVATION_RELU;
        return NULL;
    case TFLITE_ACTIVATION_RELU6:
        op->activation = VWW_ACTIVATION_RELU6;
        return NULL;
    default:
        return "its fused activation is not supported (only RELU and RELU6 are)";
    }
}

static int written_activation(const struct vww_op *op)
{
    switch (op->activation) {
    case VWW_ACTIVATION_RELU:
        return TFLITE_ACTIVATION_RELU;
    case VWW_ACTIVATION_RELU6:
        return TFLITE_ACTIVATION_RELU6;
    default:
        return TFLITE_ACTIVATION_NONE;
    }
}

static const char *read_padding(struct fb_table options, int field, struct vww_op *op)
{
    const uint8_t padding = fb_u8(options, field, TFLITE_PADDING_SAME);
    op->padding = padding == TFLITE_PADDING_SAME ? VWW_PADDING_SAME : VWW_PADDING_VALID;
    return padding <= TFLITE_PADDING_VALID ? NULL : "its padding is neither SAME nor VALID";
}

int tflite_padding(const struct vww_graph *graph, const struct vww_op *op)
{
    static const struct {
        enum vww_padding ours;
        int theirs;
    } paddings[] = {{VWW_PADDING_SAME, TFLITE_PADDING_SAME},
                    {VWW_PADDING_VALID, TFLITE_PADDING_VALID}};
    for (int i = 0; i < 2; i++) {
        struct vww_op tried = *op;
        struct vww_shape shape;
        if (op->padding != VWW_PADDING_EXPLICIT && op->padding != paddings[i].ours)
            continue;
        tried.padding = paddings[i].ours;
        if (vww_op_infer(graph, &tried, &shape, NULL) == VWW_OK &&
            vww_shape_equal(&shape, &graph->tensors[op->outputs[0]].shape) &&
            tried.pad_top == op->pad_top && tried.pad_left == op->pad_left)
            return paddings[i].theirs;
    }
    return -1;
}

static bool is_int8(const struct vww_graph *graph, const struct vww_op *op)
{
    return graph->tensors[op->inputs[0]].dtype == VWW_INT8;
}

static const char *read_conv(struct fb_table options, struct vww_op *op)
{
    op->stride_w = integer(options, CONV_STRIDE_W, 0);
    op->stride_h = integer(options, CONV_STRIDE_H, 0);
    op->dilation_w = integer(options, CONV_DILATION_W, 1);
    op->dilation_h = integer(options, CONV_DILATION_H, 1);
    const char *wrong = read_padding(options, CONV_PADDING, op);
    return wrong != NULL ? wrong : read_activation(options, CONV_ACTIVATION, op);
}

static int write_conv(const struct vww_graph *graph, const struct vww_op *op, struct fb_slot *slots)
{
    const struct fb_slot values[] = {
        {CONV_PADDING, 1, (uint64_t)tflite_padding(graph, op), 0},
        {CONV_STRIDE_W, 4, (uint64_t)op->stride_w, 0},
        {CONV_STRIDE_H, 4, (uint64_t)op->stride_h, 0},
        {CONV_ACTIVATION, 1, (uint64_t)written_activation(op), 0},
        {CONV_DILATION_W, 4, (uint64_t)(op->dilation_w > 0 ? op->dilation_w : 1), 0},
        {CONV_DILATION_H, 4, (uint64_t)(op->dilation_h > 0 ? op->dilation_h : 1), 0},
    };
    memcpy(slots, values, sizeof values);
    return sizeof values / sizeof values[0];
}

static int conv_version(const struct vww_graph *graph, const struct vww_op *op)
{
    return op->groups > 1 ? 6 : (is_int8(graph, op) ? 3 : 1);
}

/* The stored depth multiplier is ignored, as TensorFlow Lite does: the shapes say it. */
static const char *read_depthwise(struct fb_table options, struct vww_op *op)
{
    op->stride_w = integer(options, DEPTHWISE_STRIDE_W, 0);
    op->stride_h = integer(options, DEPTHWISE_STRIDE_H, 0);
    op->dilation_w = integer(options, DEPTHWISE_DILATION_W, 1);
    op->dilation_h = integer(options, DEPTHWISE_DILATION_H, 1);
    const char *wrong = read_padding(options, DEPTHWISE_PADDING, op);
    return wrong != NULL ? wrong : read_activation(options, DEPTHWISE_ACTIVATION, op);
}

static int write_depthwise(const struct vww_graph *graph, const struct vww_op *op,
                           struct fb_slot *slots)
{
    const int32_t multiplier =
        graph->tensors[op->outputs[0]].shape.dims[3] / graph->tensors[op->inputs[0]].shape.dims[3];
    const struct fb_slot values[] = {
        {DEPTHWISE_PADDING, 1, (uint64_t)tflite_padding(graph, op), 0},
        {DEPTHWISE_STRIDE_W, 4, (uint64_t)op->stride_w, 0},
        {DEPTHWISE_STRIDE_H, 4, (uint64_t)op->stride_h, 0},
        {DEPTHWISE_MULTIPLIER, 4, (uint64_t)multiplier, 0},
        {DEPTHWISE_ACTIVATION, 1, (uint64_t)written_activation(op), 0},
        {DEPTHWISE_DILATION_W, 4, (uint64_t)(op->dilation_w > 0 ? op->dilation_w : 1), 0},
        {DEPTHWISE_DILATION_H, 4, (uint64_t)(op->dilation_h > 0 ? op->dilation_h : 1), 0},
    };
    memcpy(slots, values, sizeof values);
    return sizeof values / sizeof values[0];
}

static int depthwise_version(const struct vww_graph *graph, const struct vww_op *op)
{
    return is_int8(graph, op) ? 3 : (op->dilation_h > 1 || op->dilation_w > 1 ? 2 : 1);
}

static const char *read_fully_connected(struct fb_table options, struct vww_op *op)
{
    if (fb_u8(options, FULL_WEIGHTS_FORMAT, 0) != 0)
        return "its weights are stored in a shuffled order, which is not supported";
    return read_activation(options, FULL_ACTIVATION, op);
}

static int write_fully_connected(const struct vww_graph *graph, const struct vww_op *op,
                                 struct fb_slot *slots)
{
    (void)graph;
    slots[0] = (struct fb_slot){FULL_ACTIVATION, 1, (uint64_t)written_activation(op), 0};
    return 1;
}

static int fully_connected_version(const struct vww_graph *graph, const struct vww_op *op)
{
    if (is_int8(graph, op) && graph->tensors[op->inputs[1]].quantization.count > 1)
        return 12;
    return op->input_count < 3 ? 6 : (is_int8(graph, op) ? 4 : 1);
}

static const char *read_pool(struct fb_table options, struct vww_op *op)
{
    op->stride_w = integer(options, POOL_STRIDE_W, 0);
    op->stride_h = integer(options, POOL_STRIDE_H, 0);
    op->kernel_w = integer(options, POOL_FILTER_W, 0);
    op->kernel_h = integer(options, POOL_FILTER_H, 0);
    const char *wrong = read_padding(options, POOL_PADDING, op);
    return wrong != NULL ? wrong : read_activation(options, POOL_ACTIVATION, op);
}

static int write_pool(const struct vww_graph *graph, const struct vww_op *op, struct fb_slot *slots)
{
    const struct fb_slot values[] = {
        {POOL_PADDING, 1, (uint64_t)tflite_padding(graph, op), 0},
        {POOL_STRIDE_W, 4, (uint64_t)op->stride_w, 0},
        {POOL_STRIDE_H, 4, (uint64_t)op->stride_h, 0},
        {POOL_FILTER_W, 4, (uint64_t)op->kernel_w, 0},
        {POOL_FILTER_H, 4, (uint64_t)op->kernel_h, 0},
        {POOL_ACTIVATION, 1, (uint64_t)written_activation(op), 0},
    };
    memcpy(slots, values, sizeof values);
    return sizeof values / sizeof values[0];
}

static int int8_version_2(const struct vww_graph *graph, const struct vww_op *op)
{
    return is_int8(graph, op) ? 2 : 1;
}

static const char *read_softmax(struct fb_table options, struct vww_op *op)
{
    op->beta = fb_f32(options, SOFTMAX_BETA, 0);
    return NULL;
}

static int write_softmax(const struct vww_graph *graph, const struct vww_op *op,
                         struct fb_slot *slots)
{
    (void)graph;
    slots[0] = (struct fb_slot){SOFTMAX_BETA, 4, float_bits(op->beta), 0};
    return 1;
}

#define CONV_ROLES                                                                                 \
    {                                                                                              \
        VWW_ROLE_ACTIVATION, VWW_ROLE_WEIGHT, VWW_ROLE_BIAS                                        \
    }
#define ONE_INPUT                                                                                  \
    {                                                                                              \
        VWW_ROLE_ACTIVATION                                                                        \
    }
#define RESHAPE_ROLES                                                                              \
    {                                                                                              \
        VWW_ROLE_ACTIVATION, VWW_ROLE_CONSTANT                                                     \
    }

/* RESHAPE's new shape is read from its output tensor; its second input, the same as a constant, is
 * written and dropped by those who write and read the graph. */
static const struct tflite_operator table[] = {
    /* kind, code, options, inputs least, most, in the graph, roles, read, write, version */
    {VWW_OP_CONV_2D, CODE_CONV_2D, OPTIONS_CONV_2D, 2, 3, 3, CONV_ROLES, read_conv, write_conv,
     conv_version},
    {VWW_OP_DEPTHWISE_CONV_2D, CODE_DEPTHWISE_CONV_2D, OPTIONS_DEPTHWISE_CONV_2D, 2, 3, 3,
     CONV_ROLES, read_depthwise, write_depthwise, depthwise_version},
    {VWW_OP_FULLY_CONNECTED, CODE_FULLY_CONNECTED, OPTIONS_FULLY_CONNECTED, 2, 3, 3, CONV_ROLES,
     read_fully_connected, write_fully_connected, fully_connected_version},
    {VWW_OP_AVERAGE_POOL_2D, CODE_AVERAGE_POOL_2D, OPTIONS_POOL_2D, 1, 1, 1, ONE_INPUT, read_pool,
     write_pool, int8_version_2},
    {VWW_OP_RESHAPE, CODE_RESHAPE, OPTIONS_RESHAPE, 1, 2, 1, RESHAPE_ROLES, NULL, NULL, NULL},
    {VWW_OP_SOFTMAX, CODE_SOFTMAX, OPTIONS_SOFTMAX, 1, 1, 1, ONE_INPUT, read_softmax, write_softmax,
     int8_version_2},
    {VWW_OP_RELU, CODE_RELU, OPTIONS_NONE, 1, 1, 1, ONE_INPUT, NULL, NULL, int8_version_2},
    {VWW_OP_RELU6, CODE_RELU6, OPTIONS_NONE, 1, 1, 1, ONE_INPUT, NULL, NULL, int8_version_2},
};
#define TABLE_COUNT (sizeof table / sizeof table[0])

const struct tflite_operator *tflite_operator_of_code(int32_t code)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (table[i].code == code)
            return &table[i];
    return NULL;
}

const struct tflite_operator *tflite_operator_of_kind(enum vww_op_kind kind)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (table[i].kind == kind)
            return &table[i];
    return NULL;
}

void tflite_operator_list(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < TABLE_COUNT && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "",
                                 tflite_code_name(table[i].code));
}
