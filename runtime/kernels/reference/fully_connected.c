#include "kernels/requantize.h"
#include "vwwrt.h"

void vwwrt_fully_connected_s8(const struct vwwrt_fully_connected *op, const int8_t *input,
                              int8_t *output)
{
    for (int32_t row = 0; row < op->rows; row++) {
        const int8_t *values = input + row * op->input_c;
        for (int32_t c = 0; c < op->output_c; c++) {
            const int8_t *weights = op->weights + c * op->input_c;
            int32_t sum = 0;
            for (int32_t i = 0; i < op->input_c; i++)
                sum += (values[i] + op->input_offset) * weights[i];
            sum = vwwrt_add(sum, op->bias ? op->bias[c] : 0);
            sum = vwwrt_add(vwwrt_requantize_once(sum, op->multipliers[c], op->shifts[c]),
                            op->output_offset);
            *output++ = (int8_t)vwwrt_clamp_to(sum, op->activation_min, op->activation_max);
        }
    }
}
