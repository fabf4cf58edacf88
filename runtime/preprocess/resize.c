#include "preprocess/resize.h"

#define ONE (1 << VWWRT_RESIZE_WEIGHT_BITS)
#define HALF (ONE / 2)

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* Inputs within the triangle of one output: an open interval 2 max(n, m) / m wide. */
static int32_t taps_of(int32_t in, int32_t out)
{
    const int32_t span = (2 * larger(in, out) + out - 1) / out;
    return span < in ? span : in;
}

static size_t round_up_4(size_t bytes)
{
    return (bytes + 3) & ~(size_t)3;
}

static size_t axis_bytes(int32_t in, int32_t out)
{
    return round_up_4((size_t)out * (size_t)taps_of(in, out) * sizeof(int16_t)) +
           (size_t)out * sizeof(int32_t);
}

static int side_ok(int32_t side)
{
    return side >= 1 && side <= VWWRT_RESIZE_SIDE_MAX;
}

size_t vwwrt_resize_scratch_bytes(int32_t in_width, int32_t in_height, int32_t out_width,
                                  int32_t out_height, int32_t channels)
{
    if (!side_ok(in_width) || !side_ok(in_height) || !side_ok(out_width) || !side_ok(out_height) ||
        channels < 1 || channels > 4)
        return 0;
    const size_t row = (size_t)out_width * (size_t)channels;
    return axis_bytes(in_width, out_width) + axis_bytes(in_height, out_height) +
           row * sizeof(int32_t) + round_up_4(row * (size_t)taps_of(in_height, out_height));
}

/* a / b rounded down, for 0 <= a < b * 2^(bits + 1): no division of 64 bits, which smaller cores
 * call a library for. */
static int64_t quotient(int64_t a, int64_t b, int32_t bits)
{
    int64_t result = 0, bit = 1;
    for (int32_t i = 0; i < bits; i++) {
        b += b;
        bit += bit;
    }
    for (; bit > 0; bit >>= 1, b >>= 1)
        if (a >= b) {
            a -= b;
            result += bit;
        }
    return result;
}

/* The triangle's height over input i, in units of 1 / (2 max(n, m)). */
static int64_t triangle(const struct vwwrt_resize_axis *axis, int32_t i, int32_t o)
{
    const int64_t distance = (2 * (int64_t)i + 1) * axis->out - (2 * (int64_t)o + 1) * axis->in;
    const int64_t height =
        2 * (int64_t)larger(axis->in, axis->out) - (distance < 0 ? -distance : distance);
    return height > 0 ? height : 0;
}

/* Where the weights of output o begin: the first input under the triangle, or so far left of it
 * that all taps lie inside the picture. */
static int32_t first_input(const struct vwwrt_resize_axis *axis, int32_t o)
{
    const int64_t left = (2 * (int64_t)o + 1) * axis->in - 2 * (int64_t)larger(axis->in, axis->out);
    /* The least i >= 0 with (2i + 1) out > left. */
    int64_t i = left < axis->out ? 0 : quotient(left - axis->out, 2 * (int64_t)axis->out, 16) + 1;
    if (i > axis->in - axis->taps)
        i = axis->in - axis->taps;
    return (int32_t)i;
}

/* Weights whose sum is exactly ONE: each is the difference of two rounded running sums. */
static void axis_begin(struct vwwrt_resize_axis *axis, int32_t in, int32_t out, uint8_t **scratch)
{
    axis->in = in;
    axis->out = out;
    axis->taps = taps_of(in, out);
    axis->first = (int32_t *)(void *)*scratch;
    axis->weight = (int16_t *)(void *)(*scratch + (size_t)out * sizeof(int32_t));
    *scratch += axis_bytes(in, out);
    for (int32_t o = 0; o < out; o++) {
        const int32_t first = axis->first[o] = first_input(axis, o);
        int16_t *weight = axis->weight + (size_t)o * (size_t)axis->taps;
        int64_t total = 0, running = 0, before = 0;
        for (int32_t k = 0; k < axis->taps; k++)
            total += triangle(axis, first + k, o);
        for (int32_t k = 0; k < axis->taps; k++) {
            running += triangle(axis, first + k, o);
            const int64_t after =
                quotient(running * ONE + total / 2, total, VWWRT_RESIZE_WEIGHT_BITS);
            weight[k] = (int16_t)(after - before);
            before = after;
        }
    }
}

void vwwrt_resize_begin(struct vwwrt_resize *resize, int32_t in_width, int32_t in_height,
                        int32_t out_width, int32_t out_height, int32_t channels, void *scratch)
{
    uint8_t *next = scratch;
    axis_begin(&resize->x, in_width, out_width, &next);
    axis_begin(&resize->y, in_height, out_height, &next);
    resize->channels = channels;
    resize->sum = (int32_t *)(void *)next;
    resize->ring = next + (size_t)out_width * (size_t)channels * sizeof(int32_t);
    vwwrt_resize_restart(resize);
}

