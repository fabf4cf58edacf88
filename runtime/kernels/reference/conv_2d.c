#include "kernels/requantize.h"
#include "kernels/window_sum.h"

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
                int32_t sum =
                    vwwrt_window_sum(op, group, op->weights + c * weights_each, top, left);
                if (op->weights_offset != 0)
                    sum += op->weights_offset * vwwrt_pixel_sum(op, group, top, left);
                *to++ =
                    vwwrt_output(sum, op->bias ? op->bias[c] : 0, op->multipliers[c], op->shifts[c],
                                 op->output_offset, op->activation_min, op->activation_max);
            }
    }
}
