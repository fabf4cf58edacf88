/* Means whose outputs lie one behind the other as their first elements do (the channels): four of
 * them at a time. */
#include "kernels/cortex_m_mve/mve.h"
#include "vwwrt.h"

enum { CHANNELS = 4 };

static vwwrt_mve_words sums_from(const struct vwwrt_mean *op, const int8_t *first, int32_t count)
{
    vwwrt_mve_words sums = vwwrt_mve_all_words(0);
    for (int32_t i = 0; i < op->sum_count[0]; i++) {
        const int8_t *from = first + i * op->sum_step[0];
        for (int32_t j = op->sum_count[1]; j > 0; j--, from += op->sum_step[1])
            sums = vwwrt_mve_add(sums, vwwrt_mve_load_words(from, count));
    }
    return sums;
}

void vwwrt_mve_mean_s8(const struct vwwrt_mean *op, const int8_t *input, int8_t *output)
{
    const struct vwwrt_mve_channel channel = {op->input_offset, op->multiplier, op->shift};
    const struct vwwrt_mve_range range = vwwrt_mve_range(op->output_offset, INT8_MIN, INT8_MAX);
    for (int32_t i = 0; i < op->count[0]; i++, output += op->count[1])
        for (int32_t j = 0; j < op->count[1]; j += CHANNELS) {
            const int32_t count = op->count[1] - j;
            const vwwrt_mve_words sums = sums_from(op, input + i * op->step[0] + j, count);
            vwwrt_mve_store_words(output + j, vwwrt_mve_outputs(sums, channel, &range, 0), count);
        }
}
