/* Small graphs for tests. */
#ifndef VWW_TESTS_TRAIN_BUILDER_H
#define VWW_TESTS_TRAIN_BUILDER_H

#include "support/check.h"

#include "base/random.h"
#include "vww/graph.h"

/* Appends operators to a graph one after the other. */
struct builder {
    struct vww_graph *graph;
    int32_t last;
};

static inline int32_t parameter(struct builder *b, enum vww_role role, int rank, int32_t d0,
                                int32_t d1, int32_t d2, int32_t d3)
{
    char name[32];
    snprintf(name, sizeof name, "p%d", (int)b->graph->tensor_count);
    const struct vww_shape shape = {.rank = rank, .dims = {d0, d1, d2, d3}};
    return vww_graph_tensor(b->graph, name, VWW_FLOAT32, role, &shape);
}

static inline void append(struct builder *b, struct vww_op op)
{
    struct vww_error error;
    op.inputs[0] = b->last;
    if (op.output_count == 0)
        op.outputs[0] = -1;
    if (op.input_count == 0)
        op.input_count = 1;
    snprintf(op.name, sizeof op.name, "op%d", (int)b->graph->op_count);
    assert_ok(vww_graph_append(b->graph, &op, &error), &error);
    b->last = b->graph->ops[b->graph->op_count - 1].outputs[0];
}

static inline int32_t channels(const struct builder *b)
{
    const struct vww_shape *shape = &b->graph->tensors[b->last].shape;
    return shape->dims[shape->rank - 1];
}

static inline void append_conv(struct builder *b, int32_t out, int32_t kernel, int32_t stride,
                               int32_t dilation, bool depthwise, bool bias,
                               enum vww_activation activation)
{
    const int32_t in = channels(b);
    struct vww_op op = {.kind = depthwise ? VWW_OP_DEPTHWISE_CONV_2D : VWW_OP_CONV_2D,
                        .input_count = bias ? 3 : 2,
                        .stride_h = stride,
                        .stride_w = stride,
                        .dilation_h = dilation,
                        .dilation_w = dilation,
                        .groups = 1,
                        .activation = activation};
    op.inputs[1] =
        parameter(b, VWW_ROLE_WEIGHT, 4, depthwise ? 1 : out, kernel, kernel, depthwise ? out : in);
    if (bias)
        op.inputs[2] = parameter(b, VWW_ROLE_BIAS, 1, out, 0, 0, 0);
    append(b, op);
}

static inline void append_norm(struct builder *b)
{
    const int32_t c = channels(b);
    struct vww_op op = {.kind = VWW_OP_BATCH_NORM, .input_count = 5, .epsilon = 1e-3f};
    op.inputs[1] = parameter(b, VWW_ROLE_BN_SCALE, 1, c, 0, 0, 0);
    op.inputs[2] = parameter(b, VWW_ROLE_BN_OFFSET, 1, c, 0, 0, 0);
    op.inputs[3] = parameter(b, VWW_ROLE_BN_MEAN, 1, c, 0, 0, 0);
    op.inputs[4] = parameter(b, VWW_ROLE_BN_VARIANCE, 1, c, 0, 0, 0);
    append(b, op);
}

static inline struct builder begin(const char *name, int32_t size)
{
    struct builder b = {.graph = vww_graph_create(name)};
    const struct vww_shape image = {.rank = 4, .dims = {1, size, size, 3}};
    b.graph->input = b.last =
        vww_graph_tensor(b.graph, "image", VWW_FLOAT32, VWW_ROLE_ACTIVATION, &image);
    return b;
}

/* Two, four, six, … readers of one tensor, and every operator that joins, parts or moves: a SPLIT
 * with one part that nobody reads, a value added to itself, a grouped convolution. 3 classes. */
