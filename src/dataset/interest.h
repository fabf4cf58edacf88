/* Which categories of a source are the object of interest. */
#ifndef VWW_DATASET_INTEREST_H
#define VWW_DATASET_INTEREST_H

#include "vww/coco.h"

struct vww_category {
    int64_t id;
    char *name, *supercategory;
};

struct vww_categories {
    struct vww_category *items;
    size_t count, capacity;
};

/* Add a copy, unless one with this id and name is there. */
vww_status vww_categories_add(struct vww_categories *categories,
                              const struct vww_coco_category *category, struct vww_error *error);
void vww_categories_fini(struct vww_categories *categories);

/* Ids, ascending. */
struct vww_interest {
    int64_t *ids;
    size_t count, capacity;
};

#define VWW_INTEREST_ALL "*"

/* names: one or more, separated by commas; VWW_INTEREST_ALL: every category. A name is that of a
 * category; where no category has it, it stands for all categories of the supercategory of that
 * name. Errors: a name that is neither (VWW_ERROR_NOT_FOUND with suggestions), a name that two
 * categories have (format). path: the source, for messages. */
vww_status vww_interest_resolve(const struct vww_categories *categories, const char *names,
                                const char *path, struct vww_interest *interest,
                                struct vww_error *error);
void vww_interest_fini(struct vww_interest *interest);

bool vww_interest_has(const struct vww_interest *interest, int64_t category_id);

#endif
