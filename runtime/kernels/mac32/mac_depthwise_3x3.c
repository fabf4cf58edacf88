/* Depthwise 3x3, four channels of one pixel at a time. The addresses of the window's nine pixels
 * are found once for each output pixel; outside the image a pixel of zero points stands in. */
#include "kernels/mac32/mac.h"
#include "kernels/rows.h"
#include "vwwrt.h"

enum { CHANNELS = 4, TAPS = 9, RECORD = 2 * CHANNELS + 1 + TAPS };

/* The three input rows of a window at column 0. Outside the image a row is the pixel of zero points
 * again and again. */
struct rows {
    const int8_t *at[3];
    int32_t step[3];
};

static struct rows rows_of(const struct vwwrt_mac_depthwise_3x3 *op, const int8_t *input,
                           int32_t top)
{
    struct rows rows;
    for (int32_t i = 0; i < 3; i++) {
        const int32_t y = top + i;
        const int inside = y >= 0 && y < op->input_h;
        rows.at[i] = inside ? input + vwwrt_slot(y, op->input_rows) * op->input_w * op->channels
                            : (const int8_t *)op->scratch;
        rows.step[i] = inside ? op->channels : 0;
    }
    return rows;
}

/* The window's pixels, row by row. */
VWWRT_MAC_INLINE void find_taps(const struct vwwrt_mac_depthwise_3x3 *op, const struct rows *rows,
                                int32_t left, const int8_t **taps)
{
    if (left >= 0 && left + 3 <= op->input_w) {
        for (int32_t i = 0; i < 3; i++) {
            const int8_t *from = rows->at[i] + left * rows->step[i];
            *taps++ = from;
            *taps++ = from += rows->step[i];
            *taps++ = from + rows->step[i];
        }
        return;
    }
    for (int32_t i = 0; i < 3; i++)
        for (int32_t x = left; x < left + 3; x++)
            *taps++ = x >= 0 && x < op->input_w ? rows->at[i] + x * rows->step[i]
                                                : (const int8_t *)op->scratch;
}

/* One pixel of the window, four channels. */
#define STEP(tap)                                                                                  \
    do {                                                                                           \
        const int8_t *const x = taps[tap] + c;                                                     \
        s0 += x[0] * w[CHANNELS * (tap)];                                                          \
        s1 += x[1] * w[CHANNELS * (tap) + 1];                                                      \
        s2 += x[2] * w[CHANNELS * (tap) + 2];                                                      \
        s3 += x[3] * w[CHANNELS * (tap) + 3];                                                      \
    } while (0)

/* One output pixel. */
VWWRT_MAC_INLINE void one_pixel(const struct vwwrt_mac_depthwise_3x3 *op, const int8_t *const *taps,
                                struct vwwrt_mac_range range, int8_t *output)
{
    const int32_t *record = op->weights;
    for (int32_t c = 0; c < op->channels; c += CHANNELS, record += RECORD) {
        int32_t s0 = record[0], s1 = record[1], s2 = record[2], s3 = record[3];
        const int8_t *shifts = (const int8_t *)(record + 2 * CHANNELS), *w = shifts + CHANNELS;
        STEP(0);
        STEP(1);
        STEP(2);
        STEP(3);
        STEP(4);
        STEP(5);
        STEP(6);
        STEP(7);
        STEP(8);
        const int32_t *multipliers = record + CHANNELS, offset = range.output_offset;
        output[c] =
            vwwrt_mac_output(s0, vwwrt_mac_channel(multipliers[0], shifts[0], offset), range);
        output[c + 1] =
            vwwrt_mac_output(s1, vwwrt_mac_channel(multipliers[1], shifts[1], offset), range);
        output[c + 2] =
            vwwrt_mac_output(s2, vwwrt_mac_channel(multipliers[2], shifts[2], offset), range);
        output[c + 3] =
            vwwrt_mac_output(s3, vwwrt_mac_channel(multipliers[3], shifts[3], offset), range);
    }
}

VWWRT_MAC_INLINE void all_rows(const struct vwwrt_mac_depthwise_3x3 *op, const int8_t *input,
                               struct vwwrt_mac_range range, int8_t *output, int32_t first,
                               int32_t end)
{
    const int8_t *taps[TAPS];
    for (int32_t y = first; y < end; y++) {
        const struct rows rows = rows_of(op, input, y * op->stride_h - op->pad_top);
        int8_t *to = output + vwwrt_slot(y, op->output_rows) * op->output_w * op->channels;
        for (int32_t x = 0; x < op->output_w; x++, to += op->channels) {
            find_taps(op, &rows, x * op->stride_w - op->pad_left, taps);
            one_pixel(op, taps, range, to);
        }
    }
}

void vwwrt_mac_depthwise_3x3_s8(const struct vwwrt_mac_depthwise_3x3 *op, const int8_t *input,
                                int8_t *output, int32_t first, int32_t end)
{
    int8_t *const zeros = (int8_t *)op->scratch;
    for (int32_t c = 0; c < op->channels; c++)
        zeros[c] = (int8_t)op->input_zero;
    struct vwwrt_mac_range range =
        vwwrt_mac_range(op->output_offset, op->activation_min, op->activation_max);
    if (range.rounds_plainly) {
        range.rounds_plainly = 1;
        all_rows(op, input, range, output, first, end);
    } else {
        range.rounds_plainly = 0;
        all_rows(op, input, range, output, first, end);
    }
}
