/* Small int8 graphs for tests, each a function of (kind, number): one operator with shapes,
 * strides, dilations, paddings, zero points and multipliers drawn at random, the extremes
 * included; and chains of several. */
#ifndef VWW_TESTS_INT8_CASES_H
#define VWW_TESTS_INT8_CASES_H

#include "base/random.h"
#include "vww/graph.h"
#include "vww/quantization.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INT8_CASE_KINDS 21
static const enum vww_op_kind int8_case_kinds[INT8_CASE_KINDS] = {
    VWW_OP_CONV_2D,
    VWW_OP_DEPTHWISE_CONV_2D,
    VWW_OP_FULLY_CONNECTED,
    VWW_OP_AVERAGE_POOL_2D,
    VWW_OP_SOFTMAX,
    VWW_OP_RELU,
    VWW_OP_RELU6,
    VWW_OP_MAX_POOL_2D,
    VWW_OP_MEAN,
    VWW_OP_ADD,
    VWW_OP_CONCAT,
    VWW_OP_SPLIT,
    VWW_OP_CHANNEL_SHUFFLE,
    VWW_OP_PAD,
    VWW_OP_TRANSPOSE,
    VWW_OP_MUL,
    VWW_OP_LOGISTIC,
    VWW_OP_HARD_SWISH,
    VWW_OP_QUANTIZE,
    VWW_OP_STRIDED_SLICE,
    VWW_OP_RESIZE_NEAREST,
};

/* In place of a kind, for the random numbers of chains. */
#define INT8_CASE_NETWORK 1000

struct int8_case {
    struct vww_random random;
    struct vww_graph *graph;
    int32_t next; /* the tensor that the next operator reads */
};

static inline void int8_case_need(bool good)
{
    if (!good) {
        fprintf(stderr, "cannot make the test's graph\n");
        abort();
    }
}

static inline int int8_case_draw(struct int8_case *c, int low, int high)
{
    return low + (int)vww_random_below(&c->random, (uint32_t)high - (uint32_t)low + 1);
}

static inline int32_t int8_case_zero_point(struct int8_case *c)
{
    static const int32_t special[] = {-128, 127, 0, -128, 1};
    const int i = int8_case_draw(c, 0, 9);
    return i < 5 ? special[i] : int8_case_draw(c, -128, 127);
}

static inline float int8_case_scale(struct int8_case *c)
{
    if (int8_case_draw(c, 0, 1) == 0)
        return ldexpf(1, int8_case_draw(c, -9, 0));
    return (float)exp2(vww_random_between(&c->random, -9, 0));
}

/* A multiplier from sum to output: usual ones, powers of two (ties), tiny, large. `usual` brings
 * sums of the expected size to the output's range. */
static inline double int8_case_multiplier(struct int8_case *c, double usual)
{
    switch (int8_case_draw(c, 0, 7)) {
    case 0:
    case 1:
        return exp2(int8_case_draw(c, -12, -1));
    case 2:
        return exp2(vww_random_between(&c->random, -40, -16));
    case 3:
        return exp2(vww_random_between(&c->random, 0, 6));
    case 4:
        return exp2(int8_case_draw(c, -33, -28));
    default:
        return usual * vww_random_between(&c->random, 0.5, 2);
    }
}

static inline int32_t int8_case_activation(struct int8_case *c, const char *name,
                                           const struct vww_shape *shape, float scale, int32_t zero)
{
    const int32_t index = vww_graph_tensor(c->graph, name, VWW_INT8, VWW_ROLE_ACTIVATION, shape);
    int8_case_need(index >= 0 &&
                   vww_tensor_quantize(&c->graph->tensors[index], scale, zero, NULL) == VWW_OK);
    return index;
}

static inline void int8_case_bytes(struct int8_case *c, int8_t *bytes, int64_t count)
{
    const int style = int8_case_draw(c, 0, 4);
    for (int64_t i = 0; i < count; i++)
        bytes[i] = style == 0   ? (int8_t)(int8_case_draw(c, 0, 1) ? 127 : -128)
                   : style == 1 ? (int8_t)int8_case_draw(c, -8, 8)
                                : (int8_t)int8_case_draw(c, -128, 127);
}

/* Weights and bias for an operator whose sums are of `terms` products, with channels along `axis`.
 */
