/* Numbers and layers by name in network texts. */
#include "model/description_maker.h"
#include "vww/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- numbers --------------------------------------------------------------------------------- */

struct lookup {
    const struct vww_maker *maker;
    const struct vww_scope *scope;
};

static bool find_variable(const struct vww_numbers *variables, const struct vww_word *name,
                          int64_t *value)
{
    for (int32_t i = 0; i < variables->count; i++)
        if (vww_word_same(&variables->items[i].name, name)) {
            *value = variables->items[i].value;
            return true;
        }
    return false;
}

static bool look_up(const void *context, const struct vww_word *name, int64_t *value)
{
    const struct lookup *lookup = context;
    return find_variable(&lookup->scope->parameters, name, value) ||
           find_variable(&lookup->maker->constants, name, value);
}

vww_status vww_maker_define(struct vww_maker *maker, struct vww_numbers *variables,
                            const struct vww_word *name, int64_t value)
{
    int64_t old;
    if (!vww_word_is_name(name) || memchr(name->text, '-', (size_t)name->length) != NULL ||
        memchr(name->text, '/', (size_t)name->length) != NULL)
        return vww_script_fail(maker->script, name, "this is no name for a number",
                               "a letter, then letters, digits and '_'");
    if (find_variable(variables, name, &old))
        return vww_script_fail(maker->script, name, "the name has a value already", NULL);
    if (variables->count == VWW_MAKER_NUMBERS)
        return vww_script_fail(maker->script, name, "too many names", "64");
    if (value > INT32_MAX || value < -INT32_MAX)
        return vww_script_fail(maker->script, name, "the number is too large", "31 bits");
    variables->items[variables->count++] = (struct vww_number){*name, value};
    return VWW_OK;
}

/* The expression that makes up the whole word; low <= value <= high. */
vww_status vww_maker_evaluate(const struct vww_maker *maker, const struct vww_scope *scope,
                              const struct vww_word *word, int64_t low, int64_t high,
                              int64_t *value)
{
    const struct lookup lookup = {maker, scope};
    const struct vww_variables variables = {&lookup, look_up};
    int32_t used;
    const vww_status status = vww_expression(maker->script, word, &variables, value, &used);
    if (status != VWW_OK)
        return status;
    if (used < word->length) {
        const struct vww_word rest = vww_word_from(word, used);
        return vww_script_fail(maker->script, &rest, "this does not belong to a number",
                               "numbers and $names joined by + - * /");
    }
    if (*value < low || *value > high) {
        vww_script_fail(maker->script, word, "the number is out of range", NULL);
        vww_error_seen(maker->script->error, "%lld", (long long)*value);
        vww_error_allowed(maker->script->error, "%lld to %lld", (long long)low, (long long)high);
        return VWW_ERROR_FORMAT;
    }
    return VWW_OK;
}

/* `count` expressions joined by `separator`; returns how many there are in *found. */
vww_status vww_maker_evaluate_list(const struct vww_maker *maker, const struct vww_scope *scope,
                                   const struct vww_word *word, char separator, int64_t low,
                                   int32_t most, int64_t *values, int32_t *found)
{
    const struct lookup lookup = {maker, scope};
    const struct vww_variables variables = {&lookup, look_up};
    struct vww_word rest = *word;
    for (*found = 0;;) {
        int32_t used;
        if (*found == most)
            return vww_script_fail(maker->script, &rest, "too many numbers", NULL);
        const vww_status status =
            vww_expression(maker->script, &rest, &variables, &values[*found], &used);
        if (status != VWW_OK)
            return status;
        if (values[*found] < low || values[*found] > INT32_MAX)
            return vww_script_fail(maker->script, &rest, "the number is out of range",
                                   low == 0 ? "0 to 2147483647" : "1 to 2147483647");
        ++*found;
        rest = vww_word_from(&rest, used);
        if (rest.length == 0)
            return VWW_OK;
        if (rest.text[0] != separator)
            return vww_script_fail(maker->script, &rest, "this does not belong to a number",
                                   separator == 'x' ? "numbers joined by x" : "numbers, commas");
        rest = vww_word_from(&rest, 1);
    }
}

