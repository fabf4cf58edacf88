/* Depthwise 3x3, stride 1 or 2 along a row, 16 channels of up to 16 outputs of a row at a time. The
 * three rows under them are interleaved to columns in scratch: for each column of the image and
 * each channel a word of three bytes (and one that does not matter). A gathering load of four words
 * then is the window of an output, and at stride 1 with other weights that of the next as well.
 * Each channel goes along the row with its weights in registers. */
#include "kernels/cortex_m_mve/mve.h"
#include "kernels/rows.h"
#include "vwwrt.h"

enum {
    CHANNELS = 16,
    COLUMN = VWWRT_MVE_COLUMN,
    COLUMNS = 18, /* at most, at a time */
    WEIGHTS = 9
};

/* The three input rows at some column: a row outside the image is one pixel of zero points that is
 * read again and again. */
struct rows {
    const int8_t *at[3];
    int32_t step[3];
};

static int8_t *zeros_of(const struct vwwrt_mve_depthwise_conv_2d *op)
{
    return (int8_t *)op->scratch + COLUMNS * COLUMN;
}

static struct rows rows_of(const struct vwwrt_mve_depthwise_conv_2d *op, const int8_t *input,
                           int32_t top, int32_t channel)
{
    struct rows rows;
    for (int32_t i = 0; i < 3; i++) {
        const int32_t y = top + i;
        const int inside = y >= 0 && y < op->input_h;
        rows.at[i] =
            inside ? input + vwwrt_slot(y, op->input_rows) * op->input_w * op->channels + channel
                   : zeros_of(op);
        rows.step[i] = inside ? op->channels : 0;
    }
    return rows;
}

/* Columns outside the image. */
static int8_t *put_zeros(const struct vwwrt_mve_depthwise_conv_2d *op, int32_t count, int8_t *to)
{
    const vwwrt_mve_bytes zero = vwwrt_mve_all_bytes(op->input_zero);
    for (; count > 0; count--, to += COLUMN)
        vwwrt_mve_interleave(to, zero, zero, zero);
    return to;
}

/* `count` columns from x on, to scratch. */
static void put_columns(const struct vwwrt_mve_depthwise_conv_2d *op, const struct rows *rows,
                        int32_t channels, int32_t x, int32_t count)
{
    int8_t *to = (int8_t *)op->scratch;
    const int32_t end = x + count, inside = end < op->input_w ? end : op->input_w;
    if (x < 0) {
        to = put_zeros(op, end < 0 ? count : -x, to);
        x = 0;
    }
    const int32_t step0 = rows->step[0], step1 = rows->step[1], step2 = rows->step[2];
    const int8_t *at0 = rows->at[0] + x * step0, *at1 = rows->at[1] + x * step1,
                 *at2 = rows->at[2] + x * step2;
    for (; x < inside; x++, to += COLUMN) {
        vwwrt_mve_interleave(to, vwwrt_mve_load_part(at0, channels),
                             vwwrt_mve_load_part(at1, channels),
                             vwwrt_mve_load_part(at2, channels));
        at0 += step0;
        at1 += step1;
        at2 += step2;
    }
    put_zeros(op, end - x, to);
}

/* A channel's weights, as the words of columns 0 to 2 and as those of columns 1 to 3. */
struct weights {
    vwwrt_mve_bytes first, second;
};

VWWRT_MVE_INLINE struct weights weights_of(const int8_t *from)
{
    const vwwrt_mve_byte_offsets offsets = vwwrt_mve_three_of_four();
    return (struct weights){vwwrt_mve_gather_bytes(from, offsets, 0x0777),
                            vwwrt_mve_gather_bytes(from - 3, offsets, 0x7770)};
}

