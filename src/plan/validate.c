/* An independent check of a plan. It knows nothing of lives and segments: it keeps, for each byte
 * of the arena, which row of which tensor wrote it last, and plays the steps row by row. */
#include "base/memory.h"
#include "plan/plan.h"

#define NOBODY (-1)

struct replay {
    const struct vww_graph *graph;
    const struct vww_plan *plan;
    const int64_t *scratch_bytes;
    int64_t total_bytes;
    int32_t *writer; /* for each byte of the arena: whose row it holds (see row_tag), or NOBODY */
    int32_t *tag;    /* for each tensor: row_tag of its row 0, of what it was renamed from */
    int32_t *own_tag;
    int32_t *made;      /* for each tensor: rows written */
    int64_t *row_bytes; /* for each tensor */
};

static vww_status refuse(const struct replay *replay, int32_t tensor, int32_t op, const char *what,
                         struct vww_error *error)
{
    const struct vww_placement *placement = &replay->plan->placements[tensor];
    vww_fail(error, VWW_ERROR_MISMATCH, "the memory plan is wrong: %s", what);
    vww_error_place(error, "tensor %.40s, operator %.40s", replay->graph->tensors[tensor].name,
                    op >= 0 && op < replay->graph->op_count ? replay->graph->ops[op].name : "none");
    vww_error_seen(error, "bytes %lld to %lld", (long long)placement->offset,
                   (long long)(placement->offset + placement->bytes - 1));
    vww_error_allowed(error, "an arena of %lld bytes", (long long)replay->total_bytes);
    return VWW_ERROR_MISMATCH;
}

static int32_t height(const struct replay *replay, int32_t tensor)
{
    const struct vww_shape *shape = &replay->graph->tensors[tensor].shape;
    return shape->rank == 4 && shape->dims[0] == 1 ? shape->dims[1] : 1;
}

static int64_t row_bytes(const struct replay *replay, int32_t tensor)
{
    return replay->row_bytes[tensor];
}

static vww_status check_place(const struct replay *replay, int32_t tensor, int32_t op,
                              struct vww_error *error)
{
    const struct vww_placement *placement = &replay->plan->placements[tensor];
    const int64_t size = (int64_t)vww_dtype_bytes(replay->graph->tensors[tensor].dtype);
    if (placement->rows < 1 || placement->rows > height(replay, tensor) ||
        placement->bytes != row_bytes(replay, tensor) * placement->rows)
        return refuse(replay, tensor, op, "a tensor has another size", error);
    if (placement->offset < 0)
        return refuse(replay, tensor, op, "a tensor that is used has no place", error);
    if (placement->offset % size != 0)
        return refuse(replay, tensor, op, "a tensor is not aligned", error);
    if (placement->offset > replay->plan->arena_bytes - placement->bytes)
        return refuse(replay, tensor, op, "a tensor lies outside the arena", error);
    return VWW_OK;
}

static int32_t *row_of(const struct replay *replay, int32_t tensor, int32_t y)
{
    const struct vww_placement *placement = &replay->plan->placements[tensor];
    return replay->writer + placement->offset + y % placement->rows * row_bytes(replay, tensor);
}

static void write_row(struct replay *replay, int32_t tensor, int32_t y)
{
    int32_t *writer = row_of(replay, tensor, y);
    for (int64_t i = 0; i < row_bytes(replay, tensor); i++)
        writer[i] = replay->own_tag[tensor] + y;
}

/* Byte i of row y. A renamed tensor of another shape has its bytes in the rows of the other. */
static bool holds_byte(const struct replay *replay, int32_t tensor, int32_t y, int64_t i)
{
    const struct vww_placement *placement = &replay->plan->placements[tensor];
    const int32_t source = placement->alias_of >= 0 ? placement->alias_of : tensor;
    const int64_t at = y * row_bytes(replay, tensor) + i;
    return row_of(replay, tensor, y)[i] ==
           replay->tag[tensor] + (int32_t)(at / row_bytes(replay, source));
}

static bool holds_row(const struct replay *replay, int32_t tensor, int32_t y)
{
    bool holds = true;
    if (replay->plan->placements[tensor].alias_of < 0) {
        const int32_t *writer = row_of(replay, tensor, y);
        for (int64_t i = 0; i < row_bytes(replay, tensor) && holds; i++)
            holds = writer[i] == replay->own_tag[tensor] + y;
        return holds;
    }
    for (int64_t i = 0; i < row_bytes(replay, tensor) && holds; i++)
        holds = holds_byte(replay, tensor, y, i);
    return holds;
}

/* --- operators -------------------------------------------------------------------------------- */

/* What the runtime promises of a kernel: rows are computed in ascending order; or, unless
 * `by_rows`, everything may be read and written at any time. */
