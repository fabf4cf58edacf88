/* Output integers with one 32 x 32 to 64 bit multiply-add, for kernels in plain C whose registers
 * are counted for a core with 14 of 32 bits. */
#ifndef VWWRT_KERNELS_MAC_H
#define VWWRT_KERNELS_MAC_H

#include "vwwrt.h"

#if defined(__GNUC__)
#define VWWRT_MAC_INLINE static inline __attribute__((always_inline))
#else
#define VWWRT_MAC_INLINE static inline
#endif

/* As in dsp.h: two passes of GCC that would keep half of the sums on the stack. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__arm__)
#pragma GCC optimize("no-schedule-insns", "no-ivopts")
#endif

/* What turns sums of one channel into outputs. shift: to the right, less 2. high: half a unit for
 * rounding, and the output's offset, both before the shift, in units of 2. */
struct vwwrt_mac_channel {
    int32_t multiplier, shift, high;
};

VWWRT_MAC_INLINE struct vwwrt_mac_channel vwwrt_mac_channel(int32_t multiplier, int32_t shift,
                                                            int32_t output_offset)
{
    const struct vwwrt_mac_channel channel = {multiplier, shift,
                                              (2 * output_offset + 1) * (1 << shift)};
    return channel;
}

/* Within -128 … 127. */
VWWRT_MAC_INLINE int32_t vwwrt_mac_saturate(int32_t value)
{
    return value < -128 ? -128 : (value > 127 ? 127 : value);
}

/* Of value / 2^bits, rounded down; bits is a constant, 1 or more. */
#if defined(__GNUC__) && defined(__thumb2__)
#define VWWRT_MAC_SATURATE(result, value, bits)                                                    \
    __asm__("ssat %0, #8, %1, asr %2" : "=r"(result) : "r"(value), "I"(bits))
#else
#define VWWRT_MAC_SATURATE(result, value, bits) result = vwwrt_mac_saturate((value) >> (bits))
#endif

/* An output within int8. Nested roundings down are one: ((s m + 2^30) / 2^31 + a) / 2^n, where `a`
 * is (2 offset + 1) 2^(n-1), is (s m + 2^30 + a 2^31) / 2^(31+n): the high word shifted by n - 1.
 * The second rounding takes ties away from zero: one less for negative sums before it. from_zero:
 * outputs begin at -128 and that is the zero point, so that it makes no difference (dsp.h says
 * why). */
VWWRT_MAC_INLINE int8_t vwwrt_mac_output(int32_t sum, struct vwwrt_mac_channel channel,
                                         int32_t from_zero)
{
    const int64_t start = (int64_t)channel.high * (INT64_C(1) << 32) + (1 << 30);
    int64_t scaled = start + (int64_t)sum * channel.multiplier;
    int32_t value;
    if (!from_zero)
        scaled += (int64_t)(sum >> 31) * (INT64_C(1) << 31);
    VWWRT_MAC_SATURATE(value, (int32_t)(scaled >> 32) >> channel.shift, 1);
    return (int8_t)value;
}

/* `count` outputs to what is less than all of int8. */
VWWRT_MAC_INLINE void vwwrt_mac_limit(int8_t *output, int32_t count, int32_t low, int32_t high)
{
    if (low == -128 && high == 127)
        return;
    for (const int8_t *const end = output + count; output != end; output++)
        *output = (int8_t)(*output < low ? low : (*output > high ? high : *output));
}

#endif
