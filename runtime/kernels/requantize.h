/* Fixed-point arithmetic of the int8 operators (TensorFlow Lite's reference semantics, after
 * gemmlowp). Right shifts of negative numbers are arithmetic on every compiler this is built
 * with, which the assertion states. */
#ifndef VWWRT_KERNELS_REQUANTIZE_H
#define VWWRT_KERNELS_REQUANTIZE_H

#include <stdint.h>

/* cppcheck-suppress shiftNegativeLHS */
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
    /* cppcheck-suppress shiftTooManyBitsSigned */
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

/* x * multiplier * 2^(shift - 31), rounded once, ties away from zero: the fully connected operator,
 * whose reference multiplies by a floating-point scale. Where the result does not fit 32 bits the
 * reference is undefined; this is what it gives on x86. */
static inline int32_t vwwrt_requantize_once(int32_t x, int32_t multiplier, int32_t shift)
{
    const int64_t product = (int64_t)x * multiplier;
    const int32_t right = 31 - shift;
    const uint64_t magnitude =
        ((uint64_t)(product < 0 ? -product : product) + (UINT64_C(1) << (right - 1))) >> right;
    if (magnitude > INT32_MAX)
        return INT32_MIN;
    return product < 0 ? -(int32_t)magnitude : (int32_t)magnitude;
}

/* x + offset modulo 2^32. */
static inline int32_t vwwrt_add(int32_t x, int32_t offset)
{
    return (int32_t)((uint32_t)x + (uint32_t)offset);
}

static inline int32_t vwwrt_clamp_to(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : (x > high ? high : x);
}

/* An output integer: requantize(sum + bias) + offset within low … high. Additions wrap, as they do
 * on every machine; only models with absurd scales or biases come to that. */
static inline int8_t vwwrt_output(int32_t sum, int32_t bias, int32_t multiplier, int32_t shift,
                                  int32_t offset, int32_t low, int32_t high)
{
    const int32_t scaled = vwwrt_requantize(vwwrt_add(sum, bias), multiplier, shift);
    return (int8_t)vwwrt_clamp_to(vwwrt_add(scaled, offset), low, high);
}

#endif
