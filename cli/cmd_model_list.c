#include "commands.h"
#include "model_option.h"

#include <stdio.h>

static void print_json(const struct vww_zoo_family *family)
{
    printf("{\"model\":");
    print_json_string(family->name);
    printf(",\"summary\":");
    print_json_string(family->summary);
    printf(",\"checked\":");
    print_json_string(family->checked);
    printf(",\"in_grid\":%s,\"resolution\":", family->in_grid ? "true" : "false");
    if (family->resolution > 0)
        printf("%d}\n", (int)family->resolution);
    else
        printf("null}\n");
}

int cmd_model_list(int argc, char **argv)
{
    bool checked = false, json = false;
    struct option options[] = {
        {.name = "checked",
         .kind = OPTION_FLAG,
         .value = &checked,
         .help = "with which published figures each was compared"},
        {.name = "json", .kind = OPTION_FLAG, .value = &json, .help = "one JSON object a line"},
    };
    struct command_line line = {
        .usage = "vww model list [--checked] [--json]",
        .summary = "List the models of the zoo: families that scale with --depth-multiplier and "
                   "--resolution, then networks of fixed widths.",
        .options = options,
        .option_count = sizeof options / sizeof options[0]};
    const char *positional[1];
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    size_t count;
    const struct vww_zoo_family *families = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++)
        if (json)
            print_json(&families[i]);
        else
            printf("%-20s %s\n%s%s%s", families[i].name, families[i].summary,
                   checked ? "                     checked against " : "",
                   checked ? families[i].checked : "", checked ? "\n" : "");
    return 0;
}
