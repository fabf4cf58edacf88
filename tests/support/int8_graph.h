/* Small int8 graphs with random weights, built operator by operator, for tests of what runs int8
 * models. Scales are chosen so that values neither vanish nor all saturate. */
#ifndef VWW_TESTS_INT8_GRAPH_H
#define VWW_TESTS_INT8_GRAPH_H

#include "base/random.h"
#include "support/check.h"
#include "vww/quantization.h"

#include <math.h>

struct int8_builder {
    struct vww_graph *graph;
    struct vww_random random;
};

static inline int32_t int8_tensor(struct int8_builder *b, enum vww_role role, enum vww_dtype dtype,
                                  const struct vww_shape *shape)
{
    char name[32];
    snprintf(name, sizeof name, "t%d", (int)b->graph->tensor_count);
    const int32_t tensor = vww_graph_tensor(b->graph, name, dtype, role, shape);
    assert_true(tensor >= 0);
    return tensor;
}

static inline struct int8_builder int8_begin(const char *name, uint64_t seed, int32_t height,
                                             int32_t width, int32_t channels)
{
    struct int8_builder b = {.graph = vww_graph_create(name),
                             .random = vww_random_init(seed, VWW_RANDOM_TEST, 0, 0)};
    struct vww_error error;
    assert_non_null(b.graph);
    b.graph->input =
        int8_tensor(&b, VWW_ROLE_ACTIVATION, VWW_INT8,
                    &(struct vww_shape){.rank = 4, .dims = {1, height, width, channels}});
    assert_ok(vww_tensor_quantize(&b.graph->tensors[b.graph->input], 1.0f / 128, 0, &error),
              &error);
    return b;
}

/* Append op with an int8 output of this scale and zero point; returns the output tensor. */
static inline int32_t int8_append(struct int8_builder *b, struct vww_op op, float scale,
                                  int32_t zero_point)
{
    struct vww_error error;
    snprintf(op.name, sizeof op.name, "%s%d", vww_op_name(op.kind), (int)b->graph->op_count);
    assert_ok(vww_graph_append(b->graph, &op, &error), &error);
    const int32_t output = b->graph->ops[b->graph->op_count - 1].outputs[0];
    b->graph->tensors[output].dtype = VWW_INT8;
    assert_ok(vww_tensor_quantize(&b->graph->tensors[output], scale, zero_point, &error), &error);
    b->graph->output = output;
    return output;
}

static inline float int8_scale(const struct int8_builder *b, int32_t tensor)
{
    return b->graph->tensors[tensor].quantization.scales[0];
}

/* An operator that keeps its input's scale and zero point. */
static inline int32_t int8_keep(struct int8_builder *b, struct vww_op op)
{
    const struct vww_quantization *q = &b->graph->tensors[op.inputs[0]].quantization;
    op.input_count = 1;
    return int8_append(b, op, q->scales[0], q->zero_points[0]);
}

/* Random weights with one scale for each channel of `axis`, and a bias; appended to op. Returns a
 * scale for the output that suits a sum of `terms` products. */
static inline float int8_weights(struct int8_builder *b, struct vww_op *op, struct vww_shape shape,
                                 int32_t axis, int64_t terms, bool with_bias)
{
    struct vww_error error;
    const float in = int8_scale(b, op->inputs[0]);
    const int32_t channels = shape.dims[axis];
    const int32_t weights = int8_tensor(b, VWW_ROLE_WEIGHT, VWW_INT8, &shape);
    struct vww_tensor *tensor = &b->graph->tensors[weights];
    assert_ok(vww_tensor_allocate(tensor, &error), &error);
    assert_ok(vww_tensor_quantize_axis(tensor, axis, channels, &error), &error);
    for (int64_t i = 0; i < vww_shape_elements(&shape); i++)
        ((int8_t *)tensor->data)[i] = (int8_t)((int32_t)vww_random_below(&b->random, 255) - 127);
    for (int32_t c = 0; c < channels; c++)
        tensor->quantization.scales[c] = (float)vww_random_between(&b->random, 0.002, 0.02);
    op->inputs[op->input_count++] = weights;
    if (with_bias) {
        const struct vww_shape one = {.rank = 1, .dims = {channels}};
        const int32_t bias = int8_tensor(b, VWW_ROLE_BIAS, VWW_INT32, &one);
        tensor = &b->graph->tensors[bias];
        assert_ok(vww_tensor_allocate(tensor, &error), &error);
        for (int32_t c = 0; c < channels; c++)
            ((int32_t *)tensor->data)[c] = (int32_t)vww_random_below(&b->random, 8001) - 4000;
        op->inputs[op->input_count++] = bias;
    }
    /* 60 * 73 * 0.01: typical integers of input and weight, typical weight scale. */
    return in * 0.01f * 60 * 73 * sqrtf((float)terms) / 120;
}

