/* The labelling policy of the `vww dataset` commands: a preset, and single rules on top of it. */
#ifndef VWW_CLI_POLICY_OPTION_H
#define VWW_CLI_POLICY_OPTION_H

#include "option.h"
#include "vww/label.h"

struct policy_choice {
    const char *preset, *area, *comparison, *crowd, *small_only, *foreground_class;
    double threshold; /* below 0: the preset's */
};

#define POLICY_CHOICE_DEFAULTS ((struct policy_choice){.preset = "paper", .threshold = -1})

/* The options that fill a struct policy_choice; X(choice) stands in an array of struct option. */
#define POLICY_CHOICE_OPTIONS(choice)                                                              \
    {.name = "policy",                                                                             \
     .kind = OPTION_STRING,                                                                        \
     .value = &(choice)->preset,                                                                   \
     .argument = "paper|tf|tf-2019a|pyvww|mlperf|mlcommons-v0.1",                                  \
     .help = "the published rule to label by; the six options below replace its parts"},           \
        {.name = "area",                                                                           \
         .kind = OPTION_CHOICE,                                                                    \
         .value = &(choice)->area,                                                                 \
         .choices = "box|mask",                                                                    \
         .help = "the area of an object: its bounding box or its mask"},                           \
        {.name = "comparison",                                                                     \
         .kind = OPTION_CHOICE,                                                                    \
         .value = &(choice)->comparison,                                                           \
         .choices = "gt|ge",                                                                       \
         .help = "an object counts if its area is greater than, or also if equal to, the "         \
                 "threshold"},                                                                     \
        {.name = "small-object-area-threshold",                                                    \
         .kind = OPTION_NUMBER,                                                                    \
         .value = &(choice)->threshold,                                                            \
         .argument = "X",                                                                          \
         .help = "share of the image's area, 0 to 1 (0.005 = 0.5 %); -1: the policy's"},           \
        {.name = "crowd",                                                                          \
         .kind = OPTION_CHOICE,                                                                    \
         .value = &(choice)->crowd,                                                                \
         .choices = "count|ignore|reject",                                                         \
         .help = "crowd annotations count as any other; are left out; or make no image positive, " \
                 "but are objects of it that are too small"},                                      \
        {.name = "small-only",                                                                     \
         .kind = OPTION_CHOICE,                                                                    \
         .value = &(choice)->small_only,                                                           \
         .choices = "negative|drop",                                                               \
         .help = "what an image with too small objects only becomes"},                             \
    {                                                                                              \
        .name = "foreground-class-of-interest", .kind = OPTION_STRING,                             \
        .value = &(choice)->foreground_class, .argument = "NAME",                                  \
        .help = "COCO category to detect, instead of person"                                       \
    }

/* The policy chosen. */
vww_status policy_choice_resolve(const struct policy_choice *choice,
                                 struct vww_label_policy *policy, struct vww_error *error);

#endif
