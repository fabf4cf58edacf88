#include "kernels/requantize.h"
#include "vwwrt.h"

static int32_t sum_from(const struct vwwrt_mean *op, const int8_t *first)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < op->sum_count[0]; i++)
        for (int32_t j = 0; j < op->sum_count[1]; j++)
            sum += first[i * op->sum_step[0] + j * op->sum_step[1]];
    return sum;
}

void vwwrt_mean_s8(const struct vwwrt_mean *op, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < op->count[0]; i++)
        for (int32_t j = 0; j < op->count[1]; j++)
            *output++ = vwwrt_output(sum_from(op, input + i * op->step[0] + j * op->step[1]),
                                     op->input_offset, op->multiplier, op->shift, op->output_offset,
                                     INT8_MIN, INT8_MAX);
}
