/* A graph as text, one line for each layer: a convolution with its batch norm and activation is
 * one. The lines are those that description.c makes the same operators and tensors from, in the
 * same order and under the same names. */
#include "base/memory.h"
#include "vww/description.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    const struct vww_graph *graph;
    struct vww_buffer out;
    struct vww_error *error;
    float epsilon, momentum; /* of the last norm line */
    int32_t previous;        /* the tensor that the next line reads by default */
};

/* The shortest number that is read back as the same float. */
static void print_real(struct vww_buffer *out, const char *key, float value)
{
    char text[32];
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if ((float)strtod(text, NULL) == value)
            break;
    }
    vww_buffer_printf(out, "%s%s", key, text);
}

static vww_status fail(const struct writer *writer, const struct vww_op *op, const char *what)
{
    vww_fail(writer->error, VWW_ERROR_UNSUPPORTED, "%s", what);
    vww_error_place(writer->error, "operator %s (%s)", op->name, vww_op_name(op->kind));
    vww_error_remedy(writer->error, "only float networks before folding can be written as text");
    return VWW_ERROR_UNSUPPORTED;
}

/* What the reader takes as a name: a letter or '_', then letters, digits, '_', '-' and '/'. */
static bool is_name(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char later[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-/";
    return name[0] != '\0' && strchr(first, name[0]) != NULL &&
           strspn(name, later) == strlen(name) && strlen(name) < VWW_NAME_MAX - 16;
}

/* A network's name, which may become a file's. */
static bool is_plain(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-";
    return name[0] != '\0' && strspn(name, plain) == strlen(name);
}

static const struct vww_shape *shape_of(const struct writer *writer, int32_t tensor)
{
    return &writer->graph->tensors[tensor].shape;
}

/* The line's name for a tensor: of the first operator of the line that makes it. "pw1/relu6" is
 * what line pw1 ends in. */
static void print_reference(struct writer *writer, int32_t tensor)
{
    const char *name = writer->graph->tensors[tensor].name;
    size_t length = strlen(name);
    static const char *const endings[] = {"/bn", "/relu", "/relu6"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const size_t ending = strlen(endings[i]);
        if (length > ending && strcmp(name + length - ending, endings[i]) == 0)
            length -= ending;
    }
    vww_buffer_printf(&writer->out, "%.*s", (int)length, name);
}

static void print_inputs(struct writer *writer, const struct vww_op *op, int32_t count)
{
    if (count == 1 && op->inputs[0] == writer->previous)
        return;
    vww_buffer_text(&writer->out, " from=");
    for (int32_t i = 0; i < count; i++) {
        if (i > 0)
            vww_buffer_text(&writer->out, ",");
        print_reference(writer, op->inputs[i]);
    }
}

static void print_pair(struct writer *writer, const char *key, int32_t a, int32_t b)
{
    if (a == b)
        vww_buffer_printf(&writer->out, "%s%d", key, (int)a);
    else
        vww_buffer_printf(&writer->out, "%s%dx%d", key, (int)a, (int)b);
}

static void print_window(struct writer *writer, const struct vww_op *op, int32_t kernel_h,
                         int32_t kernel_w)
{
    if (op->stride_h != 1 || op->stride_w != 1)
        print_pair(writer, " stride=", op->stride_h, op->stride_w);
    if (op->padding == VWW_PADDING_VALID)
        vww_buffer_text(&writer->out, " pad=valid");
    if (op->padding != VWW_PADDING_EXPLICIT)
        return;
    if (op->pad_top == kernel_h / 2 && op->pad_bottom == kernel_h / 2 &&
        op->pad_left == kernel_w / 2 && op->pad_right == kernel_w / 2)
        vww_buffer_text(&writer->out, " pad=half");
    else
        vww_buffer_printf(&writer->out, " pad=%d,%d,%d,%d", (int)op->pad_top, (int)op->pad_bottom,
                          (int)op->pad_left, (int)op->pad_right);
}

static void print_weighted(struct writer *writer, const struct vww_op *op)
{
    const struct vww_shape *weights = shape_of(writer, op->inputs[1]);
    const struct vww_shape *in = shape_of(writer, op->inputs[0]);
    if (op->kind == VWW_OP_FULLY_CONNECTED) {
        vww_buffer_printf(&writer->out, "dense out=%d", (int)weights->dims[0]);
    } else {
        const bool depthwise = op->kind == VWW_OP_DEPTHWISE_CONV_2D;
        vww_buffer_printf(&writer->out, "%s %dx%d", depthwise ? "depthwise" : "conv",
                          (int)weights->dims[1], (int)weights->dims[2]);
        if (!depthwise)
            vww_buffer_printf(&writer->out, " out=%d", (int)weights->dims[0]);
        else if (weights->dims[3] != in->dims[3])
            vww_buffer_printf(&writer->out, " multiplier=%d",
                              (int)(weights->dims[3] / in->dims[3]));
        if (op->groups > 1 && !depthwise)
            vww_buffer_printf(&writer->out, " groups=%d", (int)op->groups);
        if (op->dilation_h > 1 || op->dilation_w > 1)
            print_pair(writer, " dilation=", op->dilation_h, op->dilation_w);
        print_window(writer, op, weights->dims[1], weights->dims[2]);
    }
    if (op->input_count == 3)
        vww_buffer_text(&writer->out, " bias");
}

static void print_pool(struct writer *writer, const struct vww_op *op)
{
    const struct vww_shape *in = shape_of(writer, op->inputs[0]);
    vww_buffer_text(&writer->out, op->kind == VWW_OP_MAX_POOL_2D ? "max_pool " : "average_pool ");
    if (op->padding == VWW_PADDING_VALID && op->kernel_h == in->dims[1] &&
        op->kernel_w == in->dims[2] && op->stride_h == 1 && op->stride_w == 1) {
        vww_buffer_text(&writer->out, "global");
        return;
    }
    vww_buffer_printf(&writer->out, "%dx%d", (int)op->kernel_h, (int)op->kernel_w);
    print_window(writer, op, op->kernel_h, op->kernel_w);
}

static void print_pad(struct writer *writer, const struct vww_op *op)
{
    const struct {
        const char *key;
        int32_t value;
    } sides[] = {{"top", op->pad_top},     {"bottom", op->pad_bottom}, {"left", op->pad_left},
                 {"right", op->pad_right}, {"front", op->pad_front},   {"back", op->pad_back}};
    vww_buffer_text(&writer->out, "pad");
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++)
        if (sides[i].value > 0)
            vww_buffer_printf(&writer->out, " %s=%d", sides[i].key, (int)sides[i].value);
}

