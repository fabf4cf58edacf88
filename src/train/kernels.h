/* The inner loops of float training, in one table for each instruction set, all compiled from one
 * source (train/kernels.c). Everything is plain C with vector types: no kernel knows a network.
 *
 * Activations lie N,H,W,C with the channels padded to a multiple of VWW_CHANNEL_STEP; padded
 * channels hold zeros. A "row" is one pixel: its channels. All channel counts below are padded
 * counts, and so multiples of VWW_CHANNEL_STEP. */
#ifndef VWW_TRAIN_KERNELS_H
#define VWW_TRAIN_KERNELS_H

#include "vww/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VWW_CHANNEL_STEP 8

static inline int64_t vww_pad_channels(int64_t channels)
{
    return (channels + VWW_CHANNEL_STEP - 1) / VWW_CHANNEL_STEP * VWW_CHANNEL_STEP;
}

/* Activations and their gradients are stored as float32, or as bfloat16: the upper half of a
 * float32, rounded to the nearest, ties to even. All arithmetic is float32's and double's. */
static inline int64_t vww_stored_bytes(bool bf16)
{
    return bf16 ? 2 : 4;
}

/* The i-th element. */
static inline void *vww_stored_at(const void *stored, bool bf16, int64_t i)
{
    return (char *)stored + i * vww_stored_bytes(bf16);
}

static inline float vww_float_from_bf16(uint16_t upper)
{
    const union {
        uint32_t bits;
        float value;
    } word = {.bits = (uint32_t)upper << 16};
    return word.value;
}

/* How stored values are read. A convolution stores its raw sums once; batch norm, bias, activation
 * and fake quantization are applied by whoever reads them:
 *   clamped = min(max(scale[c] * raw + shift[c], low), high)
 *   value   = clamped, or, quantized, the nearest of the grid's points, within its ends. */
struct vww_view {
    const float *scale, *shift; /* channels */
    float low, high;            /* infinite where there is no activation */
    bool quantized;
    float step, inverse_step; /* the grid: step * (q - zero), q in -128 … 127 */
    float zero;
    bool bf16; /* raw, and gradients by the value */
};

/* The left-hand side of a product, rows x (count * run), where it lies: row r is, for each of the
 * lines, `run` floats from lines[i] + r * step on. The windows of a convolution along a line of
 * outputs are such rows, overlapping; a plain matrix is one line. */
struct vww_rows {
    const float *const *lines;
    int64_t count, run, step;
};

struct vww_kernels {
    const char *name; /* "portable", "avx2", "avx512" */

    /* values = (bytes - mean) * scale: images as they come. */
    void (*from_bytes)(const uint8_t *bytes, int64_t count, float mean, float scale, float *values);
    /* values: rows x channels = the view of raw: rows x channels. */
    void (*view)(const struct vww_view *view, const void *raw, int64_t rows, int64_t channels,
                 float *values);
    /* sum[c] += raw, squares[c] += raw^2, over the rows. */
    void (*moments)(const void *raw, bool bf16, int64_t rows, int64_t channels, double *sum,
                    double *squares);
    /* low[c] = min(low[c], raw), high[c] = max(high[c], raw), over the rows. */
    void (*range)(const void *raw, bool bf16, int64_t rows, int64_t channels, float *low,
                  float *high);

    /* Backward. gradient: rows x channels, by the values of the view of raw; stored (which may be
     * the same memory) becomes the gradient by scale * raw + shift: zero where the activation or
     * the grid's ends cut it off. sum[c] += stored, product[c] += stored * (raw - mean[c]), over
     * the rows. */
    void (*cut)(const struct vww_view *view, const void *raw, const float *mean, int64_t rows,
                int64_t channels, const float *gradient, void *stored, double *sum,
                double *product);
    /* result = factor[c] * gradient + offset[c] + slope[c] * raw: through batch norm. */
    void (*through)(const void *gradient, const void *raw, bool bf16, const float *factor,
                    const float *offset, const float *slope, int64_t rows, int64_t channels,
                    float *result);

    /* To bfloat16 and back; count: a multiple of VWW_CHANNEL_STEP. */
    void (*narrow)(const float *values, int64_t count, uint16_t *stored);
    void (*widen)(const uint16_t *stored, int64_t count, float *values);

    /* Floats that pack() writes for a depth x columns matrix: depth * columns. columns must be a
     * multiple of VWW_CHANNEL_STEP. matrix(d, c) = source[d * depth_stride + c * column_stride]
     * for d < source_depth and c < source_columns, 0 beyond. */
    void (*pack)(const float *source, int64_t source_depth, int64_t source_columns,
                 int64_t depth_stride, int64_t column_stride, int64_t depth, int64_t columns,
                 float *packed);
    /* c = a * b.  b: depth x columns, packed; c: rows x columns. */
    void (*multiply)(const struct vww_rows *a, const float *packed, int64_t rows, int64_t columns,
                     float *c);
    /* c += transpose(a) * b.  b: rows x columns; c: depth x columns. */
    void (*multiply_transposed)(const struct vww_rows *a, const float *b, int64_t rows,
                                int64_t columns, float *c);

    /* Depthwise, one line of outputs. lines[i]: the padded input line under kernel line i;
     * weights: kernel_h x kernel_w x channels; out: width x channels.
     *   out[w] = sum over i, j of lines[i][w * stride + j * dilation] * weights[i][j] */
    void (*depthwise)(const float *const *lines, const float *weights, int64_t kernel_h,
                      int64_t kernel_w, int64_t stride, int64_t dilation, int64_t width,
                      int64_t channels, float *out);
    /* weights_gradient[i][j] += sum over w of lines[i][w * stride + j * dilation] * gradient[w] */
    void (*depthwise_weights)(const float *const *lines, const float *gradient, int64_t kernel_h,
                              int64_t kernel_w, int64_t stride, int64_t dilation, int64_t width,
                              int64_t channels, float *weights_gradient);
    /* The gradient by one input line: width x channels. lines[k]: one of the `count` lines of
     * output gradients that the input line reaches, with zeros on either side; weights[k]: the
     * line of the kernel through which it does: kernel_w x channels.
     *   out[x] = sum over k, j with x + shift - j * dilation a multiple of stride, of
     *            lines[k][(x + shift - j * dilation) / stride] * weights[k][j]
     * The zeros: as far as that index reaches. */
    void (*depthwise_back)(const float *const *lines, const float *const *weights, int64_t count,
                           int64_t kernel_w, int64_t stride, int64_t dilation, int64_t shift,
                           int64_t width, int64_t channels, float *out);
};

#define VWW_KERNEL_LINES_MAX 16 /* kernel_h of a depthwise convolution */

/* The tables of this build that this processor can run, best last; *count of them. */
const struct vww_kernels *const *vww_kernels_available(size_t *count);
/* The best of them, or the one that the environment variable VWW_ISA names. */
vww_status vww_kernels_choose(const struct vww_kernels **kernels, struct vww_error *error);

#endif
