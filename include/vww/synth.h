/* Drawn scenes as a COCO data set: what the whole way can be walked on where no photographs are at
 * hand. Rooms, streets, parks and beaches with people, vehicles, animals, furniture, and things
 * that look like people from afar. */
#ifndef VWW_SYNTH_H
#define VWW_SYNTH_H

#include "vww/progress.h"
#include "vww/status.h"

#include <stdbool.h>
#include <stdint.h>

#define VWW_SYNTH_IMAGES_MOST 1000000
#define VWW_SYNTH_SIDE_LEAST 32
#define VWW_SYNTH_SIDE_MOST 1024

struct vww_synth_options {
    const char *output_dir;
    int64_t images; /* 1 … VWW_SYNTH_IMAGES_MOST */
    uint64_t seed;
    double val_fraction; /* 0 … 0.9: this share of the images, the last ones, is for validation */
    /* Pixels. 0: between side_least and side_most, with the proportions of photographs, most of
     * them landscape. */
    int32_t width, height;
    int32_t side_least, side_most;
    bool force; /* write into a folder that is not empty */
};

/* 3000 images, seed 1, a fifth for validation, sides of 150 to 240 pixels. */
struct vww_synth_options vww_synth_defaults(void);

struct vww_synth_counts {
    int64_t images, annotations;
    int64_t people; /* images with a person whose box is more than 0.5 % of the image */
};

struct vww_synth_result {
    struct vww_synth_counts train, val;
};

/* Write JPEGs into output_dir/train and output_dir/val, and instances_train.json and
 * instances_val.json, the latter two last. Boxes, areas and masks (uncompressed run lengths, as
 * COCO's crowds have) are those of the pixels that are visible in the end. Image i is a function of
 * (seed, i) and the sizes: the bytes do not depend on the number of threads or of images. Errors:
 * argument; mismatch (the folder is not empty); io. After an error, and when the caller stops it,
 * the images written so far are removed again. */
vww_status vww_synth_write(const struct vww_synth_options *options,
                           const struct vww_progress *progress, struct vww_synth_result *result,
                           struct vww_error *error);

#endif
