/* The MCUNet networks for Visual Wake Words (Lin et al. 2020, arXiv 2007.10319): inverted residuals
 * found by search, each with a width and kernel of its own. The layers are those of the authors'
 * published int8 models. */
#include "model/zoo.h"

#include <stdio.h>

/* One block; the input is added where the stride is 1 and the width stays. */
struct block {
    int32_t hidden, kernel, stride, channels;
};

/* "10 frames per second" on an STM32F746; 64x64 pixels. */
static const struct block vww0[] = {
    {16, 3, 1, 8},   {48, 5, 2, 16},  {64, 3, 1, 16},  {80, 3, 2, 24},  {96, 3, 1, 24},
    {96, 3, 1, 24},  {120, 3, 2, 40}, {160, 3, 1, 40}, {120, 7, 1, 40}, {120, 3, 1, 48},
    {192, 3, 1, 48}, {240, 7, 2, 96}, {480, 5, 1, 96}, {384, 7, 1, 160}};
/* "5 frames per second"; 80x80 pixels. */
static const struct block vww1[] = {
    {16, 3, 1, 8},   {48, 3, 2, 16},  {48, 3, 1, 16},  {48, 3, 1, 16},  {48, 7, 2, 24},
    {144, 3, 1, 24}, {120, 5, 1, 24}, {144, 7, 2, 40}, {240, 7, 1, 40}, {240, 3, 1, 48},
    {192, 3, 1, 48}, {240, 5, 2, 96}, {480, 3, 1, 96}, {384, 3, 1, 96}, {288, 7, 1, 160}};
/* For 320 kB of SRAM; 144x144 pixels. */
static const struct block vww2[] = {
    {16, 3, 1, 8},   {24, 3, 2, 16},  {80, 3, 1, 16},  {96, 5, 1, 16},  {48, 3, 1, 16},
    {80, 7, 2, 24},  {96, 5, 1, 24},  {96, 3, 1, 24},  {144, 7, 1, 24}, {144, 3, 2, 40},
    {240, 7, 1, 40}, {160, 5, 1, 40}, {200, 3, 1, 40}, {200, 5, 1, 48}, {144, 5, 1, 48},
    {192, 3, 1, 48}, {144, 5, 1, 48}, {192, 3, 2, 96}, {480, 5, 1, 96}, {384, 5, 1, 96},
    {384, 3, 1, 96}, {480, 3, 1, 160}};

static const struct {
    const struct block *blocks;
    size_t count;
} networks[] = {{vww0, sizeof vww0 / sizeof vww0[0]},
                {vww1, sizeof vww1 / sizeof vww1[0]},
                {vww2, sizeof vww2 / sizeof vww2[0]}};

vww_status vww_zoo_mcunet(const struct vww_zoo_options *options, int variant,
                          struct vww_graph *graph, struct vww_error *error)
{
    struct vww_builder b = {.graph = graph,
                            .error = error,
                            .epsilon = 0.001f,
                            .momentum = 0.9f,
                            .padding = options->padding};
    const struct vww_zoo_conv conv = {.kernel = 3,
                                      .stride = 2,
                                      .channels = 16,
                                      .batch_norm = true,
                                      .activation = VWW_ACTIVATION_RELU6};
    int32_t x = vww_zoo_conv(&b, vww_zoo_input(&b, options->resolution), "conv0", &conv);
    for (size_t i = 0; i < networks[variant].count; i++) {
        const struct block *from = &networks[variant].blocks[i];
        const struct vww_zoo_inverted block = {.hidden = from->hidden,
                                               .channels = from->channels,
                                               .kernel = from->kernel,
                                               .stride = from->stride,
                                               .skip = true,
                                               .activation = VWW_ACTIVATION_RELU6};
        char name[32];
        snprintf(name, sizeof name, "b%zu", i + 1);
        x = vww_zoo_inverted(&b, x, name, &block);
    }
    vww_zoo_head(&b, x, &(struct vww_zoo_head){.classes = options->classes, .keep = 1});
    return b.status;
}
