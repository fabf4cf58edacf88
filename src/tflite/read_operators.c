/* The operators of a .tflite file: which there are, what they use, what they become. */
#include "tflite/reader.h"

#include <stdio.h>

vww_status tflite_fail_operator(const struct tflite_reader *r, vww_status status,
                                const struct tflite_file_operator *op, const char *what)
{
    const char *name = tflite_code_name(op->code);
    tflite_fail(r, status, what);
    vww_error_at(r->error, r->name, (int64_t)op->table.at);
    if (op->outputs.count > 0 && fb_i32_at(op->outputs, 0) >= 0 &&
        (uint32_t)fb_i32_at(op->outputs, 0) < r->tensor_count)
        vww_error_place(r->error, "operator %u (%s), which makes tensor %.60s", op->index,
                        name != NULL ? name : "?",
                        tflite_tensor_name(r, fb_i32_at(op->outputs, 0)));
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

vww_status tflite_find_code(const struct tflite_reader *r, struct tflite_file_operator *op)
{
    const uint32_t number = fb_u32(op->table, OPERATOR_CODE_INDEX, 0);
    op->code = -1;
    if (number >= fb_vector(r->model, MODEL_OPERATOR_CODES).count)
        return tflite_fail_operator(r, VWW_ERROR_FORMAT, op, "its operator code does not exist");
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
    tflite_fail_operator(r, VWW_ERROR_UNSUPPORTED, op, "the operator is not supported");
    vww_error_remedy(r->error, "%s", remedy_of(op->code));
    if (op->code == CODE_CUSTOM_OPERATOR)
        vww_error_seen(r->error, "a custom operator, %.100s", fb_string(code, CODE_CUSTOM));
    else
        vww_error_seen(r->error, "operator code %d", (int)op->code);
    vww_error_allowed(r->error, "%s", list);
    return VWW_ERROR_UNSUPPORTED;
}

static vww_status fail_counts(const struct tflite_reader *r, const struct tflite_file_operator *op)
{
    tflite_fail_operator(r, VWW_ERROR_UNSUPPORTED, op,
                         "it has a wrong number of inputs or outputs");
    vww_error_seen(r->error, "%u inputs, %u outputs", op->inputs.count, op->outputs.count);
    vww_error_allowed(r->error, "%d to %d inputs, 1 to %d outputs", op->format->inputs_least,
                      op->format->inputs_most, vww_op_outputs_most(op->format->kind));
    return VWW_ERROR_UNSUPPORTED;
}

vww_status tflite_get_operator(const struct tflite_reader *r, uint32_t index,
                               struct tflite_file_operator *op)
{
    *op = (struct tflite_file_operator){
        .index = index, .table = fb_table_at(r->subgraph, SUBGRAPH_OPERATORS, index)};
    op->inputs = fb_vector(op->table, OPERATOR_INPUTS);
    op->outputs = fb_vector(op->table, OPERATOR_OUTPUTS);
    const vww_status status = tflite_find_code(r, op);
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
        if (!tflite_is_tensor(r, fb_i32_at(op->inputs, i)))
            return tflite_fail_operator(r, VWW_ERROR_FORMAT, op,
                                        "one of its inputs does not exist");
    for (uint32_t i = 0; i < op->outputs.count; i++)
        if (!tflite_is_tensor(r, fb_i32_at(op->outputs, i)))
            return tflite_fail_operator(r, VWW_ERROR_FORMAT, op,
                                        "one of its outputs does not exist");
    return VWW_OK;
}

/* How many inputs the graph's operator has, and which of the file's each is. */
static int graph_inputs(const struct tflite_file_operator *op)
{
    const int left = (int)op->inputs.count - op->format->first_input;
    return left < op->format->graph_inputs ? left : op->format->graph_inputs;
}

static int32_t graph_input(const struct tflite_file_operator *op, int i)
{
    return fb_i32_at(op->inputs, (uint32_t)(op->format->first_input + i));
}

vww_status tflite_mark_tensors(struct tflite_reader *r, const struct tflite_file_operator *op)
{
    int constants = 0;
    for (int i = 0; i < graph_inputs(op); i++) {
        const int32_t tensor = graph_input(op, i);
        struct fb_vector data;
        const vww_status status = tflite_constant(r, tensor, &data);
        if (status != VWW_OK)
            return status;
        if (op->format->takes_constant && data.count > 0 && constants++ == 0) {
            r->used[tensor] = true;
            r->roles[tensor] = VWW_ROLE_CONSTANT;
            continue;
        }
        if ((op->format->roles[i] == VWW_ROLE_ACTIVATION) != (data.count == 0)) {
            tflite_fail_operator(r, VWW_ERROR_UNSUPPORTED, op,
                                 data.count == 0 ? "its weights or bias are not constant"
                                                 : "its input is a constant");
            vww_error_seen(r->error, "tensor %d (%.90s)", (int)tensor,
                           tflite_tensor_name(r, tensor));
            return VWW_ERROR_UNSUPPORTED;
        }
        r->used[tensor] = true;
        r->roles[tensor] = op->format->roles[i];
    }
    for (uint32_t i = 0; i < op->outputs.count; i++)
        r->used[fb_i32_at(op->outputs, i)] = true;
    return VWW_OK;
}

/* The integers of a constant input; none where it is no constant or has too many. */
static vww_status read_integers(const struct tflite_reader *r, int32_t tensor,
                                struct tflite_integers *integers)
{
    struct fb_vector data;
    const int64_t type = fb_integer(tflite_file_tensor(r, tensor), TENSOR_TYPE, 1, TYPE_FLOAT32);
    const uint32_t width = type == TYPE_INT32 ? 4 : type == TYPE_INT64 ? 8 : 0;
    const vww_status status = tflite_constant(r, tensor, &data);
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
            return tflite_fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor,
                                      "its numbers are too large");
        integers->values[i] = (int32_t)value;
    }
    return VWW_OK;
}

static vww_status read_options(struct tflite_reader *r, const struct tflite_file_operator *from,
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
        return tflite_fail_operator(r, VWW_ERROR_FORMAT, from, "it has no options of its kind");
    for (uint32_t i = 0; i < from->inputs.count && i < TFLITE_MAX_CONSTANTS; i++) {
        const vww_status status =
            read_integers(r, fb_i32_at(from->inputs, i), &reading.integers[i]);
        if (status != VWW_OK)
            return status;
    }
    const char *wrong = from->format->read(&reading, op);
    if (wrong == NULL)
        return VWW_OK;
    tflite_fail_operator(r, VWW_ERROR_UNSUPPORTED, from, wrong);
    vww_error_remedy(r->error, "change the layer in the network and convert it again");
    return VWW_ERROR_UNSUPPORTED;
}

/* Not stored: each group reads the weights' number of input channels. */
static int32_t groups_of(const struct tflite_reader *r, const struct vww_op *op)
{
    const struct vww_shape *in = &r->graph->tensors[op->inputs[0]].shape;
    const struct vww_shape *weights = &r->graph->tensors[op->inputs[1]].shape;
    return in->rank == 4 && weights->rank == 4 ? in->dims[3] / weights->dims[3] : 1;
}

vww_status tflite_read_operator(struct tflite_reader *r, uint32_t index)
{
    struct tflite_file_operator from;
    vww_status status = tflite_get_operator(r, index, &from);
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
