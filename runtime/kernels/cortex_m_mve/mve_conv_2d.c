/* Convolution as a product of matrices: four output pixels at a time. Their windows lie in scratch,
 * in blocks of 16 bytes of each of the four, zeros behind the last. For each channel a block of
 * weights is multiplied with those of the four pixels: 5 loads and 4 VMLADAVA for 64 multiply-adds.
 * The four sums then are one vector. Behind the weights of a channel may lie anything: the windows
 * have zeros there. */
#include "kernels/cortex_m_mve/mve.h"
#include "kernels/rows.h"
#include "vwwrt.h"

enum { PIXELS = 4, BLOCK = 16, STEP = PIXELS * BLOCK };

/* What the channels of four pixels need, all at hand. */
struct job {
    int8_t *windows;
    int32_t blocks, depth, channels, offset;
    const int32_t *parameters;
    const int8_t *weights; /* with the shift of each channel behind its weights */
    struct vwwrt_mve_range range;
};

static struct job job_of(const struct vwwrt_tuned_conv_2d *op)
{
    const struct job job = {
        (int8_t *)op->scratch,
        (op->depth + BLOCK - 1) / BLOCK,
        op->depth,
        op->output_c,
        op->output_offset,
        op->weights,
        (const int8_t *)(op->weights + 2 * op->output_c),
        vwwrt_mve_range(op->output_offset, op->activation_min, op->activation_max),
    };
    return job;
}

/* --- the windows of four pixels ----------------------------------------------------------------
 */

/* Pixels that are `step` apart, to their blocks. Of fewer than four the last takes the place of
 * those that are not. */
static void put_pixels(const struct job *job, const int8_t *from, int32_t step, int32_t pixels)
{
    const int8_t *at0 = from, *at1 = pixels > 1 ? at0 + step : at0;
    const int8_t *at2 = pixels > 2 ? at1 + step : at1, *at3 = pixels > 3 ? at2 + step : at2;
    const int32_t rest = job->depth % BLOCK;
    int8_t *to = job->windows;
    for (int32_t i = job->depth / BLOCK; i > 0; i--, to += STEP) {
        vwwrt_mve_store(to, vwwrt_mve_load(at0));
        vwwrt_mve_store(to + BLOCK, vwwrt_mve_load(at1));
        vwwrt_mve_store(to + 2 * BLOCK, vwwrt_mve_load(at2));
        vwwrt_mve_store(to + 3 * BLOCK, vwwrt_mve_load(at3));
        at0 += BLOCK;
        at1 += BLOCK;
        at2 += BLOCK;
        at3 += BLOCK;
    }
    if (rest == 0)
        return;
    vwwrt_mve_store(to, vwwrt_mve_load_part(at0, rest));
    vwwrt_mve_store(to + BLOCK, vwwrt_mve_load_part(at1, rest));
    vwwrt_mve_store(to + 2 * BLOCK, vwwrt_mve_load_part(at2, rest));
    vwwrt_mve_store(to + 3 * BLOCK, vwwrt_mve_load_part(at3, rest));
}

/* In whole blocks: up to 15 bytes behind the last are overwritten. */
static int8_t *copy(int8_t *to, const int8_t *from, int32_t count)
{
    for (int32_t i = 0; i < count; i += BLOCK)
        vwwrt_mve_store(to + i, vwwrt_mve_load_part(from + i, count - i));
    return to + count;
}

static int8_t *fill(int8_t *to, int32_t value, int32_t count)
{
    for (int32_t i = 0; i < count; i += BLOCK)
        vwwrt_mve_store(to + i, vwwrt_mve_all_bytes(value));
    return to + count;
}

