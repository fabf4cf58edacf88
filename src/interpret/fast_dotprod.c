/* NEON with the dot product instructions of Armv8.2: four signed bytes of activations and weights
 * in each lane. Depthwise convolutions are those of plain NEON. */
#if defined(__aarch64__)
#pragma GCC target("arch=armv8.2-a+dotprod")
#include "interpret/fast_neon.h"

static inline vector dot(vector sum, vector a, vector w)
{
    return vdotq_s32(sum, vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(w));
}

#include "interpret/fast_product.h"

static void depthwise(const struct vww_fast_depthwise *d, const int16_t *image, int8_t *output)
{
    vww_fast_neon.depthwise(d, image, output);
}

const struct vww_fast_kernels vww_fast_dotprod = {.name = "dotprod",
                                                  .lanes = LANES,
                                                  .activation_bytes = 1,
                                                  .signed_bytes = true,
                                                  .product = product,
                                                  .depthwise = depthwise};
#endif