void vwwrt_resize_restart(struct vwwrt_resize *resize)
{
    resize->rows_in = 0;
    resize->rows_out = 0;
}

/* The sum of values 0 … 255 times weights that sum to ONE, and a half of it: back in 0 … 255. */
static uint8_t shortened(int32_t sum)
{
    return (uint8_t)(sum >> VWWRT_RESIZE_WEIGHT_BITS);
}

static void stretch_row_grey(const struct vwwrt_resize_axis *axis, const uint8_t *row, uint8_t *out)
{
    const int16_t *weight = axis->weight;
    for (int32_t o = 0; o < axis->out; o++, weight += axis->taps) {
        const uint8_t *in = row + axis->first[o];
        int32_t sum = HALF;
        for (int32_t k = 0; k < axis->taps; k++)
            sum += weight[k] * in[k];
        out[o] = shortened(sum);
    }
}

static void stretch_row_rgb(const struct vwwrt_resize_axis *axis, const uint8_t *row, uint8_t *out)
{
    const int16_t *weight = axis->weight;
    for (int32_t o = 0; o < axis->out; o++, weight += axis->taps, out += 3) {
        const uint8_t *in = row + 3 * axis->first[o];
        int32_t red = HALF, green = HALF, blue = HALF;
        for (int32_t k = 0; k < axis->taps; k++, in += 3) {
            red += weight[k] * in[0];
            green += weight[k] * in[1];
            blue += weight[k] * in[2];
        }
        out[0] = shortened(red);
        out[1] = shortened(green);
        out[2] = shortened(blue);
    }
}

static void stretch_row_any(const struct vwwrt_resize_axis *axis, int32_t channels,
                            const uint8_t *row, uint8_t *out)
{
    const int16_t *weight = axis->weight;
    for (int32_t o = 0; o < axis->out; o++, weight += axis->taps)
        for (int32_t c = 0; c < channels; c++) {
            const uint8_t *in = row + axis->first[o] * channels + c;
            int32_t sum = HALF;
            for (int32_t k = 0; k < axis->taps; k++)
                sum += weight[k] * in[k * channels];
            *out++ = shortened(sum);
        }
}

static uint8_t *ring_row(const struct vwwrt_resize *resize, int32_t row)
{
    const size_t bytes = (size_t)resize->x.out * (size_t)resize->channels;
    return resize->ring + (size_t)(row % resize->y.taps) * bytes;
}

/* Output row o out of the rows in the ring. */
static void mix_rows(const struct vwwrt_resize *resize, int32_t o, uint8_t *restrict out)
{
    const int32_t values = resize->x.out * resize->channels;
    const int16_t *weight = resize->y.weight + (size_t)o * (size_t)resize->y.taps;
    int32_t *restrict sum = resize->sum;
    for (int32_t v = 0; v < values; v++)
        sum[v] = HALF;
    for (int32_t k = 0; k < resize->y.taps; k++) {
        if (weight[k] == 0)
            continue;
        const uint8_t *restrict in = ring_row(resize, resize->y.first[o] + k);
        const int16_t w = weight[k];
        for (int32_t v = 0; v < values; v++)
            sum[v] += w * in[v];
    }
    for (int32_t v = 0; v < values; v++)
        out[v] = shortened(sum[v]);
}

void vwwrt_resize_push(struct vwwrt_resize *resize, const uint8_t *row)
{
    if (resize->rows_in >= resize->y.in)
        return;
    uint8_t *stretched = ring_row(resize, resize->rows_in);
    if (resize->channels == 3)
        stretch_row_rgb(&resize->x, row, stretched);
    else if (resize->channels == 1)
        stretch_row_grey(&resize->x, row, stretched);
    else
        stretch_row_any(&resize->x, resize->channels, row, stretched);
    resize->rows_in++;
}

int32_t vwwrt_resize_pull(struct vwwrt_resize *resize, uint8_t *out)
{
    if (resize->rows_out >= resize->y.out ||
        resize->y.first[resize->rows_out] + resize->y.taps > resize->rows_in)
        return 0;
    mix_rows(resize, resize->rows_out, out);
    resize->rows_out++;
    return 1;
}

int32_t vwwrt_resize_row(struct vwwrt_resize *resize, const uint8_t *row, uint8_t *out,
                         size_t out_stride)
{
    vwwrt_resize_push(resize, row);
    while (vwwrt_resize_pull(resize, out + (size_t)resize->rows_out * out_stride))
        continue;
    return resize->rows_out;
}
