/* A .tflite file becomes a graph. The FlatBuffer is verified as a whole first; what is checked here
 * is that its numbers make sense together. */
#include "base/file.h"
#include "base/memory.h"
#include "tflite/edges.h"
#include "tflite/metadata.h"
#include "tflite/operators.h"
#include "tflite/rewrite.h"
#include "vww/tflite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LARGEST_FILE ((size_t)1 << 30)
/* Tensors may share a buffer, but what is copied from the file stays within a multiple of it. */
#define COPIES_OF_FILE 4

struct reader {
    const char *name;  /* of the file */
    size_t bytes_left; /* that may still be copied into the graph */
    struct fb_table model, subgraph;
    uint32_t tensor_count;
    /* For each of the file's tensors. */
    int32_t *index;       /* in the graph; -1: not used */
    enum vww_role *roles; /* what the operators use it as */
    bool *used;
    struct vww_graph *graph;
    struct vww_error *error;
};

static vww_status fail(const struct reader *r, vww_status status, const char *what)
{
    vww_fail(r->error, status, "%s", what);
    vww_error_at(r->error, r->name, -1);
    return status;
}

static struct fb_table file_tensor(const struct reader *r, int32_t index)
{
    return fb_table_at(r->subgraph, SUBGRAPH_TENSORS, (uint32_t)index);
}

static const char *tensor_name(const struct reader *r, int32_t index)
{
    return fb_string(file_tensor(r, index), TENSOR_NAME);
}

static vww_status fail_tensor(const struct reader *r, vww_status status, int32_t tensor,
                              const char *what)
{
    fail(r, status, what);
    vww_error_at(r->error, r->name, (int64_t)file_tensor(r, tensor).at);
    vww_error_place(r->error, "tensor %d (%.90s)", (int)tensor, tensor_name(r, tensor));
    return status;
}

/* --- operators: which there are, and what they use
 * ----------------------------------------------*/

struct file_operator {
    uint32_t index;
    struct fb_table table;
    int32_t code;
    const struct tflite_operator *format;
    struct fb_vector inputs, outputs;
};

static vww_status fail_operator(const struct reader *r, vww_status status,
                                const struct file_operator *op, const char *what)
{
    const char *name = tflite_code_name(op->code);
    fail(r, status, what);
    vww_error_at(r->error, r->name, (int64_t)op->table.at);
    if (op->outputs.count > 0 && fb_i32_at(op->outputs, 0) >= 0 &&
        (uint32_t)fb_i32_at(op->outputs, 0) < r->tensor_count)
        vww_error_place(r->error, "operator %u (%s), which makes tensor %.60s", op->index,
                        name != NULL ? name : "?", tensor_name(r, fb_i32_at(op->outputs, 0)));
    else
        vww_error_place(r->error, "operator %u (%s)", op->index, name != NULL ? name : "?");
    return status;
}

/* What would make a model with an unsupported operator readable. */
static const char *remedy_of(int32_t code)
{
    switch (code) {
    case CODE_IF:
    case CODE_WHILE:
        return "control flow is not supported: convert the model with its conditions and loops "
               "unrolled";
    case CODE_CUSTOM_OPERATOR:
        return "convert the model without custom operators, such as post-processing of detections";
    default:
        return "replace the operator in the network by supported ones and convert it again";
    }
}

