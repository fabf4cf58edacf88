/* Output integers with one 32 x 32 to 64 bit multiply-add, for kernels in plain C whose registers
 * are counted for a core with 14 of 32 bits. */
#ifndef VWWRT_KERNELS_MAC_H
#define VWWRT_KERNELS_MAC_H

#include <stdint.h>

#if defined(__GNUC__)
#define VWWRT_MAC_INLINE static inline __attribute__((always_inline))
#else
#define VWWRT_MAC_INLINE static inline
#endif

/* As in dsp.h: two passes of GCC that would keep half of the sums on the stack. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__arm__)
#pragma GCC optimize("no-schedule-insns", "no-ivopts")
#endif

/* rounds_plainly: outputs are clamped below at the output's zero point, and to all of int8. */
struct vwwrt_mac_range {
    int32_t output_offset, low, high;
    int32_t rounds_plainly;
};

VWWRT_MAC_INLINE struct vwwrt_mac_range vwwrt_mac_range(int32_t output_offset, int32_t low,
                                                        int32_t high)
{
    const struct vwwrt_mac_range range = {output_offset, low, high,
                                          low == output_offset && low == -128 && high == 127};
    return range;
}

/* What turns sums of one channel into outputs; shift: to the right, 1 or more. addend: half a unit
 * for rounding, and the output's offset, both before the shift; start: the same and the first
 * rounding's half, before that rounding. */
struct vwwrt_mac_channel {
    int32_t multiplier, shift, addend;
    int64_t start;
};

VWWRT_MAC_INLINE struct vwwrt_mac_channel vwwrt_mac_channel(int32_t multiplier, int32_t shift,
                                                            int32_t output_offset)
{
    const int32_t addend = (2 * output_offset + 1) * (1 << (shift - 1));
    const struct vwwrt_mac_channel channel = {multiplier, shift, addend,
                                              (int64_t)addend * (INT64_C(1) << 31) + (1 << 30)};
    return channel;
}

/* Within -128 … 127. */
VWWRT_MAC_INLINE int32_t vwwrt_mac_saturate(int32_t value)
{
#if defined(__GNUC__) && defined(__thumb2__)
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(value));
    return result;
#else
    return value < -128 ? -128 : (value > 127 ? 127 : value);
#endif
}

/* Nested roundings down are one: ((s m + 2^30) / 2^31 + addend) / 2^n is (s m + start) / 2^(31+n),
 * the high word shifted by n - 1. That the second rounding takes ties away from zero makes no
 * difference where everything up to the zero point is clamped to it (dsp.h says why). */
VWWRT_MAC_INLINE int8_t vwwrt_mac_output(int32_t sum, struct vwwrt_mac_channel channel,
                                         struct vwwrt_mac_range range)
{
    int32_t value;
    if (range.rounds_plainly) {
        const int64_t scaled = (int64_t)sum * channel.multiplier + channel.start;
        value = (int32_t)(scaled >> 32) >> (channel.shift - 1);
        return (int8_t)vwwrt_mac_saturate(value);
    }
    value = (int32_t)(((int64_t)sum * channel.multiplier + (1 << 30)) >> 31);
    value = (value + (value >> 31) + channel.addend) >> channel.shift;
    return (int8_t)(value < range.low ? range.low : (value > range.high ? range.high : value));
}

#endif
