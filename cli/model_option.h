/* What the `vww model` commands share: which network, and figures as JSON. */
#ifndef VWW_CLI_MODEL_OPTION_H
#define VWW_CLI_MODEL_OPTION_H

#include "option.h"
#include "vww/cost.h"
#include "vww/zoo.h"

/* The network a command is about: a family of the zoo by name. */
struct model_choice {
    double depth_multiplier;
    int64_t resolution, classes;
};

#define MODEL_CHOICE_DEFAULTS ((struct model_choice){1.0, 0, 2})

/* The options that fill a struct model_choice; X(choice) stands in an array of struct option. */
#define MODEL_CHOICE_OPTIONS(choice)                                                               \
    {.name = "depth-multiplier",                                                                   \
     .kind = OPTION_NUMBER,                                                                        \
     .value = &(choice)->depth_multiplier,                                                         \
     .argument = "A",                                                                              \
     .help = "scale of every layer's channels"},                                                   \
        {.name = "resolution",                                                                     \
         .kind = OPTION_INTEGER,                                                                   \
         .value = &(choice)->resolution,                                                           \
         .argument = "R",                                                                          \
         .help = "height and width of the image in pixels; 0 = 224, or what a fixed network was "  \
                 "made for",                                                                       \
         .low = 0,                                                                                 \
         .high = 4096},                                                                            \
    {                                                                                              \
        .name = "classes", .kind = OPTION_INTEGER, .value = &(choice)->classes, .argument = "K",   \
        .help = "number of classes", .low = 2, .high = 100000                                      \
    }

/* The family's graph; fills in the resolution where it was left open. */
vww_status model_choice_build(struct model_choice *choice, const char *family,
                              struct vww_graph **graph, struct vww_error *error);

/* "…" with what JSON wants escaped. */
void print_json_string(const char *text);

#endif