struct int8_conv {
    int32_t channels, kernel, stride, dilation, groups; /* dilation, groups: 0 = 1 */
    enum vww_padding padding;
    enum vww_activation activation;
    bool without_bias;
};

static inline int32_t int8_conv(struct int8_builder *b, int32_t x, struct int8_conv c)
{
    const int32_t groups = c.groups > 0 ? c.groups : 1;
    const int32_t in = b->graph->tensors[x].shape.dims[3] / groups;
    struct vww_op op = {.kind = VWW_OP_CONV_2D,
                        .inputs = {x},
                        .input_count = 1,
                        .stride_h = c.stride,
                        .stride_w = c.stride,
                        .dilation_h = c.dilation > 0 ? c.dilation : 1,
                        .dilation_w = c.dilation > 0 ? c.dilation : 1,
                        .groups = groups,
                        .padding = c.padding,
                        .activation = c.activation};
    const struct vww_shape shape = {.rank = 4, .dims = {c.channels, c.kernel, c.kernel, in}};
    const float scale =
        int8_weights(b, &op, shape, 0, (int64_t)c.kernel * c.kernel * in, !c.without_bias);
    return int8_append(b, op, scale, c.activation == VWW_ACTIVATION_NONE ? 5 : -128);
}

/* c.channels: output channels, a multiple of the input's. */
static inline int32_t int8_depthwise(struct int8_builder *b, int32_t x, struct int8_conv c)
{
    struct vww_op op = {.kind = VWW_OP_DEPTHWISE_CONV_2D,
                        .inputs = {x},
                        .input_count = 1,
                        .stride_h = c.stride,
                        .stride_w = c.stride,
                        .dilation_h = c.dilation > 0 ? c.dilation : 1,
                        .dilation_w = c.dilation > 0 ? c.dilation : 1,
                        .padding = c.padding,
                        .activation = c.activation};
    const struct vww_shape shape = {.rank = 4, .dims = {1, c.kernel, c.kernel, c.channels}};
    const float scale =
        int8_weights(b, &op, shape, 3, (int64_t)c.kernel * c.kernel, !c.without_bias);
    return int8_append(b, op, scale, c.activation == VWW_ACTIVATION_NONE ? -9 : -128);
}

static inline int32_t int8_average_pool(struct int8_builder *b, int32_t x, int32_t kernel,
                                        int32_t stride, enum vww_padding padding)
{
    return int8_keep(b, (struct vww_op){.kind = VWW_OP_AVERAGE_POOL_2D,
                                        .inputs = {x},
                                        .kernel_h = kernel,
                                        .kernel_w = kernel,
                                        .stride_h = stride,
                                        .stride_w = stride,
                                        .padding = padding});
}

/* The sum of two tensors of one shape, with a scale of its own. */
static inline int32_t int8_add(struct int8_builder *b, int32_t x, int32_t y,
                               enum vww_activation activation)
{
    const struct vww_op op = {
        .kind = VWW_OP_ADD, .inputs = {x, y}, .input_count = 2, .activation = activation};
    const float larger = fmaxf(int8_scale(b, x), int8_scale(b, y));
    return int8_append(b, op, larger * (float)vww_random_between(&b->random, 0.8, 1.7), 3);
}

static inline int32_t int8_flatten(struct int8_builder *b, int32_t x)
{
    const int32_t count = (int32_t)vww_shape_elements(&b->graph->tensors[x].shape);
    return int8_keep(b, (struct vww_op){.kind = VWW_OP_RESHAPE,
                                        .inputs = {x},
                                        .shape = {.rank = 2, .dims = {1, count}}});
}

