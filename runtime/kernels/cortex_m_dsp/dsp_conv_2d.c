/* Convolution as a product of matrices: four output pixels at a time. The windows of the four are
 * widened to pairs of int16 once, in scratch, and multiplied with two channels of weights at a
 * time: one word of weights holds two inputs of two channels, so that three instructions (LDR,
 * SXTB16, SXTB16 ROR 8) make two pairs, each used for four pixels, and each LDRD of two pixels'
 * pairs is used for two channels: 13 instructions for 16 multiply-adds. */
#include "kernels/cortex_m_dsp/dsp.h"
#include "vwwrt.h"

enum { PIXELS = 4, CHANNELS = 2 };

/* The scratch: first the pairs of four pixels, then where a window has to be gathered, its bytes.
 */
static int8_t *window_bytes(const struct vwwrt_dsp_conv_2d *op)
{
    return (int8_t *)(op->scratch + op->depth / 2 * PIXELS);
}

static void copy(int8_t *to, const int8_t *from, int32_t count)
{
    for (; count >= 4; count -= 4, to += 4, from += 4) {
        const uint32_t word = vwwrt_load_word(from);
        to[0] = (int8_t)word;
        to[1] = (int8_t)(word >> 8);
        to[2] = (int8_t)(word >> 16);
        to[3] = (int8_t)(word >> 24);
    }
    for (; count > 0; count--)
        *to++ = *from++;
}

static void fill(int8_t *to, int8_t value, int32_t count)
{
    for (; count > 0; count--)
        *to++ = value;
}

/* The bytes of the window of one output pixel, in the order of the weights; the input's zero point
 * outside the image. */
