#include "vwwrt.h"

void vwwrt_lookup_s8(const struct vwwrt_lookup *op, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < op->count; i++)
        output[i] = op->table[input[i] + 128];
}
