/* A folder for each class: every image in it shows an object of the class that fills the image. */
#include "base/file.h"
#include "dataset/source.h"

#include <stdio.h>
#include <string.h>

static vww_status scan_image(const struct vww_coco_visitor *visitor, const char *root,
                             const char *class_name, const char *file, struct vww_error *error)
{
    char name[VWW_COCO_NAME_MAX];
    const int length = snprintf(name, sizeof name, "%s/%s", class_name, file);
    if (length < 0 || (size_t)length >= sizeof name) {
        vww_fail(error, VWW_ERROR_FORMAT, "the name of an image is too long");
        vww_error_at(error, root, -1);
        vww_error_seen(error, "%.60s/%.60s…", class_name, file);
        return VWW_ERROR_FORMAT;
    }
    if (visitor->image != NULL) {
        const vww_status status = vww_source_image(visitor, root, name, error);
        if (status != VWW_OK)
            return status;
    }
    if (visitor->annotation == NULL)
        return VWW_OK;
    char stem[VWW_COCO_NAME_MAX];
    vww_name_stem(name, stem);
    const struct vww_coco_annotation whole = {.id = -1,
                                              .image_id = vww_source_id(stem),
                                              .category_id = vww_source_id(class_name),
                                              .has_box = true,
                                              .box_in_shares = true,
                                              .box = {0, 0, 1, 1}};
    return visitor->annotation(visitor->context, &whole, error);
}

static vww_status scan_class(const struct vww_coco_visitor *visitor, const char *root,
                             const char *class_name, struct vww_error *error)
{
    char folder[VWW_PATH_MAX];
    struct vww_listing files;
    vww_status status = vww_path_join(folder, root, class_name, error);
    if (status == VWW_OK && visitor->category != NULL)
        status = vww_source_category(visitor, class_name, class_name, error);
    if (status == VWW_OK)
        status = vww_listing_read(folder, false, vww_is_image_name, &files, error);
    if (status != VWW_OK)
        return status;
    for (size_t i = 0; i < files.count && status == VWW_OK; i++)
        status = scan_image(visitor, root, class_name, files.names[i], error);
    vww_listing_fini(&files);
    return status;
}

vww_status vww_scan_folders(const struct vww_source *source, const struct vww_coco_visitor *visitor,
                            const char *stage, const struct vww_progress *progress,
                            struct vww_error *error)
{
    struct vww_listing classes;
    vww_status status = vww_listing_read(source->images, true, NULL, &classes, error);
    if (status != VWW_OK)
        return status;
    if (classes.count == 0) {
        status = vww_fail(error, VWW_ERROR_FORMAT, "the folder holds no folders of classes");
        vww_error_at(error, source->images, -1);
        vww_error_allowed(error, "one folder for each class, with its images");
    }
    for (size_t i = 0; i < classes.count && status == VWW_OK; i++) {
        status = scan_class(visitor, source->images, classes.names[i], error);
        if (status == VWW_OK)
            status = vww_source_step(progress, stage, i + 1, classes.count, error);
    }
    vww_listing_fini(&classes);
    return status;
}
