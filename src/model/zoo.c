#include "model/zoo.h"
#include "base/memory.h"
#include "vww/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define GRID .in_grid = true
static const struct vww_zoo_family families[] = {
    {"mobilenet_v1", "MobileNet V1 (Howard et al. 2017): depthwise separable convolutions",
     "slim's layer totals at 1.0 and 0.5, its parameter table", GRID,
     .build = vww_zoo_mobilenet_v1},
    {"mobilenet_v2", "MobileNet V2 (Sandler et al. 2018), last convolution kept at 1280",
     "slim's parameter table and its 22 multiply-add counts", GRID, .build = vww_zoo_mobilenet_v2,
     .variant = VWW_ZOO_LAST_KEPT},
    {"mobilenet_v2_scaled", "MobileNet V2, last convolution scaled by the multiplier",
     "the paper's model sizes", GRID, .build = vww_zoo_mobilenet_v2,
     .variant = VWW_ZOO_LAST_SCALED},
    {"mobilenet_v2_vww", "MobileNet V2 as the paper deploys it: scaled, and a stem of 8 channels",
     "the paper's model sizes and peak memory", GRID, .build = vww_zoo_mobilenet_v2,
     .variant = VWW_ZOO_VWW},
    {"mnasnet_b1", "MnasNet B1 (Tan et al. 2019), last convolution kept at 1280",
     "torchvision's parameter counts at 0.5, 0.75, 1.0, 1.3", GRID, .build = vww_zoo_mnasnet,
     .variant = VWW_ZOO_LAST_KEPT},
    {"mnasnet_b1_scaled", "MnasNet B1, last convolution scaled by the multiplier",
     "the paper's model size", GRID, .build = vww_zoo_mnasnet, .variant = VWW_ZOO_LAST_SCALED},
    {"mnasnet_b1_vww", "MnasNet B1 as the paper deploys it: scaled, and a stem of 8 channels",
     "the paper's model size and peak memory", GRID, .build = vww_zoo_mnasnet,
     .variant = VWW_ZOO_VWW},
    {"mnasnet_a1_nose", "MnasNet A1 without squeeze-and-excite, for comparison",
     "nothing published without squeeze-and-excite", GRID, .build = vww_zoo_mnasnet,
     .variant = VWW_ZOO_A1},
    {"shufflenet_v1_g3", "ShuffleNet V1 (Zhang et al. 2018), 3 groups",
     "the authors' parameter counts at 0.5, 1.0, 1.5, 2.0", GRID, .build = vww_zoo_shufflenet_v1,
     .variant = 3},
    {"shufflenet_v1_g8", "ShuffleNet V1, 8 groups",
     "the authors' parameter counts at 0.5, 1.0, 1.5, 2.0", GRID, .build = vww_zoo_shufflenet_v1,
     .variant = 8},
    {"shufflenet_v2", "ShuffleNet V2 (Ma et al. 2018), torchvision's split",
     "torchvision's parameter counts at 0.5, 1.0, 1.5, 2.0", GRID, .build = vww_zoo_shufflenet_v2},
    {"mlperf_tiny_vww",
     "the MLPerf Tiny reference: MobileNet V1 0.25 with ReLU, biases beside batch norm",
     "the reference's 221,794 Keras parameters and its int8 file's weights and biases",
     .resolution = 96, .build = vww_zoo_mobilenet_v1, .variant = 1},
    {"mcunet_vww0", "MCUNet for 10 frames a second (Lin et al. 2020)",
     "the authors' 6.0 M multiply-adds and 0.37 M parameters", .resolution = 64,
     .build = vww_zoo_mcunet, .variant = 0},
    {"mcunet_vww1", "MCUNet for 5 frames a second",
     "the authors' 11.6 M multiply-adds and 0.43 M parameters", .resolution = 80,
     .build = vww_zoo_mcunet, .variant = 1},
    {"mcunet_vww2", "MCUNet for 320 kB of SRAM",
     "the authors' 55.8 M multiply-adds and 0.64 M parameters", .resolution = 144,
     .build = vww_zoo_mcunet, .variant = 2},
    {"micronet_vww2", "MicroNet VWW-2 (Banbury et al. 2021), grey images",
     "the size of the authors' int8 file; not their 5.3 M operations (ours: 6.3 M)",
     .resolution = 50, .build = vww_zoo_micronets, .variant = 2},
    {"micronet_vww3", "MicroNet VWW-3, grey images",
     "the authors' 45.2 M operations, two for each multiply-add", .resolution = 128,
     .build = vww_zoo_micronets, .variant = 3},
    {"micronet_vww4", "MicroNet VWW-4, grey images",
     "the authors' 37.7 M operations, two for each multiply-add", .resolution = 128,
     .build = vww_zoo_micronets, .variant = 4},
};
#define FAMILY_COUNT (sizeof families / sizeof families[0])

