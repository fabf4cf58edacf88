#include "kernels/requantize.h"
#include "vwwrt.h"

void vwwrt_clamp_s8(const struct vwwrt_clamp *op, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < op->count; i++) {
        const int32_t value =
            vwwrt_requantize(input[i] + op->input_offset, op->multiplier, op->shift) +
            op->output_offset;
        output[i] = (int8_t)vwwrt_clamp_to(value, op->activation_min, op->activation_max);
    }
}
