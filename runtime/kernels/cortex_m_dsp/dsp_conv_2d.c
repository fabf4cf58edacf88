/* Convolution as a product of matrices: four output pixels at a time. The windows of the four are
 * widened to pairs of int16 once, in scratch, and multiplied with two channels of weights at a
 * time: one word of weights holds two inputs of two channels, so that three instructions (LDR,
 * SXTB16, SXTB16 ROR 8) make two pairs, each used for four pixels, and each LDRD of two pixels'
 * pairs is used for two channels: 13 instructions for 16 multiply-adds. */
#include "kernels/cortex_m_dsp/dsp.h"
#include "kernels/rows.h"
#include "vwwrt.h"

enum { PIXELS = 4, CHANNELS = 2 };

/* The scratch: first the pairs of four pixels, then where a window has to be gathered, its bytes.
 */
static int8_t *window_bytes(const struct vwwrt_tuned_conv_2d *op)
{
    return (int8_t *)(op->scratch + (op->depth >> 1) * PIXELS);
}

/* Word by word; the last word may overlap the one before. */
static void copy(int8_t *to, const int8_t *from, int32_t count)
{
    if (count < 4) {
        for (int32_t i = 0; i < count; i++)
            to[i] = from[i];
        return;
    }
    int32_t i = 0;
    for (; i < count - 4; i += 4)
        vwwrt_store_word(to + i, vwwrt_load_word(from + i));
    vwwrt_store_word(to + count - 4, vwwrt_load_word(from + count - 4));
}

static void fill(int8_t *to, int8_t value, int32_t count)
{
    for (; count > 0; count--)
        *to++ = value;
}

/* The bytes of the window of one output pixel, in the order of the weights; the input's zero point
 * outside the image. */
static void gather(const struct vwwrt_tuned_conv_2d *op, const int8_t *input, int32_t out_y,
                   int32_t out_x, int8_t *to)
{
    const int32_t top = out_y * op->stride_h - op->pad_top;
    const int32_t left = out_x * op->stride_w - op->pad_left;
    const int32_t row_bytes = op->kernel_w * op->input_c;
    for (int32_t ky = 0; ky < op->kernel_h; ky++, to += row_bytes) {
        const int32_t y = top + ky;
        if (y < 0 || y >= op->input_h) {
            fill(to, (int8_t)op->input_zero, row_bytes);
            continue;
        }
        const int8_t *row = input + vwwrt_slot(y, op->input_rows) * op->input_w * op->input_c;
        if (left >= 0 && left + op->kernel_w <= op->input_w) {
            copy(to, row + left * op->input_c, row_bytes);
        } else {
            for (int32_t kx = 0; kx < op->kernel_w; kx++) {
                const int32_t x = left + kx;
                if (x < 0 || x >= op->input_w)
                    fill(to + kx * op->input_c, (int8_t)op->input_zero, op->input_c);
                else
                    copy(to + kx * op->input_c, row + x * op->input_c, op->input_c);
            }
        }
    }
}

/* `depth` bytes of one pixel, doubled, as pairs (0,2), (1,3), (4,6), … in every fourth word. */
static void widen(const int8_t *from, int32_t depth, uint32_t *to)
{
    const uint32_t *end = to + depth / 2 * PIXELS;
    for (; to != end; to += 2 * PIXELS, from += 4) {
        const uint32_t word = vwwrt_load_word(from);
        to[0] = vwwrt_double_pair(vwwrt_sxtb16(word));
        to[PIXELS] = vwwrt_double_pair(vwwrt_sxtb16_odd(word));
    }
}

/* One channel's output parameters: its multiplier and its shift to the right. */
VWWRT_DSP_INLINE struct vwwrt_dsp_channel channel_of(uint32_t multiplier, int8_t shift,
                                                     struct vwwrt_dsp_range range)
{
    return vwwrt_dsp_channel((int32_t)multiplier, shift, range.output_offset);
}

