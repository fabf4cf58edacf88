#include "model/builder.h"

#include <stdio.h>

static int32_t add_tensor(struct vww_builder *builder, const char *name, enum vww_role role,
                          const struct vww_shape *shape)
{
    if (builder->status != VWW_OK)
        return -1;
    const int32_t tensor = vww_graph_tensor(builder->graph, name, VWW_FLOAT32, role, shape);
    if (tensor < 0)
        builder->status = vww_fail_memory(builder->error, sizeof(struct vww_tensor));
    return tensor;
}

static int32_t add_parameter(struct vww_builder *builder, const char *layer, const char *suffix,
                             enum vww_role role, const struct vww_shape *shape)
{
    char name[2 * VWW_NAME_MAX];
    snprintf(name, sizeof name, "%s/%s", layer, suffix);
    return add_tensor(builder, name, role, shape);
}

int32_t vww_build_input(struct vww_builder *builder, const char *name, int32_t height,
                        int32_t width, int32_t channels)
{
    const struct vww_shape shape = {.rank = 4, .dims = {1, height, width, channels}};
    builder->graph->input = add_tensor(builder, name, VWW_ROLE_ACTIVATION, &shape);
    return builder->graph->input;
}

static bool strides_find_one_pixel(const struct vww_builder *builder, const struct vww_op *op)
{
    const struct vww_shape *shape = &builder->graph->tensors[op->inputs[0]].shape;
    return shape->rank == 4 &&
           ((op->stride_h > 1 && shape->dims[1] == 1) || (op->stride_w > 1 && shape->dims[2] == 1));
}

int32_t vww_build_append(struct vww_builder *builder, const struct vww_op *op)
{
    if (builder->status != VWW_OK)
        return -1;
    struct vww_op appended = *op;
    appended.outputs[0] = -1;
    if (strides_find_one_pixel(builder, op)) {
        const struct vww_shape *image = &builder->graph->tensors[builder->graph->input].shape;
        builder->status = vww_fail(builder->error, VWW_ERROR_ARGUMENT,
                                   "the resolution is too small for the strides");
        vww_error_seen(builder->error, "%dx%d pixels, of which one is left before %s",
                       (int)image->dims[1], (int)image->dims[2], op->name);
        vww_error_remedy(builder->error, "take a higher resolution; each stride of 2 halves it");
        return -1;
    }
    builder->status = vww_graph_append(builder->graph, &appended, builder->error);
    if (builder->status != VWW_OK)
        return -1;
    return builder->graph->ops[builder->graph->op_count - 1].outputs[0];
}

int32_t vww_build_channels(const struct vww_builder *builder, int32_t tensor)
{
    if (builder->status != VWW_OK)
        return 0;
    const struct vww_shape *shape = &builder->graph->tensors[tensor].shape;
    return shape->rank > 0 ? shape->dims[shape->rank - 1] : 0;
}

static struct vww_shape weights_shape(const struct vww_builder *builder, const struct vww_op *op,
                                      const struct vww_build_weights *layer)
{
    const int32_t in = vww_build_channels(builder, op->inputs[0]);
    if (op->kind == VWW_OP_FULLY_CONNECTED) {
        const struct vww_shape *shape = &builder->graph->tensors[op->inputs[0]].shape;
        const int64_t inputs = vww_shape_elements(shape);
        return (struct vww_shape){
            .rank = 2, .dims = {layer->channels, inputs <= INT32_MAX ? (int32_t)inputs : -1}};
    }
    const bool depthwise = op->kind == VWW_OP_DEPTHWISE_CONV_2D;
    const int32_t groups = op->groups > 0 ? op->groups : 1;
    return (struct vww_shape){.rank = 4,
                              .dims = {depthwise ? 1 : layer->channels, layer->kernel_h,
                                       layer->kernel_w, depthwise ? layer->channels : in / groups}};
}

int32_t vww_build_weighted(struct vww_builder *builder, const struct vww_op *op,
                           const struct vww_build_weights *layer)
{
    if (builder->status != VWW_OK)
        return -1;
    const struct vww_shape weights = weights_shape(builder, op, layer);
    const struct vww_shape vector = {.rank = 1, .dims = {layer->channels}};
    struct vww_op weighted = *op;
    weighted.input_count = layer->bias ? 3 : 2;
    weighted.inputs[1] = add_parameter(builder, op->name, "weights", VWW_ROLE_WEIGHT, &weights);
    if (layer->bias)
        weighted.inputs[2] = add_parameter(builder, op->name, "bias", VWW_ROLE_BIAS, &vector);
    int32_t x = vww_build_append(builder, &weighted);
    if (layer->batch_norm) {
        char name[VWW_NAME_MAX];
        snprintf(name, sizeof name, "%.80s/bn", op->name);
        x = vww_build_batch_norm(builder, x, name, op->name);
    }
    return vww_build_activation(builder, x, op->name, layer->activation);
}

int32_t vww_build_batch_norm(struct vww_builder *builder, int32_t x, const char *op_name,
                             const char *layer)
{
    const struct vww_shape vector = {.rank = 1, .dims = {vww_build_channels(builder, x)}};
    struct vww_op norm = {.kind = VWW_OP_BATCH_NORM,
                          .inputs = {x},
                          .input_count = 5,
                          .epsilon = builder->epsilon,
                          .momentum = builder->momentum};
    snprintf(norm.name, sizeof norm.name, "%s", op_name);
    norm.inputs[1] = add_parameter(builder, layer, "gamma", VWW_ROLE_BN_SCALE, &vector);
    norm.inputs[2] = add_parameter(builder, layer, "beta", VWW_ROLE_BN_OFFSET, &vector);
    norm.inputs[3] = add_parameter(builder, layer, "mean", VWW_ROLE_BN_MEAN, &vector);
    norm.inputs[4] = add_parameter(builder, layer, "variance", VWW_ROLE_BN_VARIANCE, &vector);
    return vww_build_append(builder, &norm);
}

int32_t vww_build_activation(struct vww_builder *builder, int32_t x, const char *layer,
                             enum vww_activation activation)
{
    if (activation == VWW_ACTIVATION_NONE)
        return x;
    struct vww_op op = {.kind = activation == VWW_ACTIVATION_RELU6 ? VWW_OP_RELU6 : VWW_OP_RELU,
                        .inputs = {x},
                        .input_count = 1};
    snprintf(op.name, sizeof op.name, "%.80s/%s", layer, vww_op_name(op.kind));
    return vww_build_append(builder, &op);
}

void vww_build_half_padding(struct vww_op *op, int32_t kernel_h, int32_t kernel_w)
{
    op->padding = VWW_PADDING_EXPLICIT;
    op->pad_top = op->pad_bottom = kernel_h / 2;
    op->pad_left = op->pad_right = kernel_w / 2;
}
