#include "kernels/sum.h"

void vwwrt_add_broadcast_s8(const struct vwwrt_add_broadcast *op, const int8_t *input,
                            const int8_t *other, int8_t *output)
{
    const int32_t *in = op->input_step, *step = op->other_step;
    for (int32_t a = 0; a < op->count[0]; a++)
        for (int32_t b = 0; b < op->count[1]; b++)
            for (int32_t c = 0; c < op->count[2]; c++) {
                const int8_t *left = input + a * in[0] + b * in[1] + c * in[2];
                const int8_t *right = other + a * step[0] + b * step[1] + c * step[2];
                for (int32_t d = 0; d < op->count[3]; d++)
                    *output++ = vwwrt_sum(&op->add, left[d * in[3]], right[d * step[3]]);
            }
}
