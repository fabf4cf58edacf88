/* The syntax of network texts (description_syntax.c), from which description.c builds. */
#ifndef VWW_MODEL_DESCRIPTION_H
#define VWW_MODEL_DESCRIPTION_H

#include "base/memory.h"
#include "vww/description.h"

/* A piece of the text: not terminated. */
struct vww_word {
    const char *text;
    int32_t length;
    int32_t line, column; /* from 1 */
};

/* One line. A layer has a label, which may be a range: "b1..b3: …"; a directive has none. */
struct vww_statement {
    struct vww_word label, label_last; /* length 0: none */
    struct vww_word *words;            /* the kind of layer or directive, then its options */
    int32_t word_count;
};

struct vww_statements {
    struct vww_statement *items;
    size_t capacity;
    int32_t count;
};

/* "block name parameter parameter=default …", then layers up to "end". */
struct vww_block {
    struct vww_statement head;
    struct vww_statements body;
};

struct vww_script {
    const char *file;
    struct vww_statements top; /* with the block directives, in order */
    struct vww_block *blocks;
    size_t block_capacity;
    int32_t block_count;
    struct vww_error *error;
};

/* Lines, words, labels and blocks. The text is borrowed. Release with vww_script_fini, also after a
 * failure. */
vww_status vww_script_parse(struct vww_script *script, const char *text, size_t bytes);
void vww_script_fini(struct vww_script *script);

bool vww_word_is(const struct vww_word *word, const char *text);
bool vww_word_same(const struct vww_word *a, const struct vww_word *b);
/* The key of a word "key=value" (the whole word where there is no '='), and its value. */
struct vww_word vww_word_key(const struct vww_word *word, struct vww_word *value);
/* A terminated copy, cut to size. */
void vww_word_copy(const struct vww_word *word, char *text, size_t size);
/* The part of a word from byte `from` on. */
struct vww_word vww_word_from(const struct vww_word *word, int32_t from);
/* A letter or '_', then letters, digits, '_', '-' and '/'. */
bool vww_word_is_name(const struct vww_word *word);

/* An error at a word: file, line and column; `seen` is the word, expected may be NULL. */
vww_status vww_script_fail(const struct vww_script *script, const struct vww_word *word,
                           const char *what, const char *expected);

/* A whole-number expression: numbers and $names joined by + - * / (division without rest), * and /
 * first, no spaces. value: of a name; false: unknown. */
struct vww_variables {
    const void *context;
    bool (*value)(const void *context, const struct vww_word *name, int64_t *value);
};
/* Reads from the word's start as far as the expression goes; *used bytes. */
vww_status vww_expression(const struct vww_script *script, const struct vww_word *word,
                          const struct vww_variables *variables, int64_t *value, int32_t *used);

#endif
