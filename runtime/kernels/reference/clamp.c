#include "kernels/requantize.h"
#include "vwwrt.h"

void vwwrt_clamp_s8(const struct vwwrt_clamp *op, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < op->count; i++) {
        output[i] = vwwrt_output(input[i], op->input_offset, op->multiplier, op->shift,
                                 op->output_offset, op->activation_min, op->activation_max);
    }
}
