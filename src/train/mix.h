/* Images made of two, with targets made of theirs in the same ratio. */
#ifndef VWW_TRAIN_MIX_H
#define VWW_TRAIN_MIX_H

#include <stdint.h>

struct vww_mix {
    /* mixup (Zhang et al. 2018, "mixup: beyond empirical risk minimization"): every byte becomes
     * ratio * its own + (1 - ratio) * the other image's, rounded to the nearest, halves up; the
     * ratio is drawn from Beta(mixup, mixup) and is a multiple of 2^-16. 0: none. */
    double mixup;
    /* CutMix (Yun et al. 2019): the two images exchange the pixels of a box whose sides are
     * sqrt(1 - l) of the image's, l from Beta(cutmix, cutmix), around a pixel drawn evenly and cut
     * at the image's edges; the ratio is what is left, 1 - box / image. 0: none. With both, a coin
     * decides for each pair. */
    double cutmix;
    uint64_t seed;
    int32_t side, classes;
};

/* Mix images 0 and 1, 2 and 3, …; the last of an odd count stays as it is. images: count x side x
 * side x 3; targets: count x classes. Each image's target becomes ratio * its own + (1 - ratio) *
 * the other's, and its label the one with the larger share. A pair's numbers depend on seed, epoch
 * and place of its first image alone; place: of image 0 within the epoch. */
void vww_mix_pairs(const struct vww_mix *mix, int64_t epoch, int64_t place, int64_t count,
                   uint8_t *images, int32_t *labels, double *targets);

#endif
