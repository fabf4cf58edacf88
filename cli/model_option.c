#include "model_option.h"

#include <stdio.h>

vww_status model_choice_build(struct model_choice *choice, const char *family,
                              struct vww_graph **graph, struct vww_error *error)
{
    const struct vww_zoo_family *found;
    const vww_status status = vww_zoo_find(family, &found, error);
    if (status != VWW_OK)
        return status;
    if (choice->resolution == 0)
        choice->resolution = found->resolution > 0 ? found->resolution : 224;
    const struct vww_zoo_options options = {.family = family,
                                            .depth_multiplier = choice->depth_multiplier,
                                            .resolution = (int32_t)choice->resolution,
                                            .classes = (int32_t)choice->classes};
    return vww_zoo_build(&options, graph, error);
}

void print_json_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else if (byte < 0x20)
            printf("\\u%04x", byte);
        else
            putchar(byte);
    }
    putchar('"');
}
