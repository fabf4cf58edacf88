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

/* The four functions that stream through memory take all full vectors of channels at once, row by
 * row, in the order in which they lie; the parameters come from the first-level cache. */

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

static void NAME(view)(const struct vww_view *view, const float *scale, const float *shift,
                       const float *raw, int64_t rows, int64_t channels, int64_t full,
                       float *values)
{
    const struct vww_view v = *view;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < full; c += LANES) {
            const vec clamped =
                NAME(clamped)(&v, load(raw + r * channels + c), load(scale + c), load(shift + c));
            store(values + r * channels + c, v.quantized ? NAME(on_grid)(&v, clamped) : clamped);
        }
}

static void NAME(moments)(const float *raw, int64_t rows, int64_t channels, double *sum,
                          double *squares)
{
    vec s = {0}, q = {0};
    for (int64_t r = 0; r < rows; r++) {
        const vec v = load(raw + r * channels);
        s += v;
        q += v * v;
    }
    for (int i = 0; i < LANES; i++) {
        sum[i] += (double)s[i];
        squares[i] += (double)q[i];
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
    vec total = {0}, products = {0};
    for (int64_t r = 0; r < rows; r++) {
        const vec v = load(raw + r * channels);
        const vec g = keep_between(load(gradient + r * channels), v * s + t, low, high);
        store(gradient + r * channels, g);
        total += g;
        products += g * (v - m);
    }
    for (int i = 0; i < LANES; i++) {
        sum[i] += (double)total[i];
        product[i] += (double)products[i];
    }
}

static void NAME(through)(const float *gradient, const float *raw, const float *factor,
                          const float *offset, const float *slope, int64_t rows, int64_t channels,
                          int64_t full, float *result)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < full; c += LANES) {
            const int64_t i = r * channels + c;
            store(result + i, load(gradient + i) * load(factor + c) +
                                  (load(raw + i) * load(slope + c) + load(offset + c)));
        }
}

/* --- products of matrices ------------------------------------------------------------------------
 */

/* rows x (vectors * LANES) of c = a * panel, held in registers; rows and vectors are constants
 * where this is inlined. */
static inline __attribute__((always_inline)) void NAME(tile)(const float *a, const float *panel,
                                                             int64_t depth, int64_t columns,
                                                             float *c, const int rows,
                                                             const int vectors)
{
    vec sum[TILE_ROWS][2];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < vectors; j++)
            sum[i][j] = (vec){0};
    for (int64_t k = 0; k < depth; k++) {
        vec b[2];
        for (int j = 0; j < vectors; j++)
            b[j] = load(panel + (k * vectors + j) * LANES);
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            const vec x = splat(a[i * depth + k]);
#pragma GCC unroll 2
            for (int j = 0; j < vectors; j++)
                sum[i][j] += x * b[j];
        }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < vectors; j++)
            store(c + i * columns + j * LANES, sum[i][j]);
}

static inline __attribute__((always_inline)) void NAME(panel)(const float *a, const float *panel,
                                                              int64_t rows, int64_t depth,
                                                              int64_t columns, float *c,
                                                              const int vectors)
{
    int64_t r = 0;
    for (; r + TILE_ROWS <= rows; r += TILE_ROWS)
        NAME(tile)(a + r * depth, panel, depth, columns, c + r * columns, TILE_ROWS, vectors);
    for (; r + 4 <= rows; r += 4)
        NAME(tile)(a + r * depth, panel, depth, columns, c + r * columns, 4, vectors);
    for (; r < rows; r++)
        NAME(tile)(a + r * depth, panel, depth, columns, c + r * columns, 1, vectors);
}

/* One panel of 1 or 2 vectors of columns. */
static void NAME(panel1)(const float *a, const float *panel, int64_t rows, int64_t depth,
                         int64_t columns, float *c)
{
    NAME(panel)(a, panel, rows, depth, columns, c, 1);
}

#if LANES == VWW_KERNELS_LANES /* the narrow vector is used for what is left: one */
static void NAME(panel2)(const float *a, const float *panel, int64_t rows, int64_t depth,
                         int64_t columns, float *c)
{
    NAME(panel)(a, panel, rows, depth, columns, c, 2);
}
#endif

