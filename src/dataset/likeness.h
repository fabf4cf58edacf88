/* What two photographs look like, small enough to keep for every image of a set: which of them are
 * copies of one another, also when resized or compressed again. */
#ifndef VWW_DATASET_LIKENESS_H
#define VWW_DATASET_LIKENESS_H

#include "vww/image.h"

#include <stdbool.h>
#include <stdint.h>

#define VWW_LIKENESS_SIDE 8

struct vww_likeness {
    uint64_t
        hash; /* of the 8 x 8 lowest frequencies of the brightness: above their median or not */
    uint8_t colours[VWW_LIKENESS_SIDE * VWW_LIKENESS_SIDE * 3]; /* the image, 8 x 8 RGB */
};

/* image: RGB. */
vww_status vww_likeness_of(const struct vww_image *image, struct vww_likeness *likeness,
                           struct vww_error *error);

/* Bits in which the hashes differ, 0 … 64. */
int vww_likeness_distance(const struct vww_likeness *a, const struct vww_likeness *b);
/* The hashes differ in at most `bits` bits, and the colours of the 64 parts by at most
 * VWW_LIKENESS_COLOUR on average: the hash alone knows neither colour nor contrast. */
#define VWW_LIKENESS_COLOUR 12
bool vww_likeness_same(const struct vww_likeness *a, const struct vww_likeness *b, int bits);

#endif
