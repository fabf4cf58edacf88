/* The format of the annotations that the `vww dataset` commands read. */
#ifndef VWW_CLI_SOURCE_OPTION_H
#define VWW_CLI_SOURCE_OPTION_H

#include "option.h"
#include "vww/source.h"

/* value: a const char *, "coco" by default. */
#define SOURCE_OPTION(value_)                                                                      \
    {                                                                                              \
        .name = "source", .kind = OPTION_CHOICE, .value = (value_),                                \
        .choices = "coco|voc|yolo|openimages|folders",                                             \
        .help = "what the annotations are: COCO JSON; a folder of PASCAL VOC XML; a folder of "    \
                "YOLO texts; an Open Images CSV; the image folder itself, with a folder for each " \
                "class"                                                                            \
    }

/* Whether annotation files and image folders (one for all, or one for each) go together; if not, a
 * message says so: wrong usage. Where the format takes its annotations from the image folders,
 * these stand for both afterwards. option: the one that gives the annotations. */
bool source_check(const struct vww_source_format *format, const char *option,
                  struct option_strings *annotations, const struct option_strings *images);

/* The same as a list of annotations->count sources, which the caller frees. NULL, after a message:
 * wrong usage. */
struct vww_source *source_list(const struct vww_source_format *format, const char *option,
                               struct option_strings *annotations,
                               const struct option_strings *images);

#endif
