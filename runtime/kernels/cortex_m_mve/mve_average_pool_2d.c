/* Four channels at a time. The division is a multiplication by the reciprocal: with
 * m = (2^32 + e) / count, 0 <= e < count, t m / 2^32 is less than 1 / count above t / count as long
 * as t e < 2^32, and so has the same floor. Here t is at most 255.5 count. */
#include "kernels/cortex_m_mve/mve.h"
#include "kernels/rows.h"
#include "vwwrt.h"

enum { CHANNELS = 4 };

/* The window cut to the image. */
struct window {
    int32_t y0, y1, x0, x1, count;
    uint32_t reciprocal; /* 0: of one */
};

static struct window window_of(const struct vwwrt_average_pool_2d *op, int32_t out_y, int32_t out_x)
{
    const int32_t top = out_y * op->stride_h - op->pad_top;
    const int32_t left = out_x * op->stride_w - op->pad_left;
    struct window window = {
        .y0 = top < 0 ? 0 : top,
        .x0 = left < 0 ? 0 : left,
        .y1 = top + op->kernel_h > op->input_h ? op->input_h : top + op->kernel_h,
        .x1 = left + op->kernel_w > op->input_w ? op->input_w : left + op->kernel_w,
    };
    window.count = (window.y1 - window.y0) * (window.x1 - window.x0);
    window.reciprocal = UINT32_MAX / (uint32_t)window.count + 1;
    return window;
}

/* The sum over the window of four channels, or as many as there are. */
static vwwrt_mve_words sum_of(const struct vwwrt_average_pool_2d *op, const struct window *window,
                              const int8_t *input, int32_t channels)
{
    vwwrt_mve_words sum = vwwrt_mve_all_words(-op->rounding_zero * window->count);
    for (int32_t y = window->y0; y < window->y1; y++) {
        const int8_t *from =
            input + (vwwrt_slot(y, op->input_rows) * op->input_w + window->x0) * op->channels;
        for (int32_t x = window->x1 - window->x0; x > 0; x--, from += op->channels)
            sum = vwwrt_mve_add(sum, vwwrt_mve_load_words(from, channels));
    }
    return sum;
}

/* Rounded half away from zero. */
static vwwrt_mve_words divide(vwwrt_mve_words sum, const struct window *window)
{
    const vwwrt_mve_words signs = vwwrt_mve_signs(sum);
    vwwrt_mve_words mean = vwwrt_mve_add_all(vwwrt_mve_magnitude(sum), window->count / 2);
    if (window->reciprocal != 0)
        mean = vwwrt_mve_unsigned_high(mean, window->reciprocal);
    return vwwrt_mve_negate_where(mean, signs);
}

void vwwrt_mve_average_pool_2d_s8(const struct vwwrt_average_pool_2d *op, const int8_t *input,
                                  int8_t *output, int32_t first, int32_t end)
{
    const vwwrt_mve_words low = vwwrt_mve_all_words(op->activation_min);
    const vwwrt_mve_words high = vwwrt_mve_all_words(op->activation_max);
    for (int32_t y = first; y < end; y++) {
        int8_t *to = output + vwwrt_slot(y, op->output_rows) * op->output_w * op->channels;
        for (int32_t x = 0; x < op->output_w; x++, to += op->channels) {
            const struct window window = window_of(op, y, x);
            for (int32_t c = 0; c < op->channels; c += CHANNELS) {
                const int32_t channels = op->channels - c;
                const vwwrt_mve_words sum = sum_of(op, &window, input + c, channels);
                const vwwrt_mve_words mean =
                    vwwrt_mve_add_all(divide(sum, &window), op->rounding_zero);
                vwwrt_mve_store_words(to + c, vwwrt_mve_clamp(mean, low, high), channels);
            }
        }
    }
}
