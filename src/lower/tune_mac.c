#include "lower/tuning.h"

/* --- mac_conv_2d ----------------------------------------------------------------------------- */

/* The kernels shift by as much more, and by no less. */
#define MAC_SHIFT 2

static bool mac_conv_2d_fits(const struct vww_lowered *plain)
{
    struct vww_tune_channel channel = {0};
    bool fits = vww_tune_conv_2d_fits(plain);
    for (int32_t c = 0; c < plain->conv_2d.output_c && fits; c++) {
        vww_tune_conv_channel(&plain->conv_2d, c, &channel);
        fits = channel.shift >= MAC_SHIFT;
    }
    return fits;
}

/* See vwwrt.h; returns where the next two channels go. */
static int32_t *put_mac_pair(const struct vwwrt_conv_2d *conv, int32_t c, int32_t depth,
                             int32_t *to, int8_t *shifts)
{
    const bool has_second = c + 1 < conv->output_c;
    struct vww_tune_channel first = {0}, second = {.is_constant = true};
    vww_tune_conv_channel(conv, c, &first);
    shifts[0] = (int8_t)(first.shift - MAC_SHIFT);
    if (has_second) {
        vww_tune_conv_channel(conv, c + 1, &second);
        shifts[1] = (int8_t)(second.shift - MAC_SHIFT);
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

/* --- mac_depthwise_3x3, mac_depthwise_5x5 ---------------------------------------------------- */

/* Words of four channels, for windows of `pixels`. */
static int32_t record_words(int32_t pixels)
{
    return 9 + pixels;
}

/* See vwwrt.h. */
static void put_mac_four(const struct vwwrt_depthwise_conv_2d *conv, int32_t c, int32_t *to)
{
    int8_t *shifts = (int8_t *)(to + 8), *weights = (int8_t *)(to + 9);
    for (int32_t i = 0; i < 4; i++) {
        struct vww_tune_channel channel = {0};
        vww_tune_depthwise_channel(conv, c + i, &channel);
        to[i] = channel.doubled_bias / 2;
        to[4 + i] = channel.multiplier;
        shifts[i] = (int8_t)(channel.shift - MAC_SHIFT);
        for (int32_t tap = 0; tap < conv->kernel_h * conv->kernel_w; tap++)
            weights[4 * tap + i] =
                channel.is_constant ? 0 : conv->weights[tap * conv->output_c + c + i];
    }
}

static bool mac_depthwise_fits(const struct vww_lowered *plain, int32_t side)
{
    struct vww_tune_channel channel = {0};
    bool fits = vww_tune_depthwise_fits(plain, side);
    for (int32_t c = 0; c < plain->depthwise_conv_2d.output_c && fits; c++) {
        vww_tune_depthwise_channel(&plain->depthwise_conv_2d, c, &channel);
        fits = channel.shift >= MAC_SHIFT;
    }
    return fits;
}

static bool mac_depthwise_3x3_fits(const struct vww_lowered *plain)
{
    return mac_depthwise_fits(plain, 3);
}

static bool mac_depthwise_5x5_fits(const struct vww_lowered *plain)
{
    return mac_depthwise_fits(plain, 5);
}

static vww_status mac_depthwise_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                        struct vww_error *error)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    const int32_t fours = vww_tune_fours(conv->output_c);
    const int32_t words = record_words(conv->kernel_h * conv->kernel_w);
    const vww_status status =
        vww_tune_allocate(tuned, (int64_t)words * fours, INT64_C(4) * fours, error);
    if (status != VWW_OK)
        return status;
    for (int32_t i = 0; i < fours; i++)
        put_mac_four(conv, vww_tune_four(conv->output_c, i), tuned->weights + i * words);
    vww_tune_depthwise(conv, tuned);
    return VWW_OK;
}

const struct vww_tuned_kernel vww_tuned_mac32[] = {
    {"mac_conv_2d", VWW_KERNEL_CONV_2D, VWW_KERNEL_MAC_CONV_2D, mac_conv_2d_fits,
     mac_conv_2d_prepare},
    {"mac_depthwise_3x3", VWW_KERNEL_DEPTHWISE_CONV_2D, VWW_KERNEL_MAC_DEPTHWISE_3X3,
     mac_depthwise_3x3_fits, mac_depthwise_prepare},
    {"mac_depthwise_5x5", VWW_KERNEL_DEPTHWISE_CONV_2D, VWW_KERNEL_MAC_DEPTHWISE_5X5,
     mac_depthwise_5x5_fits, mac_depthwise_prepare},
    {"mac_add", VWW_KERNEL_ADD, VWW_KERNEL_MAC_ADD, vww_tune_add_fits, vww_tune_add_prepare},
    {.name = NULL},
};