static vww_status find_code(const struct reader *r, struct file_operator *op)
{
    const uint32_t number = fb_u32(op->table, OPERATOR_CODE_INDEX, 0);
    op->code = -1;
    if (number >= fb_vector(r->model, MODEL_OPERATOR_CODES).count)
        return fail_operator(r, VWW_ERROR_FORMAT, op, "its operator code does not exist");
    const struct fb_table code = fb_table_at(r->model, MODEL_OPERATOR_CODES, number);
    /* Files older than the field of 32 bits have the code in the one of 8; newer ones have the
     * larger of both. */
    const int64_t deprecated = fb_integer(code, CODE_DEPRECATED_BUILTIN, 1, 0);
    const int64_t builtin = fb_integer(code, CODE_BUILTIN, 4, 0);
    op->code = (int32_t)(builtin > deprecated ? builtin : deprecated);
    op->format = tflite_operator_of_code(op->code);
    if (op->format != NULL)
        return VWW_OK;
    char list[256];
    tflite_operator_list(list, sizeof list);
    fail_operator(r, VWW_ERROR_UNSUPPORTED, op, "the operator is not supported");
    vww_error_remedy(r->error, "%s", remedy_of(op->code));
    if (op->code == CODE_CUSTOM_OPERATOR)
        vww_error_seen(r->error, "a custom operator, %.100s", fb_string(code, CODE_CUSTOM));
    else
        vww_error_seen(r->error, "operator code %d", (int)op->code);
    vww_error_allowed(r->error, "%s", list);
    return VWW_ERROR_UNSUPPORTED;
}

static bool is_tensor(const struct reader *r, int32_t tensor)
{
    return tensor >= 0 && (uint32_t)tensor < r->tensor_count;
}

static vww_status fail_counts(const struct reader *r, const struct file_operator *op)
{
    fail_operator(r, VWW_ERROR_UNSUPPORTED, op, "it has a wrong number of inputs or outputs");
    vww_error_seen(r->error, "%u inputs, %u outputs", op->inputs.count, op->outputs.count);
    vww_error_allowed(r->error, "%d to %d inputs, 1 to %d outputs", op->format->inputs_least,
                      op->format->inputs_most, vww_op_outputs_most(op->format->kind));
    return VWW_ERROR_UNSUPPORTED;
}

static vww_status get_operator(const struct reader *r, uint32_t index, struct file_operator *op)
{
    *op = (struct file_operator){.index = index,
                                 .table = fb_table_at(r->subgraph, SUBGRAPH_OPERATORS, index)};
    op->inputs = fb_vector(op->table, OPERATOR_INPUTS);
    op->outputs = fb_vector(op->table, OPERATOR_OUTPUTS);
    const vww_status status = find_code(r, op);
    if (status != VWW_OK)
        return status;
    uint32_t inputs = op->inputs.count;
    while (inputs > 0 && fb_i32_at(op->inputs, inputs - 1) == -1)
        inputs--; /* -1 stands for an optional input that is left out */
    op->inputs.count = inputs;
    if (inputs < (uint32_t)op->format->inputs_least || inputs > (uint32_t)op->format->inputs_most ||
        op->outputs.count < 1 ||
        op->outputs.count > (uint32_t)vww_op_outputs_most(op->format->kind))
        return fail_counts(r, op);
    for (uint32_t i = 0; i < inputs; i++)
        if (!is_tensor(r, fb_i32_at(op->inputs, i)))
            return fail_operator(r, VWW_ERROR_FORMAT, op, "one of its inputs does not exist");
    for (uint32_t i = 0; i < op->outputs.count; i++)
        if (!is_tensor(r, fb_i32_at(op->outputs, i)))
            return fail_operator(r, VWW_ERROR_FORMAT, op, "one of its outputs does not exist");
    return VWW_OK;
}

/* The constant of a tensor, count 0 where it has none. */
static vww_status constant_of(const struct reader *r, int32_t tensor, struct fb_vector *data)
{
    const struct fb_table table = file_tensor(r, tensor);
    const uint32_t number = fb_u32(table, TENSOR_BUFFER, 0);
    *data = (struct fb_vector){0};
    if (fb_u32(table, TENSOR_EXTERNAL_BUFFER, 0) != 0)
        return fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor,
                           "its data lies outside the file, which is not supported");
    if (number >= fb_vector(r->model, MODEL_BUFFERS).count)
        return fail_tensor(r, VWW_ERROR_FORMAT, tensor, "its buffer does not exist");
    const struct fb_table buffer = fb_table_at(r->model, MODEL_BUFFERS, number);
    if (fb_integer(buffer, BUFFER_OFFSET, 8, 0) != 0)
        return fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor,
                           "its data lies behind the FlatBuffer, which is not supported");
    *data = fb_vector(buffer, BUFFER_DATA);
    return VWW_OK;
}

