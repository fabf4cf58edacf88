/* What every reader of annotations promises of each entry it delivers. */
#ifndef VWW_TESTS_SOURCE_PROMISES_H
#define VWW_TESTS_SOURCE_PROMISES_H

#include "dataset/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline vww_status promise_image(void *context, const struct vww_coco_image *image,
                                       struct vww_error *error)
{
    (void)context;
    (void)error;
    if (image->width < 1 || image->height < 1 || image->file_name[0] == '\0' ||
        strlen(image->file_name) >= VWW_COCO_NAME_MAX)
        abort();
    return VWW_OK;
}

static inline vww_status promise_annotation(void *context,
                                            const struct vww_coco_annotation *annotation,
                                            struct vww_error *error)
{
    (void)context;
    (void)error;
    for (int i = 0; i < 4; i++)
        if (annotation->has_box && !isfinite(annotation->box[i]))
            abort();
    return VWW_OK;
}

static inline vww_status promise_category(void *context, const struct vww_coco_category *category,
                                          struct vww_error *error)
{
    (void)context;
    (void)error;
    if (category->name[0] == '\0' || category->supercategory == NULL)
        abort();
    return VWW_OK;
}

static const struct vww_coco_visitor promises = {
    .image = promise_image, .annotation = promise_annotation, .category = promise_category};

/* A failure names its file and says what failed. */
static inline void promise_error(vww_status status, const struct vww_error *error)
{
    if (status != VWW_OK && (error->what[0] == '\0' || strcmp(error->file, "fuzz") != 0))
        abort();
}

#endif
