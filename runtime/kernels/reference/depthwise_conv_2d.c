#include "kernels/requantize.h"
#include "kernels/rows.h"
#include "vwwrt.h"

/* The sum of a window's pixels in one channel, which a zero point of the weights multiplies. */
static int32_t pixel_sum(const struct vwwrt_depthwise_conv_2d *op, const int8_t *channel,
                         int32_t top, int32_t left)
{
    int32_t sum = 0;
    for (int32_t ky = 0; ky < op->kernel_h; ky++)
        for (int32_t kx = 0; kx < op->kernel_w; kx++) {
            const int32_t y = top + ky * op->dilation_h, x = left + kx * op->dilation_w;
            if (y >= 0 && y < op->input_h && x >= 0 && x < op->input_w)
                sum += channel[(vwwrt_slot(y, op->input_rows) * op->input_w + x) * op->input_c] +
                       op->input_offset;
        }
    return sum;
}

void vwwrt_depthwise_conv_2d_s8(const struct vwwrt_depthwise_conv_2d *op, const int8_t *input,
                                int8_t *output, int32_t first, int32_t end)
{
    const int32_t multiplier = op->output_c / op->input_c;
    for (int32_t out_y = first; out_y < end; out_y++) {
        int8_t *to = output + vwwrt_slot(out_y, op->output_rows) * op->output_w * op->output_c;
        for (int32_t out_x = 0; out_x < op->output_w; out_x++)
            for (int32_t c = 0; c < op->output_c; c++) {
                int32_t sum = 0;
                for (int32_t ky = 0; ky < op->kernel_h; ky++) {
                    const int32_t y = out_y * op->stride_h - op->pad_top + ky * op->dilation_h;
                    if (y < 0 || y >= op->input_h)
                        continue;
                    const int8_t *row =
                        input + vwwrt_slot(y, op->input_rows) * op->input_w * op->input_c;
                    for (int32_t kx = 0; kx < op->kernel_w; kx++) {
                        const int32_t x = out_x * op->stride_w - op->pad_left + kx * op->dilation_w;
                        if (x < 0 || x >= op->input_w)
                            continue;
                        sum += (row[x * op->input_c + c / multiplier] + op->input_offset) *
                               op->weights[(ky * op->kernel_w + kx) * op->output_c + c];
                    }
                }
                if (op->weights_offset != 0)
                    sum += op->weights_offset * pixel_sum(op, input + c / multiplier,
                                                          out_y * op->stride_h - op->pad_top,
                                                          out_x * op->stride_w - op->pad_left);
                *to++ =
                    vwwrt_output(sum, op->bias ? op->bias[c] : 0, op->multipliers[c], op->shifts[c],
                                 op->output_offset, op->activation_min, op->activation_max);
            }
    }
}
