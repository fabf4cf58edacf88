#include "kernels/mac32/mac_depthwise.h"

void vwwrt_mac_depthwise_5x5_s8(const struct vwwrt_tuned_depthwise *op, const int8_t *input,
                                int8_t *output, int32_t first, int32_t end)
{
    struct vwwrt_mac_row rows[5];
    const int8_t *taps[5 * 5];
    const struct vwwrt_mac_window window = {op, 5, rows, taps};
    vwwrt_mac_depthwise(window, input, output, first, end);
}