/* How many inputs the graph's operator has, and which of the file's each is. */
static int graph_inputs(const struct file_operator *op)
{
    const int left = (int)op->inputs.count - op->format->first_input;
    return left < op->format->graph_inputs ? left : op->format->graph_inputs;
}

static int32_t graph_input(const struct file_operator *op, int i)
{
    return fb_i32_at(op->inputs, (uint32_t)(op->format->first_input + i));
}

/* Note which tensors the operator uses, and as what. */
static vww_status mark_tensors(struct reader *r, const struct file_operator *op)
{
    int constants = 0;
    for (int i = 0; i < graph_inputs(op); i++) {
        const int32_t tensor = graph_input(op, i);
        struct fb_vector data;
        const vww_status status = constant_of(r, tensor, &data);
        if (status != VWW_OK)
            return status;
        if (op->format->takes_constant && data.count > 0 && constants++ == 0) {
            r->used[tensor] = true;
            r->roles[tensor] = VWW_ROLE_CONSTANT;
            continue;
        }
        if ((op->format->roles[i] == VWW_ROLE_ACTIVATION) != (data.count == 0)) {
            fail_operator(r, VWW_ERROR_UNSUPPORTED, op,
                          data.count == 0 ? "its weights or bias are not constant"
                                          : "its input is a constant");
            vww_error_seen(r->error, "tensor %d (%.90s)", (int)tensor, tensor_name(r, tensor));
            return VWW_ERROR_UNSUPPORTED;
        }
        r->used[tensor] = true;
        r->roles[tensor] = op->format->roles[i];
    }
    for (uint32_t i = 0; i < op->outputs.count; i++)
        r->used[fb_i32_at(op->outputs, i)] = true;
    return VWW_OK;
}

/* --- tensors
 * ------------------------------------------------------------------------------------*/

static vww_status read_type(const struct reader *r, int32_t tensor, enum vww_dtype *dtype)
{
    const int64_t type = fb_integer(file_tensor(r, tensor), TENSOR_TYPE, 1, TYPE_FLOAT32);
    switch (type) {
    case TYPE_FLOAT32:
        *dtype = VWW_FLOAT32;
        return VWW_OK;
    case TYPE_INT8:
        *dtype = VWW_INT8;
        return VWW_OK;
    case TYPE_UINT8:
        *dtype = VWW_UINT8;
        return VWW_OK;
    case TYPE_INT32:
        *dtype = VWW_INT32;
        return VWW_OK;
    case TYPE_INT64:
        *dtype = VWW_INT64;
        return VWW_OK;
    default:
        fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor, "its data type is not supported");
        vww_error_seen(r->error, "type %d of the format", (int)type);
        vww_error_allowed(r->error, "float32, int8, uint8, int32, int64");
        return VWW_ERROR_UNSUPPORTED;
    }
}

static vww_status read_shape(const struct reader *r, int32_t tensor, struct vww_shape *shape)
{
    const struct fb_vector dims = fb_vector(file_tensor(r, tensor), TENSOR_SHAPE);
    const struct fb_vector signature = fb_vector(file_tensor(r, tensor), TENSOR_SHAPE_SIGNATURE);
    if (dims.count > VWW_MAX_RANK) {
        fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor, "it has too many dimensions");
        vww_error_seen(r->error, "%u", dims.count);
        vww_error_allowed(r->error, "at most %d", VWW_MAX_RANK);
        return VWW_ERROR_UNSUPPORTED;
    }
    *shape = (struct vww_shape){.rank = (int)dims.count};
    for (uint32_t i = 0; i < dims.count; i++)
        shape->dims[i] = fb_i32_at(dims, i);
    if (vww_shape_elements(shape) < 0)
        return fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor,
                           "its shape is dynamic or impossible; only fixed shapes are supported");
    /* A batch of unknown size is taken as the one image that the shape says. */
    for (uint32_t i = 1; i < signature.count; i++)
        if (fb_i32_at(signature, i) < 0)
            return fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor,
                               "its shape is dynamic; only fixed shapes are supported");
    if (r->roles[tensor] == VWW_ROLE_ACTIVATION && shape->rank == 4 && shape->dims[0] != 1) {
        fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor, "only one image at a time is supported");
        vww_error_seen(r->error, "a batch of %d", (int)shape->dims[0]);
        return VWW_ERROR_UNSUPPORTED;
    }
    return VWW_OK;
}

