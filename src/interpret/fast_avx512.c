/* AVX-512 with VNNI: vpdpbusd multiplies four unsigned bytes (activations plus 128) by four signed
 * ones (weights) and adds them to a 32-bit sum. Depthwise convolutions are those of AVX2. */
#include "interpret/fast.h"

#if defined(__x86_64__)
#include <immintrin.h>

typedef __m512i vector;
#define LANES 16
#define ROWS 8
#define ZERO _mm512_setzero_si512()

static inline vector load(const void *at)
{
    return _mm512_load_si512(at);
}

static inline vector broadcast(uint32_t word)
{
    return _mm512_set1_epi32((int)word);
}

static inline vector dot(vector sum, vector a, vector w)
{
    return _mm512_dpbusd_epi32(sum, a, w);
}

/* As in fast_avx2.c. */
static inline vector high_multiply(vector x, vector multipliers)
{
    const vector half = _mm512_set1_epi64(1 << 30);
    const vector even = _mm512_add_epi64(_mm512_mul_epi32(x, multipliers), half);
    const vector odd = _mm512_add_epi64(
        _mm512_mul_epi32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(multipliers, 32)), half);
    return _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
}

static inline vector rounding_divide(vector x, vector exponents)
{
    const vector one = _mm512_set1_epi32(1);
    const vector mask = _mm512_sub_epi32(_mm512_sllv_epi32(one, exponents), one);
    const vector remainder = _mm512_and_si512(x, mask);
    const vector threshold = _mm512_add_epi32(_mm512_srli_epi32(mask, 1), _mm512_srli_epi32(x, 31));
    const vector quotient = _mm512_srav_epi32(x, exponents);
    return _mm512_mask_add_epi32(quotient, _mm512_cmpgt_epi32_mask(remainder, threshold), quotient,
                                 one);
}

static inline vector finish(const struct vww_fast_channels *channels, int32_t at, vector sum)
{
    vector x = _mm512_add_epi32(sum, load(channels->constants + at));
    x = high_multiply(_mm512_sllv_epi32(x, load(channels->left + at)),
                      load(channels->multipliers + at));
    x = rounding_divide(x, load(channels->right + at));
    x = _mm512_add_epi32(x, _mm512_set1_epi32(channels->output_offset));
    x = _mm512_max_epi32(x, _mm512_set1_epi32(channels->low));
    return _mm512_min_epi32(x, _mm512_set1_epi32(channels->high));
}

static inline void store(int8_t *to, vector v, int32_t count)
{
    const __m128i bytes = _mm512_cvtepi32_epi8(v);
    _mm_mask_storeu_epi8(to, (__mmask16)((1u << count) - 1), bytes);
}

#include "interpret/fast_product.h"

static void depthwise(const struct vww_fast_depthwise *d, const int16_t *image, int8_t *output)
{
    vww_fast_avx2.depthwise(d, image, output);
}

const struct vww_fast_kernels vww_fast_avx512 = {.name = "avx512",
                                                 .lanes = LANES,
                                                 .activation_bytes = 1,
                                                 .product = product,
                                                 .depthwise = depthwise};
#endif
