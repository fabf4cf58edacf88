/* MobileNet V1 (Howard et al. 2017, arXiv 1704.04861); specs: zoo.md section 2. */
#include "model/zoo.h"

#include <stdio.h>

static const struct {
    int32_t channels, stride;
} blocks[] = {
    {64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2},  {512, 1},
    {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1},
};

/* Truncation, at least 8, no rounding to multiples. */
static int32_t depth(int32_t channels, double multiplier)
{
    const int32_t scaled = (int32_t)(channels * multiplier);
    return scaled > 8 ? scaled : 8;
}

vww_status vww_zoo_mobilenet_v1(const struct vww_zoo_options *options, int variant,
                                struct vww_graph *graph, struct vww_error *error)
{
    /* The MLPerf Tiny reference is 0.25 wide, with a bias in every convolution, and ReLU. */
    const bool reference = variant != 0;
    const double multiplier = reference ? 0.25 : options->depth_multiplier;
    struct vww_builder b = {.graph = graph,
                            .error = error,
                            .epsilon = 0.001f,
                            .momentum = 0.9997f,
                            .padding = options->padding};
    struct vww_zoo_conv conv = {.kernel = 3,
                                .stride = 2,
                                .channels = depth(32, multiplier),
                                .bias = reference,
                                .batch_norm = true,
                                .activation =
                                    reference ? VWW_ACTIVATION_RELU : VWW_ACTIVATION_RELU6};
    int32_t x = vww_zoo_conv(&b, vww_zoo_input(&b, options->resolution), "conv0", &conv);
    for (int i = 0; i < (int)(sizeof blocks / sizeof blocks[0]); i++) {
        char name[16];
        snprintf(name, sizeof name, "dw%d", i + 1);
        conv.depthwise = true;
        conv.kernel = 3;
        conv.stride = blocks[i].stride;
        x = vww_zoo_conv(&b, x, name, &conv);
        snprintf(name, sizeof name, "pw%d", i + 1);
        conv.depthwise = false;
        conv.kernel = 1;
        conv.stride = 1;
        conv.channels = depth(blocks[i].channels, multiplier);
        x = vww_zoo_conv(&b, x, name, &conv);
    }
    /* The pool's window is at most 7x7: beyond 224 pixels something would be left. */
    const int32_t size = b.status == VWW_OK ? graph->tensors[x].shape.dims[1] : 0;
    if (size > 7) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "the resolution is too large for a 7x7 pool");
        vww_error_seen(error, "%d pixels, which leave %dx%d before the pool", options->resolution,
                       size, size);
        vww_error_allowed(error, "at most 224");
        return VWW_ERROR_UNSUPPORTED;
    }
    vww_zoo_head(&b, x, &(struct vww_zoo_head){.classes = options->classes, .keep = 0.999f});
    return b.status;
}
