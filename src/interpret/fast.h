/* Tuned int8 kernels for the host, equal to the runtime's reference kernels in every bit: CONV_2D
 * without groups as a product of matrices, DEPTHWISE_CONV_2D with one output for each input
 * channel. What they do not cover is left to the reference.
 *
 * Exactness: sums are taken modulo 2^32, so their order does not matter; the input's zero point is
 * folded into a constant for each channel, and padding is made of pixels equal to the zero point;
 * requantization does the reference's steps on vectors. */
#ifndef VWW_INTERPRET_FAST_H
#define VWW_INTERPRET_FAST_H

#include "lower/lower.h"

/* For each output channel, what follows the sum: requantize(sum + constant). Padded to a multiple
 * of VWW_FAST_CHANNEL_STEP channels. */
#define VWW_FAST_CHANNEL_STEP 16
struct vww_fast_channels {
    int32_t *constants, *multipliers;
    int32_t *left, *right; /* the shift, as two numbers that are not negative */
    int32_t output_offset, low, high;
};

/* Rows of activations times packed weights. A row is `words` 32-bit words, each of 4 activations
 * plus 128 as bytes (or as they are: signed_bytes), or 2 activations plus input offset as 16-bit
 * numbers. weights: for each block
 * of `lanes` channels, for each word, `lanes` words of the weights that meet it. */
struct vww_fast_product {
    int32_t words, columns;
    const uint32_t *weights;
    struct vww_fast_channels channels;
};

/* A depthwise convolution over an image of 16-bit numbers (activations plus input offset), padded
 * with zeros and to a multiple of VWW_FAST_CHANNEL_STEP channels. Taps come in pairs; of an odd
 * number the last is its own partner, with weight 0. weights: for each 16 channels, for each pair,
 * 32 numbers in the order in which unpacklo and unpackhi of two vectors bring the activations; the
 * channels' parameters are in the order of their results. */
struct vww_fast_depthwise {
    int32_t output_h, output_w, columns, pairs;
    int32_t row_step, pixel_step; /* in the padded image, from an output pixel to the next */
    const int32_t *offsets;       /* 2 for each pair: from a window's first number to the tap */
    const int16_t *weights;
    struct vww_fast_channels channels;
};

/* One instruction set. */
struct vww_fast_kernels {
    const char *name;     /* "avx2" */
    int lanes;            /* channels in a block */
    int activation_bytes; /* 1 or 2: the kind of words */
    bool signed_bytes;    /* words of bytes hold the activations themselves, not plus 128 */
    void (*product)(const struct vww_fast_product *product, const uint32_t *rows, int32_t row_count,
                    int8_t *output);
    void (*depthwise)(const struct vww_fast_depthwise *depthwise, const int16_t *image,
                      int8_t *output);
};

extern const struct vww_fast_kernels vww_fast_avx2, vww_fast_avx512;  /* x86-64 */
extern const struct vww_fast_kernels vww_fast_neon, vww_fast_dotprod; /* 64-bit Arm */

/* The sets that this processor runs, best last; *count may be 0. */
const struct vww_fast_kernels *const *vww_fast_available(size_t *count);
/* The best of them, or none better than what the environment variable VWW_ISA names: portable (the
 * reference kernels; *kernels = NULL), avx2 or avx512; on Arm neon or dotprod. */
vww_status vww_fast_choose(const struct vww_fast_kernels **kernels, struct vww_error *error);

/* One operator with its packed weights. */
struct vww_fast_op;

/* *op is NULL where the reference kernel is to be used. lowered is borrowed. */
vww_status vww_fast_create(const struct vww_fast_kernels *kernels,
                           const struct vww_lowered *lowered, struct vww_fast_op **op,
                           struct vww_error *error);
void vww_fast_destroy(struct vww_fast_op *op);
/* Bytes of scratch memory (64-byte aligned) that running it takes. */
size_t vww_fast_scratch(const struct vww_fast_op *op);
void vww_fast_run(const struct vww_fast_op *op, const int8_t *input, int8_t *output, void *scratch);

#endif
