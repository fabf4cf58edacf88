/* One picture of a synthetic set: pixels, and what is visible in it. */
#ifndef VWW_DATASET_SYNTH_PICTURE_H
#define VWW_DATASET_SYNTH_PICTURE_H

#include "dataset/synth_category.h"
#include "dataset/synth_texture.h"
#include "vww/image.h"
#include "vww/status.h"
#include "vww/synth.h"

/* The visible part of one thing. */
struct vww_visible {
    int category;
    int crowd;
    int32_t x, y, width, height; /* the smallest box around it, pixels */
    int32_t area;                /* pixels */
    /* Its mask column by column from the upper left: so many pixels outside, so many inside, and so
     * on (COCO's uncompressed run lengths). */
    uint32_t *runs;
    int32_t run_count;
};

/* What has fewer visible pixels than this is left out, as a person who draws boxes would. */
#define VWW_VISIBLE_LEAST 12

struct vww_picture {
    struct vww_image image;
    uint16_t *owner; /* height * width: 1 + index into owners.list, or 0 */
    struct vww_owners owners;
    struct vww_visible *visible;
    int visible_count;
};

/* Draw picture `index` of the set. */
vww_status vww_picture_draw(const struct vww_synth_options *options, int64_t index,
                            const struct vww_noise *noise, struct vww_picture *picture,
                            struct vww_error *error);
void vww_picture_fini(struct vww_picture *picture);

/* The visible parts of what is on a map of owners, in the owners' order. *visible is allocated, and
 * so are the runs of its *count entries; release both with vww_visible_free. */
vww_status vww_visible_find(const uint16_t *owner, int32_t width, int32_t height,
                            const struct vww_owners *owners, struct vww_visible **visible,
                            int *count, struct vww_error *error);
void vww_visible_free(struct vww_visible *visible, int count);

#endif
