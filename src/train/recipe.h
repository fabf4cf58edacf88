/* Recipes as JSON, in config.json and in checkpoints. */
#ifndef VWW_TRAIN_RECIPE_H
#define VWW_TRAIN_RECIPE_H

#include "base/json.h"
#include "vww/recipe.h"

/* Every field as a member of the object that is open. */
void vww_recipe_put(const struct vww_recipe *recipe, struct vww_json *json);
/* Every field from the object's members. One that is missing has its default, so that what an
 * earlier version wrote can be read; one of another type or out of range is an error that names it.
 * name: of the file, for messages. */
vww_status vww_recipe_get(yajl_val object, const char *name, struct vww_recipe *recipe,
                          struct vww_error *error);

#endif