const struct vww_zoo_family *vww_zoo_families(size_t *count)
{
    *count = FAMILY_COUNT;
    return families;
}

const double *vww_zoo_multipliers(size_t *count)
{
    static const double multipliers[] = {0.25, 0.35, 0.5, 0.75, 1.0};
    *count = sizeof multipliers / sizeof multipliers[0];
    return multipliers;
}

const int32_t *vww_zoo_resolutions(size_t *count)
{
    static const int32_t resolutions[] = {96, 128, 160, 192, 224};
    *count = sizeof resolutions / sizeof resolutions[0];
    return resolutions;
}

vww_status vww_zoo_find(const char *name, const struct vww_zoo_family **family,
                        struct vww_error *error)
{
    const char *names[FAMILY_COUNT];
    *family = NULL;
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        names[i] = families[i].name;
        if (strcmp(name, families[i].name) == 0)
            *family = &families[i];
    }
    if (*family != NULL)
        return VWW_OK;
    char hint[256];
    vww_text_suggest(hint, sizeof hint, name, names, FAMILY_COUNT);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no model family is called %s", name);
    vww_error_remedy(error, "%s", hint);
    return VWW_ERROR_NOT_FOUND;
}

bool vww_zoo_published_widths(const char *family, double depth_multiplier)
{
    const struct vww_zoo_family *found;
    if (vww_zoo_find(family, &found, NULL) != VWW_OK)
        return false;
    if (found->build == vww_zoo_shufflenet_v1)
        return vww_zoo_shufflenet_v1_published(depth_multiplier);
    if (found->build == vww_zoo_shufflenet_v2)
        return vww_zoo_shufflenet_v2_published(depth_multiplier);
    return true;
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
    if (options->padding != VWW_PADDING_SAME && options->padding != VWW_PADDING_EXPLICIT)
        return vww_fail(error, VWW_ERROR_ARGUMENT,
                        "the zoo's networks are padded by the rule SAME or by half the kernel");
    if (options->classes < 2 || options->classes > 100000) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the number of classes is out of range");
        vww_error_seen(error, "%d", (int)options->classes);
        vww_error_allowed(error, "2 to 100000");
        return VWW_ERROR_ARGUMENT;
    }
    return VWW_OK;
}

/* A fixed model has one multiplier. */
static vww_status check_fixed(const struct vww_zoo_options *options,
                              const struct vww_zoo_family *family, struct vww_error *error)
{
    if (family->in_grid || options->depth_multiplier == 1)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_ARGUMENT, "%s has fixed widths", family->name);
    vww_error_seen(error, "%g", options->depth_multiplier);
    vww_error_allowed(error, "1");
    return VWW_ERROR_ARGUMENT;
}

vww_status vww_zoo_build(const struct vww_zoo_options *options, struct vww_graph **graph,
                         struct vww_error *error)
{
    const struct vww_zoo_family *family;
    *graph = NULL;
    vww_status status = vww_zoo_find(options->family, &family, error);
    if (status == VWW_OK)
        status = check_options(options, error);
    if (status == VWW_OK)
        status = check_fixed(options, family, error);
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
    status = family->build(options, family->variant, built, error);
    if (status == VWW_OK)
        status = vww_graph_check(built, false, error);
    if (status != VWW_OK) {
        vww_graph_destroy(built);
        return status;
    }
    *graph = built;
    return VWW_OK;
}

