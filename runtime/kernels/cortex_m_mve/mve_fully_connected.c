/* A channel at a time, 16 products at once. Behind the weights of a channel may lie anything: the
 * copy of the inputs in scratch has zeros there. */
#include "kernels/cortex_m_mve/mve.h"
#include "kernels/requantize.h"
#include "vwwrt.h"

enum { BLOCK = 16 };

/* The inputs with zeros behind them, up to a whole block; returns how many blocks. */
static int32_t put_inputs(const int8_t *from, int32_t count, int8_t *to)
{
    const int32_t blocks = (count + BLOCK - 1) / BLOCK;
    for (int32_t i = 0; i < blocks; i++)
        vwwrt_mve_store(to + i * BLOCK, vwwrt_mve_load_part(from + i * BLOCK, count - i * BLOCK));
    return blocks;
}

void vwwrt_mve_fully_connected_s8(const struct vwwrt_mve_fully_connected *op, const int8_t *input,
                                  int8_t *output)
{
    const int8_t *const inputs = (const int8_t *)op->scratch;
    for (int32_t row = 0; row < op->rows; row++, input += op->input_c) {
        const int32_t blocks = put_inputs(input, op->input_c, (int8_t *)op->scratch);
        const int32_t *parameters = op->weights;
        const int8_t *weights = (const int8_t *)(parameters + 2 * op->output_c);
        for (int32_t c = 0; c < op->output_c; c++, parameters += 2) {
            int32_t sum = parameters[0];
            for (int32_t i = 0; i < blocks; i++)
                sum = vwwrt_mve_dot_add(sum, vwwrt_mve_load(weights + i * BLOCK),
                                        vwwrt_mve_load(inputs + i * BLOCK));
            weights += op->input_c + 1;
            sum = vwwrt_add(vwwrt_requantize_once(sum, parameters[1], weights[-1]),
                            op->output_offset);
            *output++ = (int8_t)vwwrt_clamp_to(sum, op->activation_min, op->activation_max);
        }
    }
}
