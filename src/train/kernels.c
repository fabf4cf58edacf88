/* One instruction set's table of kernels. The build compiles this file once for each (see
 * cmake/room_train.cmake), with the following defined; without, it is the portable table. */
#ifndef VWW_KERNELS_TABLE
#define VWW_KERNELS_TABLE vww_kernels_portable
#define VWW_KERNELS_NAME "portable"
#define VWW_KERNELS_LANES 4 /* floats in a vector */
#define VWW_KERNELS_ROWS 4  /* rows of a product in registers: as many as the registers allow */
#endif

#include "train/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Rows of a transposed product in registers, beside two vectors of columns, and beside one. */
#define TRANSPOSED_ROWS (VWW_KERNELS_LANES >= 16 ? 8 : VWW_KERNELS_LANES >= 8 ? 6 : 4)
#define TRANSPOSED_MOST 9
#define LANES VWW_KERNELS_LANES
#define TILE_ROWS VWW_KERNELS_ROWS
#define WIDE(function) WIDE_(function, VWW_KERNELS_LANES)
#define WIDE_(function, lanes) WIDE__(function, lanes)
#define WIDE__(function, lanes) function##_##lanes

#if VWW_KERNELS_LANES > VWW_CHANNEL_STEP
/* Channel counts are multiples of VWW_CHANNEL_STEP: wider vectors need a narrower one beside. */
#define HAS_NARROW 1
#else
#define HAS_NARROW 0
#endif

#include "train/kernels_lanes.h"
#if HAS_NARROW
#undef LANES
#define LANES 8
#include "train/kernels_lanes.h"
#endif

/* Run `wide` for each full vector of channels, and `narrow` for the half one that may be left. */
#if HAS_NARROW
#define EACH_VECTOR(c, channels, wide, narrow)                                                     \
    do {                                                                                           \
        int64_t c = 0;                                                                             \
        for (; c + VWW_KERNELS_LANES <= (channels); c += VWW_KERNELS_LANES)                        \
            wide;                                                                                  \
        if (c < (channels))                                                                        \
            narrow;                                                                                \
    } while (0)
#else
#define EACH_VECTOR(c, channels, wide, narrow)                                                     \
    for (int64_t c = 0; c < (channels); c += VWW_KERNELS_LANES)                                    \
    wide
#endif

/* Plain: the compiler knows how to widen bytes. */
static void from_bytes(const uint8_t *bytes, int64_t count, float mean, float scale, float *values)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = ((float)bytes[i] - mean) * scale;
}

/* The part of the channels that full vectors cover. */
static int64_t full_vectors(int64_t channels)
{
    return channels / VWW_KERNELS_LANES * VWW_KERNELS_LANES;
}

static void view(const struct vww_view *view, const void *raw, int64_t rows, int64_t channels,
                 float *values)
{
    const int64_t full = full_vectors(channels);
    WIDE(view)(view, view->scale, view->shift, raw, rows, channels, full, values);
#if HAS_NARROW
    if (full < channels)
        view_8(view, view->scale + full, view->shift + full, vww_stored_at(raw, view->bf16, full),
               rows, channels, 8, values + full);
#endif
}

static void moments(const void *raw, bool bf16, int64_t rows, int64_t channels, double *sum,
                    double *squares)
{
    EACH_VECTOR(
        c, channels,
        WIDE(moments)(vww_stored_at(raw, bf16, c), bf16, rows, channels, sum + c, squares + c),
        moments_8(vww_stored_at(raw, bf16, c), bf16, rows, channels, sum + c, squares + c));
}

static void range(const void *raw, bool bf16, int64_t rows, int64_t channels, float *low,
                  float *high)
{
    EACH_VECTOR(c, channels,
                WIDE(range)(vww_stored_at(raw, bf16, c), bf16, rows, channels, low + c, high + c),
                range_8(vww_stored_at(raw, bf16, c), bf16, rows, channels, low + c, high + c));
}

static void cut(const struct vww_view *view, const void *raw, const float *mean, int64_t rows,
                int64_t channels, const float *gradient, void *stored, double *sum, double *product)
{
    EACH_VECTOR(c, channels,
                WIDE(cut)(view, view->scale + c, view->shift + c, vww_stored_at(raw, view->bf16, c),
                          mean + c, rows, channels, gradient + c,
                          vww_stored_at(stored, view->bf16, c), sum + c, product + c),
                cut_8(view, view->scale + c, view->shift + c, vww_stored_at(raw, view->bf16, c),
                      mean + c, rows, channels, gradient + c, vww_stored_at(stored, view->bf16, c),
                      sum + c, product + c));
}

static void through(const void *gradient, const void *raw, bool bf16, const float *factor,
                    const float *offset, const float *slope, int64_t rows, int64_t channels,
                    float *result)
{
    const int64_t full = full_vectors(channels);
    WIDE(through)(gradient, raw, bf16, factor, offset, slope, rows, channels, full, result);
#if HAS_NARROW
    if (full < channels)
        through_8(vww_stored_at(gradient, bf16, full), vww_stored_at(raw, bf16, full), bf16,
                  factor + full, offset + full, slope + full, rows, channels, 8, result + full);
#endif
}

static void narrow(const float *values, int64_t count, uint16_t *stored)
{
    const int64_t full = full_vectors(count);
    WIDE(narrow)(values, full, stored);
#if HAS_NARROW
    narrow_8(values + full, count - full, stored + full);
#endif
}

