/* Convolutions that share their sums: the tuned form against the reference, bit for bit, also where
 * sums are overwritten in place or the output lies a little below them. */
#include "base/memory.h"
#include "base/random.h"
#include "lower/tune.h"
#include "support/check.h"

#include <string.h>

#define CHANNELS_MAX 24
#define BYTES_MAX (8 * 9 * CHANNELS_MAX * 4)
#define CASES 2000

struct partial_case {
    struct vww_random random;
    int8_t input[BYTES_MAX], weights[CHANNELS_MAX * CHANNELS_MAX];
    _Alignas(16) int8_t sums[BYTES_MAX], expected[BYTES_MAX], memory[2 * BYTES_MAX];
    int32_t bias[CHANNELS_MAX];
};

static int32_t draw(struct partial_case *c, int32_t low, int32_t high)
{
    return low + (int32_t)vww_random_below(&c->random, (uint32_t)high - (uint32_t)low + 1);
}

static void draw_bytes(struct partial_case *c, int8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (int8_t)draw(c, -128, 127);
}

static void draw_case(struct partial_case *c, struct vww_lowered *plain)
{
    struct vwwrt_partial_conv_2d *partial = &plain->partial_conv_2d;
    struct vwwrt_conv_2d *conv = &partial->conv;
    plain->kernel = VWW_KERNEL_PARTIAL_CONV_2D;
    partial->reads_sums = draw(c, 0, 1);
    partial->writes_sums = draw(c, 0, 1);
    *conv = (struct vwwrt_conv_2d){.input_h = draw(c, 1, 8),
                                   .input_w = draw(c, 1, 9),
                                   .input_c = 4 * draw(c, 1, CHANNELS_MAX / 4),
                                   .output_c = draw(c, 1, CHANNELS_MAX),
                                   .kernel_h = 1,
                                   .kernel_w = 1,
                                   .stride_h = 1,
                                   .stride_w = 1,
                                   .dilation_h = 1,
                                   .dilation_w = 1,
                                   .groups = 1,
                                   .input_offset = draw(c, -127, 128),
                                   .output_offset = draw(c, -128, 127),
                                   .activation_min = draw(c, -128, 0),
                                   .activation_max = draw(c, 1, 127),
                                   .weights = c->weights};
    conv->output_h = conv->input_rows = conv->output_rows = partial->sums_rows = conv->input_h;
    conv->output_w = conv->input_w;
    draw_bytes(c, c->input, sizeof c->input);
    draw_bytes(c, c->weights, sizeof c->weights);
    draw_bytes(c, c->sums, sizeof c->sums); /* all of 32 bits */
    for (int32_t i = 0; i < CHANNELS_MAX; i++)
        c->bias[i] = draw(c, -1000000, 1000000);
    if (!partial->reads_sums && draw(c, 0, 2) > 0)
        conv->bias = c->bias;
    if (partial->writes_sums)
        return;
    plain->channels = conv->output_c;
    plain->multipliers = vww_allocate((size_t)conv->output_c, sizeof *plain->multipliers);
    plain->shifts = vww_allocate((size_t)conv->output_c, sizeof *plain->shifts);
    for (int32_t i = 0; i < conv->output_c; i++) {
        plain->multipliers[i] = (1 << 30) + draw(c, 0, (1 << 30) - 1);
        plain->shifts[i] = (int8_t)draw(c, -31, 4);
    }
    conv->multipliers = plain->multipliers;
    conv->shifts = plain->shifts;
}

static void tuned_equals_reference(void **state)
{
    (void)state;
    static struct partial_case c;
    int tuned = 0, in_place = 0;
    for (int i = 0; i < CASES; i++) {
        struct vww_error error;
        struct vww_lowered lowered = {.kernel = VWW_KERNEL_PARTIAL_CONV_2D};
        c.random = vww_random_init(14, VWW_RANDOM_TEST, 0, (uint64_t)i);
        draw_case(&c, &lowered);
        const struct vwwrt_partial_conv_2d partial = lowered.partial_conv_2d;
        const size_t numbers =
            (size_t)partial.conv.output_h * partial.conv.output_w * partial.conv.output_c;
        const size_t bytes = numbers * (partial.writes_sums ? 4 : 1);
        const int8_t *inputs[] = {c.input, NULL, c.sums};
        int8_t *output = c.expected;
        vww_lowered_run(&lowered, inputs, &output);
        for (int form = 0; form < 2; form++) { /* the reference, too, works in place */
            if (form == 1)
                assert_ok(vww_lower_tune(vww_tuning_find("cortex-m4"), &lowered, &error), &error);
            tuned += lowered.kernel == VWW_KERNEL_DSP_PARTIAL_CONV_2D;
            memset(c.memory, 0x55, sizeof c.memory);
            output = c.memory + BYTES_MAX;
            vww_lowered_run(&lowered, inputs, &output);
            assert_memory_equal(output, c.expected, bytes);
            if (!partial.reads_sums || !partial.writes_sums)
                continue;
            int8_t *sums = c.memory + BYTES_MAX;
            memcpy(sums, c.sums, bytes);
            output = sums - 4 * draw(&c, 0, 2 * partial.conv.output_c);
            const int8_t *overwritten[] = {c.input, NULL, sums};
            vww_lowered_run(&lowered, overwritten, &output);
            assert_memory_equal(output, c.expected, bytes);
            in_place++;
        }
        vww_lowered_fini(&lowered);
    }
    assert_true(tuned > CASES / 3 && in_place > CASES / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tuned_equals_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
