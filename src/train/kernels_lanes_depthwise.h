/* The depthwise kernels for one width of vector: a part of train/kernels_lanes.h, which includes
 * it. No include guard on purpose. */

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
