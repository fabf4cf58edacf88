#include "lower/tune.h"
#include "base/memory.h"
#include "kernels/requantize.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* --- output parameters ------------------------------------------------------------------------ */

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

/* What one channel's requantization becomes. shift: to the right. */
struct output_channel {
    int32_t doubled_bias, multiplier;
    int8_t shift;
    bool is_constant; /* the kernel must see zeros for weights */
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

/* A channel whose scaled sum is always `value`: twice the sum 8 * value times 2^30 is
 * 2 * value * 2^32, and that is shifted by 1. */
static struct output_channel constant_channel(int32_t value)
{
    return (struct output_channel){
        .doubled_bias = 8 * value, .multiplier = 1 << 30, .shift = 1, .is_constant = true};
}

/* False where the kernels' arithmetic does not reach: those layers keep the reference. */
static bool output_channel(const struct plain_channel *plain, struct output_channel *channel)
{
    const struct sum_bounds bounds = bounds_of(plain);
    if (is_constant(plain, &bounds)) {
        *channel = constant_channel(output_of(plain, bounds.least));
        return true;
    }
    if (bounds.magnitude >= SUM_LIMIT || plain->multiplier < 0 || plain->shift > -1 ||
        plain->shift < -SHIFT_LIMIT)
        return false;
    *channel = (struct output_channel){
        .doubled_bias = (int32_t)(2 * bounds.folded_bias),
        .multiplier = plain->multiplier,
        .shift = (int8_t)-plain->shift,
    };
    return true;
}

/* Room for the words that a tuned kernel owns. On failure nothing is kept. */
static vww_status allocate_words(struct vww_lowered *tuned, int64_t weight_words,
                                 int64_t scratch_bytes, struct vww_error *error)
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

/* --- dsp_conv_2d ------------------------------------------------------------------------------ */

static int32_t conv_window(const struct vwwrt_conv_2d *conv)
{
    return conv->kernel_h * conv->kernel_w * conv->input_c;
}

static bool conv_channel(const struct vwwrt_conv_2d *conv, int32_t c,
                         struct output_channel *channel)
{
    const int64_t window = conv_window(conv);
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

static bool mac_conv_2d_fits(const struct vww_lowered *plain)
{
    const struct vwwrt_conv_2d *conv = &plain->conv_2d;
    struct output_channel channel = {0};
    bool fits = conv->groups == 1 && conv->weights_offset == 0 && conv->dilation_h == 1 &&
                conv->dilation_w == 1;
    for (int32_t c = 0; c < conv->output_c && fits; c++)
        fits = conv_channel(conv, c, &channel);
    return fits;
}

static bool dsp_conv_2d_fits(const struct vww_lowered *plain)
{
    return plain->conv_2d.output_c % 2 == 0 && mac_conv_2d_fits(plain);
}

/* The window of a pixel is `depth` bytes of the input. */
static bool reads_in_place(const struct vwwrt_conv_2d *conv, int32_t depth)
{
    return conv->kernel_h == 1 && conv->kernel_w == 1 && conv->stride_h == 1 &&
           conv->stride_w == 1 && conv->pad_top == 0 && conv->pad_left == 0 &&
           conv->output_h == conv->input_h && conv->output_w == conv->input_w &&
           depth == conv->input_c;
}

/* Weight i of channel c as an unsigned byte, 0 behind the last and for a constant channel. */
static uint32_t weight_byte(const struct vwwrt_conv_2d *conv, int32_t c, bool constant, int32_t i)
{
    const int64_t window = conv_window(conv);
    return constant || i >= window ? 0 : (uint8_t)conv->weights[c * window + i];
}

/* What the kernel reads for the channels c and c + 1; returns where the next two go. */
static int32_t *put_two_channels(const struct vwwrt_conv_2d *conv, int32_t c, int32_t depth,
                                 int32_t *to, int8_t *shifts)
{
    struct output_channel first = {0}, second = {0};
    conv_channel(conv, c, &first);
    conv_channel(conv, c + 1, &second);
    *to++ = first.doubled_bias;
    *to++ = second.doubled_bias;
    for (int32_t i = 0; i < depth; i += i % 2 == 0 ? 1 : 3)
        *to++ = (int32_t)(weight_byte(conv, c, first.is_constant, i) |
                          weight_byte(conv, c + 1, second.is_constant, i) << 8 |
                          weight_byte(conv, c, first.is_constant, i + 2) << 16 |
                          weight_byte(conv, c + 1, second.is_constant, i + 2) << 24);
    *to++ = first.multiplier;
    *to++ = second.multiplier;
    shifts[0] = first.shift;
    shifts[1] = second.shift;
    return to;
}

static vww_status dsp_conv_2d_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                      struct vww_error *error)
{
    const struct vwwrt_conv_2d *conv = &plain->conv_2d;
    const int32_t depth = (conv_window(conv) + 3) / 4 * 4;
    const bool in_place = reads_in_place(conv, depth);
    const int64_t words = conv->output_c / 2 * (INT64_C(4) + depth / 2);
    const int64_t shift_words = (conv->output_c + 3) / 4;
    const vww_status status = allocate_words(tuned, words + shift_words,
                                             INT64_C(8) * depth + (in_place ? 0 : depth), error);
    if (status != VWW_OK)
        return status;
    int32_t *to = tuned->weights;
    int8_t *shifts = (int8_t *)(tuned->weights + words);
    for (int32_t c = 0; c < conv->output_c; c += 2)
        to = put_two_channels(conv, c, depth, to, shifts + c);
    tuned->dsp_conv_2d = (struct vwwrt_dsp_conv_2d){
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
        .depth = depth,
        .reads_in_place = in_place,
        .weights = tuned->weights,
        .scratch = tuned->scratch,
    };
    return VWW_OK;
}

/* --- dsp_depthwise_3x3 ------------------------------------------------------------------------ */

static bool depthwise_channel(const struct vwwrt_depthwise_conv_2d *conv, int32_t c,
                              struct output_channel *channel)
{
    const struct plain_channel plain = {
        .weights = conv->weights + c,
        .count = 9,
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

static bool mac_depthwise_3x3_fits(const struct vww_lowered *plain)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    struct output_channel channel = {0};
    bool fits = conv->weights_offset == 0 && conv->kernel_h == 3 && conv->kernel_w == 3 &&
                conv->dilation_h == 1 && conv->dilation_w == 1 && conv->output_c == conv->input_c &&
                conv->output_c % 4 == 0;
    for (int32_t c = 0; c < conv->output_c && fits; c++)
        fits = depthwise_channel(conv, c, &channel);
    return fits;
}

static bool dsp_depthwise_3x3_fits(const struct vww_lowered *plain)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    return conv->stride_h == conv->stride_w && conv->stride_h <= 2 && conv->pad_left <= 2 &&
           mac_depthwise_3x3_fits(plain);
}

/* Four weights as bytes. */
static int32_t four_weights(const struct vwwrt_depthwise_conv_2d *conv, int32_t c,
                            const int32_t taps[4])
{
    uint32_t word = 0;
    for (int i = 0; i < 4; i++)
        word |= (uint32_t)(uint8_t)conv->weights[taps[i] * conv->output_c + c] << 8 * i;
    return (int32_t)word;
}

/* See vwwrt.h; returns where the next four channels go. */
static int32_t *put_four_channels(const struct vwwrt_depthwise_conv_2d *conv, int32_t c,
                                  int32_t *to)
{
    static const int32_t upper[4] = {0, 1, 3, 4}, lower[4] = {2, 6, 5, 7};
    int8_t *bytes = (int8_t *)(to + 16);
    for (int32_t i = 0; i < 4; i++) {
        struct output_channel channel = {0};
        depthwise_channel(conv, c + i, &channel);
        *to++ = channel.is_constant ? 0 : four_weights(conv, c + i, upper);
        *to++ = channel.is_constant ? 0 : four_weights(conv, c + i, lower);
        *to++ = channel.doubled_bias;
        *to++ = channel.multiplier;
        bytes[i] = channel.is_constant ? 0 : conv->weights[8 * conv->output_c + c + i];
        bytes[4 + i] = channel.shift;
    }
    return to + 2;
}

static vww_status dsp_depthwise_3x3_prepare(const struct vww_lowered *plain,
                                            struct vww_lowered *tuned, struct vww_error *error)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    const int32_t columns = ((conv->output_w - 1) * conv->stride_w + 3 + 1) / 2 * 2;
    const vww_status status =
        allocate_words(tuned, INT64_C(18) * conv->output_c / 4, INT64_C(24) * columns, error);
    if (status != VWW_OK)
        return status;
    int32_t *to = tuned->weights;
    for (int32_t c = 0; c < conv->output_c; c += 4)
        to = put_four_channels(conv, c, to);
    tuned->dsp_depthwise_3x3 = (struct vwwrt_dsp_depthwise_3x3){
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
        .columns = columns,
        .weights = tuned->weights,
        .scratch = tuned->scratch,
    };
    return VWW_OK;
}