static void gather(const struct vwwrt_dsp_conv_2d *op, const int8_t *input, int32_t out_y,
                   int32_t out_x, int8_t *to)
{
    const int32_t top = out_y * op->stride_h - op->pad_top;
    const int32_t left = out_x * op->stride_w - op->pad_left;
    const int32_t row_bytes = op->kernel_w * op->input_c;
    for (int32_t ky = 0; ky < op->kernel_h; ky++, to += row_bytes) {
        const int32_t y = top + ky;
        const int8_t *row = input + y * op->input_w * op->input_c;
        if (y < 0 || y >= op->input_h) {
            fill(to, (int8_t)op->input_zero, row_bytes);
        } else if (left >= 0 && left + op->kernel_w <= op->input_w) {
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

VWWRT_DSP_INLINE struct vwwrt_dsp_channel channel_of(const struct vwwrt_dsp_conv_2d *op, int32_t c,
                                                     struct vwwrt_dsp_range range)
{
    return vwwrt_dsp_channel(op->multipliers[c], op->shifts[c], range.output_offset);
}

/* Two inputs of four pixels times two channels. */
#define STEP()                                                                                     \
    do {                                                                                           \
        const uint32_t word = vwwrt_load_word(weights);                                            \
        const uint32_t w0 = vwwrt_sxtb16(word), w1 = vwwrt_sxtb16_odd(word);                       \
        uint32_t p, q;                                                                             \
        weights += 4;                                                                              \
        x = vwwrt_load_two(x, &p, &q);                                                             \
        s00 = vwwrt_smlad(p, w0, s00);                                                             \
        s01 = vwwrt_smlad(p, w1, s01);                                                             \
        s10 = vwwrt_smlad(q, w0, s10);                                                             \
        s11 = vwwrt_smlad(q, w1, s11);                                                             \
        x = vwwrt_load_two(x, &p, &q);                                                             \
        s20 = vwwrt_smlad(p, w0, s20);                                                             \
        s21 = vwwrt_smlad(p, w1, s21);                                                             \
        s30 = vwwrt_smlad(q, w0, s30);                                                             \
        s31 = vwwrt_smlad(q, w1, s31);                                                             \
    } while (0)

VWWRT_DSP_INLINE void four_pixels(const struct vwwrt_dsp_conv_2d *op, struct vwwrt_dsp_range range,
                                  int8_t *output)
{
    const uint32_t *const end = op->scratch + op->depth / 2 * PIXELS;
    const int8_t *weights = op->weights;
    const int32_t step = op->output_c;
    for (int32_t c = 0; c < op->output_c; c += CHANNELS, output += CHANNELS) {
        const uint32_t *x = op->scratch;
        int32_t s00 = op->bias[c], s01 = op->bias[c + 1];
        int32_t s10 = s00, s20 = s00, s30 = s00;
        int32_t s11 = s01, s21 = s01, s31 = s01;
        do {
            STEP();
            STEP();
        } while (x != end);
        int8_t *to = output;
        const struct vwwrt_dsp_channel first = channel_of(op, c, range);
        to[0] = vwwrt_dsp_output(s00, first, range);
        to[step] = vwwrt_dsp_output(s10, first, range);
        to[2 * step] = vwwrt_dsp_output(s20, first, range);
        to[3 * step] = vwwrt_dsp_output(s30, first, range);
        to++;
        const struct vwwrt_dsp_channel second = channel_of(op, c + 1, range);
        to[0] = vwwrt_dsp_output(s01, second, range);
        to[step] = vwwrt_dsp_output(s11, second, range);
        to[2 * step] = vwwrt_dsp_output(s21, second, range);
        to[3 * step] = vwwrt_dsp_output(s31, second, range);
    }
}

/* The last pixels of an image, one by one. */
VWWRT_DSP_INLINE void one_pixel(const struct vwwrt_dsp_conv_2d *op, struct vwwrt_dsp_range range,
                                int8_t *output)
{
    const uint32_t *const end = op->scratch + op->depth / 2 * PIXELS;
    const int8_t *weights = op->weights;
    for (int32_t c = 0; c < op->output_c; c += CHANNELS) {
        int32_t s0 = op->bias[c], s1 = op->bias[c + 1];
        for (const uint32_t *x = op->scratch; x != end; x += PIXELS, weights += 4) {
            const uint32_t word = vwwrt_load_word(weights);
            s0 = vwwrt_smlad(*x, vwwrt_sxtb16(word), s0);
            s1 = vwwrt_smlad(*x, vwwrt_sxtb16_odd(word), s1);
        }
        *output++ = vwwrt_dsp_output(s0, channel_of(op, c, range), range);
        *output++ = vwwrt_dsp_output(s1, channel_of(op, c + 1, range), range);
    }
}

static void widen_pixel(const struct vwwrt_dsp_conv_2d *op, const int8_t *input, int32_t pixel,
                        int32_t y, int32_t x, int32_t slot)
{
    const int8_t *bytes = input + pixel * op->depth;
    if (!op->reads_in_place) {
        gather(op, input, y, x, window_bytes(op));
        bytes = window_bytes(op);
    }
    widen(bytes, op->depth, op->scratch + slot);
}

VWWRT_DSP_INLINE void all_pixels(const struct vwwrt_dsp_conv_2d *op, const int8_t *input,
                                 struct vwwrt_dsp_range range, int8_t *output)
{
    const int32_t count = op->output_h * op->output_w;
    int32_t y = 0, x = 0;
    for (int32_t pixel = 0; pixel < count;) {
        const int32_t together = count - pixel >= PIXELS ? PIXELS : 1;
        for (int32_t i = 0; i < together; i++, pixel++) {
            widen_pixel(op, input, pixel, y, x, i);
            if (++x == op->output_w) {
                x = 0;
                y++;
            }
        }
        if (together == PIXELS)
            four_pixels(op, range, output);
        else
            one_pixel(op, range, output);
        output += together * op->output_c;
    }
}

void vwwrt_dsp_conv_2d_s8(const struct vwwrt_dsp_conv_2d *op, const int8_t *input, int8_t *output)
{
    struct vwwrt_dsp_range range = {op->output_offset, op->activation_min, op->activation_max, 0};
    /* Zeros behind the last window byte, up to a multiple of four, once. */
    if (!op->reads_in_place)
        fill(window_bytes(op) + op->depth - 4, 0, 4);
    if (op->activation_min == op->output_offset && op->activation_min == -128 &&
        op->activation_max == 127) {
        range.rounds_plainly = 1;
        all_pixels(op, input, range, output);
    } else {
        all_pixels(op, input, range, output);
    }
}
