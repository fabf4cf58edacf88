#include "tflite/edges.h"

#include <stdio.h>
#include <string.h>

static bool converts(const struct vww_op *op)
{
    return op->kind == VWW_OP_QUANTIZE || op->kind == VWW_OP_DEQUANTIZE;
}

static vww_status fail(struct vww_error *error, const struct vww_op *op,
                       const struct vww_tensor *tensor, const char *what)
{
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "%s", what);
    vww_error_place(error, "operator %s (%s), tensor %.90s", op->name, vww_op_name(op->kind),
                    tensor->name);
    vww_error_seen(error, "%s", vww_dtype_name(tensor->dtype));
    return VWW_ERROR_UNSUPPORTED;
}

/* --- reading --------------------------------------------------------------------------------- */

/* Calls see(…) for each activation and constant that an operator computes with. */
static const struct vww_tensor *operand(const struct vww_graph *graph, const struct vww_op *op,
                                        int32_t k)
{
    const int32_t t = k < op->input_count ? op->inputs[k] : op->outputs[k - op->input_count];
    const struct vww_tensor *tensor = &graph->tensors[t];
    return tensor->role == VWW_ROLE_BIAS ? NULL : tensor;
}

/* The type that all operators but conversions work on. */
static vww_status find_type(const struct vww_graph *graph, enum vww_dtype *type,
                            struct vww_error *error)
{
    bool known = false;
    *type = VWW_INT8;
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        for (int32_t k = 0; k < op->input_count + op->output_count && !converts(op); k++) {
            const struct vww_tensor *tensor = operand(graph, op, k);
            if (tensor == NULL || (known && tensor->dtype == *type))
                continue;
            if (!known && (tensor->dtype == VWW_FLOAT32 || tensor->dtype == VWW_INT8 ||
                           tensor->dtype == VWW_UINT8)) {
                *type = tensor->dtype;
                known = true;
                continue;
            }
            fail(error, op, tensor,
                 "operators work on different types, or on one that is not supported");
            vww_error_allowed(error, "all float32, or all int8, or all uint8");
            vww_error_remedy(error,
                             "convert the model with full integer quantization; QUANTIZE may "
                             "stand at its input and DEQUANTIZE at its output");
            return VWW_ERROR_UNSUPPORTED;
        }
    }
    return VWW_OK;
}

/* A conversion's tensors within an integer model: integers, but for the ends of the model. */
static vww_status check_conversion(const struct vww_graph *graph, const struct vww_op *op,
                                   enum vww_dtype type, struct vww_error *error)
{
    const struct vww_tensor *in = &graph->tensors[op->inputs[0]];
    const struct vww_tensor *out = &graph->tensors[op->outputs[0]];
    if (type == VWW_FLOAT32)
        return fail(error, op, in, "a float model with conversions is not supported");
    if (in->dtype == VWW_FLOAT32 && op->inputs[0] != graph->input)
        return fail(error, op, in, "only the model's input may be converted from float");
    if (out->dtype == VWW_FLOAT32 && op->outputs[0] != graph->output)
        return fail(error, op, out, "only the model's output may be converted to float");
    for (int k = 0; k < 2; k++) {
        const struct vww_tensor *tensor = k == 0 ? in : out;
        const bool end = tensor == &graph->tensors[k == 0 ? graph->input : graph->output];
        const bool fits = tensor->dtype == type ||
                          (end && (tensor->dtype == VWW_FLOAT32 || tensor->dtype == VWW_UINT8));
        if (!fits)
            return fail(error, op, tensor, "a conversion of this type is not supported here");
    }
    return VWW_OK;
}

