#include "option.h"
#include "console.h"
#include "vww/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool quiet;
static int64_t threads;
static struct option common[] = {
    {"threads", OPTION_INTEGER, &threads, "N",
     "threads to use; 0 = one for each core. The results do not depend on it", 0, 4096, NULL, false,
     false},
    {"quiet", OPTION_FLAG, &quiet, NULL, "no progress on stderr", 0, 0, NULL, false, false},
};
#define COMMON_COUNT (sizeof common / sizeof common[0])

static struct option *option_at(const struct command_line *line, size_t i)
{
    return i < line->option_count ? &line->options[i] : &common[i - line->option_count];
}

static bool same_name(const char *name, const char *word, size_t length)
{
    if (strlen(name) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (name[i] != (word[i] == '_' ? '-' : word[i]))
            return false;
    return true;
}

static struct option *find(const struct command_line *line, const char *word, size_t length)
{
    for (size_t i = 0; i < line->option_count + COMMON_COUNT; i++)
        if (same_name(option_at(line, i)->name, word, length))
            return option_at(line, i);
    return NULL;
}

static const char *argument_word(const struct option *option)
{
    static const char *const words[] = {
        [OPTION_FLAG] = "",     [OPTION_STRING] = "TEXT", [OPTION_STRINGS] = "FILE…",
        [OPTION_INTEGER] = "N", [OPTION_NUMBER] = "X",    [OPTION_CHOICE] = ""};
    if (option->kind == OPTION_CHOICE)
        return option->choices;
    return option->argument != NULL ? option->argument : words[option->kind];
}

static void print_default(const struct option *option)
{
    if (option->required) {
        printf(" (required)");
        return;
    }
    switch (option->kind) {
    case OPTION_INTEGER:
        printf(" [%" PRId64 "]", *(const int64_t *)option->value);
        break;
    case OPTION_NUMBER:
        if (!isnan(*(const double *)option->value))
            printf(" [%g]", *(const double *)option->value);
        break;
    case OPTION_STRING:
    case OPTION_CHOICE:
        if (*(const char *const *)option->value != NULL)
            printf(" [%s]", *(const char *const *)option->value);
        break;
    case OPTION_FLAG:
        if (*(const bool *)option->value)
            printf(" [on; --no-%s switches it off]", option->name);
        break;
    case OPTION_STRINGS:
        break;
    }
}

static void print_help(const struct command_line *line)
{
    printf("usage: %s\n\n%s\n\noptions:\n", line->usage, line->summary);
    for (size_t i = 0; i < line->option_count + COMMON_COUNT; i++) {
        const struct option *option = option_at(line, i);
        printf("  --%s%s%s\n      %s", option->name, option->kind == OPTION_FLAG ? "" : " ",
               argument_word(option), option->help);
        print_default(option);
        printf("\n");
    }
    printf("  --help\n      this text\n");
    if (line->example != NULL)
        printf("\nexample:\n%s\n", line->example);
}

static enum parse_result wrong(const struct command_line *line, const char *what, const char *word,
                               const char *hint)
{
    fprintf(stderr, "vww: %s%s%s%s%s\n  usage: %s\n  --help explains every option\n", what,
            word != NULL ? ": " : "", word != NULL ? word : "", hint[0] != '\0' ? "; " : "", hint,
            line->usage);
    return PARSE_WRONG;
}

/* Lists of words live as long as the process. They hang on this chain, so that a leak checker does
 * not take them for lost. */
struct word_list {
    struct word_list *next;
    const char *words[];
};
static struct word_list *word_lists;

/* The list doubles, into new memory, whenever its length is a power of two. */
static bool append_word(struct option_strings *strings, const char *word)
{
    const size_t count = strings->count;
    if ((count & (count - 1)) == 0) {
        const size_t room = count > 0 ? 2 * count : 1;
        struct word_list *list = malloc(sizeof *list + room * sizeof list->words[0]);
        if (list == NULL)
            return false;
        if (count > 0)
            memcpy(list->words, strings->items, count * sizeof list->words[0]);
        list->next = word_lists;
        word_lists = list;
        strings->items = list->words;
    }
    strings->items[strings->count++] = word;
    return true;
}

/* Store one value; false with `hint` filled when it is not allowed. */
static bool store(struct option *option, const char *text, char *hint, size_t size)
{
    char *end;
    errno = 0;
    switch (option->kind) {
    case OPTION_STRING:
        *(const char **)option->value = text;
        return true;
    case OPTION_STRINGS:
        if (!append_word(option->value, text)) {
            snprintf(hint, size, "out of memory");
            return false;
        }
        return true;
    case OPTION_INTEGER: {
        const long long value = strtoll(text, &end, 10);
        if (errno != 0 || end == text || *end != '\0') {
            snprintf(hint, size, "a whole number is wanted");
            return false;
        }
        if ((option->low != 0 || option->high != 0) &&
            ((double)value < option->low || (double)value > option->high)) {
            snprintf(hint, size, "allowed: %.15g to %.15g", option->low, option->high);
            return false;
        }
        *(int64_t *)option->value = value;
        return true;
    }
    case OPTION_NUMBER: {
        const double value = strtod(text, &end);
        if (errno == ERANGE || end == text || *end != '\0' || !isfinite(value)) {
            snprintf(hint, size, "a number is wanted");
            return false;
        }
        if ((option->low != 0 || option->high != 0) &&
            (value < option->low || value > option->high)) {
            snprintf(hint, size, "allowed: %g to %g", option->low, option->high);
            return false;
        }
        *(double *)option->value = value;
        return true;
    }
    case OPTION_CHOICE:
        for (const char *choice = option->choices; choice != NULL;) {
            const char *bar = strchr(choice, '|');
            const size_t length = bar != NULL ? (size_t)(bar - choice) : strlen(choice);
            if (strlen(text) == length && strncmp(choice, text, length) == 0) {
                *(const char **)option->value = text;
                return true;
            }
            choice = bar != NULL ? bar + 1 : NULL;
        }
        snprintf(hint, size, "allowed: %s", option->choices);
        return false;
    case OPTION_FLAG:
        break;
    }
    return false;
}

static void suggest_option(const struct command_line *line, const char *word, char *hint,
                           size_t size)
{
    const char *names[64];
    size_t count = 0;
    for (size_t i = 0; i < line->option_count + COMMON_COUNT && count < 64; i++)
        names[count++] = option_at(line, i)->name;
    vww_text_suggest(hint, size, word, names, count);
    if (strncmp(hint, "did", 3) != 0)
        hint[0] = '\0';
}

enum parse_result command_parse(struct command_line *line, int argc, char **argv,
                                const char **positional, size_t *positional_count)
{
    size_t words = 0;
    bool only_words = false;
    char hint[256] = "";
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (only_words || strncmp(word, "--", 2) != 0) {
            if (words >= line->positional_most)
                return wrong(line, "unexpected argument", word, "");
            positional[words++] = word;
            continue;
        }
        word += 2;
        if (*word == '\0') {
            only_words = true;
            continue;
        }
        if (strcmp(word, "help") == 0) {
            print_help(line);
            return PARSE_HELP;
        }
        const char *equals = strchr(word, '=');
        const size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
        struct option *option = find(line, word, length);
        bool negated = false;
        if (option == NULL && strncmp(word, "no-", 3) == 0) {
            option = find(line, word + 3, length - 3);
            negated = option != NULL && option->kind == OPTION_FLAG;
            if (!negated)
                option = NULL;
        }
        if (option == NULL) {
            suggest_option(line, word, hint, sizeof hint);
            return wrong(line, "unknown option", argv[i], hint);
        }
        option->given = true;
        if (option->kind == OPTION_FLAG) {
            if (equals != NULL)
                return wrong(line, "the option takes no value", argv[i], "");
            *(bool *)option->value = !negated;
            continue;
        }
        const char *text = equals != NULL ? equals + 1 : (i + 1 < argc ? argv[++i] : NULL);
        if (text == NULL)
            return wrong(line, "the option needs a value", argv[i], "");
        if (!store(option, text, hint, sizeof hint)) {
            char what[128];
            snprintf(what, sizeof what, "--%s cannot be", option->name);
            return wrong(line, what, text, hint);
        }
        if (option->kind == OPTION_STRINGS && equals == NULL)
            while (i + 1 < argc && strncmp(argv[i + 1], "--", 2) != 0)
                if (!store(option, argv[++i], hint, sizeof hint))
                    return wrong(line, "cannot keep", argv[i], hint);
    }
    for (size_t i = 0; i < line->option_count; i++)
        if (line->options[i].required && !line->options[i].given) {
            char what[128];
            snprintf(what, sizeof what, "--%s is required", line->options[i].name);
            return wrong(line, what, NULL, line->options[i].help);
        }
    if (words < line->positional_least)
        return wrong(line, "too few arguments", NULL, "");
    *positional_count = words;
    console_configure((int)threads, quiet);
    return PARSE_OK;
}