static void widen(const uint16_t *stored, int64_t count, float *values)
{
    const int64_t full = full_vectors(count);
    WIDE(widen)(stored, full, values);
#if HAS_NARROW
    widen_8(stored + full, count - full, values + full);
#endif
}

/* Columns are cut into panels of two vectors, one, or the narrow one. */
static int64_t panel_width(int64_t columns_left)
{
    if (columns_left >= 2 * VWW_KERNELS_LANES)
        return 2 * VWW_KERNELS_LANES;
    return columns_left >= VWW_KERNELS_LANES ? VWW_KERNELS_LANES : VWW_CHANNEL_STEP;
}

static void pack(const float *source, int64_t source_depth, int64_t source_columns,
                 int64_t depth_stride, int64_t column_stride, int64_t depth, int64_t columns,
                 float *packed)
{
    for (int64_t first = 0, width; first < columns; first += width) {
        width = panel_width(columns - first);
        float *panel = packed + first * depth;
        for (int64_t d = 0; d < depth; d++)
            for (int64_t c = 0; c < width; c++)
                panel[d * width + c] = d < source_depth && first + c < source_columns
                                           ? source[d * depth_stride + (first + c) * column_stride]
                                           : 0;
    }
}

static void multiply(const struct vww_rows *a, const float *packed, int64_t rows, int64_t columns,
                     float *c)
{
    const int64_t depth = a->count * a->run;
    for (int64_t first = 0, width; first < columns; first += width) {
        width = panel_width(columns - first);
        const float *panel = packed + first * depth;
        if (width == 2 * VWW_KERNELS_LANES)
            WIDE(panel2)(a, panel, rows, columns, c + first);
        else if (width == VWW_KERNELS_LANES)
            WIDE(panel1)(a, panel, rows, columns, c + first);
#if HAS_NARROW
        else
            panel1_8(a, panel, rows, columns, c + first);
#endif
    }
}

static void multiply_transposed(const struct vww_rows *a, const float *b, int64_t rows,
                                int64_t columns, float *c)
{
    for (int64_t first = 0, width; first < columns; first += width) {
        width = panel_width(columns - first);
        if (width == 2 * VWW_KERNELS_LANES)
            WIDE(transposed2)(a, b + first, rows, columns, c + first);
        else if (width == VWW_KERNELS_LANES)
            WIDE(transposed1)(a, b + first, rows, columns, c + first);
#if HAS_NARROW
        else
            transposed1_8(a, b + first, rows, columns, c + first);
#endif
    }
}

/* The same lines, c channels further on. */
static void lines_at(const float *const *lines, int64_t kernel_h, int64_t c, const float **moved)
{
    for (int64_t i = 0; i < kernel_h; i++)
        moved[i] = lines[i] + c;
}

static void depthwise(const float *const *lines, const float *weights, int64_t kernel_h,
                      int64_t kernel_w, int64_t stride, int64_t dilation, int64_t width,
                      int64_t channels, float *out)
{
    const float *moved[VWW_KERNEL_LINES_MAX];
    EACH_VECTOR(c, channels,
                (lines_at(lines, kernel_h, c, moved),
                 WIDE(depthwise)(moved, weights + c, kernel_h, kernel_w, stride, dilation, width,
                                 channels, out + c)),
                (lines_at(lines, kernel_h, c, moved),
                 depthwise_8(moved, weights + c, kernel_h, kernel_w, stride, dilation, width,
                             channels, out + c)));
}

static void depthwise_weights(const float *const *lines, const float *gradient, int64_t kernel_h,
                              int64_t kernel_w, int64_t stride, int64_t dilation, int64_t width,
                              int64_t channels, float *weights_gradient)
{
    const float *moved[VWW_KERNEL_LINES_MAX];
    EACH_VECTOR(c, channels,
                (lines_at(lines, kernel_h, c, moved),
                 WIDE(depthwise_weights)(moved, gradient + c, kernel_h, kernel_w, stride, dilation,
                                         width, channels, weights_gradient + c)),
                (lines_at(lines, kernel_h, c, moved),
                 depthwise_weights_8(moved, gradient + c, kernel_h, kernel_w, stride, dilation,
                                     width, channels, weights_gradient + c)));
}

static void depthwise_back(const float *const *lines, const float *const *weights, int64_t count,
                           int64_t kernel_w, int64_t stride, int64_t dilation, int64_t shift,
                           int64_t width, int64_t channels, float *out)
{
    const float *moved[VWW_KERNEL_LINES_MAX], *moved_weights[VWW_KERNEL_LINES_MAX];
    EACH_VECTOR(c, channels,
                (lines_at(lines, count, c, moved), lines_at(weights, count, c, moved_weights),
                 WIDE(depthwise_back)(moved, moved_weights, count, kernel_w, stride, dilation,
                                      shift, width, channels, out + c)),
                (lines_at(lines, count, c, moved), lines_at(weights, count, c, moved_weights),
                 depthwise_back_8(moved, moved_weights, count, kernel_w, stride, dilation, shift,
                                  width, channels, out + c)));
}

extern const struct vww_kernels VWW_KERNELS_TABLE;
const struct vww_kernels VWW_KERNELS_TABLE = {
    .name = VWW_KERNELS_NAME,
    .from_bytes = from_bytes,
    .view = view,
    .moments = moments,
    .range = range,
    .cut = cut,
    .through = through,
    .narrow = narrow,
    .widen = widen,
    .pack = pack,
    .multiply = multiply,
    .multiply_transposed = multiply_transposed,
    .depthwise = depthwise,
    .depthwise_weights = depthwise_weights,
    .depthwise_back = depthwise_back,
};
