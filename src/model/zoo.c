#include "model/zoo.h"
#include "base/memory.h"
#include "vww/text.h"

#include <stdio.h>
#include <string.h>

static const struct vww_zoo_family families[] = {
    {"mobilenet_v1", "MobileNet V1 (Howard et al. 2017): depthwise separable convolutions",
     vww_zoo_mobilenet_v1},
};

const struct vww_zoo_family *vww_zoo_families(size_t *count)
{
    *count = sizeof families / sizeof families[0];
    return families;
}

static vww_status check_options(const struct vww_zoo_options *options, struct vww_error *error)
{
    if (!(options->depth_multiplier > 0 && options->depth_multiplier <= 16)) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the depth multiplier is out of range");
        vww_error_seen(error, "%g", options->depth_multiplier);
        vww_error_allowed(error, "more than 0, at most 16");
        return VWW_ERROR_ARGUMENT;
    }
    if (options->resolution < 1 || options->resolution > 4096) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the resolution is out of range");
        vww_error_seen(error, "%d", (int)options->resolution);
        vww_error_allowed(error, "1 to 4096 pixels");
        return VWW_ERROR_ARGUMENT;
    }
    if (options->classes < 2 || options->classes > 100000) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the number of classes is out of range");
        vww_error_seen(error, "%d", (int)options->classes);
        vww_error_allowed(error, "2 to 100000");
        return VWW_ERROR_ARGUMENT;
    }
    return VWW_OK;
}

vww_status vww_zoo_build(const struct vww_zoo_options *options, struct vww_graph **graph,
                         struct vww_error *error)
{
    *graph = NULL;
    const size_t count = sizeof families / sizeof families[0];
    const struct vww_zoo_family *family = NULL;
    const char *names[sizeof families / sizeof families[0]];
    for (size_t i = 0; i < count; i++) {
        names[i] = families[i].name;
        if (strcmp(options->family, families[i].name) == 0)
            family = &families[i];
    }
    if (family == NULL) {
        char hint[200];
        vww_text_suggest(hint, sizeof hint, options->family, names, count);
        vww_fail(error, VWW_ERROR_NOT_FOUND, "no model family is called %s", options->family);
        vww_error_remedy(error, "%s", hint);
        return VWW_ERROR_NOT_FOUND;
    }
    vww_status status = check_options(options, error);
    if (status != VWW_OK)
        return status;
    char name[VWW_NAME_MAX];
    snprintf(name, sizeof name, "%s_%g_%d", family->name, options->depth_multiplier,
             (int)options->resolution);
    struct vww_graph *built = vww_graph_create(name);
    if (built == NULL)
        return vww_fail_memory(error, sizeof *built);
    snprintf(built->family, sizeof built->family, "%s", family->name);
    built->depth_multiplier = options->depth_multiplier;
    status = family->build(options, built, error);
    if (status == VWW_OK)
        status = vww_graph_check(built, false, error);
    if (status != VWW_OK) {
        vww_graph_destroy(built);
        return status;
    }
    *graph = built;
    return VWW_OK;
}

int32_t vww_zoo_input(struct vww_zoo_builder *builder, int32_t resolution)
{
    const struct vww_shape shape = {.rank = 4, .dims = {1, resolution, resolution, 3}};
    builder->graph->input =
        vww_graph_tensor(builder->graph, "image", VWW_FLOAT32, VWW_ROLE_ACTIVATION, &shape);
    if (builder->graph->input < 0)
        builder->status = vww_fail_memory(builder->error, sizeof(struct vww_tensor));
    return builder->graph->input;
}

static int32_t add_tensor(struct vww_zoo_builder *builder, const char *layer, const char *suffix,
                          enum vww_role role, const struct vww_shape *shape)
{
    if (builder->status != VWW_OK)
        return -1;
    char name[2 * VWW_NAME_MAX];
    snprintf(name, sizeof name, "%s/%s", layer, suffix);
    const int32_t tensor = vww_graph_tensor(builder->graph, name, VWW_FLOAT32, role, shape);
    if (tensor < 0)
        builder->status = vww_fail_memory(builder->error, sizeof(struct vww_tensor));
    return tensor;
}

int32_t vww_zoo_append(struct vww_zoo_builder *builder, struct vww_op *op)
{
    if (builder->status != VWW_OK)
        return -1;
    op->outputs[0] = -1;
    builder->status = vww_graph_append(builder->graph, op, builder->error);
    if (builder->status != VWW_OK)
        return -1;
    return builder->graph->ops[builder->graph->op_count - 1].outputs[0];
}

static int32_t channels_of(const struct vww_zoo_builder *builder, int32_t tensor)
{
    return builder->status == VWW_OK ? builder->graph->tensors[tensor].shape.dims[3] : 0;
}

int32_t vww_zoo_conv(struct vww_zoo_builder *builder, int32_t x, const char *name,
                     const struct vww_zoo_conv *conv)
{
    const int32_t in = channels_of(builder, x);
    const int32_t out = conv->depthwise ? in : conv->channels;
    const struct vww_shape weights = {.rank = 4,
                                      .dims = {conv->depthwise ? 1 : out, conv->kernel,
                                               conv->kernel, conv->depthwise ? out : in}};
    const struct vww_shape vector = {.rank = 1, .dims = {out}};
    struct vww_op op = {.kind = conv->depthwise ? VWW_OP_DEPTHWISE_CONV_2D : VWW_OP_CONV_2D,
                        .stride_h = conv->stride,
                        .stride_w = conv->stride,
                        .dilation_h = 1,
                        .dilation_w = 1,
                        .groups = 1,
                        .padding = VWW_PADDING_SAME,
                        .input_count = conv->bias ? 3 : 2};
    snprintf(op.name, sizeof op.name, "%s", name);
    op.inputs[0] = x;
    op.inputs[1] = add_tensor(builder, name, "weights", VWW_ROLE_WEIGHT, &weights);
    if (conv->bias)
        op.inputs[2] = add_tensor(builder, name, "bias", VWW_ROLE_BIAS, &vector);
    x = vww_zoo_append(builder, &op);
    if (conv->batch_norm) {
        struct vww_op norm = {.kind = VWW_OP_BATCH_NORM,
                              .input_count = 5,
                              .epsilon = builder->epsilon,
                              .momentum = builder->momentum};
        snprintf(norm.name, sizeof norm.name, "%.80s/bn", name);
        norm.inputs[0] = x;
        norm.inputs[1] = add_tensor(builder, name, "gamma", VWW_ROLE_BN_SCALE, &vector);
        norm.inputs[2] = add_tensor(builder, name, "beta", VWW_ROLE_BN_OFFSET, &vector);
        norm.inputs[3] = add_tensor(builder, name, "mean", VWW_ROLE_BN_MEAN, &vector);
        norm.inputs[4] = add_tensor(builder, name, "variance", VWW_ROLE_BN_VARIANCE, &vector);
        x = vww_zoo_append(builder, &norm);
    }
    if (conv->activation != VWW_ACTIVATION_NONE) {
        struct vww_op act = {.kind = conv->activation == VWW_ACTIVATION_RELU6 ? VWW_OP_RELU6
                                                                              : VWW_OP_RELU,
                             .input_count = 1};
        snprintf(act.name, sizeof act.name, "%.80s/%s", name, vww_op_name(act.kind));
        act.inputs[0] = x;
        x = vww_zoo_append(builder, &act);
    }
    return x;
}