struct manner {
    bool by_rows, pointwise;
    int32_t units;
};

static bool is_image(const struct replay *replay, int32_t tensor)
{
    const struct vww_shape *shape = &replay->graph->tensors[tensor].shape;
    return shape->rank == 4 && shape->dims[0] == 1;
}

static bool is_window(const struct vww_op *op)
{
    return op->kind == VWW_OP_CONV_2D || op->kind == VWW_OP_DEPTHWISE_CONV_2D ||
           op->kind == VWW_OP_AVERAGE_POOL_2D || op->kind == VWW_OP_MAX_POOL_2D;
}

/* The kernels that go from element to element. */
static bool is_pointwise(const struct vww_op *op)
{
    return op->kind == VWW_OP_RELU || op->kind == VWW_OP_RELU6 || op->kind == VWW_OP_ADD ||
           op->kind == VWW_OP_MUL || op->kind == VWW_OP_LOGISTIC || op->kind == VWW_OP_HARD_SWISH ||
           op->kind == VWW_OP_QUANTIZE;
}

static bool is_activation(const struct replay *replay, int32_t tensor)
{
    return replay->graph->tensors[tensor].role == VWW_ROLE_ACTIVATION;
}

static struct manner manner_of(const struct replay *replay, const struct vww_op *op)
{
    struct manner manner = {.units = 1};
    const int32_t output = op->outputs[0];
    if (!is_image(replay, op->inputs[0]) || !is_image(replay, output))
        return manner;
    manner.pointwise = is_pointwise(op);
    for (int k = 0; k < op->input_count; k++)
        manner.pointwise =
            manner.pointwise && (height(replay, op->inputs[k]) == 1 ||
                                 (is_activation(replay, op->inputs[k]) &&
                                  height(replay, op->inputs[k]) == height(replay, output)));
    manner.by_rows = manner.pointwise || is_window(op);
    if (manner.by_rows)
        manner.units = height(replay, output);
    return manner;
}

/* Inputs of which row y is for output row y: those of pointwise kernels, and the sums to which a
 * convolution adds. */
static bool reads_own_row(const struct vww_op *op, const struct manner *manner, int k)
{
    return manner->pointwise || (op->kind == VWW_OP_CONV_2D && k == 2);
}

/* Such an input may be overwritten by an output of the same size, element by element. */
static bool is_overwritten(const struct replay *replay, const struct vww_op *op,
                           const struct manner *manner, int k)
{
    const struct vww_tensor *in = &replay->graph->tensors[op->inputs[k]];
    const struct vww_tensor *out = &replay->graph->tensors[op->outputs[0]];
    return manner->by_rows && reads_own_row(op, manner, k) && in->role == VWW_ROLE_ACTIVATION &&
           in->dtype == out->dtype && vww_shape_equal(&in->shape, &out->shape);
}

/* Whether row y of inputs[k] is in the window of output row `unit`. */
static bool reads(const struct replay *replay, const struct vww_op *op, const struct manner *manner,
                  int k, int32_t unit, int32_t y)
{
    if (!manner->by_rows)
        return true;
    if (reads_own_row(op, manner, k))
        return y == unit || height(replay, op->inputs[k]) == 1;
    const bool is_pool = op->kind == VWW_OP_AVERAGE_POOL_2D || op->kind == VWW_OP_MAX_POOL_2D;
    const int32_t taps =
        is_pool ? op->kernel_h : replay->graph->tensors[op->inputs[1]].shape.dims[1];
    for (int32_t tap = 0; tap < taps; tap++)
        if (y == unit * op->stride_h - op->pad_top + tap * (is_pool ? 1 : op->dilation_h))
            return true;
    return false;
}

static vww_status check_reads(const struct replay *replay, const struct vww_op *op, int32_t index,
                              const struct manner *manner, int32_t unit, struct vww_error *error)
{
    for (int k = 0; k < op->input_count; k++) {
        const int32_t tensor = op->inputs[k];
        if (!is_activation(replay, tensor) || is_overwritten(replay, op, manner, k))
            continue;
        for (int32_t y = 0; y < height(replay, tensor); y++)
            if (reads(replay, op, manner, k, unit, y) && !holds_row(replay, tensor, y))
                return refuse(replay, tensor, index, "a read would see what another row wrote",
                              error);
    }
    return VWW_OK;
}

/* An output row, one byte after the other: the inputs' bytes at its place are read before it is
 * written. */