/* TRANSPOSED_ROWS x (vectors * LANES) of c += transpose(a) * b. */
static inline __attribute__((always_inline)) void
NAME(transposed_tile)(const float *a, const float *b, int64_t rows, int64_t depth, int64_t columns,
                      float *c, const int vectors)
{
    vec sum[TRANSPOSED_ROWS][2];
    for (int i = 0; i < TRANSPOSED_ROWS; i++)
        for (int j = 0; j < vectors; j++)
            sum[i][j] = (vec){0};
    for (int64_t r = 0; r < rows; r++) {
        vec y[2];
        for (int j = 0; j < vectors; j++)
            y[j] = load(b + r * columns + j * LANES);
#pragma GCC unroll 16
        for (int i = 0; i < TRANSPOSED_ROWS; i++) {
            const vec x = splat(a[r * depth + i]);
#pragma GCC unroll 2
            for (int j = 0; j < vectors; j++)
                sum[i][j] += x * y[j];
        }
    }
    for (int i = 0; i < TRANSPOSED_ROWS; i++)
        for (int j = 0; j < vectors; j++) {
            float *to = c + i * columns + j * LANES;
            store(to, load(to) + sum[i][j]);
        }
}

static void NAME(transposed1)(const float *a, const float *b, int64_t rows, int64_t depth,
                              int64_t columns, float *c)
{
    for (int64_t k = 0; k < depth; k += TRANSPOSED_ROWS)
        NAME(transposed_tile)(a + k, b, rows, depth, columns, c + k * columns, 1);
}

#if LANES == VWW_KERNELS_LANES /* the narrow vector is used for what is left: one */
static void NAME(transposed2)(const float *a, const float *b, int64_t rows, int64_t depth,
                              int64_t columns, float *c)
{
    for (int64_t k = 0; k < depth; k += TRANSPOSED_ROWS)
        NAME(transposed_tile)(a + k, b, rows, depth, columns, c + k * columns, 2);
}
#endif

/* --- depthwise -----------------------------------------------------------------------------------
 */

/* `outputs` neighbouring outputs of a 3x3 kernel; outputs (at most 4) and stride (at most 2) are
 * constants where this is inlined. */
static inline __attribute__((always_inline)) void
NAME(depthwise_3x3)(const float *const *lines, const vec w[9], int64_t at, int64_t channels,
                    float *out, const int outputs, const int stride)
{
    vec sum[4];
    for (int i = 0; i < outputs; i++)
        sum[i] = (vec){0};
#pragma GCC unroll 3
    for (int i = 0; i < 3; i++) {
        vec x[9];
#pragma GCC unroll 9
        for (int j = 0; j < (outputs - 1) * stride + 3; j++)
            x[j] = load(lines[i] + (at * stride + j) * channels);
#pragma GCC unroll 4
        for (int k = 0; k < outputs; k++)
            /* cppcheck-suppress uninitvar ; it does not count the loop above */
            sum[k] += x[k * stride] * w[i * 3] + x[k * stride + 1] * w[i * 3 + 1] +
                      x[k * stride + 2] * w[i * 3 + 2];
    }
    for (int k = 0; k < outputs; k++)
        store(out + (at + k) * channels, sum[k]);
}

static inline __attribute__((always_inline)) void
NAME(depthwise_3x3_line)(const float *const *lines, const float *weights, int64_t width,
                         int64_t channels, float *out, const int stride)
{
    vec w[9];
    for (int i = 0; i < 9; i++)
        w[i] = load(weights + i * channels);
    int64_t x = 0;
    for (; x + 4 <= width; x += 4)
        NAME(depthwise_3x3)(lines, w, x, channels, out, 4, stride);
    for (; x < width; x++)
        NAME(depthwise_3x3)(lines, w, x, channels, out, 1, stride);
}