static inline void int8_case_weights(struct int8_case *c, struct vww_op *op,
                                     const struct vww_shape *shape, int axis, int terms,
                                     float output_scale)
{
    const float in = c->graph->tensors[op->inputs[0]].quantization.scales[0];
    const int32_t channels = shape->dims[axis];
    const bool per_channel = int8_case_draw(c, 0, 3) > 0;
    const int32_t scales = per_channel ? channels : 1;
    const double usual = 60 / (74.0 * 74 * sqrt(terms));
    char name[VWW_NAME_MAX + 16];
    snprintf(name, sizeof name, "%s/weights", op->name);
    op->inputs[1] = vww_graph_tensor(c->graph, name, VWW_INT8, VWW_ROLE_WEIGHT, shape);
    int8_case_need(op->inputs[1] >= 0);
    struct vww_tensor *weights = &c->graph->tensors[op->inputs[1]];
    int8_case_need(vww_tensor_allocate(weights, NULL) == VWW_OK &&
                   vww_tensor_quantize_axis(weights, per_channel ? axis : 0, scales, NULL) ==
                       VWW_OK);
    int8_case_bytes(c, weights->data, vww_shape_elements(shape));
    for (int32_t i = 0; i < scales; i++)
        weights->quantization.scales[i] =
            (float)(int8_case_multiplier(c, usual) * output_scale / in);
    op->input_count = 2;
    if (op->kind != VWW_OP_CONV_2D && int8_case_draw(c, 0, 4) == 0)
        return;
    snprintf(name, sizeof name, "%s/bias", op->name);
    const struct vww_shape bias_shape = {.rank = 1, .dims = {channels}};
    op->inputs[2] = vww_graph_tensor(c->graph, name, VWW_INT32, VWW_ROLE_BIAS, &bias_shape);
    op->input_count = 3;
    struct vww_tensor *bias = &c->graph->tensors[op->inputs[2]];
    weights = &c->graph->tensors[op->inputs[1]];
    int8_case_need(op->inputs[2] >= 0 && vww_tensor_allocate(bias, NULL) == VWW_OK &&
                   vww_tensor_quantize_axis(bias, 0, scales, NULL) == VWW_OK);
    for (int32_t i = 0; i < scales; i++)
        bias->quantization.scales[i] = in * weights->quantization.scales[i];
    const int bits = int8_case_draw(c, 0, 9) == 0 ? 30 : int8_case_draw(c, 1, 15);
    for (int32_t i = 0; i < channels; i++)
        ((int32_t *)bias->data)[i] = int8_case_draw(c, -(1 << bits), (1 << bits) - 1);
}

static inline enum vww_activation int8_case_fused(struct int8_case *c)
{
    static const enum vww_activation kinds[] = {VWW_ACTIVATION_NONE, VWW_ACTIVATION_RELU,
                                                VWW_ACTIVATION_RELU6, VWW_ACTIVATION_RELU_N1_TO_1};
    return kinds[int8_case_draw(c, 0, 3)];
}

/* Strides, dilations and padding that fit the input; kernel: rows and columns. */
static inline void int8_case_window(struct int8_case *c, struct vww_op *op, const int32_t *in,
                                    const int32_t *kernel, bool dilate)
{
    op->stride_h = int8_case_draw(c, 1, 3);
    op->stride_w = int8_case_draw(c, 1, 3);
    op->dilation_h = op->dilation_w = 1;
    if (dilate && int8_case_draw(c, 0, 2) == 0) {
        op->dilation_h = int8_case_draw(c, 1, 3);
        op->dilation_w = int8_case_draw(c, 1, 3);
    }
    const bool fits = (kernel[0] - 1) * op->dilation_h + 1 <= in[1] &&
                      (kernel[1] - 1) * op->dilation_w + 1 <= in[2];
    op->padding = fits && int8_case_draw(c, 0, 1) == 0 ? VWW_PADDING_VALID : VWW_PADDING_SAME;
}

