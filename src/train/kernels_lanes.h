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
#define load_stored NAME(load_stored)
#define rounded NAME(rounded)
#define store_bf16 NAME(store_bf16)

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

/* --- bfloat16
 * -------------------------------------------------------------------------------------
 */

typedef uint32_t NAME(bits) __attribute__((vector_size(4 * LANES)));
typedef uint16_t NAME(upper) __attribute__((vector_size(2 * LANES)));
typedef uint16_t NAME(upper_memory) __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

/* Elements i … i + LANES - 1; bf16 is a constant where this is inlined. */
static inline __attribute__((always_inline)) vec load_stored(const void *stored, int64_t i,
                                                             const bool bf16)
{
    if (!bf16)
        return load((const float *)stored + i);
    const NAME(upper) upper =
        (NAME(upper)) * (const NAME(upper_memory) *)((const uint16_t *)stored + i);
    return (vec)(__builtin_convertvector(upper, NAME(bits)) << 16);
}

/* To the nearest that bfloat16 has, ties to even. (The NaNs that arithmetic makes stay NaNs.) */
static inline vec rounded(vec value)
{
    const NAME(bits) bits = (NAME(bits))value;
    return (vec)((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
}

/* value: rounded already. */
static inline void store_bf16(uint16_t *to, vec value)
{
    const NAME(bits) bits = (NAME(bits))value >> 16;
    *(NAME(upper_memory) *)to = (NAME(upper_memory)) __builtin_convertvector(bits, NAME(upper));
}

static void NAME(narrow)(const float *values, int64_t count, uint16_t *stored)
{
    for (int64_t i = 0; i < count; i += LANES)
        store_bf16(stored + i, rounded(load(values + i)));
}

static void NAME(widen)(const uint16_t *stored, int64_t count, float *values)
{
    for (int64_t i = 0; i < count; i += LANES)
        store(values + i, load_stored(stored, i, true));
}

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
                const void *raw, int64_t at, int64_t channels, int64_t full, float *values,
                const int rows, const bool quantized, const bool bf16)
{
    for (int64_t c = 0; c < full; c += LANES) {
        const vec s = load(scale + c), t = load(shift + c);
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) {
            const int64_t i = at + r * channels + c;
            const vec clamped = NAME(clamped)(view, load_stored(raw, i, bf16), s, t);
            store(values + i, quantized ? NAME(on_grid)(view, clamped) : clamped);
        }
    }
}

static inline __attribute__((always_inline)) void
NAME(view_all)(const struct vww_view *view, const float *scale, const float *shift, const void *raw,
               int64_t rows, int64_t channels, int64_t full, float *values, const bool quantized,
               const bool bf16)
{
    const struct vww_view v = *view;
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4)
        NAME(view_rows)
    (&v, scale, shift, raw, r * channels, channels, full, values, 4, quantized, bf16);
    for (; r < rows; r++)
        NAME(view_rows)
    (&v, scale, shift, raw, r * channels, channels, full, values, 1, quantized, bf16);
}

static void NAME(view)(const struct vww_view *view, const float *scale, const float *shift,
                       const void *raw, int64_t rows, int64_t channels, int64_t full, float *values)
{
    if (view->quantized && view->bf16)
        NAME(view_all)(view, scale, shift, raw, rows, channels, full, values, true, true);
    else if (view->quantized)
        NAME(view_all)(view, scale, shift, raw, rows, channels, full, values, true, false);
    else if (view->bf16)
        NAME(view_all)(view, scale, shift, raw, rows, channels, full, values, false, true);
    else
        NAME(view_all)(view, scale, shift, raw, rows, channels, full, values, false, false);
}

static inline __attribute__((always_inline)) void NAME(moments_of)(const void *raw, int64_t rows,
                                                                   int64_t channels, double *sum,
                                                                   double *squares, const bool bf16)
{
    vec s[4] = {{0}}, q[4] = {{0}};
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4)
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            const vec v = load_stored(raw, (r + i) * channels, bf16);
            s[i] += v;
            q[i] += v * v;
        }
    for (; r < rows; r++) {
        const vec v = load_stored(raw, r * channels, bf16);
        s[0] += v;
        q[0] += v * v;
    }
    const vec total = (s[0] + s[1]) + (s[2] + s[3]), totals = (q[0] + q[1]) + (q[2] + q[3]);
    for (int i = 0; i < LANES; i++) {
        sum[i] += (double)total[i];
        squares[i] += (double)totals[i];
    }
}

