#include "kernels/requantize.h"
#include "vwwrt.h"

#define FRACTION_BITS 20 /* that the inputs get before they are brought to one scale */

void vwwrt_add_s8(const struct vwwrt_add *op, const int8_t *input, const int8_t *other,
                  int8_t *output)
{
    for (int32_t i = 0; i < op->count; i++) {
        const int32_t a = vwwrt_shift_left(input[i] + op->input_offset, FRACTION_BITS);
        const int32_t b = vwwrt_shift_left(other[i] + op->other_offset, FRACTION_BITS);
        const int32_t sum = vwwrt_requantize(a, op->input_multiplier, op->input_shift) +
                            vwwrt_requantize(b, op->other_multiplier, op->other_shift);
        output[i] = vwwrt_output(sum, 0, op->output_multiplier, op->output_shift, op->output_offset,
                                 op->activation_min, op->activation_max);
    }
}
