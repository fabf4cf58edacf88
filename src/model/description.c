/* Networks from text: runs the statements that description_syntax.c found, and appends layers. */
#include "model/description.h"
#include "base/file.h"
#include "model/builder.h"
#include "vww/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VARIABLES 64
#define MOST_DEPTH 16
#define MOST_RANGE 1000

struct variable {
    struct vww_word name;
    int64_t value;
};

struct variables {
    struct variable items[MOST_VARIABLES];
    int32_t count;
};

/* A layer, or an instance of a block, by its full name. */
struct named {
    char name[VWW_NAME_MAX];
    int32_t tensor; /* its first output */
    int32_t parts;  /* outputs: "name:1" is the second */
    int32_t line;
};

struct maker {
    struct vww_script *script;
    struct vww_builder builder;
    const struct vww_description_options *options;
    struct variables constants; /* of let, and classes */
    struct named *names;
    size_t name_capacity;
    int32_t name_count;
    char input_name[VWW_NAME_MAX];
    int32_t depth;
};

/* Where a statement stands: at the top, or in one instance of a block. */
struct scope {
    const struct vww_statements *statements;
    int32_t index;               /* of the statement being made */
    char prefix[VWW_NAME_MAX];   /* "b3_", or empty */
    struct variables parameters; /* of the block, with $in */
    int32_t input, previous;     /* tensors */
    int32_t blocks_known;        /* the blocks before this line */
};

/* --- variables ------------------------------------------------------------------------------- */

struct lookup {
    const struct maker *maker;
    const struct scope *scope;
};

