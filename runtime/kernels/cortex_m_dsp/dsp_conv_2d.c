/* Convolution as a product of matrices: four output pixels at a time. The windows of the four are
 * widened to pairs of int16 once, in scratch, and multiplied with two channels of weights at a
 * time: one word of weights holds two inputs of two channels, so that three instructions (LDR,
 * SXTB16, SXTB16 ROR 8) make two pairs, each used for four pixels, and each LDRD of two pixels'
 * pairs is used for two channels: 13 instructions for 16 multiply-adds. */
#include "kernels/cortex_m_dsp/dsp.h"
#include "kernels/rows.h"
#include "vwwrt.h"

#include <stddef.h>

enum { PIXELS = 4, CHANNELS = 2 };

/* One row of the window that begins in column `left`, with the input's zero point outside the
 * image. row: NULL where all of it lies outside. */
static void gather(const struct vwwrt_tuned_conv_2d *op, const int8_t *row, int32_t left,
                   int8_t *to)
{
    for (int32_t x = left; x < left + op->kernel_w; x++) {
        const int inside = row != NULL && x >= 0 && x < op->input_w;
        for (int32_t c = 0; c < op->input_c; c++)
            *to++ = inside ? row[x * op->input_c + c] : (int8_t)op->input_zero;
    }
}

/* Word by word. */
static void copy(const int8_t *from, int32_t count, int8_t *to)
{
    for (const int8_t *const end = to + count; to != end; from += 4, to += 4)
        vwwrt_store_word(to, vwwrt_load_word(from));
}

/* Four bytes of one pixel, doubled, as the pairs of bytes 0 and 2, 1 and 3, in every fourth word.
 */
VWWRT_DSP_INLINE void widen_word(uint32_t word, uint32_t *to)
{
    to[0] = vwwrt_double_pair(vwwrt_sxtb16(word));
    to[PIXELS] = vwwrt_double_pair(vwwrt_sxtb16_odd(word));
}

/* `depth` bytes. Returns where the next pairs go. */
VWWRT_DSP_INLINE uint32_t *widen(const int8_t *from, int32_t depth, uint32_t *to)
{
    const uint32_t *const end = to + (depth >> 1) * PIXELS;
    if (depth & 4) {
        widen_word(vwwrt_load_word(from), to);
        from += 4, to += 2 * PIXELS;
    }
    for (; to != end; from += 8, to += 4 * PIXELS) {
        const uint32_t first = vwwrt_load_word(from), second = vwwrt_load_word(from + 4);
        widen_word(first, to);
        widen_word(second, to + 2 * PIXELS);
    }
    return to;
}

/* The window of one output pixel. Rows of it that are whole words are widened where they lie in the
 * image, others are put one behind the other first; what is read beyond their ends has zeros for
 * weights. */
VWWRT_DSP_APART void widen_window(const struct vwwrt_tuned_conv_2d *op, const int8_t *input,
                                  int32_t out_y, int32_t out_x, uint32_t *to)
{
    const int32_t count = op->kernel_w * op->input_c, words = (count + 3) & ~3;
    const int32_t top = out_y * op->stride_h - op->pad_top;
    const int32_t left = out_x * op->stride_w - op->pad_left;
    const int32_t at = left * op->input_c, row_bytes = op->input_w * op->input_c;
    const int inside = left >= 0 && at + words <= row_bytes;
    int8_t *const begin = (int8_t *)(op->scratch + (op->depth >> 1) * PIXELS), *bytes = begin;
    for (int32_t y = top; y < top + op->kernel_h; y++) {
        const int8_t *row =
            y < 0 || y >= op->input_h ? NULL : input + vwwrt_slot(y, op->input_rows) * row_bytes;
        if (inside && row != NULL) {
            row += at;
        } else {
            gather(op, row, left, bytes);
            row = bytes;
        }
        if (count == words) {
            to = widen(row, words, to);
        } else {
            if (row != bytes)
                copy(row, words, bytes);
            bytes += count;
        }
    }
    if (bytes != begin)
        widen(begin, op->depth, to);
}

/* All inputs of four pixels, of two, or of one, times two channels. In assembly, because the first
 * takes all 14 registers, and what the compiler makes of it depends on what surrounds it. Where one
 * is told to keep a register for itself (-ffixed-r9), VWWRT_NO_ASSEMBLY chooses the plain form. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) &&                           \
    defined(__ARM_FEATURE_DSP) && !defined(VWWRT_NO_ASSEMBLY)
/* Two weights of both channels. */
#define WEIGHTS                                                                                    \
    "ldr %[w1], [%[at]], #4\n"                                                                     \
    "sxtb16 %[w0], %[w1]\n"                                                                        \
    "sxtb16 %[w1], %[w1], ror #8\n"