static vww_status write_by_bytes(struct replay *replay, const struct vww_op *op, int32_t index,
                                 const struct manner *manner, int32_t unit, struct vww_error *error)
{
    const int32_t output = op->outputs[0];
    int32_t *to = row_of(replay, output, unit);
    for (int64_t i = 0; i < row_bytes(replay, output); i++) {
        for (int k = 0; k < op->input_count; k++)
            if (is_overwritten(replay, op, manner, k) &&
                !holds_byte(replay, op->inputs[k], unit, i))
                return refuse(replay, op->inputs[k], index,
                              "a read would see what another row wrote", error);
        to[i] = replay->own_tag[output] + unit;
    }
    return VWW_OK;
}

static bool spoil_scratch(struct replay *replay, int32_t index)
{
    const int64_t bytes = replay->scratch_bytes != NULL ? replay->scratch_bytes[index] : 0;
    const int64_t at = replay->plan->scratch[index];
    if (bytes == 0)
        return at < 0;
    if (at < 0 || at % 8 != 0 || at > replay->total_bytes - bytes)
        return false;
    for (int64_t i = 0; i < bytes; i++)
        replay->writer[at + i] = NOBODY;
    return true;
}

static vww_status play_unit(struct replay *replay, int32_t index, const struct manner *manner,
                            int32_t unit, struct vww_error *error)
{
    const struct vww_op *op = &replay->graph->ops[index];
    vww_status status = VWW_OK;
    if (!spoil_scratch(replay, index))
        return refuse(replay, op->outputs[0], index, "a kernel has no room to work in", error);
    /* A kernel writes while it still reads, so the outputs are written first: whatever they cover
     * is then missing from the inputs. */
    if (manner->by_rows)
        status = write_by_bytes(replay, op, index, manner, unit, error);
    for (int k = 0; k < op->output_count && !manner->by_rows; k++)
        for (int32_t y = 0; y < height(replay, op->outputs[k]); y++)
            write_row(replay, op->outputs[k], y);
    if (status == VWW_OK)
        status = check_reads(replay, op, index, manner, unit, error);
    for (int k = 0; k < op->output_count && status == VWW_OK; k++)
        for (int32_t y = 0; y < height(replay, op->outputs[k]); y++)
            if ((!manner->by_rows || y == unit) && !holds_row(replay, op->outputs[k], y))
                return refuse(replay, op->outputs[k], index, "outputs or working memory overlap",
                              error);
    if (status == VWW_OK && replay->scratch_bytes != NULL && replay->scratch_bytes[index] > 0)
        for (int64_t i = 0; i < replay->scratch_bytes[index]; i++)
            if (replay->writer[replay->plan->scratch[index] + i] != NOBODY)
                return refuse(replay, op->outputs[0], index, "outputs or working memory overlap",
                              error);
    return status;
}

/* An alias is honest when it is the output of an operator that changes no byte, at the very place
 * of its input. */
static bool is_rename(const struct replay *replay, const struct vww_op *op)
{
    const struct vww_placement *out = &replay->plan->placements[op->outputs[0]];
    const struct vww_placement *in = &replay->plan->placements[op->inputs[0]];
    const int32_t source = in->alias_of >= 0 ? in->alias_of : op->inputs[0];
    return (op->kind == VWW_OP_RESHAPE || op->kind == VWW_OP_DROPOUT) && out->alias_of == source &&
           out->offset == in->offset && out->bytes == in->bytes &&
           in->rows == height(replay, op->inputs[0]);
}

static vww_status play_step(struct replay *replay, const struct vww_step *step,
                            struct vww_error *error)
{
    const struct vww_op *op = &replay->graph->ops[step->op];
    const struct manner manner = manner_of(replay, op);
    const int32_t output = op->outputs[0];
    vww_status status = VWW_OK;
    for (int k = 0; k < op->output_count && status == VWW_OK; k++)
        status = check_place(replay, op->outputs[k], step->op, error);
    if (status != VWW_OK)
        return status;
    if (step->first != replay->made[output] || step->end <= step->first || step->end > manner.units)
        return refuse(replay, output, step->op, "rows are missing, or not in order", error);
    replay->made[output] = step->end;
    if (replay->plan->placements[output].alias_of >= 0) {
        if (!is_rename(replay, op))
            return refuse(replay, output, step->op, "an alias that is not its input's bytes",
                          error);
        replay->tag[output] = replay->tag[op->inputs[0]];
        return check_reads(replay, op, step->op, &manner, 0, error);
    }
    for (int32_t unit = step->first; unit < step->end && status == VWW_OK; unit++)
        status = play_unit(replay, step->op, &manner, unit, error);
    return status;
}

