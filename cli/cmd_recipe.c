#include "commands.h"
#include "console.h"
#include "option.h"
#include "vww/recipe.h"

#include <stdio.h>

static int list_presets(void)
{
    size_t count;
    const struct vww_recipe_preset *presets = vww_recipe_presets(&count);
    for (size_t i = 0; i < count; i++) {
        struct vww_recipe recipe;
        struct vww_recipe_title title;
        struct vww_error error;
        if (vww_recipe_read(presets[i].name, false, &recipe, &title, &error) != VWW_OK)
            return console_fail(&error);
        printf("%-10s %s\n", title.name, title.about);
    }
    return 0;
}

static int write_out(const char *name, bool quantize_aware)
{
    struct vww_recipe recipe;
    struct vww_recipe_title title;
    struct vww_error error;
    char *text;
    vww_status status = vww_recipe_read(name, quantize_aware, &recipe, &title, &error);
    if (status == VWW_OK)
        status = vww_recipe_resolve(&recipe, &error);
    if (status == VWW_OK)
        status = vww_recipe_write(&recipe, &title, &text, &error);
    if (status != VWW_OK)
        return console_fail(&error);
    fputs(text, stdout);
    vww_recipe_free(text);
    return 0;
}

int cmd_recipe(int argc, char **argv)
{
    bool quantize_aware = false;
    struct option options[] = {
        {.name = "quantize-aware",
         .kind = OPTION_FLAG,
         .value = &quantize_aware,
         .help = "as it is for `vww train --quantize-aware`"},
    };
    struct command_line line = {
        .usage = "vww recipe [NAME|FILE] [--quantize-aware]",
        .summary = "List the recipes that `vww train --recipe` knows by name; with a name or a "
                   "file, check that recipe\nand write it out with every setting, as a text to "
                   "change and to give to --recipe.",
        .example = "  vww recipe paper > mine.txt",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .positional_most = 1};
    const char *positional[2];
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    return words == 0 ? list_presets() : write_out(positional[0], quantize_aware);
}
