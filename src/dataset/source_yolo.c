/* YOLO text: for each image a file of the same stem with one box a line, "class x y width height":
 * the class by its number in classes.txt, the box's centre and size as shares of the image. An
 * image without a file has no boxes. */
#include "base/file.h"
#include "dataset/source.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_MAX ((size_t)16 << 20)
#define SHARE_SLACK 1e-4 /* what rounding may add to a share */

static vww_status bad_line(const char *name, size_t line, const char *what, const char *seen,
                           const char *allowed, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_at(error, name, -1);
    vww_error_place(error, "line %zu", line);
    vww_error_seen(error, "%.120s", seen);
    vww_error_allowed(error, "%s", allowed);
    return VWW_ERROR_FORMAT;
}

/* The words of a line; more than five are counted as six. */
static size_t split(char *line, char *words[5])
{
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \t\r", &rest); word != NULL;
         word = strtok_r(NULL, " \t\r", &rest)) {
        if (count == 5)
            return 6;
        words[count++] = word;
    }
    return count;
}

static vww_status scan_line(char *line, size_t number, const char *name, int64_t image_id,
                            const struct vww_listing *classes,
                            const struct vww_coco_visitor *visitor, struct vww_error *error)
{
    char *words[5];
    char whole[128] = "";
    strncat(whole, line, sizeof whole - 1);
    const size_t count = split(line, words);
    if (count == 0)
        return VWW_OK;
    if (count != 5)
        return bad_line(name, number, "a box is not five numbers", whole,
                        "class, x and y of the centre, width, height", error);
    double values[5];
    for (int i = 0; i < 5; i++)
        if (!vww_text_number(words[i], &values[i]))
            return bad_line(name, number, "a box has something that is not a number", words[i],
                            "a finite decimal number", error);
    if (!(values[0] >= 0 && values[0] < (double)classes->count) ||
        values[0] != (double)(size_t)values[0])
        return bad_line(name, number, "the class is not in classes.txt", words[0],
                        "the number of one of its lines, counted from 0", error);
    for (int i = 1; i < 5; i++)
        if (values[i] < -SHARE_SLACK || values[i] > 1 + SHARE_SLACK)
            return bad_line(name, number, "a box is not given in shares of the image", words[i],
                            "0 to 1", error);
    const struct vww_coco_annotation annotation = {
        .id = -1,
        .image_id = image_id,
        .category_id = vww_source_id(classes->names[(size_t)values[0]]),
        .has_box = true,
        .box_in_shares = true,
        .box = {values[1] - values[3] / 2, values[2] - values[4] / 2, values[3], values[4]},
    };
    return visitor->annotation(visitor->context, &annotation, error);
}

vww_status vww_yolo_scan_memory(char *text, const char *name, int64_t image_id,
                                const struct vww_listing *classes,
                                const struct vww_coco_visitor *visitor, struct vww_error *error)
{
    vww_status status = VWW_OK;
    size_t number = 1;
    for (char *line = text; line != NULL && status == VWW_OK; number++) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        status = scan_line(line, number, name, image_id, classes, visitor, error);
        line = end != NULL ? end + 1 : NULL;
    }
    return status;
}

/* A text that must not hold a NUL. */
static vww_status read_text(const char *path, struct vww_buffer *text, struct vww_error *error)
{
    const vww_status status = vww_file_read(path, TEXT_BYTES_MAX, text, error);
    if (status != VWW_OK || memchr(text->data, '\0', text->size) == NULL)
        return status;
    vww_fail(error, VWW_ERROR_FORMAT, "not a text file");
    vww_error_at(error, path, (uint8_t *)memchr(text->data, '\0', text->size) - text->data);
    vww_error_seen(error, "a NUL byte");
    vww_buffer_fini(text);
    return VWW_ERROR_FORMAT;
}

static vww_status scan_boxes(const struct vww_source *source, const char *image,
                             const struct vww_listing *classes,
                             const struct vww_coco_visitor *visitor, struct vww_error *error)
{
    char stem[VWW_COCO_NAME_MAX], name[VWW_COCO_NAME_MAX + 4], path[VWW_PATH_MAX];
    vww_name_stem(image, stem);
    snprintf(name, sizeof name, "%s.txt", stem);
    vww_status status = vww_path_join(path, source->annotations, name, error);
    if (status != VWW_OK || !vww_file_exists(path))
        return status;
    struct vww_buffer text;
    status = read_text(path, &text, error);
    if (status != VWW_OK)
        return status;
    status =
        vww_yolo_scan_memory((char *)text.data, path, vww_source_id(stem), classes, visitor, error);
    vww_buffer_fini(&text);
    return status;
}

/* classes.txt in the folder of the texts or beside it. */
static vww_status read_classes(const char *folder, struct vww_listing *classes,
                               struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    vww_status status = vww_path_join(path, folder, "classes.txt", error);
    if (status == VWW_OK && !vww_file_exists(path))
        status = vww_path_join(path, folder, "../classes.txt", error);
    if (status != VWW_OK)
        return status;
    if (!vww_file_exists(path)) {
        vww_fail(error, VWW_ERROR_NOT_FOUND, "no classes.txt names the classes");
        vww_error_at(error, folder, -1);
        vww_error_remedy(error, "put classes.txt, one class name a line, into this folder or "
                                "beside it");
        return VWW_ERROR_NOT_FOUND;
    }
    struct vww_buffer text;
    status = read_text(path, &text, error);
    if (status != VWW_OK)
        return status;
    char *rest = NULL;
    for (char *line = strtok_r((char *)text.data, "\r\n", &rest); line != NULL && status == VWW_OK;
         line = strtok_r(NULL, "\r\n", &rest))
        status = vww_listing_add(classes, line, error);
    vww_buffer_fini(&text);
    return status;
}

static vww_status scan_all(const struct vww_source *source, const struct vww_listing *images,
                           const struct vww_listing *classes,
                           const struct vww_coco_visitor *visitor, const char *stage,
                           const struct vww_progress *progress, struct vww_error *error)
{
    vww_status status = VWW_OK;
    for (size_t i = 0; i < classes->count && visitor->category != NULL && status == VWW_OK; i++)
        status = vww_source_category(visitor, classes->names[i], classes->names[i], error);
    for (size_t i = 0; i < images->count && status == VWW_OK; i++) {
        if (visitor->image != NULL)
            status = vww_source_image(visitor, source->images, images->names[i], error);
        if (status == VWW_OK && visitor->annotation != NULL)
            status = scan_boxes(source, images->names[i], classes, visitor, error);
        if (status == VWW_OK)
            status = vww_source_step(progress, stage, i + 1, images->count, error);
    }
    return status;
}

vww_status vww_scan_yolo(const struct vww_source *source, const struct vww_coco_visitor *visitor,
                         const char *stage, const struct vww_progress *progress,
                         struct vww_error *error)
{
    struct vww_listing classes = {0}, images = {0};
    vww_status status = read_classes(source->annotations, &classes, error);
    if (status == VWW_OK)
        status = vww_listing_read(source->images, false, vww_is_image_name, &images, error);
    if (status == VWW_OK)
        status = scan_all(source, &images, &classes, visitor, stage, progress, error);
    vww_listing_fini(&classes);
    vww_listing_fini(&images);
    return status;
}
