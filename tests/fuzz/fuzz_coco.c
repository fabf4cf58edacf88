#include "vww/coco.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the header promises of every entry holds. */
static vww_status on_image(void *context, const struct vww_coco_image *image,
                           struct vww_error *error)
{
    (void)context;
    (void)error;
    const size_t length = strlen(image->file_name);
    if (image->width < 1 || image->height < 1 || length == 0 || length >= VWW_COCO_NAME_MAX)
        abort();
    return VWW_OK;
}

static vww_status on_annotation(void *context, const struct vww_coco_annotation *annotation,
                                struct vww_error *error)
{
    (void)context;
    (void)error;
    for (int i = 0; annotation->has_box && i < 4; i++)
        if (annotation->box[i] - annotation->box[i] != 0) /* infinite or not a number */
            abort();
    return VWW_OK;
}

static vww_status on_category(void *context, const struct vww_coco_category *category,
                              struct vww_error *error)
{
    (void)context;
    (void)error;
    if (strlen(category->name) == 0)
        abort();
    return VWW_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct vww_coco_visitor visitor = {
        .image = on_image, .annotation = on_annotation, .category = on_category};
    struct vww_error error;
    const vww_status status = vww_coco_scan_memory(data, size, "input", &visitor, &error);
    if (status != VWW_OK && (error.what[0] == '\0' || error.byte > (int64_t)size))
        abort();
    return 0;
}