static vww_status shift_tensor(struct vww_tensor *tensor, struct vww_error *error)
{
    struct vww_quantization *q = &tensor->quantization;
    if (q->count > 1) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "uint8 has one scale for each tensor");
        vww_error_place(error, "tensor %s", tensor->name);
        vww_error_seen(error, "%d scales", (int)q->count);
        return VWW_ERROR_UNSUPPORTED;
    }
    if (q->count == 1 && (q->zero_points[0] < 0 || q->zero_points[0] > 255)) {
        vww_fail(error, VWW_ERROR_FORMAT, "the quantization is impossible");
        vww_error_place(error, "tensor %s", tensor->name);
        vww_error_seen(error, "zero point %d", (int)q->zero_points[0]);
        vww_error_allowed(error, "0 to 255");
        return VWW_ERROR_FORMAT;
    }
    if (q->count == 1)
        q->zero_points[0] -= 128;
    uint8_t *data = tensor->data;
    for (int64_t i = 0; data != NULL && i < vww_shape_elements(&tensor->shape); i++)
        data[i] ^= 0x80;
    tensor->dtype = VWW_INT8;
    return VWW_OK;
}

static bool same_parameters(const struct vww_tensor *a, const struct vww_tensor *b)
{
    return a->quantization.count == 1 && b->quantization.count == 1 &&
           a->quantization.scales[0] == b->quantization.scales[0] &&
           a->quantization.zero_points[0] == b->quantization.zero_points[0];
}

static int32_t readers(const struct vww_graph *graph, int32_t tensor)
{
    int32_t count = tensor == graph->output;
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int32_t k = 0; k < graph->ops[i].input_count; k++)
            count += graph->ops[i].inputs[k] == tensor;
    return count;
}

static void drop(struct vww_graph *graph, int32_t at)
{
    memmove(&graph->ops[at], &graph->ops[at + 1],
            (size_t)(graph->op_count - at - 1) * sizeof *graph->ops);
    graph->op_count--;
}

/* The conversion of the model's input, where nothing is left for it to compute. */
static vww_status take_input_edge(struct vww_graph *graph, bool was_uint8, struct vww_error *error)
{
    const struct vww_tensor *input = &graph->tensors[graph->input];
    if (was_uint8 && !graph->older_uint8)
        graph->input_edge = VWW_EDGE_UINT8;
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        if (!converts(op) || op->inputs[0] != graph->input)
            continue;
        const bool from_float = input->dtype == VWW_FLOAT32;
        if (from_float && readers(graph, graph->input) > 1)
            return fail(error, op, input, "the float input is also read by others");
        if (!from_float &&
            (!was_uint8 || op->outputs[0] == graph->output || readers(graph, graph->input) > 1 ||
             !same_parameters(input, &graph->tensors[op->outputs[0]])))
            return VWW_OK;
        if (from_float)
            graph->input_edge = VWW_EDGE_FLOAT;
        graph->input = op->outputs[0];
        drop(graph, i);
        return VWW_OK;
    }
    return VWW_OK;
}

static void take_output_edge(struct vww_graph *graph, bool was_uint8)
{
    const struct vww_tensor *output = &graph->tensors[graph->output];
    if (was_uint8 && !graph->older_uint8)
        graph->output_edge = VWW_EDGE_UINT8;
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        if (!converts(op) || op->outputs[0] != graph->output)
            continue;
        const bool to_float = output->dtype == VWW_FLOAT32;
        if (!to_float &&
            (!was_uint8 || op->inputs[0] == graph->input || readers(graph, graph->output) > 1 ||
             !same_parameters(&graph->tensors[op->inputs[0]], output)))
            return;
        if (to_float)
            graph->output_edge = VWW_EDGE_FLOAT;
        graph->output = op->inputs[0];
        drop(graph, i);
        return;
    }
}