static void print_shape(struct writer *writer, const char *kind, const struct vww_shape *shape)
{
    char text[64];
    vww_shape_text(shape, text, sizeof text);
    vww_buffer_printf(&writer->out, "%s%s%s", kind, shape->rank > 0 ? " " : "",
                      shape->rank > 0 ? text : "");
}

/* The kind and its own options. */
static vww_status print_kind(struct writer *writer, const struct vww_op *op)
{
    switch (op->kind) {
    case VWW_OP_CONV_2D:
    case VWW_OP_DEPTHWISE_CONV_2D:
    case VWW_OP_FULLY_CONNECTED:
        print_weighted(writer, op);
        return VWW_OK;
    case VWW_OP_AVERAGE_POOL_2D:
    case VWW_OP_MAX_POOL_2D:
        print_pool(writer, op);
        return VWW_OK;
    case VWW_OP_BATCH_NORM:
    case VWW_OP_RELU:
    case VWW_OP_RELU6:
    case VWW_OP_ADD:
    case VWW_OP_CONCAT:
        vww_buffer_text(&writer->out, vww_op_name(op->kind));
        return VWW_OK;
    case VWW_OP_SPLIT:
        vww_buffer_printf(&writer->out, "split parts=%d", (int)op->output_count);
        return VWW_OK;
    case VWW_OP_CHANNEL_SHUFFLE:
        vww_buffer_printf(&writer->out, "shuffle groups=%d", (int)op->groups);
        return VWW_OK;
    case VWW_OP_PAD:
        print_pad(writer, op);
        return VWW_OK;
    case VWW_OP_RESHAPE:
    case VWW_OP_MEAN:
        print_shape(writer, vww_op_name(op->kind), &op->shape);
        return VWW_OK;
    case VWW_OP_DROPOUT:
        print_real(&writer->out, "dropout keep=", op->keep_probability);
        return VWW_OK;
    case VWW_OP_SOFTMAX:
        vww_buffer_text(&writer->out, "softmax");
        if (op->beta != 1)
            print_real(&writer->out, " beta=", op->beta);
        return VWW_OK;
    default:
        return fail(writer, op, "the operator has no text");
    }
}

/* Whether operator i is <line>/<ending>, working on what the line made so far. */
static bool continues(const struct writer *writer, int32_t i, enum vww_op_kind kind,
                      const struct vww_op *line, int32_t tensor, const char *ending)
{
    char name[VWW_NAME_MAX];
    if (i >= writer->graph->op_count)
        return false;
    const struct vww_op *op = &writer->graph->ops[i];
    snprintf(name, sizeof name, "%.80s/%s", line->name, ending);
    return op->kind == kind && op->inputs[0] == tensor && strcmp(op->name, name) == 0;
}

static void print_norm(struct writer *writer, const struct vww_op *norm)
{
    if (norm->epsilon == writer->epsilon && norm->momentum == writer->momentum)
        return;
    writer->epsilon = norm->epsilon;
    writer->momentum = norm->momentum;
    print_real(&writer->out, "norm epsilon=", norm->epsilon);
    print_real(&writer->out, " momentum=", norm->momentum);
    vww_buffer_text(&writer->out, "\n");
}

