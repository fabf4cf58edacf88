/* The kernels for one width of vector. Included by train/kernels.c, once or twice, with
 *   LANES      floats in a vector
 *   TILE_ROWS  rows of a product held in registers
 * Names end in _LANES. Each function works on the LANES channels (or panel of columns) that its
 * pointers begin at; `channels` is the distance between rows. No include guard on purpose. */

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(a) JOIN(a, LANES)
#define vec NAME(vec)
#define load NAME(load)
#define store NAME(store)
#define splat NAME(splat)
#define larger NAME(larger)
#define smaller NAME(smaller)
#define keep_between NAME(keep_between)

typedef float vec __attribute__((vector_size(4 * LANES)));
/* The same in memory: any address, and of any float object. */
typedef float NAME(vec_memory) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

static inline vec load(const float *from)
{
    return (vec) * (const NAME(vec_memory) *)from;
}

static inline void store(float *to, vec value)
{
    *(NAME(vec_memory) *)to = (NAME(vec_memory))value;
}

static inline vec splat(float value)
{
    return value - (vec){0};
}

/* The compiler makes one instruction of these only when asked by name. Each is the loop
 *   for (i < LANES) result[i] = a[i] > b[i] ? a[i] : b[i];
 * with <, and for the third: result[i] = low < v[i] && v[i] < high ? x[i] : 0. A NaN in b comes
 * through the first two: no limit hides it. */
#if LANES == 16 && defined(__AVX512F__)
static inline vec larger(vec a, vec b)
{
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
}
static inline vec smaller(vec a, vec b)
{
    return (vec)_mm512_min_ps((__m512)a, (__m512)b);
}
static inline vec keep_between(vec x, vec v, vec low, vec high)
{
    const __mmask16 above = _mm512_cmp_ps_mask((__m512)v, (__m512)low, _CMP_GT_OQ);
    return (vec)_mm512_maskz_mov_ps(
        _mm512_mask_cmp_ps_mask(above, (__m512)v, (__m512)high, _CMP_LT_OQ), (__m512)x);
}
#elif LANES == 8 && defined(__AVX__)
static inline vec larger(vec a, vec b)
{
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
}
static inline vec smaller(vec a, vec b)
{
    return (vec)_mm256_min_ps((__m256)a, (__m256)b);
}
static inline vec keep_between(vec x, vec v, vec low, vec high)
{
    const __m256 inside = _mm256_and_ps(_mm256_cmp_ps((__m256)v, (__m256)low, _CMP_GT_OQ),
                                        _mm256_cmp_ps((__m256)v, (__m256)high, _CMP_LT_OQ));
    return (vec)_mm256_and_ps(inside, (__m256)x);
}
#else
typedef int32_t NAME(mask) __attribute__((vector_size(4 * LANES)));
static inline vec larger(vec a, vec b)
{
    const NAME(mask) first = a > b;
    return (vec)(((NAME(mask))a & first) | ((NAME(mask))b & ~first));
}
static inline vec smaller(vec a, vec b)
{
    const NAME(mask) first = a < b;
    return (vec)(((NAME(mask))a & first) | ((NAME(mask))b & ~first));
}
static inline vec keep_between(vec x, vec v, vec low, vec high)
{
    return (vec)((NAME(mask))x & (v > low) & (v < high));
}
#endif

/* --- reading -------------------------------------------------------------------------------------
 */

/* Functions over rows take several at once: parameters are loaded once for all of them, and sums
 * go on without waiting for one another. */

static inline __attribute__((always_inline)) vec NAME(clamped)(const struct vww_view *view, vec raw,
                                                               vec scale, vec shift)
{
    return smaller(splat(view->high), larger(splat(view->low), raw * scale + shift));
}

/* Adding and taking away 1.5 * 2^23 rounds to the nearest integer, ties to even. */
static inline __attribute__((always_inline)) vec NAME(on_grid)(const struct vww_view *view,
                                                               vec value)
{
    const vec rounding = splat(12582912.0f), zero = splat(view->zero);
    const vec q =
        smaller(splat(127), larger(splat(-128), value * splat(view->inverse_step) + zero));
    return (((q + rounding) - rounding) - zero) * splat(view->step);
}

