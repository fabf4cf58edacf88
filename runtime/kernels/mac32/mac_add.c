/* The addition of two inputs with scales of their own, as one linear function of both: the host has
 * compared it with the reference for each of the 65,536 pairs. */
#include "kernels/mac32/mac.h"
#include "vwwrt.h"

VWWRT_MAC_INLINE int32_t sum_of(const struct vwwrt_mac_add *op, int32_t input, int32_t other)
{
    return op->constant + input * op->input_factor + other * op->other_factor;
}

VWWRT_MAC_INLINE int8_t saturated(int32_t sum)
{
    int32_t value;
    VWWRT_MAC_SATURATE(value, sum, VWWRT_MAC_ADD_SHIFT);
    return (int8_t)value;
}

VWWRT_MAC_INLINE int8_t clamped(const struct vwwrt_mac_add *op, int32_t sum)
{
    const int32_t value = sum >> VWWRT_MAC_ADD_SHIFT;
    const int32_t above = value < op->activation_min ? op->activation_min : value;
    return (int8_t)(above > op->activation_max ? op->activation_max : above);
}

void vwwrt_mac_add_s8(const struct vwwrt_mac_add *op, const int8_t *input, const int8_t *other,
                      int8_t *output)
{
    const struct vwwrt_mac_add add = *op;
    const int8_t *const end = input + add.count;
    if (add.activation_min > -128 || add.activation_max < 127) {
        while (input != end)
            *output++ = clamped(&add, sum_of(&add, *input++, *other++));
        return;
    }
    for (const int8_t *const fours = input + add.count / 4 * 4; input != fours;) {
        *output++ = saturated(sum_of(&add, *input++, *other++));
        *output++ = saturated(sum_of(&add, *input++, *other++));
        *output++ = saturated(sum_of(&add, *input++, *other++));
        *output++ = saturated(sum_of(&add, *input++, *other++));
    }
    while (input != end)
        *output++ = saturated(sum_of(&add, *input++, *other++));
}
