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