/* The next four sums of one channel. */
VWWRT_MVE_INLINE vwwrt_mve_words four_sums(vwwrt_mve_columns *columns, struct weights w,
                                           int32_t stride)
{
    if (stride == 1) {
        const vwwrt_mve_bytes a = vwwrt_mve_next_columns(columns);
        const vwwrt_mve_bytes b = vwwrt_mve_next_columns(columns);
        return vwwrt_mve_four(vwwrt_mve_dot(a, w.first), vwwrt_mve_dot(a, w.second),
                              vwwrt_mve_dot(b, w.first), vwwrt_mve_dot(b, w.second));
    }
    const int32_t s0 = vwwrt_mve_dot(vwwrt_mve_next_columns(columns), w.first);
    const int32_t s1 = vwwrt_mve_dot(vwwrt_mve_next_columns(columns), w.first);
    const int32_t s2 = vwwrt_mve_dot(vwwrt_mve_next_columns(columns), w.first);
    const int32_t s3 = vwwrt_mve_dot(vwwrt_mve_next_columns(columns), w.first);
    return vwwrt_mve_four(s0, s1, s2, s3);
}

/* `count` outputs of each of `channels` channels from `first` on. */
VWWRT_MVE_INLINE void all_channels(const struct vwwrt_mve_depthwise_conv_2d *op, int32_t first,
                                   int32_t channels, int32_t stride, int32_t count,
                                   const struct vwwrt_mve_range *range, int8_t *output)
{
    const int32_t step = op->channels, *parameters = op->weights + 2 * first;
    const int8_t *weights = (const int8_t *)(op->weights + 2 * step);
    const int8_t *shifts = weights + WEIGHTS * step + first;
    const int8_t *cells = (const int8_t *)op->scratch;
    const vwwrt_mve_offsets where = vwwrt_mve_offsets_of(0, step, 2 * step, 3 * step);
    weights += WEIGHTS * first;
    for (; channels > 0; channels--, weights += WEIGHTS, cells += 4) {
        struct vwwrt_mve_channel channel;
        parameters = vwwrt_mve_load_two(parameters, &channel.bias, &channel.multiplier);
        channel.shift = *shifts++;
        const struct weights w = weights_of(weights);
        vwwrt_mve_columns columns = vwwrt_mve_columns_from(cells);
        int8_t *to = output++;
        for (int32_t i = count >> 2; i > 0; i--, to += 4 * step)
            vwwrt_mve_scatter_words(to, where,
                                    vwwrt_mve_outputs(four_sums(&columns, w, stride), channel,
                                                      range, range->rounds_plainly));
        if (count & 3)
            vwwrt_mve_scatter_some(to, where,
                                   vwwrt_mve_outputs(four_sums(&columns, w, stride), channel, range,
                                                     range->rounds_plainly),
                                   count & 3);
    }
}

VWWRT_MVE_INLINE void all_rows(const struct vwwrt_mve_depthwise_conv_2d *op, const int8_t *input,
                               int32_t stride, const struct vwwrt_mve_range *range, int8_t *output,
                               int32_t first, int32_t end)
{
    const int32_t most = (COLUMNS - 2) / stride;
    for (int32_t y = first; y < end; y++) {
        int8_t *to = output + vwwrt_slot(y, op->output_rows) * op->output_w * op->channels;
        for (int32_t c = 0; c < op->channels; c += CHANNELS) {
            const int32_t more = op->channels - c, channels = more < CHANNELS ? more : CHANNELS;
            const struct rows rows = rows_of(op, input, y * op->stride_h - op->pad_top, c);
            for (int32_t x = 0; x < op->output_w; x += most) {
                const int32_t left = op->output_w - x, count = left < most ? left : most;
                put_columns(op, &rows, channels, x * stride - op->pad_left,
                            (count - 1) * stride + 3);
                all_channels(op, c, channels, stride, count, range, to + x * op->channels + c);
            }
        }
    }
}

void vwwrt_mve_depthwise_3x3_s8(const struct vwwrt_mve_depthwise_conv_2d *op, const int8_t *input,
                                int8_t *output, int32_t first, int32_t end)
{
    struct vwwrt_mve_range range =
        vwwrt_mve_range(op->output_offset, op->activation_min, op->activation_max);
    vwwrt_mve_store(zeros_of(op), vwwrt_mve_all_bytes(op->input_zero));
    if (!range.rounds_plainly) {
        all_rows(op, input, op->stride_w, &range, output, first, end);
        return;
    }
    range.rounds_plainly = 1;
    if (op->stride_w == 1)
        all_rows(op, input, 1, &range, output, first, end);
    else
        all_rows(op, input, 2, &range, output, first, end);
}
