/* Recipes as JSON. */
#ifndef VWW_TRAIN_RECIPE_H
#define VWW_TRAIN_RECIPE_H

#include "base/json.h"
#include "vww/train.h"

/* Every field as a member of the object that is open. */
void vww_recipe_write(const struct vww_recipe *recipe, struct vww_json *json);
/* Every field from the object's members; missing, of another type or out of range: an error that
 * names it. name: of the file, for messages. */
vww_status vww_recipe_read(yajl_val object, const char *name, struct vww_recipe *recipe,
                           struct vww_error *error);

#endif
