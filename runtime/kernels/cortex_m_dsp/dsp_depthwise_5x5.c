/* Depthwise 5x5, stride 1 or 2, four channels at a time, one output row after the other. The five
 * input rows become pairs of int16 in scratch: rows 0 and 1 of a column, rows 2 and 3, and row 4
 * with its next column. Then each channel goes along the row, four outputs at a time: 13 multiply
 * instructions for 25 multiply-adds, each pair of weights widened once for four.
 *
 * Scratch, for each column and channel: its three pairs. */
#include "kernels/cortex_m_dsp/dsp.h"
#include "kernels/rows.h"
#include "vwwrt.h"

enum { ROWS = 5, CHANNELS = 4, WORDS = 3, STEP = CHANNELS * WORDS, OUTPUTS = 4, RECORD = 9 };
enum { SHIFT = 25 }; /* the byte of a record that holds it */

/* An input row at some column; outside the image one word of zero points that is read again and
 * again. */
struct row {
    const int8_t *at;
    int32_t step;
};

static struct row row_of(const struct vwwrt_tuned_depthwise *op, const int8_t *input, int32_t y,
                         const int8_t *zeros)
{
    if (y < 0 || y >= op->input_h)
        return (struct row){zeros, 0};
    return (struct row){input + vwwrt_slot(y, op->input_rows) * op->input_w * op->channels,
                        op->channels};
}

/* Words of four channels to their pairs. */
VWWRT_DSP_INLINE void make_pair(uint32_t a, uint32_t b, uint32_t *to)
{
    uint32_t first = vwwrt_sxtb16(a), second = vwwrt_sxtb16(b);
    to[0 * WORDS] = vwwrt_pair_low(first, second);
    to[2 * WORDS] = vwwrt_pair_high(first, second);
    first = vwwrt_sxtb16_odd(a), second = vwwrt_sxtb16_odd(b);
    to[1 * WORDS] = vwwrt_pair_low(first, second);
    to[3 * WORDS] = vwwrt_pair_high(first, second);
}

/* Pairs of the rows a and b for all columns; b may be `ahead` columns further right. */
static void make_pairs(const struct vwwrt_tuned_depthwise *op, struct row a, struct row b,
                       int32_t ahead, uint32_t zeros, uint32_t *to)
{
    const int32_t width = op->input_w;
    const int32_t end = (op->output_w - 1) * op->stride + ROWS - op->pad_left;
    const int32_t inside = end < width - ahead ? end : width - ahead;
    int32_t x = -op->pad_left;
    b.at += ahead * b.step;
    for (; x < 0; x++, to += STEP)
        make_pair(zeros, x + ahead < 0 ? zeros : vwwrt_load_word(b.at - b.step), to);
    for (; x < inside; x++, to += STEP, a.at += a.step, b.at += b.step)
        make_pair(vwwrt_load_word(a.at), vwwrt_load_word(b.at), to);
    for (; x < end; x++, to += STEP)
        make_pair(x < width ? vwwrt_load_word(a.at) : zeros, zeros, to);
}

/* One pair of weights times the pairs of four outputs. */
#define TIMES(w, a, b, c, d)                                                                       \
    do {                                                                                           \
        vwwrt_accumulate(&sums.s0, a, w);                                                          \
        vwwrt_accumulate(&sums.s1, b, w);                                                          \
        vwwrt_accumulate(&sums.s2, c, w);                                                          \
        vwwrt_accumulate(&sums.s3, d, w);                                                          \
    } while (0)

/* The next two pairs of weights. */
#define WEIGHTS()                                                                                  \
    do {                                                                                           \
        const uint32_t word = *record++;                                                           \
        w0 = vwwrt_sxtb16(word);                                                                   \
        w1 = vwwrt_sxtb16_odd(word);                                                               \
    } while (0)

#define AT(word, column) from[(column)*STEP + (word)]

struct sums {
    int32_t s0, s1, s2, s3;
};

