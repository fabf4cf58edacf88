/* MnasNet (Tan et al. 2019, arXiv 1807.11626) without squeeze-and-excite: B1, and A1's layers;
 * specs: zoo.md section 2. */
#include "model/zoo.h"

#include <stdio.h>

struct group {
    int32_t repeats, kernel, stride, expand, channels; /* the stride is the first repeat's */
    bool skip;
};

static const struct group b1[] = {
    {1, 3, 1, 1, 16, false},  {3, 3, 2, 3, 24, true}, {3, 5, 2, 3, 40, true},
    {3, 5, 2, 6, 80, true},   {2, 3, 1, 6, 96, true}, {4, 5, 2, 6, 192, true},
    {1, 3, 1, 6, 320, false},
};
static const struct group a1[] = {
    {1, 3, 1, 1, 16, false}, {2, 3, 2, 6, 24, true},  {3, 5, 2, 3, 40, true},
    {4, 3, 2, 6, 80, true},  {2, 3, 1, 6, 112, true}, {3, 5, 2, 6, 160, true},
    {1, 3, 1, 6, 320, true},
};
#define GROUPS (sizeof b1 / sizeof b1[0])

vww_status vww_zoo_mnasnet(const struct vww_zoo_options *options, int variant,
                           struct vww_graph *graph, struct vww_error *error)
{
    const double multiplier = options->depth_multiplier;
    const struct group *groups = variant == VWW_ZOO_A1 ? a1 : b1;
    struct vww_builder b = {.graph = graph,
                            .error = error,
                            .epsilon = 0.001f,
                            .momentum = 0.99f,
                            .padding = options->padding};
    struct vww_zoo_conv conv = {.kernel = 3,
                                .stride = 2,
                                .channels = vww_zoo_stem(multiplier, variant),
                                .batch_norm = true,
                                .activation = VWW_ACTIVATION_RELU};
    int32_t x = vww_zoo_conv(&b, vww_zoo_input(&b, options->resolution), "conv0", &conv);
    int number = 0;
    for (size_t i = 0; i < GROUPS; i++)
        for (int32_t k = 0; k < groups[i].repeats; k++) {
            const struct vww_zoo_inverted block = {
                .expand = groups[i].expand,
                .channels = vww_zoo_make_divisible(groups[i].channels * multiplier),
                .kernel = groups[i].kernel,
                .stride = k == 0 ? groups[i].stride : 1,
                .skip = groups[i].skip,
                .activation = VWW_ACTIVATION_RELU};
            char name[16];
            snprintf(name, sizeof name, "b%d", ++number);
            x = vww_zoo_inverted(&b, x, name, &block);
        }
    conv.kernel = conv.stride = 1;
    conv.channels = vww_zoo_last_conv(multiplier, variant, true);
    x = vww_zoo_conv(&b, x, "last_conv", &conv);
    vww_zoo_head(&b, x,
                 &(struct vww_zoo_head){
                     .classes = options->classes, .keep = 0.8f, .dense = true, .bias = true});
    return b.status;
}
