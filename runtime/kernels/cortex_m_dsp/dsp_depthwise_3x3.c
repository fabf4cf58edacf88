/* Depthwise 3x3, stride 1 or 2, four channels at a time. For each output row the three input rows
 * are turned into pairs of int16 in scratch: rows 0 and 1 of a column make one pair, row 2 of two
 * neighbouring columns another. Then each channel goes along the row with its weights and output
 * parameters in registers: five multiply instructions an output.
 *
 * Scratch, for each two columns and channel: pair of column 0, pair of column 1, pair of row 2. */
#include "kernels/cortex_m_dsp/dsp.h"
#include "kernels/rows.h"
#include "vwwrt.h"

enum { CHANNELS = 4, WORDS = 3, STEP = CHANNELS * WORDS, RECORD = 4 };

/* The three input rows at one column: a row outside the image is one word of zero points that is
 * read again and again. */
struct rows {
    const int8_t *at[3];
    int32_t step[3];
};

static struct rows rows_of(const struct vwwrt_tuned_depthwise *op, const int8_t *input, int32_t top,
                           const int8_t *zeros)
{
    struct rows rows;
    for (int32_t i = 0; i < 3; i++) {
        const int32_t y = top + i;
        const int inside = y >= 0 && y < op->input_h;
        rows.at[i] =
            inside ? input + vwwrt_slot(y, op->input_rows) * op->input_w * op->channels : zeros;
        rows.step[i] = inside ? op->channels : 0;
    }
    return rows;
}

/* To the next channels. */
VWWRT_DSP_INLINE void rows_next(struct rows *rows, int32_t channels)
{
    for (int32_t i = 0; i < 3; i++)
        if (rows->step[i] != 0)
            rows->at[i] += channels;
}

/* Words of four channels, three rows, two columns, to the pairs of one step of scratch. */
VWWRT_DSP_INLINE void make_pairs(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t b0, uint32_t b1,
                                 uint32_t b2, uint32_t *to)
{
    uint32_t upper = vwwrt_sxtb16(a0), lower = vwwrt_sxtb16(a1);
    to[0 * WORDS] = vwwrt_pair_low(upper, lower);
    to[2 * WORDS] = vwwrt_pair_high(upper, lower);
    upper = vwwrt_sxtb16_odd(a0), lower = vwwrt_sxtb16_odd(a1);
    to[1 * WORDS] = vwwrt_pair_low(upper, lower);
    to[3 * WORDS] = vwwrt_pair_high(upper, lower);
    upper = vwwrt_sxtb16(b0), lower = vwwrt_sxtb16(b1);
    to[0 * WORDS + 1] = vwwrt_pair_low(upper, lower);
    to[2 * WORDS + 1] = vwwrt_pair_high(upper, lower);
    upper = vwwrt_sxtb16_odd(b0), lower = vwwrt_sxtb16_odd(b1);
    to[1 * WORDS + 1] = vwwrt_pair_low(upper, lower);
    to[3 * WORDS + 1] = vwwrt_pair_high(upper, lower);
    upper = vwwrt_sxtb16(a2), lower = vwwrt_sxtb16(b2);
    to[0 * WORDS + 2] = vwwrt_pair_low(upper, lower);
    to[2 * WORDS + 2] = vwwrt_pair_high(upper, lower);
    upper = vwwrt_sxtb16_odd(a2), lower = vwwrt_sxtb16_odd(b2);
    to[1 * WORDS + 2] = vwwrt_pair_low(upper, lower);
    to[3 * WORDS + 2] = vwwrt_pair_high(upper, lower);
}

/* The pairs of the columns up to `end` of four channels. zeros: a word of zero points, for columns
 * outside. */
static void make_row(const struct vwwrt_tuned_depthwise *op, const struct rows *rows, int32_t end,
                     uint32_t zeros)
{
    uint32_t *to = op->scratch;
    const int8_t *r0 = rows->at[0], *r1 = rows->at[1], *r2 = rows->at[2];
    const int32_t step0 = rows->step[0], step1 = rows->step[1], step2 = rows->step[2];
    const int32_t width = op->input_w;
    int32_t x = -op->pad_left;
    for (; x < 0; x += 2, to += STEP) {
        uint32_t b0 = zeros, b1 = zeros, b2 = zeros;
        if (x == -1) {
            b0 = vwwrt_load_word(r0), b1 = vwwrt_load_word(r1), b2 = vwwrt_load_word(r2);
            r0 += step0, r1 += step1, r2 += step2;
        }
        make_pairs(zeros, zeros, zeros, b0, b1, b2, to);
    }
    const int32_t both = end < width - 1 ? end : width - 1; /* columns x and x + 1 lie inside */
    for (; x < both; x += 2, to += STEP) {
        make_pairs(vwwrt_load_word(r0), vwwrt_load_word(r1), vwwrt_load_word(r2),
                   vwwrt_load_word(r0 + step0), vwwrt_load_word(r1 + step1),
                   vwwrt_load_word(r2 + step2), to);
        r0 += 2 * step0, r1 += 2 * step1, r2 += 2 * step2;
    }
    for (; x < end; x += 2, to += STEP) {
        uint32_t a0 = zeros, a1 = zeros, a2 = zeros;
        if (x < width)
            a0 = vwwrt_load_word(r0), a1 = vwwrt_load_word(r1), a2 = vwwrt_load_word(r2);
        make_pairs(a0, a1, a2, zeros, zeros, zeros, to);
    }
}

/* Bytes 0 and 2 of a word, doubled, as a pair; bytes 1 and 3. */
VWWRT_DSP_INLINE uint32_t weight_pair(uint32_t word)
{
    return vwwrt_double_pair(vwwrt_sxtb16(word));
}