/* Weights in the order of the columns 0 … 4. */
VWWRT_DSP_INLINE struct sums four_by_one(const uint32_t *record, const uint32_t *from, int32_t bias)
{
    struct sums sums = {bias, bias, bias, bias};
    uint32_t w0, w1, x0 = AT(0, 0), x1 = AT(0, 1), x2 = AT(0, 2), x3 = AT(0, 3);
    WEIGHTS();
    TIMES(w0, x0, x1, x2, x3);
    x0 = AT(0, 4);
    TIMES(w1, x1, x2, x3, x0);
    x1 = AT(0, 5);
    WEIGHTS();
    TIMES(w0, x2, x3, x0, x1);
    x2 = AT(0, 6);
    TIMES(w1, x3, x0, x1, x2);
    x3 = AT(0, 7);
    WEIGHTS();
    TIMES(w0, x0, x1, x2, x3);
    x0 = AT(1, 0), x1 = AT(1, 1), x2 = AT(1, 2), x3 = AT(1, 3);
    TIMES(w1, x0, x1, x2, x3);
    x0 = AT(1, 4);
    WEIGHTS();
    TIMES(w0, x1, x2, x3, x0);
    x1 = AT(1, 5);
    TIMES(w1, x2, x3, x0, x1);
    x2 = AT(1, 6);
    WEIGHTS();
    TIMES(w0, x3, x0, x1, x2);
    x3 = AT(1, 7);
    TIMES(w1, x0, x1, x2, x3);
    x0 = AT(2, 0), x1 = AT(2, 1), x2 = AT(2, 2), x3 = AT(2, 3);
    WEIGHTS();
    TIMES(w0, x0, x1, x2, x3);
    x0 = AT(2, 4), x1 = AT(2, 5);
    TIMES(w1, x2, x3, x0, x1);
    x2 = AT(2, 6), x3 = AT(2, 7);
    w0 = vwwrt_sxtb16(*record);
    TIMES(w0, x0, x1, x2, x3);
    return sums;
}

/* Weights of two rows in the order of the columns 0, 2, 4, 1, 3. */
VWWRT_DSP_INLINE struct sums four_by_two(const uint32_t *record, const uint32_t *from, int32_t bias)
{
    struct sums sums = {bias, bias, bias, bias};
    uint32_t w0, w1, x0 = AT(0, 0), x1 = AT(0, 2), x2 = AT(0, 4), x3 = AT(0, 6);
    WEIGHTS();
    TIMES(w0, x0, x1, x2, x3);
    x0 = AT(0, 8);
    TIMES(w1, x1, x2, x3, x0);
    x1 = AT(0, 10);
    WEIGHTS();
    TIMES(w0, x2, x3, x0, x1);
    x0 = AT(0, 1), x1 = AT(0, 3), x2 = AT(0, 5), x3 = AT(0, 7);
    TIMES(w1, x0, x1, x2, x3);
    x0 = AT(0, 9);
    WEIGHTS();
    TIMES(w0, x1, x2, x3, x0);
    x0 = AT(1, 0), x1 = AT(1, 2), x2 = AT(1, 4), x3 = AT(1, 6);
    TIMES(w1, x0, x1, x2, x3);
    x0 = AT(1, 8);
    WEIGHTS();
    TIMES(w0, x1, x2, x3, x0);
    x1 = AT(1, 10);
    TIMES(w1, x2, x3, x0, x1);
    x0 = AT(1, 1), x1 = AT(1, 3), x2 = AT(1, 5), x3 = AT(1, 7);
    WEIGHTS();
    TIMES(w0, x0, x1, x2, x3);
    x0 = AT(1, 9);
    TIMES(w1, x1, x2, x3, x0);
    x0 = AT(2, 0), x1 = AT(2, 2), x2 = AT(2, 4), x3 = AT(2, 6);
    WEIGHTS();
    TIMES(w0, x0, x1, x2, x3);
    x0 = AT(2, 8);
    TIMES(w1, x1, x2, x3, x0);
    x1 = AT(2, 10);
    w0 = vwwrt_sxtb16(*record);
    TIMES(w0, x2, x3, x0, x1);
    return sums;
}

