/* The annotation files that the published builders write between labelling and their records. */
#include "base/file.h"
#include "base/json.h"
#include "dataset/coco_entries.h"
#include "vww/label.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_BYTES ((size_t)64 << 10)

/* Where an annotation stands: the file, and its index in the file's list. */
struct place {
    int32_t source;
    int64_t index;
};

struct writing {
    const struct vww_label_set *set;
    const char *class_name;
    FILE *stream;
    struct vww_buffer text;
    struct vww_json json;
    const char *const *paths;
    size_t path_count;
    struct place *kept;      /* of the qualifying annotations, ascending */
    size_t kept_count, next; /* next: the first of them that was not met yet */
    int32_t source;          /* the file being read */
};

static vww_status flush(struct writing *writing, struct vww_error *error)
{
    struct vww_buffer *text = &writing->text;
    if (text->failed)
        return vww_fail_memory(error, text->size);
    if (text->size > 0 && fwrite(text->data, 1, text->size, writing->stream) != text->size)
        return vww_fail_io(error, "write", "");
    text->size = 0;
    return VWW_OK;
}

static vww_status flush_if_full(struct writing *writing, struct vww_error *error)
{
    return writing->text.size < FLUSH_BYTES ? VWW_OK : flush(writing, error);
}

static bool is_dropped(const struct vww_label_set *set, int64_t id)
{
    const int64_t index = vww_label_set_find(set, id);
    return index < 0 || set->images[index].label == VWW_LABEL_DROPPED;
}

/* The images of the file, untouched, without those that the policy drops. */
static vww_status take_image(void *context, const struct vww_entry *entry, struct vww_error *error)
{
    struct writing *writing = context;
    if (!is_dropped(writing->set, vww_entry_integer(entry, "id", -1)))
        vww_json_raw(&writing->json, entry->text, entry->bytes);
    return flush_if_full(writing, error);
}

static bool is_chosen(const struct vww_label_set *set, int64_t category_id)
{
    for (size_t i = 0; i < set->class_count; i++)
        if (set->class_ids[i] == category_id)
            return true;
    return false;
}

static vww_status take_license(void *context, const struct vww_entry *entry,
                               struct vww_error *error)
{
    struct writing *writing = context;
    vww_json_raw(&writing->json, entry->text, entry->bytes);
    return flush_if_full(writing, error);
}

/* TensorFlow: the chosen categories by their ids. */
static vww_status take_category(void *context, const struct vww_entry *entry,
                                struct vww_error *error)
{
    struct writing *writing = context;
    const int64_t id = vww_entry_integer(entry, "id", -1);
    if (is_chosen(writing->set, id)) {
        char key[24];
        snprintf(key, sizeof key, "%" PRId64, id);
        vww_json_key(&writing->json, key);
        vww_json_raw(&writing->json, entry->text, entry->bytes);
    }
    return flush_if_full(writing, error);
}

static void put_box(struct vww_json *json, const struct vww_label_object *object)
{
    vww_json_key(json, "bbox");
    vww_json_array(json);
    vww_json_number(json, object->x);
    vww_json_number(json, object->y);
    vww_json_number(json, object->width);
    vww_json_number(json, object->height);
    vww_json_end(json);
}

/* The last state of TensorFlow's builder: {"objects": [{"area", "bbox"}], "label"}. */
static void put_tf(struct writing *writing, const struct vww_labelled_image *image)
{
    struct vww_json *json = &writing->json;
    vww_json_object(json);
    vww_json_key(json, "objects");
    vww_json_array(json);
    for (uint32_t i = 0; i < image->object_count; i++) {
        const struct vww_label_object *object = &writing->set->objects[image->first_object + i];
        vww_json_object(json);
        vww_json_put_number(json, "area", object->area);
        put_box(json, object);
        vww_json_end(json);
    }
    vww_json_end(json);
    vww_json_put_integer(json, "label", image->label);
    vww_json_end(json);
}

