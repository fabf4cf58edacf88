/* The instructions of Helium (M-profile vector extension, Cortex-M55) that the tuned kernels are
 * written in, and the same in plain C, so that the kernels run and are tested anywhere. A vector
 * has 16 bytes, or 4 words of 32 bits. */
#ifndef VWWRT_KERNELS_MVE_H
#define VWWRT_KERNELS_MVE_H

#include <stdint.h>

#if defined(__GNUC__)
#define VWWRT_MVE_INLINE static inline __attribute__((always_inline))
#define VWWRT_MVE_ALONE __attribute__((noinline))
#else
#define VWWRT_MVE_INLINE static inline
#define VWWRT_MVE_ALONE
#endif

#define VWWRT_MVE_COLUMN 64

#if defined(__GNUC__) && !defined(__clang__) && defined(__ARM_FEATURE_MVE) &&                      \
    (__ARM_FEATURE_MVE & 1)

#include <arm_mve.h>

typedef int8x16_t vwwrt_mve_bytes;
typedef int32x4_t vwwrt_mve_words;
typedef uint32x4_t vwwrt_mve_offsets;
typedef uint8x16_t vwwrt_mve_byte_offsets;

VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_load(const int8_t *from)
{
    return vldrbq_s8(from);
}

/* The first `count` bytes and zeros; all 16 where count is more. */
VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_load_part(const int8_t *from, int32_t count)
{
    vwwrt_mve_bytes bytes;
    mve_pred16_t mask;
    __asm__ volatile("vctp.8 %3\n\tvpst\n\tvldrbt.8 %q0, [%2]"
                     : "=&w"(bytes), "=&Up"(mask)
                     : "r"(from), "r"(count)
                     : "memory");
    (void)mask;
    return bytes;
}

VWWRT_MVE_INLINE void vwwrt_mve_store(int8_t *to, vwwrt_mve_bytes bytes)
{
    vstrbq_s8(to, bytes);
}

VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_all_bytes(int32_t value)
{
    return vdupq_n_s8((int8_t)value);
}

/* 0, step, 2 step, …, 15 step, at most 255. */
VWWRT_MVE_INLINE vwwrt_mve_byte_offsets vwwrt_mve_byte_steps(int32_t step)
{
    return vmulq_n_u8(vidupq_n_u8(0, 1), (uint8_t)step);
}

/* Byte i to to[offsets[i]]. */
VWWRT_MVE_INLINE void vwwrt_mve_scatter_bytes(int8_t *to, vwwrt_mve_byte_offsets offsets,
                                              vwwrt_mve_bytes bytes)
{
    vstrbq_scatter_offset_s8(to, offsets, bytes);
}

/* Nine bytes as words of three: zeros in the last byte of each word and in the last word. */
VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_three_of_four(const int8_t *from)
{
    const uint8x16_t lanes = vidupq_n_u8(0, 1);
    return vldrbq_gather_offset_z_s8(from, vsubq_u8(lanes, vshrq_n_u8(lanes, 2)), 0x0777);
}

/* Each word in the place of the next; a zero in the first. */
VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_word_later(vwwrt_mve_bytes bytes)
{
    uint32_t carry = 0;
    return vshlcq_s8(bytes, &carry, 32);
}

/* Bytes i of a, b and c to to[4 i] … to[4 i + 2] for the first `count`, at most 16; anything to all
 * other bytes of the 64. Returns what comes behind these. */
VWWRT_MVE_INLINE int8_t *vwwrt_mve_interleave(int8_t *to, const int8_t *a, const int8_t *b,
                                              const int8_t *c, int32_t count)
{
    mve_pred16_t mask;
    __asm__ volatile("vctp.8 %5\n\t"
                     "vpsttt\n\t"
                     "vldrbt.8 q0, [%2]\n\t"
                     "vldrbt.8 q1, [%3]\n\t"
                     "vldrbt.8 q2, [%4]\n\t"
                     "vst40.8 {q0, q1, q2, q3}, [%0]\n\t"
                     "vst41.8 {q0, q1, q2, q3}, [%0]\n\t"
                     "vst42.8 {q0, q1, q2, q3}, [%0]\n\t"
                     "vst43.8 {q0, q1, q2, q3}, [%0]!"
                     : "+r"(to), "=&Up"(mask)
                     : "r"(a), "r"(b), "r"(c), "r"(count)
                     : "q0", "q1", "q2", "memory");
    (void)mask;
    return to;
}

