/* The MicroNets for Visual Wake Words (Banbury et al. 2021, arXiv 2010.11267), grey images in. The
 * layers follow public re-creations of the authors' int8 models; which side of the narrower tensor
 * gets the zero channels of a skip differs between those, and does not change any count. */
#include "model/zoo.h"

#include <stdio.h>

struct block {
    int32_t hidden, channels, stride;
    bool skip; /* also where the widths differ: the narrower is filled up with zeros */
};

static const struct block vww2[] = {{4, 8, 1, false},    {28, 24, 2, false}, {28, 20, 1, true},
                                    {128, 28, 2, false}, {152, 16, 1, true}, {152, 28, 1, true},
                                    {152, 24, 2, false}, {112, 24, 1, true}, {112, 12, 1, true},
                                    {76, 32, 1, true},   {76, 16, 1, false}, {56, 28, 1, true},
                                    {56, 28, 1, true},   {56, 16, 2, false}, {96, 16, 1, true},
                                    {96, 16, 1, true},   {96, 32, 1, false}};
static const struct block vww3[] = {{3, 6, 1, false},    {9, 14, 2, false},   {28, 16, 1, true},
                                    {28, 32, 2, false},  {115, 25, 1, true},  {115, 32, 1, true},
                                    {172, 51, 2, false}, {307, 51, 1, true},  {307, 44, 1, true},
                                    {307, 57, 1, true},  {230, 48, 1, false}, {288, 48, 1, true},
                                    {288, 76, 1, true},  {115, 16, 2, false}, {96, 16, 1, true},
                                    {96, 16, 1, true},   {96, 32, 1, false}};
static const struct block vww4[] = {{4, 4, 1, false},    {8, 12, 2, false},   {14, 16, 1, true},
                                    {28, 32, 2, false},  {96, 28, 1, true},   {96, 28, 1, true},
                                    {152, 44, 2, false}, {268, 40, 1, true},  {268, 52, 1, true},
                                    {268, 44, 1, true},  {192, 68, 1, false}, {172, 68, 1, true},
                                    {172, 48, 1, true},  {288, 16, 2, false}, {96, 16, 1, true},
                                    {96, 32, 1, true},   {96, 32, 1, false}};
#define BLOCKS (sizeof vww2 / sizeof vww2[0])

static const struct {
    int32_t stem;
    const struct block *blocks;
} networks[] = {[2] = {12, vww2}, [3] = {9, vww3}, [4] = {8, vww4}};

/* x with zero channels before and after, up to `channels`. */
static int32_t widen(struct vww_builder *b, int32_t x, const char *name, int32_t channels)
{
    const int32_t missing = channels - vww_build_channels(b, x);
    if (missing <= 0)
        return x;
    struct vww_op op = {.kind = VWW_OP_PAD,
                        .inputs = {x},
                        .input_count = 1,
                        .pad_front = (missing + 1) / 2,
                        .pad_back = missing / 2};
    snprintf(op.name, sizeof op.name, "%s_pad", name);
    return vww_build_append(b, &op);
}

static int32_t append_block(struct vww_builder *b, int32_t x, const char *name,
                            const struct block *from)
{
    const struct vww_zoo_inverted block = {.hidden = from->hidden,
                                           .channels = from->channels,
                                           .kernel = 3,
                                           .stride = from->stride,
                                           .activation = VWW_ACTIVATION_RELU6};
    const int32_t input = x, in = vww_build_channels(b, x);
    char add[48];
    x = vww_zoo_inverted(b, x, name, &block);
    if (!from->skip)
        return x;
    snprintf(add, sizeof add, "%s_add", name);
    return vww_zoo_join(b, add, VWW_OP_ADD, widen(b, x, name, in),
                        widen(b, input, name, from->channels));
}

vww_status vww_zoo_micronets(const struct vww_zoo_options *options, int variant,
                             struct vww_graph *graph, struct vww_error *error)
{
    struct vww_builder b = {.graph = graph,
                            .error = error,
                            .epsilon = 0.001f,
                            .momentum = 0.99f,
                            .padding = options->padding};
    struct vww_zoo_conv conv = {.kernel = 3,
                                .stride = 2,
                                .channels = networks[variant].stem,
                                .batch_norm = true,
                                .activation = VWW_ACTIVATION_RELU6};
    int32_t x =
        vww_zoo_conv(&b, vww_build_input(&b, "image", options->resolution, options->resolution, 1),
                     "conv0", &conv);
    for (size_t i = 0; i < BLOCKS; i++) {
        char name[32];
        snprintf(name, sizeof name, "b%zu", i + 1);
        x = append_block(&b, x, name, &networks[variant].blocks[i]);
    }
    conv.kernel = conv.stride = 1;
    conv.channels = 128;
    x = vww_zoo_conv(&b, x, "last_conv", &conv);
    vww_zoo_head(&b, x, &(struct vww_zoo_head){.classes = options->classes, .keep = 1});
    return b.status;
}
