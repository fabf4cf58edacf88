#include "lower/tuning.h"

/* --- mac_conv_2d -------------------------------------------------------------------------------
 */

/* See vwwrt.h; returns where the next two channels go. */
static int32_t *put_mac_pair(const struct vwwrt_conv_2d *conv, int32_t c, int32_t depth,
                             int32_t *to, int8_t *shifts)
{
    const bool has_second = c + 1 < conv->output_c;
    struct vww_tune_channel first = {0}, second = {.is_constant = true};
    vww_tune_conv_channel(conv, c, &first);
    shifts[0] = first.shift;
    if (has_second) {
        vww_tune_conv_channel(conv, c + 1, &second);
        shifts[1] = second.shift;
    }
    *to++ = first.doubled_bias / 2;
    *to++ = second.doubled_bias / 2;
    *to++ = first.multiplier;
    *to++ = second.multiplier;
    for (int32_t i = 0; i < depth; i += 2)
        *to++ = (int32_t)(vww_tune_weight_byte(conv, c, first.is_constant, i) |
                          vww_tune_weight_byte(conv, c + 1, second.is_constant, i) << 8 |
                          vww_tune_weight_byte(conv, c, first.is_constant, i + 1) << 16 |
                          vww_tune_weight_byte(conv, c + 1, second.is_constant, i + 1) << 24);
    return to;
}

static vww_status mac_conv_2d_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                      struct vww_error *error)
{
    const struct vwwrt_conv_2d *conv = &plain->conv_2d;
    const int32_t depth = vww_tune_depth(conv);
    const int64_t words = (conv->output_c + 1) / 2 * (INT64_C(4) + depth / 2);
    const int64_t shift_words = (conv->output_c + 3) / 4;
    const vww_status status =
        vww_tune_allocate(tuned, words + shift_words, INT64_C(4) * depth, error);
    if (status != VWW_OK)
        return status;
    int32_t *to = tuned->weights;
    int8_t *shifts = (int8_t *)(tuned->weights + words);
    for (int32_t c = 0; c < conv->output_c; c += 2)
        to = put_mac_pair(conv, c, depth, to, shifts + c);
    vww_tune_conv_2d(conv, tuned);
    return VWW_OK;
}

/* --- mac_depthwise_3x3 -------------------------------------------------------------------------
 */

/* See vwwrt.h; 18 words. */
static void put_mac_four(const struct vwwrt_depthwise_conv_2d *conv, int32_t c, int32_t *to)
{
    int8_t *shifts = (int8_t *)(to + 8), *weights = (int8_t *)(to + 9);
    for (int32_t i = 0; i < 4; i++) {
        struct vww_tune_channel channel = {0};
        vww_tune_depthwise_channel(conv, c + i, &channel);
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
        vww_tune_allocate(tuned, INT64_C(18) * conv->output_c / 4, conv->output_c, error);
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

const struct vww_tuned_kernel vww_tuned_mac32[] = {
    {"mac_conv_2d", VWW_KERNEL_CONV_2D, VWW_KERNEL_MAC_CONV_2D, vww_tune_conv_2d_fits,
     mac_conv_2d_prepare},
    {"mac_depthwise_3x3", VWW_KERNEL_DEPTHWISE_CONV_2D, VWW_KERNEL_MAC_DEPTHWISE_3X3,
     vww_tune_depthwise_3x3_fits, mac_depthwise_3x3_prepare},
    {.name = NULL},
};
