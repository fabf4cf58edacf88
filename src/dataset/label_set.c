/* A set of labels: finding an image by its id, keeping a part of the images, writing the labels. */
#include "dataset/label_set.h"
#include "base/file.h"
#include "base/memory.h"
#include "dataset/split.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_places(const void *a, const void *b)
{
    const struct vww_label_place *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static size_t slot_of(const struct vww_label_set *set, int64_t id)
{
    const uint64_t mixed = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / golden ratio */
    return (size_t)(mixed >> 32) & (set->slot_count - 1);
}

/* Each annotation asks for its image once: a search of by_id would miss the cache at each step. */
static vww_status make_slots(struct vww_label_set *set, struct vww_error *error)
{
    for (set->slot_count = 2; set->slot_count < 2 * set->count;)
        set->slot_count *= 2;
    vww_free(set->slots);
    set->slots = vww_allocate(set->slot_count, sizeof *set->slots);
    if (set->slots == NULL)
        return vww_fail_memory(error, set->slot_count * sizeof *set->slots);
    for (size_t i = 0; i < set->count; i++) {
        size_t slot = slot_of(set, set->by_id[i].id);
        while (set->slots[slot] != 0)
            slot = (slot + 1) & (set->slot_count - 1);
        set->slots[slot] = (uint32_t)i + 1;
    }
    return VWW_OK;
}

vww_status vww_label_set_index(struct vww_label_set *set, const struct vww_source *sources,
                               struct vww_error *error)
{
    struct vww_label_place *places = vww_allocate(set->count, sizeof *places);
    set->by_id = places;
    if (places == NULL)
        return vww_fail_memory(error, set->count * sizeof *places);
    for (size_t i = 0; i < set->count; i++)
        places[i] = (struct vww_label_place){.id = set->images[i].id, .index = (uint32_t)i};
    qsort(places, set->count, sizeof *places, compare_places);
    for (size_t i = 1; i < set->count; i++) {
        if (places[i].id != places[i - 1].id)
            continue;
        const int32_t first = set->images[places[i - 1].index].source;
        const int32_t second = set->images[places[i].index].source;
        vww_fail(error, VWW_ERROR_FORMAT, "two images have the same id");
        vww_error_remedy(error, "an image may occur once: remove one of the two entries");
        vww_error_at(error, sources[second].annotations, -1);
        vww_error_place(error, "image %" PRId64, places[i].id);
        if (first != second)
            vww_error_seen(error, "the same id in %.200s", sources[first].annotations);
        return VWW_ERROR_FORMAT;
    }
    return make_slots(set, error);
}

int64_t vww_label_set_find(const struct vww_label_set *set, int64_t id)
{
    if (set->count == 0)
        return -1;
    for (size_t slot = slot_of(set, id); set->slots[slot] != 0;
         slot = (slot + 1) & (set->slot_count - 1)) {
        const struct vww_label_place *place = &set->by_id[set->slots[slot] - 1];
        if (place->id == id)
            return place->index;
    }
    return -1;
}

void vww_label_set_count(struct vww_label_set *set, int32_t label)
{
    set->positive += label == 1;
    set->negative += label == 0;
    set->dropped += label == VWW_LABEL_DROPPED;
}

void vww_label_set_fini(struct vww_label_set *set)
{
    vww_free(set->images);
    vww_free(set->by_id);
    vww_free(set->slots);
    vww_free(set->names);
    vww_free(set->objects);
    vww_free(set->class_ids);
    *set = (struct vww_label_set){0};
}

vww_status vww_label_set_restrict(struct vww_label_set *set, const char *ids, bool keep,
                                  struct vww_error *error)
{
    struct vww_id_list list;
    vww_status status = vww_id_list_read(ids, &list, error);
    if (status != VWW_OK)
        return status;
    uint32_t *moved = vww_allocate(set->count, sizeof *moved); /* by the old index, the new one */
    if (moved == NULL) {
        vww_id_list_fini(&list);
        return vww_fail_memory(error, set->count * sizeof *moved);
    }
    uint32_t kept = 0, kept_ids = 0;
    set->positive = set->negative = set->dropped = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct vww_labelled_image image = set->images[i];
        moved[i] = UINT32_MAX;
        if (vww_id_list_has(&list, image.id) != keep)
            continue;
        moved[i] = kept;
        set->images[kept++] = image;
        vww_label_set_count(set, image.label);
    }
    for (size_t i = 0; i < set->count; i++)
        if (moved[set->by_id[i].index] != UINT32_MAX)
            set->by_id[kept_ids++] =
                (struct vww_label_place){set->by_id[i].id, moved[set->by_id[i].index]};
    set->count = kept;
    vww_free(moved);
    vww_id_list_fini(&list);
    return make_slots(set, error);
}

static void write_rows(const struct vww_label_set *set, FILE *stream)
{
    fputs("image_id,label\n", stream);
    for (size_t i = 0; i < set->count; i++) {
        const struct vww_labelled_image *image = &set->images[set->by_id[i].index];
        fprintf(stream, "%" PRId64 ",%s\n", image->id,
                image->label == VWW_LABEL_DROPPED ? "dropped"
                : image->label == 1               ? "1"
                                                  : "0");
    }
}

vww_status vww_label_set_write_csv(const struct vww_label_set *set, const char *path,
                                   struct vww_error *error)
{
    if (strcmp(path, "-") == 0) {
        write_rows(set, stdout);
        return fflush(stdout) == 0 ? VWW_OK : vww_fail_io(error, "write", "stdout");
    }
    struct vww_atomic_file file;
    const vww_status status = vww_atomic_open(&file, path, error);
    if (status != VWW_OK)
        return status;
    write_rows(set, file.stream);
    return vww_atomic_commit(&file, error);
}
