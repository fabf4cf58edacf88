/* ShuffleNet V2 (Ma et al. 2018, arXiv 1807.11164), both halves of equal width as in torchvision;
 * specs: zoo.md section 2. Widths that the authors did not publish: see second_stage(). */
#include "model/zoo.h"

#include <stdio.h>

static const struct {
    double multiplier;
    int32_t stage2, conv5; /* channels; stages 3 and 4 have twice those before */
} published[] = {{0.5, 48, 1024}, {1, 116, 1024}, {1.5, 176, 1024}, {2, 244, 2048}};
#define PUBLISHED_COUNT (sizeof published / sizeof published[0])

static const int32_t units[] = {4, 8, 4}; /* of each stage */

bool vww_zoo_shufflenet_v2_published(double depth_multiplier)
{
    for (size_t i = 0; i < PUBLISHED_COUNT; i++)
        if (published[i].multiplier == depth_multiplier)
            return true;
    return false;
}

/* Our extension: the nearest multiple of 4 to 116 times the multiplier. */
static int32_t second_stage(struct vww_builder *b, double multiplier, int32_t *conv5)
{
    for (size_t i = 0; i < PUBLISHED_COUNT; i++)
        if (published[i].multiplier == multiplier) {
            *conv5 = published[i].conv5;
            return published[i].stage2;
        }
    *conv5 = 1024;
    return vww_zoo_nearest_multiple(b, 116 * multiplier, 4);
}

static int32_t append_conv(struct vww_builder *b, int32_t x, int number, const char *part,
                           int32_t channels)
{
    char name[32];
    snprintf(name, sizeof name, "u%d_%s", number, part);
    return vww_zoo_conv(b, x, name,
                        &(struct vww_zoo_conv){.kernel = 1,
                                               .stride = 1,
                                               .channels = channels,
                                               .batch_norm = true,
                                               .activation = VWW_ACTIVATION_RELU});
}

static int32_t append_depthwise(struct vww_builder *b, int32_t x, int number, const char *part,
                                int32_t stride)
{
    char name[32];
    snprintf(name, sizeof name, "u%d_%s", number, part);
    return vww_zoo_conv(b, x, name,
                        &(struct vww_zoo_conv){
                            .kernel = 3, .stride = stride, .depthwise = true, .batch_norm = true});
}

/* stride 2: both branches see the whole input. stride 1: the input is split in halves, of which one
 * passes. */
static int32_t append_unit(struct vww_builder *b, int32_t x, int number, int32_t out,
                           int32_t stride)
{
    char name[32];
    int32_t left = x, right = x;
    if (stride == 2) {
        left = append_depthwise(b, left, number, "left_dw", stride);
        left = append_conv(b, left, number, "left_pw", out / 2);
    } else {
        struct vww_op split = {
            .kind = VWW_OP_SPLIT, .inputs = {x}, .input_count = 1, .output_count = 2};
        snprintf(split.name, sizeof split.name, "u%d_split", number);
        left = vww_build_append(b, &split);
        right = b->status == VWW_OK ? b->graph->ops[b->graph->op_count - 1].outputs[1] : -1;
    }
    right = append_conv(b, right, number, "pw1", out / 2);
    right = append_depthwise(b, right, number, "dw", stride);
    right = append_conv(b, right, number, "pw2", out / 2);
    snprintf(name, sizeof name, "u%d_concat", number);
    x = vww_zoo_join(b, name, VWW_OP_CONCAT, left, right);
    snprintf(name, sizeof name, "u%d_shuffle", number);
    return vww_zoo_shuffle(b, x, name, 2);
}

vww_status vww_zoo_shufflenet_v2(const struct vww_zoo_options *options, int variant,
                                 struct vww_graph *graph, struct vww_error *error)
{
    (void)variant;
    struct vww_builder b = {.graph = graph,
                            .error = error,
                            .epsilon = 1e-5f,
                            .momentum = 0.9f,
                            .padding = options->padding};
    int32_t conv5;
    int32_t out = second_stage(&b, options->depth_multiplier, &conv5);
    struct vww_zoo_conv conv = {.kernel = 3,
                                .stride = 2,
                                .channels = 24,
                                .batch_norm = true,
                                .activation = VWW_ACTIVATION_RELU};
    int32_t x = vww_zoo_conv(&b, vww_zoo_input(&b, options->resolution), "conv1", &conv);
    x = vww_zoo_pool(&b, x, "maxpool", VWW_OP_MAX_POOL_2D, 3, 2);
    int number = 0;
    for (size_t stage = 0; stage < sizeof units / sizeof units[0]; stage++, out *= 2)
        for (int32_t k = 0; k < units[stage]; k++)
            x = append_unit(&b, x, ++number, out, k == 0 ? 2 : 1);
    conv.kernel = conv.stride = 1;
    conv.channels = conv5;
    x = vww_zoo_conv(&b, x, "conv5", &conv);
    vww_zoo_head(&b, x,
                 &(struct vww_zoo_head){
                     .classes = options->classes, .keep = 1, .dense = true, .bias = true});
    return b.status;
}