/* --- mac_conv_2d ------------------------------------------------------------------------------ */

/* See vwwrt.h; returns where the next two channels go. */
static int32_t *put_mac_pair(const struct vwwrt_conv_2d *conv, int32_t c, int32_t depth,
                             int32_t *to, int8_t *shifts)
{
    const bool has_second = c + 1 < conv->output_c;
    struct output_channel first = {0}, second = {.is_constant = true};
    conv_channel(conv, c, &first);
    shifts[0] = first.shift;
    if (has_second) {
        conv_channel(conv, c + 1, &second);
        shifts[1] = second.shift;
    }
    *to++ = first.doubled_bias / 2;
    *to++ = second.doubled_bias / 2;
    *to++ = first.multiplier;
    *to++ = second.multiplier;
    for (int32_t i = 0; i < depth; i += 2)
        *to++ = (int32_t)(weight_byte(conv, c, first.is_constant, i) |
                          weight_byte(conv, c + 1, second.is_constant, i) << 8 |
                          weight_byte(conv, c, first.is_constant, i + 1) << 16 |
                          weight_byte(conv, c + 1, second.is_constant, i + 1) << 24);
    return to;
}

static vww_status mac_conv_2d_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                      struct vww_error *error)
{
    const struct vwwrt_conv_2d *conv = &plain->conv_2d;
    const int32_t depth = (conv_window(conv) + 3) / 4 * 4;
    const int64_t words = (conv->output_c + 1) / 2 * (INT64_C(4) + depth / 2);
    const int64_t shift_words = (conv->output_c + 3) / 4;
    const vww_status status = allocate_words(tuned, words + shift_words, INT64_C(4) * depth, error);
    if (status != VWW_OK)
        return status;
    int32_t *to = tuned->weights;
    int8_t *shifts = (int8_t *)(tuned->weights + words);
    for (int32_t c = 0; c < conv->output_c; c += 2)
        to = put_mac_pair(conv, c, depth, to, shifts + c);
    tuned->mac_conv_2d = (struct vwwrt_mac_conv_2d){
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
        .depth = depth,
        .reads_in_place = reads_in_place(conv, depth),
        .weights = tuned->weights,
        .scratch = tuned->scratch,
    };
    return VWW_OK;
}

