/* Random convolutions around the tile sizes of the host's tuned kernels, with extreme parameters,
 * run by a set of kernels and by the runtime's reference: every byte must be the same. */
#ifndef VWW_TESTS_FAST_CASES_H
#define VWW_TESTS_FAST_CASES_H

#include "base/memory.h"
#include "base/random.h"
#include "interpret/fast.h"
#include "support/check.h"

#define CHANNELS_MAX 80
#define CASES 150

struct fast_case {
    struct vww_random random;
    int8_t *input, *weights, *expected, *got;
    int32_t bias[CHANNELS_MAX], multipliers[CHANNELS_MAX];
    int8_t shifts[CHANNELS_MAX];
};

static inline int draw(struct fast_case *c, int low, int high)
{
    return low + (int)vww_random_below(&c->random, (uint32_t)high - (uint32_t)low + 1);
}

static inline int8_t *random_bytes(struct fast_case *c, size_t count)
{
    int8_t *bytes = vww_allocate(1, count);
    const bool extreme = draw(c, 0, 3) == 0;
    assert_non_null(bytes);
    for (size_t i = 0; i < count; i++)
        bytes[i] = (int8_t)(extreme ? (draw(c, 0, 1) ? 127 : -128) : draw(c, -128, 127));
    return bytes;
}

static inline void random_channels(struct fast_case *c)
{
    const int usual = draw(c, 0, 2);
    for (int i = 0; i < CHANNELS_MAX; i++) {
        const int bits = usual < 2 ? 12 : draw(c, 1, 30);
        c->bias[i] = draw(c, -(1 << bits), (1 << bits) - 1);
        c->multipliers[i] =
            draw(c, 0, 9) == 0 ? draw(c, 0, 1) * (1 << 30) : (1 << 30) + draw(c, 0, (1 << 30) - 1);
        c->shifts[i] = (int8_t)(usual < 2 ? draw(c, -12, -5) : draw(c, -31, 30));
    }
}

/* Size of the output along one axis, for padding drawn at random. */
static inline int32_t output_size(struct fast_case *c, int32_t in, int32_t window, int32_t stride,
                                  int32_t *before)
{
    *before = draw(c, 0, window - 1);
    const int32_t after = draw(c, 0, window - 1);
    const int32_t room = in + *before + after - window;
    return room < 0 ? 0 : room / stride + 1;
}

static inline void fast_case_fini(struct fast_case *c)
{
    vww_free(c->input);
    vww_free(c->weights);
    vww_free(c->expected);
    vww_free(c->got);
}

static inline void compare(struct fast_case *c, const struct vww_fast_kernels *kernels,
                           const struct vww_lowered *lowered, size_t outputs, int number)
{
    struct vww_error error;
    struct vww_fast_op *op;
    c->expected = vww_allocate(1, outputs);
    c->got = vww_allocate(1, outputs + 1);
    assert_true(c->expected != NULL && c->got != NULL);
    c->got[outputs] = 99;
    const int8_t *input = c->input;
    vww_lowered_run(lowered, &input, &c->expected);
    assert_ok(vww_fast_create(kernels, lowered, &op, &error), &error);
    assert_non_null(op);
    void *scratch = vww_allocate(1, vww_fast_scratch(op));
    assert_non_null(scratch);
    vww_fast_run(op, c->input, c->got, scratch);
    if (memcmp(c->expected, c->got, outputs) != 0)
        fail_msg("%s, case %d differs from the reference", kernels->name, number);
    assert_int_equal(c->got[outputs], 99); /* nothing written behind */
    vww_free(scratch);
    vww_fast_destroy(op);
}