static void NAME(depthwise)(const float *const *lines, const float *weights, int64_t kernel_h,
                            int64_t kernel_w, int64_t stride, int64_t dilation, int64_t width,
                            int64_t channels, float *out)
{
    const bool common = kernel_h == 3 && kernel_w == 3 && dilation == 1;
    if (common && stride == 1) {
        NAME(depthwise_3x3_line)(lines, weights, width, channels, out, 1);
        return;
    }
    if (common && stride == 2) {
        NAME(depthwise_3x3_line)(lines, weights, width, channels, out, 2);
        return;
    }
    for (int64_t x = 0; x < width; x++) {
        vec sum = {0};
        for (int64_t i = 0; i < kernel_h; i++)
            for (int64_t j = 0; j < kernel_w; j++)
                sum += load(lines[i] + (x * stride + j * dilation) * channels) *
                       load(weights + (i * kernel_w + j) * channels);
        store(out + x * channels, sum);
    }
}

/* One line of a 3x3 kernel's weight gradient: three of the nine. */
static inline __attribute__((always_inline)) void
NAME(depthwise_weights_3)(const float *line, const float *gradient, int64_t width, int64_t channels,
                          float *weights_gradient, const int stride)
{
    vec sum[3][2] = {{{0}}};
    int64_t x = 0;
    for (; x + 2 <= width; x += 2) {
        const vec g0 = load(gradient + x * channels), g1 = load(gradient + (x + 1) * channels);
        vec v[5];
#pragma GCC unroll 5
        for (int j = 0; j < stride + 3; j++)
            v[j] = load(line + (x * stride + j) * channels);
#pragma GCC unroll 3
        for (int j = 0; j < 3; j++) {
            /* cppcheck-suppress uninitvar ; it does not count the loop above */
            sum[j][0] += g0 * v[j];
            sum[j][1] += g1 * v[stride + j];
        }
    }
    for (; x < width; x++)
        for (int j = 0; j < 3; j++)
            sum[j][0] += load(gradient + x * channels) * load(line + (x * stride + j) * channels);
    for (int j = 0; j < 3; j++) {
        float *to = weights_gradient + j * channels;
        store(to, load(to) + (sum[j][0] + sum[j][1]));
    }
}

static void NAME(depthwise_weights)(const float *const *lines, const float *gradient,
                                    int64_t kernel_h, int64_t kernel_w, int64_t stride,
                                    int64_t dilation, int64_t width, int64_t channels,
                                    float *weights_gradient)
{
    for (int64_t i = 0; i < kernel_h; i++) {
        float *line_gradient = weights_gradient + i * kernel_w * channels;
        if (kernel_w == 3 && dilation == 1 && stride == 1) {
            NAME(depthwise_weights_3)(lines[i], gradient, width, channels, line_gradient, 1);
            continue;
        }
        if (kernel_w == 3 && dilation == 1 && stride == 2) {
            NAME(depthwise_weights_3)(lines[i], gradient, width, channels, line_gradient, 2);
            continue;
        }
        for (int64_t j = 0; j < kernel_w; j++) {
            vec sum = load(line_gradient + j * channels);
            for (int64_t x = 0; x < width; x++)
                sum += load(gradient + x * channels) *
                       load(lines[i] + (x * stride + j * dilation) * channels);
            store(line_gradient + j * channels, sum);
        }
    }
}

static void NAME(depthwise_apart)(const float *const *lines, const int64_t *taps, int64_t count,
                                  const float *weights, int64_t kernel_w, int64_t shift,
                                  int64_t width, int64_t channels, float *out)
{
    for (int64_t x = 0; x < width; x++) {
        vec sum = {0};
        for (int64_t k = 0; k < count; k++) {
            const float *w = weights + taps[k] * kernel_w * channels;
            for (int64_t j = (x + shift) % 2; j < kernel_w; j += 2)
                sum += load(lines[k] + (x + shift - j) / 2 * channels) * load(w + j * channels);
        }
        store(out + x * channels, sum);
    }
}

static void NAME(depthwise_scatter)(const float *gradient, const float *weights, int64_t kernel_h,
                                    int64_t kernel_w, int64_t stride, int64_t dilation,
                                    int64_t width, int64_t channels, float *const *lines)
{
    for (int64_t i = 0; i < kernel_h; i++)
        for (int64_t x = 0; x < width; x++) {
            const vec g = load(gradient + x * channels);
            for (int64_t j = 0; j < kernel_w; j++) {
                float *to = lines[i] + (x * stride + j * dilation) * channels;
                store(to, load(to) + g * load(weights + (i * kernel_w + j) * channels));
            }
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