/* Its states of April 2019: a list of one {"image_id", "label", "object", "count"}. */
static void put_tf_2019(struct writing *writing, const struct vww_labelled_image *image)
{
    struct vww_json *json = &writing->json;
    vww_json_array(json);
    vww_json_object(json);
    vww_json_put_integer(json, "image_id", image->id);
    vww_json_put_integer(json, "label", image->label);
    vww_json_key(json, "object");
    vww_json_array(json);
    for (uint32_t i = 0; i < image->object_count; i++) {
        const struct vww_label_object *object = &writing->set->objects[image->first_object + i];
        vww_json_object(json);
        put_box(json, object);
        vww_json_put_number(json, "area", object->area);
        vww_json_put_integer(json, "category_id", object->category_id);
        vww_json_end(json);
    }
    vww_json_end(json);
    vww_json_put_integer(json, "count", image->object_count);
    vww_json_end(json);
    vww_json_end(json);
}

/* The lists of the first `files` files as one. */
static vww_status put_list(struct writing *writing, size_t files, const char *list,
                           vww_status (*take)(void *context, const struct vww_entry *entry,
                                              struct vww_error *error),
                           struct vww_error *error)
{
    vww_json_key(&writing->json, list);
    vww_json_array(&writing->json);
    vww_status status = VWW_OK;
    for (size_t i = 0; i < files && status == VWW_OK; i++) {
        writing->source = (int32_t)i;
        status = vww_coco_entries(writing->paths[i], list, take, writing, error);
    }
    vww_json_end(&writing->json);
    return status;
}

static vww_status write_tensorflow(struct writing *writing,
                                   void (*put)(struct writing *writing,
                                               const struct vww_labelled_image *image),
                                   struct vww_error *error)
{
    struct vww_json *json = &writing->json;
    vww_status status = put_list(writing, writing->path_count, "images", take_image, error);
    vww_json_key(json, "annotations");
    vww_json_object(json);
    for (size_t i = 0; i < writing->set->count && status == VWW_OK; i++) {
        const struct vww_labelled_image *image = &writing->set->images[i];
        if (image->label == VWW_LABEL_DROPPED)
            continue;
        char key[24];
        snprintf(key, sizeof key, "%" PRId64, image->id);
        vww_json_key(json, key);
        put(writing, image);
        status = flush_if_full(writing, error);
    }
    vww_json_end(json);
    vww_json_key(json, "categories");
    vww_json_object(json);
    if (status == VWW_OK)
        status = vww_coco_entries(writing->paths[0], "categories", take_category, writing, error);
    vww_json_end(json);
    return status;
}

static vww_status write_tf(struct writing *writing, struct vww_error *error)
{
    return write_tensorflow(writing, put_tf, error);
}

static vww_status write_tf_2019(struct writing *writing, struct vww_error *error)
{
    return write_tensorflow(writing, put_tf_2019, error);
}

/* pyvww: a COCO file with the qualifying annotations, of category 1; negatives have none. */
static vww_status take_annotation(void *context, const struct vww_entry *entry,
                                  struct vww_error *error)
{
    struct writing *writing = context;
    const struct place *next = &writing->kept[writing->next];
    if (writing->next == writing->kept_count || next->source != writing->source ||
        next->index != entry->index)
        return VWW_OK;
    struct vww_json *json = &writing->json;
    vww_json_object(json);
    vww_json_put_integer(json, "id", (int64_t)writing->next);
    vww_json_put_integer(json, "image_id", vww_entry_integer(entry, "image_id", -1));
    vww_json_put_integer(json, "category_id", 1);
    static const char *const kept_members[] = {"area", "bbox", "iscrowd", "segmentation"};
    for (size_t i = 0; i < sizeof kept_members / sizeof kept_members[0]; i++) {
        const struct vww_entry_member *member = vww_entry_find(entry, kept_members[i]);
        if (member == NULL)
            continue;
        vww_json_key(json, kept_members[i]);
        vww_json_raw(json, entry->text + member->from, member->to - member->from);
    }
    vww_json_end(json);
    writing->next++;
    return flush_if_full(writing, error);
}

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static vww_status find_kept(struct writing *writing, struct vww_error *error)
{
    const struct vww_label_set *set = writing->set;
    writing->kept = vww_allocate(set->object_count + 1, sizeof *writing->kept);
    if (writing->kept == NULL)
        return vww_fail_memory(error, set->object_count * sizeof *writing->kept);
    for (size_t i = 0; i < set->count; i++) {
        const struct vww_labelled_image *image = &set->images[i];
        for (uint32_t k = 0; k < image->object_count; k++)
            writing->kept[writing->kept_count++] =
                (struct place){image->source, set->objects[image->first_object + k].index};
    }
    qsort(writing->kept, writing->kept_count, sizeof *writing->kept, compare_places);
    return VWW_OK;
}