static inline struct vww_graph *every_branch(int32_t size)
{
    struct vww_error error;
    struct builder b = begin("branches", size);
    append_conv(&b, 12, 3, 2, 1, false, false, VWW_ACTIVATION_NONE);
    append_norm(&b);
    append(&b, (struct vww_op){.kind = VWW_OP_RELU});
    const int32_t stem = b.last;
    append_conv(&b, 12, 3, 1, 1, true, true,
                VWW_ACTIVATION_NONE); /* a bias that batch norm undoes */
    append_norm(&b);
    append(&b, (struct vww_op){.kind = VWW_OP_ADD, .input_count = 2, .inputs = {0, stem}});
    append(&b, (struct vww_op){.kind = VWW_OP_RELU6});
    const int32_t sum = b.last;
    append(&b, (struct vww_op){.kind = VWW_OP_CHANNEL_SHUFFLE, .groups = 3});
    append(&b, (struct vww_op){.kind = VWW_OP_SPLIT, .output_count = 3, .outputs = {-1, -1, -1}});
    const struct vww_op *split = &b.graph->ops[b.graph->op_count - 1];
    const int32_t left = split->outputs[0], right = split->outputs[2];
    append_conv(&b, 5, 1, 1, 1, false, true, VWW_ACTIVATION_RELU6);
    append(&b, (struct vww_op){
                   .kind = VWW_OP_CONCAT, .input_count = 4, .inputs = {0, right, left, sum}});
    append(&b, (struct vww_op){.kind = VWW_OP_PAD, .pad_top = 1, .pad_right = 2, .pad_back = 1});
    append(&b, (struct vww_op){.kind = VWW_OP_MAX_POOL_2D,
                               .kernel_h = 3,
                               .kernel_w = 3,
                               .stride_h = 2,
                               .stride_w = 2});
    append_conv(&b, 26, 1, 1, 1, false, true, VWW_ACTIVATION_NONE);
    struct vww_op grouped = {.kind = VWW_OP_CONV_2D,
                             .input_count = 2,
                             .stride_h = 1,
                             .stride_w = 1,
                             .dilation_h = 1,
                             .dilation_w = 1,
                             .groups = 2};
    grouped.inputs[1] = parameter(&b, VWW_ROLE_WEIGHT, 4, 18, 3, 3, 13);
    append(&b, grouped);
    append_norm(&b);
    const int32_t twice = b.last;
    append(&b, (struct vww_op){.kind = VWW_OP_ADD, .input_count = 2, .inputs = {0, twice}});
    append(&b, (struct vww_op){.kind = VWW_OP_MEAN, .shape = {.rank = 2, .dims = {1, 18}}});
    struct vww_op dense = {.kind = VWW_OP_FULLY_CONNECTED, .input_count = 3};
    dense.inputs[1] = parameter(&b, VWW_ROLE_WEIGHT, 2, 3, 18, 0, 0);
    dense.inputs[2] = parameter(&b, VWW_ROLE_BIAS, 1, 3, 0, 0, 0);
    append(&b, dense);
    append(&b, (struct vww_op){.kind = VWW_OP_SOFTMAX, .beta = 1});
    b.graph->output = b.last;
    assert_ok(vww_graph_initialize(b.graph, 3, &error), &error);
    return b.graph;
}

/* The inverted residuals of MobileNet V2 and MNASNet: expanded, 5x5 depthwise, projected without an
 * activation, added to what went in; then one of stride 2. 3 classes. */
static inline struct vww_graph *inverted_residuals(int32_t size)
{
    struct vww_error error;
    struct builder b = begin("residuals", size);
    append_conv(&b, 6, 3, 2, 1, false, false, VWW_ACTIVATION_NONE);
    append_norm(&b);
    append(&b, (struct vww_op){.kind = VWW_OP_RELU6});
    for (int32_t stride = 1; stride <= 2; stride++) {
        const int32_t trunk = b.last;
        append_conv(&b, 10, 1, 1, 1, false, false, VWW_ACTIVATION_NONE);
        append_norm(&b);
        append(&b, (struct vww_op){.kind = VWW_OP_RELU6});
        append_conv(&b, 10, 5, stride, 1, true, false, VWW_ACTIVATION_NONE);
        append_norm(&b);
        append(&b, (struct vww_op){.kind = VWW_OP_RELU6});
        append_conv(&b, 6, 1, 1, 1, false, false, VWW_ACTIVATION_NONE);
        append_norm(&b);
        if (stride == 1)
            append(&b, (struct vww_op){.kind = VWW_OP_ADD, .input_count = 2, .inputs = {0, trunk}});
    }
    append(&b, (struct vww_op){.kind = VWW_OP_MEAN, .shape = {.rank = 2, .dims = {1, 6}}});
    struct vww_op dense = {.kind = VWW_OP_FULLY_CONNECTED, .input_count = 3};
    dense.inputs[1] = parameter(&b, VWW_ROLE_WEIGHT, 2, 3, 6, 0, 0);
    dense.inputs[2] = parameter(&b, VWW_ROLE_BIAS, 1, 3, 0, 0, 0);
    append(&b, dense);
    append(&b, (struct vww_op){.kind = VWW_OP_SOFTMAX, .beta = 1});
    b.graph->output = b.last;
    assert_ok(vww_graph_initialize(b.graph, 3, &error), &error);
    return b.graph;
}

/* Probabilities, images x classes, of which none is 0 and no two images have the same. */
static inline void draw_targets(double *targets, int64_t images, int32_t classes)
{
    struct vww_random random = vww_random_init(7, VWW_RANDOM_TEST, 0, 0);
    for (int64_t n = 0; n < images; n++, targets += classes) {
        double sum = 0;
        for (int32_t c = 0; c < classes; c++)
            sum += targets[c] = vww_random_between(&random, 0.05, 1);
        for (int32_t c = 0; c < classes; c++)
            targets[c] /= sum;
    }
}

/* Gammas, betas and biases away from their first values, so that nothing hides behind 0 and 1. */
static inline void disturb(struct vww_graph *graph)
{
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        struct vww_tensor *tensor = &graph->tensors[i];
        struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, 0, (uint64_t)i);
        if (tensor->role == VWW_ROLE_ACTIVATION || tensor->role == VWW_ROLE_WEIGHT)
            continue;
        for (int64_t k = 0; k < vww_shape_elements(&tensor->shape); k++)
            ((float *)tensor->data)[k] += (float)vww_random_between(&random, 0.1, 0.4);
    }
}

#endif
