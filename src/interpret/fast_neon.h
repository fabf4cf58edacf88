/* What the Arm kernels share: four channels in a vector, requantized with the reference's steps. */
#include "interpret/fast.h"

#include <arm_neon.h>
#include <string.h>

typedef int32x4_t vector;
#define LANES 4
#define ROWS 8
#define ZERO vdupq_n_s32(0)

static inline vector load(const void *at)
{
    return vld1q_s32(at);
}

static inline vector broadcast(uint32_t word)
{
    return vdupq_n_s32((int32_t)word);
}

/* vwwrt_rounding_divide: the shift rounds ties upward, so negative numbers are lowered by 1 first,
 * which decides ties the other way and nothing else. */
static inline vector rounding_divide(vector x, vector exponents)
{
    const vector shifts = vnegq_s32(exponents);
    const vector lowered = vqaddq_s32(x, vshrq_n_s32(vandq_s32(x, shifts), 31));
    return vrshlq_s32(lowered, shifts);
}

/* vqrdmulhq_s32 is vwwrt_high_multiply. */
static inline vector finish(const struct vww_fast_channels *channels, int32_t at, vector sum)
{
    vector x = vaddq_s32(sum, load(channels->constants + at));
    x = vqrdmulhq_s32(vshlq_s32(x, load(channels->left + at)), load(channels->multipliers + at));
    x = rounding_divide(x, load(channels->right + at));
    x = vaddq_s32(x, vdupq_n_s32(channels->output_offset));
    x = vmaxq_s32(x, vdupq_n_s32(channels->low));
    return vminq_s32(x, vdupq_n_s32(channels->high));
}

static inline void store(int8_t *to, vector v, int32_t count)
{
    const int16x4_t words = vmovn_s32(v);
    const int8x8_t bytes = vmovn_s16(vcombine_s16(words, words));
    int8_t all[8];
    vst1_s8(all, bytes);
    memcpy(to, all, count == LANES ? LANES : (size_t)count);
}
