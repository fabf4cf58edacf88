#include "kernels/requantize.h"
#include "vwwrt.h"

void vwwrt_max_pool_2d_s8(const struct vwwrt_max_pool_2d *op, const int8_t *input, int8_t *output)
{
    for (int32_t out_y = 0; out_y < op->output_h; out_y++)
        for (int32_t out_x = 0; out_x < op->output_w; out_x++) {
            /* The window cut to the image. */
            const int32_t top = out_y * op->stride_h - op->pad_top;
            const int32_t left = out_x * op->stride_w - op->pad_left;
            const int32_t y0 = top < 0 ? 0 : top;
            const int32_t x0 = left < 0 ? 0 : left;
            const int32_t y1 = top + op->kernel_h > op->input_h ? op->input_h : top + op->kernel_h;
            const int32_t x1 =
                left + op->kernel_w > op->input_w ? op->input_w : left + op->kernel_w;
            for (int32_t c = 0; c < op->channels; c++) {
                int32_t largest = INT8_MIN;
                for (int32_t y = y0; y < y1; y++)
                    for (int32_t x = x0; x < x1; x++) {
                        const int32_t value = input[(y * op->input_w + x) * op->channels + c];
                        largest = value > largest ? value : largest;
                    }
                *output++ = (int8_t)vwwrt_clamp_to(largest, op->activation_min, op->activation_max);
            }
        }
}