/* Append the operator, its first output with that scale and zero point, and the others alike. */
static inline void int8_case_put(struct int8_case *c, struct vww_op *op, float scale, int32_t zero)
{
    struct vww_shape out;
    struct vww_error error;
    char name[VWW_NAME_MAX + 16];
    if (vww_op_infer(c->graph, op, &out, &error) != VWW_OK) {
        fprintf(stderr, "%s\n", error.what);
        abort();
    }
    for (int i = 0; i < op->output_count; i++) {
        snprintf(name, sizeof name, i > 0 ? "%s:%d" : "%s", op->name, i);
        op->outputs[i] = int8_case_activation(c, name, &out, scale, zero);
    }
    c->graph->output = c->next = op->outputs[0];
    int8_case_need(vww_graph_append(c->graph, op, NULL) == VWW_OK);
}

static inline struct vww_op int8_case_op(struct int8_case *c, enum vww_op_kind kind, int32_t input)
{
    struct vww_op op = {.kind = kind, .inputs = {input}, .input_count = 1, .output_count = 1};
    snprintf(op.name, sizeof op.name, "%s%d", vww_op_name(kind), (int)c->graph->op_count);
    return op;
}

/* The means of a tensor over some of its dimensions, which stay with size 1 or not. */
static inline void int8_case_mean(struct int8_case *c, bool keep)
{
    struct vww_op mean = int8_case_op(c, VWW_OP_MEAN, c->next);
    const struct vww_shape in = c->graph->tensors[c->next].shape;
    mean.axes = int8_case_draw(c, 1, 7) << 1; /* not the one image */
    if (int8_case_draw(c, 0, 2) == 0)
        mean.axes = 6;
    for (int i = 0; i < in.rank; i++)
        if (keep || (mean.axes >> i & 1) == 0)
            mean.shape.dims[mean.shape.rank++] = (mean.axes >> i & 1) != 0 ? 1 : in.dims[i];
    if (mean.axes == 6)
        mean.axes = 0; /* how height and width are written */
    const float scale = int8_case_scale(c);
    int8_case_put(c, &mean, scale, int8_case_zero_point(c));
}

/* A constant of which elements are repeated to make `like`. */
static inline int32_t int8_case_constant(struct int8_case *c, const struct vww_shape *like)
{
    struct vww_shape shape = {.rank = int8_case_draw(c, 1, like->rank)};
    for (int i = 0; i < shape.rank; i++)
        shape.dims[i] = int8_case_draw(c, 0, 1) == 0 ? 1 : like->dims[like->rank - shape.rank + i];
    const int32_t index =
        vww_graph_tensor(c->graph, "constant", VWW_INT8, VWW_ROLE_CONSTANT, &shape);
    int8_case_need(index >= 0);
    struct vww_tensor *tensor = &c->graph->tensors[index];
    const float scale = int8_case_scale(c);
    int8_case_need(vww_tensor_allocate(tensor, NULL) == VWW_OK &&
                   vww_tensor_quantize(tensor, scale, int8_case_zero_point(c), NULL) == VWW_OK);
    int8_case_bytes(c, tensor->data, vww_shape_elements(&shape));
    return index;
}

/* ADD or MUL of a tensor and what has another scale: its RELU, means of it, a constant. */
static inline void int8_case_pair(struct int8_case *c, enum vww_op_kind kind)
{
    const int32_t from = c->next;
    int32_t other;
    const int variant = int8_case_draw(c, 0, 3);
    if (variant < 2) {
        struct vww_op relu = int8_case_op(c, VWW_OP_RELU, from);
        const float scale = int8_case_scale(c);
        int8_case_put(c, &relu, scale, int8_case_zero_point(c));
        other = relu.outputs[0];
    } else if (variant == 2) {
        int8_case_mean(c, true);
        other = c->next;
    } else {
        other = int8_case_constant(c, &c->graph->tensors[from].shape);
    }
    struct vww_op pair = int8_case_op(c, kind, from);
    pair.inputs[1] = other;
    if (variant < 3 && int8_case_draw(c, 0, 1) == 0) {
        pair.inputs[1] = pair.inputs[0];
        pair.inputs[0] = other;
    }
    pair.input_count = 2;
    pair.activation = int8_case_fused(c);
    float result = int8_case_scale(c);
    if (kind == VWW_OP_MUL) { /* a multiplier of the product */
        const struct vww_tensor *tensors = c->graph->tensors;
        result = (float)((double)tensors[pair.inputs[0]].quantization.scales[0] *
                         (double)tensors[pair.inputs[1]].quantization.scales[0] /
                         int8_case_multiplier(c, 1.0 / 60));
    }
    int8_case_put(c, &pair, result, int8_case_zero_point(c));
}

