/* The runtime: int8 operators for a microcontroller and for the host, in freestanding C11. No heap,
 * no C library, no floating point. The arithmetic is TensorFlow Lite's, bit for bit.
 *
 * Each operator has a parameter structure, which can be a `static const` with an initializer, and a
 * function over it. Activations are H,W,C (one image), weights as in vww/graph.h. Nothing is
 * checked here: whoever makes the parameters (the host's "lower" room, or generated code made from
 * it) guarantees that they fit the buffers. Input and output do not overlap unless said.
 *
 * Output integers come from the 32-bit sum of a channel by
 *   clamp(requantize(sum, multipliers[c], shifts[c]) + output_offset, activation_min,
 *         activation_max)
 * where requantize is vwwrt_requantize of kernels/requantize.h, which rounds twice, or for the
 * fully connected operator vwwrt_requantize_once.
 *
 * Rows. The operators over windows (VWWRT_ROWS_TABLE) compute the output rows first … end - 1 only,
 * 0 … output_h for all of them, and need not find the planes whole: input_rows and output_rows say
 * how many rows are kept (input_h and output_h where all are), and row y lies at
 *   plane + (y % rows) * row bytes.
 * The rows of all windows of a call must be there. Rows are computed in ascending order, and for
 * output row y
 *   - only input rows of its window are read, and only output row y is written;
 *   - nothing is written to it before all reads for the rows before it are done.
 * So output row y may lie in the memory of input rows that neither its own window nor a later
 * one contains: a network can work in little more than one plane. (A kernel may take pixels of
 * consecutive rows as one group, and then reads the windows of all of them before it writes any.)
 */
#ifndef VWWRT_H
#define VWWRT_H

#include <stdint.h>

/* Weights: output_c, kernel_h, kernel_w, input_c / groups. */
struct vwwrt_conv_2d {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t input_rows, output_rows; /* that are kept */
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left; /* zeros (real) before the first row and column; those after the
                                  last follow from the sizes */
    int32_t groups;
    int32_t input_offset;   /* minus the input's zero point */
    int32_t weights_offset; /* minus the weights'; 0 but for models of the older uint8 scheme */
    int32_t output_offset;  /* the output's zero point */
    int32_t activation_min, activation_max;
    const int8_t *weights;
    const int32_t *bias;        /* output_c, or NULL for zeros */
    const int32_t *multipliers; /* output_c */
    const int8_t *shifts;       /* output_c; -31 … 30, positive = left */
};

/* One of several convolutions that share a sum, each over some of the input's channels. It begins
 * with the bias or, where reads_sums, with the int32 sums that another one wrote; where
 * writes_sums, its output are such sums, otherwise the int8 numbers of the whole. Sums lie like the
 * output, row y at (y % rows kept) * output_w * output_c, aligned. Output sums may be the memory of
 * the input sums. */
struct vwwrt_partial_conv_2d {
    int32_t reads_sums, writes_sums;
    int32_t sums_rows;         /* of the input sums: that are kept */
    struct vwwrt_conv_2d conv; /* groups 1 */
};

/* Weights: kernel_h, kernel_w, output_c; output channel c reads input channel
 * c / (output_c / input_c). */
struct vwwrt_depthwise_conv_2d {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t input_rows, output_rows; /* that are kept */
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t input_offset, weights_offset, output_offset;
    int32_t activation_min, activation_max;
    const int8_t *weights;
    const int32_t *bias; /* output_c, or NULL */
    const int32_t *multipliers;
    const int8_t *shifts;
};

/* Weights: output_c, input_c. Each of `rows` rows of input_c makes one of output_c. */
struct vwwrt_fully_connected {
    int32_t rows, input_c, output_c;
    int32_t input_offset, output_offset;
    int32_t activation_min, activation_max;
    const int8_t *weights;
    const int32_t *bias; /* output_c, or NULL */
    const int32_t *multipliers;
    const int8_t *shifts;
};

/* The mean of the window's pixels that lie inside the image, each less rounding_zero, rounded half
 * away from zero, plus rounding_zero: 0, or -128 to round halves upward. Input and output have the
 * same scale and zero point. */
struct vwwrt_average_pool_2d {
    int32_t input_h, input_w, channels;
    int32_t output_h, output_w;
    int32_t input_rows, output_rows; /* that are kept */
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left;
    int32_t rounding_zero;
    int32_t activation_min, activation_max;
};

/* Over each of `rows` rows of `depth`; the output has scale 1/256 and zero point -128. A difference
 * from the row's largest value becomes, with 26 fractional bits,
 *   high_multiply(difference * 2^shift, multiplier), and below diff_min the output is -128.
 * Output may be the input's own memory. */
struct vwwrt_softmax {
    int32_t rows, depth;       /* depth at most 4095 */
    int32_t multiplier, shift; /* shift 0 … 30, left */
    int32_t diff_min;          /* negative or 0 */
};