/* Account for bytes that are copied from the file. */
static vww_status take_bytes(struct reader *r, int32_t tensor, size_t bytes)
{
    if (bytes > r->bytes_left)
        return fail_tensor(r, VWW_ERROR_FORMAT, tensor,
                           "the constants are many times larger than the file");
    r->bytes_left -= bytes;
    return VWW_OK;
}

static vww_status check_quantization(const struct reader *r, int32_t tensor,
                                     struct fb_table quantization, const struct vww_shape *shape)
{
    const struct fb_vector scales = fb_vector(quantization, QUANTIZATION_SCALE);
    const struct fb_vector zeros = fb_vector(quantization, QUANTIZATION_ZERO_POINT);
    const int32_t axis = (int32_t)fb_integer(quantization, QUANTIZATION_DIMENSION, 4, 0);
    if (fb_u8(quantization, QUANTIZATION_DETAILS_TYPE, 0) != 0)
        return fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor,
                           "it has a quantization of a custom kind");
    if (zeros.count != scales.count)
        return fail_tensor(r, VWW_ERROR_FORMAT, tensor, "it has not as many zero points as scales");
    if (scales.count > 1 &&
        (axis < 0 || axis >= shape->rank || (uint32_t)shape->dims[axis] != scales.count)) {
        char text[64];
        vww_shape_text(shape, text, sizeof text);
        fail_tensor(r, VWW_ERROR_FORMAT, tensor, "its scales do not fit its shape");
        vww_error_seen(r->error, "%u scales along dimension %d of %s", scales.count, (int)axis,
                       text);
        return VWW_ERROR_FORMAT;
    }
    for (uint32_t i = 0; i < scales.count; i++) {
        const int64_t zero = fb_i64_at(zeros, i);
        const float scale = fb_f32_at(scales, i);
        if (!isfinite(scale) || scale < 0 || zero < INT32_MIN || zero > INT32_MAX) {
            fail_tensor(r, VWW_ERROR_FORMAT, tensor, "its quantization is impossible");
            vww_error_seen(r->error, "scale %g, zero point %lld", (double)scale, (long long)zero);
            return VWW_ERROR_FORMAT;
        }
    }
    return VWW_OK;
}

static vww_status read_quantization(struct reader *r, int32_t tensor, struct vww_tensor *to)
{
    struct fb_table quantization;
    if (!fb_child(file_tensor(r, tensor), TENSOR_QUANTIZATION, &quantization))
        return VWW_OK;
    vww_status status = check_quantization(r, tensor, quantization, &to->shape);
    if (status != VWW_OK)
        return status;
    const struct fb_vector low = fb_vector(quantization, QUANTIZATION_MIN);
    const struct fb_vector high = fb_vector(quantization, QUANTIZATION_MAX);
    if (to->role == VWW_ROLE_ACTIVATION && low.count == 1 && high.count == 1) {
        to->range_low = fb_f32_at(low, 0);
        to->range_high = fb_f32_at(high, 0);
    }
    const struct fb_vector scales = fb_vector(quantization, QUANTIZATION_SCALE);
    const struct fb_vector zeros = fb_vector(quantization, QUANTIZATION_ZERO_POINT);
    if (scales.count == 0)
        return VWW_OK;
    const int64_t axis = fb_integer(quantization, QUANTIZATION_DIMENSION, 4, 0);
    const bool has_axis = axis >= 0 && axis < to->shape.rank; /* without meaning for one scale */
    status = take_bytes(r, tensor, (size_t)scales.count * 8);
    if (status == VWW_OK)
        status = vww_tensor_quantize_axis(to, has_axis ? (int32_t)axis : 0, (int32_t)scales.count,
                                          r->error);
    for (uint32_t i = 0; i < scales.count && status == VWW_OK; i++) {
        to->quantization.scales[i] = fb_f32_at(scales, i);
        to->quantization.zero_points[i] = (int32_t)fb_i64_at(zeros, i);
    }
    return status;
}