static void NAME(moments)(const void *raw, bool bf16, int64_t rows, int64_t channels, double *sum,
                          double *squares)
{
    if (bf16)
        NAME(moments_of)(raw, rows, channels, sum, squares, true);
    else
        NAME(moments_of)(raw, rows, channels, sum, squares, false);
}

static void NAME(range)(const void *raw, bool bf16, int64_t rows, int64_t channels, float *low,
                        float *high)
{
    vec least = load(low), most = load(high);
    for (int64_t r = 0; r < rows; r++) {
        const vec v = load_stored(raw, r * channels, bf16);
        least = smaller(v, least);
        most = larger(v, most);
    }
    store(low, least);
    store(high, most);
}

/* --- backward through what reading does ----------------------------------------------------------
 */

static inline __attribute__((always_inline)) vec NAME(cut_one)(const float *gradient, vec value,
                                                               vec low, vec high, void *stored,
                                                               int64_t i, const bool bf16)
{
    vec g = keep_between(load(gradient + i), value, low, high);
    if (bf16) {
        g = rounded(g);
        store_bf16((uint16_t *)stored + i, g);
    } else {
        store((float *)stored + i, g);
    }
    return g;
}

static inline __attribute__((always_inline)) void
NAME(cut_all)(const struct vww_view *view, const float *scale, const float *shift, const void *raw,
              const float *mean, int64_t rows, int64_t channels, const float *gradient,
              void *stored, double *sum, double *product, const bool bf16)
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
            const int64_t at = (r + i) * channels;
            const vec v = load_stored(raw, at, bf16);
            const vec g = NAME(cut_one)(gradient, v * s + t, low, high, stored, at, bf16);
            total[i] += g;
            products[i] += g * (v - m);
        }
    for (; r < rows; r++) {
        const vec v = load_stored(raw, r * channels, bf16);
        const vec g = NAME(cut_one)(gradient, v * s + t, low, high, stored, r * channels, bf16);
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

static void NAME(cut)(const struct vww_view *view, const float *scale, const float *shift,
                      const void *raw, const float *mean, int64_t rows, int64_t channels,
                      const float *gradient, void *stored, double *sum, double *product)
{
    if (view->bf16)
        NAME(cut_all)
    (view, scale, shift, raw, mean, rows, channels, gradient, stored, sum, product, true);
    else NAME(cut_all)(view, scale, shift, raw, mean, rows, channels, gradient, stored, sum,
                       product, false);
}

static inline __attribute__((always_inline)) void
NAME(through_rows)(const void *gradient, const void *raw, int64_t at, const float *factor,
                   const float *offset, const float *slope, int64_t channels, int64_t full,
                   float *result, const int rows, const bool bf16)
{
    for (int64_t c = 0; c < full; c += LANES) {
        const vec f = load(factor + c), o = load(offset + c), s = load(slope + c);
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) {
            const int64_t i = at + r * channels + c;
            store(result + i,
                  load_stored(gradient, i, bf16) * f + (load_stored(raw, i, bf16) * s + o));
        }
    }
}

static inline __attribute__((always_inline)) void
NAME(through_all)(const void *gradient, const void *raw, const float *factor, const float *offset,
                  const float *slope, int64_t rows, int64_t channels, int64_t full, float *result,
                  const bool bf16)
{
    int64_t i = 0, end = rows * channels;
    for (; i + 4 * channels <= end; i += 4 * channels)
        NAME(through_rows)
    (gradient, raw, i, factor, offset, slope, channels, full, result, 4, bf16);
    for (; i < end; i += channels)
        NAME(through_rows)
    (gradient, raw, i, factor, offset, slope, channels, full, result, 1, bf16);
}

static void NAME(through)(const void *gradient, const void *raw, bool bf16, const float *factor,
                          const float *offset, const float *slope, int64_t rows, int64_t channels,
                          int64_t full, float *result)
{
    if (bf16)
        NAME(through_all)
    (gradient, raw, factor, offset, slope, rows, channels, full, result, true);
    else NAME(through_all)(gradient, raw, factor, offset, slope, rows, channels, full, result,
                           false);
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

#include "train/kernels_lanes_depthwise.h"

#undef store_bf16
#undef rounded
#undef load_stored
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
