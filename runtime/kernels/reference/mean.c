#include "kernels/requantize.h"
#include "vwwrt.h"

void vwwrt_mean_s8(const struct vwwrt_mean *op, const int8_t *input, int8_t *output)
{
    for (int32_t c = 0; c < op->channels; c++) {
        int32_t sum = 0;
        for (int32_t i = 0; i < op->pixels; i++)
            sum += input[i * op->channels + c];
        output[c] = vwwrt_output(sum, op->input_offset, op->multiplier, op->shift,
                                 op->output_offset, INT8_MIN, INT8_MAX);
    }
}
