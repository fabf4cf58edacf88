#include "kernels/requantize.h"
#include "kernels/window_sum.h"

/* The rows of one output row; those that are not there are NULL: where it begins with the bias, and
 * either of the outputs. */
struct rows {
    const int32_t *sums;
    int32_t *sums_to;
    int8_t *to;
};

static void one_row(const struct vwwrt_conv_2d *op, const int8_t *input, int32_t y,
                    struct rows rows)
{
    const int32_t weights_each = op->kernel_h * op->kernel_w * op->input_c;
    const int32_t top = y * op->stride_h - op->pad_top;
    for (int32_t x = 0; x < op->output_w; x++)
        for (int32_t c = 0; c < op->output_c; c++) {
            const int32_t left = x * op->stride_w - op->pad_left;
            int32_t sum = vwwrt_window_sum(op, input, op->weights + c * weights_each, top, left);
            if (op->weights_offset != 0)
                sum += op->weights_offset * vwwrt_pixel_sum(op, input, top, left);
            const int32_t before = rows.sums ? *rows.sums++ : (op->bias ? op->bias[c] : 0);
            if (rows.sums_to)
                *rows.sums_to++ = vwwrt_add(sum, before);
            else
                *rows.to++ =
                    vwwrt_output(sum, before, op->multipliers[c], op->shifts[c], op->output_offset,
                                 op->activation_min, op->activation_max);
        }
}

void vwwrt_partial_conv_2d_s8(const struct vwwrt_partial_conv_2d *op, const int8_t *input,
                              const int8_t *sums, int8_t *output, int32_t first, int32_t end)
{
    const int32_t count = op->conv.output_w * op->conv.output_c;
    const void *sums_plane = sums;
    void *output_plane = output;
    for (int32_t y = first; y < end; y++) {
        const int32_t at = vwwrt_slot(y, op->conv.output_rows) * count;
        struct rows rows = {0, 0, 0};
        if (op->reads_sums)
            rows.sums = (const int32_t *)sums_plane + vwwrt_slot(y, op->sums_rows) * count;
        if (op->writes_sums)
            rows.sums_to = (int32_t *)output_plane + at;
        else
            rows.to = output + at;
        one_row(&op->conv, input, y, rows);
    }
}
