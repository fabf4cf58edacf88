/* The sums of the reference convolution. */
#ifndef VWWRT_KERNELS_WINDOW_SUM_H
#define VWWRT_KERNELS_WINDOW_SUM_H

#include "kernels/rows.h"
#include "vwwrt.h"

/* The sum of one output value before requantization: the window's pixels inside the image times
 * the weights of one output channel. `top` and `left`: the window's first pixel, maybe outside. */
static inline int32_t vwwrt_window_sum(const struct vwwrt_conv_2d *op, const int8_t *restrict input,
                                       const int8_t *restrict weights, int32_t top, int32_t left)
{
    const int32_t channels = op->input_c / op->groups;
    const int32_t offset = op->input_offset;
    int32_t sum = 0;
    for (int32_t ky = 0; ky < op->kernel_h; ky++) {
        const int32_t y = top + ky * op->dilation_h;
        if (y < 0 || y >= op->input_h)
            continue;
        const int8_t *row = input + vwwrt_slot(y, op->input_rows) * op->input_w * op->input_c;
        for (int32_t kx = 0; kx < op->kernel_w; kx++) {
            const int32_t x = left + kx * op->dilation_w;
            if (x < 0 || x >= op->input_w)
                continue;
            const int8_t *pixel = row + x * op->input_c;
            const int8_t *weight = weights + (ky * op->kernel_w + kx) * channels;
            for (int32_t c = 0; c < channels; c++)
                sum += (pixel[c] + offset) * weight[c];
        }
    }
    return sum;
}

/* The sum of the same window's pixels, which a zero point of the weights multiplies. */
static inline int32_t vwwrt_pixel_sum(const struct vwwrt_conv_2d *op, const int8_t *input,
                                      int32_t top, int32_t left)
{
    const int32_t channels = op->input_c / op->groups;
    int32_t sum = 0;
    for (int32_t ky = 0; ky < op->kernel_h; ky++)
        for (int32_t kx = 0; kx < op->kernel_w; kx++) {
            const int32_t y = top + ky * op->dilation_h, x = left + kx * op->dilation_w;
            if (y < 0 || y >= op->input_h || x < 0 || x >= op->input_w)
                continue;
            const int8_t *pixel =
                input + (vwwrt_slot(y, op->input_rows) * op->input_w + x) * op->input_c;
            for (int32_t c = 0; c < channels; c++)
                sum += pixel[c] + op->input_offset;
        }
    return sum;
}

#endif
