/* Convolutions that share their sums, for cores with the DSP extension. */
#include "lower/tuning.h"

bool vww_tune_partial_1x1_fits(const struct vww_lowered *plain)
{
    const struct vwwrt_conv_2d *conv = &plain->partial_conv_2d.conv;
    /* Sums without the bias stay within 32 bits; with it they wrap as the reference's. */
    return conv->kernel_h == 1 && conv->kernel_w == 1 && conv->stride_h == 1 &&
           conv->stride_w == 1 && conv->output_h == conv->input_h &&
           conv->output_w == conv->input_w && conv->weights_offset == 0 && conv->input_c % 4 == 0 &&
           conv->output_c % 2 == 0 && conv->input_c <= 1 << 15;
}

/* What the sum of channel c begins with. */
static int32_t beginning(const struct vwwrt_conv_2d *conv, int32_t c)
{
    uint32_t sum = conv->bias != NULL ? (uint32_t)conv->bias[c] : 0;
    for (int32_t i = 0; i < conv->input_c; i++)
        sum += (uint32_t)(conv->input_offset * conv->weights[c * conv->input_c + i]);
    return (int32_t)sum;
}

/* See vwwrt.h; returns where the next two channels go. */
static int32_t *put_two(const struct vwwrt_conv_2d *conv, int32_t c, int32_t *to)
{
    const bool scaled = conv->multipliers != NULL;
    *to++ = beginning(conv, c);
    *to++ = beginning(conv, c + 1);
    for (int32_t i = 0; i < conv->input_c; i += i % 2 == 0 ? 1 : 3)
        *to++ = (int32_t)(vww_tune_weight_byte(conv, c, false, i) |
                          vww_tune_weight_byte(conv, c + 1, false, i) << 8 |
                          vww_tune_weight_byte(conv, c, false, i + 2) << 16 |
                          vww_tune_weight_byte(conv, c + 1, false, i + 2) << 24);
    *to++ = scaled ? conv->multipliers[c] : 0;
    *to++ = scaled ? conv->multipliers[c + 1] : 0;
    return to;
}

vww_status vww_tune_partial_1x1_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                        struct vww_error *error)
{
    const struct vwwrt_partial_conv_2d *partial = &plain->partial_conv_2d;
    const struct vwwrt_conv_2d *conv = &partial->conv;
    const int64_t words = conv->output_c / 2 * (INT64_C(4) + conv->input_c / 2);
    const vww_status status = vww_tune_allocate(tuned, words + (conv->output_c + 3) / 4,
                                                INT64_C(2) * conv->input_c, error);
    if (status != VWW_OK)
        return status;
    int32_t *to = tuned->weights;
    int8_t *shifts = (int8_t *)(tuned->weights + words);
    for (int32_t c = 0; c < conv->output_c; c += 2)
        to = put_two(conv, c, to);
    for (int32_t c = 0; c < conv->output_c; c++)
        shifts[c] = conv->shifts != NULL ? conv->shifts[c] : 0;
    tuned->dsp_partial_conv_2d = (struct vwwrt_dsp_partial_conv_2d){
        .reads_sums = partial->reads_sums,
        .writes_sums = partial->writes_sums,
        .sums_rows = partial->sums_rows,
        .pixels = conv->output_w,
        .output_h = conv->output_h,
        .input_c = conv->input_c,
        .output_c = conv->output_c,
        .input_rows = conv->input_rows,
        .output_rows = conv->output_rows,
        .output_offset = conv->output_offset,
        .activation_min = conv->activation_min,
        .activation_max = conv->activation_max,
        .weights = tuned->weights,
        .scratch = tuned->scratch,
    };
    return VWW_OK;
}