/* The next two inputs of two pixels. */
#define MULTIPLY(first, second)                                                                    \
    "ldrd %[p], %[q], [%[x]], #8\n"                                                                \
    "smlad %[s" #first "0], %[p], %[w0], %[s" #first "0]\n"                                        \
    "smlad %[s" #first "1], %[p], %[w1], %[s" #first "1]\n"                                        \
    "smlad %[s" #second "0], %[q], %[w0], %[s" #second "0]\n"                                      \
    "smlad %[s" #second "1], %[q], %[w1], %[s" #second "1]\n"

#define FOUR_STEP WEIGHTS MULTIPLY(0, 1) MULTIPLY(2, 3)
#define TWO_STEP WEIGHTS MULTIPLY(0, 1) "adds %[x], #8\n"
#define ONE_STEP                                                                                   \
    WEIGHTS                                                                                        \
    "ldr %[p], [%[x]], #16\n"                                                                      \
    "smlad %[s00], %[p], %[w0], %[s00]\n"                                                          \
    "smlad %[s01], %[p], %[w1], %[s01]\n"

#define UNTIL_END                                                                                  \
    "ldr %[p], %[end]\n"                                                                           \
    "cmp %[p], %[x]\n"                                                                             \
    "bne 1b\n"

#define TWO_SUMS [s00] "+r"(s00), [s01] "+r"(s01)
#define FOUR_SUMS TWO_SUMS, [s10] "+r"(s10), [s11] "+r"(s11)
#define EIGHT_SUMS FOUR_SUMS, [s20] "+r"(s20), [s21] "+r"(s21), [s30] "+r"(s30), [s31] "+r"(s31)
#define OTHERS                                                                                     \
    [x] "+r"(x), [at] "+r"(at), [w0] "=&r"(w0), [w1] "=&r"(w1), [p] "=&r"(p), [q] "=&r"(q)
#define PRODUCT(steps, sums)                                                                       \
    do {                                                                                           \
        uint32_t w0, w1, p, q;                                                                     \
        __asm__ volatile(steps UNTIL_END                                                           \
                         : sums, OTHERS                                                            \
                         : [odd] "m"(odd), [end] "m"(end)                                          \
                         : "cc", "memory");                                                        \
    } while (0)

/* Four steps in a turn, or two in the first one where `odd`. */
#define FOUR_PIXELS()                                                                              \
    PRODUCT("ldr %[p], %[odd]\n"                                                                   \
            "cmp %[p], #0\n"                                                                       \
            "bne 2f\n"                                                                             \
            "1:\n" FOUR_STEP FOUR_STEP "2:\n" FOUR_STEP FOUR_STEP,                                 \
            EIGHT_SUMS)