int32_t vww_zoo_input(struct vww_builder *builder, int32_t resolution)
{
    return vww_build_input(builder, "image", resolution, resolution, 3);
}

int32_t vww_zoo_conv(struct vww_builder *builder, int32_t x, const char *name,
                     const struct vww_zoo_conv *conv)
{
    const struct vww_build_weights layer = {
        .kernel_h = conv->kernel,
        .kernel_w = conv->kernel,
        .channels = conv->depthwise ? vww_build_channels(builder, x) : conv->channels,
        .bias = conv->bias,
        .batch_norm = conv->batch_norm,
        .activation = conv->activation};
    struct vww_op op = {.kind = conv->depthwise ? VWW_OP_DEPTHWISE_CONV_2D : VWW_OP_CONV_2D,
                        .inputs = {x},
                        .stride_h = conv->stride,
                        .stride_w = conv->stride,
                        .dilation_h = 1,
                        .dilation_w = 1,
                        .groups = conv->groups > 0 && !conv->depthwise ? conv->groups : 1};
    snprintf(op.name, sizeof op.name, "%s", name);
    if (builder->padding == VWW_PADDING_EXPLICIT)
        vww_build_half_padding(&op, conv->kernel, conv->kernel);
    return vww_build_weighted(builder, &op, &layer);
}

int32_t vww_zoo_pool(struct vww_builder *builder, int32_t x, const char *name,
                     enum vww_op_kind kind, int32_t kernel, int32_t stride)
{
    struct vww_op op = {.kind = kind,
                        .inputs = {x},
                        .input_count = 1,
                        .kernel_h = kernel,
                        .kernel_w = kernel,
                        .stride_h = stride,
                        .stride_w = stride};
    snprintf(op.name, sizeof op.name, "%s", name);
    if (builder->padding == VWW_PADDING_EXPLICIT)
        vww_build_half_padding(&op, kernel, kernel);
    return vww_build_append(builder, &op);
}

int32_t vww_zoo_join(struct vww_builder *builder, const char *name, enum vww_op_kind kind,
                     int32_t x, int32_t y)
{
    struct vww_op op = {.kind = kind, .inputs = {x, y}, .input_count = 2};
    snprintf(op.name, sizeof op.name, "%s", name);
    return vww_build_append(builder, &op);
}

int32_t vww_zoo_shuffle(struct vww_builder *builder, int32_t x, const char *name, int32_t groups)
{
    struct vww_op op = {
        .kind = VWW_OP_CHANNEL_SHUFFLE, .inputs = {x}, .input_count = 1, .groups = groups};
    snprintf(op.name, sizeof op.name, "%s", name);
    return vww_build_append(builder, &op);
}

static int32_t append_global_pool(struct vww_builder *builder, int32_t x)
{
    const struct vww_shape *shape = &builder->graph->tensors[x].shape;
    const struct vww_op pool = {.kind = VWW_OP_AVERAGE_POOL_2D,
                                .name = "pool",
                                .inputs = {x},
                                .input_count = 1,
                                .kernel_h = shape->dims[1],
                                .kernel_w = shape->dims[2],
                                .stride_h = 1,
                                .stride_w = 1,
                                .padding = VWW_PADDING_VALID};
    return vww_build_append(builder, &pool);
}

/* A fully connected layer, or a 1x1 convolution whose single pixel is reshaped away. */
static int32_t append_classifier(struct vww_builder *builder, int32_t x,
                                 const struct vww_zoo_head *head)
{
    if (head->dense) {
        const struct vww_op dense = {
            .kind = VWW_OP_FULLY_CONNECTED, .name = "classifier", .inputs = {x}};
        return vww_build_weighted(
            builder, &dense,
            &(struct vww_build_weights){.channels = head->classes, .bias = head->bias});
    }
    const struct vww_zoo_conv conv = {
        .kernel = 1, .stride = 1, .channels = head->classes, .bias = true};
    const struct vww_op reshape = {.kind = VWW_OP_RESHAPE,
                                   .name = "logits",
                                   .inputs = {vww_zoo_conv(builder, x, "classifier", &conv)},
                                   .input_count = 1,
                                   .shape = {.rank = 2, .dims = {1, head->classes}}};
    return vww_build_append(builder, &reshape);
}