/* --- mac_depthwise_3x3 ------------------------------------------------------------------------ */

/* See vwwrt.h; 18 words. */
static void put_mac_four(const struct vwwrt_depthwise_conv_2d *conv, int32_t c, int32_t *to)
{
    int8_t *shifts = (int8_t *)(to + 8), *weights = (int8_t *)(to + 9);
    for (int32_t i = 0; i < 4; i++) {
        struct output_channel channel = {0};
        depthwise_channel(conv, c + i, &channel);
        to[i] = channel.doubled_bias / 2;
        to[4 + i] = channel.multiplier;
        shifts[i] = channel.shift;
        for (int32_t tap = 0; tap < 9; tap++)
            weights[4 * tap + i] =
                channel.is_constant ? 0 : conv->weights[tap * conv->output_c + c + i];
    }
}

static vww_status mac_depthwise_3x3_prepare(const struct vww_lowered *plain,
                                            struct vww_lowered *tuned, struct vww_error *error)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    const vww_status status =
        allocate_words(tuned, INT64_C(18) * conv->output_c / 4, conv->output_c, error);
    if (status != VWW_OK)
        return status;
    for (int32_t c = 0; c < conv->output_c; c += 4)
        put_mac_four(conv, c, tuned->weights + c / 4 * 18);
    tuned->mac_depthwise_3x3 = (struct vwwrt_mac_depthwise_3x3){
        .input_h = conv->input_h,
        .input_w = conv->input_w,
        .channels = conv->input_c,
        .output_h = conv->output_h,
        .output_w = conv->output_w,
        .input_rows = conv->input_rows,
        .output_rows = conv->output_rows,
        .stride_h = conv->stride_h,
        .stride_w = conv->stride_w,
        .pad_top = conv->pad_top,
        .pad_left = conv->pad_left,
        .input_zero = -conv->input_offset,
        .output_offset = conv->output_offset,
        .activation_min = conv->activation_min,
        .activation_max = conv->activation_max,
        .weights = tuned->weights,
        .scratch = tuned->scratch,
    };
    return VWW_OK;
}