/* Goes along words that are VWWRT_MVE_COLUMN apart. */
typedef uint32x4_t vwwrt_mve_columns;

VWWRT_MVE_INLINE vwwrt_mve_columns vwwrt_mve_columns_from(const int8_t *from)
{
    const uint32_t base = (uint32_t)(uintptr_t)from - 2 * VWWRT_MVE_COLUMN;
    return vaddq_n_u32(vmulq_n_u32(vidupq_n_u32(0, 1), VWWRT_MVE_COLUMN), base);
}

/* The next four words; the ones after begin two further. (GCC 12 reads twice for the intrinsic.) */
VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_next_columns(vwwrt_mve_columns *columns)
{
    vwwrt_mve_bytes bytes;
    __asm__ volatile("vldrw.u32 %q0, [%q1, #128]!" : "=&w"(bytes), "+w"(*columns) : : "memory");
    return bytes;
}

/* The sum of the 16 products. */
VWWRT_MVE_INLINE int32_t vwwrt_mve_dot(vwwrt_mve_bytes a, vwwrt_mve_bytes b)
{
    return vmladavq_s8(a, b);
}

VWWRT_MVE_INLINE int32_t vwwrt_mve_dot_add(int32_t sum, vwwrt_mve_bytes a, vwwrt_mve_bytes b)
{
    return vmladavaq_s8(sum, a, b);
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_four(int32_t a, int32_t b, int32_t c, int32_t d)
{
    vwwrt_mve_words words;
    __asm__("vmov %q0[2], %q0[0], %1, %3\n\tvmov %q0[3], %q0[1], %2, %4"
            : "=&w"(words)
            : "r"(a), "r"(b), "r"(c), "r"(d));
    return words;
}

/* Two words, and *from moves on behind them. */
VWWRT_MVE_INLINE void vwwrt_mve_load_two(const int32_t **from, int32_t *first, int32_t *second)
{
    __asm__ volatile("ldrd %0, %1, [%2], #8"
                     : "=&r"(*first), "=&r"(*second), "+&r"(*from)
                     :
                     : "memory");
}

/* Four sums of products: `blocks` times 16 bytes of b, 1 or more, times as many of each of four
 * others, which lie at a in turns of 16 bytes. */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_four_sums(const int8_t *a, const int8_t *b,
                                                     int32_t blocks)
{
    int32_t s0, s1, s2, s3;
    int8x16_t x, y;
    __asm__ volatile("vldrb.8 %q[y], [%[b]], #16\n\t"
                     "vldrb.8 %q[x], [%[a]], #16\n\t"
                     "vmladav.s8 %[s0], %q[x], %q[y]\n\t"
                     "vldrb.8 %q[x], [%[a]], #16\n\t"
                     "vmladav.s8 %[s1], %q[x], %q[y]\n\t"
                     "vldrb.8 %q[x], [%[a]], #16\n\t"
                     "vmladav.s8 %[s2], %q[x], %q[y]\n\t"
                     "vldrb.8 %q[x], [%[a]], #16\n\t"
                     "vmladav.s8 %[s3], %q[x], %q[y]\n\t"
                     "wls lr, %[more], 2f\n"
                     "1:\n\t"
                     "vldrb.8 %q[y], [%[b]], #16\n\t"
                     "vldrb.8 %q[x], [%[a]], #16\n\t"
                     "vmladava.s8 %[s0], %q[x], %q[y]\n\t"
                     "vldrb.8 %q[x], [%[a]], #16\n\t"
                     "vmladava.s8 %[s1], %q[x], %q[y]\n\t"
                     "vldrb.8 %q[x], [%[a]], #16\n\t"
                     "vmladava.s8 %[s2], %q[x], %q[y]\n\t"
                     "vldrb.8 %q[x], [%[a]], #16\n\t"
                     "vmladava.s8 %[s3], %q[x], %q[y]\n\t"
                     "le lr, 1b\n"
                     "2:\n\t"
                     "vmov %q[x][2], %q[x][0], %[s0], %[s2]\n\t"
                     "vmov %q[x][3], %q[x][1], %[s1], %[s3]"
                     : [a] "+&r"(a), [b] "+&r"(b), [x] "=&w"(x), [y] "=&w"(y), [s0] "=&Te"(s0),
                       [s1] "=&Te"(s1), [s2] "=&Te"(s2), [s3] "=&Te"(s3)
                     : [more] "r"(blocks - 1)
                     : "lr", "memory");
    return vreinterpretq_s32_s8(x);
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_all_words(int32_t value)
{
    return vdupq_n_s32(value);
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_add_all(vwwrt_mve_words words, int32_t value)
{
    return vaddq_n_s32(words, value);
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_add(vwwrt_mve_words a, vwwrt_mve_words b)
{
    return vaddq_s32(a, b);
}

/* 0, or -1 where the word is negative. */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_signs(vwwrt_mve_words words)
{
    return vshrq_n_s32(words, 31);
}

/* vwwrt_high_multiply */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_high_multiply(vwwrt_mve_words words, int32_t factor)
{
    return vqrdmulhq_n_s32(words, factor);
}

/* words * 2^shift, where shift is negative rounded to nearest, ties upward; -31 … 31. */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_shift(vwwrt_mve_words words, int32_t shift)
{
    return vrshlq_n_s32(words, shift);
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_clamp(vwwrt_mve_words words, vwwrt_mve_words low,
                                                 vwwrt_mve_words high)
{
    return vminq_s32(vmaxq_s32(words, low), high);
}

/* words * factor modulo 2^32. */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_multiply(vwwrt_mve_words words, int32_t factor)
{
    return vmulq_n_s32(words, factor);
}

/* sums + words * factor modulo 2^32. */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_multiply_add(vwwrt_mve_words sums, vwwrt_mve_words words,
                                                        int32_t factor)
{
    return vmlaq_n_s32(sums, words, factor);
}

/* words / 2^shift, rounded down. */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_shift_down(vwwrt_mve_words words, int32_t shift)
{
    return vshlq_r_s32(words, -shift);
}

/* The first `count` bytes from `from` on as words; all 4 where count is more. */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_load_words(const int8_t *from, int32_t count)
{
    vwwrt_mve_words words;
    mve_pred16_t mask;
    __asm__ volatile("vctp.32 %3\n\tvpst\n\tvldrbt.s32 %q0, [%2]"
                     : "=&w"(words), "=&Up"(mask)
                     : "l"(from), "r"(count)
                     : "memory");
    (void)mask;
    return words;
}

/* The low bytes of the first `count` words. */
VWWRT_MVE_INLINE void vwwrt_mve_store_words(int8_t *to, vwwrt_mve_words words, int32_t count)
{
    mve_pred16_t mask;
    __asm__ volatile("vctp.32 %3\n\tvpst\n\tvstrbt.32 %q1, [%2]"
                     : "=&Up"(mask)
                     : "w"(words), "l"(to), "r"(count)
                     : "memory");
    (void)mask;
}

/* Without the sign; of INT32_MIN it is itself. */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_magnitude(vwwrt_mve_words words)
{
    return vabsq_s32(words);
}

/* words * factor / 2^32, rounded down, all of them unsigned. */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_unsigned_high(vwwrt_mve_words words, uint32_t factor)
{
    return vreinterpretq_s32_u32(vmulhq_u32(vreinterpretq_u32_s32(words), vdupq_n_u32(factor)));
}

/* The negative of each word whose sign is -1. */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_negate_where(vwwrt_mve_words words,
                                                        vwwrt_mve_words signs)
{
    return vsubq_s32(veorq_s32(words, signs), signs);
}

VWWRT_MVE_INLINE vwwrt_mve_offsets vwwrt_mve_offsets_of(int32_t a, int32_t b, int32_t c, int32_t d)
{
    return vreinterpretq_u32_s32(vwwrt_mve_four(a, b, c, d));
}

/* The low byte of word i to to[offsets[i]]. */
VWWRT_MVE_INLINE void vwwrt_mve_scatter_words(int8_t *to, vwwrt_mve_offsets offsets,
                                              vwwrt_mve_words words)
{
    vstrbq_scatter_offset_s32(to, offsets, words);
}

/* Only those of which the bit 4 i of mask is set, as are the three above it. */
VWWRT_MVE_INLINE void vwwrt_mve_scatter_some(int8_t *to, vwwrt_mve_offsets offsets,
                                             vwwrt_mve_words words, uint16_t mask)
{
    vstrbq_scatter_offset_p_s32(to, offsets, words, mask);
}

#else

#include "kernels/requantize.h"

typedef struct {
    int8_t at[16];
} vwwrt_mve_bytes;
typedef struct {
    int32_t at[4];
} vwwrt_mve_words;
typedef struct {
    uint32_t at[4];
} vwwrt_mve_offsets;
typedef struct {
    uint8_t at[16];
} vwwrt_mve_byte_offsets;

VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_load_part(const int8_t *from, int32_t count)
{
    vwwrt_mve_bytes bytes = {{0}};
    for (int32_t i = 0; i < 16 && i < count; i++)
        bytes.at[i] = from[i];
    return bytes;
}

VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_load(const int8_t *from)
{
    return vwwrt_mve_load_part(from, 16);
}

VWWRT_MVE_INLINE void vwwrt_mve_store(int8_t *to, vwwrt_mve_bytes bytes)
{
    for (int32_t i = 0; i < 16; i++)
        to[i] = bytes.at[i];
}

VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_all_bytes(int32_t value)
{
    vwwrt_mve_bytes bytes;
    for (int32_t i = 0; i < 16; i++)
        bytes.at[i] = (int8_t)value;
    return bytes;
}

VWWRT_MVE_INLINE vwwrt_mve_byte_offsets vwwrt_mve_byte_steps(int32_t step)
{
    vwwrt_mve_byte_offsets offsets;
    for (int32_t i = 0; i < 16; i++)
        offsets.at[i] = (uint8_t)(i * step);
    return offsets;
}

VWWRT_MVE_INLINE void vwwrt_mve_scatter_bytes(int8_t *to, vwwrt_mve_byte_offsets offsets,
                                              vwwrt_mve_bytes bytes)
{
    for (int32_t i = 0; i < 16; i++)
        to[offsets.at[i]] = bytes.at[i];
}

VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_three_of_four(const int8_t *from)
{
    vwwrt_mve_bytes bytes = {{0}};
    for (int32_t i = 0; i < 9; i++)
        bytes.at[i + i / 3] = from[i];
    return bytes;
}

VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_word_later(vwwrt_mve_bytes bytes)
{
    for (int32_t i = 15; i >= 0; i--)
        bytes.at[i] = i < 4 ? 0 : bytes.at[i - 4];
    return bytes;
}

VWWRT_MVE_INLINE int8_t *vwwrt_mve_interleave(int8_t *to, const int8_t *a, const int8_t *b,
                                              const int8_t *c, int32_t count)
{
    for (int32_t i = 0; i < 16; i++, to += 4) {
        to[0] = i < count ? a[i] : 0;
        to[1] = i < count ? b[i] : 0;
        to[2] = i < count ? c[i] : 0;
        to[3] = 99;
    }
    return to;
}

typedef const int8_t *vwwrt_mve_columns;

VWWRT_MVE_INLINE vwwrt_mve_columns vwwrt_mve_columns_from(const int8_t *from)
{
    return from;
}

VWWRT_MVE_INLINE vwwrt_mve_bytes vwwrt_mve_next_columns(vwwrt_mve_columns *columns)
{
    vwwrt_mve_bytes bytes;
    for (int32_t i = 0; i < 16; i++)
        bytes.at[i] = (*columns)[i / 4 * VWWRT_MVE_COLUMN + i % 4];
    *columns += 2 * VWWRT_MVE_COLUMN;
    return bytes;
}

VWWRT_MVE_INLINE int32_t vwwrt_mve_dot_add(int32_t sum, vwwrt_mve_bytes a, vwwrt_mve_bytes b)
{
    for (int32_t i = 0; i < 16; i++)
        sum += a.at[i] * b.at[i];
    return sum;
}

VWWRT_MVE_INLINE int32_t vwwrt_mve_dot(vwwrt_mve_bytes a, vwwrt_mve_bytes b)
{
    return vwwrt_mve_dot_add(0, a, b);
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_four(int32_t a, int32_t b, int32_t c, int32_t d)
{
    return (vwwrt_mve_words){{a, b, c, d}};
}

VWWRT_MVE_INLINE void vwwrt_mve_load_two(const int32_t **from, int32_t *first, int32_t *second)
{
    *first = (*from)[0];
    *second = (*from)[1];
    *from += 2;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_four_sums(const int8_t *a, const int8_t *b,
                                                     int32_t blocks)
{
    vwwrt_mve_words sums = {{0}};
    for (; blocks > 0; blocks--, b += 16)
        for (int32_t i = 0; i < 4; i++, a += 16)
            sums.at[i] = vwwrt_mve_dot_add(sums.at[i], vwwrt_mve_load(a), vwwrt_mve_load(b));
    return sums;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_all_words(int32_t value)
{
    return vwwrt_mve_four(value, value, value, value);
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_add_all(vwwrt_mve_words words, int32_t value)
{
    for (int32_t i = 0; i < 4; i++)
        words.at[i] = vwwrt_add(words.at[i], value);
    return words;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_add(vwwrt_mve_words a, vwwrt_mve_words b)
{
    for (int32_t i = 0; i < 4; i++)
        a.at[i] = vwwrt_add(a.at[i], b.at[i]);
    return a;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_signs(vwwrt_mve_words words)
{
    for (int32_t i = 0; i < 4; i++)
        words.at[i] = words.at[i] < 0 ? -1 : 0;
    return words;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_high_multiply(vwwrt_mve_words words, int32_t factor)
{
    for (int32_t i = 0; i < 4; i++)
        words.at[i] = vwwrt_high_multiply(words.at[i], factor);
    return words;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_shift(vwwrt_mve_words words, int32_t shift)
{
    for (int32_t i = 0; i < 4; i++)
        words.at[i] = shift >= 0
                          ? vwwrt_shift_left(words.at[i], shift)
                          : (int32_t)((words.at[i] + (INT64_C(1) << (-shift - 1))) >> -shift);
    return words;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_clamp(vwwrt_mve_words words, vwwrt_mve_words low,
                                                 vwwrt_mve_words high)
{
    for (int32_t i = 0; i < 4; i++)
        words.at[i] = vwwrt_clamp_to(words.at[i], low.at[i], high.at[i]);
    return words;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_multiply_add(vwwrt_mve_words sums, vwwrt_mve_words words,
                                                        int32_t factor)
{
    for (int32_t i = 0; i < 4; i++)
        sums.at[i] = (int32_t)((uint32_t)sums.at[i] + (uint32_t)words.at[i] * (uint32_t)factor);
    return sums;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_multiply(vwwrt_mve_words words, int32_t factor)
{
    return vwwrt_mve_multiply_add((vwwrt_mve_words){{0}}, words, factor);
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_shift_down(vwwrt_mve_words words, int32_t shift)
{
    for (int32_t i = 0; i < 4; i++)
        words.at[i] >>= shift;
    return words;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_load_words(const int8_t *from, int32_t count)
{
    vwwrt_mve_words words = {{0}};
    for (int32_t i = 0; i < 4 && i < count; i++)
        words.at[i] = from[i];
    return words;
}

VWWRT_MVE_INLINE void vwwrt_mve_store_words(int8_t *to, vwwrt_mve_words words, int32_t count)
{
    for (int32_t i = 0; i < 4 && i < count; i++)
        to[i] = (int8_t)(uint8_t)words.at[i];
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_magnitude(vwwrt_mve_words words)
{
    for (int32_t i = 0; i < 4; i++)
        words.at[i] = words.at[i] < 0 ? (int32_t)(0u - (uint32_t)words.at[i]) : words.at[i];
    return words;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_unsigned_high(vwwrt_mve_words words, uint32_t factor)
{
    for (int32_t i = 0; i < 4; i++)
        words.at[i] = (int32_t)((uint64_t)(uint32_t)words.at[i] * factor >> 32);
    return words;
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_negate_where(vwwrt_mve_words words,
                                                        vwwrt_mve_words signs)
{
    for (int32_t i = 0; i < 4; i++)
        words.at[i] = (words.at[i] ^ signs.at[i]) - signs.at[i];
    return words;
}

VWWRT_MVE_INLINE vwwrt_mve_offsets vwwrt_mve_offsets_of(int32_t a, int32_t b, int32_t c, int32_t d)
{
    return (vwwrt_mve_offsets){{(uint32_t)a, (uint32_t)b, (uint32_t)c, (uint32_t)d}};
}

VWWRT_MVE_INLINE void vwwrt_mve_scatter_words(int8_t *to, vwwrt_mve_offsets offsets,
                                              vwwrt_mve_words words)
{
    for (int32_t i = 0; i < 4; i++)
        to[offsets.at[i]] = (int8_t)(uint8_t)words.at[i];
}

VWWRT_MVE_INLINE void vwwrt_mve_scatter_some(int8_t *to, vwwrt_mve_offsets offsets,
                                             vwwrt_mve_words words, uint16_t mask)
{
    for (int32_t i = 0; i < 4; i++)
        if (mask >> 4 * i & 1)
            to[offsets.at[i]] = (int8_t)(uint8_t)words.at[i];
}

#endif

/* Where four pixels go that are `step` apart. Of fewer than four the last takes the place of those
 * that are not. */
VWWRT_MVE_INLINE vwwrt_mve_offsets vwwrt_mve_places(int32_t pixels, int32_t step)
{
    const int32_t last = (pixels - 1) * step;
    return vwwrt_mve_offsets_of(0, pixels > 1 ? step : last, pixels > 2 ? 2 * step : last,
                                pixels > 3 ? 3 * step : last);
}

/* What turns sums of one channel into outputs. shift: to the left, -1 … -22. */
struct vwwrt_mve_channel {
    int32_t bias, multiplier, shift;
};

/* rounds_plainly: nothing below the output's zero point is left by the limits. */
struct vwwrt_mve_range {
    vwwrt_mve_words low, high, offset;
    int32_t rounds_plainly;
};

VWWRT_MVE_INLINE struct vwwrt_mve_range vwwrt_mve_range(int32_t offset, int32_t low, int32_t high)
{
    const struct vwwrt_mve_range range = {vwwrt_mve_all_words(low), vwwrt_mve_all_words(high),
                                          vwwrt_mve_all_words(offset), low >= offset};
    return range;
}

/* Four sums of one channel as outputs less their zero point, without limits; plainly: the range
 * rounds_plainly. VQRDMULH is the rounding doubling high multiply: (2 a b + 2^31) / 2^32, rounded
 * down, is what TensorFlow Lite's comes to. The rounding right shift that follows takes ties away
 * from zero, VRSHL upward: they agree once negative numbers are less by one. For those the result
 * is never positive, with or without that; so where everything up to the zero point is clamped
 * (RELU, RELU6), it can go. */
VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_scale(vwwrt_mve_words sums,
                                                 struct vwwrt_mve_channel channel, int plainly)
{
    vwwrt_mve_words words =
        vwwrt_mve_high_multiply(vwwrt_mve_add_all(sums, channel.bias), channel.multiplier);
    if (!plainly)
        words = vwwrt_mve_add(words, vwwrt_mve_signs(words));
    return vwwrt_mve_shift(words, channel.shift);
}

VWWRT_MVE_INLINE vwwrt_mve_words vwwrt_mve_outputs(vwwrt_mve_words sums,
                                                   struct vwwrt_mve_channel channel,
                                                   const struct vwwrt_mve_range *range, int plainly)
{
    const vwwrt_mve_words words =
        vwwrt_mve_add(vwwrt_mve_scale(sums, channel, plainly), range->offset);
    return vwwrt_mve_clamp(words, range->low, range->high);
}

#endif