/* clamp(requantize(input + input_offset, multiplier, shift) + output_offset, min, max) over count
 * values: RELU and RELU6 standing alone. Output may be the input's own memory. */
struct vwwrt_clamp {
    int32_t count;
    int32_t input_offset, output_offset;
    int32_t multiplier, shift;
    int32_t activation_min, activation_max;
};

/* --- tuned forms, for cores with Arm's DSP extension (and in plain C for all others) ------------
 * Made from the structures above by the host (src/lower/tune.h), which lays out the weights, folds
 * the input's offset into the biases and checks that no sum can overflow. `weights` holds all that
 * belongs to the channels, in the order in which it is read: biases are those of twice the sum,
 * shifts are to the right, 1 or more. The results are those of the plain form, bit for bit. */

/* Convolutions with dilation and groups 1, one structure for the kernels of all cores; in what
 * order `weights` lie and how much `scratch` holds is said with each. */
struct vwwrt_tuned_conv_2d {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t input_rows, output_rows; /* that are kept */
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left;
    int32_t input_zero, output_offset;
    int32_t activation_min, activation_max;
    int32_t depth;          /* kernel_h * kernel_w * input_c rounded up to a multiple of 4 */
    int32_t reads_in_place; /* 1: the window of a pixel is `depth` bytes of the input, in order */
    const int32_t *weights;
    uint32_t *scratch;
};

/* vwwrt_dsp_conv_2d_s8: output_c at least 2. weights, for each two output channels c, d (where
 * output_c is odd the second two begin with the first two's d):
 *   - two words: their biases
 *   - depth / 2 words: for each four inputs (i, j, k, l in the order of the plain weights, zeros
 *     behind the last) the bytes c/i, d/i, c/k, d/k in one word, lowest first, and c/j, d/j, c/l,
 *     d/l
 *   - two words: their multipliers
 *
 * and then two bytes for each two channels: their shifts.
 * scratch: 2 * depth words; where not reads_in_place, a window's row behind them, or if that is no
 * multiple of 4 depth + 4 bytes. */

/* Depthwise convolutions with one output for each input channel, square windows and strides,
 * dilation 1 and at least 4 channels, one structure for the kernels of all cores; in what order
 * `weights` lie and how much `scratch` holds is said with each. Channels come in fours; where their
 * number is not a multiple of 4, the second four begin within the first. */
struct vwwrt_tuned_depthwise {
    int32_t input_h, input_w, channels;
    int32_t output_h, output_w;
    int32_t input_rows, output_rows; /* that are kept */
    int32_t stride;
    int32_t pad_top, pad_left;
    int32_t input_zero, output_offset;
    int32_t activation_min, activation_max;
    const int32_t *weights;
    uint32_t *scratch;
};

/* vwwrt_dsp_depthwise_3x3_s8: stride 1 or 2. weights, for each four channels:
 *   four times four words: a channel's weights in the bytes 0, 1, 3, 4 (of 0 … 8, row by row) in
 *     one word, lowest first, and 2, 6, 5, 7 in the next; bias; multiplier
 *   one word: the weight 8 of each channel in a byte
 *   one word: the shift of each channel in a byte.
 * scratch: 6 words for each column that a row's outputs read, rounded up to even. */

/* vwwrt_dsp_depthwise_5x5_s8: stride 1 or 2. weights, for each channel of each four nine words:
 *   - seven words: the channel's weights in the bytes, lowest first, so that the bytes 0 and 2 of a
 *     word and its bytes 1 and 3 are pairs: of the rows 0 and 1 in the columns 0 … 4 (stride 2: 0,
 *     2, 4, 1, 3), of the rows 2 and 3 likewise, of row 4 the columns 0 and 1, 2 and 3, 4 and a
 * zero. In the place of the last pair, which is none, byte 25 is the shift
 *   - bias (of the sum itself), multiplier
 *
 * scratch: 12 words for each column that a row's outputs, rounded up to a multiple of 4, read. */

/* --- tuned forms in plain C, for cores of 32 bits without such instructions ----------------------
 * Biases are those of the sum itself, otherwise as above. */

/* vwwrt_mac_conv_2d_s8. weights, for each two output channels c, d (where output_c is odd, zeros
 * for the last d): four words: the biases of c and d, their multipliers depth / 2 words: for each
 * two inputs (i, j in the order of the plain weights, zeros behind the last) the bytes c/i, d/i,
 * c/j, d/j in one word, lowest first and then a byte for each channel: its shift less 2. scratch:
 * depth words. */

/* vwwrt_mac_depthwise_3x3_s8 and vwwrt_mac_depthwise_5x5_s8. weights, for each four channels:
 *   four words: biases
 *   four words: multipliers
 *   one word: the shift of each channel, less 2, in a byte
 *   9 or 25 words: for each pixel of the window, row by row, the weight of each channel in a byte.
 * scratch: a byte for each channel. */

