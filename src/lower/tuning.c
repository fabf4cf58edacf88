#include "lower/tuning.h"
#include "base/memory.h"
#include "kernels/requantize.h"
#include "kernels/rows.h"

#include <limits.h>
#include <stdlib.h>

/* --- output parameters ----------------------------------------------------------------------- */

/* The kernels keep twice the sum in 32 bits. */
#define SUM_LIMIT (INT64_C(1) << 30)
/* They add at most 255 * 2^(shift - 1) to what becomes of it: below 2^29 up to here. */
#define SHIFT_LIMIT 22

/* One output channel of a convolution. Weights: `count` of them, `stride` apart. */
struct plain_channel {
    const int8_t *weights;
    int64_t count, stride;
    int32_t input_offset, bias, multiplier, shift;
    int32_t output_offset, low, high;
};

/* Bounds of sum + bias over all inputs, and `magnitude`: no partial sum, in whatever order, with
 * the input's offset folded into the bias, is larger. */
struct sum_bounds {
    int64_t least, most, folded_bias, magnitude;
};

static struct sum_bounds bounds_of(const struct plain_channel *plain)
{
    struct sum_bounds bounds = {.folded_bias = plain->bias};
    int64_t below = 0, above = 0;
    for (int64_t i = 0; i < plain->count; i++) {
        const int weight = plain->weights[i * plain->stride];
        bounds.folded_bias += (int64_t)plain->input_offset * weight;
        below += weight > 0 ? -128 * weight : 127 * weight;
        above += weight > 0 ? 127 * weight : -128 * weight;
    }
    bounds.least = bounds.folded_bias + below;
    bounds.most = bounds.folded_bias + above;
    bounds.magnitude = llabs(bounds.folded_bias) + (above > -below ? above : -below);
    return bounds;
}

/* The channel's output less its zero point. */
static int32_t output_of(const struct plain_channel *plain, int64_t sum)
{
    return vwwrt_output((int32_t)sum, 0, plain->multiplier, plain->shift, plain->output_offset,
                        plain->low, plain->high) -
           plain->output_offset;
}

/* Requantization never falls where its argument grows, if nothing wraps: so the outputs of the
 * least and the largest sum bound all others. */
static bool is_constant(const struct plain_channel *plain, const struct sum_bounds *bounds)
{
    return bounds->least >= INT32_MIN && bounds->most <= INT32_MAX && plain->multiplier >= 0 &&
           (plain->shift <= 0 || bounds->least == bounds->most) &&
           output_of(plain, bounds->least) == output_of(plain, bounds->most);
}

/* A channel whose scaled sum is always `value`: twice the sum 16 * value times 2^30 is
 * 4 * value * 2^32, and that is shifted by 2. */
static struct vww_tune_channel constant_channel(int32_t value)
{
    return (struct vww_tune_channel){
        .doubled_bias = 16 * value, .multiplier = 1 << 30, .shift = 2, .is_constant = true};
}

/* See vww_tune_conv_channel. */
static bool output_channel(const struct plain_channel *plain, struct vww_tune_channel *channel)
{
    const struct sum_bounds bounds = bounds_of(plain);
    if (is_constant(plain, &bounds)) {
        *channel = constant_channel(output_of(plain, bounds.least));
        return true;
    }
    if (bounds.magnitude >= SUM_LIMIT || plain->multiplier < 0 || plain->shift > -1 ||
        plain->shift < -SHIFT_LIMIT)
        return false;
    *channel = (struct vww_tune_channel){
        .doubled_bias = (int32_t)(2 * bounds.folded_bias),
        .multiplier = plain->multiplier,
        .shift = (int8_t)-plain->shift,
    };
    return true;
}

static int32_t window_of(const struct vwwrt_conv_2d *conv)
{
    return conv->kernel_h * conv->kernel_w * conv->input_c;
}

bool vww_tune_conv_channel(const struct vwwrt_conv_2d *conv, int32_t c,
                           struct vww_tune_channel *channel)
{
    const int64_t window = window_of(conv);
    const struct plain_channel plain = {
        .weights = conv->weights + c * window,
        .count = window,
        .stride = 1,
        .input_offset = conv->input_offset,
        .bias = conv->bias != NULL ? conv->bias[c] : 0,
        .multiplier = conv->multipliers[c],
        .shift = conv->shifts[c],
        .output_offset = conv->output_offset,
        .low = conv->activation_min,
        .high = conv->activation_max,
    };
    return output_channel(&plain, channel);
}

bool vww_tune_depthwise_channel(const struct vwwrt_depthwise_conv_2d *conv, int32_t c,
                                struct vww_tune_channel *channel)
{
    const struct plain_channel plain = {
        .weights = conv->weights + c,
        .count = (int64_t)conv->kernel_h * conv->kernel_w,
        .stride = conv->output_c,
        .input_offset = conv->input_offset,
        .bias = conv->bias != NULL ? conv->bias[c] : 0,
        .multiplier = conv->multipliers[c],
        .shift = conv->shifts[c],
        .output_offset = conv->output_offset,
        .low = conv->activation_min,
        .high = conv->activation_max,
    };
    return output_channel(&plain, channel);
}

