/* The instructions of Arm's DSP extension (Cortex-M4, M7, M33) that the tuned kernels are written
 * in, and the same in plain C, so that the kernels run and are tested anywhere. A "pair" is two
 * int16 in one word, the first in the low half.
 *
 * Inline assembly rather than <arm_acle.h>: that has no name for SMMLAR, PKHBT, PKHTB, nor for a
 * rotation or post-increment within an instruction, which are what the counts rest on. */
#ifndef VWWRT_KERNELS_DSP_H
#define VWWRT_KERNELS_DSP_H

#include <stdint.h>

#if defined(__GNUC__)
#define VWWRT_DSP_INLINE static inline __attribute__((always_inline))
/* For what is called often by a function that has no register left. */
#define VWWRT_DSP_APART static __attribute__((noinline))
#else
#define VWWRT_DSP_INLINE static inline
#define VWWRT_DSP_APART static
#endif

#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP

/* The inner loops are written in an order that needs all 14 registers and no more. Two passes of
 * GCC, which know nothing of that, would load early and count with further pointers, and then keep
 * half of it on the stack. And a frame pointer would be a register. */
#if !defined(__clang__)
#pragma GCC optimize("no-schedule-insns", "no-ivopts", "omit-frame-pointer")
#endif

/* sum + a.low * b.low + a.high * b.high */
VWWRT_DSP_INLINE int32_t vwwrt_smlad(uint32_t a, uint32_t b, int32_t sum)
{
    int32_t result;
    __asm__("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

/* The same into one register, for loops that keep many sums. */
VWWRT_DSP_INLINE void vwwrt_accumulate(int32_t *sum, uint32_t a, uint32_t b)
{
    __asm__("smlad %0, %1, %2, %0" : "+r"(*sum) : "r"(a), "r"(b));
}

/* sum + a.low * b.high */
VWWRT_DSP_INLINE int32_t vwwrt_smlabt(uint32_t a, uint32_t b, int32_t sum)
{
    int32_t result;
    __asm__("smlabt %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

/* sum + a.high * b.low */
VWWRT_DSP_INLINE int32_t vwwrt_smlatb(uint32_t a, uint32_t b, int32_t sum)
{
    int32_t result;
    __asm__("smlatb %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

/* The pair of bytes 0 and 2, sign-extended. */
VWWRT_DSP_INLINE uint32_t vwwrt_sxtb16(uint32_t word)
{
    uint32_t result;
    __asm__("sxtb16 %0, %1" : "=r"(result) : "r"(word));
    return result;
}

/* The pair of bytes 1 and 3, sign-extended. */
VWWRT_DSP_INLINE uint32_t vwwrt_sxtb16_odd(uint32_t word)
{
    uint32_t result;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(word));
    return result;
}

/* The pair of a.low and b.low. */
VWWRT_DSP_INLINE uint32_t vwwrt_pair_low(uint32_t a, uint32_t b)
{
    uint32_t result;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(result) : "r"(a), "r"(b));
    return result;
}

/* The pair of a.high and b.high. */
VWWRT_DSP_INLINE uint32_t vwwrt_pair_high(uint32_t a, uint32_t b)
{
    uint32_t result;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(result) : "r"(b), "r"(a));
    return result;
}

/* Both halves doubled; they fit. */
VWWRT_DSP_INLINE uint32_t vwwrt_double_pair(uint32_t a)
{
    uint32_t result;
    __asm__("sadd16 %0, %1, %1" : "=r"(result) : "r"(a));
    return result;
}

/* sum + (a * b + 2^31) / 2^32, rounded down. */
VWWRT_DSP_INLINE int32_t vwwrt_smmlar(int32_t a, int32_t b, int32_t sum)
{
    int32_t result;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

/* Within -128 … 127. */
VWWRT_DSP_INLINE int32_t vwwrt_ssat8(int32_t value)
{
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(value));
    return result;
}

/* Four bytes at any address. */
VWWRT_DSP_INLINE uint32_t vwwrt_load_word(const int8_t *from)
{
    uint32_t word;
    __builtin_memcpy(&word, from, sizeof word);
    return word;
}

VWWRT_DSP_INLINE void vwwrt_store_word(int8_t *to, uint32_t word)
{
    __builtin_memcpy(to, &word, sizeof word);
}

/* Two words, and the address moves on behind them. */
VWWRT_DSP_INLINE const uint32_t *vwwrt_load_two(const uint32_t *from, uint32_t *first,
                                                uint32_t *second)
{
    __asm__ volatile("ldrd %0, %1, [%2], #8"
                     : "=&r"(*first), "=&r"(*second), "+&r"(from)
                     :
                     : "memory");
    return from;
}

#else

VWWRT_DSP_INLINE int32_t vwwrt_low_half(uint32_t pair)
{
    return (int16_t)(uint16_t)pair;
}

VWWRT_DSP_INLINE int32_t vwwrt_high_half(uint32_t pair)
{
    return (int16_t)(uint16_t)(pair >> 16);
}

VWWRT_DSP_INLINE uint32_t vwwrt_pair(int32_t low, int32_t high)
{
    return ((uint32_t)low & 0xffffu) | (uint32_t)high << 16;
}

VWWRT_DSP_INLINE int32_t vwwrt_smlad(uint32_t a, uint32_t b, int32_t sum)
{
    return sum + vwwrt_low_half(a) * vwwrt_low_half(b) + vwwrt_high_half(a) * vwwrt_high_half(b);
}

VWWRT_DSP_INLINE void vwwrt_accumulate(int32_t *sum, uint32_t a, uint32_t b)
{
    *sum = vwwrt_smlad(a, b, *sum);
}

VWWRT_DSP_INLINE int32_t vwwrt_smlabt(uint32_t a, uint32_t b, int32_t sum)
{
    return sum + vwwrt_low_half(a) * vwwrt_high_half(b);
}

VWWRT_DSP_INLINE int32_t vwwrt_smlatb(uint32_t a, uint32_t b, int32_t sum)
{
    return sum + vwwrt_high_half(a) * vwwrt_low_half(b);
}

VWWRT_DSP_INLINE uint32_t vwwrt_sxtb16(uint32_t word)
{
    return vwwrt_pair((int8_t)(uint8_t)word, (int8_t)(uint8_t)(word >> 16));
}

VWWRT_DSP_INLINE uint32_t vwwrt_sxtb16_odd(uint32_t word)
{
    return vwwrt_pair((int8_t)(uint8_t)(word >> 8), (int8_t)(uint8_t)(word >> 24));
}

VWWRT_DSP_INLINE uint32_t vwwrt_pair_low(uint32_t a, uint32_t b)
{
    return (a & 0xffffu) | b << 16;
}

VWWRT_DSP_INLINE uint32_t vwwrt_pair_high(uint32_t a, uint32_t b)
{
    return a >> 16 | (b & 0xffff0000u);
}

VWWRT_DSP_INLINE uint32_t vwwrt_double_pair(uint32_t a)
{
    return vwwrt_pair(2 * vwwrt_low_half(a), 2 * vwwrt_high_half(a));
}

VWWRT_DSP_INLINE int32_t vwwrt_smmlar(int32_t a, int32_t b, int32_t sum)
{
    return sum + (int32_t)(((int64_t)a * b + (INT64_C(1) << 31)) >> 32);
}

VWWRT_DSP_INLINE int32_t vwwrt_ssat8(int32_t value)
{
    return value < -128 ? -128 : (value > 127 ? 127 : value);
}

VWWRT_DSP_INLINE uint32_t vwwrt_load_word(const int8_t *from)
{
    return (uint32_t)(uint8_t)from[0] | (uint32_t)(uint8_t)from[1] << 8 |
           (uint32_t)(uint8_t)from[2] << 16 | (uint32_t)(uint8_t)from[3] << 24;
}

VWWRT_DSP_INLINE void vwwrt_store_word(int8_t *to, uint32_t word)
{
    to[0] = (int8_t)(uint8_t)word;
    to[1] = (int8_t)(uint8_t)(word >> 8);
    to[2] = (int8_t)(uint8_t)(word >> 16);
    to[3] = (int8_t)(uint8_t)(word >> 24);
}

VWWRT_DSP_INLINE const uint32_t *vwwrt_load_two(const uint32_t *from, uint32_t *first,
                                                uint32_t *second)
{
    *first = from[0];
    *second = from[1];
    return from + 2;
}

#endif

/* What turns sums of one channel into outputs. `addend` is (2 * output_offset + 1) * 2^(shift-1):
 * half a unit for rounding, and the output's offset, both before the shift. */
struct vwwrt_dsp_channel {
    int32_t multiplier, addend, shift;
};

VWWRT_DSP_INLINE struct vwwrt_dsp_channel vwwrt_dsp_channel(int32_t multiplier, int32_t shift,
                                                            int32_t output_offset)
{
    const struct vwwrt_dsp_channel channel = {
        multiplier, (int32_t)((uint32_t)(2 * output_offset + 1) << (shift - 1)), shift};
    return channel;
}

/* An output from twice its sum, clamped to int8. SMMLAR is the rounding doubling high multiply:
 * with the sum doubled beforehand its (2 sum m + 2^31) >> 32 is (sum m + 2^30) >> 31. The rounding
 * right shift that follows takes ties away from zero, that is (x + half + (x >> 31)) >> shift. The
 * sum has the sign of x, or x is 0, where one less before the shift makes no difference; so its
 * sign serves. from_zero: outputs begin at -128 and that is the zero point. For negative x the
 * result is never positive, with or without that term; so it can go. */
VWWRT_DSP_INLINE int8_t vwwrt_dsp_output(int32_t doubled_sum, struct vwwrt_dsp_channel channel,
                                         int32_t from_zero)
{
    const int32_t addend = from_zero ? channel.addend : channel.addend + (doubled_sum >> 31);
    return (int8_t)vwwrt_ssat8(vwwrt_smmlar(doubled_sum, channel.multiplier, addend) >>
                               channel.shift);
}

/* `count` outputs to what is less than all of int8. */
VWWRT_DSP_INLINE void vwwrt_dsp_limit(int8_t *output, int32_t count, int32_t low, int32_t high)
{
    if (low == -128 && high == 127)
        return;
    for (const int8_t *const end = output + count; output != end; output++)
        *output = (int8_t)(*output < low ? low : (*output > high ? high : *output));
}

#endif