static inline void conv_2d(struct fast_case *c, const struct vww_fast_kernels *kernels, int number)
{
    const bool pointwise = draw(c, 0, 1) == 0;
    struct vwwrt_conv_2d conv = {.input_h = draw(c, 1, 17),
                                 .input_w = draw(c, 1, 17),
                                 .input_c = draw(c, 0, 1) ? 4 * draw(c, 1, 12) : draw(c, 1, 40),
                                 .output_c = draw(c, 1, 70),
                                 .kernel_h = pointwise ? 1 : draw(c, 1, 4),
                                 .kernel_w = pointwise ? 1 : draw(c, 1, 4),
                                 .stride_h = pointwise ? 1 : draw(c, 1, 3),
                                 .stride_w = pointwise ? 1 : draw(c, 1, 3),
                                 .dilation_h = draw(c, 1, 2),
                                 .dilation_w = draw(c, 1, 2),
                                 .groups = 1,
                                 .input_offset = draw(c, -127, 128),
                                 .output_offset = draw(c, -128, 127),
                                 .activation_min = draw(c, -128, 0),
                                 .activation_max = draw(c, 1, 127)};
    conv.output_h = output_size(c, conv.input_h, (conv.kernel_h - 1) * conv.dilation_h + 1,
                                conv.stride_h, &conv.pad_top);
    conv.output_w = output_size(c, conv.input_w, (conv.kernel_w - 1) * conv.dilation_w + 1,
                                conv.stride_w, &conv.pad_left);
    if (conv.output_h < 1 || conv.output_w < 1)
        return;
    conv.input_rows = conv.input_h;
    conv.output_rows = conv.output_h;
    random_channels(c);
    c->input = random_bytes(c, (size_t)(conv.input_h * conv.input_w * conv.input_c));
    c->weights =
        random_bytes(c, (size_t)(conv.output_c * conv.kernel_h * conv.kernel_w * conv.input_c));
    conv.weights = c->weights;
    conv.bias = draw(c, 0, 4) > 0 ? c->bias : NULL;
    conv.multipliers = c->multipliers;
    conv.shifts = c->shifts;
    const struct vww_lowered lowered = {.kernel = VWW_KERNEL_CONV_2D, .conv_2d = conv};
    compare(c, kernels, &lowered, (size_t)(conv.output_h * conv.output_w * conv.output_c), number);
}

static inline void depthwise_conv_2d(struct fast_case *c, const struct vww_fast_kernels *kernels,
                                     int number)
{
    struct vwwrt_depthwise_conv_2d conv = {.input_h = draw(c, 1, 17),
                                           .input_w = draw(c, 1, 17),
                                           .input_c =
                                               draw(c, 0, 1) ? 8 * draw(c, 1, 9) : draw(c, 1, 70),
                                           .kernel_h = draw(c, 1, 5),
                                           .kernel_w = draw(c, 1, 5),
                                           .stride_h = draw(c, 1, 3),
                                           .stride_w = draw(c, 1, 3),
                                           .dilation_h = draw(c, 1, 2),
                                           .dilation_w = draw(c, 1, 2),
                                           .input_offset = draw(c, -127, 128),
                                           .output_offset = draw(c, -128, 127),
                                           .activation_min = draw(c, -128, 0),
                                           .activation_max = draw(c, 1, 127)};
    conv.output_c = conv.input_c;
    conv.output_h = output_size(c, conv.input_h, (conv.kernel_h - 1) * conv.dilation_h + 1,
                                conv.stride_h, &conv.pad_top);
    conv.output_w = output_size(c, conv.input_w, (conv.kernel_w - 1) * conv.dilation_w + 1,
                                conv.stride_w, &conv.pad_left);
    if (conv.output_h < 1 || conv.output_w < 1)
        return;
    conv.input_rows = conv.input_h;
    conv.output_rows = conv.output_h;
    random_channels(c);
    c->input = random_bytes(c, (size_t)(conv.input_h * conv.input_w * conv.input_c));
    c->weights = random_bytes(c, (size_t)(conv.kernel_h * conv.kernel_w * conv.input_c));
    conv.weights = c->weights;
    conv.bias = draw(c, 0, 4) > 0 ? c->bias : NULL;
    conv.multipliers = c->multipliers;
    conv.shifts = c->shifts;
    const struct vww_lowered lowered = {.kernel = VWW_KERNEL_DEPTHWISE_CONV_2D,
                                        .depthwise_conv_2d = conv};
    compare(c, kernels, &lowered, (size_t)(conv.output_h * conv.output_w * conv.output_c), number);
}

static inline void fast_cases(const struct vww_fast_kernels *kernels)
{
    for (int number = 0; number < CASES; number++) {
        struct fast_case c = {.random = vww_random_init(5, VWW_RANDOM_TEST, 0, (uint64_t)number)};
        (number % 2 == 0 ? conv_2d : depthwise_conv_2d)(&c, kernels, number);
        fast_case_fini(&c);
    }
}

#endif