/* The first `count` of four outputs. */
VWWRT_DSP_INLINE void put(struct sums sums, int32_t count, struct vwwrt_dsp_channel channel,
                          int32_t from_zero, int32_t step, int8_t *output)
{
    *output = vwwrt_dsp_output(2 * sums.s0, channel, from_zero);
    output += step;
    if (count == 1)
        return;
    *output = vwwrt_dsp_output(2 * sums.s1, channel, from_zero);
    output += step;
    if (count == 2)
        return;
    *output = vwwrt_dsp_output(2 * sums.s2, channel, from_zero);
    output += step;
    if (count > 3)
        *output = vwwrt_dsp_output(2 * sums.s3, channel, from_zero);
}

/* One output row of one channel. from: its pairs; record: its weights, with the shift in the place
 * of one of them that is none, bias and multiplier. */
VWWRT_DSP_INLINE void channel_row(const struct vwwrt_tuned_depthwise *op, const uint32_t *record,
                                  const uint32_t *from, int32_t from_zero, int32_t stride,
                                  int8_t *output)
{
    const int32_t step = op->channels;
    for (int32_t left = op->output_w; left > 0;
         left -= OUTPUTS, from += OUTPUTS * stride * STEP, output += OUTPUTS * step) {
        const int32_t bias = (int32_t)record[7];
        const struct sums sums =
            stride == 1 ? four_by_one(record, from, bias) : four_by_two(record, from, bias);
        const struct vwwrt_dsp_channel channel = vwwrt_dsp_channel(
            (int32_t)record[8], ((const int8_t *)record)[SHIFT], op->output_offset);
        if (from_zero)
            put(sums, left, channel, 1, step, output);
        else
            put(sums, left, channel, 0, step, output);
    }
}

/* One output row. */
static void one_row(const struct vwwrt_tuned_depthwise *op, struct row *rows, uint32_t zeros,
                    int8_t *output)
{
    const int32_t from_zero = op->output_offset == -128;
    const uint32_t *record = (const uint32_t *)op->weights;
    const int8_t *const last = output + op->channels - CHANNELS;
    for (int32_t next = vwwrt_first_four(op->channels); output <= last; next = CHANNELS) {
        make_pairs(op, rows[0], rows[1], 0, zeros, op->scratch);
        make_pairs(op, rows[2], rows[3], 0, zeros, op->scratch + 1);
        make_pairs(op, rows[4], rows[4], 1, zeros, op->scratch + 2);
        for (int32_t i = 0; i < ROWS; i++)
            if (rows[i].step != 0)
                rows[i].at += next;
        for (int32_t i = 0; i < CHANNELS; i++, record += RECORD) {
            const uint32_t *from = op->scratch + i * WORDS;
            if (op->stride == 1)
                channel_row(op, record, from, from_zero, 1, output + i);
            else
                channel_row(op, record, from, from_zero, 2, output + i);
        }
        output += next;
    }
}

void vwwrt_dsp_depthwise_5x5_s8(const struct vwwrt_tuned_depthwise *op, const int8_t *input,
                                int8_t *output, int32_t first, int32_t end)
{
    const int8_t zero = (int8_t)op->input_zero;
    const int8_t zeros[CHANNELS] = {zero, zero, zero, zero};
    for (int32_t y = first; y < end; y++) {
        struct row rows[ROWS];
        for (int32_t i = 0; i < ROWS; i++)
            rows[i] = row_of(op, input, y * op->stride - op->pad_top + i, zeros);
        int8_t *const to = output + vwwrt_slot(y, op->output_rows) * op->output_w * op->channels;
        one_row(op, rows, vwwrt_load_word(zeros), to);
        vwwrt_dsp_limit(to, op->output_w * op->channels, op->activation_min, op->activation_max);
    }
}
