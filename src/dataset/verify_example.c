/* What is wrong with one image of a data set. */
#include "dataset/verify_example.h"
#include "base/checksum.h"
#include "dataset/records.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static vww_status check_sha256(const struct vww_example *example, struct vww_error *error)
{
    char hex[65];
    if (example->sha256[0] == '\0')
        return VWW_OK;
    vww_sha256_of(example->encoded, example->encoded_bytes, hex);
    if (strcmp(hex, example->sha256) == 0)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "the image has not the SHA-256 of its record");
    vww_error_seen(error, "%s", hex);
    vww_error_allowed(error, "%s", example->sha256);
    return VWW_ERROR_MISMATCH;
}

static vww_status check_size(const struct vww_manifest *manifest, const struct vww_example *example,
                             const struct vww_image *image, struct vww_error *error)
{
    const bool as_recorded = image->height == example->height && image->width == example->width;
    const int32_t size = manifest->size;
    if (as_recorded && (size == 0 || (image->height == size && image->width == size)))
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "the image has not the size of its record");
    vww_error_seen(error, "%d x %d pixels", image->width, image->height);
    if (as_recorded)
        vww_error_allowed(error, "%d x %d, by the manifest", size, size);
    else
        vww_error_allowed(error, "%" PRId64 " x %" PRId64, example->width, example->height);
    return VWW_ERROR_MISMATCH;
}

static vww_status check_label(const struct vww_manifest *manifest,
                              const struct vww_example *example, struct vww_error *error)
{
    if (example->label >= 0 && example->label < (int64_t)manifest->class_count)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_FORMAT, "a label is outside the classes of the manifest");
    vww_error_seen(error, "%" PRId64, example->label);
    vww_error_allowed(error, "0 to %zu", manifest->class_count - 1);
    return VWW_ERROR_FORMAT;
}

static vww_status check_boxes(const struct vww_example *example, struct vww_error *error)
{
    for (size_t i = 0; i < example->box_count; i++) {
        const struct vww_box *box = &example->boxes[i];
        if (isfinite(box->xmin) && isfinite(box->ymin) && isfinite(box->area) &&
            box->xmax >= box->xmin && box->ymax >= box->ymin)
            continue;
        vww_fail(error, VWW_ERROR_FORMAT, "a box is inside out or not a number");
        vww_error_seen(error, "x %g to %g, y %g to %g, area %g", (double)box->xmin,
                       (double)box->xmax, (double)box->ymin, (double)box->ymax, (double)box->area);
        return VWW_ERROR_FORMAT;
    }
    return VWW_OK;
}

vww_status vww_verify_example(const struct vww_manifest *manifest,
                              const struct vww_example *example, struct vww_likeness *likeness,
                              struct vww_error *error)
{
    struct vww_image image = {0};
    vww_status status = check_label(manifest, example, error);
    if (status == VWW_OK)
        status = check_boxes(example, error);
    if (status == VWW_OK)
        status = check_sha256(example, error);
    if (status == VWW_OK)
        status = vww_record_image(example, 0, &image, error);
    if (status == VWW_OK)
        status = check_size(manifest, example, &image, error);
    if (status == VWW_OK && likeness != NULL)
        status = vww_likeness_of(&image, likeness, error);
    vww_image_fini(&image);
    return status;
}
