#include "dataset/interest.h"
#include "base/memory.h"
#include "vww/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CATEGORIES_MAX 100000

vww_status vww_categories_add(struct vww_categories *categories,
                              const struct vww_coco_category *category, struct vww_error *error)
{
    for (size_t i = 0; i < categories->count; i++)
        if (categories->items[i].id == category->id &&
            strcmp(categories->items[i].name, category->name) == 0)
            return VWW_OK;
    if (categories->count == CATEGORIES_MAX)
        return vww_fail(error, VWW_ERROR_UNSUPPORTED, "more than %d categories", CATEGORIES_MAX);
    void *items = categories->items;
    char *name = vww_duplicate(category->name);
    char *supercategory = vww_duplicate(category->supercategory);
    if (name == NULL || supercategory == NULL ||
        vww_array_reserve(&items, &categories->capacity, categories->count + 1,
                          sizeof *categories->items) != 0) {
        vww_free(name);
        vww_free(supercategory);
        return vww_fail_memory(error, sizeof *categories->items);
    }
    categories->items = items;
    categories->items[categories->count++] =
        (struct vww_category){.id = category->id, .name = name, .supercategory = supercategory};
    return VWW_OK;
}

void vww_categories_fini(struct vww_categories *categories)
{
    for (size_t i = 0; i < categories->count; i++) {
        vww_free(categories->items[i].name);
        vww_free(categories->items[i].supercategory);
    }
    vww_free(categories->items);
    *categories = (struct vww_categories){0};
}

static vww_status add_id(struct vww_interest *interest, int64_t id, struct vww_error *error)
{
    if (vww_interest_has(interest, id))
        return VWW_OK;
    void *ids = interest->ids;
    if (vww_array_reserve(&ids, &interest->capacity, interest->count + 1, sizeof *interest->ids) !=
        0)
        return vww_fail_memory(error, interest->count * sizeof *interest->ids);
    interest->ids = ids;
    size_t at = interest->count++;
    for (; at > 0 && interest->ids[at - 1] > id; at--)
        interest->ids[at] = interest->ids[at - 1];
    interest->ids[at] = id;
    return VWW_OK;
}

bool vww_interest_has(const struct vww_interest *interest, int64_t category_id)
{
    size_t low = 0, high = interest->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (interest->ids[middle] < category_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < interest->count && interest->ids[low] == category_id;
}

void vww_interest_fini(struct vww_interest *interest)
{
    vww_free(interest->ids);
    *interest = (struct vww_interest){0};
}

/* Nothing has the name: say what was meant. */
static vww_status unknown_name(const struct vww_categories *categories, const char *name,
                               const char *path, struct vww_error *error)
{
    const char **names = vww_allocate(2 * categories->count, sizeof *names);
    if (names == NULL)
        return vww_fail_memory(error, 2 * categories->count * sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < categories->count; i++)
        names[count++] = categories->items[i].name;
    for (size_t i = 0; i < categories->count; i++) {
        const char *group = categories->items[i].supercategory;
        bool known = group[0] == '\0';
        for (size_t k = 0; k < count && !known; k++)
            known = strcmp(names[k], group) == 0;
        if (!known)
            names[count++] = group;
    }
    char hint[256];
    vww_text_suggest(hint, sizeof hint, name, names, count);
    vww_free(names);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no category is called %s", name);
    vww_error_at(error, path, -1);
    vww_error_remedy(error, "%s", categories->count > 0 ? hint : "the list of categories is empty");
    return VWW_ERROR_NOT_FOUND;
}

static vww_status add_category(const struct vww_categories *categories, const char *name,
                               const char *path, struct vww_interest *interest, bool *found,
                               struct vww_error *error)
{
    const struct vww_category *first = NULL;
    for (size_t i = 0; i < categories->count; i++) {
        const struct vww_category *category = &categories->items[i];
        if (strcmp(category->name, name) != 0)
            continue;
        if (first != NULL) {
            vww_fail(error, VWW_ERROR_FORMAT, "two categories are called %s", name);
            vww_error_at(error, path, -1);
            vww_error_seen(error, "category %" PRId64 " and category %" PRId64, first->id,
                           category->id);
            return VWW_ERROR_FORMAT;
        }
        first = category;
    }
    *found = first != NULL;
    return first != NULL ? add_id(interest, first->id, error) : VWW_OK;
}

static vww_status add_supercategory(const struct vww_categories *categories, const char *name,
                                    struct vww_interest *interest, bool *found,
                                    struct vww_error *error)
{
    vww_status status = VWW_OK;
    for (size_t i = 0; i < categories->count && status == VWW_OK; i++)
        if (strcmp(categories->items[i].supercategory, name) == 0) {
            *found = true;
            status = add_id(interest, categories->items[i].id, error);
        }
    return status;
}

static vww_status add_name(const struct vww_categories *categories, const char *name,
                           const char *path, struct vww_interest *interest, struct vww_error *error)
{
    bool found = false;
    vww_status status = add_category(categories, name, path, interest, &found, error);
    if (status == VWW_OK && !found && name[0] != '\0')
        status = add_supercategory(categories, name, interest, &found, error);
    if (status == VWW_OK && !found)
        status = unknown_name(categories, name, path, error);
    return status;
}

vww_status vww_interest_resolve(const struct vww_categories *categories, const char *names,
                                const char *path, struct vww_interest *interest,
                                struct vww_error *error)
{
    *interest = (struct vww_interest){0};
    bool whole = strcmp(names, VWW_INTEREST_ALL) == 0;
    vww_status status = VWW_OK;
    for (size_t i = 0; whole && i < categories->count && status == VWW_OK; i++)
        status = add_id(interest, categories->items[i].id, error);
    /* A category whose own name has a comma is found by its whole name. */
    if (!whole)
        status = add_category(categories, names, path, interest, &whole, error);
    char *copy = vww_duplicate(names);
    if (copy == NULL)
        status = vww_fail_memory(error, strlen(names) + 1);
    for (char *name = copy; status == VWW_OK && !whole && name != NULL;) {
        char *comma = strchr(name, ',');
        if (comma != NULL)
            *comma = '\0';
        status = add_name(categories, name + strspn(name, " "), path, interest, error);
        name = comma != NULL ? comma + 1 : NULL;
    }
    vww_free(copy);
    if (status != VWW_OK)
        vww_interest_fini(interest);
    return status;
}
