#include "vwwrt.h"

void vwwrt_move_s8(const struct vwwrt_move *op, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < op->fill_count; i++)
        output[i] = (int8_t)op->fill_value;
    for (int32_t a = 0; a < op->count[0]; a++)
        for (int32_t b = 0; b < op->count[1]; b++)
            for (int32_t c = 0; c < op->count[2]; c++) {
                const int8_t *from = input + op->input_start + a * op->input_step[0] +
                                     b * op->input_step[1] + c * op->input_step[2];
                int8_t *to = output + op->output_start + a * op->output_step[0] +
                             b * op->output_step[1] + c * op->output_step[2];
                for (int32_t d = 0; d < op->count[3]; d++)
                    to[d * op->output_step[3]] = from[d * op->input_step[3]];
            }
}
