/* The tuned kernels in their portable form against the reference, bit for bit: random shapes around
 * the kernels' blocks, random and extreme parameters, channels that are constant. */
#include "base/memory.h"
#include "base/random.h"
#include "lower/tune.h"
#include "support/rows.h"

#define CHANNELS_MAX 64
#define CASES 3000
#define ADD_CASES 60
#define PAIRS 65536 /* of inputs of an addition */

struct tune_case {
    const char *target;
    struct vww_random random;
    int8_t *input, *weights;
    int32_t bias[CHANNELS_MAX];
};

static int draw(struct tune_case *c, int low, int high)
{
    return low + (int)vww_random_below(&c->random, (uint32_t)high - (uint32_t)low + 1);
}

static int8_t *random_bytes(struct tune_case *c, int32_t count)
{
    int8_t *bytes = vww_allocate((size_t)count, 1);
    const bool extreme = draw(c, 0, 3) == 0;
    assert_non_null(bytes);
    for (int32_t i = 0; i < count; i++)
        bytes[i] = (int8_t)(extreme ? (draw(c, 0, 1) ? 127 : -128) : draw(c, -128, 127));
    return bytes;
}

/* Multipliers and shifts of a tuned kernel's range, among them powers of two, whose results have
 * ties; a few channels that are constant by their bias or by their scale. */
static void random_channels(struct tune_case *c, struct vww_lowered *lowered, int32_t channels)
{
    lowered->channels = channels;
    lowered->multipliers = vww_allocate((size_t)channels, sizeof(int32_t));
    lowered->shifts = vww_allocate((size_t)channels, 1);
    assert_true(lowered->multipliers != NULL && lowered->shifts != NULL);
    for (int32_t i = 0; i < channels; i++) {
        const int kind = draw(c, 0, 19);
        c->bias[i] = kind == 0 ? draw(c, 0, 1) * (1 << 30) : draw(c, -20000, 20000);
        lowered->multipliers[i] =
            draw(c, 0, 2) == 0 ? 1 << 30 : (1 << 30) + draw(c, 0, (1 << 30) - 1);
        lowered->shifts[i] = (int8_t)(kind == 0   ? draw(c, -31, -26)
                                      : kind == 1 ? draw(c, -31, -1)
                                                  : draw(c, -11, -3));
        if (kind == 2)
            lowered->multipliers[i] = lowered->shifts[i] = 0;
    }
}

/* One that clamps at the zero point, as RELU, and as often one that does not. */
static void random_range(struct tune_case *c, int32_t *offset, int32_t *low, int32_t *high)
{
    const int kind = draw(c, 0, 3);
    *offset = kind < 2 ? -128 : draw(c, -128, 127);
    *low = kind < 2 ? -128 : draw(c, -128, 0);
    *high = kind < 2 ? 127 : draw(c, 1, 127);
}

static int32_t output_size(struct tune_case *c, int32_t in, int32_t window, int32_t stride,
                           int32_t *before)
{
    *before = draw(c, 0, window - 1);
    const int32_t room = in + *before + draw(c, 0, window - 1) - window;
    return room < 0 ? 0 : room / stride + 1;
}

/* Tunes and compares, whole and in rows; returns whether a tuned kernel fits. */
static bool compare(struct tune_case *c, struct vww_lowered *lowered, struct rows_shape shape,
                    int number)
{
    const int32_t outputs = shape.output_h * shape.output_bytes;
    struct vww_error error;
    int8_t *expected = vww_allocate((size_t)outputs, 1),
           *seen = vww_allocate((size_t)outputs + 1, 1);
    assert_true(expected != NULL && seen != NULL);
    const enum vww_kernel plain = lowered->kernel;
    const int8_t *input = c->input;
    vww_lowered_run(lowered, &input, &expected);
    seen[outputs] = 99;
    assert_ok(vww_lower_tune(vww_tuning_find(c->target), lowered, &error), &error);
    const bool tuned = lowered->kernel != plain;
    /* Scratch holds nothing from run to run: the second finds other bytes in it. */
    for (int run = 0; run < 2 && tuned; run++) {
        memset(lowered->scratch, run == 0 ? 0x5a : 0xff, (size_t)lowered->scratch_bytes);
        vww_lowered_run(lowered, &input, &seen);
        for (int32_t i = 0; i < outputs; i++)
            if (seen[i] != expected[i])
                fail_msg("case %d: output %d is %d, not %d", number, (int)i, seen[i], expected[i]);
        assert_int_equal(seen[outputs], 99);
    }
    if (tuned) {
        runs_in_rings(lowered, &shape, input, expected, &c->random, number);
        runs_over_input(lowered, &shape, input, expected, number);
    }
    vww_free(expected);
    vww_free(seen);
    return tuned;
}