vww_status vww_maker_real(const struct vww_maker *maker, const struct vww_word *word, double low,
                          double high, float *value)
{
    char text[64], *end;
    vww_word_copy(word, text, sizeof text);
    errno = 0;
    const double read = strtod(text, &end);
    if (word->length == 0 || (size_t)word->length >= sizeof text || *end != '\0' || errno != 0 ||
        !(read >= low && read <= high)) {
        vww_script_fail(maker->script, word, "a number is wanted", NULL);
        vww_error_allowed(maker->script->error, "%g to %g", low, high);
        return VWW_ERROR_FORMAT;
    }
    *value = (float)read;
    return VWW_OK;
}

/* --- names of layers -------------------------------------------------------------------------- */

static const struct vww_named *find_name(const struct vww_maker *maker, const char *name)
{
    for (int32_t i = maker->name_count - 1; i >= 0; i--)
        if (strcmp(maker->names[i].name, name) == 0)
            return &maker->names[i];
    return NULL;
}

vww_status vww_maker_add_name(struct vww_maker *maker, const struct vww_word *at, const char *name,
                              int32_t tensor, int32_t parts)
{
    const struct vww_named *old = find_name(maker, name);
    if (old != NULL || strcmp(name, maker->input_name) == 0) {
        vww_script_fail(maker->script, at, "the name is taken", NULL);
        vww_error_seen(maker->script->error, "%s, made on line %d", name,
                       old != NULL ? (int)old->line : 0);
        return VWW_ERROR_FORMAT;
    }
    void *names = maker->names;
    if (vww_array_reserve(&names, &maker->name_capacity, (size_t)maker->name_count + 1,
                          sizeof *maker->names) != 0)
        return vww_fail_memory(maker->script->error, sizeof *maker->names);
    maker->names = names;
    struct vww_named *added = &maker->names[maker->name_count++];
    *added = (struct vww_named){.tensor = tensor, .parts = parts, .line = at->line};
    snprintf(added->name, sizeof added->name, "%s", name);
    return VWW_OK;
}

/* The statement that makes a name, or -1. */
static int32_t statement_named(const struct vww_statements *list, const struct vww_word *name)
{
    for (int32_t i = 0; i < list->count; i++)
        if (list->items[i].label.length > 0 && vww_word_same(&list->items[i].label, name))
            return i;
    return -1;
}

/* Statements to look at, each once. */
struct queue {
    int32_t *items;
    bool *seen;
    int32_t count;
};

static void enqueue(struct queue *queue, int32_t statement)
{
    if (statement >= 0 && !queue->seen[statement]) {
        queue->seen[statement] = true;
        queue->items[queue->count++] = statement;
    }
}

/* The statements whose outputs statement i reads: those of from=, or the one before. */
static void enqueue_inputs(const struct vww_statements *list, int32_t i, struct queue *queue)
{
    const struct vww_statement *statement = &list->items[i];
    const struct vww_word *from = NULL;
    for (int32_t k = 1; k < statement->word_count; k++)
        if (statement->words[k].length > 5 && memcmp(statement->words[k].text, "from=", 5) == 0)
            from = &statement->words[k];
    if (from == NULL) {
        do
            i--;
        while (i >= 0 && list->items[i].label.length == 0);
        enqueue(queue, i);
        return;
    }
    for (struct vww_word rest = vww_word_from(from, 5); rest.length > 0;) {
        int32_t name_end = 0, end = 0;
        while (end < rest.length && rest.text[end] != ',')
            end++;
        while (name_end < end && rest.text[name_end] != ':')
            name_end++;
        const struct vww_word name = {rest.text, name_end, rest.line, rest.column};
        enqueue(queue, statement_named(list, &name));
        rest = vww_word_from(&rest, end < rest.length ? end + 1 : end);
    }
}

