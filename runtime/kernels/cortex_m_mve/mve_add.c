/* Additions as one linear function of both inputs, four at a time (src/lower/tune_add.c finds
 * it). */
#include "kernels/cortex_m_mve/mve.h"
#include "vwwrt.h"

enum { NUMBERS = 4 };

VWWRT_MVE_INLINE vwwrt_mve_words sums_of(const struct vwwrt_mac_add *op, vwwrt_mve_words x,
                                         vwwrt_mve_words y)
{
    const vwwrt_mve_words sums =
        vwwrt_mve_multiply_add(vwwrt_mve_multiply(x, op->input_factor), y, op->other_factor);
    return vwwrt_mve_shift_down(vwwrt_mve_add_all(sums, op->constant), VWWRT_MAC_ADD_SHIFT);
}

void vwwrt_mve_add_s8(const struct vwwrt_mac_add *op, const int8_t *input, const int8_t *other,
                      int8_t *output)
{
    const vwwrt_mve_words low = vwwrt_mve_all_words(op->activation_min);
    const vwwrt_mve_words high = vwwrt_mve_all_words(op->activation_max);
    const struct vwwrt_mac_add linear = *op;
    for (int32_t left = op->count; left > 0; left -= NUMBERS) {
        const vwwrt_mve_words sums =
            sums_of(&linear, vwwrt_mve_load_words(input, left), vwwrt_mve_load_words(other, left));
        vwwrt_mve_store_words(output, vwwrt_mve_clamp(sums, low, high), left);
        input += NUMBERS;
        other += NUMBERS;
        output += NUMBERS;
    }
}
