/* Some images of the data set that the run got right and wrong. */
#ifndef VWW_REPORT_PICTURES_H
#define VWW_REPORT_PICTURES_H

#include "base/memory.h"
#include "vww/evaluate.h"
#include "vww/progress.h"

enum vww_picture_group { VWW_PICTURE_MISTAKE, VWW_PICTURE_UNSURE, VWW_PICTURE_RIGHT };
#define VWW_PICTURE_GROUPS 3
#define VWW_PICTURES_EACH 12 /* at most, of each group */

struct vww_picture {
    enum vww_picture_group group;
    int64_t index; /* in the data set's storage order */
    struct vww_buffer jpeg;
};

struct vww_pictures {
    struct vww_picture items[VWW_PICTURE_GROUPS * VWW_PICTURES_EACH]; /* group by group */
    size_t count;
    char why_none[512]; /* where the data set could not be used */
};

/* Which images: mistakes, the most confident first; those whose two best classes are nearest to one
 * another; and right ones evenly spread over the data set. No image twice. */
void vww_pictures_choose(const struct vww_evaluation *evaluation, struct vww_pictures *pictures);

/* Choose, and fetch the pixels at the model's resolution from the data set that the evaluation
 * names. A data set that is gone or has changed is no failure: why_none says so, and the pictures
 * have no pixels. */
vww_status vww_pictures_make(const struct vww_evaluation *evaluation, int32_t resolution,
                             const struct vww_progress *progress, struct vww_pictures *pictures,
                             struct vww_error *error);
void vww_pictures_fini(struct vww_pictures *pictures);

#endif
