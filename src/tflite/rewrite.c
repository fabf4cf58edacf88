#include "tflite/rewrite.h"
#include "base/memory.h"
#include "tflite/edges.h"
#include "tflite/operators.h"

#include <stdio.h>
#include <string.h>

/* --- to the format --------------------------------------------------------------------------- */

/* A pad fills with the integer of 0; a largest value sees no difference to padding that is left out
 * where no integer is smaller. */
static bool may_pad_before(const struct vww_graph *graph, const struct vww_op *op)
{
    const struct vww_tensor *input = &graph->tensors[op->inputs[0]];
    if (op->kind == VWW_OP_CONV_2D || op->kind == VWW_OP_DEPTHWISE_CONV_2D)
        return true;
    return op->kind == VWW_OP_MAX_POOL_2D && input->dtype == VWW_INT8 &&
           input->quantization.count == 1 && input->quantization.zero_points[0] == -128;
}

static bool needs_pad(const struct vww_graph *graph, const struct vww_op *op)
{
    return op->padding == VWW_PADDING_EXPLICIT && may_pad_before(graph, op) &&
           tflite_padding(graph, op) < 0;
}

static bool needs_expansion(const struct vww_graph *graph)
{
    if (tflite_has_edges(graph))
        return true;
    for (int32_t i = 0; i < graph->op_count; i++)
        if (graph->ops[i].kind == VWW_OP_CHANNEL_SHUFFLE || needs_pad(graph, &graph->ops[i]))
            return true;
    return false;
}

/* An activation of another shape with the type and quantization of tensor `like`; -1: no memory. */
static int32_t add_like(struct vww_graph *graph, int32_t like, const char *op, const char *part,
                        const struct vww_shape *shape)
{
    char name[VWW_NAME_MAX];
    snprintf(name, sizeof name, "%.70s/%s", op, part);
    const int32_t index =
        vww_graph_tensor(graph, name, graph->tensors[like].dtype, VWW_ROLE_ACTIVATION, shape);
    if (index < 0)
        return -1;
    const struct vww_quantization *q = &graph->tensors[like].quantization;
    if (q->count == 1 && vww_tensor_quantize(&graph->tensors[index], q->scales[0],
                                             q->zero_points[0], NULL) != VWW_OK)
        return -1;
    return index;
}

static vww_status append(struct vww_graph *graph, struct vww_op op, const char *part, int32_t from,
                         int32_t to, struct vww_error *error)
{
    char name[VWW_NAME_MAX];
    if (from < 0 || to < 0)
        return vww_fail_memory(error, sizeof *graph->tensors);
    snprintf(name, sizeof name, "%.70s/%s", op.name, part);
    memcpy(op.name, name, sizeof name);
    op.inputs[0] = from;
    op.input_count = 1;
    op.outputs[0] = to;
    op.output_count = 1;
    return vww_graph_append(graph, &op, error);
}

/* The channels as groups x each, the two exchanged, and flat again. */
static vww_status append_shuffle(struct vww_graph *graph, const struct vww_op *op,
                                 struct vww_error *error)
{
    const int32_t input = op->inputs[0], output = op->outputs[0];
    const struct vww_shape shape = graph->tensors[output].shape;
    const int32_t channels = shape.dims[shape.rank - 1];
    const int32_t rows = (int32_t)(vww_shape_elements(&shape) / channels);
    const struct vww_shape grouped = {.rank = 3, .dims = {rows, op->groups, channels / op->groups}};
    const struct vww_shape turned = {.rank = 3, .dims = {rows, grouped.dims[2], op->groups}};
    struct vww_op part = {.kind = VWW_OP_RESHAPE, .shape = grouped};
    memcpy(part.name, op->name, sizeof part.name);
    const int32_t first = add_like(graph, input, op->name, "grouped", &grouped);
    const int32_t second = add_like(graph, input, op->name, "turned", &turned);
    vww_status status = append(graph, part, "group", input, first, error);
    part.kind = VWW_OP_TRANSPOSE;
    part.order[1] = 2;
    part.order[2] = 1;
    if (status == VWW_OK)
        status = append(graph, part, "turn", first, second, error);
    part.kind = VWW_OP_RESHAPE;
    part.shape = shape;
    return status == VWW_OK ? append(graph, part, "flatten", second, output, error) : status;
}

