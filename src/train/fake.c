#include "train/fake.h"
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

vww_status vww_fake_prepare(struct vww_graph *folded, struct vww_error *error)
{
    const struct vww_preprocessing *p = &folded->preprocessing;
    vww_status status = vww_tensor_quantize(&folded->tensors[folded->input], p->scale,
                                            (int32_t)lroundf(p->mean) - 128, error);
    for (int32_t i = 0; i < folded->op_count && status == VWW_OK; i++) {
        const struct vww_op *op = &folded->ops[i];
        /* A concatenation's inputs would have to share their range with its output. */
        if (op->kind == VWW_OP_BATCH_NORM || op->kind == VWW_OP_CONCAT) {
            vww_fail(error, VWW_ERROR_UNSUPPORTED,
                     "training with fake quantization does not know %s",
                     op->kind == VWW_OP_CONCAT ? "concatenations" : "batch norm, which folds");
            vww_error_place(error, "operator %s (%s)", op->name, vww_op_name(op->kind));
            return VWW_ERROR_UNSUPPORTED;
        }
        status = prepare_weights(folded, op, error);
        for (int32_t k = 0; k < op->output_count && status == VWW_OK; k++)
            status = prepare_output(folded, op, op->outputs[k], error);
    }
    return status;
}

void vww_fake_refresh(struct vww_graph *graph)
{
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (graph->tensors[i].role == VWW_ROLE_WEIGHT && graph->tensors[i].quantization.count > 0)
            set_weight_scales(&graph->tensors[i]);
}