static inline int32_t int8_fully_connected(struct int8_builder *b, int32_t x, int32_t outputs)
{
    const int32_t inputs = (int32_t)vww_shape_elements(&b->graph->tensors[x].shape);
    struct vww_op op = {.kind = VWW_OP_FULLY_CONNECTED, .inputs = {x}, .input_count = 1};
    const struct vww_shape shape = {.rank = 2, .dims = {outputs, inputs}};
    const float scale = int8_weights(b, &op, shape, 0, inputs, true);
    return int8_append(b, op, scale, 3);
}

static inline int32_t int8_softmax(struct int8_builder *b, int32_t x)
{
    /* Logits of a few units, so that the probabilities are not all 0 and 1. */
    const float beta = 0.015f / int8_scale(b, x);
    return int8_append(
        b, (struct vww_op){.kind = VWW_OP_SOFTMAX, .inputs = {x}, .input_count = 1, .beta = beta},
        VWW_SOFTMAX_SCALE, VWW_SOFTMAX_ZERO_POINT);
}

/* Every operator that the integer kernels have, with odd sizes, in one small network. */
static inline struct vww_graph *int8_graph_of_everything(uint64_t seed)
{
    struct vww_error error;
    struct int8_builder b = int8_begin("everything", seed, 15, 12, 3);
    int32_t x = b.graph->input;
    x = int8_conv(&b, x,
                  (struct int8_conv){
                      .channels = 6, .kernel = 3, .stride = 2, .activation = VWW_ACTIVATION_RELU6});
    x = int8_depthwise(&b, x, (struct int8_conv){.channels = 6, .kernel = 3, .stride = 1});
    x = int8_append(&b, (struct vww_op){.kind = VWW_OP_RELU, .inputs = {x}, .input_count = 1},
                    int8_scale(&b, x) * 0.7f, -128);
    x = int8_conv(
        &b, x, (struct int8_conv){.channels = 8, .kernel = 1, .stride = 1, .without_bias = true});
    x = int8_depthwise(&b, x,
                       (struct int8_conv){.channels = 16,
                                          .kernel = 3,
                                          .stride = 1,
                                          .dilation = 2,
                                          .without_bias = true,
                                          .activation = VWW_ACTIVATION_RELU});
    x = int8_conv(
        &b, x,
        (struct int8_conv){
            .channels = 12, .kernel = 2, .stride = 1, .groups = 4, .padding = VWW_PADDING_VALID});
    x = int8_append(&b, (struct vww_op){.kind = VWW_OP_RELU6, .inputs = {x}, .input_count = 1},
                    int8_scale(&b, x), -128);
    x = int8_average_pool(&b, x, 3, 2, VWW_PADDING_SAME);
    x = int8_keep(&b,
                  (struct vww_op){.kind = VWW_OP_DROPOUT, .inputs = {x}, .keep_probability = 0.5f});
    x = int8_fully_connected(&b, int8_flatten(&b, x), 5);
    int8_softmax(&b, x);
    assert_ok(vww_graph_check(b.graph, true, &error), &error);
    return b.graph;
}

/* The shape of a small detector: two classes, square RGB input. */
static inline struct vww_graph *int8_graph_small(uint64_t seed, int32_t resolution)
{
    struct vww_error error;
    struct int8_builder b = int8_begin("small", seed, resolution, resolution, 3);
    int32_t x = b.graph->input;
    x = int8_conv(&b, x,
                  (struct int8_conv){
                      .channels = 8, .kernel = 3, .stride = 2, .activation = VWW_ACTIVATION_RELU6});
    x = int8_depthwise(
        &b, x,
        (struct int8_conv){
            .channels = 8, .kernel = 3, .stride = 1, .activation = VWW_ACTIVATION_RELU6});
    x = int8_conv(
        &b, x,
        (struct int8_conv){
            .channels = 16, .kernel = 1, .stride = 1, .activation = VWW_ACTIVATION_RELU6});
    x = int8_average_pool(&b, x, b.graph->tensors[x].shape.dims[1], 1, VWW_PADDING_VALID);
    x = int8_conv(&b, x, (struct int8_conv){.channels = 2, .kernel = 1, .stride = 1});
    int8_softmax(&b, int8_flatten(&b, x));
    assert_ok(vww_graph_check(b.graph, true, &error), &error);
    return b.graph;
}

#endif