/* (input * input_factor + other * other_factor + constant) / 2^VWWRT_MAC_ADD_SHIFT, rounded down,
 * within activation_min … activation_max: what vwwrt_add gives, for each of the 65,536 pairs of
 * inputs. Output may be either input's own memory. */
#define VWWRT_MAC_ADD_SHIFT 22
struct vwwrt_mac_add {
    int32_t count;
    int32_t input_factor, other_factor, constant;
    int32_t activation_min, activation_max;
};

/* vwwrt_dsp_partial_conv_2d_s8, the tuned form of vwwrt_partial_conv_2d: 1x1, stride 1, input_c a
 * multiple of 4, output_c even. Every output is written where its sum is read, if the sums are
 * overwritten. weights, for each two output channels c, d:
 *   two words: what their sums begin with, the input's offset included
 *   input_c / 2 words: as those of vwwrt_dsp_conv_2d_s8
 *   two words: their multipliers
 * and then a byte for each channel: its shift, positive = left. */
struct vwwrt_dsp_partial_conv_2d {
    int32_t reads_sums, writes_sums, sums_rows;
    int32_t pixels; /* of a row */
    int32_t output_h, input_c, output_c;
    int32_t input_rows, output_rows; /* that are kept */
    int32_t output_offset;
    int32_t activation_min, activation_max;
    const int32_t *weights;
    uint32_t *scratch; /* input_c / 2 words */
};

/* --- tuned forms for Helium (Cortex-M55): biases are those of the sum itself, shifts to the left,
 * -1 or less, otherwise as above. `weights` are
 *   for each channel two words: its bias, its multiplier
 *   for each channel its weights and then its shift, a byte each
 *   16 bytes of zeros, because the weights are read 16 at a time.
 * ---------------------------------------------------------------- */

/* vwwrt_mve_conv_2d_s8. depth is not rounded; reads_in_place: the window of a pixel is input_c
 * bytes of the input. scratch: four times depth rounded up to a multiple of 16, and where not
 * reads_in_place that and four times 16 bytes more. */

/* One output for each input channel.
 * vwwrt_mve_depthwise_3x3_s8: 3x3, dilation 1, stride_w 1 or 2; weights column by column. scratch:
 * 1168 bytes.
 * vwwrt_mve_depthwise_conv_2d_s8: any other, weights row by row. scratch: 1024 bytes for each 16
 * pixels of the window. */
struct vwwrt_mve_depthwise_conv_2d {
    int32_t input_h, input_w, channels;
    int32_t output_h, output_w;
    int32_t input_rows, output_rows; /* that are kept */
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t input_zero, output_offset;
    int32_t activation_min, activation_max;
    const int32_t *weights;
    uint32_t *scratch;
};

/* Shifts here are any, -31 … 30. scratch: input_c bytes rounded up to a multiple of 16. */
struct vwwrt_mve_fully_connected {
    int32_t rows, input_c, output_c;
    int32_t output_offset;
    int32_t activation_min, activation_max;
    const int32_t *weights;
    uint32_t *scratch;
};

/* vwwrt_mve_average_pool_2d_s8: windows of at most 4,096 pixels. vwwrt_mve_mean_s8: step[1] 1,
 * shift -22 … -1, the sums with input_offset below 2^30. */

/* The largest of the window's pixels that lie inside the image. Input and output have the same
 * scale and zero point. */
struct vwwrt_max_pool_2d {
    int32_t input_h, input_w, channels;
    int32_t output_h, output_w;
    int32_t input_rows, output_rows; /* that are kept */
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left;
    int32_t activation_min, activation_max;
};

/* Means over some dimensions: for each of count[0] * count[1] outputs, in order, the element `step`
 * times the output's indices is the first of sum_count[0] * sum_count[1] that are added, sum_step
 * apart. The output is requantize(sum + input_offset) + output_offset within int8; the multiplier
 * divides by how many are added. */
struct vwwrt_mean {
    int32_t count[2], step[2];
    int32_t sum_count[2], sum_step[2];
    int32_t input_offset; /* of the whole sum: minus the number of terms * the input's zero point */
    int32_t output_offset;
    int32_t multiplier, shift;
};

/* Both inputs, less their zero points and times 2^20, are brought to one scale by their multipliers
 * and added; the sum is requantized. Shifts -31 … 0. Output may be either input's own memory. */
struct vwwrt_add {
    int32_t count;
    int32_t input_offset, input_multiplier, input_shift;
    int32_t other_offset, other_multiplier, other_shift;
    int32_t output_offset, output_multiplier, output_shift;
    int32_t activation_min, activation_max;
};