static vww_status append_padded(struct vww_graph *graph, const struct vww_op *op,
                                struct vww_error *error)
{
    struct vww_shape shape = graph->tensors[op->inputs[0]].shape;
    struct vww_op pad = {.kind = VWW_OP_PAD,
                         .pad_top = op->pad_top,
                         .pad_bottom = op->pad_bottom,
                         .pad_left = op->pad_left,
                         .pad_right = op->pad_right};
    struct vww_op window = *op;
    memcpy(pad.name, op->name, sizeof pad.name);
    shape.dims[1] += op->pad_top + op->pad_bottom;
    shape.dims[2] += op->pad_left + op->pad_right;
    window.inputs[0] = add_like(graph, op->inputs[0], op->name, "padded", &shape);
    window.padding = VWW_PADDING_VALID;
    const vww_status status = append(graph, pad, "pad", op->inputs[0], window.inputs[0], error);
    return status == VWW_OK ? vww_graph_append(graph, &window, error) : status;
}

vww_status tflite_expand(const struct vww_graph *graph, struct vww_graph **expanded,
                         struct vww_error *error)
{
    *expanded = NULL;
    if (!needs_expansion(graph))
        return VWW_OK;
    struct vww_graph *made = vww_graph_copy(graph);
    if (made == NULL)
        return vww_fail_memory(error, sizeof *made);
    made->op_count = 0; /* the copies are overwritten by what the graph's operators become */
    vww_status status = tflite_append_input_edge(made, error);
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++) {
        const struct vww_op *op = &graph->ops[i];
        if (op->kind == VWW_OP_CHANNEL_SHUFFLE)
            status = append_shuffle(made, op, error);
        else if (needs_pad(graph, op))
            status = append_padded(made, op, error);
        else
            status = vww_graph_append(made, op, error);
    }
    if (status == VWW_OK)
        status = tflite_finish_edges(made, error);
    if (status != VWW_OK) {
        vww_graph_destroy(made);
        return status;
    }
    *expanded = made;
    return VWW_OK;
}

/* --- back ------------------------------------------------------------------------------------ */

/* The only reader of tensor `tensor`, where it is operator `index` and the tensor is not the
 * graph's output. */
static bool only_reader(const struct vww_graph *graph, int32_t tensor, int32_t index)
{
    if (tensor == graph->output)
        return false;
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int32_t k = 0; k < graph->ops[i].input_count; k++)
            if (graph->ops[i].inputs[k] == tensor && i != index)
                return false;
    return index < graph->op_count && graph->ops[index].inputs[0] == tensor;
}

static bool same_parameters(const struct vww_graph *graph, int32_t a, int32_t b)
{
    const struct vww_tensor *first = &graph->tensors[a], *second = &graph->tensors[b];
    const struct vww_quantization *p = &first->quantization, *q = &second->quantization;
    return first->dtype == second->dtype && p->count == q->count &&
           (p->count == 0 || (p->count == 1 && p->scales[0] == q->scales[0] &&
                              p->zero_points[0] == q->zero_points[0]));
}

/* Operators at … at + 2 are what append_shuffle makes. */
static bool is_shuffle(const struct vww_graph *graph, int32_t at)
{
    const struct vww_op *op = &graph->ops[at];
    if (at + 2 >= graph->op_count || op[0].kind != VWW_OP_RESHAPE ||
        op[1].kind != VWW_OP_TRANSPOSE || op[2].kind != VWW_OP_RESHAPE ||
        !only_reader(graph, op[0].outputs[0], at + 1) ||
        !only_reader(graph, op[1].outputs[0], at + 2) ||
        !same_parameters(graph, op[0].inputs[0], op[0].outputs[0]) ||
        !same_parameters(graph, op[0].inputs[0], op[1].outputs[0]) ||
        !same_parameters(graph, op[0].inputs[0], op[2].outputs[0]))
        return false;
    const struct vww_shape *flat = &graph->tensors[op[0].inputs[0]].shape;
    const struct vww_shape *grouped = &op[0].shape;
    return flat->rank > 0 && vww_shape_equal(flat, &op[2].shape) && grouped->rank == 3 &&
           op[1].order[0] == 0 && op[1].order[1] == 2 && op[1].order[2] == 1 &&
           (int64_t)grouped->dims[1] * grouped->dims[2] == flat->dims[flat->rank - 1];
}