vww_status tflite_settle_types(struct vww_graph *graph, struct vww_error *error)
{
    enum vww_dtype type;
    vww_status status = find_type(graph, &type, error);
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++)
        if (converts(&graph->ops[i]))
            status = check_conversion(graph, &graph->ops[i], type, error);
    if (status != VWW_OK || type == VWW_FLOAT32)
        return status;
    const bool input_uint8 = graph->tensors[graph->input].dtype == VWW_UINT8;
    const bool output_uint8 = graph->tensors[graph->output].dtype == VWW_UINT8;
    graph->older_uint8 = type == VWW_UINT8;
    for (int32_t i = 0; i < graph->tensor_count && status == VWW_OK; i++)
        if (graph->tensors[i].dtype == VWW_UINT8)
            status = shift_tensor(&graph->tensors[i], error);
    if (status == VWW_OK)
        status = take_input_edge(graph, input_uint8, error);
    if (status == VWW_OK)
        take_output_edge(graph, output_uint8);
    /* What is float still is an input or output that no conversion leads to. */
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++)
        if (converts(&graph->ops[i]))
            status = check_conversion(graph, &graph->ops[i], VWW_INT8, error);
    return status;
}

/* --- writing --------------------------------------------------------------------------------- */

bool tflite_has_edges(const struct vww_graph *graph)
{
    return graph->input_edge != VWW_EDGE_PLAIN || graph->output_edge != VWW_EDGE_PLAIN ||
           graph->older_uint8;
}

/* A tensor like `inner` as the file's end has it; -1: no memory. */
static int32_t add_end(struct vww_graph *graph, int32_t inner, enum vww_edge edge, const char *name)
{
    const struct vww_shape shape = graph->tensors[inner].shape;
    const int32_t end = vww_graph_tensor(
        graph, name, edge == VWW_EDGE_FLOAT ? VWW_FLOAT32 : VWW_UINT8, VWW_ROLE_ACTIVATION, &shape);
    const struct vww_quantization *q = &graph->tensors[inner].quantization;
    if (end >= 0 && edge == VWW_EDGE_UINT8 && q->count == 1 &&
        vww_tensor_quantize(&graph->tensors[end], q->scales[0], q->zero_points[0] + 128, NULL) !=
            VWW_OK)
        return -1;
    return end;
}

vww_status tflite_append_input_edge(struct vww_graph *graph, struct vww_error *error)
{
    if (graph->input_edge == VWW_EDGE_PLAIN)
        return VWW_OK;
    struct vww_op op = {.kind = VWW_OP_QUANTIZE,
                        .name = "input_edge",
                        .input_count = 1,
                        .outputs = {graph->input},
                        .output_count = 1};
    op.inputs[0] = add_end(graph, graph->input, graph->input_edge, "input_edge");
    if (op.inputs[0] < 0)
        return vww_fail_memory(error, sizeof *graph->tensors);
    graph->input = op.inputs[0];
    return vww_graph_append(graph, &op, error);
}

/* Integers of the older scheme are uint8. */
static void unshift_tensor(struct vww_tensor *tensor)
{
    uint8_t *data = tensor->data;
    tensor->dtype = VWW_UINT8;
    if (tensor->quantization.count == 1)
        tensor->quantization.zero_points[0] += 128;
    for (int64_t i = 0; data != NULL && i < vww_shape_elements(&tensor->shape); i++)
        data[i] ^= 0x80;
}

vww_status tflite_finish_edges(struct vww_graph *graph, struct vww_error *error)
{
    vww_status status = VWW_OK;
    if (graph->output_edge != VWW_EDGE_PLAIN) {
        struct vww_op op = {.kind = graph->output_edge == VWW_EDGE_FLOAT ? VWW_OP_DEQUANTIZE
                                                                         : VWW_OP_QUANTIZE,
                            .name = "output_edge",
                            .inputs = {graph->output},
                            .input_count = 1,
                            .output_count = 1};
        op.outputs[0] = add_end(graph, graph->output, graph->output_edge, "output_edge");
        if (op.outputs[0] < 0)
            return vww_fail_memory(error, sizeof *graph->tensors);
        graph->output = op.outputs[0];
        status = vww_graph_append(graph, &op, error);
    }
    for (int32_t i = 0; i < graph->tensor_count && graph->older_uint8; i++)
        if (graph->tensors[i].dtype == VWW_INT8)
            unshift_tensor(&graph->tensors[i]);
    return status;
}
