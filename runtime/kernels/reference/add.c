#include "kernels/sum.h"

void vwwrt_add_s8(const struct vwwrt_add *op, const int8_t *input, const int8_t *other,
                  int8_t *output)
{
    for (int32_t i = 0; i < op->count; i++)
        output[i] = vwwrt_sum(op, input[i], other[i]);
}
