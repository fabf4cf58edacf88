/* The reference kernels over windows, row by row: the same bytes from and to rings of the least
 * number of rows, and over their own input, as over whole planes (vwwrt.h, "Rows"). The tuned
 * kernels' are in test_tune.c. */
#include "support/rows.h"

#define CASES 1500
#define CHANNELS_MAX 24

struct rows_case {
    struct vww_random random;
    int8_t weights[CHANNELS_MAX * CHANNELS_MAX * 9];
    int32_t multipliers[CHANNELS_MAX];
    int8_t shifts[CHANNELS_MAX];
};

static int draw(struct rows_case *c, int low, int high)
{
    return low + (int)vww_random_below(&c->random, (uint32_t)high - (uint32_t)low + 1);
}

static void fill_random(struct rows_case *c, int8_t *bytes, int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        bytes[i] = (int8_t)draw(c, -128, 127);
}

/* Every window holds at least one pixel of the image, as the pools want. */
static int32_t output_size(struct rows_case *c, int32_t in, int32_t span, int32_t stride,
                           int32_t *before)
{
    *before = draw(c, 0, span - 1);
    const int32_t most = (in + *before - 1) / stride + 1; /* windows that begin inside */
    return draw(c, 1, most);
}

static void compare(struct rows_case *c, struct vww_lowered *lowered, struct rows_shape shape,
                    int number)
{
    int8_t *input = rows_memory(shape.input_h * shape.input_bytes);
    int8_t *expected = rows_memory(shape.output_h * shape.output_bytes);
    fill_random(c, input, shape.input_h * shape.input_bytes);
    vww_lowered_run_rows(lowered, input, expected, 0, shape.output_h);
    runs_in_rings(lowered, &shape, input, expected, &c->random, number);
    runs_over_input(lowered, &shape, input, expected, number);
    vww_free(input);
    vww_free(expected);
}

static void random_channels(struct rows_case *c)
{
    fill_random(c, c->weights, sizeof c->weights);
    for (int i = 0; i < CHANNELS_MAX; i++) {
        c->multipliers[i] = (1 << 30) + draw(c, 0, (1 << 30) - 1);
        c->shifts[i] = (int8_t)draw(c, -11, -3);
    }
}

static void conv_2d(struct rows_case *c, int number)
{
    const int32_t groups = draw(c, 1, 3);
    struct vww_lowered lowered = {.kernel = VWW_KERNEL_CONV_2D};
    struct vwwrt_conv_2d *conv = &lowered.conv_2d;
    *conv = (struct vwwrt_conv_2d){.input_h = draw(c, 1, 12),
                                   .input_w = draw(c, 1, 7),
                                   .input_c = groups * draw(c, 1, 4),
                                   .output_c = groups * draw(c, 1, 4),
                                   .kernel_h = draw(c, 1, 3),
                                   .kernel_w = draw(c, 1, 3),
                                   .stride_h = draw(c, 1, 3),
                                   .stride_w = draw(c, 1, 3),
                                   .dilation_h = draw(c, 1, 2),
                                   .dilation_w = draw(c, 1, 2),
                                   .groups = groups,
                                   .input_offset = draw(c, -127, 128),
                                   .activation_min = -128,
                                   .activation_max = 127,
                                   .weights = c->weights,
                                   .multipliers = c->multipliers,
                                   .shifts = c->shifts};
    const int32_t span = (conv->kernel_h - 1) * conv->dilation_h + 1;
    conv->output_h = output_size(c, conv->input_h, span, conv->stride_h, &conv->pad_top);
    conv->output_w = output_size(c, conv->input_w, (conv->kernel_w - 1) * conv->dilation_w + 1,
                                 conv->stride_w, &conv->pad_left);
    conv->input_rows = conv->input_h;
    conv->output_rows = conv->output_h;
    random_channels(c);
    compare(c, &lowered,
            (struct rows_shape){conv->input_h, conv->input_w * conv->input_c, conv->output_h,
                                conv->output_w * conv->output_c, span, conv->stride_h,
                                conv->pad_top},
            number);
}