/* One row of one window from column `left` of an input row on; the zero point outside. */
static void gather_row(const struct vwwrt_tuned_conv_2d *op, const int8_t *row, int32_t left,
                       int8_t *to)
{
    if (left >= 0 && left + op->kernel_w <= op->input_w) {
        copy(to, row + left * op->input_c, op->kernel_w * op->input_c);
        return;
    }
    for (int32_t x = left; x < left + op->kernel_w; x++)
        to = x < 0 || x >= op->input_w ? fill(to, op->input_zero, op->input_c)
                                       : copy(to, row + x * op->input_c, op->input_c);
}

/* The windows of `count` output pixels of row out_y from column out_x on, in the order of the
 * weights, to `to` and so on. */
static void gather(const struct vwwrt_tuned_conv_2d *op, const int8_t *input, int32_t out_y,
                   int32_t out_x, int32_t count, int8_t *to, int32_t to_step)
{
    const int32_t left = out_x * op->stride_w - op->pad_left;
    const int32_t bytes = op->kernel_w * op->input_c, step = op->stride_w * op->input_c;
    const int32_t row_bytes = op->input_w * op->input_c;
    /* Every load of 16 bytes stays within its row, and is enough. */
    const int fits =
        left >= 0 && bytes <= BLOCK && left * op->input_c + (count - 1) * step + BLOCK <= row_bytes;
    int32_t y = out_y * op->stride_h - op->pad_top;
    for (int32_t ky = op->kernel_h; ky > 0; ky--, y++, to += bytes) {
        int8_t *at = to;
        if (y < 0 || y >= op->input_h) {
            for (int32_t i = count; i > 0; i--, at += to_step)
                fill(at, op->input_zero, bytes);
            continue;
        }
        const int8_t *row = input + vwwrt_slot(y, op->input_rows) * row_bytes;
        if (fits) {
            const int8_t *from = row + left * op->input_c;
            for (int32_t i = count; i > 0; i--, from += step, at += to_step)
                vwwrt_mve_store(at, vwwrt_mve_load(from));
            continue;
        }
        for (int32_t i = 0; i < count; i++, at += to_step)
            gather_row(op, row, left + i * op->stride_w, at);
    }
}

/* --- their channels ----------------------------------------------------------------------------
 */

/* All channels of the four pixels, which go to output + where. */
VWWRT_MVE_INLINE void multiply(const struct job *job, int plainly, vwwrt_mve_offsets where,
                               int8_t *output)
{
    const struct vwwrt_mve_range range = job->range;
    const int8_t *const windows = job->windows, *weights = job->weights;
    const int32_t *parameters = job->parameters;
    const int32_t blocks = job->blocks, depth = job->depth;
    for (int8_t *const end = output + job->channels; output != end; output++) {
        struct vwwrt_mve_channel channel;
        const vwwrt_mve_words sums = vwwrt_mve_four_sums(windows, weights, blocks);
        weights += depth + 1;
        vwwrt_mve_load_two(&parameters, &channel.bias, &channel.multiplier);
        channel.shift = weights[-1];
        vwwrt_mve_scatter_words(output, where, vwwrt_mve_outputs(sums, channel, &range, plainly));
    }
}

/* Functions of their own, so that all of the registers are theirs. */
static VWWRT_MVE_ALONE void multiply_plainly(const struct job *job, vwwrt_mve_offsets where,
                                             int8_t *output)
{
    multiply(job, 1, where, output);
}

static VWWRT_MVE_ALONE void multiply_exactly(const struct job *job, vwwrt_mve_offsets where,
                                             int8_t *output)
{
    multiply(job, 0, where, output);
}