static vww_status read_data(struct reader *r, int32_t tensor, struct vww_tensor *to)
{
    struct fb_vector data;
    vww_status status = constant_of(r, tensor, &data);
    if (status != VWW_OK)
        return status;
    const int64_t elements = vww_shape_elements(&to->shape);
    if ((uint64_t)elements > data.count ||
        (uint64_t)elements * vww_dtype_bytes(to->dtype) != data.count) {
        char shape[64];
        vww_shape_text(&to->shape, shape, sizeof shape);
        fail_tensor(r, VWW_ERROR_FORMAT, tensor, "its data does not fit its shape");
        vww_error_seen(r->error, "%u bytes for %s of %s", data.count, shape,
                       vww_dtype_name(to->dtype));
        return VWW_ERROR_FORMAT;
    }
    status = take_bytes(r, tensor, data.count);
    if (status == VWW_OK)
        status = vww_tensor_allocate(to, r->error);
    if (status == VWW_OK)
        memcpy(to->data, data.data, data.count);
    return status;
}

static vww_status read_tensor(struct reader *r, int32_t tensor)
{
    enum vww_dtype dtype;
    struct vww_shape shape;
    vww_status status = read_type(r, tensor, &dtype);
    if (status == VWW_OK)
        status = read_shape(r, tensor, &shape);
    if (status != VWW_OK)
        return status;
    const int32_t index =
        vww_graph_tensor(r->graph, tensor_name(r, tensor), dtype, r->roles[tensor], &shape);
    if (index < 0)
        return vww_fail_memory(r->error, sizeof(struct vww_tensor));
    r->index[tensor] = index;
    struct vww_tensor *to = &r->graph->tensors[index];
    status = read_quantization(r, tensor, to);
    if (status == VWW_OK && to->role != VWW_ROLE_ACTIVATION)
        status = read_data(r, tensor, to);
    return status;
}

/* --- the graph
 * ----------------------------------------------------------------------------------*/

/* The integers of a constant input; none where it is no constant or has too many. */
static vww_status read_integers(const struct reader *r, int32_t tensor,
                                struct tflite_integers *integers)
{
    struct fb_vector data;
    const int64_t type = fb_integer(file_tensor(r, tensor), TENSOR_TYPE, 1, TYPE_FLOAT32);
    const uint32_t width = type == TYPE_INT32 ? 4 : type == TYPE_INT64 ? 8 : 0;
    const vww_status status = constant_of(r, tensor, &data);
    integers->count = 0;
    if (status != VWW_OK || width == 0 || data.count % width != 0 ||
        data.count / width > TFLITE_MAX_INTEGERS)
        return status;
    integers->count = (int32_t)(data.count / width);
    for (uint32_t i = 0; i < (uint32_t)integers->count; i++) {
        const int64_t value = width == 4
                                  ? fb_i32_at((struct fb_vector){data.data, data.count / 4}, i)
                                  : fb_i64_at((struct fb_vector){data.data, data.count / 8}, i);
        if (value < INT32_MIN || value > INT32_MAX)
            return fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor, "its numbers are too large");
        integers->values[i] = (int32_t)value;
    }
    return VWW_OK;
}

