#include "source_option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool source_check(const struct vww_source_format *format, const char *option,
                  struct option_strings *annotations, const struct option_strings *images)
{
    if (annotations->count == 0 && strcmp(format->name, "folders") == 0)
        *annotations = *images;
    if (annotations->count == 0 || (format->needs_images && images->count == 0)) {
        fprintf(stderr, "vww: %s is required for --source %s\n",
                annotations->count == 0 ? option : "--image-dir", format->name);
        return false;
    }
    if (images->count > 1 && images->count != annotations->count) {
        fprintf(stderr, "vww: give one image folder for all annotations, or one for each\n");
        return false;
    }
    return true;
}

struct vww_source *source_list(const struct vww_source_format *format, const char *option,
                               struct option_strings *annotations,
                               const struct option_strings *images)
{
    if (!source_check(format, option, annotations, images))
        return NULL;
    struct vww_source *sources = calloc(annotations->count, sizeof *sources);
    for (size_t i = 0; sources != NULL && i < annotations->count; i++) {
        sources[i].annotations = annotations->items[i];
        if (images->count > 0)
            sources[i].images = images->items[images->count == 1 ? 0 : i];
    }
    if (sources == NULL)
        fprintf(stderr, "vww: no memory\n");
    return sources;
}