/* --- the tables ------------------------------------------------------------------------------- */

static const struct vww_tuned_kernel cortex_m_dsp[] = {
    {"dsp_conv_2d", VWW_KERNEL_CONV_2D, VWW_KERNEL_DSP_CONV_2D, dsp_conv_2d_fits,
     dsp_conv_2d_prepare},
    {"dsp_depthwise_3x3", VWW_KERNEL_DEPTHWISE_CONV_2D, VWW_KERNEL_DSP_DEPTHWISE_3X3,
     dsp_depthwise_3x3_fits, dsp_depthwise_3x3_prepare},
    {.name = NULL},
};

static const struct vww_tuned_kernel mac32[] = {
    {"mac_conv_2d", VWW_KERNEL_CONV_2D, VWW_KERNEL_MAC_CONV_2D, mac_conv_2d_fits,
     mac_conv_2d_prepare},
    {"mac_depthwise_3x3", VWW_KERNEL_DEPTHWISE_CONV_2D, VWW_KERNEL_MAC_DEPTHWISE_3X3,
     mac_depthwise_3x3_fits, mac_depthwise_3x3_prepare},
    {.name = NULL},
};

static const struct vww_tuning tunings[] = {
    {"cortex-m3", 4, mac32},
    {"cortex-m4", 4, cortex_m_dsp},
    {"cortex-m7", 4, cortex_m_dsp},
};

const struct vww_tuning *vww_tuning_find(const char *target)
{
    for (size_t i = 0; i < sizeof tunings / sizeof tunings[0]; i++)
        if (strcmp(tunings[i].target, target) == 0)
            return &tunings[i];
    return NULL;
}

vww_status vww_lower_tune(const struct vww_tuning *tuning, struct vww_lowered *lowered,
                          struct vww_error *error)
{
    if (tuning == NULL)
        return VWW_OK;
    for (const struct vww_tuned_kernel *kernel = tuning->kernels; kernel->name != NULL; kernel++) {
        if (kernel->plain != lowered->kernel || !kernel->fits(lowered))
            continue;
        struct vww_lowered tuned = {.kernel = kernel->tuned, .call_count = lowered->call_count};
        const vww_status status = kernel->prepare(lowered, &tuned, error);
        if (status == VWW_OK) {
            vww_lowered_fini(lowered);
            *lowered = tuned;
        }
        return status;
    }
    return VWW_OK;
}