static bool conv_2d(struct tune_case *c, int number)
{
    const bool pointwise = draw(c, 0, 1) == 0;
    struct vww_lowered lowered = {.kernel = VWW_KERNEL_CONV_2D};
    struct vwwrt_conv_2d *conv = &lowered.conv_2d;
    *conv =
        (struct vwwrt_conv_2d){.input_h = draw(c, 1, 9),
                               .input_w = draw(c, 1, 9),
                               .input_c = draw(c, 0, 1) ? 4 * draw(c, 1, 8) : draw(c, 1, 13),
                               .output_c = draw(c, 0, 3) == 0 ? draw(c, 1, 20) : 2 * draw(c, 1, 10),
                               .kernel_h = pointwise ? 1 : draw(c, 1, 4),
                               .kernel_w = pointwise ? 1 : draw(c, 1, 4),
                               .stride_h = pointwise ? 1 : draw(c, 1, 3),
                               .stride_w = pointwise ? 1 : draw(c, 1, 3),
                               .dilation_h = 1,
                               .dilation_w = 1,
                               .groups = 1,
                               .input_offset = draw(c, -127, 128)};
    random_range(c, &conv->output_offset, &conv->activation_min, &conv->activation_max);
    conv->output_h = output_size(c, conv->input_h, conv->kernel_h, conv->stride_h, &conv->pad_top);
    conv->output_w = output_size(c, conv->input_w, conv->kernel_w, conv->stride_w, &conv->pad_left);
    if (conv->output_h < 1 || conv->output_w < 1)
        return false;
    conv->input_rows = conv->input_h;
    conv->output_rows = conv->output_h;
    random_channels(c, &lowered, conv->output_c);
    c->input = random_bytes(c, conv->input_h * conv->input_w * conv->input_c);
    c->weights = random_bytes(c, conv->output_c * conv->kernel_h * conv->kernel_w * conv->input_c);
    conv->weights = c->weights;
    conv->bias = draw(c, 0, 4) > 0 ? c->bias : NULL;
    conv->multipliers = lowered.multipliers;
    conv->shifts = lowered.shifts;
    const struct rows_shape shape = {conv->input_h,  conv->input_w * conv->input_c,
                                     conv->output_h, conv->output_w * conv->output_c,
                                     conv->kernel_h, conv->stride_h,
                                     conv->pad_top};
    const bool tuned = compare(c, &lowered, shape, number);
    vww_lowered_fini(&lowered);
    return tuned;
}

static bool depthwise_conv_2d(struct tune_case *c, int number)
{
    struct vww_lowered lowered = {.kernel = VWW_KERNEL_DEPTHWISE_CONV_2D};
    struct vwwrt_depthwise_conv_2d *conv = &lowered.depthwise_conv_2d;
    const bool any = strcmp(c->target, "cortex-m55") == 0; /* it has a kernel for all windows */
    const int32_t channels = any             ? draw(c, 1, 40)
                             : draw(c, 0, 1) ? 4 * draw(c, 1, 5)
                                             : draw(c, 4, 20);
    const int32_t stride = draw(c, 1, 2), side = !any && draw(c, 0, 1) ? 5 : 3;
    const int32_t height = any && draw(c, 0, 1) ? draw(c, 1, 6) : side;
    const int32_t width = any && height != 3 ? draw(c, 1, 6) : side;
    const int32_t dilation = any && draw(c, 0, 4) == 0 ? 2 : 1;
    const int32_t rows = (height - 1) * dilation + 1, columns = (width - 1) * dilation + 1;
    *conv = (struct vwwrt_depthwise_conv_2d){.input_h = draw(c, 1, 12),
                                             .input_w = draw(c, 1, 12),
                                             .input_c = channels,
                                             .output_c = channels,
                                             .kernel_h = height,
                                             .kernel_w = width,
                                             .stride_h = stride,
                                             .stride_w = stride,
                                             .dilation_h = dilation,
                                             .dilation_w = dilation,
                                             .input_offset = draw(c, -127, 128)};
    random_range(c, &conv->output_offset, &conv->activation_min, &conv->activation_max);
    conv->output_h = output_size(c, conv->input_h, rows, stride, &conv->pad_top);
    conv->output_w = output_size(c, conv->input_w, columns, stride, &conv->pad_left);
    if (conv->output_h < 1 || conv->output_w < 1)
        return false;
    conv->input_rows = conv->input_h;
    conv->output_rows = conv->output_h;
    random_channels(c, &lowered, channels);
    c->input = random_bytes(c, conv->input_h * conv->input_w * channels);
    c->weights = random_bytes(c, height * width * channels);
    conv->weights = c->weights;
    conv->bias = draw(c, 0, 4) > 0 ? c->bias : NULL;
    conv->multipliers = lowered.multipliers;
    conv->shifts = lowered.shifts;
    const struct rows_shape shape = {
        conv->input_h, conv->input_w * channels, conv->output_h, conv->output_w * channels,
        rows,          conv->stride_h,           conv->pad_top};
    const bool tuned = compare(c, &lowered, shape, number);
    vww_lowered_fini(&lowered);
    return tuned;
}

