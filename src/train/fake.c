#include "train/fake.h"
#include "base/memory.h"
#include "vww/quantization.h"

#include <math.h>

static void set_weight_scales(struct vww_tensor *tensor)
{
    const struct vww_channels channels =
        vww_shape_channels(&tensor->shape, tensor->quantization.axis);
    vww_quantization_weight_scales(tensor->data, &channels, tensor->quantization.scales);
}

static vww_status prepare_weights(struct vww_graph *graph, const struct vww_op *op,
                                  struct vww_error *error)
{
    const int32_t axis = vww_op_weight_axis(op->kind);
    if (axis < 0)
        return VWW_OK;
    struct vww_tensor *tensor = &graph->tensors[op->inputs[1]];
    const vww_status status =
        vww_tensor_quantize_axis(tensor, axis, tensor->shape.dims[axis], error);
    if (status == VWW_OK)
        set_weight_scales(tensor);
    return status;
}

static vww_status prepare_output(struct vww_graph *graph, const struct vww_op *op, int32_t output,
                                 struct vww_error *error)
{
    struct vww_tensor *tensor = &graph->tensors[output];
    if (op->kind == VWW_OP_SOFTMAX)
        return vww_tensor_quantize(tensor, VWW_SOFTMAX_SCALE, VWW_SOFTMAX_ZERO_POINT, error);
    float scale;
    int32_t zero_point;
    vww_quantization_from_range(tensor->range_low, tensor->range_high, &scale, &zero_point);
    return vww_tensor_quantize(tensor, scale, zero_point, error);
}

bool vww_fake_makes_range(const struct vww_op *op)
{
    return op->kind != VWW_OP_CONCAT && op->kind != VWW_OP_SOFTMAX && op->kind != VWW_OP_LOGISTIC &&
           !vww_op_keeps_quantization(op->kind);
}

void vww_fake_share(struct vww_graph *graph, const int32_t *group, int32_t which)
{
    float low = INFINITY, high = -INFINITY, scale;
    int32_t zero_point;
    if (group[graph->input] == which) /* a rule */
        return;
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        const struct vww_tensor *out = &graph->tensors[op->outputs[0]];
        if (group[op->outputs[0]] != which || !vww_fake_makes_range(op) ||
            (out->range_low == 0 && out->range_high == 0))
            continue;
        low = fminf(low, out->range_low);
        high = fmaxf(high, out->range_high);
    }
    if (low > high)
        return;
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        for (int32_t k = 0; k < op->output_count && !vww_fake_makes_range(op); k++)
            if (group[op->outputs[k]] == which) {
                graph->tensors[op->outputs[k]].range_low = low;
                graph->tensors[op->outputs[k]].range_high = high;
            }
    }
    vww_quantization_from_range(low, high, &scale, &zero_point);
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        struct vww_quantization *q = &graph->tensors[t].quantization;
        if (group[t] == which && q->count == 1) {
            q->scales[0] = scale;
            q->zero_points[0] = zero_point;
        }
    }
}

/* Tensors that int8 wants to have equal parameters. */
static vww_status share_all(struct vww_graph *graph, struct vww_error *error)
{
    int32_t *group = vww_allocate((size_t)graph->tensor_count, sizeof *group);
    if (group == NULL)
        return vww_fail_memory(error, (size_t)graph->tensor_count * sizeof *group);
    vww_quantization_groups(graph, group);
    for (int32_t t = 0; t < graph->tensor_count; t++)
        if (group[t] == t)
            vww_fake_share(graph, group, t);
    vww_free(group);
    return VWW_OK;
}

vww_status vww_fake_prepare(struct vww_graph *folded, struct vww_error *error)
{
    const struct vww_preprocessing *p = &folded->preprocessing;
    vww_status status = vww_tensor_quantize(&folded->tensors[folded->input], p->scale,
                                            (int32_t)lroundf(p->mean) - 128, error);
    for (int32_t i = 0; i < folded->op_count && status == VWW_OK; i++) {
        const struct vww_op *op = &folded->ops[i];
        if (op->kind == VWW_OP_BATCH_NORM) {
            vww_fail(error, VWW_ERROR_UNSUPPORTED,
                     "training with fake quantization does not know batch norm, which folds");
            vww_error_place(error, "operator %s (%s)", op->name, vww_op_name(op->kind));
            return VWW_ERROR_UNSUPPORTED;
        }
        status = prepare_weights(folded, op, error);
        for (int32_t k = 0; k < op->output_count && status == VWW_OK; k++)
            status = prepare_output(folded, op, op->outputs[k], error);
    }
    return status == VWW_OK ? share_all(folded, error) : status;
}

void vww_fake_refresh(struct vww_graph *graph)
{
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (graph->tensors[i].role == VWW_ROLE_WEIGHT && graph->tensors[i].quantization.count > 0)
            set_weight_scales(&graph->tensors[i]);
}
