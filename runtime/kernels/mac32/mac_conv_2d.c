/* Convolution as a product of matrices, for cores that multiply and add one number at a time: four
 * output pixels times two channels, so that 6 loads serve 8 multiply-adds. The windows of the four
 * pixels lie in scratch, interleaved byte by byte. */
#include "kernels/mac32/mac.h"
#include "kernels/rows.h"
#include "vwwrt.h"

enum { PIXELS = 4, CHANNELS = 2, RECORD = 4 };

/* `count` bytes of one pixel to every fourth byte. */
static int8_t *spread(const int8_t *from, int32_t count, int8_t *to)
{
    for (; count >= 4; count -= 4, from += 4, to += 4 * PIXELS) {
        to[0 * PIXELS] = from[0];
        to[1 * PIXELS] = from[1];
        to[2 * PIXELS] = from[2];
        to[3 * PIXELS] = from[3];
    }
    for (; count > 0; count--, to += PIXELS)
        *to = *from++;
    return to;
}

static int8_t *spread_value(int32_t value, int32_t count, int8_t *to)
{
    for (; count > 0; count--, to += PIXELS)
        *to = (int8_t)value;
    return to;
}

/* The window of one output pixel, in the order of the weights; the input's zero point outside the
 * image, zeros behind the last. */
static void gather(const struct vwwrt_tuned_conv_2d *op, const int8_t *input, int32_t out_y,
                   int32_t out_x, int8_t *to)
{
    const int32_t top = out_y * op->stride_h - op->pad_top;
    const int32_t left = out_x * op->stride_w - op->pad_left;
    int32_t behind = op->depth - op->kernel_h * op->kernel_w * op->input_c;
    for (int32_t y = top; y < top + op->kernel_h; y++) {
        if (y < 0 || y >= op->input_h) {
            to = spread_value(op->input_zero, op->kernel_w * op->input_c, to);
            continue;
        }
        const int8_t *row = input + vwwrt_slot(y, op->input_rows) * op->input_w * op->input_c;
        if (left >= 0 && left + op->kernel_w <= op->input_w) {
            to = spread(row + left * op->input_c, op->kernel_w * op->input_c, to);
            continue;
        }
        for (int32_t x = left; x < left + op->kernel_w; x++)
            to = x < 0 || x >= op->input_w ? spread_value(op->input_zero, op->input_c, to)
                                           : spread(row + x * op->input_c, op->input_c, to);
    }
    spread_value(0, behind, to);
}

/* One input of four pixels times two channels. */
#define STEP()                                                                                     \
    do {                                                                                           \
        const int32_t w0 = w[0], w1 = w[1];                                                        \
        w += CHANNELS;                                                                             \
        int32_t value = x[0];                                                                      \
        s00 += value * w0;                                                                         \
        s01 += value * w1;                                                                         \
        value = x[1];                                                                              \
        s10 += value * w0;                                                                         \
        s11 += value * w1;                                                                         \
        value = x[2];                                                                              \
        s20 += value * w0;                                                                         \
        s21 += value * w1;                                                                         \
        value = x[3];                                                                              \
        x += PIXELS;                                                                               \
        s30 += value * w0;                                                                         \
        s31 += value * w1;                                                                         \
    } while (0)

