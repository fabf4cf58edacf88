#include "dataset/synth_coco.h"
#include "base/file.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>

/* Annotation ids are image id * this + place in the image: they do not depend on other images. */
#define ANNOTATIONS_PER_IMAGE 1000

void vww_synth_file_name(int64_t id, char name[VWW_SYNTH_NAME_MAX])
{
    snprintf(name, VWW_SYNTH_NAME_MAX, "%012" PRId64 ".jpg", id);
}

/* The JSON text so far goes to the file, so that memory does not grow with the set. */
static vww_status flush(struct vww_buffer *text, struct vww_atomic_file *file,
                        struct vww_error *error)
{
    if (text->failed)
        return vww_fail_memory(error, text->size);
    if (fwrite(text->data, 1, text->size, file->stream) != text->size)
        return vww_fail_io(error, "write", file->path);
    text->size = 0;
    return VWW_OK;
}

static void put_info(struct vww_json *json, uint64_t seed, const char *split)
{
    char text[96];
    snprintf(text, sizeof text, "scenes drawn by vww, seed %" PRIu64 ", %s", seed, split);
    vww_json_key(json, "info");
    vww_json_object(json);
    vww_json_put_string(json, "description", text);
    vww_json_put_string(json, "version", "1.0");
    vww_json_end(json);
    vww_json_key(json, "licenses");
    vww_json_array(json);
    vww_json_end(json);
}

static void put_image(struct vww_json *json, const struct vww_synth_record *record)
{
    char name[VWW_SYNTH_NAME_MAX];
    vww_synth_file_name(record->id, name);
    vww_json_object(json);
    vww_json_put_integer(json, "id", record->id);
    vww_json_put_string(json, "file_name", name);
    vww_json_put_integer(json, "width", record->width);
    vww_json_put_integer(json, "height", record->height);
    vww_json_end(json);
}

static void put_integers(struct vww_json *json, const char *key, const int64_t *values, int count)
{
    vww_json_key(json, key);
    vww_json_array(json);
    for (int i = 0; i < count; i++)
        vww_json_integer(json, values[i]);
    vww_json_end(json);
}

static void put_annotation(struct vww_json *json, const struct vww_synth_record *record, int index)
{
    const struct vww_visible *const v = &record->visible[index];
    vww_json_object(json);
    vww_json_put_integer(json, "id", record->id * ANNOTATIONS_PER_IMAGE + index);
    vww_json_put_integer(json, "image_id", record->id);
    vww_json_put_integer(json, "category_id", v->category);
    vww_json_put_integer(json, "iscrowd", v->crowd);
    vww_json_put_integer(json, "area", v->area);
    put_integers(json, "bbox", (const int64_t[]){v->x, v->y, v->width, v->height}, 4);
    vww_json_key(json, "segmentation");
    vww_json_object(json);
    put_integers(json, "size", (const int64_t[]){record->height, record->width}, 2);
    vww_json_key(json, "counts");
    vww_json_array(json);
    for (int32_t i = 0; i < v->run_count; i++)
        vww_json_integer(json, v->runs[i]);
    vww_json_end(json);
    vww_json_end(json);
    vww_json_end(json);
}

static void put_categories(struct vww_json *json)
{
    size_t count;
    const struct vww_category_info *const categories = vww_categories(&count);
    vww_json_key(json, "categories");
    vww_json_array(json);
    for (size_t i = 0; i < count; i++) {
        vww_json_object(json);
        vww_json_put_string(json, "supercategory", categories[i].supercategory);
        vww_json_put_integer(json, "id", categories[i].id);
        vww_json_put_string(json, "name", categories[i].name);
        vww_json_end(json);
    }
    vww_json_end(json);
}

static vww_status put_document(struct vww_atomic_file *file, struct vww_buffer *text, uint64_t seed,
                               const char *split, const struct vww_synth_record *records,
                               int64_t count, struct vww_error *error)
{
    struct vww_json json;
    vww_status status = VWW_OK;
    vww_json_begin(&json, text, false);
    vww_json_object(&json);
    put_info(&json, seed, split);
    vww_json_key(&json, "images");
    vww_json_array(&json);
    for (int64_t i = 0; i < count && status == VWW_OK; i++) {
        put_image(&json, &records[i]);
        status = flush(text, file, error);
    }
    vww_json_end(&json);
    vww_json_key(&json, "annotations");
    vww_json_array(&json);
    for (int64_t i = 0; i < count && status == VWW_OK; i++) {
        for (int k = 0; k < records[i].visible_count; k++)
            put_annotation(&json, &records[i], k);
        status = flush(text, file, error);
    }
    vww_json_end(&json);
    put_categories(&json);
    vww_json_end(&json);
    return status == VWW_OK ? flush(text, file, error) : status;
}

vww_status vww_synth_write_coco(const char *path, uint64_t seed, const char *split,
                                const struct vww_synth_record *records, int64_t count,
                                struct vww_error *error)
{
    struct vww_atomic_file file;
    struct vww_buffer text = {0};
    vww_status status = vww_atomic_open(&file, path, error);
    if (status != VWW_OK)
        return status;
    status = put_document(&file, &text, seed, split, records, count, error);
    vww_buffer_fini(&text);
    if (status != VWW_OK) {
        vww_atomic_abort(&file);
        return status;
    }
    return vww_atomic_commit(&file, error);
}
