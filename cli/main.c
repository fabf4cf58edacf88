/* vww: the command. Finds the subcommand and hands over. */
#include "commands.h"
#include "vww/text.h"
#include "vww/version.h"

#include <stdio.h>
#include <string.h>

static const struct {
    int (*run)(int argc, char **argv);
    const char *group, *name, *summary;
} commands[] = {
#define X(function, group, name, summary) {function, group, name, summary},
    COMMAND_TABLE(X)
#undef X
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void full_name(size_t i, char text[64])
{
    snprintf(text, 64, "%s%s%s", commands[i].group, commands[i].group[0] != '\0' ? " " : "",
             commands[i].name);
}

static void print_commands(FILE *stream, const char *group)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (group != NULL && strcmp(commands[i].group, group) != 0)
            continue;
        char name[64];
        full_name(i, name);
        fprintf(stream, "  vww %-18s %s\n", name, commands[i].summary);
    }
}

static int usage(FILE *stream)
{
    fprintf(stream, "vww %s: photographs in, a person detector for a microcontroller out\n\n",
            VWW_VERSION);
    print_commands(stream, NULL);
    fprintf(stream,
            "\n`vww COMMAND --help` explains one command; `vww --version` prints the version.\n");
    return stream == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return usage(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("vww %s\n", VWW_VERSION);
        return 0;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].group[0] == '\0' && strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
        if (commands[i].group[0] != '\0' && argc > 2 && strcmp(argv[1], commands[i].group) == 0 &&
            strcmp(argv[2], commands[i].name) == 0)
            return commands[i].run(argc - 3, argv + 3);
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].group[0] != '\0' && strcmp(argv[1], commands[i].group) == 0) {
            const int help = argc > 2 && strcmp(argv[2], "--help") == 0;
            if (!help)
                fprintf(stderr, "vww: %s needs one of its subcommands:\n", argv[1]);
            print_commands(help ? stdout : stderr, argv[1]);
            return help ? 0 : 2;
        }
    const char *names[COMMAND_COUNT];
    char texts[COMMAND_COUNT][64], wanted[128], hint[512];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        full_name(i, texts[i]);
        names[i] = texts[i];
    }
    snprintf(wanted, sizeof wanted, "%.60s%s%.60s", argv[1],
             argc > 2 && argv[2][0] != '-' ? " " : "",
             argc > 2 && argv[2][0] != '-' ? argv[2] : "");
    vww_text_suggest(hint, sizeof hint, wanted, names, COMMAND_COUNT);
    fprintf(stderr, "vww: no command is called %s; %s\n  vww --help lists them\n", argv[1], hint);
    return 2;
}