/* Half of the time another dimension than the channels, of a tensor of rank 4. */
static inline int int8_case_from_last(struct int8_case *c)
{
    return int8_case_draw(c, 0, 1) == 0 ? 0 : int8_case_draw(c, 1, 2);
}

static inline void int8_case_slice(struct int8_case *c, struct vww_op *op)
{
    const struct vww_shape in = c->graph->tensors[c->next].shape;
    for (int i = 0; i < in.rank; i++) {
        op->begin[i] = int8_case_draw(c, 0, in.dims[i] - 1);
        op->step[i] = int8_case_draw(c, 1, 3) * (int8_case_draw(c, 0, 2) == 0 ? -1 : 1);
        const int32_t room = op->step[i] > 0 ? in.dims[i] - 1 - op->begin[i] : op->begin[i];
        const int32_t most = room / abs(op->step[i]) + 1;
        if (i > 0 && int8_case_draw(c, 0, 4) == 0) {
            op->dropped |= 1 << i;
            op->step[i] = 1;
        } else {
            op->shape.dims[op->shape.rank++] = int8_case_draw(c, 1, most);
        }
    }
}

/* CONCAT of a tensor, several times, some of them with channels added. */
static inline void int8_case_concat(struct int8_case *c)
{
    const int32_t from = c->next;
    const float scale = c->graph->tensors[from].quantization.scales[0];
    const int32_t zero = c->graph->tensors[from].quantization.zero_points[0];
    int32_t parts[VWW_MAX_INPUTS] = {0};
    const int32_t count = int8_case_draw(c, 2, 5);
    const int from_last = int8_case_from_last(c);
    for (int32_t i = 0; i < count; i++) {
        parts[i] = from;
        if (int8_case_draw(c, 0, 1) == 0)
            continue;
        struct vww_op pad = int8_case_op(c, VWW_OP_PAD, from);
        int32_t *before[] = {&pad.pad_front, &pad.pad_left, &pad.pad_top};
        int32_t *after[] = {&pad.pad_back, &pad.pad_right, &pad.pad_bottom};
        *before[from_last] = int8_case_draw(c, 0, 2);
        *after[from_last] = int8_case_draw(c, 0, 2);
        int8_case_put(c, &pad, scale, zero);
        parts[i] = c->next;
    }
    struct vww_op concat = int8_case_op(c, VWW_OP_CONCAT, from);
    memcpy(concat.inputs, parts, sizeof parts);
    concat.input_count = count;
    concat.from_last = from_last;
    int8_case_put(c, &concat, scale, zero);
}

/* SPLIT, and its parts together again in another order; the input's channels are a multiple of 12.
 */
static inline void int8_case_split(struct int8_case *c)
{
    struct vww_op split = int8_case_op(c, VWW_OP_SPLIT, c->next);
    const float scale = c->graph->tensors[c->next].quantization.scales[0];
    const int32_t zero = c->graph->tensors[c->next].quantization.zero_points[0];
    split.output_count = int8_case_draw(c, 2, 4);
    split.from_last = int8_case_from_last(c);
    const struct vww_shape in = c->graph->tensors[c->next].shape;
    if (in.dims[3 - split.from_last] % split.output_count != 0)
        split.from_last = 0;
    int8_case_put(c, &split, scale, zero);
    struct vww_op concat = int8_case_op(c, VWW_OP_CONCAT, c->next);
    concat.input_count = split.output_count;
    for (int32_t i = 0; i < split.output_count; i++)
        concat.inputs[i] = split.outputs[split.output_count - 1 - i];
    int8_case_put(c, &concat, scale, zero);
}

