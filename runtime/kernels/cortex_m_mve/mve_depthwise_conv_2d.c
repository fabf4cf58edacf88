/* Depthwise convolution, 16 channels of four output pixels at a time. The pixels of the windows are
 * read 16 channels at once and scattered so that in scratch the window of each channel lies in 16
 * bytes, or as many times 16 as it takes, zeros behind the last. Then each output is one load and
 * one VMLADAV. */
#include "kernels/cortex_m_mve/mve.h"
#include "kernels/rows.h"
#include "vwwrt.h"

enum { PIXELS = 4, CHANNELS = 16, BLOCK = 16, STEP = CHANNELS * BLOCK };

/* What lies in scratch: for each 16 pixels of the window, for each output pixel, for each channel
 * 16 bytes. */
static int8_t *place_of(const struct vwwrt_mve_depthwise_conv_2d *op, int32_t tap, int32_t pixel)
{
    return (int8_t *)op->scratch + (tap / BLOCK * PIXELS + pixel) * STEP + tap % BLOCK;
}

static int32_t blocks_of(const struct vwwrt_mve_depthwise_conv_2d *op)
{
    return (op->kernel_h * op->kernel_w + BLOCK - 1) / BLOCK;
}

/* The window of one output pixel, `channels` of them from those that input and to are at. */
static void gather(const struct vwwrt_mve_depthwise_conv_2d *op, const int8_t *input,
                   int32_t channels, int32_t out_y, int32_t out_x, int32_t pixel)
{
    const vwwrt_mve_byte_offsets steps = vwwrt_mve_byte_steps(BLOCK);
    const vwwrt_mve_bytes zero = vwwrt_mve_all_bytes(op->input_zero);
    int32_t y = out_y * op->stride_h - op->pad_top, tap = 0;
    for (int32_t ky = op->kernel_h; ky > 0; ky--, y += op->dilation_h) {
        const int8_t *row = input + vwwrt_slot(y, op->input_rows) * op->input_w * op->channels;
        const int32_t width = y >= 0 && y < op->input_h ? op->input_w : 0;
        int32_t x = out_x * op->stride_w - op->pad_left;
        for (int32_t kx = op->kernel_w; kx > 0; kx--, x += op->dilation_w, tap++) {
            vwwrt_mve_bytes bytes = zero;
            if (x >= 0 && x < width)
                bytes = vwwrt_mve_load_part(row + x * op->channels, channels);
            vwwrt_mve_scatter_bytes(place_of(op, tap, pixel), steps, bytes);
        }
    }
}

/* One channel of the four pixels. */
VWWRT_MVE_INLINE vwwrt_mve_words four_sums(const int8_t *x, const int8_t *weights, int32_t blocks)
{
    vwwrt_mve_bytes w = vwwrt_mve_load(weights);
    int32_t s0 = vwwrt_mve_dot(vwwrt_mve_load(x), w);
    int32_t s1 = vwwrt_mve_dot(vwwrt_mve_load(x + STEP), w);
    int32_t s2 = vwwrt_mve_dot(vwwrt_mve_load(x + 2 * STEP), w);
    int32_t s3 = vwwrt_mve_dot(vwwrt_mve_load(x + 3 * STEP), w);
    for (int32_t i = 1; i < blocks; i++) {
        x += PIXELS * STEP;
        weights += BLOCK;
        w = vwwrt_mve_load(weights);
        s0 = vwwrt_mve_dot_add(s0, vwwrt_mve_load(x), w);
        s1 = vwwrt_mve_dot_add(s1, vwwrt_mve_load(x + STEP), w);
        s2 = vwwrt_mve_dot_add(s2, vwwrt_mve_load(x + 2 * STEP), w);
        s3 = vwwrt_mve_dot_add(s3, vwwrt_mve_load(x + 3 * STEP), w);
    }
    return vwwrt_mve_four(s0, s1, s2, s3);
}

/* Channels `first` … of the four pixels in scratch, which go to output + where. */
VWWRT_MVE_INLINE void four_pixels(const struct vwwrt_mve_depthwise_conv_2d *op, int32_t first,
                                  int32_t channels, int32_t blocks,
                                  const struct vwwrt_mve_range *range, vwwrt_mve_offsets where,
                                  int8_t *output)
{
    const int32_t depth = op->kernel_h * op->kernel_w, *parameters = op->weights + 2 * first;
    const int8_t *weights = (const int8_t *)(op->weights + 2 * op->channels);
    const int8_t *x = (const int8_t *)op->scratch;
    weights += first * (depth + 1);
    for (; channels > 0; channels--, x += BLOCK, weights += depth + 1) {
        struct vwwrt_mve_channel channel;
        vwwrt_mve_load_two(&parameters, &channel.bias, &channel.multiplier);
        channel.shift = weights[depth];
        const vwwrt_mve_words sums = four_sums(x, weights, blocks);
        vwwrt_mve_scatter_words(output++, where,
                                vwwrt_mve_outputs(sums, channel, range, range->rounds_plainly));
    }
}

VWWRT_MVE_INLINE void all_rows(const struct vwwrt_mve_depthwise_conv_2d *op, const int8_t *input,
                               int32_t blocks, const struct vwwrt_mve_range *range, int8_t *output,
                               int32_t first, int32_t end)
{
    for (int32_t y = first; y < end; y++) {
        int8_t *to = output + vwwrt_slot(y, op->output_rows) * op->output_w * op->channels;
        for (int32_t x = 0; x < op->output_w; x += PIXELS, to += PIXELS * op->channels) {
            const int32_t left = op->output_w - x, together = left < PIXELS ? left : PIXELS;
            const vwwrt_mve_offsets where = vwwrt_mve_places(together, op->channels);
            for (int32_t c = 0; c < op->channels; c += CHANNELS) {
                const int32_t more = op->channels - c, channels = more < CHANNELS ? more : CHANNELS;
                for (int32_t i = 0; i < PIXELS; i++)
                    gather(op, input + c, channels, y, x + (i < together ? i : together - 1), i);
                four_pixels(op, c, channels, blocks, range, where, to + c);
            }
        }
    }
}

void vwwrt_mve_depthwise_conv_2d_s8(const struct vwwrt_mve_depthwise_conv_2d *op,
                                    const int8_t *input, int8_t *output, int32_t first, int32_t end)
{
    const int32_t blocks = blocks_of(op);
    struct vwwrt_mve_range range =
        vwwrt_mve_range(op->output_offset, op->activation_min, op->activation_max);
    /* Zeros behind the windows, once. */
    int8_t *const last = place_of(op, (blocks - 1) * BLOCK, 0);
    for (int32_t i = 0; i < PIXELS * STEP; i += BLOCK)
        vwwrt_mve_store(last + i, vwwrt_mve_all_bytes(0));
    if (range.rounds_plainly && blocks == 1) {
        range.rounds_plainly = 1;
        all_rows(op, input, 1, &range, output, first, end);
    } else {
        all_rows(op, input, blocks, &range, output, first, end);
    }
}