static inline __attribute__((always_inline)) void
NAME(view_rows)(const struct vww_view *view, const float *scale, const float *shift,
                const float *raw, int64_t channels, int64_t full, float *values, const int rows,
                const bool quantized)
{
    for (int64_t c = 0; c < full; c += LANES) {
        const vec s = load(scale + c), t = load(shift + c);
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) {
            const vec clamped = NAME(clamped)(view, load(raw + r * channels + c), s, t);
            store(values + r * channels + c, quantized ? NAME(on_grid)(view, clamped) : clamped);
        }
    }
}

static void NAME(view)(const struct vww_view *view, const float *scale, const float *shift,
                       const float *raw, int64_t rows, int64_t channels, int64_t full,
                       float *values)
{
    const struct vww_view v = *view;
    int64_t r = 0;
    for (; r + 4 <= rows && !v.quantized; r += 4)
        NAME(view_rows)
    (&v, scale, shift, raw + r * channels, channels, full, values + r * channels, 4, false);
    for (; r < rows && !v.quantized; r++)
        NAME(view_rows)
    (&v, scale, shift, raw + r * channels, channels, full, values + r * channels, 1, false);
    for (; r < rows; r++)
        NAME(view_rows)
    (&v, scale, shift, raw + r * channels, channels, full, values + r * channels, 1, true);
}

static void NAME(moments)(const float *raw, int64_t rows, int64_t channels, double *sum,
                          double *squares)
{
    vec s[4] = {{0}}, q[4] = {{0}};
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4)
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            const vec v = load(raw + (r + i) * channels);
            s[i] += v;
            q[i] += v * v;
        }
    for (; r < rows; r++) {
        const vec v = load(raw + r * channels);
        s[0] += v;
        q[0] += v * v;
    }
    const vec total = (s[0] + s[1]) + (s[2] + s[3]), totals = (q[0] + q[1]) + (q[2] + q[3]);
    for (int i = 0; i < LANES; i++) {
        sum[i] += (double)total[i];
        squares[i] += (double)totals[i];
    }
}

static void NAME(range)(const float *raw, int64_t rows, int64_t channels, float *low, float *high)
{
    vec least = load(low), most = load(high);
    for (int64_t r = 0; r < rows; r++) {
        const vec v = load(raw + r * channels);
        least = smaller(v, least);
        most = larger(v, most);
    }
    store(low, least);
    store(high, most);
}

/* --- backward through what reading does ----------------------------------------------------------
 */

static void NAME(cut)(const struct vww_view *view, const float *scale, const float *shift,
                      const float *raw, const float *mean, int64_t rows, int64_t channels,
                      float *gradient, double *sum, double *product)
{
    float bottom = view->low, top = view->high;
    if (view->quantized) {
        const float least = view->step * (-128 - view->zero),
                    most = view->step * (127 - view->zero);
        bottom = bottom > least ? bottom : least;
        top = top < most ? top : most;
    }
    const vec s = load(scale), t = load(shift), m = load(mean);
    const vec low = splat(bottom), high = splat(top);
    vec total[2] = {{0}}, products[2] = {{0}};
    int64_t r = 0;
    for (; r + 2 <= rows; r += 2)
#pragma GCC unroll 2
        for (int i = 0; i < 2; i++) {
            float *to = gradient + (r + i) * channels;
            const vec v = load(raw + (r + i) * channels);
            const vec g = keep_between(load(to), v * s + t, low, high);
            store(to, g);
            total[i] += g;
            products[i] += g * (v - m);
        }
    for (; r < rows; r++) {
        const vec v = load(raw + r * channels);
        const vec g = keep_between(load(gradient + r * channels), v * s + t, low, high);
        store(gradient + r * channels, g);
        total[0] += g;
        products[0] += g * (v - m);
    }
    total[0] += total[1];
    products[0] += products[1];
    for (int i = 0; i < LANES; i++) {
        sum[i] += (double)total[0][i];
        product[i] += (double)products[0][i];
    }
}

