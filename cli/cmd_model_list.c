#include "commands.h"
#include "option.h"
#include "vww/zoo.h"

#include <stdio.h>

int cmd_model_list(int argc, char **argv)
{
    struct command_line line = {.usage = "vww model list",
                                .summary = "List the model families of the zoo."};
    const char *positional[1];
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    size_t count;
    const struct vww_zoo_family *families = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++)
        printf("%-20s %s\n", families[i].name, families[i].summary);
    return 0;
}