static vww_status read_options(struct reader *r, const struct file_operator *from,
                               struct vww_op *op)
{
    struct fb_table options;
    struct tflite_reading reading = {
        .input = &r->graph->tensors[op->inputs[0]].shape,
        .output = &r->graph->tensors[op->outputs[0]].shape,
        .output_count = op->output_count,
    };
    if (from->format->read == NULL)
        return VWW_OK;
    if (fb_u8(from->table, OPERATOR_OPTIONS_TYPE, 0) == from->format->options_type &&
        fb_child(from->table, OPERATOR_OPTIONS, &options))
        reading.options = &options;
    else if (from->format->needs_options)
        return fail_operator(r, VWW_ERROR_FORMAT, from, "it has no options of its kind");
    for (uint32_t i = 0; i < from->inputs.count && i < TFLITE_MAX_CONSTANTS; i++) {
        const vww_status status =
            read_integers(r, fb_i32_at(from->inputs, i), &reading.integers[i]);
        if (status != VWW_OK)
            return status;
    }
    const char *wrong = from->format->read(&reading, op);
    if (wrong == NULL)
        return VWW_OK;
    fail_operator(r, VWW_ERROR_UNSUPPORTED, from, wrong);
    vww_error_remedy(r->error, "change the layer in the network and convert it again");
    return VWW_ERROR_UNSUPPORTED;
}

/* Not stored: each group reads the weights' number of input channels. */
static int32_t groups_of(const struct reader *r, const struct vww_op *op)
{
    const struct vww_shape *in = &r->graph->tensors[op->inputs[0]].shape;
    const struct vww_shape *weights = &r->graph->tensors[op->inputs[1]].shape;
    return in->rank == 4 && weights->rank == 4 ? in->dims[3] / weights->dims[3] : 1;
}

static vww_status read_operator(struct reader *r, uint32_t index)
{
    struct file_operator from;
    vww_status status = get_operator(r, index, &from);
    if (status != VWW_OK)
        return status;
    struct vww_op op = {.kind = from.format->kind, .output_count = (int32_t)from.outputs.count};
    snprintf(op.name, sizeof op.name, "%s_%u", vww_op_name(op.kind), from.index);
    for (int i = 0; i < graph_inputs(&from); i++)
        op.inputs[op.input_count++] = r->index[graph_input(&from, i)];
    for (uint32_t i = 0; i < from.outputs.count; i++)
        op.outputs[i] = r->index[fb_i32_at(from.outputs, i)];
    if (op.kind == VWW_OP_CONV_2D)
        op.groups = groups_of(r, &op);
    if (from.format->takes_constant &&
        r->graph->tensors[op.inputs[0]].role == VWW_ROLE_CONSTANT) { /* the order means nothing */
        const int32_t constant = op.inputs[0];
        op.inputs[0] = op.inputs[1];
        op.inputs[1] = constant;
    }
    status = read_options(r, &from, &op);
    if (status != VWW_OK)
        return status;
    status = vww_graph_append(r->graph, &op, r->error);
    if (status != VWW_OK)
        vww_error_at(r->error, r->name, (int64_t)from.table.at);
    return status;
}

/* How bytes become the input where the file does not say: so that an int8 input's integers are the
 * bytes less 128, and a float input's values lie in 0 … 1. */
static void assume_preprocessing(struct vww_graph *graph)
{
    const struct vww_tensor *input = &graph->tensors[graph->input];
    struct vww_preprocessing *p = &graph->preprocessing;
    p->mean = 0;
    p->scale = 1.0f / 255;
    if (graph->input_edge != VWW_EDGE_FLOAT && input->dtype == VWW_INT8 &&
        input->quantization.count == 1) {
        p->mean = 128 + (float)input->quantization.zero_points[0];
        p->scale = input->quantization.scales[0];
    }
}

/* The metadata of that name, or NULL data. */
static vww_status find_metadata(const struct reader *r, struct fb_vector *data)
{
    *data = (struct fb_vector){0};
    for (uint32_t i = 0; i < fb_vector(r->model, MODEL_METADATA).count; i++) {
        const struct fb_table entry = fb_table_at(r->model, MODEL_METADATA, i);
        if (strcmp(fb_string(entry, METADATA_NAME), TFLITE_METADATA_NAME) != 0)
            continue;
        const uint32_t buffer = fb_u32(entry, METADATA_BUFFER, 0);
        if (buffer >= fb_vector(r->model, MODEL_BUFFERS).count)
            return fail(r, VWW_ERROR_FORMAT, "the metadata's buffer does not exist");
        *data = fb_vector(fb_table_at(r->model, MODEL_BUFFERS, buffer), BUFFER_DATA);
        return VWW_OK;
    }
    return VWW_OK;
}

