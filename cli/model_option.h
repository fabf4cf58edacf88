/* What the `vww model` commands share: which network, and figures as JSON. */
#ifndef VWW_CLI_MODEL_OPTION_H
#define VWW_CLI_MODEL_OPTION_H

#include "option.h"
#include "vww/cost.h"
#include "vww/search.h"
#include "vww/zoo.h"

/* The network a command is about: a family of the zoo by name, a .tflite file, or a network text.
 */
struct model_choice {
    const char *model;   /* the family or the .tflite file; NULL with a network text */
    const char *network; /* the text's file, or NULL */
    double depth_multiplier;
    int64_t resolution, classes; /* 0: the model's own, or 224 and 2 */
    const char *padding;
};

#define MODEL_CHOICE_DEFAULTS ((struct model_choice){.depth_multiplier = 1.0, .padding = "same"})

/* The options that fill a struct model_choice; X(choice) stands in an array of struct option. */
#define MODEL_CHOICE_OPTIONS(choice)                                                               \
    {.name = "network",                                                                            \
     .kind = OPTION_STRING,                                                                        \
     .value = &(choice)->network,                                                                  \
     .argument = "FILE",                                                                           \
     .help = "a network of your own, described as text, instead of MODEL"},                        \
        {.name = "depth-multiplier",                                                               \
         .kind = OPTION_NUMBER,                                                                    \
         .value = &(choice)->depth_multiplier,                                                     \
         .argument = "A",                                                                          \
         .help = "scale of every layer's channels"},                                               \
        {.name = "resolution",                                                                     \
         .kind = OPTION_INTEGER,                                                                   \
         .value = &(choice)->resolution,                                                           \
         .argument = "R",                                                                          \
         .help = "height and width of the image in pixels; 0 = 224, or the network's own",         \
         .low = 0,                                                                                 \
         .high = 4096},                                                                            \
        {.name = "classes",                                                                        \
         .kind = OPTION_INTEGER,                                                                   \
         .value = &(choice)->classes,                                                              \
         .argument = "K",                                                                          \
         .help = "number of classes, 2 or more; 0 = 2, or the network's own",                      \
         .low = 0,                                                                                 \
         .high = 100000},                                                                          \
    {                                                                                              \
        .name = "padding", .kind = OPTION_CHOICE, .value = &(choice)->padding,                     \
        .choices = "same|torch",                                                                   \
        .help = "of the zoo's windows: TensorFlow's rule, or half the kernel as in PyTorch"        \
    }

/* Take the word of the command line, if there is one. False, with a message on stderr: neither a
 * MODEL nor --network, or both (wrong usage). */
bool model_choice_take(struct model_choice *choice, const char *const *words, size_t count);
/* The graph; fills in what was left open. */
vww_status model_choice_build(struct model_choice *choice, struct vww_graph **graph,
                              struct vww_error *error);
/* What tables call it: the family, or the name that the text gives. */
const char *model_choice_name(const struct model_choice *choice, const struct vww_graph *graph);

/* "250KB", "250KiB", "1.5MB", "4096" to bytes, KB = 1000; or, with counts, "60M" to a count. False
 * when it is neither, or not positive. */
bool parse_amount(const char *text, bool bytes, int64_t *amount);

/* "paper", "split" or "lifetimes". */
#define MEMORY_RULES "paper|split|lifetimes"
enum vww_memory_rule memory_rule_of(const char *name);

/* "…" with what JSON wants escaped. */
void print_json_string(const char *text);

#endif