/* The same where the windows are of one block: they stay in registers. */
static VWWRT_MVE_ALONE void multiply_one(const struct job *job, vwwrt_mve_offsets where,
                                         int8_t *output)
{
    const struct vwwrt_mve_range range = job->range;
    const int8_t *weights = job->weights;
    const int32_t *parameters = job->parameters;
    const int32_t depth = job->depth, offset = job->offset;
    const vwwrt_mve_bytes x0 = vwwrt_mve_load(job->windows);
    const vwwrt_mve_bytes x1 = vwwrt_mve_load(job->windows + BLOCK);
    const vwwrt_mve_bytes x2 = vwwrt_mve_load(job->windows + 2 * BLOCK);
    const vwwrt_mve_bytes x3 = vwwrt_mve_load(job->windows + 3 * BLOCK);
    for (int32_t i = job->channels; i > 0; i--) {
        struct vwwrt_mve_channel channel;
        const vwwrt_mve_bytes w = vwwrt_mve_load(weights);
        const int32_t s0 = vwwrt_mve_dot(x0, w), s1 = vwwrt_mve_dot(x1, w);
        const int32_t s2 = vwwrt_mve_dot(x2, w), s3 = vwwrt_mve_dot(x3, w);
        weights += depth + 1;
        vwwrt_mve_load_two(&parameters, &channel.bias, &channel.multiplier);
        channel.shift = weights[-1];
        const vwwrt_mve_words words = vwwrt_mve_scale(vwwrt_mve_four(s0, s1, s2, s3), channel, 1);
        vwwrt_mve_scatter_words(
            output++, where,
            vwwrt_mve_clamp(vwwrt_mve_add_all(words, offset), range.low, range.high));
    }
}

static void four_pixels(const struct job *job, int32_t pixels, int8_t *output)
{
    const vwwrt_mve_offsets where = vwwrt_mve_places(pixels, job->channels);
    if (!job->range.rounds_plainly)
        multiply_exactly(job, where, output);
    else if (job->blocks == 1)
        multiply_one(job, where, output);
    else
        multiply_plainly(job, where, output);
}

/* --- all pixels --------------------------------------------------------------------------------
 */

/* `count` pixels whose windows lie one behind the other. */
static void pixels_in_place(const struct job *job, const int8_t *input, int32_t count,
                            int8_t *output)
{
    const int32_t input_step = PIXELS * job->depth, output_step = PIXELS * job->channels;
    for (; count > 0; count -= PIXELS, input += input_step, output += output_step) {
        const int32_t pixels = count < PIXELS ? count : PIXELS;
        put_pixels(job, input, job->depth, pixels);
        four_pixels(job, pixels, output);
    }
}

/* The windows are gathered one behind the other, behind where they become blocks. */
static void gathered_row(const struct vwwrt_tuned_conv_2d *op, const struct job *job,
                         const int8_t *input, int32_t y, int8_t *output)
{
    const int32_t step = (job->blocks + 1) * BLOCK, output_step = PIXELS * job->channels;
    int8_t *const gathered = job->windows + job->blocks * STEP;
    for (int32_t x = 0; x < op->output_w; x += PIXELS, output += output_step) {
        const int32_t left = op->output_w - x, pixels = left < PIXELS ? left : PIXELS;
        gather(op, input, y, x, pixels, gathered, step);
        put_pixels(job, gathered, step, pixels);
        four_pixels(job, pixels, output);
    }
}

void vwwrt_mve_conv_2d_s8(const struct vwwrt_tuned_conv_2d *op, const int8_t *input, int8_t *output,
                          int32_t first, int32_t end)
{
    const struct job job = job_of(op);
    const int32_t input_bytes = op->input_w * op->input_c;
    const int32_t output_bytes = op->output_w * op->output_c;
    for (int32_t y = first; y < end;) {
        int8_t *const to = output + vwwrt_slot(y, op->output_rows) * output_bytes;
        if (!op->reads_in_place) {
            gathered_row(op, &job, input, y++, to);
            continue;
        }
        /* Rows that lie one behind the other are one run of pixels. */
        int32_t rows = vwwrt_rows_together(y, op->output_rows, end - y);
        rows = vwwrt_rows_together(y, op->input_rows, rows);
        pixels_in_place(&job, input + vwwrt_slot(y, op->input_rows) * input_bytes,
                        rows * op->output_w, to);
        y += rows;
    }
}
