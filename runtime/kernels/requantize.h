/* Fixed-point arithmetic of the int8 operators (TensorFlow Lite's reference semantics, after
 * gemmlowp). Right shifts of negative numbers are arithmetic on every compiler this is built
 * with, which the assertion states. */
#ifndef VWWRT_KERNELS_REQUANTIZE_H
#define VWWRT_KERNELS_REQUANTIZE_H

#include <stdint.h>

_Static_assert((-3 >> 1) == -2, "right shifts of negative numbers must be arithmetic");

/* a * b / 2^31, rounded to nearest, ties upward. The product of two INT32_MIN, the only one that
 * does not fit, saturates. */
static inline int32_t vwwrt_high_multiply(int32_t a, int32_t b)
{
    if (a == INT32_MIN && b == INT32_MIN)
        return INT32_MAX;
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* x / 2^exponent, rounded to nearest, ties away from zero; exponent 0 … 31. */
static inline int32_t vwwrt_rounding_divide(int32_t x, int32_t exponent)
{
    const int32_t mask = (int32_t)((UINT32_C(1) << exponent) - 1);
    const int32_t remainder = x & mask;
    const int32_t threshold = (mask >> 1) + (x < 0);
    return (x >> exponent) + (remainder > threshold);
}

/* x * 2^exponent modulo 2^32, as a left shift of two's complement. */
static inline int32_t vwwrt_shift_left(int32_t x, int32_t exponent)
{
    return (int32_t)((uint32_t)x << exponent);
}

/* x * multiplier * 2^(shift - 31): the multiply rounds, then the right shift rounds again. shift:
 * -31 … 30. */
static inline int32_t vwwrt_requantize(int32_t x, int32_t multiplier, int32_t shift)
{
    if (shift > 0)
        return vwwrt_high_multiply(vwwrt_shift_left(x, shift), multiplier);
    return vwwrt_rounding_divide(vwwrt_high_multiply(x, multiplier), -shift);
}

static inline int32_t vwwrt_clamp_to(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : (x > high ? high : x);
}

#endif
