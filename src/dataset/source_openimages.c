/* Open Images: a CSV of boxes in shares of the image, classes by codes whose names are in a second
 * CSV. The images are those of the image folder, since few people have all nine million. */
#include "base/file.h"
#include "dataset/csv.h"
#include "dataset/source.h"

#include <string.h>

static vww_status box_number(const struct vww_csv *csv, size_t column, double *value,
                             struct vww_error *error)
{
    if (vww_text_number(csv->fields[column], value) && *value >= 0 && *value <= 1)
        return VWW_OK;
    return vww_csv_fail(csv, "a coordinate is not a share of the image", csv->fields[column],
                        "0 to 1", error);
}

enum column { IMAGE_ID, LABEL, XMIN, XMAX, YMIN, YMAX, GROUP, COLUMN_COUNT };
static const char *const column_names[COLUMN_COUNT] = {
    "ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax", "IsGroupOf",
};

static vww_status scan_box(const struct vww_csv *csv, const size_t columns[COLUMN_COUNT],
                           const struct vww_coco_visitor *visitor, struct vww_error *error)
{
    double edge[4];
    for (size_t i = 0; i < 4; i++) {
        const vww_status status = box_number(csv, columns[XMIN + i], &edge[i], error);
        if (status != VWW_OK)
            return status;
    }
    const struct vww_coco_annotation annotation = {
        .id = (int64_t)csv->number,
        .image_id = vww_source_id(csv->fields[columns[IMAGE_ID]]),
        .category_id = vww_source_id(csv->fields[columns[LABEL]]),
        .has_box = true,
        .box_in_shares = true,
        .crowd = strcmp(csv->fields[columns[GROUP]], "1") == 0,
        .box = {edge[0], edge[2], edge[1] - edge[0], edge[3] - edge[2]},
    };
    return visitor->annotation(visitor->context, &annotation, error);
}

vww_status vww_openimages_scan_boxes(FILE *stream, const char *name,
                                     const struct vww_coco_visitor *visitor,
                                     struct vww_error *error)
{
    struct vww_csv csv;
    size_t columns[COLUMN_COUNT];
    vww_status status = vww_csv_begin(&csv, stream, name, error);
    if (status != VWW_OK)
        return status;
    for (size_t i = 0; i < COLUMN_COUNT && status == VWW_OK; i++)
        status = vww_csv_column(&csv, column_names[i], &columns[i], error);
    while (status == VWW_OK) {
        status = vww_csv_next(&csv, error);
        if (status != VWW_OK || csv.field_count == 0)
            break;
        status = scan_box(&csv, columns, visitor, error);
    }
    vww_csv_end(&csv);
    return status;
}

static vww_status scan_box_file(const char *path, const struct vww_coco_visitor *visitor,
                                struct vww_error *error)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return vww_fail_io(error, "open", path);
    const vww_status status = vww_openimages_scan_boxes(stream, path, visitor, error);
    fclose(stream);
    return status;
}

/* The class descriptions lie beside the boxes under one of these names. They have no header in some
 * years and "LabelName,DisplayName" in others. */
static const char *const description_names[] = {
    "oidv7-class-descriptions-boxable.csv",
    "class-descriptions-boxable.csv",
    "class-descriptions.csv",
};

static vww_status find_descriptions(const char *boxes, char path[VWW_PATH_MAX],
                                    struct vww_error *error)
{
    char folder[VWW_PATH_MAX];
    const char *slash = strrchr(boxes, '/');
    snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - boxes) : 1,
             slash != NULL ? boxes : ".");
    for (size_t i = 0; i < sizeof description_names / sizeof description_names[0]; i++) {
        const vww_status status = vww_path_join(path, folder, description_names[i], error);
        if (status != VWW_OK || vww_file_exists(path))
            return status;
    }
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no class descriptions lie beside the boxes");
    vww_error_at(error, boxes, -1);
    vww_error_remedy(error, "put Open Images' %s into the same folder", description_names[0]);
    return VWW_ERROR_NOT_FOUND;
}

static vww_status scan_descriptions(FILE *stream, const char *path,
                                    const struct vww_coco_visitor *visitor, struct vww_error *error)
{
    struct vww_csv csv;
    vww_status status = vww_csv_begin(&csv, stream, path, error);
    if (status != VWW_OK)
        return status;
    if (csv.columns != 2)
        status = vww_csv_fail(&csv, "not a file of class descriptions", csv.fields[0],
                              "two fields a line: the code and the name", error);
    while (status == VWW_OK && csv.field_count > 0) {
        if (strcmp(csv.fields[0], "LabelName") != 0 && csv.fields[1][0] != '\0')
            status = vww_source_category(visitor, csv.fields[0], csv.fields[1], error);
        if (status == VWW_OK)
            status = vww_csv_next(&csv, error);
    }
    vww_csv_end(&csv);
    return status;
}

static vww_status scan_categories(const char *boxes, const struct vww_coco_visitor *visitor,
                                  struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    vww_status status = find_descriptions(boxes, path, error);
    if (status != VWW_OK)
        return status;
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return vww_fail_io(error, "open", path);
    status = scan_descriptions(stream, path, visitor, error);
    fclose(stream);
    return status;
}

static vww_status scan_images(const char *folder, const struct vww_coco_visitor *visitor,
                              const char *stage, const struct vww_progress *progress,
                              struct vww_error *error)
{
    struct vww_listing images;
    vww_status status = vww_listing_read(folder, false, vww_is_image_name, &images, error);
    if (status != VWW_OK)
        return status;
    for (size_t i = 0; i < images.count && status == VWW_OK; i++) {
        status = vww_source_image(visitor, folder, images.names[i], error);
        if (status == VWW_OK)
            status = vww_source_step(progress, stage, i + 1, images.count, error);
    }
    vww_listing_fini(&images);
    return status;
}

vww_status vww_scan_openimages(const struct vww_source *source,
                               const struct vww_coco_visitor *visitor, const char *stage,
                               const struct vww_progress *progress, struct vww_error *error)
{
    vww_status status = VWW_OK;
    if (visitor->category != NULL)
        status = scan_categories(source->annotations, visitor, error);
    if (status == VWW_OK && visitor->image != NULL)
        status = scan_images(source->images, visitor, stage, progress, error);
    if (status == VWW_OK && visitor->annotation != NULL)
        status = scan_box_file(source->annotations, visitor, error);
    return status;
}
