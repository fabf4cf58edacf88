/* One table of options for each subcommand yields its parsing, its --help and its completion.
 * Options accept '-' and '_' alike, "--name value" and "--name=value". */
#ifndef VWW_CLI_OPTION_H
#define VWW_CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,    /* bool: --name, --no-name */
    OPTION_STRING,  /* const char * */
    OPTION_STRINGS, /* struct option_strings: --name A B C, repeatable; takes words up to the next
                       option */
    OPTION_INTEGER, /* int64_t, within low … high */
    OPTION_NUMBER,  /* double, within low … high */
    OPTION_CHOICE,  /* const char *, one of `choices` ("box|mask") */
};

struct option_strings {
    const char **items;
    size_t count;
};

struct option {
    const char *name; /* written with '-' */
    enum option_kind kind;
    void *value;          /* where it goes; what stands there before is the default */
    const char *argument; /* "FILE", "N" in --help; NULL: the kind's usual word */
    const char *help;     /* one sentence; the default is added */
    double low, high;     /* INTEGER and NUMBER: allowed values; both 0 = no limit */
    const char *choices;  /* CHOICE */
    bool required;
    bool given; /* set by parsing */
};

struct command_line {
    const char *usage;   /* "vww train --model M --data DIR --out RUN" */
    const char *summary; /* what it does: one paragraph */
    const char *example; /* one or more lines, or NULL */
    struct option *options;
    size_t option_count;
    size_t positional_least, positional_most;
};

enum parse_result { PARSE_OK, PARSE_HELP, PARSE_WRONG };

/* Parse the words after the subcommand's name. Positional words go to positional (room for argc of
 * them). PARSE_HELP: help was printed to stdout, exit 0. PARSE_WRONG: a message was printed to
 * stderr, exit 2. STRINGS arrays are allocated for the life of the process. Every command also gets
 * --help,
 * --threads N, --quiet. */
enum parse_result command_parse(struct command_line *line, int argc, char **argv,
                                const char **positional, size_t *positional_count);

#endif
