#include "dataset/photograph.h"
#include "base/checksum.h"
#include "base/file.h"
#include "vww/dataset.h"
#include "vww/image.h"
#include "vww/tfrecord.h"

#include <inttypes.h>
#include <stdio.h>

#define FILE_BYTES_MAX ((size_t)256 << 20)

static vww_status check_size(const struct vww_labelled_image *listed, const struct vww_image *image,
                             const char *path, struct vww_error *error)
{
    if (image->width == listed->width && image->height == listed->height)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "the image has not the size that its annotation gives");
    vww_error_at(error, path, -1);
    vww_error_seen(error, "%d x %d pixels", image->width, image->height);
    vww_error_allowed(error, "%d x %d", listed->width, listed->height);
    vww_error_remedy(error, "its boxes would lie wrong: use the image that was annotated");
    return VWW_ERROR_MISMATCH;
}

/* The bytes to store in place of `file`: the image stretched to size x size. */
static vww_status encode_stretched(const struct vww_image *image, int32_t size,
                                   struct vww_buffer *file, struct vww_error *error)
{
    struct vww_image small;
    vww_status status = vww_image_init(&small, size, size, 3, error);
    if (status == VWW_OK)
        status = vww_image_resize(image, 0, 0, image->width, image->height, &small, error);
    file->size = 0;
    if (status == VWW_OK)
        status = vww_image_encode_jpeg(&small, VWW_JPEG_QUALITY, file, error);
    vww_image_fini(&small);
    return status;
}

/* `file` becomes the bytes to store. */
static vww_status prepare(const struct vww_labelled_image *listed, const char *path, int32_t size,
                          struct vww_buffer *file, struct vww_error *error)
{
    struct vww_image image;
    vww_status status = size > 0
                            ? vww_image_decode(file->data, file->size, path, &image, error)
                            : vww_image_decode_jpeg(file->data, file->size, path, 0, &image, error);
    if (status == VWW_OK)
        status = check_size(listed, &image, path, error);
    if (status == VWW_OK && size > 0)
        status = encode_stretched(&image, size, file, error);
    vww_image_fini(&image);
    return status;
}

static vww_status boxes_of(const struct vww_label_set *set, const struct vww_labelled_image *image,
                           double area_scale, struct vww_box **boxes, struct vww_error *error)
{
    *boxes = vww_allocate(image->object_count, sizeof **boxes);
    if (*boxes == NULL)
        return vww_fail_memory(error, image->object_count * sizeof **boxes);
    const double width = image->width, height = image->height;
    for (uint32_t i = 0; i < image->object_count; i++) {
        const struct vww_label_object *object = &set->objects[image->first_object + i];
        (*boxes)[i] = (struct vww_box){
            .xmin = (float)(object->x / width),
            .xmax = (float)((object->x + object->width) / width),
            .ymin = (float)(object->y / height),
            .ymax = (float)((object->y + object->height) / height),
            .area = (float)(object->area * area_scale),
        };
    }
    return VWW_OK;
}

static vww_status append_record(const struct vww_photograph *photograph, int32_t size,
                                const struct vww_buffer *file, struct vww_buffer *record,
                                struct vww_error *error)
{
    const struct vww_labelled_image *image = &photograph->set->images[photograph->image];
    char source_id[24], sha256[65];
    snprintf(source_id, sizeof source_id, "%" PRId64, image->id);
    struct vww_sha256 sha;
    vww_sha256_init(&sha);
    vww_sha256_update(&sha, file->data, file->size);
    vww_sha256_hex(&sha, sha256);
    struct vww_example example = {
        .height = size > 0 ? size : image->height,
        .width = size > 0 ? size : image->width,
        .label = image->label,
        .file_name = photograph->set->names + image->file_name,
        .source_id = source_id,
        .sha256 = sha256,
        .format = "jpeg",
        .encoded = file->data,
        .encoded_bytes = file->size,
        .box_count = image->object_count,
    };
    const double area_scale = (double)example.width * (double)example.height /
                              ((double)image->width * (double)image->height);
    struct vww_box *boxes = NULL;
    struct vww_buffer message = {0};
    vww_status status = boxes_of(photograph->set, image, area_scale, &boxes, error);
    example.boxes = boxes;
    if (status == VWW_OK)
        status = vww_example_pack(&example, &message, error);
    if (status == VWW_OK)
        vww_tfrecord_append(record, message.data, message.size);
    if (status == VWW_OK && record->failed)
        status = vww_fail_memory(error, message.size);
    vww_free(boxes);
    vww_buffer_fini(&message);
    return status;
}

vww_status vww_photograph_record(const struct vww_photograph *photograph, int32_t size,
                                 struct vww_buffer *record, struct vww_error *error)
{
    const struct vww_labelled_image *image = &photograph->set->images[photograph->image];
    char path[VWW_PATH_MAX];
    struct vww_buffer file = {0};
    vww_status status = vww_path_join(path, photograph->directory,
                                      photograph->set->names + image->file_name, error);
    if (status == VWW_OK)
        status = vww_file_read(path, FILE_BYTES_MAX, &file, error);
    if (status == VWW_OK)
        status = prepare(image, path, size, &file, error);
    if (status == VWW_OK)
        status = append_record(photograph, size, &file, record, error);
    if (status != VWW_OK)
        vww_error_place(error, "image %" PRId64 " of %.80s", image->id, photograph->annotation);
    vww_buffer_fini(&file);
    return status;
}