/* All pairs of inputs, once for each place where the output may lie. */
static void compare_sums(struct tune_case *c, struct vww_lowered *lowered, const int8_t *expected,
                         int number)
{
    int8_t *pairs[3];
    for (int i = 0; i < 3; i++)
        pairs[i] = vww_allocate(PAIRS, 1);
    assert_true(pairs[0] != NULL && pairs[1] != NULL && pairs[2] != NULL);
    for (int place = 0; place < 3; place++) {
        for (int32_t i = 0; i < PAIRS; i++) {
            pairs[0][i] = c->input[i];
            pairs[1][i] = c->weights[i];
        }
        const int8_t *inputs[2] = {pairs[0], pairs[1]};
        vww_lowered_run(lowered, inputs, &pairs[place]);
        for (int32_t i = 0; i < lowered->mac_add.count; i++)
            if (pairs[place][i] != expected[i])
                fail_msg("case %d: %d + %d is %d, not %d", number, c->input[i], c->weights[i],
                         pairs[place][i], expected[i]);
    }
    for (int i = 0; i < 3; i++)
        vww_free(pairs[i]);
}

/* Scales as TensorFlow Lite lowers them: the larger input's multiplier is a half. Now and then
 * equal ones, whose sums have ties. */
static void random_scales(struct tune_case *c, struct vwwrt_add *add)
{
    const bool equal = draw(c, 0, 5) == 0;
    add->input_multiplier = add->other_multiplier = 1 << 30;
    if (!equal) {
        add->other_multiplier = (1 << 30) + draw(c, 0, (1 << 30) - 1);
        add->other_shift = -draw(c, 1, 5);
    }
    add->output_multiplier = equal ? 1 << 30 : (1 << 30) + draw(c, 0, (1 << 30) - 1);
    add->output_shift = -draw(c, 17, 20);
}

static bool add(struct tune_case *c, int number)
{
    struct vww_lowered lowered = {.kernel = VWW_KERNEL_ADD, .call_count = 1};
    struct vwwrt_add *plain = &lowered.add;
    struct vww_error error;
    plain->count = PAIRS - draw(c, 0, 9);
    plain->input_offset = draw(c, -127, 128);
    plain->other_offset = draw(c, -127, 128);
    random_range(c, &plain->output_offset, &plain->activation_min, &plain->activation_max);
    random_scales(c, plain);
    c->input = vww_allocate(PAIRS, 1);
    c->weights = vww_allocate(PAIRS, 1);
    int8_t *expected = vww_allocate(PAIRS, 1);
    assert_true(c->input != NULL && c->weights != NULL && expected != NULL);
    for (int32_t i = 0; i < PAIRS; i++) {
        c->input[i] = (int8_t)(i / 256 - 128);
        c->weights[i] = (int8_t)(i % 256 - 128);
    }
    const int8_t *inputs[2] = {c->input, c->weights};
    vww_lowered_run(&lowered, inputs, &expected);
    assert_ok(vww_lower_tune(vww_tuning_find(c->target), &lowered, &error), &error);
    const bool tuned = lowered.kernel != VWW_KERNEL_ADD;
    if (tuned)
        compare_sums(c, &lowered, expected, number);
    vww_free(expected);
    vww_lowered_fini(&lowered);
    return tuned;
}

static void each_case(bool (*one)(struct tune_case *, int), const char *target, uint64_t kind,
                      int cases)
{
    int tuned = 0;
    for (int i = 0; i < cases; i++) {
        struct tune_case c = {.target = target,
                              .random = vww_random_init(5, VWW_RANDOM_TEST, kind, (uint64_t)i)};
        tuned += one(&c, i);
        vww_free(c.input);
        vww_free(c.weights);
    }
    assert_true(tuned > cases / 2); /* otherwise little was tested */
}

static void conv_2d_equals_reference(void **state)
{
    (void)state;
    each_case(conv_2d, "cortex-m4", 1, CASES);
    each_case(conv_2d, "cortex-m3", 3, CASES);
    each_case(conv_2d, "cortex-m55", 5, CASES);
}

static void depthwise_equals_reference(void **state)
{
    (void)state;
    each_case(depthwise_conv_2d, "cortex-m4", 2, CASES);
    each_case(depthwise_conv_2d, "cortex-m3", 4, CASES);
    each_case(depthwise_conv_2d, "cortex-m55", 6, CASES);
}

static void add_equals_reference(void **state)
{
    (void)state;
    each_case(add, "cortex-m4", 7, ADD_CASES);
    each_case(add, "cortex-m55", 8, ADD_CASES);
}

static void only_known_targets_are_tuned(void **state)
{
    (void)state;
    assert_null(vww_tuning_find("portable"));
    assert_non_null(vww_tuning_find("cortex-m3"));
    assert_non_null(vww_tuning_find("cortex-m4"));
    assert_non_null(vww_tuning_find("cortex-m7"));
    assert_non_null(vww_tuning_find("cortex-m55"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv_2d_equals_reference),
        cmocka_unit_test(depthwise_equals_reference),
        cmocka_unit_test(add_equals_reference),
        cmocka_unit_test(only_known_targets_are_tuned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