/* The same of inputs of which elements are repeated, in four nested loops of count[0] … count[3]:
 * input_step and other_step lead from an element to the next, 0 to the same. add.count is not
 * looked at. Output may be the memory of an input that has as many elements. */
struct vwwrt_add_broadcast {
    int32_t count[4], input_step[4], other_step[4];
    struct vwwrt_add add;
};

/* The product of both inputs less their zero points is requantized; loops as above. */
struct vwwrt_mul {
    int32_t count[4], input_step[4], other_step[4];
    int32_t input_offset, other_offset;
    int32_t output_offset, output_multiplier, output_shift;
    int32_t activation_min, activation_max;
};

/* output = table[input + 128]: functions of one number. Output may be the input's own memory. */
struct vwwrt_lookup {
    int32_t count;
    const int8_t *table; /* 256 */
};

/* Output pixel (y, x) is the input's in row sources[y] and column sources[output_h + x]. */
struct vwwrt_resize_nearest {
    int32_t input_w, output_h, output_w, channels;
    const int32_t *sources; /* output_h + output_w */
};

/* Elements moved unchanged, in four nested loops of count[0] … count[3]: the element read lies at
 * input_start + the loops' indices times input_step, the one written likewise. Before that,
 * fill_count elements from the output's first on become fill_value. Concatenation (a call for each
 * input), splitting (one for each output), channel shuffle, transposing, slicing, padding. */
struct vwwrt_move {
    int32_t count[4];
    int32_t input_step[4], output_step[4];
    int32_t input_start, output_start;
    int32_t fill_count, fill_value;
};

/* The operators of one input: X(suffix, parameters) names vwwrt_<suffix>_s8 and struct
 * vwwrt_<parameters>. */
#define VWWRT_OP_TABLE(X)                                                                          \
    X(fully_connected, fully_connected)                                                            \
    X(softmax, softmax)                                                                            \
    X(clamp, clamp)                                                                                \
    X(mean, mean)                                                                                  \
    X(move, move)                                                                                  \
    X(lookup, lookup)                                                                              \
    X(resize_nearest, resize_nearest)                                                              \
    X(mve_fully_connected, mve_fully_connected)                                                    \
    X(mve_mean, mean)

#define X(suffix, parameters)                                                                      \
    void vwwrt_##suffix##_s8(const struct vwwrt_##parameters *op, const int8_t *input,             \
                             int8_t *output);
VWWRT_OP_TABLE(X)
#undef X

/* Those over windows: the output rows first … end - 1. */
#define VWWRT_ROWS_TABLE(X)                                                                        \
    X(conv_2d, conv_2d)                                                                            \
    X(depthwise_conv_2d, depthwise_conv_2d)                                                        \
    X(average_pool_2d, average_pool_2d)                                                            \
    X(max_pool_2d, max_pool_2d)                                                                    \
    X(dsp_conv_2d, tuned_conv_2d)                                                                  \
    X(dsp_depthwise_3x3, tuned_depthwise)                                                          \
    X(mac_conv_2d, tuned_conv_2d)                                                                  \
    X(mac_depthwise_3x3, tuned_depthwise)                                                          \
    X(dsp_depthwise_5x5, tuned_depthwise)                                                          \
    X(mac_depthwise_5x5, tuned_depthwise)                                                          \
    X(mve_conv_2d, tuned_conv_2d)                                                                  \
    X(mve_depthwise_conv_2d, mve_depthwise_conv_2d)                                                \
    X(mve_depthwise_3x3, mve_depthwise_conv_2d)                                                    \
    X(mve_average_pool_2d, average_pool_2d)

#define X(suffix, parameters)                                                                      \
    void vwwrt_##suffix##_s8(const struct vwwrt_##parameters *op, const int8_t *input,             \
                             int8_t *output, int32_t first, int32_t end);
VWWRT_ROWS_TABLE(X)
#undef X

/* Over windows, with a second input: sums, or NULL. */
#define VWWRT_SUMS_TABLE(X) X(partial_conv_2d) X(dsp_partial_conv_2d)

#define X(suffix)                                                                                  \
    void vwwrt_##suffix##_s8(const struct vwwrt_##suffix *op, const int8_t *input,                 \
                             const int8_t *sums, int8_t *output, int32_t first, int32_t end);
VWWRT_SUMS_TABLE(X)
#undef X

/* And those of two. */
#define VWWRT_OP2_TABLE(X)                                                                         \
    X(add, add)                                                                                    \
    X(add_broadcast, add_broadcast)                                                                \
    X(mul, mul)                                                                                    \
    X(mac_add, mac_add)                                                                            \
    X(mve_add, mac_add)

#define X(suffix, parameters)                                                                      \
    void vwwrt_##suffix##_s8(const struct vwwrt_##parameters *op, const int8_t *input,             \
                             const int8_t *other, int8_t *output);
VWWRT_OP2_TABLE(X)
#undef X

#endif
