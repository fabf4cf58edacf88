/* The options of every command that plans a model's memory. */
#ifndef VWW_CLI_PLAN_OPTION_H
#define VWW_CLI_PLAN_OPTION_H

#include "option.h"
#include "vww/plan.h"

struct plan_choice {
    const char *strategy, *prefer;
    int64_t sram;
};

#define PLAN_CHOICE_DEFAULT                                                                        \
    {                                                                                              \
        .strategy = "auto", .prefer = "memory"                                                     \
    }

#define PLAN_OPTIONS(choice)                                                                       \
    {.name = "strategy",                                                                           \
     .kind = OPTION_CHOICE,                                                                        \
     .value = &(choice).strategy,                                                                  \
     .help = "of the memory plan. plain: whole planes; in-place: over rows that are no longer "    \
             "needed; split: the same, with inverted residuals in paths; stream: row by row "      \
             "through rings; stream+split: both; auto: the best; paper: what the paper counts, "   \
             "which cannot run",                                                                   \
     .choices = "auto|plain|in-place|split|stream|stream+split|paper"},                            \
        {.name = "prefer",                                                                         \
         .kind = OPTION_CHOICE,                                                                    \
         .value = &(choice).prefer,                                                                \
         .help = "what auto looks for: the least memory, or no more calls than operators",         \
         .choices = "memory|speed"},                                                               \
    {                                                                                              \
        .name = "sram", .kind = OPTION_INTEGER, .value = &(choice).sram, .argument = "BYTES",      \
        .help = "the fastest plan that needs no more than this; 0 = no limit", .low = 0,           \
        .high = 1 << 30                                                                            \
    }

struct vww_plan_options plan_options(const struct plan_choice *choice);

#endif