static inline __attribute__((always_inline)) void
NAME(through_rows)(const float *gradient, const float *raw, const float *factor,
                   const float *offset, const float *slope, int64_t channels, int64_t full,
                   float *result, const int rows)
{
    for (int64_t c = 0; c < full; c += LANES) {
        const vec f = load(factor + c), o = load(offset + c), s = load(slope + c);
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) {
            const int64_t i = r * channels + c;
            store(result + i, load(gradient + i) * f + (load(raw + i) * s + o));
        }
    }
}

static void NAME(through)(const float *gradient, const float *raw, const float *factor,
                          const float *offset, const float *slope, int64_t rows, int64_t channels,
                          int64_t full, float *result)
{
    int64_t i = 0, end = rows * channels;
    for (; i + 4 * channels <= end; i += 4 * channels)
        NAME(through_rows)
    (gradient + i, raw + i, factor, offset, slope, channels, full, result + i, 4);
    for (; i < end; i += channels)
        NAME(through_rows)
    (gradient + i, raw + i, factor, offset, slope, channels, full, result + i, 1);
}

/* --- products of matrices ------------------------------------------------------------------------
 */

/* rows x (vectors * LANES) of c = a * panel, from row `first` on, held in registers; rows and
 * vectors are constants where this is inlined. */
static inline __attribute__((always_inline)) void NAME(tile)(const struct vww_rows *a,
                                                             int64_t first, const float *panel,
                                                             int64_t columns, float *c,
                                                             const int rows, const int vectors)
{
    vec sum[TILE_ROWS][2];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < vectors; j++)
            sum[i][j] = (vec){0};
    const int64_t step = a->step;
    for (int64_t line = 0; line < a->count; line++) {
        const float *from = a->lines[line] + first * step;
        for (const float *const end = from + a->run; from < end; from++) {
            vec b[2];
            for (int j = 0; j < vectors; j++, panel += LANES)
                b[j] = load(panel);
#pragma GCC unroll 16
            for (int i = 0; i < rows; i++) {
                const vec x = splat(from[i * step]);
#pragma GCC unroll 2
                for (int j = 0; j < vectors; j++)
                    sum[i][j] += x * b[j];
            }
        }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < vectors; j++)
            store(c + (first + i) * columns + j * LANES, sum[i][j]);
}

static inline __attribute__((always_inline)) void NAME(panel)(const struct vww_rows *a,
                                                              const float *panel, int64_t rows,
                                                              int64_t columns, float *c,
                                                              const int vectors)
{
    int64_t r = 0;
    /* Two tiles of 4 make better use of the registers than one of 6 and a rest of 2. */
    for (; r + TILE_ROWS <= rows && rows - r != 8; r += TILE_ROWS)
        NAME(tile)(a, r, panel, columns, c, TILE_ROWS, vectors);
    for (; r + 4 <= rows; r += 4)
        NAME(tile)(a, r, panel, columns, c, 4, vectors);
    for (; r + 2 <= rows; r += 2)
        NAME(tile)(a, r, panel, columns, c, 2, vectors);
    for (; r < rows; r++)
        NAME(tile)(a, r, panel, columns, c, 1, vectors);
}

/* One panel of 1 or 2 vectors of columns. */
static void NAME(panel1)(const struct vww_rows *a, const float *panel, int64_t rows,
                         int64_t columns, float *c)
{
    NAME(panel)(a, panel, rows, columns, c, 1);
}

#if LANES == VWW_KERNELS_LANES /* the narrow vector is used for what is left: one */
static void NAME(panel2)(const struct vww_rows *a, const float *panel, int64_t rows,
                         int64_t columns, float *c)
{
    NAME(panel)(a, panel, rows, columns, c, 2);
}
#endif

