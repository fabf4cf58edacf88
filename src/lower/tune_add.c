/* The addition as one linear function of both inputs. The reference rounds five times on the way,
 * each time by less than 2^-18 of an output unit, so that a function with factors of 22 fraction
 * bits that gives the same 65,536 results nearly always exists; it is searched for near the real
 * factors, and each pair of inputs compared. */
#include "kernels/sum.h"
#include "lower/tuning.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

/* How far from the real factors. Of 150 random scales no search went beyond 4. */
enum { AWAY_MOST = 6 };

/* Which constants make the sums of all pairs give the reference's outputs. */
struct interval {
    int64_t low, high;
};

static bool is_empty(const struct interval *interval)
{
    return interval->low > interval->high;
}

/* Outputs at a limit may come from any sum beyond it. */
static void narrow(const struct vwwrt_add *add, const struct vwwrt_mac_add *linear, int32_t x,
                   int32_t y, struct interval *interval)
{
    const int64_t unit = INT64_C(1) << VWWRT_MAC_ADD_SHIFT;
    const int64_t sum = (int64_t)x * linear->input_factor + (int64_t)y * linear->other_factor;
    const int32_t output = vwwrt_sum(add, (int8_t)x, (int8_t)y);
    const int64_t low = output * unit - sum, high = (output + 1) * unit - 1 - sum;
    if (output > add->activation_min && low > interval->low)
        interval->low = low;
    if (output < add->activation_max && high < interval->high)
        interval->high = high;
}

/* All sums fit 32 bits. */
static bool in_range(const struct vwwrt_mac_add *linear)
{
    const int64_t most =
        128 * (llabs(linear->input_factor) + llabs(linear->other_factor)) + llabs(linear->constant);
    return most <= INT32_MAX;
}

/* Sets the constant, if there is one. */
static bool find_constant(const struct vwwrt_add *add, struct vwwrt_mac_add *linear)
{
    struct interval interval = {INT32_MIN, INT32_MAX};
    for (int32_t x = -128; x < 128 && !is_empty(&interval); x++)
        for (int32_t y = -128; y < 128; y++)
            narrow(add, linear, x, y, &interval);
    if (is_empty(&interval))
        return false;
    linear->constant = (int32_t)((interval.low + interval.high) / 2);
    return in_range(linear);
}

/* multiplier * 2^(shift - 31) times the output's and the fraction bits; false: no int32. */
static bool real_factor(const struct vwwrt_add *add, int32_t multiplier, int32_t shift,
                        int32_t *factor)
{
    const double real =
        ldexp((double)multiplier * add->output_multiplier,
              shift + add->output_shift - 62 + VWWRT_SUM_BITS + VWWRT_MAC_ADD_SHIFT);
    *factor = real < (1 << 24) ? (int32_t)lround(real) : 0;
    return real < (1 << 24);
}

static bool find(const struct vwwrt_add *add, struct vwwrt_mac_add *linear)
{
    int32_t input = 0, other = 0;
    *linear = (struct vwwrt_mac_add){.count = add->count,
                                     .activation_min = add->activation_min,
                                     .activation_max = add->activation_max};
    if (!real_factor(add, add->input_multiplier, add->input_shift, &input) ||
        !real_factor(add, add->other_multiplier, add->other_shift, &other))
        return false;
    for (int32_t away = 0; away <= AWAY_MOST; away++)
        for (int32_t i = -away; i <= away; i++)
            for (int32_t j = -away; j <= away; j++) {
                if (abs(i) != away && abs(j) != away)
                    continue;
                linear->input_factor = input + i;
                linear->other_factor = other + j;
                if (find_constant(add, linear))
                    return true;
            }
    return false;
}

bool vww_tune_add_fits(const struct vww_lowered *plain)
{
    struct vwwrt_mac_add linear;
    return find(&plain->add, &linear);
}

vww_status vww_tune_add_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                struct vww_error *error)
{
    (void)error; /* nothing is allocated */
    find(&plain->add, &tuned->mac_add);
    return VWW_OK;
}
