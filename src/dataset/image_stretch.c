#include "dataset/image_stretch.h"

#ifdef __SSE2__
#include <emmintrin.h>
#include <string.h>

#define HALF (1 << (VWWRT_RESIZE_WEIGHT_BITS - 1))

/* Two pixels, R G B R G B, as 16 bits; the sums of red, green and blue by their weights are added
 * to sums. weights: both, in each of 4 lanes. */
static __m128i add_two(__m128i sums, __m128i pixels, __m128i weights)
{
    const __m128i pairs = _mm_unpacklo_epi16(pixels, _mm_srli_si128(pixels, 6));
    return _mm_add_epi32(sums, _mm_madd_epi16(pairs, weights));
}

static __m128i widen(__m128i bytes)
{
    return _mm_unpacklo_epi8(bytes, _mm_setzero_si128());
}

static void stretch_rgb(const struct vwwrt_resize_axis *axis, const uint8_t *row, uint8_t *out)
{
    const uint8_t *const end = row + 3 * (size_t)axis->in;
    const int16_t *weight = axis->weight;
    for (int32_t o = 0; o < axis->out; o++, weight += axis->taps, out += 3) {
        const uint8_t *in = row + 3 * (size_t)axis->first[o];
        __m128i sums = _mm_set1_epi32(HALF);
        int32_t k = 0;
        for (; k + 4 <= axis->taps && end - in >= 16; k += 4, in += 12) {
            const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)in);
            const __m128i four = _mm_loadl_epi64((const __m128i *)(const void *)(weight + k));
            sums = add_two(sums, widen(bytes), _mm_shuffle_epi32(four, 0x00));
            sums = add_two(sums, widen(_mm_srli_si128(bytes, 6)), _mm_shuffle_epi32(four, 0x55));
        }
        for (; k + 2 <= axis->taps && end - in >= 8; k += 2, in += 6) {
            int32_t two;
            memcpy(&two, weight + k, sizeof two);
            const __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)in);
            sums = add_two(sums, widen(bytes), _mm_set1_epi32(two));
        }
        for (; k < axis->taps; k++, in += 3) {
            const int32_t pixel = in[0] | in[1] << 8 | in[2] << 16;
            sums =
                add_two(sums, widen(_mm_cvtsi32_si128(pixel)), _mm_set1_epi32((uint16_t)weight[k]));
        }
        sums = _mm_srai_epi32(sums, VWWRT_RESIZE_WEIGHT_BITS);
        sums = _mm_packs_epi32(sums, sums);
        const uint32_t three = (uint32_t)_mm_cvtsi128_si32(_mm_packus_epi16(sums, sums));
        out[0] = (uint8_t)three;
        out[1] = (uint8_t)(three >> 8);
        out[2] = (uint8_t)(three >> 16);
    }
}

static void push(struct vwwrt_resize *resize, const uint8_t *row)
{
    if (resize->channels != 3 || resize->rows_in >= resize->y.in) {
        vwwrt_resize_push(resize, row);
        return;
    }
    const size_t bytes = 3 * (size_t)resize->x.out;
    stretch_rgb(&resize->x, row, resize->ring + (size_t)(resize->rows_in % resize->y.taps) * bytes);
    resize->rows_in++;
}
#else
static void push(struct vwwrt_resize *resize, const uint8_t *row)
{
    vwwrt_resize_push(resize, row);
}
#endif

void vww_stretch_row(struct vwwrt_resize *resize, const uint8_t *row, uint8_t *out,
                     size_t out_stride)
{
    push(resize, row);
    while (vwwrt_resize_pull(resize, out + (size_t)resize->rows_out * out_stride))
        continue;
}
