/* ShuffleNet V1 (Zhang et al. 2018, arXiv 1707.01083) with 3 or 8 groups; specs: zoo.md section 2.
 * Widths that the authors did not publish follow a rule of our own: the stem is the nearest
 * multiple of the groups, the second stage the nearest multiple of four times the groups. */
#include "model/zoo.h"

#include <stdio.h>

static const struct {
    int32_t groups;
    double multiplier;
    int32_t stem, stage2; /* channels; each later stage has twice those before */
} published[] = {
    {3, 0.5, 12, 120}, {3, 1, 24, 240}, {3, 1.5, 24, 360}, {3, 2, 48, 480},
    {8, 0.5, 16, 192}, {8, 1, 24, 384}, {8, 1.5, 24, 576}, {8, 2, 48, 768},
};
#define PUBLISHED_COUNT (sizeof published / sizeof published[0])

static const int32_t units[] = {4, 8, 4}; /* of each stage */

bool vww_zoo_shufflenet_v1_published(double depth_multiplier)
{
    for (size_t i = 0; i < PUBLISHED_COUNT; i++)
        if (published[i].multiplier == depth_multiplier)
            return true;
    return false;
}

static void find_widths(struct vww_builder *b, int32_t groups, double multiplier, int32_t *stem,
                        int32_t *stage2)
{
    for (size_t i = 0; i < PUBLISHED_COUNT; i++)
        if (published[i].groups == groups && published[i].multiplier == multiplier) {
            *stem = published[i].stem;
            *stage2 = published[i].stage2;
            return;
        }
    *stem = vww_zoo_nearest_multiple(b, 24 * multiplier, groups);
    *stage2 = vww_zoo_nearest_multiple(b, (groups == 3 ? 240 : 384) * multiplier, 4 * groups);
}

/* stride 2: the convolutions make out - in channels, beside which the pooled input is put. */
static int32_t append_unit(struct vww_builder *b, int32_t x, int number, int32_t out,
                           int32_t stride, int32_t groups)
{
    char name[32];
    const int32_t input = x, in = vww_build_channels(b, x);
    struct vww_zoo_conv conv = {.kernel = 1,
                                .stride = 1,
                                .channels = out / 4,
                                .groups = number == 1 ? 1 : groups,
                                .batch_norm = true,
                                .activation = VWW_ACTIVATION_RELU};
    snprintf(name, sizeof name, "u%d_pw1", number);
    x = vww_zoo_conv(b, x, name, &conv);
    snprintf(name, sizeof name, "u%d_shuffle", number);
    x = vww_zoo_shuffle(b, x, name, groups);
    snprintf(name, sizeof name, "u%d_dw", number);
    x = vww_zoo_conv(b, x, name,
                     &(struct vww_zoo_conv){
                         .kernel = 3, .stride = stride, .depthwise = true, .batch_norm = true});
    snprintf(name, sizeof name, "u%d_pw2", number);
    conv.groups = groups;
    conv.channels = stride == 2 ? out - in : out;
    conv.activation = stride == 2 ? VWW_ACTIVATION_RELU : VWW_ACTIVATION_NONE;
    x = vww_zoo_conv(b, x, name, &conv);
    if (stride == 2) {
        snprintf(name, sizeof name, "u%d_pool", number);
        const int32_t pooled = vww_zoo_pool(b, input, name, VWW_OP_AVERAGE_POOL_2D, 3, 2);
        snprintf(name, sizeof name, "u%d_concat", number);
        return vww_zoo_join(b, name, VWW_OP_CONCAT, pooled, x);
    }
    snprintf(name, sizeof name, "u%d_add", number);
    x = vww_zoo_join(b, name, VWW_OP_ADD, input, x);
    return vww_build_activation(b, x, name, VWW_ACTIVATION_RELU);
}

vww_status vww_zoo_shufflenet_v1(const struct vww_zoo_options *options, int variant,
                                 struct vww_graph *graph, struct vww_error *error)
{
    const int32_t groups = variant;
    struct vww_builder b = {.graph = graph,
                            .error = error,
                            .epsilon = 1e-5f,
                            .momentum = 0.9f,
                            .padding = options->padding};
    int32_t stem, out;
    find_widths(&b, groups, options->depth_multiplier, &stem, &out);
    const struct vww_zoo_conv conv = {.kernel = 3,
                                      .stride = 2,
                                      .channels = stem,
                                      .batch_norm = true,
                                      .activation = VWW_ACTIVATION_RELU};
    int32_t x = vww_zoo_conv(&b, vww_zoo_input(&b, options->resolution), "conv1", &conv);
    x = vww_zoo_pool(&b, x, "maxpool", VWW_OP_MAX_POOL_2D, 3, 2);
    int number = 0;
    for (size_t stage = 0; stage < sizeof units / sizeof units[0]; stage++, out *= 2)
        for (int32_t k = 0; k < units[stage]; k++)
            x = append_unit(&b, x, ++number, out, k == 0 ? 2 : 1, groups);
    vww_zoo_head(&b, x,
                 &(struct vww_zoo_head){.classes = options->classes, .keep = 1, .dense = true});
    return b.status;
}
