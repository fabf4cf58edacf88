#include "plan/rows.h"

static bool is_image(const struct vww_tensor *tensor)
{
    return tensor->shape.rank == 4 && tensor->shape.dims[0] == 1;
}

int32_t vww_tensor_rows(const struct vww_tensor *tensor)
{
    return is_image(tensor) ? tensor->shape.dims[1] : 1;
}

/* One output element for each element of the larger input. */
static bool is_pointwise(enum vww_op_kind kind)
{
    switch (kind) {
    case VWW_OP_ADD:
    case VWW_OP_MUL:
    case VWW_OP_RELU:
    case VWW_OP_RELU6:
    case VWW_OP_LOGISTIC:
    case VWW_OP_HARD_SWISH:
    case VWW_OP_QUANTIZE:
        return true;
    default:
        return false;
    }
}

/* Whether row u needs no more of an input than its row u, or the row that it has for all. */
static bool goes_by_rows(const struct vww_tensor *input, const struct vww_tensor *output)
{
    const int32_t rows = vww_tensor_rows(input);
    return rows == 1 || (rows == vww_tensor_rows(output) && input->role == VWW_ROLE_ACTIVATION);
}

static bool same_places(const struct vww_tensor *input, const struct vww_tensor *output)
{
    return input->role == VWW_ROLE_ACTIVATION && input->dtype == output->dtype &&
           vww_shape_equal(&input->shape, &output->shape);
}

static bool set_pointwise(const struct vww_graph *graph, const struct vww_op *op,
                          struct vww_op_rows *rows)
{
    const struct vww_tensor *output = &graph->tensors[op->outputs[0]];
    bool by_rows = is_pointwise(op->kind);
    for (int k = 0; k < op->input_count; k++) {
        const struct vww_tensor *input = &graph->tensors[op->inputs[k]];
        by_rows = by_rows && goes_by_rows(input, output);
        rows->own |= UINT32_C(1) << k;
        if (same_places(input, output))
            rows->exchanged |= UINT32_C(1) << k;
    }
    return by_rows;
}

/* A convolution that adds to sums. */
static void set_sums(const struct vww_graph *graph, const struct vww_op *op,
                     struct vww_op_rows *rows)
{
    if (op->kind != VWW_OP_CONV_2D || op->input_count < 3 ||
        graph->tensors[op->inputs[2]].role != VWW_ROLE_ACTIVATION)
        return;
    rows->own = UINT32_C(1) << 2;
    if (same_places(&graph->tensors[op->inputs[2]], &graph->tensors[op->outputs[0]]))
        rows->exchanged = UINT32_C(1) << 2;
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
    struct vww_op_rows rows = {.units = 1};
    if (!is_image(&graph->tensors[op->inputs[0]]) || !is_image(output))
        return rows;
    rows.window = window_rows(graph, op);
    if (rows.window > 0) {
        rows.stride = op->stride_h;
        rows.pad = op->pad_top;
        set_sums(graph, op, &rows);
    } else if (!set_pointwise(graph, op, &rows)) {
        return (struct vww_op_rows){.units = 1};
    }
    rows.by_rows = true;
    rows.units = vww_tensor_rows(output);
    return rows;
}

static int32_t within(int32_t row, int32_t rows)
{
    return row < 0 ? 0 : row > rows ? rows : row;
}

struct vww_rows vww_op_reads(const struct vww_op_rows *op, int k, int32_t rows, int32_t unit)
{
    if (!op->by_rows)
        return (struct vww_rows){0, rows};
    if ((op->own >> k & 1) != 0)
        return rows == 1 ? (struct vww_rows){0, 1} : (struct vww_rows){unit, unit + 1};
    const int32_t top = unit * op->stride - op->pad;
    return (struct vww_rows){within(top, rows), within(top + op->window, rows)};
}

struct vww_rows vww_op_writes(const struct vww_op_rows *op, int32_t rows, int32_t unit)
{
    return op->by_rows ? (struct vww_rows){unit, unit + 1} : (struct vww_rows){0, rows};
}
