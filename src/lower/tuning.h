/* What the parts of tuning share (tune.h): a channel's output parameters, and what all tuned
 * convolutions have in common. */
#ifndef VWW_LOWER_TUNING_H
#define VWW_LOWER_TUNING_H

#include "lower/tune.h"

/* What one channel's requantization becomes. shift: to the right. */
struct vww_tune_channel {
    int32_t doubled_bias, multiplier;
    int8_t shift;
    bool is_constant; /* the kernel must see zeros for weights */
};

/* False where the kernels' arithmetic does not reach: those layers keep the reference. */
bool vww_tune_conv_channel(const struct vwwrt_conv_2d *conv, int32_t c,
                           struct vww_tune_channel *channel);
bool vww_tune_depthwise_channel(const struct vwwrt_depthwise_conv_2d *conv, int32_t c,
                                struct vww_tune_channel *channel);

/* Room for the words that a tuned kernel owns. On failure nothing is kept. */
vww_status vww_tune_allocate(struct vww_lowered *tuned, int64_t weight_words, int64_t scratch_bytes,
                             struct vww_error *error);

/* Dilation and groups 1, and all channels within the kernels' arithmetic. */
bool vww_tune_conv_2d_fits(const struct vww_lowered *plain);
/* A square window with sides of `side` and a square stride, one output for each input channel, at
 * least 4 channels, dilation 1; likewise. */
bool vww_tune_depthwise_fits(const struct vww_lowered *plain, int32_t side);
/* The bytes of a window, rounded up to a multiple of 4. */
int32_t vww_tune_depth(const struct vwwrt_conv_2d *conv);
/* The window of a pixel is `depth` bytes of the input. */
bool vww_tune_reads_in_place(const struct vwwrt_conv_2d *conv);
/* Weight i of channel c as an unsigned byte, 0 behind the last and for a constant channel. */
uint32_t vww_tune_weight_byte(const struct vwwrt_conv_2d *conv, int32_t c, bool constant,
                              int32_t i);
/* tuned->tuned_conv_2d but for the weights' words, which are the kernel's own. */
void vww_tune_conv_2d(const struct vwwrt_conv_2d *conv, struct vww_lowered *tuned);

/* tune_partial.c: dsp_partial_conv_2d. */
bool vww_tune_partial_1x1_fits(const struct vww_lowered *plain);
vww_status vww_tune_partial_1x1_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                        struct vww_error *error);
/* To mac_add, on every core. */
bool vww_tune_add_fits(const struct vww_lowered *plain);
vww_status vww_tune_add_prepare(const struct vww_lowered *plain, struct vww_lowered *tuned,
                                struct vww_error *error);

/* tuned->tuned_depthwise but for the weights' words. */
void vww_tune_depthwise(const struct vwwrt_depthwise_conv_2d *conv, struct vww_lowered *tuned);
/* Channels come in fours; where their number is not a multiple of 4, the second four begin within
 * the first. How many fours there are, and the first channel of one. */
int32_t vww_tune_fours(int32_t channels);
int32_t vww_tune_four(int32_t channels, int32_t index);

extern const struct vww_tuned_kernel vww_tuned_cortex_m_dsp[], vww_tuned_mac32[],
    vww_tuned_cortex_m_mve[];

#endif
