/* AVX2: pairs of 16-bit activations and weights, multiplied and added by vpmaddwd. */
#include "interpret/fast.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

typedef __m256i vector;
#define LANES 8
#define ROWS 4
#define ZERO _mm256_setzero_si256()

static inline vector load(const void *at)
{
    return _mm256_load_si256(at);
}

static inline vector broadcast(uint32_t word)
{
    return _mm256_set1_epi32((int)word);
}

static inline vector dot(vector sum, vector a, vector w)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, w));
}

/* vwwrt_high_multiply: even and odd lanes as 64-bit products; the low 32 bits of a logical right
 * shift by 31 are those of an arithmetic one. Multipliers are not negative, so nothing saturates.
 */
static inline vector high_multiply(vector x, vector multipliers)
{
    const vector half = _mm256_set1_epi64x(1 << 30);
    const vector even = _mm256_add_epi64(_mm256_mul_epi32(x, multipliers), half);
    const vector odd = _mm256_add_epi64(
        _mm256_mul_epi32(_mm256_srli_epi64(x, 32), _mm256_srli_epi64(multipliers, 32)), half);
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xaa);
}

/* vwwrt_rounding_divide */
static inline vector rounding_divide(vector x, vector exponents)
{
    const vector one = _mm256_set1_epi32(1);
    const vector mask = _mm256_sub_epi32(_mm256_sllv_epi32(one, exponents), one);
    const vector remainder = _mm256_and_si256(x, mask);
    const vector threshold = _mm256_add_epi32(_mm256_srli_epi32(mask, 1), _mm256_srli_epi32(x, 31));
    /* The comparison is -1 where it holds. */
    return _mm256_sub_epi32(_mm256_srav_epi32(x, exponents),
                            _mm256_cmpgt_epi32(remainder, threshold));
}

static inline vector finish(const struct vww_fast_channels *channels, int32_t at, vector sum)
{
    vector x = _mm256_add_epi32(sum, load(channels->constants + at));
    x = high_multiply(_mm256_sllv_epi32(x, load(channels->left + at)),
                      load(channels->multipliers + at));
    x = rounding_divide(x, load(channels->right + at));
    x = _mm256_add_epi32(x, _mm256_set1_epi32(channels->output_offset));
    x = _mm256_max_epi32(x, _mm256_set1_epi32(channels->low));
    return _mm256_min_epi32(x, _mm256_set1_epi32(channels->high));
}

static inline void store(int8_t *to, vector v, int32_t count)
{
    const vector words = _mm256_permute4x64_epi64(_mm256_packs_epi32(v, v), 0x08);
    const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm_setzero_si128());
    if (count == LANES) {
        _mm_storel_epi64((__m128i *)(void *)to, bytes);
    } else {
        int8_t all[16];
        _mm_storeu_si128((__m128i *)(void *)all, bytes);
        memcpy(to, all, (size_t)count);
    }
}

#include "interpret/fast_product.h"

/* 16 channels of one output pixel. packs_epi32 undoes the order that unpacklo and unpackhi made. */
static inline __m128i sixteen_channels(const struct vww_fast_depthwise *d, const int16_t *window,
                                       const int16_t *weights, int32_t at)
{
    vector low = ZERO, high = ZERO;
    for (int32_t i = 0; i < d->pairs; i++) {
        const vector a = _mm256_load_si256((const void *)(window + d->offsets[2 * i]));
        const vector b = _mm256_load_si256((const void *)(window + d->offsets[2 * i + 1]));
        low = dot(low, _mm256_unpacklo_epi16(a, b), load(weights + 32 * i));
        high = dot(high, _mm256_unpackhi_epi16(a, b), load(weights + 32 * i + 16));
    }
    const vector words =
        _mm256_packs_epi32(finish(&d->channels, at, low), finish(&d->channels, at + 8, high));
    return _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

static void depthwise(const struct vww_fast_depthwise *d, const int16_t *image, int8_t *output)
{
    for (int32_t y = 0; y < d->output_h; y++)
        for (int32_t x = 0; x < d->output_w; x++) {
            const int16_t *window =
                image + (size_t)y * (size_t)d->row_step + (size_t)x * (size_t)d->pixel_step;
            for (int32_t c = 0; c < d->columns; c += 16) {
                const __m128i bytes = sixteen_channels(
                    d, window + c, d->weights + (size_t)c * (size_t)d->pairs * 2, c);
                if (c + 16 <= d->columns)
                    _mm_storeu_si128((__m128i *)(void *)(output + c), bytes);
                else if (c + 8 == d->columns)
                    _mm_storel_epi64((__m128i *)(void *)(output + c), bytes);
                else
                    memcpy(output + c, &bytes, (size_t)(d->columns - c));
            }
            output += d->columns;
        }
}

const struct vww_fast_kernels vww_fast_avx2 = {.name = "avx2",
                                               .lanes = LANES,
                                               .activation_bytes = 2,
                                               .product = product,
                                               .depthwise = depthwise};
#endif
