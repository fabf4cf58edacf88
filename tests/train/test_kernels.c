/* The kernels on stored bfloat16, on every instruction set: equal in every bit to the same kernels
 * on the float32 values that these are. (float32 itself: test_network.c.) */
#include "support/check.h"

#include "base/random.h"
#include "train/kernels.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 23, CHANNELS = 24, COUNT = ROWS * CHANNELS };

/* The definition: of the two neighbours the nearer one, of two equally near ones the even one. */
static uint16_t nearest(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint16_t below = (uint16_t)(bits >> 16), above = (uint16_t)(below + 1);
    const uint32_t rest = bits & 0xffff;
    if (rest != 0x8000)
        return rest < 0x8000 ? below : above;
    return below % 2 == 0 ? below : above;
}

static void fill(uint64_t seed, float *values, int count)
{
    struct vww_random random = vww_random_init(seed, VWW_RANDOM_TEST, 0, 0);
    for (int i = 0; i < count; i++)
        values[i] = (float)(8 * vww_random_unit(&random) - 3);
}

static void each_table(void (*test)(const struct vww_kernels *))
{
    size_t count;
    const struct vww_kernels *const *tables = vww_kernels_available(&count);
    for (size_t i = 0; i < count; i++)
        test(tables[i]);
}

static void compare_rounding(const struct vww_kernels *kernels)
{
    const float limits[] = {
        0,         -0.0f,         1,      0x1.01p0f,       0x1.03p0f, 0x1.010002p0f,
        INFINITY,  -INFINITY,     1e-40f, -0x1.fep127f,    6,         0x1.fffffep127f,
        0x1p-149f, 0x1.00fffep0f, -3.75f, -0x1.02fffep-9f, 1e30f,     65535};
    float values[COUNT], wide[COUNT];
    uint16_t stored[COUNT];
    fill(3, values, COUNT);
    memcpy(values, limits, sizeof limits);
    kernels->narrow(values, COUNT, stored);
    kernels->widen(stored, COUNT, wide);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(stored[i], nearest(values[i]));
        const float back = vww_float_from_bf16(stored[i]);
        assert_memory_equal(&wide[i], &back, sizeof back);
        if (isnormal(values[i]) && isfinite(back))
            assert_true(fabsf(back - values[i]) <= 0x1p-8f * fabsf(values[i]));
    }
    const float nan = NAN;
    float nans[8] = {nan, -nan, nan, nan, nan, nan, nan, nan};
    kernels->narrow(nans, 8, stored);
    for (int i = 0; i < 8; i++)
        assert_true(isnan(vww_float_from_bf16(stored[i])));
}

static void rounds_to_the_nearest(void **state)
{
    (void)state;
    each_table(compare_rounding);
}

struct stored {
    uint16_t narrow[COUNT];
    float wide[COUNT];
};

static void store(const struct vww_kernels *kernels, uint64_t seed, struct stored *stored)
{
    float values[COUNT];
    fill(seed, values, COUNT);
    kernels->narrow(values, COUNT, stored->narrow);
    kernels->widen(stored->narrow, COUNT, stored->wide);
}

static struct vww_view some_view(float parameters[2 * CHANNELS], bool quantized, bool bf16)
{
    fill(9, parameters, 2 * CHANNELS);
    return (struct vww_view){.scale = parameters,
                             .shift = parameters + CHANNELS,
                             .low = 0,
                             .high = 6,
                             .quantized = quantized,
                             .step = 0.03f,
                             .inverse_step = 1 / 0.03f,
                             .zero = -100,
                             .bf16 = bf16};
}