static vww_status read_ends(struct reader *r, int32_t *input, int32_t *output)
{
    const struct fb_vector inputs = fb_vector(r->subgraph, SUBGRAPH_INPUTS);
    const struct fb_vector outputs = fb_vector(r->subgraph, SUBGRAPH_OUTPUTS);
    if (inputs.count != 1 || outputs.count != 1) {
        fail(r, VWW_ERROR_UNSUPPORTED, "only models with one input and one output are supported");
        vww_error_seen(r->error, "%u inputs, %u outputs", inputs.count, outputs.count);
        return VWW_ERROR_UNSUPPORTED;
    }
    *input = fb_i32_at(inputs, 0);
    *output = fb_i32_at(outputs, 0);
    if (!is_tensor(r, *input) || !is_tensor(r, *output))
        return fail(r, VWW_ERROR_FORMAT, "the model's input or output does not exist");
    return VWW_OK;
}

static vww_status read_graph(struct reader *r)
{
    const uint32_t operators = fb_vector(r->subgraph, SUBGRAPH_OPERATORS).count;
    int32_t input, output;
    vww_status status = read_ends(r, &input, &output);
    if (status != VWW_OK)
        return status;
    r->used[input] = r->used[output] = true;
    for (uint32_t i = 0; i < operators && status == VWW_OK; i++) {
        struct file_operator op;
        status = get_operator(r, i, &op);
        if (status == VWW_OK)
            status = mark_tensors(r, &op);
    }
    for (uint32_t i = 0; i < r->tensor_count && status == VWW_OK; i++)
        if (r->used[i])
            status = read_tensor(r, (int32_t)i);
    for (uint32_t i = 0; i < operators && status == VWW_OK; i++)
        status = read_operator(r, i);
    if (status != VWW_OK)
        return status;
    r->graph->input = r->index[input];
    r->graph->output = r->index[output];
    status = tflite_settle_types(r->graph, r->error);
    if (status == VWW_OK)
        status = tflite_contract(r->graph, r->error);
    if (status == VWW_OK && r->graph->op_count == 0)
        status = vww_fail(r->error, VWW_ERROR_UNSUPPORTED, "the model computes nothing");
    if (status != VWW_OK) {
        vww_error_at(r->error, r->name, -1);
        return status;
    }
    assume_preprocessing(r->graph);
    struct fb_vector metadata;
    status = find_metadata(r, &metadata);
    if (status == VWW_OK && metadata.data != NULL)
        status = tflite_metadata_read(metadata.data, metadata.count, r->name, r->graph, r->error);
    if (status == VWW_OK) {
        status = vww_graph_check(r->graph, true, r->error);
        if (status != VWW_OK)
            vww_error_at(r->error, r->name, -1);
    }
    return status;
}

/* Where a model has several subgraphs, an operator of the first that calls another is in the way.
 */
static vww_status fail_subgraphs(struct reader *r, uint32_t subgraphs)
{
    vww_status status = VWW_OK;
    r->subgraph = fb_table_at(r->model, MODEL_SUBGRAPHS, 0);
    r->tensor_count = fb_vector(r->subgraph, SUBGRAPH_TENSORS).count;
    const uint32_t operators = fb_vector(r->subgraph, SUBGRAPH_OPERATORS).count;
    for (uint32_t i = 0; i < operators && status == VWW_OK; i++) {
        struct file_operator op = {.index = i,
                                   .table = fb_table_at(r->subgraph, SUBGRAPH_OPERATORS, i)};
        op.outputs = fb_vector(op.table, OPERATOR_OUTPUTS);
        status = find_code(r, &op);
    }
    if (status == VWW_OK) {
        status = fail(r, VWW_ERROR_UNSUPPORTED, "only models of one subgraph are supported");
        vww_error_remedy(r->error, "control flow (IF, WHILE) is not supported; convert one "
                                   "signature of the model, without it");
    }
    vww_error_seen(r->error, "%u subgraphs", subgraphs);
    return status;
}

