#include "lower/tuning.h"

/* --- dsp_conv_2d ----------------------------------------------------------------------------- */

static bool dsp_conv_2d_fits(const struct vww_lowered *plain)
{
    return plain->conv_2d.output_c >= 2 && vww_tune_conv_2d_fits(plain);
}

/* What the kernel reads for the channels c and c + 1; returns where the next two go. */
static int32_t *put_two_channels(const struct vwwrt_conv_2d *conv, int32_t c, int32_t *to,
                                 int8_t *shifts)
{
    struct vww_tune_channel first = {0}, second = {0};
    vww_tune_conv_channel(conv, c, &first);
    vww_tune_conv_channel(conv, c + 1, &second);
    *to++ = first.doubled_bias;
    *to++ = second.doubled_bias;
    for (int32_t i = 0; i < vww_tune_depth(conv); i += i % 2 == 0 ? 1 : 3)
        *to++ = (int32_t)(vww_tune_weight_byte(conv, c, first.is_constant, i) |
                          vww_tune_weight_byte(conv, c + 1, second.is_constant, i) << 8 |
                          vww_tune_weight_byte(conv, c, first.is_constant, i + 2) << 16 |
                          vww_tune_weight_byte(conv, c + 1, second.is_constant, i + 2) << 24);
    *to++ = first.multiplier;
    *to++ = second.multiplier;
    shifts[0] = first.shift;
    shifts[1] = second.shift;
    return to;
}

/* One row of a window at the image's border, or where rows are no whole words the window, with as
 * many bytes more as a word has. */
static int32_t gathered_bytes(const struct vwwrt_conv_2d *conv)
{
    const int32_t row = conv->kernel_w * conv->input_c;
    return row % 4 == 0 ? row : vww_tune_depth(conv) + 4;
}

static vww_status dsp_conv_2d_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                      struct vww_error *error)
{
    const struct vwwrt_conv_2d *conv = &plain->conv_2d;
    const int32_t depth = vww_tune_depth(conv), pairs = (conv->output_c + 1) / 2;
    const int64_t words = pairs * (INT64_C(4) + depth / 2), shift_words = (pairs + 1) / 2;
    const int32_t gathered = vww_tune_reads_in_place(conv) ? 0 : gathered_bytes(conv);
    const vww_status status =
        vww_tune_allocate(tuned, words + shift_words, INT64_C(8) * depth + gathered, error);
    if (status != VWW_OK)
        return status;
    int32_t *to = tuned->weights;
    int8_t *shifts = (int8_t *)(tuned->weights + words);
    for (int32_t i = 0; i < pairs; i++) {
        const int32_t c = i == 0 ? 0 : 2 * i - conv->output_c % 2;
        to = put_two_channels(conv, c, to, shifts + 2 * i);
    }
    vww_tune_conv_2d(conv, tuned);
    return VWW_OK;
}

/* --- dsp_depthwise_3x3 ----------------------------------------------------------------------- */

static bool depthwise_fits(const struct vww_lowered *plain, int32_t side)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    return vww_tune_depthwise_fits(plain, side) && conv->stride_h <= 2 && conv->pad_left < side;
}

static bool dsp_depthwise_3x3_fits(const struct vww_lowered *plain)
{
    return depthwise_fits(plain, 3);
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
        struct vww_tune_channel channel = {0};
        vww_tune_depthwise_channel(conv, c + i, &channel);
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
    const int32_t fours = vww_tune_fours(conv->output_c);
    const int32_t columns = ((conv->output_w - 1) * conv->stride_w + 3 + 1) / 2 * 2;
    const vww_status status =
        vww_tune_allocate(tuned, INT64_C(18) * fours, INT64_C(24) * columns, error);
    if (status != VWW_OK)
        return status;
    int32_t *to = tuned->weights;
    for (int32_t i = 0; i < fours; i++)
        to = put_four_channels(conv, vww_tune_four(conv->output_c, i), to);
    vww_tune_depthwise(conv, tuned);
    return VWW_OK;
}

/* --- dsp_depthwise_5x5 ----------------------------------------------------------------------- */

static bool dsp_depthwise_5x5_fits(const struct vww_lowered *plain)
{
    return depthwise_fits(plain, 5);
}

/* Of a channel's pair of weights i its first (half 0) or second as a place in the window, -1 where
 * it is none. */
static int32_t pair_place(int32_t i, int32_t half, int32_t stride)
{
    static const int32_t by_two[5] = {0, 2, 4, 1, 3};
    if (i < 10)
        return (i / 5 * 2 + half) * 5 + (stride == 2 ? by_two[i % 5] : i % 5);
    const int32_t column = (i - 10) * 2 + half;
    return column < 5 ? 4 * 5 + column : -1;
}

/* See vwwrt.h; nine words. */
static void put_nine_words(const struct vwwrt_depthwise_conv_2d *conv, int32_t c, int32_t *to)
{
    struct vww_tune_channel channel = {0};
    int8_t *bytes = (int8_t *)to;
    vww_tune_depthwise_channel(conv, c, &channel);
    for (int32_t i = 0; i < 14; i++)
        for (int32_t half = 0; half < 2; half++) {
            const int32_t place = pair_place(i, half, conv->stride_h);
            bytes[i / 2 * 4 + i % 2 + 2 * half] =
                place < 0 || channel.is_constant ? 0 : conv->weights[place * conv->output_c + c];
        }
    bytes[25] = channel.shift;
    to[7] = channel.doubled_bias / 2;
    to[8] = channel.multiplier;
}

static vww_status dsp_depthwise_5x5_prepare(const struct vww_lowered *plain,
                                            struct vww_lowered *tuned, struct vww_error *error)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    const int32_t fours = vww_tune_fours(conv->output_c);
    const int32_t columns = ((conv->output_w + 3) / 4 * 4 - 1) * conv->stride_w + 5;
    const vww_status status =
        vww_tune_allocate(tuned, INT64_C(36) * fours, INT64_C(48) * columns, error);
    if (status != VWW_OK)
        return status;
    for (int32_t i = 0; i < 4 * fours; i++)
        put_nine_words(conv, vww_tune_four(conv->output_c, i / 4) + i % 4, tuned->weights + 9 * i);
    vww_tune_depthwise(conv, tuned);
    return VWW_OK;
}

const struct vww_tuned_kernel vww_tuned_cortex_m_dsp[] = {
    {"dsp_conv_2d", VWW_KERNEL_CONV_2D, VWW_KERNEL_DSP_CONV_2D, dsp_conv_2d_fits,
     dsp_conv_2d_prepare},
    {"dsp_depthwise_3x3", VWW_KERNEL_DEPTHWISE_CONV_2D, VWW_KERNEL_DSP_DEPTHWISE_3X3,
     dsp_depthwise_3x3_fits, dsp_depthwise_3x3_prepare},
    {"dsp_depthwise_5x5", VWW_KERNEL_DEPTHWISE_CONV_2D, VWW_KERNEL_DSP_DEPTHWISE_5X5,
     dsp_depthwise_5x5_fits, dsp_depthwise_5x5_prepare},
    {"mac_add", VWW_KERNEL_ADD, VWW_KERNEL_MAC_ADD, vww_tune_add_fits, vww_tune_add_prepare},
    {"dsp_partial_conv_2d", VWW_KERNEL_PARTIAL_CONV_2D, VWW_KERNEL_DSP_PARTIAL_CONV_2D,
     vww_tune_partial_1x1_fits, vww_tune_partial_1x1_prepare},
    {.name = NULL},
};
