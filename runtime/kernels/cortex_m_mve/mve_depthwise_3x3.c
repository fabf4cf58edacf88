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
    RECORD = 10   /* a channel's weights and its shift */
};

/* What the outputs of some channels need, all at hand: of each of `channels` channels (of all
 * `step`) four outputs `fours` times, and those that are set in `rest`. */
struct job {
    const int8_t *columns;
    int32_t channels, step, fours;
    uint16_t rest;
    const int32_t *parameters;
    const int8_t *weights;
    struct vwwrt_mve_range range;
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
    for (int8_t *const end = to + count * COLUMN; to < end; to += CHANNELS)
        vwwrt_mve_store(to, zero);
    return to;
}

/* `count` columns from x on. */
static int8_t *put_inside(const struct rows *rows, int32_t channels, int32_t x, int32_t count,
                          int8_t *to)
{
    const int32_t step0 = rows->step[0], step1 = rows->step[1], step2 = rows->step[2];
    const int8_t *at0 = rows->at[0] + x * step0, *at1 = rows->at[1] + x * step1;
    const int8_t *at2 = rows->at[2] + x * step2;
    for (; count > 0; count--) {
        to = vwwrt_mve_interleave(to, at0, at1, at2, channels);
        at0 += step0;
        at1 += step1;
        at2 += step2;
    }
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
    if (x < inside) {
        to = put_inside(rows, channels, x, inside - x, to);
        x = inside;
    }
    if (x < end)
        put_zeros(op, end - x, to);
}

/* The next four sums of one channel. Weights: the words of columns 0 to 2, and for the output
 * beside it those of columns 1 to 3. */
VWWRT_MVE_INLINE vwwrt_mve_words four_sums(vwwrt_mve_columns *columns, vwwrt_mve_bytes first,
                                           vwwrt_mve_bytes second, int32_t stride)
{
    vwwrt_mve_bytes x = vwwrt_mve_next_columns(columns);
    const int32_t s0 = vwwrt_mve_dot(x, first);
    x = stride == 1 ? x : vwwrt_mve_next_columns(columns);
    const int32_t s1 = vwwrt_mve_dot(x, second);
    x = vwwrt_mve_next_columns(columns);
    const int32_t s2 = vwwrt_mve_dot(x, first);
    x = stride == 1 ? x : vwwrt_mve_next_columns(columns);
    const int32_t s3 = vwwrt_mve_dot(x, second);
    return vwwrt_mve_four(s0, s1, s2, s3);
}

VWWRT_MVE_INLINE void multiply(const struct job *job, int32_t stride, int plainly, int8_t *output)
{
    const struct vwwrt_mve_range range = job->range;
    const int32_t step = job->step, *parameters = job->parameters;
    const int8_t *weights = job->weights, *at = job->columns;
    const int32_t fours = job->fours;
    const uint16_t rest = job->rest;
    const vwwrt_mve_offsets where = vwwrt_mve_offsets_of(0, step, 2 * step, 3 * step);
    for (int8_t *const end = output + job->channels; output != end; at += 4) {
        struct vwwrt_mve_channel channel;
        vwwrt_mve_load_two(&parameters, &channel.bias, &channel.multiplier);
        const vwwrt_mve_bytes first = vwwrt_mve_three_of_four(weights);
        const vwwrt_mve_bytes second = stride == 1 ? vwwrt_mve_word_later(first) : first;
        weights += RECORD;
        channel.shift = weights[-1];
        vwwrt_mve_columns columns = vwwrt_mve_columns_from(at);
        int8_t *to = output++;
        for (int32_t i = fours; i > 0; i--, to += 4 * step)
            vwwrt_mve_scatter_words(to, where,
                                    vwwrt_mve_outputs(four_sums(&columns, first, second, stride),
                                                      channel, &range, plainly));
        if (rest != 0)
            vwwrt_mve_scatter_some(to, where,
                                   vwwrt_mve_outputs(four_sums(&columns, first, second, stride),
                                                     channel, &range, plainly),
                                   rest);
    }
}

/* Functions of their own, so that all of the registers are theirs. */
static VWWRT_MVE_ALONE void multiply_plainly_1(const struct job *job, int8_t *output)
{
    multiply(job, 1, 1, output);
}

static VWWRT_MVE_ALONE void multiply_plainly_2(const struct job *job, int8_t *output)
{
    multiply(job, 2, 1, output);
}

static VWWRT_MVE_ALONE void multiply_exactly_1(const struct job *job, int8_t *output)
{
    multiply(job, 1, 0, output);
}

static VWWRT_MVE_ALONE void multiply_exactly_2(const struct job *job, int8_t *output)
{
    multiply(job, 2, 0, output);
}

/* Up to 16 channels, from `first` on, of an output row. */
static void channels_row(const struct vwwrt_mve_depthwise_conv_2d *op, const struct rows *rows,
                         int32_t first, struct job *job, int8_t *output)
{
    const int32_t most = (COLUMNS - 2) / op->stride_w;
    const int8_t *const weights = (const int8_t *)(op->weights + 2 * op->channels);
    job->parameters = op->weights + 2 * first;
    job->weights = weights + RECORD * first;
    for (int32_t x = 0; x < op->output_w; x += most, output += most * op->channels) {
        const int32_t count = op->output_w - x < most ? op->output_w - x : most;
        job->fours = count >> 2;
        job->rest = (uint16_t)((1u << 4 * (count & 3)) - 1);
        put_columns(op, rows, job->channels, x * op->stride_w - op->pad_left,
                    (count - 1) * op->stride_w + 3);
        if (op->stride_w == 1 && job->range.rounds_plainly)
            multiply_plainly_1(job, output);
        else if (op->stride_w == 1)
            multiply_exactly_1(job, output);
        else if (job->range.rounds_plainly)
            multiply_plainly_2(job, output);
        else
            multiply_exactly_2(job, output);
    }
}

void vwwrt_mve_depthwise_3x3_s8(const struct vwwrt_mve_depthwise_conv_2d *op, const int8_t *input,
                                int8_t *output, int32_t first, int32_t end)
{
    struct job job = {
        .columns = (const int8_t *)op->scratch,
        .step = op->channels,
        .range = vwwrt_mve_range(op->output_offset, op->activation_min, op->activation_max),
    };
    vwwrt_mve_store(zeros_of(op), vwwrt_mve_all_bytes(op->input_zero));
    for (int32_t y = first; y < end; y++) {
        int8_t *to = output + vwwrt_slot(y, op->output_rows) * op->output_w * op->channels;
        for (int32_t c = 0; c < op->channels; c += CHANNELS) {
            const struct rows rows = rows_of(op, input, y * op->stride_h - op->pad_top, c);
            job.channels = op->channels - c < CHANNELS ? op->channels - c : CHANNELS;
            channels_row(op, &rows, c, &job, to + c);
        }
    }
}