static void put_pyvww_categories(struct writing *writing)
{
    struct vww_json *json = &writing->json;
    char name[300];
    snprintf(name, sizeof name, "not-%s", writing->class_name);
    vww_json_key(json, "categories");
    vww_json_array(json);
    vww_json_object(json);
    vww_json_put_string(json, "supercategory", "background");
    vww_json_put_integer(json, "id", 0);
    vww_json_put_string(json, "name", name);
    vww_json_end(json);
    vww_json_object(json);
    vww_json_put_string(json, "supercategory", writing->class_name);
    vww_json_put_integer(json, "id", 1);
    vww_json_put_string(json, "name", writing->class_name);
    vww_json_end(json);
    vww_json_end(json);
}

static vww_status write_pyvww(struct writing *writing, struct vww_error *error)
{
    struct vww_json *json = &writing->json;
    vww_status status = find_kept(writing, error);
    if (status != VWW_OK)
        return status;
    vww_json_key(json, "info");
    vww_json_object(json);
    vww_json_put_string(json, "description", "Visual Wake Words Dataset");
    vww_json_put_string(json, "url", "https://arxiv.org/abs/1906.05721");
    vww_json_put_string(json, "version", "1.0");
    vww_json_put_integer(json, "year", 2019);
    vww_json_end(json);
    status = put_list(writing, 1, "licenses", take_license, error);
    if (status == VWW_OK)
        status = put_list(writing, writing->path_count, "images", take_image, error);
    if (status == VWW_OK)
        status = put_list(writing, writing->path_count, "annotations", take_annotation, error);
    put_pyvww_categories(writing);
    vww_free(writing->kept);
    return status;
}

static vww_status (*const writers[])(struct writing *writing, struct vww_error *error) = {
    [VWW_INTERMEDIATE_TF] = write_tf,
    [VWW_INTERMEDIATE_TF_2019] = write_tf_2019,
    [VWW_INTERMEDIATE_PYVWW] = write_pyvww,
};

vww_status vww_label_set_write_intermediate(const struct vww_label_set *set,
                                            const char *const *annotations, size_t count,
                                            enum vww_intermediate intermediate,
                                            const char *class_name, const char *path,
                                            struct vww_error *error)
{
    struct vww_atomic_file file;
    vww_status status = vww_atomic_open(&file, path, error);
    if (status != VWW_OK)
        return status;
    struct writing writing = {.set = set,
                              .paths = annotations,
                              .path_count = count,
                              .class_name = class_name,
                              .stream = file.stream};
    vww_json_begin(&writing.json, &writing.text, false);
    vww_json_object(&writing.json);
    status = writers[intermediate](&writing, error);
    vww_json_end(&writing.json);
    if (status == VWW_OK) {
        status = flush(&writing, error);
        if (status != VWW_OK)
            vww_error_at(error, path, -1);
    }
    vww_buffer_fini(&writing.text);
    if (status == VWW_OK)
        return vww_atomic_commit(&file, error);
    vww_atomic_abort(&file);
    return status;
}