/* height x (vectors * LANES) of c += transpose(a) * b; a: `height` floats in each row. */
static inline __attribute__((always_inline)) void
NAME(transposed_tile)(const float *a, int64_t step, const float *b, int64_t rows, int64_t columns,
                      float *c, const int height, const int vectors)
{
    vec sum[TRANSPOSED_MOST][2];
    for (int i = 0; i < height; i++)
        for (int j = 0; j < vectors; j++)
            sum[i][j] = (vec){0};
    for (int64_t r = 0; r < rows; r++, a += step, b += columns) {
        vec y[2];
        for (int j = 0; j < vectors; j++)
            y[j] = load(b + j * LANES);
#pragma GCC unroll 16
        for (int i = 0; i < height; i++) {
            const vec x = splat(a[i]);
#pragma GCC unroll 2
            for (int j = 0; j < vectors; j++)
                sum[i][j] += x * y[j];
        }
    }
    for (int i = 0; i < height; i++)
        for (int j = 0; j < vectors; j++) {
            float *to = c + i * columns + j * LANES;
            store(to, load(to) + sum[i][j]);
        }
}

/* A panel of c += transpose(a) * b in tiles of `most`, 4 and 1 rows of c. */
static inline __attribute__((always_inline)) void
NAME(transposed)(const struct vww_rows *a, const float *b, int64_t rows, int64_t columns, float *c,
                 const int most, const int vectors)
{
    for (int64_t line = 0; line < a->count; line++) {
        const float *from = a->lines[line];
        int64_t k = 0;
        for (; k + most <= a->run && a->run - k != 8; k += most, c += most * columns)
            NAME(transposed_tile)(from + k, a->step, b, rows, columns, c, most, vectors);
        for (; k + 4 <= a->run; k += 4, c += 4 * columns)
            NAME(transposed_tile)(from + k, a->step, b, rows, columns, c, 4, vectors);
        for (; k < a->run; k++, c += columns)
            NAME(transposed_tile)(from + k, a->step, b, rows, columns, c, 1, vectors);
    }
}

static void NAME(transposed1)(const struct vww_rows *a, const float *b, int64_t rows,
                              int64_t columns, float *c)
{
    NAME(transposed)(a, b, rows, columns, c, TRANSPOSED_MOST, 1);
}

#if LANES == VWW_KERNELS_LANES /* the narrow vector is used for what is left: one */
static void NAME(transposed2)(const struct vww_rows *a, const float *b, int64_t rows,
                              int64_t columns, float *c)
{
    NAME(transposed)(a, b, rows, columns, c, TRANSPOSED_ROWS, 2);
}
#endif

/* --- depthwise -----------------------------------------------------------------------------------
 */

/* `outputs` neighbouring outputs of a 3x3 kernel whose lines of weights begin at weights[i];
 * outputs (at most 6), stride (at most 2) and turned (each line of weights from right to left) are
 * constants where this is inlined. Each input is loaded once. */
static inline __attribute__((always_inline)) void
NAME(depthwise_3x3)(const float *const *lines, const float *const *weights, int64_t channels,
                    int64_t at, float *out, const int outputs, const int stride, const bool turned)
{
    vec sum[6];
    for (int k = 0; k < outputs; k++)
        sum[k] = (vec){0};
#pragma GCC unroll 3
    for (int i = 0; i < 3; i++) {
        const vec w[3] = {load(weights[i] + (turned ? 2 : 0) * channels),
                          load(weights[i] + channels),
                          load(weights[i] + (turned ? 0 : 2) * channels)};
        const float *from = lines[i] + at * stride * channels;
#pragma GCC unroll 16
        for (int p = 0; p < (outputs - 1) * stride + 3; p++) {
            const vec x = load(from + p * channels);
#pragma GCC unroll 3
            for (int j = 0; j < 3; j++)
                if (p >= j && (p - j) % stride == 0 && (p - j) / stride < outputs)
                    sum[(p - j) / stride] += x * w[j];
        }
    }
    for (int k = 0; k < outputs; k++)
        store(out + (at + k) * channels, sum[k]);
}

