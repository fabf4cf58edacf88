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
    case TFLITE_ACTIVATION_RELU_N1_TO_1:
        op->activation = VWW_ACTIVATION_RELU_N1_TO_1;
        return NULL;
    default:
        return "its fused activation is not supported (RELU, RELU6 and RELU_N1_TO_1 are)";
    }
}

static int written_activation(const struct vww_op *op)
{
    switch (op->activation) {
    case VWW_ACTIVATION_RELU:
        return TFLITE_ACTIVATION_RELU;
    case VWW_ACTIVATION_RELU6:
        return TFLITE_ACTIVATION_RELU6;
    case VWW_ACTIVATION_RELU_N1_TO_1:
        return TFLITE_ACTIVATION_RELU_N1_TO_1;
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

static const char *read_conv(const struct tflite_reading *from, struct vww_op *op)
{
    const struct fb_table options = *from->options;
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
static const char *read_depthwise(const struct tflite_reading *from, struct vww_op *op)
{
    const struct fb_table options = *from->options;
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

static const char *read_fully_connected(const struct tflite_reading *from, struct vww_op *op)
{
    const struct fb_table options = *from->options;
    if (fb_u8(options, FULL_WEIGHTS_FORMAT, 0) != 0)
        return "its weights are stored in a shuffled order, which is not supported";
    if (fb_u8(options, FULL_KEEP_DIMENSIONS, 0) != 0 && from->output->rank != 2)
        op->shape = *from->output;
    return read_activation(options, FULL_ACTIVATION, op);
}

static int write_fully_connected(const struct vww_graph *graph, const struct vww_op *op,
                                 struct fb_slot *slots)
{
    (void)graph;
    slots[0] = (struct fb_slot){FULL_ACTIVATION, 1, (uint64_t)written_activation(op), 0};
    slots[1] = (struct fb_slot){FULL_KEEP_DIMENSIONS, 1, op->shape.rank > 0, 0};
    return op->shape.rank > 0 ? 2 : 1;
}

static int fully_connected_version(const struct vww_graph *graph, const struct vww_op *op)
{
    if (is_int8(graph, op) && graph->tensors[op->inputs[1]].quantization.count > 1)
        return 12;
    if (op->input_count < 3)
        return 6;
    return op->shape.rank > 0 ? 5 : (is_int8(graph, op) ? 4 : 1);
}

static const char *read_pool(const struct tflite_reading *from, struct vww_op *op)
{
    const struct fb_table options = *from->options;
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

/* Version 1 makes integers of real numbers, version 2 integers of integers. */
static int quantize_version(const struct vww_graph *graph, const struct vww_op *op)
{
    return graph->tensors[op->inputs[0]].dtype == VWW_FLOAT32 ? 1 : 2;
}

static const char *read_softmax(const struct tflite_reading *from, struct vww_op *op)
{
    const struct fb_table options = *from->options;
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

static const char *read_reshape(const struct tflite_reading *from, struct vww_op *op)
{
    op->shape = *from->output;
    return NULL;
}

static int reshape_constants(const struct vww_graph *graph, const struct vww_op *op,
                             struct tflite_integers *integers)
{
    (void)graph;
    *integers = (struct tflite_integers){
        .name = "shape", .shape = {.rank = 1, .dims = {op->shape.rank}}, .count = op->shape.rank};
    memcpy(integers->values, op->shape.dims, sizeof op->shape.dims);
    return 1;
}

static const char *read_add(const struct tflite_reading *from, struct vww_op *op)
{
    return read_activation(*from->options, ADD_ACTIVATION, op);
}

static int write_add(const struct vww_graph *graph, const struct vww_op *op, struct fb_slot *slots)
{
    (void)graph;
    slots[0] = (struct fb_slot){ADD_ACTIVATION, 1, (uint64_t)written_activation(op), 0};
    return 1;
}

/* An axis counted from the front; a negative one counts from the back. */
static int32_t axis_of(int32_t axis, const struct vww_shape *shape)
{
    return axis < 0 ? axis + shape->rank : axis;
}

static const char *read_concatenation(const struct tflite_reading *from, struct vww_op *op)
{
    const int32_t axis = axis_of(integer(*from->options, CONCATENATION_AXIS, 0), from->input);
    if (axis < 0 || axis >= from->input->rank)
        return "it joins along a dimension that does not exist";
    if (fb_u8(*from->options, CONCATENATION_ACTIVATION, TFLITE_ACTIVATION_NONE) !=
        TFLITE_ACTIVATION_NONE)
        return "it has a fused activation";
    op->from_last = from->input->rank - 1 - axis;
    return NULL;
}

static int32_t file_axis(const struct vww_graph *graph, const struct vww_op *op)
{
    return graph->tensors[op->inputs[0]].shape.rank - 1 - op->from_last;
}

static int write_concatenation(const struct vww_graph *graph, const struct vww_op *op,
                               struct fb_slot *slots)
{
    slots[0] = (struct fb_slot){CONCATENATION_AXIS, 4, (uint64_t)file_axis(graph, op), 0};
    return 1;
}

static const char *read_split(const struct tflite_reading *from, struct vww_op *op)
{
    if (from->integers[0].count != 1)
        return "its axis is not a constant";
    const int32_t axis = axis_of(from->integers[0].values[0], from->input);
    if (axis < 0 || axis >= from->input->rank)
        return "it splits a dimension that does not exist";
    if (integer(*from->options, SPLIT_COUNT, 0) != from->output_count)
        return "it has not as many outputs as parts";
    op->from_last = from->input->rank - 1 - axis;
    return NULL;
}

static int write_split(const struct vww_graph *graph, const struct vww_op *op,
                       struct fb_slot *slots)
{
    (void)graph;
    slots[0] = (struct fb_slot){SPLIT_COUNT, 4, (uint64_t)op->output_count, 0};
    return 1;
}

static int split_constants(const struct vww_graph *graph, const struct vww_op *op,
                           struct tflite_integers *integers)
{
    *integers =
        (struct tflite_integers){.name = "axis", .count = 1, .values = {file_axis(graph, op)}};
    return 1;
}

#define HEIGHT_AND_WIDTH (1 << 1 | 1 << 2)

static const char *read_mean(const struct tflite_reading *from, struct vww_op *op)
{
    const struct tflite_integers *axes = &from->integers[1];
    for (int32_t i = 0; i < axes->count; i++) {
        const int32_t axis = axis_of(axes->values[i], from->input);
        if (axis < 0 || axis >= from->input->rank)
            return "one of its axes does not exist";
        op->axes |= 1 << axis;
    }
    if (op->axes == 0)
        return "its axes are not constant, or there are none";
    if (from->input->rank == 4 && op->axes == HEIGHT_AND_WIDTH)
        op->axes = 0;
    op->shape = *from->output;
    return NULL;
}

static int write_mean(const struct vww_graph *graph, const struct vww_op *op, struct fb_slot *slots)
{
    const bool keeps =
        graph->tensors[op->outputs[0]].shape.rank == graph->tensors[op->inputs[0]].shape.rank;
    slots[0] = (struct fb_slot){REDUCER_KEEP_DIMENSIONS, 1, keeps, 0};
    return 1;
}

static int mean_constants(const struct vww_graph *graph, const struct vww_op *op,
                          struct tflite_integers *integers)
{
    (void)graph;
    const int32_t axes = op->axes != 0 ? op->axes : HEIGHT_AND_WIDTH;
    *integers = (struct tflite_integers){.name = "axes", .shape = {.rank = 1}};
    for (int32_t i = 0; i < VWW_MAX_RANK; i++)
        if ((axes >> i & 1) != 0)
            integers->values[integers->count++] = i;
    integers->shape.dims[0] = integers->count;
    return 1;
}

static const char *read_pad(const struct tflite_reading *from, struct vww_op *op)
{
    const int32_t *pads = from->integers[1].values; /* before and after, for each dimension */
    if (from->integers[1].count != 8)
        return "its paddings are not those of four dimensions, constant";
    if (pads[0] != 0 || pads[1] != 0)
        return "it adds images";
    op->pad_top = pads[2];
    op->pad_bottom = pads[3];
    op->pad_left = pads[4];
    op->pad_right = pads[5];
    op->pad_front = pads[6];
    op->pad_back = pads[7];
    return NULL;
}

static int pad_constants(const struct vww_graph *graph, const struct vww_op *op,
                         struct tflite_integers *integers)
{
    (void)graph;
    *integers = (struct tflite_integers){.name = "paddings",
                                         .shape = {.rank = 2, .dims = {4, 2}},
                                         .count = 8,
                                         .values = {0, 0, op->pad_top, op->pad_bottom, op->pad_left,
                                                    op->pad_right, op->pad_front, op->pad_back}};
    return 1;
}

static const char *read_transpose(const struct tflite_reading *from, struct vww_op *op)
{
    if (from->integers[1].count != from->input->rank)
        return "its order of dimensions is not constant, or not of all dimensions";
    for (int32_t i = 0; i < from->input->rank; i++)
        op->order[i] = axis_of(from->integers[1].values[i], from->input);
    return NULL;
}

static int transpose_constants(const struct vww_graph *graph, const struct vww_op *op,
                               struct tflite_integers *integers)
{
    const int32_t rank = graph->tensors[op->inputs[0]].shape.rank;
    *integers = (struct tflite_integers){
        .name = "order", .shape = {.rank = 1, .dims = {rank}}, .count = rank};
    memcpy(integers->values, op->order, sizeof op->order);
    return 1;
}

static const char *read_mul(const struct tflite_reading *from, struct vww_op *op)
{
    return read_activation(*from->options, MUL_ACTIVATION, op);
}

static int write_mul(const struct vww_graph *graph, const struct vww_op *op, struct fb_slot *slots)
{
    (void)graph;
    slots[0] = (struct fb_slot){MUL_ACTIVATION, 1, (uint64_t)written_activation(op), 0};
    return 1;
}

static const char *read_resize(const struct tflite_reading *from, struct vww_op *op)
{
    const struct tflite_integers *size = &from->integers[1];
    if (from->output->rank != 4 || size->count != 2 || size->values[0] != from->output->dims[1] ||
        size->values[1] != from->output->dims[2])
        return "its size is not constant, or not that of its output";
    op->align_corners = fb_u8(*from->options, RESIZE_ALIGN_CORNERS, 0) != 0;
    op->half_pixel_centers = fb_u8(*from->options, RESIZE_HALF_PIXEL_CENTERS, 0) != 0;
    op->shape = *from->output;
    return NULL;
}

static int write_resize(const struct vww_graph *graph, const struct vww_op *op,
                        struct fb_slot *slots)
{
    (void)graph;
    slots[0] = (struct fb_slot){RESIZE_ALIGN_CORNERS, 1, op->align_corners, 0};
    slots[1] = (struct fb_slot){RESIZE_HALF_PIXEL_CENTERS, 1, op->half_pixel_centers, 0};
    return 2;
}

static int resize_constants(const struct vww_graph *graph, const struct vww_op *op,
                            struct tflite_integers *integers)
{
    (void)graph;
    *integers = (struct tflite_integers){.name = "size",
                                         .shape = {.rank = 1, .dims = {2}},
                                         .count = 2,
                                         .values = {op->shape.dims[1], op->shape.dims[2]}};
    return 1;
}

static int resize_version(const struct vww_graph *graph, const struct vww_op *op)
{
    return op->align_corners || op->half_pixel_centers ? 3 : int8_version_2(graph, op);
}

#define CONV(kind, suffix)                                                                         \
    .options_type = OPTIONS_##kind, .needs_options = true, .inputs_least = 2, .inputs_most = 3,    \
    .graph_inputs = 3, .roles = {VWW_ROLE_ACTIVATION, VWW_ROLE_WEIGHT, VWW_ROLE_BIAS},             \
    .read = read_##suffix, .write = write_##suffix, .version = suffix##_version
#define ONE_INPUT(kind)                                                                            \
    .options_type = OPTIONS_##kind, .needs_options = OPTIONS_##kind != OPTIONS_NONE,               \
    .inputs_least = 1, .inputs_most = 1, .graph_inputs = 1, .version = int8_version_2

static const struct tflite_operator table[] = {
    {VWW_OP_CONV_2D, CODE_CONV_2D, CONV(CONV_2D, conv)},
    {VWW_OP_DEPTHWISE_CONV_2D, CODE_DEPTHWISE_CONV_2D, CONV(DEPTHWISE_CONV_2D, depthwise)},
    {VWW_OP_FULLY_CONNECTED, CODE_FULLY_CONNECTED, CONV(FULLY_CONNECTED, fully_connected)},
    {VWW_OP_AVERAGE_POOL_2D, CODE_AVERAGE_POOL_2D, ONE_INPUT(POOL_2D), .read = read_pool,
     .write = write_pool},
    {VWW_OP_MAX_POOL_2D, CODE_MAX_POOL_2D, ONE_INPUT(POOL_2D), .read = read_pool,
     .write = write_pool},
    /* The new shape is read from the output tensor, whatever the constant says. */
    {VWW_OP_RESHAPE, CODE_RESHAPE, OPTIONS_RESHAPE, .inputs_least = 1, .inputs_most = 2,
     .graph_inputs = 1, .read = read_reshape, .constants = reshape_constants},
    {VWW_OP_SOFTMAX, CODE_SOFTMAX, ONE_INPUT(SOFTMAX), .read = read_softmax,
     .write = write_softmax},
    {VWW_OP_RELU, CODE_RELU, ONE_INPUT(NONE)},
    {VWW_OP_RELU6, CODE_RELU6, ONE_INPUT(NONE)},
    {VWW_OP_ADD, CODE_ADD, OPTIONS_ADD, .needs_options = true, .inputs_least = 2, .inputs_most = 2,
     .graph_inputs = 2, .takes_constant = true, .read = read_add, .write = write_add,
     .version = int8_version_2},
    {VWW_OP_CONCAT, CODE_CONCATENATION, OPTIONS_CONCATENATION, .needs_options = true,
     .inputs_least = 2, .inputs_most = VWW_MAX_INPUTS, .graph_inputs = VWW_MAX_INPUTS,
     .read = read_concatenation, .write = write_concatenation, .version = int8_version_2},
    {VWW_OP_SPLIT, CODE_SPLIT, OPTIONS_SPLIT, .needs_options = true, .inputs_least = 2,
     .inputs_most = 2, .first_input = 1, .graph_inputs = 1, .read = read_split,
     .write = write_split, .constants = split_constants, .version = int8_version_2},
    {VWW_OP_MEAN, CODE_MEAN, OPTIONS_REDUCER, .inputs_least = 2, .inputs_most = 2,
     .graph_inputs = 1, .read = read_mean, .write = write_mean, .constants = mean_constants,
     .version = int8_version_2},
    {VWW_OP_PAD, CODE_PAD, OPTIONS_PAD, .inputs_least = 2, .inputs_most = 2, .graph_inputs = 1,
     .read = read_pad, .constants = pad_constants, .version = int8_version_2},
    {VWW_OP_TRANSPOSE, CODE_TRANSPOSE, OPTIONS_TRANSPOSE, .inputs_least = 2, .inputs_most = 2,
     .graph_inputs = 1, .read = read_transpose, .constants = transpose_constants,
     .version = int8_version_2},
    {VWW_OP_MUL, CODE_MUL, OPTIONS_MUL, .needs_options = true, .inputs_least = 2, .inputs_most = 2,
     .graph_inputs = 2, .takes_constant = true, .read = read_mul, .write = write_mul,
     .version = int8_version_2},
    {VWW_OP_LOGISTIC, CODE_LOGISTIC, ONE_INPUT(NONE)},
    {VWW_OP_HARD_SWISH, CODE_HARD_SWISH, OPTIONS_HARD_SWISH, .inputs_least = 1, .inputs_most = 1,
     .graph_inputs = 1},
    {VWW_OP_QUANTIZE, CODE_QUANTIZE, OPTIONS_QUANTIZE, .inputs_least = 1, .inputs_most = 1,
     .graph_inputs = 1, .version = quantize_version},
    {VWW_OP_DEQUANTIZE, CODE_DEQUANTIZE, OPTIONS_DEQUANTIZE, .inputs_least = 1, .inputs_most = 1,
     .graph_inputs = 1, .version = int8_version_2},
    {VWW_OP_STRIDED_SLICE, CODE_STRIDED_SLICE, OPTIONS_STRIDED_SLICE, .needs_options = true,
     .inputs_least = 4, .inputs_most = 4, .graph_inputs = 1, .read = tflite_read_strided_slice,
     .write = tflite_write_strided_slice, .constants = tflite_strided_slice_constants,
     .version = int8_version_2},
    {VWW_OP_RESIZE_NEAREST, CODE_RESIZE_NEAREST_NEIGHBOR, OPTIONS_RESIZE_NEAREST_NEIGHBOR,
     .needs_options = true, .inputs_least = 2, .inputs_most = 2, .graph_inputs = 1,
     .read = read_resize, .write = write_resize, .constants = resize_constants,
     .version = resize_version},
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
