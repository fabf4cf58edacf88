/* The addition of two int8 numbers with scales of their own. */
#ifndef VWWRT_KERNELS_SUM_H
#define VWWRT_KERNELS_SUM_H

#include "kernels/requantize.h"
#include "vwwrt.h"

#define VWWRT_SUM_BITS 20 /* fraction bits that the inputs get before they are scaled */

static inline int8_t vwwrt_sum(const struct vwwrt_add *op, int8_t input, int8_t other)
{
    const int32_t a = vwwrt_shift_left(input + op->input_offset, VWWRT_SUM_BITS);
    const int32_t b = vwwrt_shift_left(other + op->other_offset, VWWRT_SUM_BITS);
    const int32_t sum = vwwrt_requantize(a, op->input_multiplier, op->input_shift) +
                        vwwrt_requantize(b, op->other_multiplier, op->other_shift);
    return vwwrt_output(sum, 0, op->output_multiplier, op->output_shift, op->output_offset,
                        op->activation_min, op->activation_max);
}

#endif
