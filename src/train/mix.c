#include "train/mix.h"
#include "base/random.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define RATIO_BITS 16
#define RATIO_ONE (1 << RATIO_BITS)

/* --- mixup ---------------------------------------------------------------------------------------
 */

/* ratio: in 2^-16. */
static void blend(int32_t ratio, size_t bytes, uint8_t *restrict a, uint8_t *restrict b)
{
    const int32_t rest = RATIO_ONE - ratio, half = RATIO_ONE / 2;
    for (size_t i = 0; i < bytes; i++) {
        const int32_t x = a[i], y = b[i];
        a[i] = (uint8_t)((ratio * x + rest * y + half) >> RATIO_BITS);
        b[i] = (uint8_t)((ratio * y + rest * x + half) >> RATIO_BITS);
    }
}

static double mix_up(const struct vww_mix *mix, struct vww_random *random, uint8_t *a, uint8_t *b)
{
    const size_t bytes = (size_t)mix->side * (size_t)mix->side * 3;
    const int32_t ratio = (int32_t)lround(RATIO_ONE * vww_random_beta(random, mix->mixup));
    blend(ratio, bytes, a, b);
    return (double)ratio / RATIO_ONE;
}

/* --- CutMix --------------------------------------------------------------------------------------
 */

/* The span of `length` pixels around `centre` within 0 … side. */
static void place_span(int32_t centre, int32_t length, int32_t side, int32_t *first, int32_t *last)
{
    *first = centre - length / 2 < 0 ? 0 : centre - length / 2;
    *last = centre - length / 2 + length > side ? side : centre - length / 2 + length;
}

static void exchange(size_t bytes, uint8_t *restrict a, uint8_t *restrict b)
{
    for (size_t i = 0; i < bytes; i++) {
        const uint8_t kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

static double cut_mix(const struct vww_mix *mix, struct vww_random *random, uint8_t *a, uint8_t *b)
{
    const int32_t side = mix->side;
    const double share = sqrt(1 - vww_random_beta(random, mix->cutmix));
    const int32_t length = (int32_t)lround(share * side);
    const int32_t x = (int32_t)vww_random_below(random, (uint32_t)side);
    const int32_t y = (int32_t)vww_random_below(random, (uint32_t)side);
    int32_t left, right, top, bottom;
    place_span(x, length, side, &left, &right);
    place_span(y, length, side, &top, &bottom);
    for (int32_t row = top; row < bottom; row++) {
        const size_t at = ((size_t)row * (size_t)side + (size_t)left) * 3;
        exchange((size_t)(right - left) * 3, a + at, b + at);
    }
    return 1 - (double)(right - left) * (bottom - top) / ((double)side * side);
}

/* --- both ----------------------------------------------------------------------------------------
 */

static void mix_targets(double ratio, int32_t classes, double *a, double *b)
{
    for (int32_t c = 0; c < classes; c++) {
        const double x = a[c], y = b[c];
        a[c] = ratio * x + (1 - ratio) * y;
        b[c] = ratio * y + (1 - ratio) * x;
    }
}

void vww_mix_pairs(const struct vww_mix *mix, int64_t epoch, int64_t place, int64_t count,
                   uint8_t *images, int32_t *labels, double *targets)
{
    const size_t bytes = (size_t)mix->side * (size_t)mix->side * 3;
    for (int64_t n = 0; n + 1 < count; n += 2) {
        struct vww_random random =
            vww_random_init(mix->seed, VWW_RANDOM_MIX, (uint64_t)epoch, (uint64_t)(place + n));
        uint8_t *a = images + (size_t)n * bytes;
        bool cuts = mix->cutmix > 0;
        if (cuts && mix->mixup > 0)
            cuts = vww_random_below(&random, 2) != 0;
        const double ratio =
            cuts ? cut_mix(mix, &random, a, a + bytes) : mix_up(mix, &random, a, a + bytes);
        mix_targets(ratio, mix->classes, targets + n * mix->classes,
                    targets + (n + 1) * mix->classes);
        if (ratio < 0.5) {
            const int32_t kept = labels[n];
            labels[n] = labels[n + 1];
            labels[n + 1] = kept;
        }
    }
}
