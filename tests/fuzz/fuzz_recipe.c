/* Recipe texts: whatever the bytes, an error or a recipe that, once resolved, survives being
 * written and read again. */
#include "vww/recipe.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int quantize_aware = 0; quantize_aware < 2; quantize_aware++) {
        struct vww_recipe recipe, again;
        struct vww_recipe_title title;
        struct vww_error error;
        char *text, *second;
        if (vww_recipe_parse((const char *)data, size, "fuzz", quantize_aware, &recipe, &title,
                             &error) != VWW_OK ||
            vww_recipe_resolve(&recipe, &error) != VWW_OK)
            continue;
        if (vww_recipe_write(&recipe, &title, &text, &error) != VWW_OK ||
            vww_recipe_parse(text, strlen(text), "again", quantize_aware, &again, &title, &error) !=
                VWW_OK ||
            vww_recipe_write(&again, &title, &second, &error) != VWW_OK ||
            strcmp(text, second) != 0)
            abort();
        vww_recipe_free(text);
        vww_recipe_free(second);
    }
    return 0;
}
