/* Layers of network texts: their options, and the operators that they become. */
#include "model/description_maker.h"

#include <stdio.h>
#include <string.h>

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

static vww_status set_flag(struct vww_maker *maker, const struct vww_word *word,
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
static vww_status set_pair(struct vww_maker *maker, const struct vww_scope *scope,
                           const struct vww_word *word, int64_t pair[2])
{
    int32_t found;
    const vww_status status = vww_maker_evaluate_list(maker, scope, word, 'x', 1, 2, pair, &found);
    if (status == VWW_OK && found == 1)
        pair[1] = pair[0];
    return status;
}

static vww_status set_padding(struct vww_maker *maker, const struct vww_scope *scope,
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
    const vww_status status =
        vww_maker_evaluate_list(maker, scope, word, ',', 0, 4, arguments->pad, &found);
    if (status == VWW_OK && found != 4)
        return vww_script_fail(maker->script, word, "the padding is not understood",
                               "same, valid, half, or TOP,BOTTOM,LEFT,RIGHT");
    return status;
}

static vww_status set_shape(struct vww_maker *maker, const struct vww_scope *scope,
                            const struct vww_word *word, struct arguments *arguments)
{
    int64_t dims[VWW_MAX_RANK];
    const vww_status status = vww_maker_evaluate_list(maker, scope, word, 'x', 1, VWW_MAX_RANK,
                                                      dims, &arguments->shape.rank);
    for (int i = 0; status == VWW_OK && i < arguments->shape.rank; i++)
        arguments->shape.dims[i] = (int32_t)dims[i];
    return status;
}

static vww_status set_inputs(struct vww_maker *maker, const struct vww_scope *scope,
                             const struct vww_word *word, struct arguments *arguments)
{
    arguments->input_count = 0;
    for (struct vww_word rest = *word;;) {
        int32_t end = 0;
        while (end < rest.length && rest.text[end] != ',')
            end++;
        const struct vww_word name = {rest.text, end, rest.line, rest.column};
        if (arguments->input_count == VWW_MAX_INPUTS)
            return vww_script_fail(maker->script, &name, "too many inputs", "16");
        const vww_status status = vww_maker_find_tensor(
            maker, scope, &name, &arguments->inputs[arguments->input_count++]);
        if (status != VWW_OK || end == rest.length)
            return status;
        rest = vww_word_from(&rest, end + 1);
    }
}

/* --- layers ----------------------------------------------------------------------------------- */

/* Each kind of layer: its options, of which those before '|' must be there. "window" stands for
 * KxK, "size" for KxK or global. */
struct vww_layer_kind {
    const char *name;
    enum vww_op_kind kind;
    const char *options;
    int32_t inputs; /* how many; 0: two or more */
};
static const struct vww_layer_kind kinds[] = {
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

const struct vww_layer_kind *vww_layer_kind_find(const struct vww_word *word)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (vww_word_is(word, kinds[i].name))
            return &kinds[i];
    return NULL;
}

size_t vww_layer_kind_names(const char **names, size_t most)
{
    size_t count = 0;
    for (; count < KIND_COUNT && count < most; count++)
        names[count] = kinds[count].name;
    return count;
}

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

static vww_status set_option(struct vww_maker *maker, const struct vww_scope *scope,
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
            return vww_maker_evaluate(maker, scope, value, numbers[i].low, INT32_MAX,
                                      numbers[i].value);
    if (vww_word_is(key, "stride"))
        return set_pair(maker, scope, value, arguments->stride);
    if (vww_word_is(key, "dilation"))
        return set_pair(maker, scope, value, arguments->dilation);
    if (vww_word_is(key, "pad"))
        return set_padding(maker, scope, value, arguments);
    if (vww_word_is(key, "keep"))
        return vww_maker_real(maker, value, 1e-6, 1, &arguments->keep);
    if (vww_word_is(key, "beta"))
        return vww_maker_real(maker, value, 1e-6, 1e6, &arguments->beta);
    return set_inputs(maker, scope, value, arguments); /* from */
}

static vww_status fail_option(struct vww_maker *maker, const struct vww_layer_kind *kind,
                              const struct vww_word *word)
{
    vww_script_fail(maker->script, word, "the layer has no such option", NULL);
    vww_error_allowed(maker->script->error, "%s %s", kind->name, kind->options);
    return VWW_ERROR_FORMAT;
}

/* One word after the kind. seen: the options so far, for those that must be there. */
static vww_status read_argument(struct vww_maker *maker, const struct vww_scope *scope,
                                const struct vww_layer_kind *kind, const struct vww_word *word,
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

static vww_status read_arguments(struct vww_maker *maker, struct vww_scope *scope,
                                 const struct vww_layer_kind *kind,
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

static struct vww_op op_from(const struct vww_layer_kind *kind, const struct arguments *arguments)
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
static vww_status fail_layer(struct vww_maker *maker, const struct vww_word *at)
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

vww_status vww_maker_layer(struct vww_maker *maker, struct vww_scope *scope,
                           const struct vww_layer_kind *kind, const struct vww_statement *statement,
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
    return vww_maker_add_name(
        maker, statement->label.length > 0 ? &statement->label : &statement->words[0], name, tensor,
        kind->kind == VWW_OP_SPLIT ? (int32_t)arguments.parts : 1);
}