static void compare_reading(const struct vww_kernels *kernels)
{
    struct stored raw;
    float parameters[2 * CHANNELS], values[2][COUNT], ranges[2][2 * CHANNELS] = {{0}};
    double sums[2][2 * CHANNELS] = {{0}};
    store(kernels, 4, &raw);
    for (int quantized = 0; quantized < 2; quantized++) {
        const struct vww_view wide = some_view(parameters, quantized, false);
        const struct vww_view narrow = some_view(parameters, quantized, true);
        kernels->view(&wide, raw.wide, ROWS, CHANNELS, values[0]);
        kernels->view(&narrow, raw.narrow, ROWS, CHANNELS, values[1]);
        assert_memory_equal(values[0], values[1], sizeof values[0]);
    }
    kernels->moments(raw.wide, false, ROWS, CHANNELS, sums[0], sums[0] + CHANNELS);
    kernels->moments(raw.narrow, true, ROWS, CHANNELS, sums[1], sums[1] + CHANNELS);
    assert_memory_equal(sums[0], sums[1], sizeof sums[0]);
    assert_true(sums[0][0] > 0);
    kernels->range(raw.wide, false, ROWS, CHANNELS, ranges[0], ranges[0] + CHANNELS);
    kernels->range(raw.narrow, true, ROWS, CHANNELS, ranges[1], ranges[1] + CHANNELS);
    assert_memory_equal(ranges[0], ranges[1], sizeof ranges[0]);
    assert_true(ranges[0][0] < 0 && ranges[0][CHANNELS] > 0);
}

static void reads_as_float32(void **state)
{
    (void)state;
    each_table(compare_reading);
}

static void compare_backward(const struct vww_kernels *kernels)
{
    struct stored raw, gradient;
    float parameters[2 * CHANNELS], three[3 * CHANNELS], values[2][COUNT], cut[COUNT];
    uint16_t stored[COUNT];
    double sums[2][2 * CHANNELS] = {{0}};
    store(kernels, 5, &raw);
    store(kernels, 6, &gradient);
    fill(7, three, 3 * CHANNELS);
    kernels->through(gradient.wide, raw.wide, false, three, three + CHANNELS, three + 2 * CHANNELS,
                     ROWS, CHANNELS, values[0]);
    kernels->through(gradient.narrow, raw.narrow, true, three, three + CHANNELS,
                     three + 2 * CHANNELS, ROWS, CHANNELS, values[1]);
    assert_memory_equal(values[0], values[1], sizeof values[0]);

    /* A gradient that bfloat16 has passes through the cut unchanged, so all sums are the same. */
    const struct vww_view wide = some_view(parameters, false, false);
    const struct vww_view narrow = some_view(parameters, false, true);
    kernels->cut(&wide, raw.wide, three, ROWS, CHANNELS, gradient.wide, cut, sums[0],
                 sums[0] + CHANNELS);
    kernels->cut(&narrow, raw.narrow, three, ROWS, CHANNELS, gradient.wide, stored, sums[1],
                 sums[1] + CHANNELS);
    int zeros = 0;
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(stored[i], nearest(cut[i]));
        zeros += cut[i] == 0;
    }
    assert_true(zeros > COUNT / 10 && zeros < COUNT);
    assert_memory_equal(sums[0], sums[1], sizeof sums[0]);

    /* Any other is cut, then rounded; the sums are those of what is stored. */
    memset(sums, 0, sizeof sums);
    kernels->cut(&wide, raw.wide, three, ROWS, CHANNELS, values[0], cut, sums[0],
                 sums[0] + CHANNELS);
    kernels->cut(&narrow, raw.narrow, three, ROWS, CHANNELS, values[0], stored, sums[1],
                 sums[1] + CHANNELS);
    double sum = 0;
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(stored[i], nearest(cut[i]));
        sum += i % CHANNELS == 0 ? (double)vww_float_from_bf16(stored[i]) : 0;
    }
    assert_true(fabs(sum - sums[1][0]) < 1e-4);
}

static void goes_back_as_float32(void **state)
{
    (void)state;
    each_table(compare_backward);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_to_the_nearest),
        cmocka_unit_test(reads_as_float32),
        cmocka_unit_test(goes_back_as_float32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