void vww_zoo_head(struct vww_builder *builder, int32_t x, const struct vww_zoo_head *head)
{
    if (builder->status != VWW_OK)
        return;
    x = append_global_pool(builder, x);
    if (head->keep < 1) {
        const struct vww_op dropout = {.kind = VWW_OP_DROPOUT,
                                       .name = "dropout",
                                       .inputs = {x},
                                       .input_count = 1,
                                       .keep_probability = head->keep};
        x = vww_build_append(builder, &dropout);
    }
    const struct vww_op softmax = {.kind = VWW_OP_SOFTMAX,
                                   .name = "probabilities",
                                   .inputs = {append_classifier(builder, x, head)},
                                   .input_count = 1,
                                   .beta = 1};
    builder->graph->output = vww_build_append(builder, &softmax);
}

int32_t vww_zoo_make_divisible(double channels)
{
    int32_t rounded = (int32_t)(channels + 4) / 8 * 8;
    if (rounded < 8)
        rounded = 8;
    return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

int32_t vww_zoo_nearest_multiple(struct vww_builder *builder, double channels, int32_t unit)
{
    const int32_t nearest = (int32_t)floor(channels / unit + 0.5) * unit;
    if (nearest == 0 && builder->status == VWW_OK) {
        builder->status =
            vww_fail(builder->error, VWW_ERROR_ARGUMENT, "the depth multiplier leaves no channels");
        vww_error_seen(builder->error, "%g channels, to be rounded to a multiple of %d", channels,
                       (int)unit);
        vww_error_remedy(builder->error, "take a larger multiplier");
    }
    return nearest;
}

int32_t vww_zoo_stem(double depth_multiplier, int variant)
{
    const int32_t stem = vww_zoo_make_divisible(32 * depth_multiplier);
    return variant == VWW_ZOO_VWW && depth_multiplier <= 0.35 && stem > 8 ? 8 : stem;
}

int32_t vww_zoo_last_conv(double depth_multiplier, int variant, bool kept_above_one)
{
    const bool kept = (variant == VWW_ZOO_LAST_KEPT || variant == VWW_ZOO_A1) &&
                      (depth_multiplier < 1 || kept_above_one);
    return kept ? VWW_ZOO_LAST_CONV : vww_zoo_make_divisible(VWW_ZOO_LAST_CONV * depth_multiplier);
}

int32_t vww_zoo_inverted(struct vww_builder *builder, int32_t x, const char *name,
                         const struct vww_zoo_inverted *block)
{
    const int32_t input = x, in = vww_build_channels(builder, x);
    const int32_t hidden = block->hidden > 0 ? block->hidden : in * block->expand;
    struct vww_zoo_conv conv = {.kernel = 1,
                                .stride = 1,
                                .channels = hidden,
                                .batch_norm = true,
                                .activation = block->activation};
    char layer[VWW_NAME_MAX];
    if (hidden != in) {
        snprintf(layer, sizeof layer, "%.60s_expand", name);
        x = vww_zoo_conv(builder, x, layer, &conv);
    }
    conv.depthwise = true;
    conv.kernel = block->kernel;
    conv.stride = block->stride;
    snprintf(layer, sizeof layer, "%.60s_dw", name);
    x = vww_zoo_conv(builder, x, layer, &conv);
    conv = (struct vww_zoo_conv){
        .kernel = 1, .stride = 1, .channels = block->channels, .batch_norm = true};
    snprintf(layer, sizeof layer, "%.60s_project", name);
    x = vww_zoo_conv(builder, x, layer, &conv);
    if (!block->skip || block->stride != 1 || in != block->channels)
        return x;
    snprintf(layer, sizeof layer, "%.60s_add", name);
    return vww_zoo_join(builder, layer, VWW_OP_ADD, x, input);
}
