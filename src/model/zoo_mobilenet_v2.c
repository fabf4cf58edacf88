/* MobileNet V2 (Sandler et al. 2018, arXiv 1801.04381); specs: zoo.md section 2. */
#include "model/zoo.h"

#include <stdio.h>

static const struct {
    int32_t expand, channels, repeats, stride; /* the stride is the first repeat's */
} groups[] = {
    {1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2},  {6, 64, 4, 2},
    {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1},
};

vww_status vww_zoo_mobilenet_v2(const struct vww_zoo_options *options, int variant,
                                struct vww_graph *graph, struct vww_error *error)
{
    const double multiplier = options->depth_multiplier;
    struct vww_builder b = {.graph = graph,
                            .error = error,
                            .epsilon = 0.001f,
                            .momentum = 0.997f,
                            .padding = options->padding};
    struct vww_zoo_conv conv = {.kernel = 3,
                                .stride = 2,
                                .channels = vww_zoo_stem(multiplier, variant),
                                .batch_norm = true,
                                .activation = VWW_ACTIVATION_RELU6};
    int32_t x = vww_zoo_conv(&b, vww_zoo_input(&b, options->resolution), "conv0", &conv);
    int number = 0;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        for (int32_t k = 0; k < groups[i].repeats; k++) {
            const struct vww_zoo_inverted block = {
                .expand = groups[i].expand,
                .channels = vww_zoo_make_divisible(groups[i].channels * multiplier),
                .kernel = 3,
                .stride = k == 0 ? groups[i].stride : 1,
                .skip = true,
                .activation = VWW_ACTIVATION_RELU6};
            char name[16];
            snprintf(name, sizeof name, "b%d", ++number);
            x = vww_zoo_inverted(&b, x, name, &block);
        }
    conv.kernel = conv.stride = 1;
    conv.channels = vww_zoo_last_conv(multiplier, variant, false);
    x = vww_zoo_conv(&b, x, "last_conv", &conv);
    vww_zoo_head(&b, x, &(struct vww_zoo_head){.classes = options->classes, .keep = 0.8f});
    return b.status;
}
