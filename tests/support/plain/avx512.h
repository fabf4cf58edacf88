/* The AVX-512 instructions that src/interpret/fast_avx512.c uses, in plain C, so that its kernels
 * are tested on processors that lack them. Included before that file, it takes the intrinsics'
 * names. Semantics: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2. */
#ifndef VWW_TESTS_PLAIN_AVX512_H
#define VWW_TESTS_PLAIN_AVX512_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

struct plain512 {
    int32_t words[16];
};

#define FOR_WORDS(expression)                                                                      \
    struct plain512 r;                                                                             \
    for (int i = 0; i < 16; i++)                                                                   \
        r.words[i] = (int32_t)(expression);                                                        \
    return r
#define FOR_PAIRS(expression)                                                                      \
    struct plain512 r;                                                                             \
    for (int i = 0; i < 8; i++) {                                                                  \
        const uint64_t bits = (uint64_t)(expression);                                              \
        memcpy(r.words + 2 * i, &bits, 8);                                                         \
    }                                                                                              \
    return r

static inline uint64_t plain_pair(struct plain512 a, int i)
{
    uint64_t bits;
    memcpy(&bits, a.words + 2 * i, 8);
    return bits;
}

static inline struct plain512 plain_load(const void *at)
{
    struct plain512 r;
    if ((uintptr_t)at % 64 != 0)
        __builtin_trap(); /* the instruction faults */
    memcpy(&r, at, sizeof r);
    return r;
}
static inline struct plain512 plain_set1_epi32(int32_t value)
{
    FOR_WORDS(((void)i, value));
}
static inline struct plain512 plain_set1_epi64(int64_t value)
{
    FOR_PAIRS(((void)i, value));
}
static inline struct plain512 plain_add_epi32(struct plain512 a, struct plain512 b)
{
    FOR_WORDS((uint32_t)a.words[i] + (uint32_t)b.words[i]);
}
static inline struct plain512 plain_sub_epi32(struct plain512 a, struct plain512 b)
{
    FOR_WORDS((uint32_t)a.words[i] - (uint32_t)b.words[i]);
}
static inline struct plain512 plain_and(struct plain512 a, struct plain512 b)
{
    FOR_WORDS(a.words[i] & b.words[i]);
}
static inline struct plain512 plain_max_epi32(struct plain512 a, struct plain512 b)
{
    FOR_WORDS(a.words[i] > b.words[i] ? a.words[i] : b.words[i]);
}
static inline struct plain512 plain_min_epi32(struct plain512 a, struct plain512 b)
{
    FOR_WORDS(a.words[i] < b.words[i] ? a.words[i] : b.words[i]);
}
static inline struct plain512 plain_add_epi64(struct plain512 a, struct plain512 b)
{
    FOR_PAIRS(plain_pair(a, i) + plain_pair(b, i));
}
/* The low, signed halves of each pair. */
static inline struct plain512 plain_mul_epi32(struct plain512 a, struct plain512 b)
{
    FOR_PAIRS((int64_t)a.words[2 * i] * b.words[2 * i]);
}
static inline struct plain512 plain_srli_epi64(struct plain512 a, unsigned count)
{
    FOR_PAIRS(plain_pair(a, i) >> count);
}
static inline struct plain512 plain_slli_epi64(struct plain512 a, unsigned count)
{
    FOR_PAIRS(plain_pair(a, i) << count);
}
static inline struct plain512 plain_srli_epi32(struct plain512 a, unsigned count)
{
    FOR_WORDS((uint32_t)a.words[i] >> count);
}
static inline struct plain512 plain_sllv_epi32(struct plain512 a, struct plain512 counts)
{
    FOR_WORDS((uint32_t)counts.words[i] > 31 ? 0 : (uint32_t)a.words[i] << counts.words[i]);
}
static inline struct plain512 plain_srav_epi32(struct plain512 a, struct plain512 counts)
{
    FOR_WORDS(a.words[i] >> ((uint32_t)counts.words[i] > 31 ? 31 : counts.words[i]));
}
static inline uint16_t plain_cmpgt_epi32(struct plain512 a, struct plain512 b)
{
    unsigned mask = 0;
    for (int i = 0; i < 16; i++)
        mask |= (unsigned)(a.words[i] > b.words[i]) << i;
    return (uint16_t)mask;
}
static inline struct plain512 plain_mask_blend_epi32(uint16_t mask, struct plain512 a,
                                                     struct plain512 b)
{
    FOR_WORDS((mask >> i & 1) != 0 ? b.words[i] : a.words[i]);
}
static inline struct plain512 plain_mask_add_epi32(struct plain512 otherwise, uint16_t mask,
                                                   struct plain512 a, struct plain512 b)
{
    FOR_WORDS((mask >> i & 1) != 0 ? (uint32_t)a.words[i] + (uint32_t)b.words[i]
                                   : (uint32_t)otherwise.words[i]);
}
/* Unsigned bytes of a times signed ones of b. */
static inline struct plain512 plain_dpbusd(struct plain512 sum, struct plain512 a,
                                           struct plain512 b)
{
    for (int i = 0; i < 64; i++) {
        const int32_t product = ((const uint8_t *)a.words)[i] * ((const int8_t *)b.words)[i];
        sum.words[i / 4] = (int32_t)((uint32_t)sum.words[i / 4] + (uint32_t)product);
    }
    return sum;
}
static inline __m128i plain_cvtepi32_epi8(struct plain512 a)
{
    int8_t bytes[16];
    __m128i r;
    for (int i = 0; i < 16; i++)
        bytes[i] = (int8_t)a.words[i];
    memcpy(&r, bytes, 16);
    return r;
}
static inline void plain_mask_store_epi8(void *to, uint16_t mask, __m128i a)
{
    int8_t bytes[16];
    memcpy(bytes, &a, 16);
    for (int i = 0; i < 16; i++)
        if ((mask >> i & 1) != 0)
            ((int8_t *)to)[i] = bytes[i];
}

#define __m512i struct plain512
#define _mm512_load_si512 plain_load
#define _mm512_set1_epi32 plain_set1_epi32
#define _mm512_set1_epi64 plain_set1_epi64
#define _mm512_setzero_si512() plain_set1_epi32(0)
#define _mm512_add_epi32 plain_add_epi32
#define _mm512_sub_epi32 plain_sub_epi32
#define _mm512_and_si512 plain_and
#define _mm512_max_epi32 plain_max_epi32
#define _mm512_min_epi32 plain_min_epi32
#define _mm512_add_epi64 plain_add_epi64
#define _mm512_mul_epi32 plain_mul_epi32
#define _mm512_srli_epi64 plain_srli_epi64
#define _mm512_slli_epi64 plain_slli_epi64
#define _mm512_srli_epi32 plain_srli_epi32
#define _mm512_sllv_epi32 plain_sllv_epi32
#define _mm512_srav_epi32 plain_srav_epi32
#undef _mm512_cmpgt_epi32_mask
#define _mm512_cmpgt_epi32_mask plain_cmpgt_epi32
#define _mm512_mask_blend_epi32 plain_mask_blend_epi32
#define _mm512_mask_add_epi32 plain_mask_add_epi32
#define _mm512_dpbusd_epi32 plain_dpbusd
#define _mm512_cvtepi32_epi8 plain_cvtepi32_epi8
#define _mm_mask_storeu_epi8 plain_mask_store_epi8

#endif