/* --- memory ---------------------------------------------------------------------------------- */

vww_status vww_tune_allocate(struct vww_lowered *tuned, int64_t weight_words, int64_t scratch_bytes,
                             struct vww_error *error)
{
    tuned->weight_words = weight_words;
    tuned->scratch_bytes = scratch_bytes;
    tuned->weights = vww_allocate((size_t)weight_words, sizeof *tuned->weights);
    tuned->scratch = vww_allocate((size_t)scratch_bytes, 1);
    if (tuned->weights != NULL && tuned->scratch != NULL)
        return VWW_OK;
    vww_lowered_fini(tuned);
    return vww_fail_memory(error, (size_t)(4 * weight_words + scratch_bytes));
}

/* --- convolutions ---------------------------------------------------------------------------- */

bool vww_tune_conv_2d_fits(const struct vww_lowered *plain)
{
    const struct vwwrt_conv_2d *conv = &plain->conv_2d;
    struct vww_tune_channel channel = {0};
    bool fits = conv->groups == 1 && conv->weights_offset == 0 && conv->dilation_h == 1 &&
                conv->dilation_w == 1;
    for (int32_t c = 0; c < conv->output_c && fits; c++)
        fits = vww_tune_conv_channel(conv, c, &channel);
    return fits;
}

int32_t vww_tune_depth(const struct vwwrt_conv_2d *conv)
{
    return (window_of(conv) + 3) / 4 * 4;
}

bool vww_tune_reads_in_place(const struct vwwrt_conv_2d *conv)
{
    return conv->kernel_h == 1 && conv->kernel_w == 1 && conv->stride_h == 1 &&
           conv->stride_w == 1 && conv->pad_top == 0 && conv->pad_left == 0 &&
           conv->output_h == conv->input_h && conv->output_w == conv->input_w &&
           vww_tune_depth(conv) == conv->input_c;
}

uint32_t vww_tune_weight_byte(const struct vwwrt_conv_2d *conv, int32_t c, bool constant, int32_t i)
{
    const int64_t window = window_of(conv);
    return constant || i >= window ? 0 : (uint8_t)conv->weights[c * window + i];
}

void vww_tune_conv_2d(const struct vwwrt_conv_2d *conv, struct vww_lowered *tuned)
{
    tuned->tuned_conv_2d = (struct vwwrt_tuned_conv_2d){
        .input_h = conv->input_h,
        .input_w = conv->input_w,
        .input_c = conv->input_c,
        .output_h = conv->output_h,
        .output_w = conv->output_w,
        .output_c = conv->output_c,
        .input_rows = conv->input_rows,
        .output_rows = conv->output_rows,
        .kernel_h = conv->kernel_h,
        .kernel_w = conv->kernel_w,
        .stride_h = conv->stride_h,
        .stride_w = conv->stride_w,
        .pad_top = conv->pad_top,
        .pad_left = conv->pad_left,
        .input_zero = -conv->input_offset,
        .output_offset = conv->output_offset,
        .activation_min = conv->activation_min,
        .activation_max = conv->activation_max,
        .depth = vww_tune_depth(conv),
        .reads_in_place = vww_tune_reads_in_place(conv),
        .weights = tuned->weights,
        .scratch = tuned->scratch,
    };
}

/* --- depthwise convolutions ------------------------------------------------------------------ */

bool vww_tune_depthwise_fits(const struct vww_lowered *plain, int32_t side)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    struct vww_tune_channel channel = {0};
    bool fits = conv->weights_offset == 0 && conv->kernel_h == side && conv->kernel_w == side &&
                conv->stride_h == conv->stride_w && conv->dilation_h == 1 &&
                conv->dilation_w == 1 && conv->output_c == conv->input_c && conv->output_c >= 4;
    for (int32_t c = 0; c < conv->output_c && fits; c++)
        fits = vww_tune_depthwise_channel(conv, c, &channel);
    return fits;
}

void vww_tune_depthwise(const struct vwwrt_depthwise_conv_2d *conv, struct vww_lowered *tuned)
{
    tuned->tuned_depthwise = (struct vwwrt_tuned_depthwise){
        .input_h = conv->input_h,
        .input_w = conv->input_w,
        .channels = conv->input_c,
        .output_h = conv->output_h,
        .output_w = conv->output_w,
        .input_rows = conv->input_rows,
        .output_rows = conv->output_rows,
        .stride = conv->stride_h,
        .pad_top = conv->pad_top,
        .pad_left = conv->pad_left,
        .input_zero = -conv->input_offset,
        .output_offset = conv->output_offset,
        .activation_min = conv->activation_min,
        .activation_max = conv->activation_max,
        .weights = tuned->weights,
        .scratch = tuned->scratch,
    };
}

int32_t vww_tune_fours(int32_t channels)
{
    return (channels + 3) / 4;
}

int32_t vww_tune_four(int32_t channels, int32_t index)
{
    return index == 0 ? 0 : vwwrt_first_four(channels) + 4 * (index - 1);
}
