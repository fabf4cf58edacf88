#include "kernels/requantize.h"
#include "kernels/rows.h"
#include "vwwrt.h"

void vwwrt_average_pool_2d_s8(const struct vwwrt_average_pool_2d *op, const int8_t *input,
                              int8_t *output, int32_t first, int32_t end)
{
    for (int32_t out_y = first; out_y < end; out_y++) {
        int8_t *to = output + vwwrt_slot(out_y, op->output_rows) * op->output_w * op->channels;
        for (int32_t out_x = 0; out_x < op->output_w; out_x++) {
            /* The window cut to the image. */
            const int32_t top = out_y * op->stride_h - op->pad_top;
            const int32_t left = out_x * op->stride_w - op->pad_left;
            const int32_t y0 = top < 0 ? 0 : top;
            const int32_t x0 = left < 0 ? 0 : left;
            const int32_t y1 = top + op->kernel_h > op->input_h ? op->input_h : top + op->kernel_h;
            const int32_t x1 =
                left + op->kernel_w > op->input_w ? op->input_w : left + op->kernel_w;
            const int32_t count = (y1 - y0) * (x1 - x0);
            for (int32_t c = 0; c < op->channels; c++) {
                int32_t sum = -op->rounding_zero * count;
                for (int32_t y = y0; y < y1; y++) {
                    const int8_t *row =
                        input + vwwrt_slot(y, op->input_rows) * op->input_w * op->channels;
                    for (int32_t x = x0; x < x1; x++)
                        sum += row[x * op->channels + c];
                }
                sum = (sum > 0 ? sum + count / 2 : sum - count / 2) / count + op->rounding_zero;
                *to++ = (int8_t)vwwrt_clamp_to(sum, op->activation_min, op->activation_max);
            }
        }
    }
}