/* Verify, and find the only subgraph. */
static vww_status open_model(struct reader *r, const void *data, size_t bytes)
{
    if (bytes < 8 || memcmp((const uint8_t *)data + 4, TFLITE_IDENTIFIER, 4) != 0) {
        fail(r, VWW_ERROR_FORMAT, "not a .tflite model");
        vww_error_allowed(r->error, "a FlatBuffer with the identifier " TFLITE_IDENTIFIER);
        return VWW_ERROR_FORMAT;
    }
    const vww_status status =
        fb_verify(data, bytes, &tflite_model_schema, r->name, &r->model, r->error);
    if (status != VWW_OK)
        return status;
    const uint32_t version = fb_u32(r->model, MODEL_VERSION, 0);
    const uint32_t subgraphs = fb_vector(r->model, MODEL_SUBGRAPHS).count;
    if (version != TFLITE_VERSION) {
        fail(r, VWW_ERROR_UNSUPPORTED, "the file is of another version of the format");
        vww_error_seen(r->error, "version %u", version);
        vww_error_allowed(r->error, "version %d", TFLITE_VERSION);
        return VWW_ERROR_UNSUPPORTED;
    }
    if (subgraphs == 0)
        return fail(r, VWW_ERROR_FORMAT, "the model has no subgraph");
    if (subgraphs > 1)
        return fail_subgraphs(r, subgraphs);
    r->subgraph = fb_table_at(r->model, MODEL_SUBGRAPHS, 0);
    r->tensor_count = fb_vector(r->subgraph, SUBGRAPH_TENSORS).count;
    return VWW_OK;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

vww_status vww_tflite_parse(const void *data, size_t bytes, const char *name,
                            struct vww_graph **graph, struct vww_error *error)
{
    struct reader r = {.name = name, .bytes_left = COPIES_OF_FILE * bytes, .error = error};
    *graph = NULL;
    vww_status status = open_model(&r, data, bytes);
    if (status != VWW_OK)
        return status;
    r.index = vww_allocate(r.tensor_count, sizeof *r.index);
    r.roles = vww_allocate(r.tensor_count, sizeof *r.roles);
    r.used = vww_allocate(r.tensor_count, sizeof *r.used);
    r.graph = vww_graph_create(base_name(name));
    if (r.index == NULL || r.roles == NULL || r.used == NULL || r.graph == NULL)
        status = vww_fail_memory(error, r.tensor_count * sizeof *r.index);
    else
        status = read_graph(&r);
    vww_free(r.index);
    vww_free(r.roles);
    vww_free(r.used);
    if (status != VWW_OK) {
        vww_graph_destroy(r.graph);
        return status;
    }
    *graph = r.graph;
    return VWW_OK;
}

vww_status vww_tflite_read(const char *path, struct vww_graph **graph, struct vww_error *error)
{
    struct vww_buffer content;
    *graph = NULL;
    vww_status status = vww_file_read(path, LARGEST_FILE, &content, error);
    if (status != VWW_OK)
        return status;
    status = vww_tflite_parse(content.data, content.size, path, graph, error);
    vww_buffer_fini(&content);
    return status;
}

vww_status vww_tflite_read_labels(const char *path, struct vww_labels *labels,
                                  struct vww_error *error)
{
    struct vww_buffer content;
    *labels = (struct vww_labels){0};
    vww_status status = vww_file_read(path, LARGEST_FILE, &content, error);
    if (status != VWW_OK)
        return status;
    struct reader r = {.name = path, .error = error};
    struct fb_vector metadata = {0};
    status = open_model(&r, content.data, content.size);
    if (status == VWW_OK)
        status = find_metadata(&r, &metadata);
    if (status == VWW_OK && metadata.data != NULL)
        status = tflite_metadata_labels(metadata.data, metadata.count, path, labels, error);
    vww_buffer_fini(&content);
    return status;
}

void vww_labels_fini(struct vww_labels *labels)
{
    vww_free(labels->names);
    *labels = (struct vww_labels){0};
}