/* Operators at and at + 1 are what append_padded makes. */
static bool is_padded(const struct vww_graph *graph, int32_t at)
{
    const struct vww_op *pad = &graph->ops[at];
    return at + 1 < graph->op_count && pad->kind == VWW_OP_PAD && pad->pad_front == 0 &&
           pad->pad_back == 0 && only_reader(graph, pad->outputs[0], at + 1) &&
           pad[1].padding == VWW_PADDING_VALID && may_pad_before(graph, &pad[1]) &&
           same_parameters(graph, pad->inputs[0], pad->outputs[0]);
}

static void contract_padded(struct vww_op *pad)
{
    struct vww_op window = pad[1];
    window.padding = VWW_PADDING_EXPLICIT;
    window.pad_top = pad->pad_top;
    window.pad_bottom = pad->pad_bottom;
    window.pad_left = pad->pad_left;
    window.pad_right = pad->pad_right;
    window.inputs[0] = pad->inputs[0];
    pad[1] = window;
}

static void contract_shuffle(struct vww_op *op)
{
    struct vww_op shuffle = {.kind = VWW_OP_CHANNEL_SHUFFLE,
                             .inputs = {op[0].inputs[0]},
                             .input_count = 1,
                             .outputs = {op[2].outputs[0]},
                             .output_count = 1,
                             .groups = op[0].shape.dims[1]};
    memcpy(shuffle.name, op[0].name, sizeof shuffle.name);
    op[2] = shuffle;
}

static void drop_op(struct vww_graph *graph, int32_t at)
{
    memmove(&graph->ops[at], &graph->ops[at + 1],
            (size_t)(graph->op_count - at - 1) * sizeof *graph->ops);
    graph->op_count--;
}

/* Remove the tensors that no operator uses. */
static vww_status drop_tensors(struct vww_graph *graph, struct vww_error *error)
{
    int32_t *index = vww_allocate((size_t)graph->tensor_count, sizeof *index);
    if (index == NULL)
        return vww_fail_memory(error, (size_t)graph->tensor_count * sizeof *index);
    index[graph->input] = index[graph->output] = 1;
    for (int32_t i = 0; i < graph->op_count; i++) {
        for (int32_t k = 0; k < graph->ops[i].input_count; k++)
            index[graph->ops[i].inputs[k]] = 1;
        for (int32_t k = 0; k < graph->ops[i].output_count; k++)
            index[graph->ops[i].outputs[k]] = 1;
    }
    int32_t kept = 0;
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        struct vww_tensor *tensor = &graph->tensors[t];
        if (index[t] == 0) {
            vww_free(tensor->quantization.scales);
            vww_free(tensor->quantization.zero_points);
            vww_free(tensor->data);
            continue;
        }
        index[t] = kept;
        graph->tensors[kept++] = *tensor;
    }
    graph->tensor_count = kept;
    graph->input = index[graph->input];
    graph->output = index[graph->output];
    for (int32_t i = 0; i < graph->op_count; i++) {
        for (int32_t k = 0; k < graph->ops[i].input_count; k++)
            graph->ops[i].inputs[k] = index[graph->ops[i].inputs[k]];
        for (int32_t k = 0; k < graph->ops[i].output_count; k++)
            graph->ops[i].outputs[k] = index[graph->ops[i].outputs[k]];
    }
    vww_free(index);
    return VWW_OK;
}

vww_status tflite_contract(struct vww_graph *graph, struct vww_error *error)
{
    const int32_t before = graph->op_count;
    for (int32_t i = 0; i < graph->op_count; i++) {
        if (is_padded(graph, i)) {
            contract_padded(&graph->ops[i]);
            drop_op(graph, i);
        } else if (is_shuffle(graph, i)) {
            contract_shuffle(&graph->ops[i]);
            drop_op(graph, i);
            drop_op(graph, i);
        }
    }
    const bool edges = graph->input_edge != VWW_EDGE_PLAIN || graph->output_edge != VWW_EDGE_PLAIN;
    return edges || graph->op_count < before ? drop_tensors(graph, error) : VWW_OK;
}
