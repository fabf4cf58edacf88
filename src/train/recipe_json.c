#include "train/recipe.h"

#include <math.h>

static void put_numbers(const struct vww_recipe_numbers *numbers, const char *name,
                        struct vww_json *json)
{
    vww_json_key(json, name);
    vww_json_array(json);
    for (size_t i = 0; i < numbers->count; i++)
        vww_json_number(json, numbers->values[i]);
    vww_json_end(json);
}

void vww_recipe_put(const struct vww_recipe *recipe, struct vww_json *json)
{
    size_t count;
    const struct vww_recipe_field *field = vww_recipe_fields(&count);
    for (size_t i = 0; i < count; i++, field++) {
        const void *member = (const char *)recipe + field->offset;
        switch (field->kind) {
        case VWW_RECIPE_INTEGER:
            vww_json_put_integer(json, field->name, *(const int64_t *)member);
            break;
        case VWW_RECIPE_NUMBER:
            vww_json_put_number(json, field->name, *(const double *)member);
            break;
        case VWW_RECIPE_OPTIONAL:
            if (!isnan(*(const double *)member))
                vww_json_put_number(json, field->name, *(const double *)member);
            break;
        case VWW_RECIPE_NUMBERS:
            put_numbers(member, field->name, json);
            break;
        case VWW_RECIPE_FLAG:
            vww_json_put_boolean(json, field->name, *(const bool *)member);
            break;
        case VWW_RECIPE_CHOICE:
            vww_json_put_string(json, field->name, *(const char *const *)member);
            break;
        }
    }
}

static bool get_numbers(yajl_val object, const char *name, struct vww_recipe_numbers *numbers)
{
    const yajl_val array = vww_json_get(object, name);
    if (!YAJL_IS_ARRAY(array) || array->u.array.len > VWW_RECIPE_STEPS_MAX)
        return false;
    numbers->count = array->u.array.len;
    for (size_t i = 0; i < numbers->count; i++) {
        if (!YAJL_IS_DOUBLE(array->u.array.values[i]))
            return false;
        numbers->values[i] = YAJL_GET_DOUBLE(array->u.array.values[i]);
    }
    return true;
}

static bool get_field(yajl_val object, const struct vww_recipe_field *field,
                      struct vww_recipe *recipe)
{
    void *member = (char *)recipe + field->offset;
    const char *text;
    switch (field->kind) {
    case VWW_RECIPE_INTEGER:
        return vww_json_get_integer(object, field->name, member);
    case VWW_RECIPE_NUMBER:
    case VWW_RECIPE_OPTIONAL:
        return vww_json_get_number(object, field->name, member);
    case VWW_RECIPE_NUMBERS:
        return get_numbers(object, field->name, member);
    case VWW_RECIPE_FLAG:
        return vww_json_get_boolean(object, field->name, member);
    case VWW_RECIPE_CHOICE:
        return vww_json_get_string(object, field->name, &text) &&
               vww_recipe_set(recipe, field->name, text, NULL) == VWW_OK;
    }
    return false;
}

vww_status vww_recipe_get(yajl_val object, const char *name, struct vww_recipe *recipe,
                          struct vww_error *error)
{
    size_t count;
    const struct vww_recipe_field *field = vww_recipe_fields(&count);
    vww_recipe_init(recipe);
    for (size_t i = 0; i < count; i++, field++) {
        if (vww_json_get(object, field->name) != NULL && !get_field(object, field, recipe)) {
            vww_fail(error, VWW_ERROR_FORMAT, "the recipe's %s is not understood", field->name);
            vww_error_at(error, name, -1);
            return VWW_ERROR_FORMAT;
        }
    }
    const vww_status status = vww_recipe_resolve(recipe, error);
    if (status != VWW_OK)
        vww_error_at(error, name, -1);
    return status;
}