#define TWO_PIXELS() PRODUCT("1:\n" TWO_STEP TWO_STEP, FOUR_SUMS)
#define ONE_PIXEL() PRODUCT("1:\n" ONE_STEP ONE_STEP, TWO_SUMS)
#else
#define TIMES(pixel)                                                                               \
    do {                                                                                           \
        vwwrt_accumulate(&s##pixel##0, x[pixel], w0);                                              \
        vwwrt_accumulate(&s##pixel##1, x[pixel], w1);                                              \
    } while (0)
#define PRODUCT(times)                                                                             \
    for (; x != end; x += PIXELS, at++) {                                                          \
        const uint32_t w0 = vwwrt_sxtb16(*at), w1 = vwwrt_sxtb16_odd(*at);                         \
        times;                                                                                     \
    }
#define FOUR_PIXELS() PRODUCT(TIMES(0); TIMES(1); TIMES(2); TIMES(3))
#define TWO_PIXELS() PRODUCT(TIMES(0); TIMES(1))
#define ONE_PIXEL() PRODUCT(TIMES(0))
#endif

/* Outputs of one channel: of the first `pixels` of four sums. */
VWWRT_DSP_INLINE void put(int32_t s0, int32_t s1, int32_t s2, int32_t s3, int32_t pixels,
                          struct vwwrt_dsp_channel channel, int32_t from_zero, int32_t step,
                          int8_t *output)
{
    output[0] = vwwrt_dsp_output(s0, channel, from_zero);
    if (pixels > 1)
        output[step] = vwwrt_dsp_output(s1, channel, from_zero);
    if (pixels > 2) {
        output[2 * step] = vwwrt_dsp_output(s2, channel, from_zero);
        output[3 * step] = vwwrt_dsp_output(s3, channel, from_zero);
    }
}

/* The channels up to `last` of `pixels` pixels: 1, 2 or 4, a constant. Returns the weights of the
 * next channels. */
VWWRT_DSP_INLINE const uint32_t *multiply(const struct vwwrt_tuned_conv_2d *op, int32_t pixels,
                                          const uint32_t *at, const int8_t *shifts,
                                          int32_t from_zero, int8_t *output, const int8_t *last)
{
    const uint32_t *const begin = op->scratch, *const end = begin + (op->depth >> 1) * PIXELS;
    const int32_t step = op->output_c;
    const int32_t odd = op->depth & 4;
    (void)odd; /* the plain form takes two inputs in a turn */
    for (; output != last; output += CHANNELS, shifts += CHANNELS) {
        const uint32_t *x = begin;
        uint32_t b0, b1, m0, m1;
        at = vwwrt_load_two(at, &b0, &b1);
        int32_t s00 = (int32_t)b0, s10 = s00, s20 = s00, s30 = s00;
        int32_t s01 = (int32_t)b1, s11 = s01, s21 = s01, s31 = s01;
        if (pixels == PIXELS) {
            FOUR_PIXELS();
        } else if (pixels == 2) {
            TWO_PIXELS();
        } else {
            ONE_PIXEL();
        }
        at = vwwrt_load_two(at, &m0, &m1);
        const struct vwwrt_dsp_channel first =
            vwwrt_dsp_channel((int32_t)m0, shifts[0], op->output_offset);
        put(s00, s10, s20, s30, pixels, first, from_zero, step, output);
        const struct vwwrt_dsp_channel second =
            vwwrt_dsp_channel((int32_t)m1, shifts[1], op->output_offset);
        put(s01, s11, s21, s31, pixels, second, from_zero, step, output + 1);
    }
    return at;
}

/* All channels. An odd number of them begins with the channels 0 and 1 and goes on with 1 and 2. */
VWWRT_DSP_INLINE void all_channels(const struct vwwrt_tuned_conv_2d *op, int32_t pixels,
                                   const int8_t *shifts, int32_t from_zero, int8_t *output)
{
    const uint32_t *at = (const uint32_t *)op->weights;
    int8_t *const end = output + op->output_c;
    for (int8_t *last = op->output_c & 1 ? output + CHANNELS : end;; last = end) {
        at = multiply(op, pixels, at, shifts, from_zero, output, last);
        if (last == end)
            break;
        output++;
        shifts += CHANNELS;
    }
}

/* Consecutive output pixels: how many, and the first one's place. */
struct run {
    int32_t pixels, y, x;
};

/* input: where reads_in_place, the bytes of the run's first pixel, otherwise the plane. */
static void all_pixels(const struct vwwrt_tuned_conv_2d *op, const int8_t *input, struct run run,
                       int8_t *output)
{
    const int from_zero = op->output_offset == -128;
    const int8_t *const shifts =
        (const int8_t *)(op->weights + ((op->output_c + 1) >> 1) * ((op->depth >> 1) + 4));
    while (run.pixels > 0) {
        const int32_t together = run.pixels >= PIXELS ? PIXELS : run.pixels >= 2 ? 2 : 1;
        for (int32_t i = 0; i < together; i++) {
            if (op->reads_in_place) {
                widen(input, op->depth, op->scratch + i);
                input += op->depth;
                continue;
            }
            widen_window(op, input, run.y, run.x, op->scratch + i);
            if (++run.x == op->output_w) {
                run.x = 0;
                run.y++;
            }
        }
        run.pixels -= together;
        if (together == 2)
            all_channels(op, 2, shifts, 0, output);
        else if (together == 1)
            all_channels(op, 1, shifts, 0, output);
        else if (from_zero)
            all_channels(op, PIXELS, shifts, 1, output);
        else
            all_channels(op, PIXELS, shifts, 0, output);
        vwwrt_dsp_limit(output, together * op->output_c, op->activation_min, op->activation_max);
        output += together * op->output_c;
    }
}

/* Rows that lie one behind the other are one run of pixels. */
void vwwrt_dsp_conv_2d_s8(const struct vwwrt_tuned_conv_2d *op, const int8_t *input, int8_t *output,
                          int32_t first, int32_t end)
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
        all_pixels(op, from, (struct run){rows * op->output_w, y, 0},
                   output + vwwrt_slot(y, op->output_rows) * output_bytes);
        y += rows;
    }
}