/* One line from operator *i on; *i becomes the first operator of the next. */
static vww_status print_line(struct writer *writer, int32_t *i)
{
    const struct vww_op *op = &writer->graph->ops[*i];
    const bool weighted = op->kind == VWW_OP_CONV_2D || op->kind == VWW_OP_DEPTHWISE_CONV_2D ||
                          op->kind == VWW_OP_FULLY_CONNECTED;
    const int32_t inputs =
        op->kind == VWW_OP_ADD || op->kind == VWW_OP_CONCAT ? op->input_count : 1;
    int32_t tensor = op->outputs[0], next = *i + 1;
    if (!is_name(op->name))
        return fail(writer, op, "the operator's name cannot be written");
    if (op->activation != VWW_ACTIVATION_NONE)
        return fail(writer, op, "the operator has an activation of its own");
    const bool norm = weighted && continues(writer, next, VWW_OP_BATCH_NORM, op, tensor, "bn");
    if (norm)
        print_norm(writer, &writer->graph->ops[next]);
    else if (op->kind == VWW_OP_BATCH_NORM)
        print_norm(writer, op);
    vww_buffer_printf(&writer->out, "%s: ", op->name);
    const vww_status status = print_kind(writer, op);
    if (status != VWW_OK)
        return status;
    if (norm) {
        vww_buffer_text(&writer->out, " bn");
        tensor = writer->graph->ops[next++].outputs[0];
    }
    const bool may_activate = weighted || op->kind == VWW_OP_BATCH_NORM || op->kind == VWW_OP_ADD ||
                              op->kind == VWW_OP_CONCAT;
    for (int relu6 = 0; relu6 < 2 && may_activate; relu6++)
        if (continues(writer, next, relu6 ? VWW_OP_RELU6 : VWW_OP_RELU, op, tensor,
                      relu6 ? "relu6" : "relu")) {
            vww_buffer_text(&writer->out, relu6 ? " relu6" : " relu");
            tensor = writer->graph->ops[next++].outputs[0];
            break;
        }
    print_inputs(writer, op, inputs);
    vww_buffer_text(&writer->out, "\n");
    writer->previous = tensor;
    *i = next;
    return VWW_OK;
}

static void print_family(struct writer *writer)
{
    char text[32];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, writer->graph->depth_multiplier);
        if (strtod(text, NULL) == writer->graph->depth_multiplier)
            break;
    }
    vww_buffer_printf(&writer->out, "family %s %s\n", writer->graph->family, text);
}

static void print_head(struct writer *writer)
{
    const struct vww_graph *graph = writer->graph;
    const struct vww_preprocessing *image = &graph->preprocessing;
    const struct vww_shape *input = shape_of(writer, graph->input);
    const struct vww_shape *output = shape_of(writer, graph->output);
    vww_buffer_printf(&writer->out, "vww-network %d\n\nname %s\n", VWW_DESCRIPTION_VERSION,
                      graph->name);
    if (graph->family[0] != '\0')
        print_family(writer);
    vww_buffer_printf(&writer->out, "input %s %dx%dx%d\n", graph->tensors[graph->input].name,
                      (int)input->dims[1], (int)input->dims[2], (int)input->dims[3]);
    vww_buffer_printf(&writer->out, "classes %d\n", (int)output->dims[output->rank - 1]);
    if (image->mean != 128 || image->scale != 1.0f / 128 ||
        strcmp(image->resize, "stretch-bilinear-antialias") != 0) {
        print_real(&writer->out, "preprocessing mean=", image->mean);
        print_real(&writer->out, " scale=", image->scale);
        vww_buffer_printf(&writer->out, " resize=%s\n", image->resize);
    }
    vww_buffer_text(&writer->out, "\n");
}

vww_status vww_description_write(const struct vww_graph *graph, char **text,
                                 struct vww_error *error)
{
    struct writer writer = {.graph = graph, .error = error, .previous = graph->input};
    *text = NULL;
    vww_status status = vww_graph_check(graph, false, error);
    if (status == VWW_OK &&
        (shape_of(&writer, graph->input)->rank != 4 || shape_of(&writer, graph->output)->rank < 1))
        status = vww_fail(error, VWW_ERROR_UNSUPPORTED, "the network's input is no image");
    if (status == VWW_OK && (!is_name(graph->tensors[graph->input].name) || !is_plain(graph->name)))
        status = vww_fail(error, VWW_ERROR_UNSUPPORTED,
                          "the name of the network or of its input cannot be written");
    if (status != VWW_OK)
        return status;
    print_head(&writer);
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK;)
        status = print_line(&writer, &i);
    vww_buffer_append(&writer.out, "", 1); /* the end of the text */
    if (status == VWW_OK && writer.out.failed)
        status = vww_fail_memory(error, writer.out.size);
    if (status != VWW_OK)
        vww_buffer_fini(&writer.out);
    *text = (char *)writer.out.data;
    return status;
}

void vww_description_free(char *text)
{
    vww_free(text);
}
