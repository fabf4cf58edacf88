#include "dataset/synth_category.h"

static const struct vww_category_info categories[] = {
#define X(name, id, text, super) {id, text, super},
    VWW_CATEGORY_TABLE(X)
#undef X
};

const struct vww_category_info *vww_categories(size_t *count)
{
    *count = sizeof categories / sizeof categories[0];
    return categories;
}