/* Append one operator of that kind to the case's chain. */
static inline void int8_case_append(struct int8_case *c, enum vww_op_kind kind)
{
    const struct vww_tensor *input = &c->graph->tensors[c->next];
    const struct vww_shape in = input->shape;
    struct vww_op op = {.kind = kind, .inputs = {c->next}, .input_count = 1, .output_count = 1};
    snprintf(op.name, sizeof op.name, "%s%d", vww_op_name(kind), (int)c->graph->op_count);
    float scale = int8_case_scale(c);
    int32_t zero = int8_case_zero_point(c);
    const int32_t window[2] = {int8_case_draw(c, 1, 4), int8_case_draw(c, 1, 4)};
    struct vww_shape shape;
    if (vww_op_keeps_quantization(kind)) {
        scale = input->quantization.scales[0];
        zero = input->quantization.zero_points[0];
    }
    switch (kind) {
    case VWW_OP_CONV_2D:
        op.groups = in.dims[3] % 2 == 0 && int8_case_draw(c, 0, 3) == 0 ? 2 : 1;
        shape = (struct vww_shape){.rank = 4,
                                   .dims = {op.groups * int8_case_draw(c, 1, 4), window[0],
                                            window[1], in.dims[3] / op.groups}};
        int8_case_window(c, &op, in.dims, window, true);
        int8_case_weights(c, &op, &shape, 0, window[0] * window[1] * shape.dims[3], scale);
        op.activation = int8_case_fused(c);
        break;
    case VWW_OP_DEPTHWISE_CONV_2D:
        shape = (struct vww_shape){
            .rank = 4, .dims = {1, window[0], window[1], in.dims[3] * int8_case_draw(c, 1, 3)}};
        int8_case_window(c, &op, in.dims, window, true);
        int8_case_weights(c, &op, &shape, 3, window[0] * window[1], scale);
        op.activation = int8_case_fused(c);
        break;
    case VWW_OP_FULLY_CONNECTED:
        shape = (struct vww_shape){
            .rank = 2, .dims = {int8_case_draw(c, 1, 12), (int32_t)vww_shape_elements(&in)}};
        if (in.rank > 2) { /* keeps the dimensions */
            shape.dims[1] = in.dims[in.rank - 1];
            op.shape = in;
            op.shape.dims[in.rank - 1] = shape.dims[0];
        }
        int8_case_weights(c, &op, &shape, 0, shape.dims[1], scale);
        op.activation = int8_case_fused(c);
        break;
    case VWW_OP_ADD:
    case VWW_OP_MUL:
        int8_case_pair(c, kind);
        return;
    case VWW_OP_CONCAT:
        int8_case_concat(c);
        return;
    case VWW_OP_SPLIT:
        int8_case_split(c);
        return;
    case VWW_OP_CHANNEL_SHUFFLE:
        op.groups = int8_case_draw(c, 1, 4);
        break;
    case VWW_OP_MEAN:
        int8_case_mean(c, int8_case_draw(c, 0, 1) == 0);
        return;
    case VWW_OP_LOGISTIC:
        scale = VWW_SOFTMAX_SCALE;
        zero = VWW_SOFTMAX_ZERO_POINT;
        break;
    case VWW_OP_HARD_SWISH: /* its reference divides by at least 1 */
        scale = fmaxf(scale, input->quantization.scales[0] / 64);
        break;
    case VWW_OP_STRIDED_SLICE:
        int8_case_slice(c, &op);
        break;
    case VWW_OP_RESIZE_NEAREST:
        op.shape = in;
        op.shape.dims[1] = int8_case_draw(c, 1, 9);
        op.shape.dims[2] = int8_case_draw(c, 1, 9);
        op.align_corners = int8_case_draw(c, 0, 2) == 0;
        op.half_pixel_centers = !op.align_corners && int8_case_draw(c, 0, 1) == 0;
        break;
    case VWW_OP_PAD:
        op.pad_top = int8_case_draw(c, 0, 3);
        op.pad_bottom = int8_case_draw(c, 0, 3);
        op.pad_left = int8_case_draw(c, 0, 3);
        op.pad_right = int8_case_draw(c, 0, 3);
        op.pad_front = int8_case_draw(c, 0, 2);
        op.pad_back = int8_case_draw(c, 0, 2);
        break;
    case VWW_OP_TRANSPOSE: /* the one image stays in front */
        for (int i = 0; i < in.rank; i++)
            op.order[i] = i;
        for (int i = in.rank - 1; i > 1; i--) {
            const int other = int8_case_draw(c, 1, i);
            const int32_t moved = op.order[i];
            op.order[i] = op.order[other];
            op.order[other] = moved;
        }
        break;
    case VWW_OP_MAX_POOL_2D:
    case VWW_OP_AVERAGE_POOL_2D:
        op.kernel_h = window[0];
        op.kernel_w = window[1];
        int8_case_window(c, &op, in.dims, window, false);
        op.activation = int8_case_fused(c);
        break;
    case VWW_OP_SOFTMAX:
        op.beta = int8_case_draw(c, 0, 2) > 0 ? 1 : (float)vww_random_between(&c->random, 0.1, 4);
        scale = VWW_SOFTMAX_SCALE;
        zero = VWW_SOFTMAX_ZERO_POINT;
        break;
    case VWW_OP_RESHAPE:
        op.shape = (struct vww_shape){.rank = 2, .dims = {1, (int32_t)vww_shape_elements(&in)}};
        break;
    default:
        break;
    }
    int8_case_put(c, &op, scale, zero);
}

