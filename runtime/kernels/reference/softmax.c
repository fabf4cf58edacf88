/* Integer softmax as TensorFlow Lite's reference kernel computes it. Numbers are 32-bit fixed
 * point; "Qn" below has n integer bits besides the sign, so its raw integer stands for
 * raw / 2^(31 - n). A product of Qa and Qb by vwwrt_high_multiply is Q(a+b). */
#include "kernels/requantize.h"
#include "vwwrt.h"

#define ONE_Q0 INT32_MAX /* the nearest to 1 that Q0 has */
#define ONE_Q2 (1 << 29)

#define DIFFERENCE_BITS 5 /* integer bits of a scaled difference */
#define SUM_BITS 12       /* integer bits of the sum of exponentials */

/* x * 2^exponent, saturated; exponent 1 … 30. */
static int32_t saturating_shift_left(int32_t x, int32_t exponent)
{
    const int32_t limit = (1 << (31 - exponent)) - 1;
    if (x > limit)
        return INT32_MAX;
    if (x < -limit)
        return INT32_MIN;
    return vwwrt_shift_left(x, exponent);
}

/* exp(a), Q0 to Q0, for -1/4 <= a < 0: the Taylor polynomial of degree 4 about -1/8. */
static int32_t exp_near_zero(int32_t a)
{
    const int32_t exp_minus_eighth = 1895147668;
    const int32_t third = 715827883;
    const int32_t x = a + (1 << 28); /* a + 1/8 */
    const int32_t x2 = vwwrt_high_multiply(x, x);
    const int32_t x3 = vwwrt_high_multiply(x2, x);
    const int32_t x4 = vwwrt_high_multiply(x2, x2);
    const int32_t x4_over_4 = vwwrt_rounding_divide(x4, 2);
    /* x^4/24 + x^3/6 + x^2/2 */
    const int32_t higher =
        vwwrt_rounding_divide(vwwrt_high_multiply(x4_over_4 + x3, third) + x2, 1);
    return exp_minus_eighth + vwwrt_high_multiply(exp_minus_eighth, x + higher);
}

/* exp(a), Q5 to Q0, for a <= 0: a is split into a part in [-1/4, 0) and a sum of powers of two,
 * whose exponentials are constants. */
static int32_t exp_of_negative(int32_t a)
{
    static const int32_t exp_minus_power[] = {
        /* exp(-2^k), k = -2 … 4, in Q0 */
        1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242,
    };
    if (a == 0)
        return ONE_Q0;
    const int32_t quarter = 1 << (31 - DIFFERENCE_BITS - 2);
    const int32_t fine = (a & (quarter - 1)) - quarter;
    const int32_t coarse = fine - a; /* a multiple of 1/4, not negative */
    int32_t result = exp_near_zero(saturating_shift_left(fine, DIFFERENCE_BITS));
    for (int32_t k = 0; k < 7; k++)
        if (coarse & vwwrt_shift_left(quarter, k))
            result = vwwrt_high_multiply(result, exp_minus_power[k]);
    return result;
}

/* 1 / (1 + a), Q0 to Q0, for 0 <= a < 1: three Newton-Raphson steps on half the denominator. */
static int32_t reciprocal_of_one_plus(int32_t a)
{
    const int32_t forty_eight_over_17 = 1515870810;       /* Q2 */
    const int32_t minus_thirty_two_over_17 = -1010580540; /* Q2 */
    const int32_t half_denominator = (int32_t)(((int64_t)a + ONE_Q0 + 1) / 2);
    int32_t x =
        forty_eight_over_17 + vwwrt_high_multiply(half_denominator, minus_thirty_two_over_17);
    for (int step = 0; step < 3; step++) {
        const int32_t error = ONE_Q2 - vwwrt_high_multiply(half_denominator, x); /* Q2 */
        x += saturating_shift_left(vwwrt_high_multiply(x, error), 2);            /* Q4 to Q2 */
    }
    return saturating_shift_left(x, 1); /* x/2 is the answer: Q2 read as Q1, then to Q0 */
}

static int32_t scaled_exp(const struct vwwrt_softmax *op, int32_t difference)
{
    return exp_of_negative(
        vwwrt_high_multiply(vwwrt_shift_left(difference, op->shift), op->multiplier));
}

static int32_t leading_zeros(uint32_t x)
{
    int32_t count = 0;
    for (; count < 32 && !(x & UINT32_C(0x80000000)); count++)
        x <<= 1;
    return count;
}

static void softmax_row(const struct vwwrt_softmax *op, const int8_t *input, int8_t *output)
{
    int32_t largest = input[0];
    for (int32_t i = 1; i < op->depth; i++)
        if (input[i] > largest)
            largest = input[i];

    int32_t sum = 0; /* Q12 */
    for (int32_t i = 0; i < op->depth; i++)
        if (input[i] - largest >= op->diff_min)
            sum += vwwrt_rounding_divide(scaled_exp(op, input[i] - largest), SUM_BITS);

    /* sum = 2^bits_over_one * (1 + rest), 0 <= rest < 1 */
    const int32_t headroom = leading_zeros((uint32_t)sum);
    const int32_t bits_over_one = SUM_BITS - headroom;
    const int32_t rest = (int32_t)(((uint32_t)sum << headroom) - (UINT32_C(1) << 31));
    const int32_t scale = reciprocal_of_one_plus(rest);

    /* In a row so wide that even the largest share is below half a step (the reference stops
     * there), everything is 0. */
    const int32_t divisor = bits_over_one + 31 - 8;
    for (int32_t i = 0; i < op->depth; i++) {
        const int32_t difference = input[i] - largest;
        int32_t value = 0;
        if (difference >= op->diff_min && divisor <= 31)
            value = vwwrt_rounding_divide(vwwrt_high_multiply(scale, scaled_exp(op, difference)),
                                          divisor);
        output[i] = (int8_t)vwwrt_clamp_to(value - 128, -128, 127);
    }
}

void vwwrt_softmax_s8(const struct vwwrt_softmax *op, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < op->rows; row++)
        softmax_row(op, input + row * op->depth, output + row * op->depth);
}
