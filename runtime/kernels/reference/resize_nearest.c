#include "vwwrt.h"

void vwwrt_resize_nearest_s8(const struct vwwrt_resize_nearest *op, const int8_t *input,
                             int8_t *output)
{
    const int32_t *columns = op->sources + op->output_h;
    for (int32_t y = 0; y < op->output_h; y++)
        for (int32_t x = 0; x < op->output_w; x++) {
            const int8_t *pixel =
                input + (op->sources[y] * op->input_w + columns[x]) * op->channels;
            for (int32_t c = 0; c < op->channels; c++)
                *output++ = pixel[c];
        }
}
