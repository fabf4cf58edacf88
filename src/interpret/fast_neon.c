/* NEON, which every 64-bit Arm has: 16-bit activations and weights. */
#if defined(__aarch64__)
#include "interpret/fast_neon.h"

/* Pairs of products in each lane. */
static inline vector dot(vector sum, vector a, vector w)
{
    const int16x8_t x = vreinterpretq_s16_s32(a), y = vreinterpretq_s16_s32(w);
    const vector low = vmull_s16(vget_low_s16(x), vget_low_s16(y));
    const vector high = vmull_high_s16(x, y);
    return vaddq_s32(sum, vpaddq_s32(low, high));
}

#include "interpret/fast_product.h"

/* sum + the products of two taps a, b with their weights, for four channels. */
static inline vector two_taps(vector sum, int16x4_t a, int16x4_t b, int16x4_t wa, int16x4_t wb)
{
    return vmlal_s16(vmlal_s16(sum, a, wa), b, wb);
}

/* 16 channels of one output pixel. The weights are in the order of fast.h: channels 0 … 3, 8 … 11,
 * 4 … 7, 12 … 15, each with both taps' weights side by side. */
static inline int8x16_t sixteen_channels(const struct vww_fast_depthwise *d, const int16_t *window,
                                         const int16_t *weights, int32_t at)
{
    vector sums[4] = {ZERO, ZERO, ZERO, ZERO};
    for (int32_t i = 0; i < d->pairs; i++) {
        const int16_t *a = window + d->offsets[2 * i], *b = window + d->offsets[2 * i + 1];
        const int16x8x2_t first = vld2q_s16(weights + 32 * i);
        const int16x8x2_t second = vld2q_s16(weights + 32 * i + 16);
        sums[0] = two_taps(sums[0], vld1_s16(a), vld1_s16(b), vget_low_s16(first.val[0]),
                           vget_low_s16(first.val[1]));
        sums[1] = two_taps(sums[1], vld1_s16(a + 8), vld1_s16(b + 8), vget_high_s16(first.val[0]),
                           vget_high_s16(first.val[1]));
        sums[2] = two_taps(sums[2], vld1_s16(a + 4), vld1_s16(b + 4), vget_low_s16(second.val[0]),
                           vget_low_s16(second.val[1]));
        sums[3] = two_taps(sums[3], vld1_s16(a + 12), vld1_s16(b + 12),
                           vget_high_s16(second.val[0]), vget_high_s16(second.val[1]));
    }
    int16x4_t words[4];
    for (int k = 0; k < 4; k++)
        words[k] = vmovn_s32(finish(&d->channels, at + 4 * k, sums[k]));
    return vcombine_s8(vmovn_s16(vcombine_s16(words[0], words[2])),
                       vmovn_s16(vcombine_s16(words[1], words[3])));
}

static void depthwise(const struct vww_fast_depthwise *d, const int16_t *image, int8_t *output)
{
    for (int32_t y = 0; y < d->output_h; y++)
        for (int32_t x = 0; x < d->output_w; x++) {
            const int16_t *window =
                image + (size_t)y * (size_t)d->row_step + (size_t)x * (size_t)d->pixel_step;
            for (int32_t c = 0; c < d->columns; c += 16) {
                const int8x16_t bytes = sixteen_channels(
                    d, window + c, d->weights + (size_t)c * (size_t)d->pairs * 2, c);
                int8_t all[16];
                if (c + 16 <= d->columns) {
                    vst1q_s8(output + c, bytes);
                } else {
                    vst1q_s8(all, bytes);
                    memcpy(output + c, all, (size_t)(d->columns - c));
                }
            }
            output += d->columns;
        }
}

const struct vww_fast_kernels vww_fast_neon = {.name = "neon",
                                               .lanes = LANES,
                                               .activation_bytes = 2,
                                               .product = product,
                                               .depthwise = depthwise};
#endif
