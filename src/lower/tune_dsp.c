#include "lower/tuning.h"

/* --- dsp_conv_2d -------------------------------------------------------------------------------
 */

static bool dsp_conv_2d_fits(const struct vww_lowered *plain)
{
    return plain->conv_2d.output_c % 2 == 0 && vww_tune_conv_2d_fits(plain);
}

/* What the kernel reads for the channels c and c + 1; returns where the next two go. */
static int32_t *put_two_channels(const struct vwwrt_conv_2d *conv, int32_t c, int32_t depth,
                                 int32_t *to, int8_t *shifts)
{
    struct vww_tune_channel first = {0}, second = {0};
    vww_tune_conv_channel(conv, c, &first);
    vww_tune_conv_channel(conv, c + 1, &second);
    *to++ = first.doubled_bias;
    *to++ = second.doubled_bias;
    for (int32_t i = 0; i < depth; i += i % 2 == 0 ? 1 : 3)
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

static vww_status dsp_conv_2d_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                      struct vww_error *error)
{
    const struct vwwrt_conv_2d *conv = &plain->conv_2d;
    const int32_t depth = vww_tune_depth(conv);
    const bool in_place = vww_tune_reads_in_place(conv);
    const int64_t words = conv->output_c / 2 * (INT64_C(4) + depth / 2);
    const int64_t shift_words = (conv->output_c + 3) / 4;
    const vww_status status = vww_tune_allocate(tuned, words + shift_words,
                                                INT64_C(8) * depth + (in_place ? 0 : depth), error);
    if (status != VWW_OK)
        return status;
    int32_t *to = tuned->weights;
    int8_t *shifts = (int8_t *)(tuned->weights + words);
    for (int32_t c = 0; c < conv->output_c; c += 2)
        to = put_two_channels(conv, c, depth, to, shifts + c);
    vww_tune_conv_2d(conv, tuned);
    return VWW_OK;
}

/* --- dsp_depthwise_3x3 -------------------------------------------------------------------------
 */

static bool dsp_depthwise_3x3_fits(const struct vww_lowered *plain)
{
    const struct vwwrt_depthwise_conv_2d *conv = &plain->depthwise_conv_2d;
    return conv->stride_h == conv->stride_w && conv->stride_h <= 2 && conv->pad_left <= 2 &&
           vww_tune_depthwise_3x3_fits(plain);
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
    const int32_t columns = ((conv->output_w - 1) * conv->stride_w + 3 + 1) / 2 * 2;
    const vww_status status =
        vww_tune_allocate(tuned, INT64_C(18) * conv->output_c / 4, INT64_C(24) * columns, error);
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

const struct vww_tuned_kernel vww_tuned_cortex_m_dsp[] = {
    {"dsp_conv_2d", VWW_KERNEL_CONV_2D, VWW_KERNEL_DSP_CONV_2D, dsp_conv_2d_fits,
     dsp_conv_2d_prepare},
    {"dsp_depthwise_3x3", VWW_KERNEL_DEPTHWISE_CONV_2D, VWW_KERNEL_DSP_DEPTHWISE_3X3,
     dsp_depthwise_3x3_fits, dsp_depthwise_3x3_prepare},
    {.name = NULL},
};