/* Two inputs of two pixels times two channels. */
#define MULTIPLY(first, second)                                                                    \
    do {                                                                                           \
        uint32_t p, q;                                                                             \
        x = vwwrt_load_two(x, &p, &q);                                                             \
        vwwrt_accumulate(&s##first##0, p, w0);                                                     \
        vwwrt_accumulate(&s##first##1, p, w1);                                                     \
        vwwrt_accumulate(&s##second##0, q, w0);                                                    \
        vwwrt_accumulate(&s##second##1, q, w1);                                                    \
    } while (0)

/* Two inputs of four pixels times two channels. */
#define STEP()                                                                                     \
    do {                                                                                           \
        const uint32_t word = *at++;                                                               \
        const uint32_t w0 = vwwrt_sxtb16(word), w1 = vwwrt_sxtb16_odd(word);                       \
        MULTIPLY(0, 1);                                                                            \
        MULTIPLY(2, 3);                                                                            \
    } while (0)

VWWRT_DSP_INLINE void four_pixels(const struct vwwrt_tuned_conv_2d *op, const int8_t *shifts,
                                  struct vwwrt_dsp_range range, int8_t *output)
{
    const uint32_t *const begin = op->scratch, *const end = begin + (op->depth >> 1) * PIXELS;
    const uint32_t *at = (const uint32_t *)op->weights;
    const int32_t step = op->output_c;
    const int odd = op->depth & 4;
    int8_t *const last = output + step;
    for (; output != last; output += CHANNELS, shifts += CHANNELS) {
        const uint32_t *x = begin;
        uint32_t b0, b1, m0, m1;
        at = vwwrt_load_two(at, &b0, &b1);
        int32_t s00 = (int32_t)b0, s10 = s00, s20 = s00, s30 = s00;
        int32_t s01 = (int32_t)b1, s11 = s01, s21 = s01, s31 = s01;
        if (odd) {
            STEP();
            STEP();
        }
        while (x != end) {
            STEP();
            STEP();
            STEP();
            STEP();
        }
        at = vwwrt_load_two(at, &m0, &m1);
        const struct vwwrt_dsp_channel first = channel_of(m0, shifts[0], range);
        int8_t *to = output;
        *to = vwwrt_dsp_output(s00, first, range);
        to += step;
        *to = vwwrt_dsp_output(s10, first, range);
        to += step;
        *to = vwwrt_dsp_output(s20, first, range);
        to += step;
        *to = vwwrt_dsp_output(s30, first, range);
        to++;
        const struct vwwrt_dsp_channel second = channel_of(m1, shifts[1], range);
        *to = vwwrt_dsp_output(s31, second, range);
        to -= step;
        *to = vwwrt_dsp_output(s21, second, range);
        to -= step;
        *to = vwwrt_dsp_output(s11, second, range);
        to -= step;
        *to = vwwrt_dsp_output(s01, second, range);
    }
}

/* The last two or three pixels of a run. */
VWWRT_DSP_INLINE void two_pixels(const struct vwwrt_tuned_conv_2d *op, const int8_t *shifts,
                                 struct vwwrt_dsp_range range, int8_t *output)
{
    const uint32_t *const begin = op->scratch, *const end = begin + (op->depth >> 1) * PIXELS;
    const uint32_t *at = (const uint32_t *)op->weights;
    const int32_t step = op->output_c;
    int8_t *const last = output + step;
    for (; output != last; output += CHANNELS, shifts += CHANNELS) {
        const uint32_t *x = begin;
        uint32_t b0, b1, m0, m1;
        at = vwwrt_load_two(at, &b0, &b1);
        int32_t s00 = (int32_t)b0, s10 = s00, s01 = (int32_t)b1, s11 = s01;
        while (x != end) {
            for (int i = 0; i < 2; i++, x += PIXELS - 2) {
                const uint32_t word = *at++;
                const uint32_t w0 = vwwrt_sxtb16(word), w1 = vwwrt_sxtb16_odd(word);
                MULTIPLY(0, 1);
            }
        }
        at = vwwrt_load_two(at, &m0, &m1);
        const struct vwwrt_dsp_channel first = channel_of(m0, shifts[0], range);
        output[0] = vwwrt_dsp_output(s00, first, range);
        output[step] = vwwrt_dsp_output(s10, first, range);
        const struct vwwrt_dsp_channel second = channel_of(m1, shifts[1], range);
        output[1] = vwwrt_dsp_output(s01, second, range);
        output[step + 1] = vwwrt_dsp_output(s11, second, range);
    }
}

/* The very last pixel. */
VWWRT_DSP_INLINE void one_pixel(const struct vwwrt_tuned_conv_2d *op, const int8_t *shifts,
                                struct vwwrt_dsp_range range, int8_t *output)
{
    const uint32_t *const begin = op->scratch, *const end = begin + (op->depth >> 1) * PIXELS;
    const uint32_t *at = (const uint32_t *)op->weights;
    int8_t *const last = output + op->output_c;
    for (; output != last; output += CHANNELS, shifts += CHANNELS) {
        uint32_t b0, b1, m0, m1;
        at = vwwrt_load_two(at, &b0, &b1);
        int32_t s0 = (int32_t)b0, s1 = (int32_t)b1;
        for (const uint32_t *x = begin; x != end; x += 2 * PIXELS) {
            uint32_t word = *at++;
            s0 = vwwrt_smlad(x[0], vwwrt_sxtb16(word), s0);
            s1 = vwwrt_smlad(x[0], vwwrt_sxtb16_odd(word), s1);
            word = *at++;
            s0 = vwwrt_smlad(x[PIXELS], vwwrt_sxtb16(word), s0);
            s1 = vwwrt_smlad(x[PIXELS], vwwrt_sxtb16_odd(word), s1);
        }
        at = vwwrt_load_two(at, &m0, &m1);
        output[0] = vwwrt_dsp_output(s0, channel_of(m0, shifts[0], range), range);
        output[1] = vwwrt_dsp_output(s1, channel_of(m1, shifts[1], range), range);
    }
}

/* Consecutive output pixels: how many, and the first one's place. */
struct run {
    int32_t pixels, y, x;
};

/* The window of the run's next pixel, gathered from the plane. */
static void widen_window(const struct vwwrt_tuned_conv_2d *op, const int8_t *input, struct run *run,
                         int32_t slot)
{
    gather(op, input, run->y, run->x, window_bytes(op));
    widen(window_bytes(op), op->depth, op->scratch + slot);
    if (++run->x == op->output_w) {
        run->x = 0;
        run->y++;
    }
}

/* input: where reads_in_place, the bytes of the run's first pixel, otherwise the plane. */
VWWRT_DSP_INLINE void all_pixels(const struct vwwrt_tuned_conv_2d *op, const int8_t *input,
                                 struct run run, struct vwwrt_dsp_range range, int8_t *output)
{
    const int8_t *const shifts =
        (const int8_t *)(op->weights + op->output_c / CHANNELS * (op->depth / 2 + 4));
    while (run.pixels > 0) {
        const int32_t together = run.pixels >= PIXELS ? PIXELS : run.pixels >= 2 ? 2 : 1;
        for (int32_t i = 0; i < together; i++) {
            if (op->reads_in_place) {
                widen(input, op->depth, op->scratch + i);
                input += op->depth;
            } else {
                widen_window(op, input, &run, i);
            }
        }
        run.pixels -= together;
        if (together == PIXELS)
            four_pixels(op, shifts, range, output);
        else if (together == 2)
            two_pixels(op, shifts, range, output);
        else
            one_pixel(op, shifts, range, output);
        output += together * op->output_c;
    }
}

/* Rows that lie one behind the other are one run of pixels. */
VWWRT_DSP_INLINE void all_rows(const struct vwwrt_tuned_conv_2d *op, const int8_t *input,
                               struct vwwrt_dsp_range range, int8_t *output, int32_t first,
                               int32_t end)
{
    const int32_t input_bytes = op->input_w * op->input_c;
    const int32_t output_bytes = op->output_w * op->output_c;
    for (int32_t y = first; y < end;) {
        const int8_t *from = input;
        int32_t rows = vwwrt_rows_together(y, op->output_rows, end - y);
        if (op->reads_in_place) {
            rows = vwwrt_rows_together(y, op->input_rows, rows);
            from += vwwrt_slot(y, op->input_rows) * input_bytes;
        }
        all_pixels(op, from, (struct run){rows * op->output_w, y, 0}, range,
                   output + vwwrt_slot(y, op->output_rows) * output_bytes);
        y += rows;
    }
}

void vwwrt_dsp_conv_2d_s8(const struct vwwrt_tuned_conv_2d *op, const int8_t *input, int8_t *output,
                          int32_t first, int32_t end)
{
    struct vwwrt_dsp_range range = {op->output_offset, op->activation_min, op->activation_max, 0};
    /* Zeros behind the last window byte, up to a multiple of four, once. */
    if (!op->reads_in_place)
        fill(window_bytes(op) + op->depth - 4, 0, 4);
    if (op->activation_min == op->output_offset && op->activation_min == -128 &&
        op->activation_max == 127) {
        range.rounds_plainly = 1;
        all_rows(op, input, range, output, first, end);
    } else {
        all_rows(op, input, range, output, first, end);
    }
}
