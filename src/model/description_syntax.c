/* Lines, words, blocks and expressions of network texts. */
#include "model/description.h"

#include <stdio.h>
#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool vww_word_is(const struct vww_word *word, const char *text)
{
    return (size_t)word->length == strlen(text) &&
           memcmp(word->text, text, (size_t)word->length) == 0;
}

void vww_word_copy(const struct vww_word *word, char *text, size_t size)
{
    snprintf(text, size, "%.*s", (int)word->length, word->text);
}

bool vww_word_same(const struct vww_word *a, const struct vww_word *b)
{
    return a->length == b->length && memcmp(a->text, b->text, (size_t)a->length) == 0;
}

struct vww_word vww_word_from(const struct vww_word *word, int32_t from)
{
    return (struct vww_word){word->text + from, word->length - from, word->line,
                             word->column + from};
}

struct vww_word vww_word_key(const struct vww_word *word, struct vww_word *value)
{
    int32_t equals = 0;
    while (equals < word->length && word->text[equals] != '=')
        equals++;
    *value = vww_word_from(word, equals < word->length ? equals + 1 : equals);
    return (struct vww_word){word->text, equals, word->line, word->column};
}

bool vww_word_is_name(const struct vww_word *word)
{
    if (word->length < 1 || word->length >= VWW_NAME_MAX - 16 || !is_letter(word->text[0]))
        return false;
    for (int32_t i = 1; i < word->length; i++) {
        const char c = word->text[i];
        if (!is_letter(c) && !is_digit(c) && c != '-' && c != '/')
            return false;
    }
    return true;
}

