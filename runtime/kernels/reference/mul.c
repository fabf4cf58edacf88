#include "kernels/requantize.h"
#include "vwwrt.h"

void vwwrt_mul_s8(const struct vwwrt_mul *op, const int8_t *input, const int8_t *other,
                  int8_t *output)
{
    const int32_t *in = op->input_step, *step = op->other_step;
    for (int32_t a = 0; a < op->count[0]; a++)
        for (int32_t b = 0; b < op->count[1]; b++)
            for (int32_t c = 0; c < op->count[2]; c++) {
                const int8_t *left = input + a * in[0] + b * in[1] + c * in[2];
                const int8_t *right = other + a * step[0] + b * step[1] + c * step[2];
                for (int32_t d = 0; d < op->count[3]; d++) {
                    const int32_t product = (left[d * in[3]] + op->input_offset) *
                                            (right[d * step[3]] + op->other_offset);
                    *output++ =
                        vwwrt_output(product, 0, op->output_multiplier, op->output_shift,
                                     op->output_offset, op->activation_min, op->activation_max);
                }
            }
}
