/* The images of a WebDataset shard: three files of a tar archive each. */
#include "base/json.h"
#include "dataset/records.h"
#include "dataset/tar.h"

#include <inttypes.h>
#include <string.h>

/* The files of an image, in their order. */
enum { CLASS, IMAGE, DESCRIPTION, FILES };
static const char *const suffixes[FILES] = {".cls", ".jpg", ".json"};

struct web {
    struct vww_tar_reader *tar;
    char path[VWW_PATH_MAX];
};

#define BOXES_MAX 100000

static vww_status no_box(struct vww_error *error)
{
    return vww_fail(error, VWW_ERROR_FORMAT,
                    "the description's \"boxes\" are not lists of four "
                    "numbers");
}

/* xmin, ymin, xmax, ymax. Their areas, which are not stored, are those of the rectangles. */
static vww_status read_box(yajl_val from, const struct vww_example *example, struct vww_box *box,
                           struct vww_error *error)
{
    float sides[4];
    if (!YAJL_IS_ARRAY(from) || from->u.array.len != 4)
        return no_box(error);
    for (size_t i = 0; i < 4; i++) {
        const yajl_val side = from->u.array.values[i];
        if (!YAJL_IS_DOUBLE(side) && !YAJL_IS_INTEGER(side))
            return no_box(error);
        sides[i] =
            YAJL_IS_INTEGER(side) ? (float)YAJL_GET_INTEGER(side) : (float)YAJL_GET_DOUBLE(side);
    }
    *box = (struct vww_box){.xmin = sides[0], .ymin = sides[1], .xmax = sides[2], .ymax = sides[3]};
    box->area = (box->xmax - box->xmin) * (float)example->width * (box->ymax - box->ymin) *
                (float)example->height;
    return VWW_OK;
}

static vww_status read_boxes(yajl_val description, const struct vww_example *example,
                             struct vww_box **boxes, size_t *count, struct vww_error *error)
{
    const yajl_val list = vww_json_get(description, "boxes");
    if (!YAJL_IS_ARRAY(list) || list->u.array.len > BOXES_MAX)
        return no_box(error);
    *count = list->u.array.len;
    *boxes = vww_allocate(*count, sizeof **boxes);
    vww_status status = *boxes == NULL ? vww_fail_memory(error, *count * sizeof **boxes) : VWW_OK;
    for (size_t i = 0; i < *count && status == VWW_OK; i++)
        status = read_box(list->u.array.values[i], example, &(*boxes)[i], error);
    return status;
}

static vww_status read_description(yajl_val description, struct vww_example *example,
                                   struct vww_error *error)
{
    if (!vww_json_get_string(description, "file_name", &example->file_name) ||
        !vww_json_get_integer(description, "width", &example->width) ||
        !vww_json_get_integer(description, "height", &example->height) ||
        !vww_json_get_integer(description, "label", &example->label))
        return vww_fail(error, VWW_ERROR_FORMAT,
                        "the description lacks file_name, width, height or label");
    return VWW_OK;
}

static vww_status check_class(const struct vww_example *example, const struct vww_buffer *class,
                              struct vww_error *error)
{
    char text[24];
    const int digits = snprintf(text, sizeof text, "%" PRId64, example->label);
    if (class->size == (size_t)digits && memcmp(class->data, text, class->size) == 0)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "the .cls file has not the label of the description");
    vww_error_seen(error, "%zu bytes \"%.*s\"", class->size, class->size > 0,
                   (const char *)class->data);
    vww_error_allowed(error, "%" PRId64, example->label);
    return VWW_ERROR_MISMATCH;
}

