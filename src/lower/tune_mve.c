#include "lower/tuning.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 16 /* bytes of a vector */

static int64_t round_up(int64_t count, int64_t multiple)
{
    return (count + multiple - 1) / multiple * multiple;
}

/* --- what all kernels read (vwwrt.h) -----------------------------------------------------------
 */

struct layout {
    int32_t *parameters;
    int8_t *weights;
    int64_t depth; /* weights of a channel */
};

/* Zeros to begin with. */
static vww_status allocate(struct vww_lowered *tuned, int64_t channels, int64_t depth,
                           int64_t scratch_bytes, struct layout *layout, struct vww_error *error)
{
    const int64_t words = 2 * channels + round_up(channels * (depth + 1) + BLOCK, 4) / 4;
    const vww_status status = vww_tune_allocate(tuned, words, scratch_bytes, error);
    if (status != VWW_OK)
        return status;
    layout->parameters = tuned->weights;
    layout->weights = (int8_t *)(tuned->weights + 2 * channels);
    layout->depth = depth;
    return VWW_OK;
}

/* Returns where the channel's weights go. */
static int8_t *put_channel(const struct layout *layout, int32_t c,
                           const struct vww_tune_channel *channel)
{
    layout->parameters[2 * c] = channel->doubled_bias / 2;
    layout->parameters[2 * c + 1] = channel->multiplier;
    int8_t *const weights = layout->weights + c * (layout->depth + 1);
    weights[layout->depth] = (int8_t)-channel->shift;
    return weights;
}

/* --- mve_conv_2d -------------------------------------------------------------------------------
 */

/* The window of a pixel is input_c bytes of the input. */
static bool is_pointwise(const struct vwwrt_conv_2d *conv)
{
    return conv->kernel_h == 1 && conv->kernel_w == 1 && conv->stride_h == 1 &&
           conv->stride_w == 1 && conv->pad_top == 0 && conv->pad_left == 0 &&
           conv->output_h == conv->input_h && conv->output_w == conv->input_w;
}

static vww_status mve_conv_2d_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                      struct vww_error *error)
{
    const struct vwwrt_conv_2d *conv = &plain->conv_2d;
    const int32_t depth = conv->kernel_h * conv->kernel_w * conv->input_c;
    const int64_t blocks = 4 * round_up(depth, BLOCK);
    struct layout layout;
    const vww_status status =
        allocate(tuned, conv->output_c, depth, is_pointwise(conv) ? blocks : 2 * blocks + 4 * BLOCK,
                 &layout, error);
    if (status != VWW_OK)
        return status;
    for (int32_t c = 0; c < conv->output_c; c++) {
        struct vww_tune_channel channel = {0};
        vww_tune_conv_channel(conv, c, &channel);
        int8_t *to = put_channel(&layout, c, &channel);
        if (!channel.is_constant)
            memcpy(to, conv->weights + (int64_t)c * depth, (size_t)depth);
    }
    vww_tune_conv_2d(conv, tuned);
    tuned->tuned_conv_2d.depth = depth;
    tuned->tuned_conv_2d.reads_in_place = is_pointwise(conv);
    return VWW_OK;
}

/* --- depthwise ---------------------------------------------------------------------------------
 */

static bool mve_depthwise_fits(const struct vww_lowered *plain)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    struct vww_tune_channel channel = {0};
    bool fits = conv->weights_offset == 0 && conv->output_c == conv->input_c;
    for (int32_t c = 0; c < conv->output_c && fits; c++)
        fits = vww_tune_depthwise_channel(conv, c, &channel);
    return fits;
}

static bool mve_depthwise_3x3_fits(const struct vww_lowered *plain)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    return conv->kernel_h == 3 && conv->kernel_w == 3 && conv->dilation_h == 1 &&
           conv->dilation_w == 1 && conv->stride_w <= 2 && mve_depthwise_fits(plain);
}

static struct vwwrt_mve_depthwise_conv_2d
mve_depthwise_of(const struct vwwrt_depthwise_conv_2d *conv, const struct vww_lowered *tuned)
{
    return (struct vwwrt_mve_depthwise_conv_2d){
        .input_h = conv->input_h,
        .input_w = conv->input_w,
        .channels = conv->input_c,
        .output_h = conv->output_h,
        .output_w = conv->output_w,
        .input_rows = conv->input_rows,
        .output_rows = conv->output_rows,
        .kernel_h = conv->kernel_h,
        .kernel_w = conv->kernel_w,
        .stride_h = conv->stride_h,
        .stride_w = conv->stride_w,
        .dilation_h = conv->dilation_h,
        .dilation_w = conv->dilation_w,
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

/* by_columns: the order of a channel's weights. */
static vww_status prepare_depthwise(const struct vwwrt_depthwise_conv_2d *conv, bool by_columns,
                                    int64_t scratch_bytes, struct vww_lowered *tuned,
                                    struct vww_error *error)
{
    const int32_t height = conv->kernel_h, width = conv->kernel_w;
    struct layout layout;
    const vww_status status =
        allocate(tuned, conv->output_c, (int64_t)height * width, scratch_bytes, &layout, error);
    if (status != VWW_OK)
        return status;
    for (int32_t c = 0; c < conv->output_c; c++) {
        struct vww_tune_channel channel = {0};
        vww_tune_depthwise_channel(conv, c, &channel);
        int8_t *to = put_channel(&layout, c, &channel);
        for (int32_t i = 0; i < height * width && !channel.is_constant; i++) {
            const int32_t tap = by_columns ? i % height * width + i / height : i;
            to[i] = conv->weights[(int64_t)tap * conv->output_c + c];
        }
    }
    tuned->mve_depthwise_conv_2d = mve_depthwise_of(conv, tuned);
    return VWW_OK;
}

static vww_status mve_depthwise_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                        struct vww_error *error)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    const int64_t taps = (int64_t)conv->kernel_h * conv->kernel_w;
    return prepare_depthwise(conv, false, 64 * round_up(taps, BLOCK), tuned, error);
}

