/* Random variation of training images, in integers. */
#ifndef VWW_DATASET_AUGMENT_H
#define VWW_DATASET_AUGMENT_H

#include "base/random.h"
#include "vww/loader.h"
#include "vww/tfrecord.h"

struct vww_rectangle {
    int32_t x, y, width, height;
};

/* What of a photograph's objects decides the label of a crop: views. */
struct vww_objects {
    const struct vww_box *boxes;
    size_t count;
};

/* A crop of a width x height image; the whole image where cropping is off. *label: of the image;
 * changed to 0 where relabelling finds no object in the crop. */
struct vww_rectangle vww_augment_crop(const struct vww_augmentation *augmentation,
                                      struct vww_random *random, int32_t width, int32_t height,
                                      const struct vww_objects *objects, int32_t *label);

/* Whether vww_augment_warp would change anything. */
bool vww_augment_warps(const struct vww_augmentation *augmentation);
/* Turn, move and scale: width x height x 3 bytes to as many. Bilinear. */
void vww_augment_warp(const struct vww_augmentation *augmentation, struct vww_random *random,
                      int32_t width, int32_t height, const uint8_t *from, uint8_t *to);

/* Flip and colour, in place: width x height x 3 bytes. */
void vww_augment_pixels(const struct vww_augmentation *augmentation, struct vww_random *random,
                        int32_t width, int32_t height, uint8_t *pixels);

#endif
