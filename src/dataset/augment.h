/* Random variation of training images, in integers. */
#ifndef VWW_DATASET_AUGMENT_H
#define VWW_DATASET_AUGMENT_H

#include "base/random.h"
#include "vww/loader.h"

struct vww_rectangle {
    int32_t x, y, width, height;
};

/* A crop of a width x height image; the whole image where cropping is off. */
struct vww_rectangle vww_augment_crop(const struct vww_augmentation *augmentation,
                                      struct vww_random *random, int32_t width, int32_t height);

/* Flip and colour, in place: width x height x 3 bytes. */
void vww_augment_pixels(const struct vww_augmentation *augmentation, struct vww_random *random,
                        int32_t width, int32_t height, uint8_t *pixels);

#endif
