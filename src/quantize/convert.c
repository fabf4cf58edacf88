/* The integers of an int8 network. */
#include "vww/quantize.h"

#include "base/memory.h"
#include "vww/quantization.h"

#include <stdio.h>
#include <string.h>

/* Replace a tensor's float data by zeroed integers of another type; *floats: the old data, the
 * caller's to free. */
static vww_status change_type(struct vww_tensor *tensor, enum vww_dtype dtype, void **floats,
                              struct vww_error *error)
{
    *floats = tensor->data;
    tensor->data = NULL;
    tensor->dtype = dtype;
    return vww_tensor_allocate(tensor, error);
}

static vww_status convert_weights(struct vww_tensor *weights, struct vww_error *error)
{
    const struct vww_quantization *q = &weights->quantization;
    const struct vww_channels channels = vww_shape_channels(&weights->shape, q->axis);
    void *floats;
    const vww_status status = change_type(weights, VWW_INT8, &floats, error);
    const float *from = floats;
    int8_t *to = weights->data;
    for (int32_t c = 0; c < channels.count && status == VWW_OK; c++)
        for (int64_t k = 0; k < channels.elements; k++) {
            const int64_t at = c * channels.start + k * channels.step;
            to[at] = (int8_t)vww_quantize_value(from[at], (double)q->scales[c], 0, -127, 127);
        }
    vww_free(floats);
    return status;
}

static vww_status convert_bias(struct vww_tensor *bias, float input_scale,
                               const struct vww_quantization *weights, struct vww_error *error)
{
    vww_status status = vww_tensor_quantize_axis(bias, 0, weights->count, error);
    if (status != VWW_OK)
        return status;
    void *floats;
    status = change_type(bias, VWW_INT32, &floats, error);
    const float *from = floats;
    int32_t *to = bias->data;
    for (int32_t c = 0; c < weights->count && status == VWW_OK; c++) {
        const double scale = (double)input_scale * (double)weights->scales[c];
        bias->quantization.scales[c] = (float)scale;
        to[c] = vww_quantize_value(from[c], scale, 0, INT32_MIN, INT32_MAX);
    }
    vww_free(floats);
    return status;
}

static vww_status convert_constant(struct vww_tensor *constant, struct vww_error *error)
{
    const struct vww_quantization *q = &constant->quantization;
    if (constant->role != VWW_ROLE_CONSTANT || constant->dtype != VWW_FLOAT32 || q->count != 1)
        return VWW_OK;
    void *floats;
    const vww_status status = change_type(constant, VWW_INT8, &floats, error);
    const float *from = floats;
    int8_t *to = constant->data;
    for (int64_t i = 0; status == VWW_OK && i < vww_shape_elements(&constant->shape); i++)
        to[i] =
            (int8_t)vww_quantize_value(from[i], (double)q->scales[0], q->zero_points[0], -128, 127);
    vww_free(floats);
    return status;
}

static bool is_read_before(const struct vww_graph *graph, int32_t tensor, int32_t op)
{
    for (int32_t i = 0; i < op; i++)
        for (int k = 0; k < graph->ops[i].input_count; k++)
            if (graph->ops[i].inputs[k] == tensor)
                return true;
    return false;
}

/* Append a float parameter tensor; values NULL: zeros. */
static vww_status add_parameter(struct vww_graph *graph, const char *name, enum vww_role role,
                                const struct vww_shape *shape, const void *values, int32_t *index,
                                struct vww_error *error)
{
    *index = vww_graph_tensor(graph, name, VWW_FLOAT32, role, shape);
    if (*index < 0)
        return vww_fail_memory(error, sizeof *graph->tensors);
    struct vww_tensor *tensor = &graph->tensors[*index];
    const vww_status status = vww_tensor_allocate(tensor, error);
    if (status == VWW_OK && values != NULL)
        memcpy(tensor->data, values, (size_t)vww_shape_elements(shape) * sizeof(float));
    return status;
}

/* Integers depend on the scale of the input they meet, so each operator needs weights and a bias
 * that no other operator reads, and a bias at all. */
static vww_status own_parameters(struct vww_graph *graph, int32_t index, struct vww_error *error)
{
    struct vww_op *op = &graph->ops[index];
    char name[VWW_NAME_MAX + 16];
    vww_status status = VWW_OK;
    for (int k = 1; k < op->input_count && status == VWW_OK; k++) {
        const struct vww_tensor shared = graph->tensors[op->inputs[k]];
        if (shared.dtype != VWW_FLOAT32 || !is_read_before(graph, op->inputs[k], index))
            continue;
        snprintf(name, sizeof name, "%.80s/own_%s", op->name, k == 1 ? "weights" : "bias");
        status = add_parameter(graph, name, shared.role, &shared.shape, shared.data, &op->inputs[k],
                               error);
    }
    if (status != VWW_OK || op->input_count > 2)
        return status;
    const struct vww_shape *weights = &graph->tensors[op->inputs[1]].shape;
    const struct vww_shape shape = {.rank = 1,
                                    .dims = {weights->dims[vww_op_weight_axis(op->kind)]}};
    snprintf(name, sizeof name, "%.80s/bias", op->name);
    op->input_count = 3;
    return add_parameter(graph, name, VWW_ROLE_BIAS, &shape, NULL, &op->inputs[2], error);
}

static vww_status convert_op(struct vww_graph *graph, const struct vww_op *op,
                             struct vww_error *error)
{
    const float input_scale = graph->tensors[op->inputs[0]].quantization.scales[0];
    struct vww_tensor *weights = &graph->tensors[op->inputs[1]];
    const vww_status status = convert_weights(weights, error);
    if (status != VWW_OK)
        return status;
    return convert_bias(&graph->tensors[op->inputs[2]], input_scale, &weights->quantization, error);
}

static vww_status convert_graph(struct vww_graph *graph, struct vww_error *error)
{
    vww_status status = VWW_OK;
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++)
        if (vww_op_weight_axis(graph->ops[i].kind) >= 0)
            status = own_parameters(graph, i, error);
    if (status == VWW_OK)
        status = vww_quantize_parameters(graph, error);
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++)
        if (vww_op_weight_axis(graph->ops[i].kind) >= 0)
            status = convert_op(graph, &graph->ops[i], error);
    for (int32_t i = 0; i < graph->tensor_count && status == VWW_OK; i++)
        status = convert_constant(&graph->tensors[i], error);
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (graph->tensors[i].role == VWW_ROLE_ACTIVATION)
            graph->tensors[i].dtype = VWW_INT8;
    return status;
}

vww_status vww_quantize_convert(const struct vww_graph *folded, struct vww_graph **integer,
                                struct vww_error *error)
{
    *integer = NULL;
    vww_status status = vww_graph_check(folded, true, error);
    if (status != VWW_OK)
        return status;
    struct vww_graph *graph = vww_graph_copy(folded);
    if (graph == NULL)
        return vww_fail_memory(error, sizeof *graph);
    status = convert_graph(graph, error);
    if (status == VWW_OK)
        status = vww_graph_check(graph, true, error);
    if (status != VWW_OK)
        vww_graph_destroy(graph);
    else
        *integer = graph;
    return status;
}
