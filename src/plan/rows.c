#include "plan/rows.h"

static bool is_image(const struct vww_tensor *tensor)
{
    return tensor->shape.rank == 4 && tensor->shape.dims[0] == 1;
}

int32_t vww_tensor_rows(const struct vww_tensor *tensor)
{
    return is_image(tensor) ? tensor->shape.dims[1] : 1;
}

static bool is_elementwise(const struct vww_graph *graph, const struct vww_op *op)
{
    if (op->kind != VWW_OP_ADD && op->kind != VWW_OP_RELU && op->kind != VWW_OP_RELU6)
        return false;
    const struct vww_tensor *output = &graph->tensors[op->outputs[0]];
    for (int k = 0; k < op->input_count; k++) {
        const struct vww_tensor *input = &graph->tensors[op->inputs[k]];
        if (input->role != VWW_ROLE_ACTIVATION || input->dtype != output->dtype ||
            !vww_shape_equal(&input->shape, &output->shape))
            return false;
    }
    return true;
}

static int32_t window_rows(const struct vww_graph *graph, const struct vww_op *op)
{
    switch (op->kind) {
    case VWW_OP_CONV_2D:
    case VWW_OP_DEPTHWISE_CONV_2D:
        return (graph->tensors[op->inputs[1]].shape.dims[1] - 1) * op->dilation_h + 1;
    case VWW_OP_AVERAGE_POOL_2D:
    case VWW_OP_MAX_POOL_2D:
        return op->kernel_h;
    default:
        return 0;
    }
}

struct vww_op_rows vww_op_rows(const struct vww_graph *graph, const struct vww_op *op)
{
    const struct vww_tensor *output = &graph->tensors[op->outputs[0]];
    const int32_t window = window_rows(graph, op);
    struct vww_op_rows rows = {.units = 1};
    if (!is_image(&graph->tensors[op->inputs[0]]) || !is_image(output))
        return rows;
    if (window > 0) {
        rows.stride = op->stride_h;
        rows.pad = op->pad_top;
        rows.window = window;
    } else if (is_elementwise(graph, op)) {
        rows.stride = rows.window = 1;
        rows.elementwise = true;
    } else {
        return rows;
    }
    rows.by_rows = true;
    rows.units = vww_tensor_rows(output);
    return rows;
}

static int32_t within(int32_t row, int32_t rows)
{
    return row < 0 ? 0 : row > rows ? rows : row;
}

struct vww_rows vww_op_reads(const struct vww_op_rows *op, int32_t rows, int32_t unit)
{
    if (!op->by_rows)
        return (struct vww_rows){0, rows};
    const int32_t top = unit * op->stride - op->pad;
    return (struct vww_rows){within(top, rows), within(top + op->window, rows)};
}

struct vww_rows vww_op_writes(const struct vww_op_rows *op, int32_t rows, int32_t unit)
{
    return op->by_rows ? (struct vww_rows){unit, unit + 1} : (struct vww_rows){0, rows};
}