static vww_status mve_depthwise_3x3_prepare(const struct vww_lowered *plain,
                                            struct vww_lowered *tuned, struct vww_error *error)
{
    return prepare_depthwise(&plain->depthwise_conv_2d, true, 1168, tuned, error);
}

/* --- mve_fully_connected -----------------------------------------------------------------------
 */

/* Sums wrap as the reference's do, so that the input's offset can always go into the bias. */
static bool mve_fully_connected_fits(const struct vww_lowered *plain)
{
    (void)plain;
    return true;
}

static vww_status mve_fully_connected_prepare(const struct vww_lowered *plain,
                                              struct vww_lowered *tuned, struct vww_error *error)
{
    const struct vwwrt_fully_connected *full = &plain->fully_connected;
    struct layout layout;
    const vww_status status = allocate(tuned, full->output_c, full->input_c,
                                       round_up(full->input_c, BLOCK), &layout, error);
    if (status != VWW_OK)
        return status;
    for (int32_t c = 0; c < full->output_c; c++) {
        const int8_t *from = full->weights + (int64_t)c * full->input_c;
        uint32_t bias = full->bias != NULL ? (uint32_t)full->bias[c] : 0;
        for (int32_t i = 0; i < full->input_c; i++)
            bias += (uint32_t)(full->input_offset * from[i]);
        layout.parameters[2 * c] = (int32_t)bias;
        layout.parameters[2 * c + 1] = full->multipliers[c];
        int8_t *to = layout.weights + c * (layout.depth + 1);
        memcpy(to, from, (size_t)full->input_c);
        to[full->input_c] = full->shifts[c];
    }
    tuned->mve_fully_connected = (struct vwwrt_mve_fully_connected){
        .rows = full->rows,
        .input_c = full->input_c,
        .output_c = full->output_c,
        .output_offset = full->output_offset,
        .activation_min = full->activation_min,
        .activation_max = full->activation_max,
        .weights = tuned->weights,
        .scratch = tuned->scratch,
    };
    return VWW_OK;
}

/* --- pools and means ---------------------------------------------------------------------------
 */

static bool mve_average_pool_2d_fits(const struct vww_lowered *plain)
{
    return (int64_t)plain->average_pool_2d.kernel_h * plain->average_pool_2d.kernel_w <= 4096;
}

static vww_status mve_average_pool_2d_prepare(const struct vww_lowered *plain,
                                              struct vww_lowered *tuned, struct vww_error *error)
{
    (void)error; /* nothing is allocated */
    tuned->average_pool_2d = plain->average_pool_2d;
    return VWW_OK;
}

static bool mve_mean_fits(const struct vww_lowered *plain)
{
    const struct vwwrt_mean *mean = &plain->mean;
    const int64_t terms = (int64_t)mean->sum_count[0] * mean->sum_count[1];
    return mean->step[1] == 1 && mean->count[1] > 1 && mean->multiplier >= 0 &&
           mean->shift >= -22 && mean->shift <= -1 &&
           terms * 128 + llabs(mean->input_offset) < 1 << 30;
}

static vww_status mve_mean_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                   struct vww_error *error)
{
    (void)error; /* nothing is allocated */
    tuned->mean = plain->mean;
    return VWW_OK;
}

/* --- the table ---------------------------------------------------------------------------------
 */

const struct vww_tuned_kernel vww_tuned_cortex_m_mve[] = {
    {"mve_conv_2d", VWW_KERNEL_CONV_2D, VWW_KERNEL_MVE_CONV_2D, vww_tune_conv_2d_fits,
     mve_conv_2d_prepare},
    {"mve_depthwise_3x3", VWW_KERNEL_DEPTHWISE_CONV_2D, VWW_KERNEL_MVE_DEPTHWISE_3X3,
     mve_depthwise_3x3_fits, mve_depthwise_3x3_prepare},
    {"mve_depthwise_conv_2d", VWW_KERNEL_DEPTHWISE_CONV_2D, VWW_KERNEL_MVE_DEPTHWISE_CONV_2D,
     mve_depthwise_fits, mve_depthwise_prepare},
    {"mve_fully_connected", VWW_KERNEL_FULLY_CONNECTED, VWW_KERNEL_MVE_FULLY_CONNECTED,
     mve_fully_connected_fits, mve_fully_connected_prepare},
    {"mve_average_pool_2d", VWW_KERNEL_AVERAGE_POOL_2D, VWW_KERNEL_MVE_AVERAGE_POOL_2D,
     mve_average_pool_2d_fits, mve_average_pool_2d_prepare},
    {"mve_add", VWW_KERNEL_ADD, VWW_KERNEL_MVE_ADD, vww_tune_add_fits, vww_tune_add_prepare},
    {"mve_mean", VWW_KERNEL_MEAN, VWW_KERNEL_MVE_MEAN, mve_mean_fits, mve_mean_prepare},
    {.name = NULL},
};