/* The first `pixels` of the four in scratch, all channels. */
VWWRT_MAC_INLINE void four_pixels(const struct vwwrt_tuned_conv_2d *op, int32_t pixels,
                                  int32_t from_zero, int8_t *output)
{
    const int8_t *const begin = (const int8_t *)op->scratch;
    const int8_t *const end = begin + op->depth * PIXELS;
    const int32_t pairs = (op->output_c + 1) / CHANNELS;
    const int32_t record_bytes = RECORD * (int32_t)sizeof(int32_t) + op->depth * CHANNELS;
    const int8_t *record = (const int8_t *)op->weights;
    const int8_t *shifts = record + pairs * record_bytes;
    const int8_t *const last = shifts + op->output_c;
    for (; shifts < last; record += record_bytes, shifts += CHANNELS, output += CHANNELS) {
        const int32_t *parameters = (const int32_t *)(const void *)record;
        const int8_t *w = record + RECORD * sizeof(int32_t), *x = begin;
        int32_t s00 = parameters[0], s10 = s00, s20 = s00, s30 = s00;
        int32_t s01 = parameters[1], s11 = s01, s21 = s01, s31 = s01;
        while (x != end) {
            STEP();
            STEP();
            STEP();
            STEP();
        }
        const struct vwwrt_mac_channel first =
            vwwrt_mac_channel(parameters[2], shifts[0], op->output_offset);
        const int32_t step = op->output_c;
        output[0] = vwwrt_mac_output(s00, first, from_zero);
        if (pixels > 1)
            output[step] = vwwrt_mac_output(s10, first, from_zero);
        if (pixels > 2)
            output[2 * step] = vwwrt_mac_output(s20, first, from_zero);
        if (pixels > 3)
            output[3 * step] = vwwrt_mac_output(s30, first, from_zero);
        if (shifts + 1 == last)
            return;
        const struct vwwrt_mac_channel second =
            vwwrt_mac_channel(parameters[3], shifts[1], op->output_offset);
        output[1] = vwwrt_mac_output(s01, second, from_zero);
        if (pixels > 1)
            output[step + 1] = vwwrt_mac_output(s11, second, from_zero);
        if (pixels > 2)
            output[2 * step + 1] = vwwrt_mac_output(s21, second, from_zero);
        if (pixels > 3)
            output[3 * step + 1] = vwwrt_mac_output(s31, second, from_zero);
    }
}

/* `count` consecutive output pixels from the start of row y on. input: where reads_in_place, the
 * bytes of the first of them, otherwise the plane. */
VWWRT_MAC_INLINE void all_pixels(const struct vwwrt_tuned_conv_2d *op, const int8_t *input,
                                 int32_t count, int32_t y, int32_t from_zero, int8_t *output)
{
    int8_t *const scratch = (int8_t *)op->scratch;
    int32_t x = 0;
    for (; count > 0; count -= PIXELS) {
        const int32_t together = count < PIXELS ? count : PIXELS;
        for (int32_t i = 0; i < together; i++) {
            if (op->reads_in_place) {
                spread(input, op->depth, scratch + i);
                input += op->depth;
                continue;
            }
            gather(op, input, y, x, scratch + i);
            if (++x == op->output_w) {
                x = 0;
                y++;
            }
        }
        if (together == PIXELS)
            four_pixels(op, PIXELS, from_zero, output);
        else
            four_pixels(op, together, from_zero, output);
        vwwrt_mac_limit(output, together * op->output_c, op->activation_min, op->activation_max);
        output += together * op->output_c;
    }
}

/* Rows that lie one behind the other are one run of pixels. */
VWWRT_MAC_INLINE void all_rows(const struct vwwrt_tuned_conv_2d *op, const int8_t *input,
                               int32_t from_zero, int8_t *output, int32_t first, int32_t end)
{
    for (int32_t y = first; y < end;) {
        const int8_t *from = input;
        int32_t rows = vwwrt_rows_together(y, op->output_rows, end - y);
        if (op->reads_in_place) {
            rows = vwwrt_rows_together(y, op->input_rows, rows);
            from += vwwrt_slot(y, op->input_rows) * op->input_w * op->input_c;
        }
        all_pixels(op, from, rows * op->output_w, y, from_zero,
                   output + vwwrt_slot(y, op->output_rows) * op->output_w * op->output_c);
        y += rows;
    }
}

void vwwrt_mac_conv_2d_s8(const struct vwwrt_tuned_conv_2d *op, const int8_t *input, int8_t *output,
                          int32_t first, int32_t end)
{
    if (op->output_offset == -128)
        all_rows(op, input, 1, output, first, end);
    else
        all_rows(op, input, 0, output, first, end);
}