static vww_status play_input(struct replay *replay, const struct vww_step *step,
                             struct vww_error *error)
{
    const int32_t input = replay->graph->input;
    const vww_status status = check_place(replay, input, -1, error);
    if (status != VWW_OK)
        return status;
    if (step->first != replay->made[input] || step->end <= step->first ||
        step->end > height(replay, input))
        return refuse(replay, input, -1, "rows are missing, or not in order", error);
    for (int32_t y = step->first; y < step->end; y++)
        write_row(replay, input, y);
    replay->made[input] = step->end;
    return VWW_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

static vww_status check_end(const struct replay *replay, struct vww_error *error)
{
    const struct vww_graph *graph = replay->graph;
    const struct vww_plan *plan = replay->plan;
    for (int32_t y = 0; y < height(replay, graph->output); y++)
        if (!holds_row(replay, graph->output, y))
            return refuse(replay, graph->output, graph->op_count,
                          "the output is overwritten before the end", error);
    for (int32_t i = 0; i < graph->op_count; i++)
        if (replay->made[graph->ops[i].outputs[0]] != manner_of(replay, &graph->ops[i]).units)
            return refuse(replay, graph->ops[i].outputs[0], i, "rows are missing, or not in order",
                          error);
    int64_t end = 0, total = 0;
    for (int32_t t = 0; t < plan->tensor_count; t++)
        if (plan->placements[t].offset >= 0 &&
            plan->placements[t].offset + plan->placements[t].bytes > end)
            end = plan->placements[t].offset + plan->placements[t].bytes;
    total = end;
    for (int32_t i = 0; i < plan->op_count; i++)
        if (plan->scratch[i] >= 0 && replay->scratch_bytes != NULL &&
            plan->scratch[i] + replay->scratch_bytes[i] > total)
            total = plan->scratch[i] + replay->scratch_bytes[i];
    if (end == plan->arena_bytes && total == replay->total_bytes)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "the memory plan's arena is larger than what is used");
    vww_error_seen(error, "%lld bytes", (long long)replay->total_bytes);
    vww_error_allowed(error, "%lld bytes", (long long)total);
    return VWW_ERROR_MISMATCH;
}

static vww_status play_all(struct replay *replay, struct vww_error *error)
{
    const struct vww_plan *plan = replay->plan;
    for (int64_t i = 0; i < replay->total_bytes; i++)
        replay->writer[i] = NOBODY;
    int32_t tag = 0;
    for (int32_t t = 0; t < plan->tensor_count; t++) {
        const struct vww_tensor *tensor = &replay->graph->tensors[t];
        replay->row_bytes[t] = vww_shape_elements(&tensor->shape) *
                               (int64_t)vww_dtype_bytes(tensor->dtype) / height(replay, t);
        replay->tag[t] = replay->own_tag[t] = tag;
        tag += height(replay, t);
    }
    vww_status status = VWW_OK;
    for (int32_t i = 0; i < plan->step_count && status == VWW_OK; i++) {
        const struct vww_step *step = &plan->steps[i];
        if (step->op < VWW_STEP_INPUT || step->op >= replay->graph->op_count)
            return vww_fail(error, VWW_ERROR_MISMATCH, "the memory plan is not of this graph");
        status = step->op == VWW_STEP_INPUT ? play_input(replay, step, error)
                                            : play_step(replay, step, error);
    }
    return status == VWW_OK ? check_end(replay, error) : status;
}

vww_status vww_plan_validate(const struct vww_graph *graph, const struct vww_plan *plan,
                             const int64_t *scratch_bytes, struct vww_error *error)
{
    if (plan->tensor_count != graph->tensor_count || plan->op_count != graph->op_count ||
        plan->arena_bytes < 0 || plan->scratch_bytes < 0 ||
        plan->arena_bytes > VWW_PLAN_BYTES_MOST || plan->scratch_bytes > VWW_PLAN_BYTES_MOST)
        return vww_fail(error, VWW_ERROR_MISMATCH, "the memory plan is not of this graph");
    struct replay replay = {.graph = graph,
                            .plan = plan,
                            .scratch_bytes = scratch_bytes,
                            .total_bytes = plan->arena_bytes + plan->scratch_bytes};
    const size_t tensors = (size_t)plan->tensor_count;
    replay.writer = vww_allocate((size_t)replay.total_bytes, sizeof *replay.writer);
    replay.tag = vww_allocate(tensors, sizeof *replay.tag);
    replay.own_tag = vww_allocate(tensors, sizeof *replay.own_tag);
    replay.made = vww_allocate(tensors, sizeof *replay.made);
    replay.row_bytes = vww_allocate(tensors, sizeof *replay.row_bytes);
    vww_status status;
    if (replay.writer == NULL || replay.tag == NULL || replay.own_tag == NULL ||
        replay.made == NULL || replay.row_bytes == NULL)
        status = vww_fail_memory(error, (size_t)replay.total_bytes * sizeof *replay.writer);
    else
        status = play_all(&replay, error);
    vww_free(replay.writer);
    vww_free(replay.tag);
    vww_free(replay.own_tag);
    vww_free(replay.made);
    vww_free(replay.row_bytes);
    return status;
}