static bool find_variable(const struct variables *variables, const struct vww_word *name,
                          int64_t *value)
{
    for (int32_t i = 0; i < variables->count; i++)
        if (variables->items[i].name.length == name->length &&
            memcmp(variables->items[i].name.text, name->text, (size_t)name->length) == 0) {
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

static vww_status define(struct maker *maker, struct variables *variables,
                         const struct vww_word *name, int64_t value)
{
    int64_t old;
    for (int32_t i = 0; i < name->length; i++)
        if (!vww_word_is_name(name) || name->text[i] == '-' || name->text[i] == '/')
            return vww_script_fail(maker->script, name, "this is no name for a number",
                                   "a letter, then letters, digits and '_'");
    if (find_variable(variables, name, &old))
        return vww_script_fail(maker->script, name, "the name has a value already", NULL);
    if (variables->count == MOST_VARIABLES)
        return vww_script_fail(maker->script, name, "too many names", "64");
    if (value > INT32_MAX || value < -INT32_MAX)
        return vww_script_fail(maker->script, name, "the number is too large", "31 bits");
    variables->items[variables->count++] = (struct variable){*name, value};
    return VWW_OK;
}

/* The expression that makes up the whole word; low <= value <= high. */
static vww_status evaluate(const struct maker *maker, const struct scope *scope,
                           const struct vww_word *word, int64_t low, int64_t high, int64_t *value)
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
static vww_status evaluate_list(const struct maker *maker, const struct scope *scope,
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

static vww_status read_real(const struct maker *maker, const struct vww_word *word, double low,
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

static const struct named *find_name(const struct maker *maker, const char *name)
{
    for (int32_t i = maker->name_count - 1; i >= 0; i--)
        if (strcmp(maker->names[i].name, name) == 0)
            return &maker->names[i];
    return NULL;
}

static vww_status add_name(struct maker *maker, const struct vww_word *at, const char *name,
                           int32_t tensor, int32_t parts)
{
    const struct named *old = find_name(maker, name);
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
    struct named *added = &maker->names[maker->name_count++];
    *added = (struct named){.tensor = tensor, .parts = parts, .line = at->line};
    snprintf(added->name, sizeof added->name, "%s", name);
    return VWW_OK;
}

static bool same_word(const struct vww_word *a, const struct vww_word *b)
{
    return a->length == b->length && memcmp(a->text, b->text, (size_t)a->length) == 0;
}

/* The statement that makes a name, or -1. */
static int32_t statement_named(const struct vww_statements *list, const struct vww_word *name)
{
    for (int32_t i = 0; i < list->count; i++)
        if (list->items[i].label.length > 0 && same_word(&list->items[i].label, name))
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
static vww_status fail_unknown(struct maker *maker, const struct scope *scope,
                               const struct vww_word *name)
{
    const int32_t later = statement_named(scope->statements, name);
    if (later < scope->index) {
        const char *names[MOST_VARIABLES];
        char hint[256];
        size_t count = 0;
        char wrong[VWW_NAME_MAX];
        vww_word_copy(name, wrong, sizeof wrong);
        for (int32_t i = maker->name_count - 1; i >= 0 && count < MOST_VARIABLES; i--)
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
static vww_status find_tensor(struct maker *maker, const struct scope *scope,
                              const struct vww_word *reference, int32_t *tensor)
{
    struct vww_word name = *reference;
    int64_t part = 0;
    for (int32_t i = 0; i < reference->length; i++)
        if (reference->text[i] == ':') {
            const struct vww_word number = vww_word_from(reference, i + 1);
            const vww_status status =
                evaluate(maker, scope, &number, 0, VWW_MAX_OUTPUTS - 1, &part);
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
    const struct named *named = find_name(maker, full);
    if (named == NULL)
        return fail_unknown(maker, scope, &name);
    if (part >= named->parts)
        return vww_script_fail(maker->script, reference, "the layer has fewer outputs", NULL);
    *tensor = named->tensor + (int32_t)part; /* a split's outputs follow each other */
    return VWW_OK;
}

/* --- options of layers ------------------------------------------------------------------------ */

struct arguments {
    int32_t inputs[VWW_MAX_INPUTS];
    int32_t input_count;
    int64_t kernel[2];
    bool global;
    int64_t stride[2], dilation[2];
    int64_t out, groups, multiplier, parts;
    bool bias, batch_norm;
    enum vww_activation activation;
    float keep, beta;
    enum vww_padding padding;
    bool half;
    int64_t pad[4];                                /* top, bottom, left, right */
    int64_t top, bottom, left, right, front, back; /* of the layer pad */
    struct vww_shape shape;
};

static vww_status set_flag(struct maker *maker, const struct vww_word *word,
                           struct arguments *arguments)
{
    if (vww_word_is(word, "bias"))
        arguments->bias = true;
    else if (vww_word_is(word, "bn"))
        arguments->batch_norm = true;
    else if (arguments->activation != VWW_ACTIVATION_NONE)
        return vww_script_fail(maker->script, word, "a layer has one activation", NULL);
    else
        arguments->activation =
            vww_word_is(word, "relu") ? VWW_ACTIVATION_RELU : VWW_ACTIVATION_RELU6;
    return VWW_OK;
}

/* "3x3", "3" (square) or "global". */
static vww_status set_pair(struct maker *maker, const struct scope *scope,
                           const struct vww_word *word, int64_t pair[2])
{
    int32_t found;
    const vww_status status = evaluate_list(maker, scope, word, 'x', 1, 2, pair, &found);
    if (status == VWW_OK && found == 1)
        pair[1] = pair[0];
    return status;
}

static vww_status set_padding(struct maker *maker, const struct scope *scope,
                              const struct vww_word *word, struct arguments *arguments)
{
    if (vww_word_is(word, "same")) {
        arguments->padding = VWW_PADDING_SAME;
        return VWW_OK;
    }
    if (vww_word_is(word, "valid")) {
        arguments->padding = VWW_PADDING_VALID;
        return VWW_OK;
    }
    arguments->padding = VWW_PADDING_EXPLICIT;
    if (vww_word_is(word, "half")) {
        arguments->half = true;
        return VWW_OK;
    }
    int32_t found;
    const vww_status status = evaluate_list(maker, scope, word, ',', 0, 4, arguments->pad, &found);
    if (status == VWW_OK && found != 4)
        return vww_script_fail(maker->script, word, "the padding is not understood",
                               "same, valid, half, or TOP,BOTTOM,LEFT,RIGHT");
    return status;
}

static vww_status set_shape(struct maker *maker, const struct scope *scope,
                            const struct vww_word *word, struct arguments *arguments)
{
    int64_t dims[VWW_MAX_RANK];
    const vww_status status =
        evaluate_list(maker, scope, word, 'x', 1, VWW_MAX_RANK, dims, &arguments->shape.rank);
    for (int i = 0; status == VWW_OK && i < arguments->shape.rank; i++)
        arguments->shape.dims[i] = (int32_t)dims[i];
    return status;
}

static vww_status set_inputs(struct maker *maker, const struct scope *scope,
                             const struct vww_word *word, struct arguments *arguments)
{
    arguments->input_count = 0;
    for (struct vww_word rest = *word;;) {
        int32_t end = 0;
        while (end < rest.length && rest.text[end] != ',')
            end++;
        const struct vww_word name = {rest.text, end, rest.line, rest.column};
        if (arguments->input_count == VWW_MAX_INPUTS)
            return vww_script_fail(maker->script, &name, "too many inputs", "8");
        const vww_status status =
            find_tensor(maker, scope, &name, &arguments->inputs[arguments->input_count++]);
        if (status != VWW_OK || end == rest.length)
            return status;
        rest = vww_word_from(&rest, end + 1);
    }
}

/* --- layers ----------------------------------------------------------------------------------- */

/* Each kind of layer: its options, of which those before '|' must be there. "window" stands for
 * KxK, "size" for KxK or global. */
static const struct layer_kind {
    const char *name;
    enum vww_op_kind kind;
    const char *options;
    int32_t inputs; /* how many; 0: two or more */
} kinds[] = {
    {"conv", VWW_OP_CONV_2D, "window out | stride groups dilation pad bias bn relu relu6 from", 1},
    {"depthwise", VWW_OP_DEPTHWISE_CONV_2D,
     "window | multiplier stride dilation pad bias bn relu relu6 from", 1},
    {"dense", VWW_OP_FULLY_CONNECTED, "out | bias bn relu relu6 from", 1},
    {"batch_norm", VWW_OP_BATCH_NORM, "| relu relu6 from", 1},
    {"relu", VWW_OP_RELU, "| from", 1},
    {"relu6", VWW_OP_RELU6, "| from", 1},
    {"average_pool", VWW_OP_AVERAGE_POOL_2D, "size | stride pad from", 1},
    {"max_pool", VWW_OP_MAX_POOL_2D, "size | stride pad from", 1},
    {"mean", VWW_OP_MEAN, "| shape from", 1},
    {"add", VWW_OP_ADD, "from | relu relu6", 2},
    {"concat", VWW_OP_CONCAT, "from | relu relu6", 0},
    {"split", VWW_OP_SPLIT, "parts | from", 1},
    {"shuffle", VWW_OP_CHANNEL_SHUFFLE, "groups | from", 1},
    {"pad", VWW_OP_PAD, "| top bottom left right front back from", 1},
    {"reshape", VWW_OP_RESHAPE, "shape | from", 1},
    {"dropout", VWW_OP_DROPOUT, "keep | from", 1},
    {"softmax", VWW_OP_SOFTMAX, "| beta from", 1},
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

/* Whether `options` lists the word; `required` only: before the '|'. */
static bool lists(const char *options, const char *word, int32_t length, bool required)
{
    for (const char *at = options; *at != '\0';) {
        const size_t run = strcspn(at, " ");
        if (required && run == 1 && *at == '|')
            return false;
        if (run == (size_t)length && memcmp(at, word, run) == 0)
            return true;
        at += run + (at[run] == ' ');
    }
    return false;
}

static vww_status set_option(struct maker *maker, const struct scope *scope,
                             const struct vww_word *key, const struct vww_word *value,
                             struct arguments *arguments)
{
    const struct {
        const char *key;
        int64_t *value;
        int64_t low;
    } numbers[] = {
        {"out", &arguments->out, 1},
        {"groups", &arguments->groups, 1},
        {"multiplier", &arguments->multiplier, 1},
        {"parts", &arguments->parts, 2},
        {"top", &arguments->top, 0},
        {"bottom", &arguments->bottom, 0},
        {"left", &arguments->left, 0},
        {"right", &arguments->right, 0},
        {"front", &arguments->front, 0},
        {"back", &arguments->back, 0},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (vww_word_is(key, numbers[i].key))
            return evaluate(maker, scope, value, numbers[i].low, INT32_MAX, numbers[i].value);
    if (vww_word_is(key, "stride"))
        return set_pair(maker, scope, value, arguments->stride);
    if (vww_word_is(key, "dilation"))
        return set_pair(maker, scope, value, arguments->dilation);
    if (vww_word_is(key, "pad"))
        return set_padding(maker, scope, value, arguments);
    if (vww_word_is(key, "keep"))
        return read_real(maker, value, 1e-6, 1, &arguments->keep);
    if (vww_word_is(key, "beta"))
        return read_real(maker, value, 1e-6, 1e6, &arguments->beta);
    return set_inputs(maker, scope, value, arguments); /* from */
}

static vww_status fail_option(struct maker *maker, const struct layer_kind *kind,
                              const struct vww_word *word)
{
    vww_script_fail(maker->script, word, "the layer has no such option", NULL);
    vww_error_allowed(maker->script->error, "%s %s", kind->name, kind->options);
    return VWW_ERROR_FORMAT;
}

/* One word after the kind. seen: the options so far, for those that must be there. */
static vww_status read_argument(struct maker *maker, const struct scope *scope,
                                const struct layer_kind *kind, const struct vww_word *word,
                                struct arguments *arguments, char *seen, size_t size)
{
    int32_t equals = 0;
    while (equals < word->length && word->text[equals] != '=')
        equals++;
    struct vww_word key = {word->text, equals, word->line, word->column};
    const bool valued = equals < word->length;
    const bool flag = vww_word_is(word, "bias") || vww_word_is(word, "bn") ||
                      vww_word_is(word, "relu") || vww_word_is(word, "relu6");
    const bool window = lists(kind->options, "window", 6, true);
    const bool size_too = lists(kind->options, "size", 4, true);
    const bool shape = lists(kind->options, "shape", 5, false);
    const char *name = NULL;
    if (!valued && !flag)
        name = window ? "window" : (size_too ? "size" : (shape ? "shape" : NULL));
    if (!valued && !flag && name == NULL)
        return fail_option(maker, kind, word);
    if ((flag || valued) && !lists(kind->options, key.text, key.length, false))
        return fail_option(maker, kind, word);
    if (name != NULL)
        key = (struct vww_word){name, (int32_t)strlen(name), word->line, word->column};
    if (lists(seen, key.text, key.length, false))
        return vww_script_fail(maker->script, word, "the option is there twice", NULL);
    const size_t used = strlen(seen);
    snprintf(seen + used, size - used, "%.*s ", (int)key.length, key.text);
    if (flag)
        return set_flag(maker, word, arguments);
    if (valued) {
        const struct vww_word value = vww_word_from(word, equals + 1);
        return set_option(maker, scope, &key, &value, arguments);
    }
    if (shape)
        return set_shape(maker, scope, word, arguments);
    if (size_too && vww_word_is(word, "global")) {
        arguments->global = true;
        return VWW_OK;
    }
    return set_pair(maker, scope, word, arguments->kernel);
}

static vww_status read_arguments(struct maker *maker, struct scope *scope,
                                 const struct layer_kind *kind,
                                 const struct vww_statement *statement, struct arguments *arguments)
{
    char seen[256] = "";
    *arguments = (struct arguments){.inputs = {scope->previous},
                                    .input_count = 1,
                                    .stride = {1, 1},
                                    .dilation = {1, 1},
                                    .groups = 1,
                                    .multiplier = 1,
                                    .beta = 1,
                                    .padding = VWW_PADDING_SAME};
    for (int32_t i = 1; i < statement->word_count; i++) {
        const vww_status status =
            read_argument(maker, scope, kind, &statement->words[i], arguments, seen, sizeof seen);
        if (status != VWW_OK)
            return status;
    }
    for (const char *at = kind->options; *at != '|';) {
        const int32_t run = (int32_t)strcspn(at, " ");
        if (!lists(seen, at, run, false)) {
            const struct vww_word *last = &statement->words[statement->word_count - 1];
            const struct vww_word end = vww_word_from(last, last->length);
            vww_script_fail(maker->script, &end, "an option is missing", NULL);
            vww_error_allowed(maker->script->error, "%s %s", kind->name, kind->options);
            return VWW_ERROR_FORMAT;
        }
        at += run + 1;
    }
    if (kind->inputs > 0 ? arguments->input_count != kind->inputs : arguments->input_count < 2) {
        vww_script_fail(maker->script, &statement->words[0], "the layer has the wrong inputs",
                        NULL);
        vww_error_seen(maker->script->error, "%d inputs", (int)arguments->input_count);
        vww_error_allowed(maker->script->error, kind->inputs > 0 ? "%d" : "%d or more",
                          kind->inputs > 0 ? (int)kind->inputs : 2);
        return VWW_ERROR_FORMAT;
    }
    return VWW_OK;
}

static struct vww_op op_from(const struct layer_kind *kind, const struct arguments *arguments)
{
    struct vww_op op = {.kind = kind->kind, .input_count = arguments->input_count};
    memcpy(op.inputs, arguments->inputs, sizeof op.inputs);
    switch (kind->kind) {
    case VWW_OP_CONV_2D:
    case VWW_OP_DEPTHWISE_CONV_2D:
        op.dilation_h = (int32_t)arguments->dilation[0];
        op.dilation_w = (int32_t)arguments->dilation[1];
        op.groups = (int32_t)arguments->groups;
        break;
    case VWW_OP_AVERAGE_POOL_2D:
    case VWW_OP_MAX_POOL_2D:
        op.kernel_h = (int32_t)arguments->kernel[0];
        op.kernel_w = (int32_t)arguments->kernel[1];
        break;
    case VWW_OP_CHANNEL_SHUFFLE:
        op.groups = (int32_t)arguments->groups;
        return op;
    case VWW_OP_SPLIT:
        op.output_count = (int32_t)arguments->parts;
        return op;
    case VWW_OP_PAD:
        op.pad_top = (int32_t)arguments->top;
        op.pad_bottom = (int32_t)arguments->bottom;
        op.pad_left = (int32_t)arguments->left;
        op.pad_right = (int32_t)arguments->right;
        op.pad_front = (int32_t)arguments->front;
        op.pad_back = (int32_t)arguments->back;
        return op;
    case VWW_OP_DROPOUT:
        op.keep_probability = arguments->keep;
        return op;
    case VWW_OP_SOFTMAX:
        op.beta = arguments->beta;
        return op;
    default:
        op.shape = arguments->shape;
        return op;
    }
    op.stride_h = (int32_t)arguments->stride[0];
    op.stride_w = (int32_t)arguments->stride[1];
    op.padding = arguments->padding;
    op.pad_top = (int32_t)arguments->pad[0];
    op.pad_bottom = (int32_t)arguments->pad[1];
    op.pad_left = (int32_t)arguments->pad[2];
    op.pad_right = (int32_t)arguments->pad[3];
    if (arguments->half)
        vww_build_half_padding(&op, (int32_t)arguments->kernel[0], (int32_t)arguments->kernel[1]);
    return op;
}

/* The whole map, without padding. */
static void set_global(const struct vww_builder *builder, struct vww_op *op)
{
    const struct vww_shape *shape = &builder->graph->tensors[op->inputs[0]].shape;
    op->kernel_h = shape->rank == 4 ? shape->dims[1] : 0;
    op->kernel_w = shape->rank == 4 ? shape->dims[2] : 0;
    op->padding = VWW_PADDING_VALID;
}

static int32_t append_layer(struct vww_builder *builder, struct vww_op *op,
                            const struct arguments *arguments)
{
    if (arguments->global)
        set_global(builder, op);
    if (op->kind == VWW_OP_CONV_2D || op->kind == VWW_OP_DEPTHWISE_CONV_2D ||
        op->kind == VWW_OP_FULLY_CONNECTED) {
        const int64_t wide = vww_build_channels(builder, op->inputs[0]) * arguments->multiplier;
        const struct vww_build_weights layer = {.kernel_h = (int32_t)arguments->kernel[0],
                                                .kernel_w = (int32_t)arguments->kernel[1],
                                                .channels =
                                                    op->kind != VWW_OP_DEPTHWISE_CONV_2D
                                                        ? (int32_t)arguments->out
                                                        : (wide <= INT32_MAX ? (int32_t)wide : -1),
                                                .bias = arguments->bias,
                                                .batch_norm = arguments->batch_norm,
                                                .activation = arguments->activation};
        return vww_build_weighted(builder, op, &layer);
    }
    const int32_t x = op->kind == VWW_OP_BATCH_NORM
                          ? vww_build_batch_norm(builder, op->inputs[0], op->name, op->name)
                          : vww_build_append(builder, op);
    return vww_build_activation(builder, x, op->name, arguments->activation);
}

/* A rule of the graph was broken: say on which line. */
static vww_status fail_layer(struct maker *maker, const struct vww_word *at)
{
    struct vww_error *error = maker->script->error;
    if (error != NULL && maker->builder.status != VWW_ERROR_MEMORY) {
        char place[sizeof error->place];
        snprintf(place, sizeof place, "line %d, column %d%s%.80s", (int)at->line, (int)at->column,
                 error->place[0] != '\0' ? ", " : "", error->place);
        vww_error_at(error, maker->script->file, -1);
        vww_error_place(error, "%s", place);
    }
    return maker->builder.status;
}

static vww_status make_layer(struct maker *maker, struct scope *scope,
                             const struct layer_kind *kind, const struct vww_statement *statement,
                             const char *name)
{
    struct arguments arguments;
    const vww_status status = read_arguments(maker, scope, kind, statement, &arguments);
    if (status != VWW_OK)
        return status;
    if (maker->builder.graph->op_count >= VWW_DESCRIPTION_MOST_OPS)
        return vww_script_fail(maker->script, &statement->words[0],
                               "the network has too many operators", "4096");
    struct vww_op op = op_from(kind, &arguments);
    snprintf(op.name, sizeof op.name, "%s", name);
    const int32_t tensor = append_layer(&maker->builder, &op, &arguments);
    if (tensor < 0)
        return fail_layer(maker, &statement->words[0]);
    scope->previous = tensor;
    return add_name(maker, statement->label.length > 0 ? &statement->label : &statement->words[0],
                    name, tensor, kind->kind == VWW_OP_SPLIT ? (int32_t)arguments.parts : 1);
}

/* --- blocks ----------------------------------------------------------------------------------- */

static vww_status make_statements(struct maker *maker, struct scope *scope);

static const struct vww_block *find_block(const struct maker *maker, const struct scope *scope,
                                          const struct vww_word *name)
{
    for (int32_t i = 0; i < scope->blocks_known; i++)
        if (same_word(&maker->script->blocks[i].head.words[1], name))
            return &maker->script->blocks[i];
    return NULL;
}

/* A word "name=expression" of a block's head or of a line that uses it. */
static struct vww_word key_of(const struct vww_word *word, struct vww_word *value)
{
    int32_t equals = 0;
    while (equals < word->length && word->text[equals] != '=')
        equals++;
    *value = vww_word_from(word, equals < word->length ? equals + 1 : equals);
    return (struct vww_word){word->text, equals, word->line, word->column};
}

static const struct vww_word *find_key(const struct vww_statement *statement, int32_t from,
                                       const struct vww_word *key)
{
    for (int32_t i = from; i < statement->word_count; i++) {
        struct vww_word value;
        const struct vww_word found = key_of(&statement->words[i], &value);
        if (same_word(&found, key))
            return &statement->words[i];
    }
    return NULL;
}

/* Words of the use that are neither `from` nor parameters of the block are errors. */
static vww_status check_use(struct maker *maker, const struct vww_block *block,
                            const struct vww_statement *use)
{
    for (int32_t i = 1; i < use->word_count; i++) {
        struct vww_word value;
        const struct vww_word key = key_of(&use->words[i], &value);
        if (!vww_word_is(&key, "from") && find_key(&block->head, 2, &key) == NULL)
            return vww_script_fail(maker->script, &use->words[i], "the block has no such parameter",
                                   NULL);
        if (find_key(use, i + 1, &key) != NULL)
            return vww_script_fail(maker->script, &use->words[i], "the option is there twice",
                                   NULL);
    }
    return VWW_OK;
}

/* The block's parameters for one use: given, or by default. */
static vww_status bind_parameters(struct maker *maker, const struct scope *outer,
                                  const struct vww_block *block, const struct vww_statement *use,
                                  struct scope *inner)
{
    static const struct vww_word in = {"in", 2, 0, 0};
    vww_status status = check_use(maker, block, use);
    if (status == VWW_OK)
        status = define(maker, &inner->parameters, &in,
                        vww_build_channels(&maker->builder, inner->input));
    for (int32_t i = 2; i < block->head.word_count && status == VWW_OK; i++) {
        struct vww_word value;
        const struct vww_word key = key_of(&block->head.words[i], &value);
        const struct vww_word *given = find_key(use, 1, &key);
        int64_t number;
        if (given == NULL && value.length == 0) {
            const struct vww_word *last = &use->words[use->word_count - 1];
            const struct vww_word end = vww_word_from(last, last->length);
            vww_script_fail(maker->script, &end, "a parameter of the block is missing", NULL);
            vww_error_allowed(maker->script->error, "%.*s=NUMBER", (int)key.length, key.text);
            return VWW_ERROR_FORMAT;
        }
        if (given != NULL)
            key_of(given, &value);
        status =
            evaluate(maker, given != NULL ? outer : inner, &value, -INT32_MAX, INT32_MAX, &number);
        if (status == VWW_OK)
            status = define(maker, &inner->parameters, &key, number);
    }
    return status;
}

static vww_status make_block(struct maker *maker, struct scope *scope,
                             const struct vww_block *block, const struct vww_statement *use,
                             const char *name)
{
    struct scope *inner = vww_allocate(1, sizeof *inner);
    if (inner == NULL)
        return vww_fail_memory(maker->script->error, sizeof *inner);
    *inner = (struct scope){.statements = &block->body,
                            .input = scope->previous,
                            .blocks_known = (int32_t)(block - maker->script->blocks)};
    snprintf(inner->prefix, sizeof inner->prefix, "%.80s_", name);
    vww_status status = VWW_OK;
    static const struct vww_word from = {"from", 4, 0, 0};
    const struct vww_word *given = find_key(use, 1, &from);
    if (given != NULL) {
        struct vww_word value;
        key_of(given, &value);
        status = find_tensor(maker, scope, &value, &inner->input);
    }
    inner->previous = inner->input;
    if (status == VWW_OK)
        status = bind_parameters(maker, scope, block, use, inner);
    if (status == VWW_OK && ++maker->depth > MOST_DEPTH)
        status =
            vww_script_fail(maker->script, &use->words[0], "blocks within blocks too deep", "16");
    if (status == VWW_OK)
        status = make_statements(maker, inner);
    maker->depth--;
    if (status == VWW_OK) {
        scope->previous = inner->previous;
        status = add_name(maker, &use->label, name, inner->previous, 1);
    }
    vww_free(inner);
    return status;
}

/* --- statements ------------------------------------------------------------------------------- */

static vww_status fail_kind(struct maker *maker, const struct scope *scope,
                            const struct vww_word *word)
{
    const char *names[KIND_COUNT + MOST_VARIABLES];
    char blocks[MOST_VARIABLES][VWW_NAME_MAX], wrong[VWW_NAME_MAX], hint[256];
    size_t count = 0;
    for (; count < KIND_COUNT; count++)
        names[count] = kinds[count].name;
    for (int32_t i = 0; i < scope->blocks_known && i < MOST_VARIABLES; i++) {
        vww_word_copy(&maker->script->blocks[i].head.words[1], blocks[i], sizeof blocks[i]);
        names[count++] = blocks[i];
    }
    for (int32_t i = scope->blocks_known; i < maker->script->block_count; i++)
        if (same_word(&maker->script->blocks[i].head.words[1], word))
            return vww_script_fail(maker->script, word,
                                   "a block is used inside itself, or before its line", NULL);
    vww_word_copy(word, wrong, sizeof wrong);
    vww_text_suggest(hint, sizeof hint, wrong, names, count);
    vww_script_fail(maker->script, word, "there is no such layer or block", NULL);
    vww_error_remedy(maker->script->error, "%s", hint);
    return VWW_ERROR_FORMAT;
}

static vww_status make_one(struct maker *maker, struct scope *scope,
                           const struct vww_statement *statement, const char *name)
{
    char full[VWW_NAME_MAX];
    if (snprintf(full, sizeof full, "%s%s", scope->prefix, name) >= VWW_NAME_MAX - 16)
        return vww_script_fail(maker->script, &statement->label, "the name is too long",
                               "79 bytes with the names of the blocks around it");
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (vww_word_is(&statement->words[0], kinds[i].name))
            return make_layer(maker, scope, &kinds[i], statement, full);
    const struct vww_block *block = find_block(maker, scope, &statement->words[0]);
    if (block == NULL)
        return fail_kind(maker, scope, &statement->words[0]);
    return make_block(maker, scope, block, statement, full);
}

/* The number at the end of a name; *stem: bytes before it. -1: none. */
static int64_t trailing_number(const struct vww_word *name, int32_t *stem)
{
    int64_t value = 0, scale = 1;
    for (*stem = name->length; *stem > 0 && scale <= 100000000; --*stem, scale *= 10) {
        const char digit = name->text[*stem - 1];
        if (digit < '0' || digit > '9')
            break;
        value += (digit - '0') * scale;
    }
    return *stem < name->length ? value : -1;
}

/* "b3..b6: …": the statement once for each number. */
static vww_status make_range(struct maker *maker, struct scope *scope,
                             const struct vww_statement *statement)
{
    int32_t stem, last_stem;
    const int64_t first = trailing_number(&statement->label, &stem);
    const int64_t last = trailing_number(&statement->label_last, &last_stem);
    if (first < 0 || last < first || last - first >= MOST_RANGE || stem != last_stem ||
        memcmp(statement->label.text, statement->label_last.text, (size_t)stem) != 0)
        return vww_script_fail(maker->script, &statement->label, "this is no range of names",
                               "b3..b6, at most 1000 names");
    vww_status status = VWW_OK;
    for (int64_t i = first; i <= last && status == VWW_OK; i++) {
        char name[VWW_NAME_MAX];
        snprintf(name, sizeof name, "%.*s%d", (int)stem, statement->label.text, (int)i);
        status = make_one(maker, scope, statement, name);
    }
    return status;
}

/* norm epsilon=… momentum=…; preprocessing mean=… scale=… resize=… */
static vww_status set_reals(struct maker *maker, const struct vww_statement *statement)
{
    struct vww_preprocessing *image = &maker->builder.graph->preprocessing;
    const struct {
        const char *directive, *key;
        float *value;
        double low, high;
    } settings[] = {{"norm", "epsilon", &maker->builder.epsilon, 0, 1},
                    {"norm", "momentum", &maker->builder.momentum, 0, 1},
                    {"preprocessing", "mean", &image->mean, -1e6, 1e6},
                    {"preprocessing", "scale", &image->scale, 0, 1e6}};
    const struct vww_word *directive = &statement->words[0];
    for (int32_t i = 1; i < statement->word_count; i++) {
        struct vww_word value;
        const struct vww_word key = key_of(&statement->words[i], &value);
        vww_status status = VWW_ERROR_NOT_FOUND;
        for (size_t k = 0; k < sizeof settings / sizeof settings[0]; k++)
            if (vww_word_is(directive, settings[k].directive) && vww_word_is(&key, settings[k].key))
                status =
                    read_real(maker, &value, settings[k].low, settings[k].high, settings[k].value);
        if (vww_word_is(directive, "preprocessing") && vww_word_is(&key, "resize")) {
            vww_word_copy(&value, image->resize, sizeof image->resize);
            status = VWW_OK;
        }
        if (status == VWW_ERROR_NOT_FOUND)
            return vww_script_fail(maker->script, &statement->words[i],
                                   "the directive has no such option",
                                   "norm epsilon= momentum=, preprocessing mean= scale= resize=");
        if (status != VWW_OK)
            return status;
    }
    return VWW_OK;
}

/* name NAME */
static vww_status set_name(struct maker *maker, const struct vww_statement *statement)
{
    const struct vww_word *name = &statement->words[statement->word_count > 1 ? 1 : 0];
    bool plain = statement->word_count == 2 && name->length < VWW_NAME_MAX;
    for (int32_t i = 0; i < name->length && plain; i++)
        plain = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-",
                       name->text[i]) != NULL;
    if (!plain)
        return vww_script_fail(maker->script, name, "this is no name for a network",
                               "name NAME, of letters, digits, '_', '.' and '-'");
    vww_word_copy(name, maker->builder.graph->name, sizeof maker->builder.graph->name);
    return VWW_OK;
}

/* input NAME HxWxC */
static vww_status set_input(struct maker *maker, struct scope *scope,
                            const struct vww_statement *statement)
{
    int64_t dims[3];
    int32_t found = 0;
    if (scope->input >= 0)
        return vww_script_fail(maker->script, &statement->words[0], "the network has one input",
                               NULL);
    if (statement->word_count != 3 || !vww_word_is_name(&statement->words[1]))
        return vww_script_fail(maker->script, &statement->words[0], "the input is not understood",
                               "input NAME HEIGHTxWIDTHxCHANNELS");
    const vww_status status =
        evaluate_list(maker, scope, &statement->words[2], 'x', 1, 3, dims, &found);
    if (status != VWW_OK)
        return status;
    if (found != 3 || dims[0] > 4096 || dims[1] > 4096 || dims[2] > 4096)
        return vww_script_fail(maker->script, &statement->words[2], "the input is not understood",
                               "HEIGHTxWIDTHxCHANNELS, each 1 to 4096");
    const int32_t resolution = maker->options != NULL ? maker->options->resolution : 0;
    vww_word_copy(&statement->words[1], maker->input_name, sizeof maker->input_name);
    scope->input = scope->previous = vww_build_input(
        &maker->builder, maker->input_name, resolution > 0 ? resolution : (int32_t)dims[0],
        resolution > 0 ? resolution : (int32_t)dims[1], (int32_t)dims[2]);
    return maker->builder.status;
}

static vww_status set_classes(struct maker *maker, struct scope *scope,
                              const struct vww_statement *statement)
{
    static const struct vww_word name = {"classes", 7, 0, 0};
    int64_t classes;
    if (statement->word_count != 2)
        return vww_script_fail(maker->script, &statement->words[0],
                               "the number of classes is missing", "classes NUMBER");
    vww_status status = evaluate(maker, scope, &statement->words[1], 2, 100000, &classes);
    if (status != VWW_OK)
        return status;
    if (maker->options != NULL && maker->options->classes > 0)
        classes = maker->options->classes;
    status = define(maker, &maker->constants, &name, classes);
    if (status == VWW_ERROR_FORMAT)
        vww_script_fail(maker->script, &statement->words[0], "the classes are given twice", NULL);
    return status;
}

/* let NAME=NUMBER … */
static vww_status set_constants(struct maker *maker, struct scope *scope,
                                const struct vww_statement *statement)
{
    vww_status status = VWW_OK;
    for (int32_t i = 1; i < statement->word_count && status == VWW_OK; i++) {
        struct vww_word value;
        const struct vww_word key = key_of(&statement->words[i], &value);
        int64_t number;
        status = evaluate(maker, scope, &value, -INT32_MAX, INT32_MAX, &number);
        if (status == VWW_OK)
            status = define(maker, &maker->constants, &key, number);
    }
    return status;
}

/* family NAME MULTIPLIER: where a printed network of the zoo is from. */
static vww_status set_family(struct maker *maker, const struct vww_statement *statement)
{
    struct vww_graph *graph = maker->builder.graph;
    char text[64], *end;
    if (statement->word_count != 3)
        return vww_script_fail(maker->script, &statement->words[0], "the family is not understood",
                               "family NAME MULTIPLIER");
    vww_word_copy(&statement->words[1], graph->family, sizeof graph->family);
    vww_word_copy(&statement->words[2], text, sizeof text);
    graph->depth_multiplier = strtod(text, &end);
    if (end == text || *end != '\0' || !(graph->depth_multiplier > 0) ||
        !(graph->depth_multiplier <= 16))
        return vww_script_fail(maker->script, &statement->words[2],
                               "the depth multiplier is out of range", "more than 0, at most 16");
    return VWW_OK;
}

static vww_status run_directive(struct maker *maker, struct scope *scope,
                                const struct vww_statement *statement)
{
    const struct vww_word *first = &statement->words[0];
    if (vww_word_is(first, "name"))
        return set_name(maker, statement);
    if (vww_word_is(first, "family"))
        return set_family(maker, statement);
    if (vww_word_is(first, "input"))
        return set_input(maker, scope, statement);
    if (vww_word_is(first, "classes"))
        return set_classes(maker, scope, statement);
    if (vww_word_is(first, "let"))
        return set_constants(maker, scope, statement);
    if (vww_word_is(first, "norm") || vww_word_is(first, "preprocessing"))
        return set_reals(maker, statement);
    return vww_script_fail(
        maker->script, first, "the line is neither a layer nor a directive",
        "NAME: LAYER …, or name, family, input, classes, let, norm, preprocessing, block");
}

static vww_status make_statements(struct maker *maker, struct scope *scope)
{
    vww_status status = VWW_OK;
    for (scope->index = 0; scope->index < scope->statements->count && status == VWW_OK;
         scope->index++) {
        const struct vww_statement *statement = &scope->statements->items[scope->index];
        if (statement->word_count == 0) { /* a block begins to exist */
            scope->blocks_known++;
        } else if (statement->label.length == 0) {
            status = run_directive(maker, scope, statement);
        } else if (scope->previous < 0) {
            status = vww_script_fail(maker->script, &statement->label,
                                     "a layer before the network's input", "input NAME HxWxC");
        } else if (statement->label_last.length > 0) {
            status = make_range(maker, scope, statement);
        } else {
            char name[VWW_NAME_MAX];
            vww_word_copy(&statement->label, name, sizeof name);
            status = make_one(maker, scope, statement, name);
        }
    }
    return status;
}

/* "vww-network 1" */
static vww_status check_version(const struct vww_script *script)
{
    const struct vww_word start = {"", 0, 1, 1};
    const struct vww_statement *first = script->top.count > 0 ? &script->top.items[0] : NULL;
    if (first == NULL || first->label.length > 0 || first->word_count != 2 ||
        !vww_word_is(&first->words[0], "vww-network"))
        return vww_script_fail(script,
                               first != NULL && first->word_count > 0 ? &first->words[0] : &start,
                               "this is no network text", "vww-network 1 as the first line");
    if (!vww_word_is(&first->words[1], "1")) {
        vww_script_fail(script, &first->words[1], "the text is of another version", "1");
        return VWW_ERROR_UNSUPPORTED;
    }
    return VWW_OK;
}

/* Every layer's output is read by another, or is the network's. */
static vww_status check_all_read(const struct maker *maker)
{
    const struct vww_graph *graph = maker->builder.graph;
    bool *read = vww_allocate((size_t)graph->tensor_count, sizeof *read);
    if (read == NULL)
        return vww_fail_memory(maker->script->error, (size_t)graph->tensor_count);
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int k = 0; k < graph->ops[i].input_count; k++)
            read[graph->ops[i].inputs[k]] = true;
    read[graph->output] = true;
    const struct named *unread = NULL;
    for (int32_t i = 0; i < maker->name_count && unread == NULL; i++)
        for (int32_t part = 0; part < maker->names[i].parts; part++)
            if (!read[maker->names[i].tensor + part])
                unread = &maker->names[i];
    vww_free(read);
    if (unread == NULL)
        return VWW_OK;
    vww_fail(maker->script->error, VWW_ERROR_FORMAT, "nothing reads the output of layer %s",
             unread->name);
    vww_error_at(maker->script->error, maker->script->file, -1);
    vww_error_place(maker->script->error, "line %d", (int)unread->line);
    return VWW_ERROR_FORMAT;
}

static vww_status finish(struct maker *maker, const struct scope *scope)
{
    struct vww_graph *graph = maker->builder.graph;
    const struct vww_statements *top = &maker->script->top;
    const struct vww_op *last = graph->op_count > 0 ? &graph->ops[graph->op_count - 1] : NULL;
    graph->output = scope->previous;
    if (last == NULL || last->kind != VWW_OP_SOFTMAX || last->outputs[0] != graph->output ||
        graph->tensors[graph->output].shape.rank != 2) {
        const struct vww_statement *end = &top->items[top->count - 1];
        const struct vww_word start = {"", 0, 1, 1};
        return vww_script_fail(maker->script, end->word_count > 0 ? &end->words[0] : &start,
                               "the network does not end in the classes' probabilities",
                               "a softmax over 1xCLASSES as the last layer");
    }
    vww_status status = check_all_read(maker);
    if (status == VWW_OK)
        status = vww_graph_check(graph, false, maker->script->error);
    return status;
}

static vww_status make_network(struct maker *maker)
{
    struct scope *scope = vww_allocate(1, sizeof *scope);
    if (scope == NULL)
        return vww_fail_memory(maker->script->error, sizeof *scope);
    struct vww_statements rest = maker->script->top;
    rest.items++; /* after the version */
    rest.count--;
    *scope = (struct scope){.statements = &rest, .input = -1, .previous = -1};
    vww_status status = make_statements(maker, scope);
    if (status == VWW_OK)
        status = finish(maker, scope);
    vww_free(scope);
    return status;
}

vww_status vww_description_parse(const char *text, size_t bytes, const char *file,
                                 const struct vww_description_options *options,
                                 struct vww_graph **graph, struct vww_error *error)
{
    struct vww_script script = {.file = file, .error = error};
    *graph = NULL;
    vww_status status = vww_script_parse(&script, text, bytes);
    if (status == VWW_OK)
        status = check_version(&script);
    struct maker *maker = status == VWW_OK ? vww_allocate(1, sizeof *maker) : NULL;
    if (maker != NULL) {
        *maker = (struct maker){.script = &script,
                                .options = options,
                                .builder = {.graph = vww_graph_create("network"),
                                            .error = error,
                                            .epsilon = 0.001f,
                                            .momentum = 0.99f}};
        status = maker->builder.graph != NULL ? make_network(maker)
                                              : vww_fail_memory(error, sizeof(struct vww_graph));
        if (status == VWW_OK)
            *graph = maker->builder.graph;
        else
            vww_graph_destroy(maker->builder.graph);
        vww_free(maker->names);
        vww_free(maker);
    } else if (status == VWW_OK) {
        status = vww_fail_memory(error, sizeof *maker);
    }
    vww_script_fini(&script);
    return status;
}

vww_status vww_description_read(const char *path, const struct vww_description_options *options,
                                struct vww_graph **graph, struct vww_error *error)
{
    struct vww_buffer content = {0};
    *graph = NULL;
    vww_status status = vww_file_read(path, VWW_DESCRIPTION_MOST_BYTES, &content, error);
    if (status == VWW_OK)
        status = vww_description_parse((const char *)content.data, content.size, path, options,
                                       graph, error);
    vww_buffer_fini(&content);
    return status;
}
