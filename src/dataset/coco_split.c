/* Annotation files divided by a list of image ids, as pyvww does it before it labels. */
#include "base/file.h"
#include "base/json.h"
#include "dataset/coco_entries.h"
#include "dataset/split.h"
#include "vww/coco.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FLUSH_BYTES ((size_t)64 << 10)

/* One of the two files being written. */
struct side {
    char path[VWW_PATH_MAX];
    struct vww_atomic_file file;
    struct vww_buffer text;
    struct vww_json json;
    bool open;
};

struct splitting {
    const char *const *annotations;
    size_t count;
    const struct vww_progress *progress;
    struct vww_coco_split *result;
    struct vww_id_list ids;
    struct side sides[2]; /* maxitrain, minival */
    const char *by;       /* the member that says which image an entry belongs to */
};

static vww_status flush(struct side *side, size_t at_least, struct vww_error *error)
{
    struct vww_buffer *text = &side->text;
    if (text->failed)
        return vww_fail_memory(error, text->size);
    if (text->size > 0 && text->size >= at_least &&
        fwrite(text->data, 1, text->size, side->file.stream) != text->size)
        return vww_fail_io(error, "write", side->path);
    if (text->size >= at_least)
        text->size = 0;
    return VWW_OK;
}

static vww_status put_entry(struct side *side, const struct vww_entry *entry,
                            struct vww_error *error)
{
    vww_json_raw(&side->json, entry->text, entry->bytes);
    return flush(side, FLUSH_BYTES, error);
}

/* An image or an annotation: to the side of its image. */
static vww_status take_one(void *context, const struct vww_entry *entry, struct vww_error *error)
{
    struct splitting *splitting = context;
    if (vww_progress_stop(splitting->progress))
        return vww_fail(error, VWW_ERROR_STOPPED, "stopped; nothing was written");
    const int64_t id = vww_entry_integer(entry, splitting->by, -1);
    return put_entry(&splitting->sides[vww_id_list_has(&splitting->ids, id)], entry, error);
}

/* A licence, a category, or "info": to both. */
static vww_status take_common(void *context, const struct vww_entry *entry, struct vww_error *error)
{
    struct splitting *splitting = context;
    const vww_status status = put_entry(&splitting->sides[0], entry, error);
    return status == VWW_OK ? put_entry(&splitting->sides[1], entry, error) : status;
}

/* A list of the first file, in both files as it is there. */
static vww_status put_common(struct splitting *splitting, const char *list, bool as_list,
                             struct vww_error *error)
{
    for (int s = 0; s < 2; s++) {
        vww_json_key(&splitting->sides[s].json, list);
        if (as_list)
            vww_json_array(&splitting->sides[s].json);
    }
    const vww_status status =
        vww_coco_entries(splitting->annotations[0], list, take_common, splitting, error);
    for (int s = 0; s < 2 && as_list; s++)
        vww_json_end(&splitting->sides[s].json);
    return status;
}

/* A list of all files, divided. */
static vww_status put_divided(struct splitting *splitting, const char *list, const char *by,
                              struct vww_error *error)
{
    vww_status status = VWW_OK;
    splitting->by = by;
    for (int s = 0; s < 2; s++) {
        vww_json_key(&splitting->sides[s].json, list);
        vww_json_array(&splitting->sides[s].json);
    }
    for (size_t i = 0; i < splitting->count && status == VWW_OK; i++) {
        status = vww_coco_entries(splitting->annotations[i], list, take_one, splitting, error);
        vww_progress_report(splitting->progress, list, (int64_t)i + 1, (int64_t)splitting->count,
                            "files", NULL);
    }
    for (int s = 0; s < 2; s++)
        vww_json_end(&splitting->sides[s].json);
    return status;
}

static vww_status has_info(void *context, const struct vww_entry *entry, struct vww_error *error)
{
    (void)entry;
    (void)error;
    *(bool *)context = true;
    return VWW_OK;
}