static inline struct int8_case int8_case_begin(uint64_t kind, uint64_t number)
{
    struct int8_case c = {.random = vww_random_init(7, VWW_RANDOM_TEST, kind, number),
                          .graph = vww_graph_create("case")};
    int8_case_need(c.graph != NULL);
    return c;
}

/* One operator. Release with vww_graph_destroy. */
static inline struct vww_graph *int8_case_operator(enum vww_op_kind kind, uint64_t number)
{
    struct int8_case c = int8_case_begin(kind, number);
    const bool flat = kind == VWW_OP_SOFTMAX || kind == VWW_OP_FULLY_CONNECTED;
    struct vww_shape shape =
        flat ? (struct vww_shape){.rank = 2, .dims = {1, int8_case_draw(&c, 1, 40)}}
             : (struct vww_shape){.rank = 4,
                                  .dims = {1, int8_case_draw(&c, 1, 7), int8_case_draw(&c, 1, 7),
                                           int8_case_draw(&c, 1, 5)}};
    if (kind == VWW_OP_FULLY_CONNECTED && int8_case_draw(&c, 0, 2) == 0)
        shape = (struct vww_shape){
            .rank = 3, .dims = {1, int8_case_draw(&c, 1, 5), int8_case_draw(&c, 1, 20)}};
    if (kind == VWW_OP_SPLIT || kind == VWW_OP_CHANNEL_SHUFFLE)
        shape.dims[3] = 12 * int8_case_draw(&c, 1, 2);
    const float scale = int8_case_scale(&c);
    c.graph->input = c.next =
        int8_case_activation(&c, "input", &shape, scale, int8_case_zero_point(&c));
    int8_case_append(&c, kind);
    return c.graph;
}

/* A chain: convolutions of both kinds and pools, then a reshape, a fully connected layer and
 * softmax. */
static inline struct vww_graph *int8_case_network(uint64_t number)
{
    static const enum vww_op_kind body[] = {VWW_OP_CONV_2D, VWW_OP_DEPTHWISE_CONV_2D,
                                            VWW_OP_AVERAGE_POOL_2D, VWW_OP_RELU6, VWW_OP_RELU};
    struct int8_case c = int8_case_begin(INT8_CASE_NETWORK, number);
    const struct vww_shape shape = {.rank = 4,
                                    .dims = {1, int8_case_draw(&c, 6, 20),
                                             int8_case_draw(&c, 6, 20), int8_case_draw(&c, 1, 8)}};
    const float scale = int8_case_scale(&c);
    c.graph->input = c.next =
        int8_case_activation(&c, "input", &shape, scale, int8_case_zero_point(&c));
    for (int left = int8_case_draw(&c, 2, 8); left > 0; left--)
        int8_case_append(&c, body[int8_case_draw(&c, 0, 4)]);
    int8_case_append(&c, VWW_OP_RESHAPE);
    int8_case_append(&c, VWW_OP_FULLY_CONNECTED);
    int8_case_append(&c, VWW_OP_SOFTMAX);
    return c.graph;
}

/* The input of a graph of that kind and number. */
static inline void int8_case_input(const struct vww_graph *graph, enum vww_op_kind kind,
                                   uint64_t number, int8_t *input)
{
    struct int8_case c = {.random = vww_random_init(8, VWW_RANDOM_TEST, kind, number)};
    int8_case_bytes(&c, input, vww_shape_elements(&graph->tensors[graph->input].shape));
}

#endif