/* The Example that the three files stand for. */
static vww_status pack(const char *stem, const struct vww_tar_entry entries[FILES],
                       struct vww_buffer *out, struct vww_error *error)
{
    const struct vww_buffer *text = &entries[DESCRIPTION].data;
    struct vww_example example = {.source_id = stem,
                                  .sha256 = "",
                                  .format = "jpeg",
                                  .encoded = entries[IMAGE].data.data,
                                  .encoded_bytes = entries[IMAGE].data.size};
    struct vww_box *boxes = NULL;
    yajl_val description;
    vww_status status =
        vww_json_parse(text->data, text->size, entries[DESCRIPTION].name, &description, error);
    if (status != VWW_OK)
        return status;
    status = read_description(description, &example, error);
    if (status == VWW_OK)
        status = check_class(&example, &entries[CLASS].data, error);
    if (status == VWW_OK)
        status = read_boxes(description, &example, &boxes, &example.box_count, error);
    example.boxes = boxes;
    if (status == VWW_OK)
        status = vww_example_pack(&example, out, error);
    vww_free(boxes);
    yajl_tree_free(description);
    return status;
}

/* The next file, of this place among those of its image; the first one gives the image its stem. */
static vww_status read_entry(struct vww_tar_reader *tar, int place, char stem[VWW_TAR_NAME_MAX],
                             struct vww_tar_entry *entry, struct vww_error *error)
{
    const vww_status status = vww_tar_next(tar, entry, error);
    if (status != VWW_OK || (place == 0 && entry->name[0] == '\0'))
        return status;
    const size_t length = strlen(entry->name), suffix = strlen(suffixes[place]);
    const bool ends =
        length > suffix && strcmp(entry->name + length - suffix, suffixes[place]) == 0;
    if (place == 0 && ends) {
        memcpy(stem, entry->name, length - suffix);
        stem[length - suffix] = '\0';
    }
    if (ends && strlen(stem) == length - suffix && memcmp(entry->name, stem, length - suffix) == 0)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_FORMAT, "the files of an image are not .cls, .jpg and .json");
    vww_error_at(error, vww_tar_name(tar), entry->offset);
    vww_error_seen(error, "%s", entry->name[0] != '\0' ? entry->name : "the end of the archive");
    vww_error_allowed(error, "%s%s", stem[0] != '\0' ? stem : "<id>", suffixes[place]);
    return VWW_ERROR_FORMAT;
}

vww_status vww_records_web_next(struct vww_tar_reader *tar, struct vww_record *record, bool *ended,
                                struct vww_error *error)
{
    struct vww_tar_entry entries[FILES] = {0};
    char stem[VWW_TAR_NAME_MAX] = "";
    vww_status status = VWW_OK;
    *ended = false;
    for (int i = 0; i < FILES && status == VWW_OK && !*ended; i++) {
        status = read_entry(tar, i, stem, &entries[i], error);
        *ended = status == VWW_OK && entries[i].name[0] == '\0';
    }
    if (status == VWW_OK && !*ended) {
        record->offset = entries[0].offset;
        record->status = pack(stem, entries, &record->data, &record->error);
        if (record->status != VWW_OK)
            vww_error_place(&record->error, "image %.100s", stem);
    }
    for (int i = 0; i < FILES; i++)
        vww_buffer_fini(&entries[i].data);
    return status;
}

static vww_status open_web(const struct vww_record_place *place, const char *path, void **reader,
                           struct vww_error *error)
{
    (void)place;
    struct web *web = vww_allocate(1, sizeof *web);
    if (web == NULL)
        return vww_fail_memory(error, sizeof *web);
    const vww_status status = vww_tar_open(path, &web->tar, error);
    memcpy(web->path, path, strlen(path) + 1);
    *reader = web;
    if (status != VWW_OK)
        vww_free(web);
    return status;
}

static vww_status next_web(void *reader, struct vww_record *record, bool *ended,
                           struct vww_error *error)
{
    const struct web *web = reader;
    memcpy(record->file, web->path, strlen(web->path) + 1);
    return vww_records_web_next(web->tar, record, ended, error);
}

static void close_web(void *reader)
{
    struct web *web = reader;
    vww_tar_close(web->tar);
    vww_free(web);
}

const struct vww_record_format vww_records_webdataset = {open_web, next_web, close_web};
