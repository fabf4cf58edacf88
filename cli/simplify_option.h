/* What the commands share that simplify a model before they work on it. */
#ifndef VWW_CLI_SIMPLIFY_OPTION_H
#define VWW_CLI_SIMPLIFY_OPTION_H

#include "option.h"
#include "vww/simplify.h"

/* `simplify`: "on" or "off", where the option's value goes. */
struct simplify_choice {
    const char *simplify;
    struct vww_simplify_report report; /* empty where nothing was simplified */
};

#define SIMPLIFY_CHOICE_DEFAULTS ((struct simplify_choice){.simplify = "on"})

/* The option; stands in an array of struct option. */
#define SIMPLIFY_CHOICE_OPTION(choice)                                                             \
    {                                                                                              \
        .name = "simplify", .kind = OPTION_CHOICE, .value = &(choice)->simplify,                   \
        .choices = "on|off",                                                                       \
        .help = "first remove what provably changes no output byte: constant and unused channels"  \
    }

/* Read the model of a file and simplify it, if so chosen, for a target of the code generator.
 * Release the choice with simplify_choice_fini, also after a failure. */
vww_status simplify_read(const char *path, struct simplify_choice *choice, const char *target,
                         struct vww_graph **graph, struct vww_error *error);
void simplify_choice_fini(struct simplify_choice *choice);

/* One line of totals; with `layers` a table of the operators that changed, before it. Nothing where
 * nothing was simplified. */
void simplify_print_text(const struct simplify_choice *choice, bool layers);
/* `"simplify":{…}`, or `"simplify":null`. */
void simplify_print_json(const struct simplify_choice *choice);

#endif
