#include "kernels/mac32/mac_depthwise.h"

void vwwrt_mac_depthwise_3x3_s8(const struct vwwrt_tuned_depthwise *op, const int8_t *input,
                                int8_t *output, int32_t first, int32_t end)
{
    struct vwwrt_mac_row rows[3];
    const int8_t *taps[3 * 3];
    const struct vwwrt_mac_window window = {op, 3, rows, taps};
    vwwrt_mac_depthwise(window, input, output, first, end);
}