static inline __attribute__((always_inline)) void
NAME(depthwise_3x3_line)(const float *const *lines, const float *const *weights, int64_t width,
                         int64_t channels, float *out, const int stride, const bool turned)
{
    int64_t x = 0;
    for (; x + 6 <= width; x += 6)
        NAME(depthwise_3x3)(lines, weights, channels, x, out, 6, stride, turned);
    for (; x + 3 <= width; x += 3)
        NAME(depthwise_3x3)(lines, weights, channels, x, out, 3, stride, turned);
    for (; x < width; x++)
        NAME(depthwise_3x3)(lines, weights, channels, x, out, 1, stride, turned);
}

static void NAME(depthwise)(const float *const *lines, const float *weights, int64_t kernel_h,
                            int64_t kernel_w, int64_t stride, int64_t dilation, int64_t width,
                            int64_t channels, float *out)
{
    if (kernel_h == 3 && kernel_w == 3 && dilation == 1 && stride <= 2) {
        const float *const w[3] = {weights, weights + 3 * channels, weights + 6 * channels};
        if (stride == 1)
            NAME(depthwise_3x3_line)(lines, w, width, channels, out, 1, false);
        else
            NAME(depthwise_3x3_line)(lines, w, width, channels, out, 2, false);
        return;
    }
    for (int64_t x = 0, count; x < width; x += count) {
        vec sum[4] = {{0}};
        count = width - x < 4 ? width - x : 4;
        for (int64_t i = 0; i < kernel_h; i++)
            for (int64_t j = 0; j < kernel_w; j++) {
                const vec w = load(weights + (i * kernel_w + j) * channels);
                const float *from = lines[i] + (x * stride + j * dilation) * channels;
                for (int64_t k = 0; k < count; k++)
                    sum[k] += load(from + k * stride * channels) * w;
            }
        for (int64_t k = 0; k < count; k++)
            store(out + (x + k) * channels, sum[k]);
    }
}

/* All nine of a 3x3 kernel's weight gradients. */
static inline __attribute__((always_inline)) void
NAME(depthwise_weights_3x3)(const float *const *lines, const float *gradient, int64_t width,
                            int64_t channels, float *weights_gradient, const int stride)
{
    vec sum[3][3];
    for (int i = 0; i < 9; i++)
        sum[i / 3][i % 3] = load(weights_gradient + i * channels);
    int64_t x = 0;
    for (; x + 2 <= width; x += 2) {
        const vec g[2] = {load(gradient + x * channels), load(gradient + (x + 1) * channels)};
#pragma GCC unroll 3
        for (int i = 0; i < 3; i++) {
            const float *from = lines[i] + x * stride * channels;
#pragma GCC unroll 5
            for (int p = 0; p < stride + 3; p++) {
                const vec v = load(from + p * channels);
                if (p < 3)
                    sum[i][p] += g[0] * v;
                if (p >= stride)
                    sum[i][p - stride] += g[1] * v;
            }
        }
    }
    for (; x < width; x++)
        for (int i = 0; i < 9; i++)
            sum[i / 3][i % 3] += load(gradient + x * channels) *
                                 load(lines[i / 3] + (x * stride + i % 3) * channels);
    for (int i = 0; i < 9; i++)
        store(weights_gradient + i * channels, sum[i / 3][i % 3]);
}