VWWRT_DSP_INLINE uint32_t weight_pair_odd(uint32_t word)
{
    return vwwrt_double_pair(vwwrt_sxtb16_odd(word));
}

/* One output row of one channel. from: its pairs; record: its weights, bias and multiplier; bytes:
 * where its last weight and, four bytes behind, its shift lie. */
VWWRT_DSP_INLINE void channel_row(const struct vwwrt_tuned_depthwise *op, const uint32_t *record,
                                  const int8_t *bytes, const uint32_t *from, int32_t from_zero,
                                  int8_t *output)
{
    const int32_t step = op->channels, width = op->output_w;
    uint32_t upper, lower, first_sum, multiplier;
    record = vwwrt_load_two(record, &upper, &lower);
    vwwrt_load_two(record, &first_sum, &multiplier);
    const uint32_t w0 = weight_pair(upper), w1 = weight_pair_odd(upper);
    const uint32_t w2 = weight_pair(lower), left = weight_pair_odd(lower);
    const uint32_t right = vwwrt_pair_low(left >> 16, (uint32_t)(2 * bytes[0]));
    const int32_t bias = (int32_t)first_sum;
    const struct vwwrt_dsp_channel channel =
        vwwrt_dsp_channel((int32_t)multiplier, bytes[4], op->output_offset);
    if (op->stride == 2) {
        for (int8_t *const end = output + width * step; output != end; output += step) {
            int32_t sum = vwwrt_smlad(from[0], w0, bias);
            sum = vwwrt_smlad(from[1], w1, sum);
            sum = vwwrt_smlad(from[2], left, sum);
            from += STEP;
            sum = vwwrt_smlad(from[0], w2, sum);
            sum = vwwrt_smlabt(from[2], right, sum);
            *output = vwwrt_dsp_output(sum, channel, from_zero);
        }
        return;
    }
    for (int8_t *const end = output + (width >> 1) * 2 * step; output != end; output += 2 * step) {
        uint32_t x = from[0];
        int32_t sum = vwwrt_smlad(x, w0, bias);
        x = from[1];
        sum = vwwrt_smlad(x, w1, sum);
        int32_t next = vwwrt_smlad(x, w0, bias);
        x = from[2];
        from += STEP;
        sum = vwwrt_smlad(x, left, sum);
        next = vwwrt_smlatb(x, left, next);
        x = from[0];
        sum = vwwrt_smlad(x, w2, sum);
        next = vwwrt_smlad(x, w1, next);
        x = from[2];
        sum = vwwrt_smlabt(x, right, sum);
        *output = vwwrt_dsp_output(sum, channel, from_zero);
        next = vwwrt_smlad(x, right, next);
        next = vwwrt_smlad(from[1], w2, next);
        output[step] = vwwrt_dsp_output(next, channel, from_zero);
    }
    if (width & 1) {
        int32_t sum = vwwrt_smlad(from[0], w0, bias);
        sum = vwwrt_smlad(from[1], w1, sum);
        sum = vwwrt_smlad(from[2], left, sum);
        sum = vwwrt_smlad(from[STEP], w2, sum);
        sum = vwwrt_smlabt(from[STEP + 2], right, sum);
        *output = vwwrt_dsp_output(sum, channel, from_zero);
    }
}

/* One output row of four channels. */
VWWRT_DSP_INLINE void four_channels(const struct vwwrt_tuned_depthwise *op, const uint32_t *record,
                                    int32_t from_zero, int8_t *output)
{
    const uint32_t *from = op->scratch;
    const int8_t *bytes = (const int8_t *)(record + CHANNELS * RECORD);
    for (int32_t i = 0; i < CHANNELS; i++, record += RECORD, from += WORDS)
        channel_row(op, record, bytes++, from, from_zero, output++);
}

VWWRT_DSP_APART void four_from_zero(const struct vwwrt_tuned_depthwise *op, const uint32_t *record,
                                    int8_t *output)
{
    four_channels(op, record, 1, output);
}

VWWRT_DSP_APART void four_of_any(const struct vwwrt_tuned_depthwise *op, const uint32_t *record,
                                 int8_t *output)
{
    four_channels(op, record, 0, output);
}

/* One output row. rows: of its first four channels. */
static void one_row(const struct vwwrt_tuned_depthwise *op, struct rows *rows, uint32_t zeros,
                    int8_t *output)
{
    const int32_t columns = ((op->output_w - 1) * op->stride + 4) & ~1;
    const int8_t *const last = output + op->channels - CHANNELS;
    const uint32_t *record = (const uint32_t *)op->weights;
    for (int32_t next = vwwrt_first_four(op->channels);; next = CHANNELS) {
        make_row(op, rows, columns - op->pad_left, zeros);
        if (op->output_offset == -128)
            four_from_zero(op, record, output);
        else
            four_of_any(op, record, output);
        if (output == last)
            return;
        rows_next(rows, next);
        output += next;
        record += CHANNELS * RECORD + 2; /* the bytes */
    }
}

void vwwrt_dsp_depthwise_3x3_s8(const struct vwwrt_tuned_depthwise *op, const int8_t *input,
                                int8_t *output, int32_t first, int32_t end)
{
    const int8_t zero = (int8_t)op->input_zero;
    const int8_t zeros[CHANNELS] = {zero, zero, zero, zero};
    const int32_t row_bytes = op->output_w * op->channels;
    for (int32_t y = first; y < end; y++) {
        struct rows rows = rows_of(op, input, y * op->stride - op->pad_top, zeros);
        int8_t *const to = output + vwwrt_slot(y, op->output_rows) * row_bytes;
        one_row(op, &rows, vwwrt_load_word(zeros), to);
        vwwrt_dsp_limit(to, row_bytes, op->activation_min, op->activation_max);
    }
}
