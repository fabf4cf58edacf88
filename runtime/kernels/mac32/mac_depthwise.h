/* Depthwise convolutions, four channels of one pixel at a time. The addresses of the window's
 * pixels are found once for each output pixel; outside the image a pixel of zero points stands in.
 */
#ifndef VWWRT_KERNELS_MAC_DEPTHWISE_H
#define VWWRT_KERNELS_MAC_DEPTHWISE_H

#include "kernels/mac32/mac.h"
#include "kernels/rows.h"
#include "vwwrt.h"

/* Channels at a time, and what a record of so many begins with: biases, multipliers, shifts. */
enum { VWWRT_MAC_FOUR = 4, VWWRT_MAC_HEAD = 2 * VWWRT_MAC_FOUR + 1 };

/* An input row of a window at column 0. Outside the image it is the pixel of zero points again and
 * again. */
struct vwwrt_mac_row {
    const int8_t *at;
    int32_t step;
};

/* A row of output pixels: its operator, the side of its window (a constant), room for so many rows
 * and so many pixels of a window. */
struct vwwrt_mac_window {
    const struct vwwrt_tuned_depthwise *op;
    int32_t side;
    struct vwwrt_mac_row *rows;
    const int8_t **taps;
};

VWWRT_MAC_INLINE void vwwrt_mac_find_rows(struct vwwrt_mac_window window, const int8_t *input,
                                          int32_t top)
{
    const struct vwwrt_tuned_depthwise *op = window.op;
    for (int32_t i = 0; i < window.side; i++) {
        const int32_t y = top + i;
        const int inside = y >= 0 && y < op->input_h;
        window.rows[i].at = inside
                                ? input + vwwrt_slot(y, op->input_rows) * op->input_w * op->channels
                                : (const int8_t *)op->scratch;
        window.rows[i].step = inside ? op->channels : 0;
    }
}

/* The window's pixels, row by row. */
VWWRT_MAC_INLINE void vwwrt_mac_find_taps(struct vwwrt_mac_window window, int32_t left)
{
    const struct vwwrt_tuned_depthwise *op = window.op;
    const struct vwwrt_mac_row *const end = window.rows + window.side;
    const int8_t **taps = window.taps;
    if (left >= 0 && left + window.side <= op->input_w) {
        for (const struct vwwrt_mac_row *row = window.rows; row != end; row++) {
            const int8_t *from = row->at + left * row->step;
            for (int32_t i = 0; i < window.side; i++, from += row->step)
                *taps++ = from;
        }
        return;
    }
    for (const struct vwwrt_mac_row *row = window.rows; row != end; row++)
        for (int32_t x = left; x < left + window.side; x++)
            *taps++ =
                x >= 0 && x < op->input_w ? row->at + x * row->step : (const int8_t *)op->scratch;
}

/* One pixel of the window, four channels. */
#define VWWRT_MAC_STEP(tap)                                                                        \
    do {                                                                                           \
        const int8_t *const x = taps[tap] + c;                                                     \
        s0 += x[0] * w[VWWRT_MAC_FOUR * (tap)];                                                    \
        s1 += x[1] * w[VWWRT_MAC_FOUR * (tap) + 1];                                                \
        s2 += x[2] * w[VWWRT_MAC_FOUR * (tap) + 2];                                                \
        s3 += x[3] * w[VWWRT_MAC_FOUR * (tap) + 3];                                                \
    } while (0)

/* One output pixel. */
VWWRT_MAC_INLINE void vwwrt_mac_one_pixel(struct vwwrt_mac_window window, int32_t from_zero,
                                          int8_t *output)
{
    const int32_t record_words = VWWRT_MAC_HEAD + window.side * window.side;
    const int32_t channels = window.op->channels, offset = window.op->output_offset;
    const int32_t *record = window.op->weights;
    int32_t next = vwwrt_first_four(channels);
    for (int32_t c = 0; c < channels; c += next, next = VWWRT_MAC_FOUR, record += record_words) {
        int32_t s0 = record[0], s1 = record[1], s2 = record[2], s3 = record[3];
        const int8_t *shifts = (const int8_t *)(record + 2 * VWWRT_MAC_FOUR);
        const int8_t *w = shifts + VWWRT_MAC_FOUR, *const *taps = window.taps;
        if (window.side == 3) {
            VWWRT_MAC_STEP(0);
            VWWRT_MAC_STEP(1);
            VWWRT_MAC_STEP(2);
            VWWRT_MAC_STEP(3);
            VWWRT_MAC_STEP(4);
            VWWRT_MAC_STEP(5);
            VWWRT_MAC_STEP(6);
            VWWRT_MAC_STEP(7);
            VWWRT_MAC_STEP(8);
        } else {
            const int8_t *const *const end = taps + window.side * window.side;
            for (; taps != end; taps += 5, w += 5 * VWWRT_MAC_FOUR) {
                VWWRT_MAC_STEP(0);
                VWWRT_MAC_STEP(1);
                VWWRT_MAC_STEP(2);
                VWWRT_MAC_STEP(3);
                VWWRT_MAC_STEP(4);
            }
        }
        const int32_t *multipliers = record + VWWRT_MAC_FOUR;
        output[c] =
            vwwrt_mac_output(s0, vwwrt_mac_channel(multipliers[0], shifts[0], offset), from_zero);
        output[c + 1] =
            vwwrt_mac_output(s1, vwwrt_mac_channel(multipliers[1], shifts[1], offset), from_zero);
        output[c + 2] =
            vwwrt_mac_output(s2, vwwrt_mac_channel(multipliers[2], shifts[2], offset), from_zero);
        output[c + 3] =
            vwwrt_mac_output(s3, vwwrt_mac_channel(multipliers[3], shifts[3], offset), from_zero);
    }
}

VWWRT_MAC_INLINE void vwwrt_mac_all_rows(struct vwwrt_mac_window window, const int8_t *input,
                                         int32_t from_zero, int8_t *output, int32_t first,
                                         int32_t end)
{
    const struct vwwrt_tuned_depthwise *op = window.op;
    for (int32_t y = first; y < end; y++) {
        vwwrt_mac_find_rows(window, input, y * op->stride - op->pad_top);
        int8_t *to = output + vwwrt_slot(y, op->output_rows) * op->output_w * op->channels;
        for (int32_t x = 0; x < op->output_w; x++, to += op->channels) {
            vwwrt_mac_find_taps(window, x * op->stride - op->pad_left);
            vwwrt_mac_one_pixel(window, from_zero, to);
        }
        vwwrt_mac_limit(to - op->output_w * op->channels, op->output_w * op->channels,
                        op->activation_min, op->activation_max);
    }
}

VWWRT_MAC_INLINE void vwwrt_mac_depthwise(struct vwwrt_mac_window window, const int8_t *input,
                                          int8_t *output, int32_t first, int32_t end)
{
    const struct vwwrt_tuned_depthwise *op = window.op;
    int8_t *const zeros = (int8_t *)op->scratch;
    for (int32_t c = 0; c < op->channels; c++)
        zeros[c] = (int8_t)op->input_zero;
    if (op->output_offset == -128)
        vwwrt_mac_all_rows(window, input, 1, output, first, end);
    else
        vwwrt_mac_all_rows(window, input, 0, output, first, end);
}

#endif