static void depthwise_conv_2d(struct rows_case *c, int number)
{
    struct vww_lowered lowered = {.kernel = VWW_KERNEL_DEPTHWISE_CONV_2D};
    struct vwwrt_depthwise_conv_2d *conv = &lowered.depthwise_conv_2d;
    *conv = (struct vwwrt_depthwise_conv_2d){.input_h = draw(c, 1, 12),
                                             .input_w = draw(c, 1, 7),
                                             .input_c = draw(c, 1, 12),
                                             .kernel_h = draw(c, 1, 5),
                                             .kernel_w = draw(c, 1, 5),
                                             .stride_h = draw(c, 1, 3),
                                             .stride_w = draw(c, 1, 3),
                                             .dilation_h = draw(c, 1, 2),
                                             .dilation_w = draw(c, 1, 2),
                                             .input_offset = draw(c, -127, 128),
                                             .activation_min = -128,
                                             .activation_max = 127,
                                             .weights = c->weights,
                                             .multipliers = c->multipliers,
                                             .shifts = c->shifts};
    const int32_t span = (conv->kernel_h - 1) * conv->dilation_h + 1;
    conv->output_c = conv->input_c * draw(c, 1, 2);
    conv->output_h = output_size(c, conv->input_h, span, conv->stride_h, &conv->pad_top);
    conv->output_w = output_size(c, conv->input_w, (conv->kernel_w - 1) * conv->dilation_w + 1,
                                 conv->stride_w, &conv->pad_left);
    conv->input_rows = conv->input_h;
    conv->output_rows = conv->output_h;
    random_channels(c);
    compare(c, &lowered,
            (struct rows_shape){conv->input_h, conv->input_w * conv->input_c, conv->output_h,
                                conv->output_w * conv->output_c, span, conv->stride_h,
                                conv->pad_top},
            number);
}

#define RANDOM_POOL(c, kernel)                                                                     \
    (struct vwwrt_##kernel)                                                                        \
    {                                                                                              \
        .input_h = draw(c, 1, 12), .input_w = draw(c, 1, 7), .channels = draw(c, 1, 9),            \
        .kernel_h = draw(c, 1, 4), .kernel_w = draw(c, 1, 4), .stride_h = draw(c, 1, 3),           \
        .stride_w = draw(c, 1, 3), .activation_min = -128, .activation_max = 127                   \
    }

#define COMPARE_POOL(c, lowered, kernel, number)                                                   \
    do {                                                                                           \
        struct vwwrt_##kernel *pool = &(lowered)->kernel;                                          \
        *pool = RANDOM_POOL(c, kernel);                                                            \
        pool->output_h =                                                                           \
            output_size(c, pool->input_h, pool->kernel_h, pool->stride_h, &pool->pad_top);         \
        pool->output_w =                                                                           \
            output_size(c, pool->input_w, pool->kernel_w, pool->stride_w, &pool->pad_left);        \
        pool->input_rows = pool->input_h;                                                          \
        pool->output_rows = pool->output_h;                                                        \
        compare(c, lowered,                                                                        \
                (struct rows_shape){pool->input_h, pool->input_w * pool->channels, pool->output_h, \
                                    pool->output_w * pool->channels, pool->kernel_h,               \
                                    pool->stride_h, pool->pad_top},                                \
                number);                                                                           \
    } while (0)

static void average_pool_2d(struct rows_case *c, int number)
{
    struct vww_lowered lowered = {.kernel = VWW_KERNEL_AVERAGE_POOL_2D};
    COMPARE_POOL(c, &lowered, average_pool_2d, number);
}

static void max_pool_2d(struct rows_case *c, int number)
{
    struct vww_lowered lowered = {.kernel = VWW_KERNEL_MAX_POOL_2D};
    COMPARE_POOL(c, &lowered, max_pool_2d, number);
}

static void each_case(void (*one)(struct rows_case *, int), uint64_t kind)
{
    for (int i = 0; i < CASES; i++) {
        struct rows_case c = {.random = vww_random_init(6, VWW_RANDOM_TEST, kind, (uint64_t)i)};
        one(&c, i);
    }
}

static void conv_2d_in_rows(void **state)
{
    (void)state;
    each_case(conv_2d, 1);
}

static void depthwise_conv_2d_in_rows(void **state)
{
    (void)state;
    each_case(depthwise_conv_2d, 2);
}

static void average_pool_2d_in_rows(void **state)
{
    (void)state;
    each_case(average_pool_2d, 3);
}

static void max_pool_2d_in_rows(void **state)
{
    (void)state;
    each_case(max_pool_2d, 4);
}

static void others_have_no_rows(void **state)
{
    (void)state;
    struct vww_lowered lowered = {.kernel = VWW_KERNEL_FULLY_CONNECTED};
    struct vww_lowered_rows rows;
    assert_false(vww_lowered_rows(&lowered, &rows));
    assert_int_equal(vww_lowered_output_rows(&lowered), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv_2d_in_rows),         cmocka_unit_test(depthwise_conv_2d_in_rows),
        cmocka_unit_test(average_pool_2d_in_rows), cmocka_unit_test(max_pool_2d_in_rows),
        cmocka_unit_test(others_have_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