static vww_status put_all(struct splitting *splitting, struct vww_error *error)
{
    bool info = false;
    vww_status status = vww_coco_entries(splitting->annotations[0], "info", has_info, &info, error);
    if (status == VWW_OK && info)
        status = put_common(splitting, "info", false, error);
    if (status == VWW_OK)
        status = put_common(splitting, "licenses", true, error);
    if (status == VWW_OK)
        status = put_divided(splitting, "images", "id", error);
    if (status == VWW_OK)
        status = put_divided(splitting, "annotations", "image_id", error);
    return status == VWW_OK ? put_common(splitting, "categories", true, error) : status;
}

static vww_status open_sides(struct splitting *splitting, const char *output_dir,
                             struct vww_error *error)
{
    static const char *const names[2] = {VWW_MAXITRAIN_NAME, VWW_MINIVAL_NAME};
    vww_status status = vww_directory_make(output_dir, error);
    for (int s = 0; s < 2 && status == VWW_OK; s++) {
        struct side *side = &splitting->sides[s];
        status = vww_path_join(side->path, output_dir, names[s], error);
        if (status == VWW_OK)
            status = vww_atomic_open(&side->file, side->path, error);
        side->open = status == VWW_OK;
        vww_json_begin(&side->json, &side->text, false);
        vww_json_object(&side->json);
    }
    return status;
}

static vww_status close_sides(struct splitting *splitting, vww_status status,
                              struct vww_error *error)
{
    for (int s = 0; s < 2 && status == VWW_OK; s++) {
        vww_json_end(&splitting->sides[s].json);
        status = flush(&splitting->sides[s], 0, error);
    }
    for (int s = 0; s < 2; s++) {
        struct side *side = &splitting->sides[s];
        vww_buffer_fini(&side->text);
        if (side->open && status == VWW_OK)
            status = vww_atomic_commit(&side->file, error);
        else if (side->open)
            vww_atomic_abort(&side->file);
    }
    return status;
}

/* --- checking the input first -------------------------------------------------------------------
 */

static vww_status count_image(void *context, const struct vww_coco_image *image,
                              struct vww_error *error)
{
    struct splitting *splitting = context;
    (void)error;
    if (vww_id_list_has(&splitting->ids, image->id))
        splitting->result->minival++;
    else
        splitting->result->maxitrain++;
    return VWW_OK;
}

static vww_status pass_annotation(void *context, const struct vww_coco_annotation *annotation,
                                  struct vww_error *error)
{
    (void)context;
    (void)annotation;
    (void)error;
    return VWW_OK;
}

static vww_status check_input(struct splitting *splitting, struct vww_error *error)
{
    const struct vww_coco_visitor visitor = {
        .image = count_image, .annotation = pass_annotation, .context = splitting};
    vww_status status = VWW_OK;
    for (size_t i = 0; i < splitting->count && status == VWW_OK; i++)
        status = vww_coco_scan(splitting->annotations[i], &visitor, "checking", splitting->progress,
                               error);
    return status;
}

vww_status vww_coco_split(const char *const *annotations, size_t count, const char *ids,
                          const char *output_dir, const struct vww_progress *progress,
                          struct vww_coco_split *result, struct vww_error *error)
{
    struct splitting *splitting = vww_allocate(1, sizeof *splitting);
    *result = (struct vww_coco_split){0};
    if (splitting == NULL)
        return vww_fail_memory(error, sizeof *splitting);
    splitting->annotations = annotations;
    splitting->count = count;
    splitting->progress = progress;
    splitting->result = result;
    vww_status status = vww_id_list_read(ids, &splitting->ids, error);
    if (status == VWW_OK) {
        memcpy(result->ids_sha256, splitting->ids.sha256, sizeof result->ids_sha256);
        result->ids_are_published = strcmp(result->ids_sha256, VWW_MINIVAL_SHA256) == 0;
        status = check_input(splitting, error);
    }
    if (status == VWW_OK) {
        result->ids_absent = (int64_t)splitting->ids.count - result->minival;
        status = open_sides(splitting, output_dir, error);
        if (status == VWW_OK)
            status = put_all(splitting, error);
        status = close_sides(splitting, status, error);
    }
    vww_id_list_fini(&splitting->ids);
    vww_free(splitting);
    return status;
}