/* Whether statement `from` needs, directly or through others, what statement `wanted` makes.
 * -1: no memory. */
static int depends_on(const struct vww_statements *list, int32_t from, int32_t wanted)
{
    struct queue queue = {.items = vww_allocate((size_t)list->count, sizeof *queue.items),
                          .seen = vww_allocate((size_t)list->count, sizeof *queue.seen)};
    int found = queue.items != NULL && queue.seen != NULL ? 0 : -1;
    if (found == 0) {
        enqueue(&queue, from);
        for (int32_t i = 0; i < queue.count; i++)
            enqueue_inputs(list, queue.items[i], &queue);
        found = queue.seen[wanted];
    }
    vww_free(queue.items);
    vww_free(queue.seen);
    return found;
}

/* A name that is not known yet: part of a circle, made further down, or nowhere. */
static vww_status fail_unknown(struct vww_maker *maker, const struct vww_scope *scope,
                               const struct vww_word *name)
{
    const int32_t later = statement_named(scope->statements, name);
    if (later < scope->index) {
        const char *names[VWW_MAKER_NUMBERS];
        char hint[256];
        size_t count = 0;
        char wrong[VWW_NAME_MAX];
        vww_word_copy(name, wrong, sizeof wrong);
        for (int32_t i = maker->name_count - 1; i >= 0 && count < VWW_MAKER_NUMBERS; i--)
            names[count++] = maker->names[i].name;
        vww_text_suggest(hint, sizeof hint, wrong, names, count);
        vww_script_fail(maker->script, name, "no layer above has this name", NULL);
        vww_error_remedy(maker->script->error, "%s", count > 0 ? hint : "");
        return VWW_ERROR_FORMAT;
    }
    const int circle = depends_on(scope->statements, later, scope->index);
    if (circle < 0)
        return vww_fail_memory(maker->script->error, (size_t)scope->statements->count);
    const struct vww_statement *made = &scope->statements->items[later];
    vww_script_fail(maker->script, name,
                    circle > 0 ? "the layers depend on each other in a circle"
                               : "the layer is made further down",
                    NULL);
    vww_error_remedy(maker->script->error,
                     circle > 0 ? "the layer on line %d needs this one"
                                : "move the layer of line %d above this one",
                     (int)made->label.line);
    return VWW_ERROR_FORMAT;
}

/* "name" or "name:part". Inside a block, its own layers and `input`. */
vww_status vww_maker_find_tensor(struct vww_maker *maker, const struct vww_scope *scope,
                                 const struct vww_word *reference, int32_t *tensor)
{
    struct vww_word name = *reference;
    int64_t part = 0;
    for (int32_t i = 0; i < reference->length; i++)
        if (reference->text[i] == ':') {
            const struct vww_word number = vww_word_from(reference, i + 1);
            const vww_status status =
                vww_maker_evaluate(maker, scope, &number, 0, VWW_MAX_OUTPUTS - 1, &part);
            if (status != VWW_OK)
                return status;
            name.length = i;
            break;
        }
    char full[2 * VWW_NAME_MAX];
    snprintf(full, sizeof full, "%s%.*s", scope->prefix, (int)name.length, name.text);
    const bool inside = scope->prefix[0] != '\0';
    if (part == 0 && vww_word_is(&name, inside ? "input" : maker->input_name)) {
        *tensor = scope->input;
        return VWW_OK;
    }
    const struct vww_named *named = find_name(maker, full);
    if (named == NULL)
        return fail_unknown(maker, scope, &name);
    if (part >= named->parts)
        return vww_script_fail(maker->script, reference, "the layer has fewer outputs", NULL);
    *tensor = named->tensor + (int32_t)part; /* a split's outputs follow each other */
    return VWW_OK;
}
