/* Networks from text: runs the statements that description_syntax.c found. */
#include "base/file.h"
#include "model/description_maker.h"
#include "vww/text.h"

#include <stdio.h>
#include <string.h>

#define MOST_DEPTH 16
#define MOST_RANGE 1000

/* --- blocks ----------------------------------------------------------------------------------- */

static vww_status make_statements(struct vww_maker *maker, struct vww_scope *scope);

static const struct vww_block *find_block(const struct vww_maker *maker,
                                          const struct vww_scope *scope,
                                          const struct vww_word *name)
{
    for (int32_t i = 0; i < scope->blocks_known; i++)
        if (vww_word_same(&maker->script->blocks[i].head.words[1], name))
            return &maker->script->blocks[i];
    return NULL;
}

static const struct vww_word *find_key(const struct vww_statement *statement, int32_t from,
                                       const struct vww_word *key)
{
    for (int32_t i = from; i < statement->word_count; i++) {
        struct vww_word value;
        const struct vww_word found = vww_word_key(&statement->words[i], &value);
        if (vww_word_same(&found, key))
            return &statement->words[i];
    }
    return NULL;
}

/* Words of the use that are neither `from` nor parameters of the block are errors. */
static vww_status check_use(struct vww_maker *maker, const struct vww_block *block,
                            const struct vww_statement *use)
{
    for (int32_t i = 1; i < use->word_count; i++) {
        struct vww_word value;
        const struct vww_word key = vww_word_key(&use->words[i], &value);
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
static vww_status bind_parameters(struct vww_maker *maker, const struct vww_scope *outer,
                                  const struct vww_block *block, const struct vww_statement *use,
                                  struct vww_scope *inner)
{
    static const struct vww_word in = {"in", 2, 0, 0};
    vww_status status = check_use(maker, block, use);
    if (status == VWW_OK)
        status = vww_maker_define(maker, &inner->parameters, &in,
                                  vww_build_channels(&maker->builder, inner->input));
    for (int32_t i = 2; i < block->head.word_count && status == VWW_OK; i++) {
        struct vww_word value;
        const struct vww_word key = vww_word_key(&block->head.words[i], &value);
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
            vww_word_key(given, &value);
        status = vww_maker_evaluate(maker, given != NULL ? outer : inner, &value, -INT32_MAX,
                                    INT32_MAX, &number);
        if (status == VWW_OK)
            status = vww_maker_define(maker, &inner->parameters, &key, number);
    }
    return status;
}

static vww_status make_block(struct vww_maker *maker, struct vww_scope *scope,
                             const struct vww_block *block, const struct vww_statement *use,
                             const char *name)
{
    struct vww_scope *inner = vww_allocate(1, sizeof *inner);
    if (inner == NULL)
        return vww_fail_memory(maker->script->error, sizeof *inner);
    *inner = (struct vww_scope){.statements = &block->body,
                                .input = scope->previous,
                                .blocks_known = (int32_t)(block - maker->script->blocks)};
    snprintf(inner->prefix, sizeof inner->prefix, "%.80s_", name);
    vww_status status = VWW_OK;
    static const struct vww_word from = {"from", 4, 0, 0};
    const struct vww_word *given = find_key(use, 1, &from);
    if (given != NULL) {
        struct vww_word value;
        vww_word_key(given, &value);
        status = vww_maker_find_tensor(maker, scope, &value, &inner->input);
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
        status = vww_maker_add_name(maker, &use->label, name, inner->previous, 1);
    }
    vww_free(inner);
    return status;
}

/* --- statements ------------------------------------------------------------------------------- */

static vww_status fail_kind(struct vww_maker *maker, const struct vww_scope *scope,
                            const struct vww_word *word)
{
    const char *names[2 * VWW_MAKER_NUMBERS];
    char blocks[VWW_MAKER_NUMBERS][VWW_NAME_MAX], wrong[VWW_NAME_MAX], hint[256];
    size_t count = vww_layer_kind_names(names, VWW_MAKER_NUMBERS);
    for (int32_t i = 0; i < scope->blocks_known && i < VWW_MAKER_NUMBERS; i++) {
        vww_word_copy(&maker->script->blocks[i].head.words[1], blocks[i], sizeof blocks[i]);
        names[count++] = blocks[i];
    }
    for (int32_t i = scope->blocks_known; i < maker->script->block_count; i++)
        if (vww_word_same(&maker->script->blocks[i].head.words[1], word))
            return vww_script_fail(maker->script, word,
                                   "a block is used inside itself, or before its line", NULL);
    vww_word_copy(word, wrong, sizeof wrong);
    vww_text_suggest(hint, sizeof hint, wrong, names, count);
    vww_script_fail(maker->script, word, "there is no such layer or block", NULL);
    vww_error_remedy(maker->script->error, "%s", hint);
    return VWW_ERROR_FORMAT;
}

static vww_status make_one(struct vww_maker *maker, struct vww_scope *scope,
                           const struct vww_statement *statement, const char *name)
{
    char full[VWW_NAME_MAX];
    if (snprintf(full, sizeof full, "%s%s", scope->prefix, name) >= VWW_NAME_MAX - 16)
        return vww_script_fail(maker->script, &statement->label, "the name is too long",
                               "79 bytes with the names of the blocks around it");
    const struct vww_layer_kind *kind = vww_layer_kind_find(&statement->words[0]);
    if (kind != NULL)
        return vww_maker_layer(maker, scope, kind, statement, full);
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
static vww_status make_range(struct vww_maker *maker, struct vww_scope *scope,
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

/* From here on the next block can be used. */
static vww_status begin_block(struct vww_maker *maker, struct vww_scope *scope)
{
    const struct vww_word *name = &maker->script->blocks[scope->blocks_known].head.words[1];
    if (vww_layer_kind_find(name) != NULL || find_block(maker, scope, name) != NULL)
        return vww_script_fail(maker->script, name, "a layer or block has this name already", NULL);
    scope->blocks_known++;
    return VWW_OK;
}

static vww_status make_statements(struct vww_maker *maker, struct vww_scope *scope)
{
    vww_status status = VWW_OK;
    for (scope->index = 0; scope->index < scope->statements->count && status == VWW_OK;
         scope->index++) {
        const struct vww_statement *statement = &scope->statements->items[scope->index];
        if (statement->word_count == 0) {
            status = begin_block(maker, scope);
        } else if (statement->label.length == 0) {
            status = vww_maker_directive(maker, scope, statement);
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
static vww_status check_all_read(const struct vww_maker *maker)
{
    const struct vww_graph *graph = maker->builder.graph;
    bool *read = vww_allocate((size_t)graph->tensor_count, sizeof *read);
    if (read == NULL)
        return vww_fail_memory(maker->script->error, (size_t)graph->tensor_count);
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int k = 0; k < graph->ops[i].input_count; k++)
            read[graph->ops[i].inputs[k]] = true;
    read[graph->output] = true;
    const struct vww_named *unread = NULL;
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

static vww_status finish(struct vww_maker *maker, const struct vww_scope *scope)
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

static vww_status make_network(struct vww_maker *maker)
{
    struct vww_scope *scope = vww_allocate(1, sizeof *scope);
    if (scope == NULL)
        return vww_fail_memory(maker->script->error, sizeof *scope);
    struct vww_statements rest = maker->script->top;
    rest.items++; /* after the version */
    rest.count--;
    *scope = (struct vww_scope){.statements = &rest, .input = -1, .previous = -1};
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
    struct vww_maker *maker = status == VWW_OK ? vww_allocate(1, sizeof *maker) : NULL;
    if (maker != NULL) {
        *maker = (struct vww_maker){.script = &script,
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