static void NAME(depthwise_weights)(const float *const *lines, const float *gradient,
                                    int64_t kernel_h, int64_t kernel_w, int64_t stride,
                                    int64_t dilation, int64_t width, int64_t channels,
                                    float *weights_gradient)
{
    if (kernel_h == 3 && kernel_w == 3 && dilation == 1 && stride <= 2) {
        if (stride == 1)
            NAME(depthwise_weights_3x3)(lines, gradient, width, channels, weights_gradient, 1);
        else
            NAME(depthwise_weights_3x3)(lines, gradient, width, channels, weights_gradient, 2);
        return;
    }
    for (int64_t i = 0; i < kernel_h; i++)
        for (int64_t j = 0; j < kernel_w; j++) {
            const float *from = lines[i] + j * dilation * channels;
            float *to = weights_gradient + (i * kernel_w + j) * channels;
            vec sum[2] = {load(to), {0}};
            int64_t x = 0;
            for (; x + 2 <= width; x += 2) {
                sum[0] += load(gradient + x * channels) * load(from + x * stride * channels);
                sum[1] +=
                    load(gradient + (x + 1) * channels) * load(from + (x + 1) * stride * channels);
            }
            if (x < width)
                sum[0] += load(gradient + x * channels) * load(from + x * stride * channels);
            store(to, sum[0] + sum[1]);
        }
}

/* The part of depthwise_back for a 3x3 kernel of stride 2; count (1 or 2) is a constant where this
 * is inlined. Inputs come in pairs: with t = x + shift even, output t / 2 reaches x through tap 0
 * and x + 1 through tap 1, and output t / 2 - 1 reaches x through tap 2. */
static inline __attribute__((always_inline)) void
NAME(depthwise_back_3x3)(const float *const *lines, const float *const *weights, int64_t shift,
                         int64_t width, int64_t channels, float *out, const int count)
{
    vec w[2][3], before[2];
    int64_t x = -(shift % 2), m = (x + shift) / 2;
    for (int k = 0; k < count; k++) {
        for (int j = 0; j < 3; j++)
            w[k][j] = load(weights[k] + j * channels);
        before[k] = load(lines[k] + (m - 1) * channels);
    }
    for (; x < width; x += 2, m++) {
        vec even = {0}, odd = {0};
        for (int k = 0; k < count; k++) {
            const vec g = load(lines[k] + m * channels);
            even += g * w[k][0] + before[k] * w[k][2];
            odd += g * w[k][1];
            before[k] = g;
        }
        if (x >= 0)
            store(out + x * channels, even);
        if (x + 1 < width)
            store(out + (x + 1) * channels, odd);
    }
}

/* One input's gradient, for any kernel. */
static vec NAME(depthwise_back_one)(const float *const *lines, const float *const *weights,
                                    int64_t count, int64_t kernel_w, int64_t stride,
                                    int64_t dilation, int64_t at, int64_t channels)
{
    vec sum = {0};
    for (int64_t j = 0; j < kernel_w; j++) {
        const int64_t from = at - j * dilation;
        if (from % stride != 0)
            continue;
        for (int64_t k = 0; k < count; k++)
            sum += load(lines[k] + from / stride * channels) * load(weights[k] + j * channels);
    }
    return sum;
}

static void NAME(depthwise_back)(const float *const *lines, const float *const *weights,
                                 int64_t count, int64_t kernel_w, int64_t stride, int64_t dilation,
                                 int64_t shift, int64_t width, int64_t channels, float *out)
{
    if (kernel_w == 3 && dilation == 1 && stride == 1 && count == 3) {
        const float *moved[3];
        for (int i = 0; i < 3; i++)
            moved[i] = lines[i] + (shift - 2) * channels;
        NAME(depthwise_3x3_line)(moved, weights, width, channels, out, 1, true);
    } else if (kernel_w == 3 && dilation == 1 && stride == 2 && count == 2) {
        NAME(depthwise_back_3x3)(lines, weights, shift, width, channels, out, 2);
    } else if (kernel_w == 3 && dilation == 1 && stride == 2 && count == 1) {
        NAME(depthwise_back_3x3)(lines, weights, shift, width, channels, out, 1);
    } else {
        for (int64_t x = 0; x < width; x++)
            store(out + x * channels,
                  NAME(depthwise_back_one)(lines, weights, count, kernel_w, stride, dilation,
                                           x + shift, channels));
    }
}

#undef keep_between
#undef smaller
#undef larger
#undef splat
#undef store
#undef load
#undef vec
#undef NAME
#undef JOIN
#undef JOIN_
