#include "kernels/requantize.h"
#include "kernels/rows.h"
#include "vwwrt.h"

/* The sum of one output value before requantization: the window's pixels inside the image times
 * the weights of one output channel. `top` and `left`: the window's first pixel, maybe outside. */
static int32_t window_sum(const struct vwwrt_conv_2d *op, const int8_t *restrict input,
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
static int32_t pixel_sum(const struct vwwrt_conv_2d *op, const int8_t *input, int32_t top,
                         int32_t left)
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

void vwwrt_conv_2d_s8(const struct vwwrt_conv_2d *op, const int8_t *input, int8_t *output,
                      int32_t first, int32_t end)
{
    const int32_t group_in = op->input_c / op->groups;
    const int32_t group_out = op->output_c / op->groups;
    const int32_t weights_each = op->kernel_h * op->kernel_w * group_in;
    for (int32_t y = first; y < end; y++) {
        int8_t *to = output + vwwrt_slot(y, op->output_rows) * op->output_w * op->output_c;
        for (int32_t x = 0; x < op->output_w; x++)
            for (int32_t c = 0; c < op->output_c; c++) {
                const int32_t top = y * op->stride_h - op->pad_top;
                const int32_t left = x * op->stride_w - op->pad_left;
                const int8_t *group = input + c / group_out * group_in;
                int32_t sum = window_sum(op, group, op->weights + c * weights_each, top, left);
                if (op->weights_offset != 0)
                    sum += op->weights_offset * pixel_sum(op, group, top, left);
                *to++ =
                    vwwrt_output(sum, op->bias ? op->bias[c] : 0, op->multipliers[c], op->shifts[c],
                                 op->output_offset, op->activation_min, op->activation_max);
            }
    }
}