vww_status vww_script_fail(const struct vww_script *script, const struct vww_word *word,
                           const char *what, const char *expected)
{
    vww_fail(script->error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_at(script->error, script->file, -1);
    vww_error_place(script->error, "line %d, column %d", (int)word->line, (int)word->column);
    if (word->length > 0)
        vww_error_seen(script->error, "%.*s", (int)word->length, word->text);
    if (expected != NULL)
        vww_error_allowed(script->error, "%s", expected);
    return VWW_ERROR_FORMAT;
}

/* --- words ---------------------------------------------------------------------------------- */

/* A text may be hostile: what is looked at again and again has a bound. */
#define MOST_WORDS 64
#define MOST_STATEMENTS 4096

/* The words of one line, at most MOST_WORDS + 1; what follows '#' is left out. -1: no memory. */
static int32_t split_words(const char *line, size_t length, int32_t number, struct vww_word **words)
{
    size_t capacity = 0;
    int32_t count = 0;
    void *array = NULL;
    *words = NULL;
    for (size_t i = 0; i < length && line[i] != '#' && count <= MOST_WORDS;) {
        if (is_space(line[i])) {
            i++;
            continue;
        }
        size_t end = i;
        while (end < length && !is_space(line[end]) && line[end] != '#')
            end++;
        if (vww_array_reserve(&array, &capacity, (size_t)count + 1, sizeof **words) != 0) {
            vww_free(array);
            return -1;
        }
        *words = array;
        (*words)[count++] = (struct vww_word){line + i, (int32_t)(end - i), number, (int32_t)i + 1};
        i = end;
    }
    return count;
}

/* "name:" or "first..last:" at the start of a line becomes the statement's label. */
static vww_status take_label(const struct vww_script *script, struct vww_statement *statement)
{
    struct vww_word *first = &statement->words[0];
    if (first->text[first->length - 1] != ':')
        return VWW_OK;
    struct vww_word label = *first;
    label.length--;
    statement->label = label;
    for (int32_t i = 0; i + 1 < label.length; i++)
        if (label.text[i] == '.' && label.text[i + 1] == '.') {
            statement->label.length = i;
            statement->label_last = vww_word_from(&label, i + 2);
            break;
        }
    if (!vww_word_is_name(&statement->label) ||
        (statement->label_last.text != NULL && !vww_word_is_name(&statement->label_last)))
        return vww_script_fail(script, first, "this is no name for a layer",
                               "a letter, then letters, digits, '_', '-' and '/'; at most 79");
    memmove(statement->words, statement->words + 1,
            (size_t)(statement->word_count - 1) * sizeof *statement->words);
    statement->word_count--;
    if (statement->word_count == 0) {
        const struct vww_word end = vww_word_from(first, first->length);
        return vww_script_fail(script, &end, "the layer has no kind", "a layer such as conv");
    }
    return VWW_OK;
}

static vww_status add_statement(const struct vww_script *script, struct vww_statements *list,
                                const struct vww_statement *statement)
{
    void *items = list->items;
    if (list->count == MOST_STATEMENTS)
        return vww_script_fail(script, &statement->words[0], "there are too many lines", "4096");
    if (vww_array_reserve(&items, &list->capacity, (size_t)list->count + 1, sizeof *list->items) !=
        0)
        return vww_fail_memory(script->error, sizeof *list->items);
    list->items = items;
    list->items[list->count++] = *statement;
    return VWW_OK;
}

/* --- blocks --------------------------------------------------------------------------------- */

static vww_status open_block(struct vww_script *script, const struct vww_statement *head)
{
    if (head->word_count < 2 || !vww_word_is_name(&head->words[1]))
        return vww_script_fail(script, &head->words[head->word_count < 2 ? 0 : 1],
                               "the block has no name", "block NAME PARAMETER PARAMETER=DEFAULT");
    void *blocks = script->blocks;
    if (vww_array_reserve(&blocks, &script->block_capacity, (size_t)script->block_count + 1,
                          sizeof *script->blocks) != 0)
        return vww_fail_memory(script->error, sizeof *script->blocks);
    script->blocks = blocks;
    script->blocks[script->block_count++] = (struct vww_block){.head = *head};
    return VWW_OK;
}

/* A block begins. The text keeps a mark of where, without words: those belong to the block. */
static vww_status begin_block(struct vww_script *script, const struct vww_statement *head)
{
    const struct vww_statement mark = {.words = head->words};
    vww_status status = add_statement(script, &script->top, &mark);
    if (status == VWW_OK)
        status = open_block(script, head);
    return status;
}

/* Where a statement belongs: the text itself, or the block that is open (which `end` closes).
 * *kept: the words belong to the script now. */
static vww_status place_statement(struct vww_script *script, bool *open,
                                  const struct vww_statement *statement, bool *kept)
{
    const struct vww_word *first = &statement->words[0];
    const bool labelled = statement->label.length > 0;
    struct vww_block *block = *open ? &script->blocks[script->block_count - 1] : NULL;
    *kept = false;
    if (!labelled && vww_word_is(first, "block")) {
        if (*open)
            return vww_script_fail(script, first, "a block inside a block", "end");
        const vww_status status = begin_block(script, statement);
        *open = *kept = status == VWW_OK;
        return status;
    }
    if (!labelled && vww_word_is(first, "end")) {
        if (!*open)
            return vww_script_fail(script, first, "there is no block to end", NULL);
        if (block->body.count == 0)
            return vww_script_fail(script, first, "the block has no layers", "NAME: conv …");
        *open = false;
        return VWW_OK;
    }
    if (block != NULL && !labelled)
        return vww_script_fail(script, first, "inside a block there are layers only",
                               "NAME: conv …, or end");
    const vww_status status =
        add_statement(script, block != NULL ? &block->body : &script->top, statement);
    *kept = status == VWW_OK;
    return status;
}

static vww_status parse_line(struct vww_script *script, const char *line, size_t length,
                             int32_t number, bool *open)
{
    struct vww_statement statement = {0};
    statement.word_count = split_words(line, length, number, &statement.words);
    if (statement.word_count < 0)
        return vww_fail_memory(script->error, sizeof(struct vww_word));
    if (statement.word_count == 0)
        return VWW_OK;
    bool kept = false;
    vww_status status = VWW_OK;
    if (statement.word_count > MOST_WORDS)
        status = vww_script_fail(script, &statement.words[MOST_WORDS],
                                 "the line has too many words", "64");
    if (status == VWW_OK)
        status = take_label(script, &statement);
    if (status == VWW_OK)
        status = place_statement(script, open, &statement, &kept);
    if (!kept)
        vww_free(statement.words);
    return status;
}

vww_status vww_script_parse(struct vww_script *script, const char *text, size_t bytes)
{
    int32_t number = 1;
    bool open = false;
    vww_status status = VWW_OK;
    for (size_t at = 0; at < bytes && status == VWW_OK; number++) {
        const char *end = memchr(text + at, '\n', bytes - at);
        const size_t length = end != NULL ? (size_t)(end - text) - at : bytes - at;
        for (size_t i = at; i < at + length && status == VWW_OK; i++)
            if ((unsigned char)text[i] < 0x20 && !is_space(text[i])) {
                const struct vww_word here = {"", 0, number, (int32_t)(i - at) + 1};
                status = vww_script_fail(script, &here, "a control character", "text");
            }
        if (status == VWW_OK)
            status = parse_line(script, text + at, length, number, &open);
        at += length + 1;
    }
    if (status == VWW_OK && open)
        status = vww_script_fail(script, &script->blocks[script->block_count - 1].head.words[0],
                                 "the block is not ended", "end");
    return status;
}

static void free_statements(struct vww_statements *list)
{
    for (int32_t i = 0; i < list->count; i++)
        if (list->items[i].word_count > 0)
            vww_free(list->items[i].words);
    vww_free(list->items);
}

void vww_script_fini(struct vww_script *script)
{
    for (int32_t i = 0; i < script->block_count; i++) {
        vww_free(script->blocks[i].head.words);
        free_statements(&script->blocks[i].body);
    }
    vww_free(script->blocks);
    free_statements(&script->top);
}

/* --- expressions ---------------------------------------------------------------------------- */

struct reading {
    const struct vww_script *script;
    const struct vww_word *word;
    const struct vww_variables *variables;
    int32_t at;
    vww_status status;
};

static void refuse(struct reading *reading, int32_t at, const char *what, const char *expected)
{
    const struct vww_word rest = vww_word_from(reading->word, at);
    if (reading->status == VWW_OK)
        reading->status = vww_script_fail(reading->script, &rest, what, expected);
}

static char next(const struct reading *reading)
{
    return reading->at < reading->word->length ? reading->word->text[reading->at] : '\0';
}

static int64_t read_name(struct reading *reading)
{
    const int32_t start = ++reading->at; /* after the '$' */
    while (is_letter(next(reading)) || is_digit(next(reading)))
        reading->at++;
    const struct vww_word name = {reading->word->text + start, reading->at - start,
                                  reading->word->line, reading->word->column + start};
    int64_t value = 0;
    if (name.length == 0)
        refuse(reading, start - 1, "a name must follow the '$'", "$name");
    else if (!reading->variables->value(reading->variables->context, &name, &value))
        refuse(reading, start - 1, "nothing of that name has a value here",
               "a parameter of the block, $in inside a block, $classes, or what let defined");
    return value;
}

static int64_t read_factor(struct reading *reading)
{
    if (next(reading) == '$')
        return read_name(reading);
    const int32_t start = reading->at;
    int64_t value = 0;
    while (is_digit(next(reading)) && value <= INT32_MAX)
        value = value * 10 + (reading->word->text[reading->at++] - '0');
    if (reading->at == start)
        refuse(reading, start, "a number is missing", "a whole number or $name");
    return value;
}

static int64_t read_term(struct reading *reading)
{
    int64_t value = read_factor(reading);
    while (reading->status == VWW_OK && (next(reading) == '*' || next(reading) == '/')) {
        const int32_t operator_at = reading->at;
        const bool times = reading->word->text[reading->at++] == '*';
        const int64_t factor = read_factor(reading);
        if (reading->status != VWW_OK)
            return 0;
        if (times) {
            if (__builtin_mul_overflow(value, factor, &value))
                refuse(reading, operator_at, "the product is too large", NULL);
        } else if (factor < 1 || value % factor != 0) {
            refuse(reading, operator_at, "the division leaves a rest, or is not by 1 or more",
                   NULL);
        } else {
            value /= factor;
        }
    }
    return value;
}

vww_status vww_expression(const struct vww_script *script, const struct vww_word *word,
                          const struct vww_variables *variables, int64_t *value, int32_t *used)
{
    struct reading reading = {.script = script, .word = word, .variables = variables};
    int64_t sum = read_term(&reading);
    while (reading.status == VWW_OK && (next(&reading) == '+' || next(&reading) == '-')) {
        const int32_t operator_at = reading.at;
        const bool plus = word->text[reading.at++] == '+';
        const int64_t term = read_term(&reading);
        if (reading.status == VWW_OK && (plus ? __builtin_add_overflow(sum, term, &sum)
                                              : __builtin_sub_overflow(sum, term, &sum)))
            refuse(&reading, operator_at, "the sum is too large", NULL);
    }
    *value = sum;
    *used = reading.at;
    return reading.status;
}
