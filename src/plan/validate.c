/* An independent check of a plan. It knows nothing of lifetimes: it keeps, for each byte of the
 * arena, which tensor wrote it last, and plays the graph. */
#include "base/memory.h"
#include "plan/plan.h"

#define NOBODY (-1)

struct replay {
    const struct vww_graph *graph;
    const struct vww_plan *plan;
    int32_t *writer; /* for each byte of the arena: the tensor whose value it holds, or NOBODY */
    int32_t *value;  /* for each tensor: whose bytes it is (itself, or what it was renamed from) */
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
    vww_error_allowed(error, "an arena of %lld bytes", (long long)replay->plan->arena_bytes);
    return VWW_ERROR_MISMATCH;
}

static vww_status check_place(const struct replay *replay, int32_t tensor, int32_t op,
                              struct vww_error *error)
{
    const struct vww_placement *placement = &replay->plan->placements[tensor];
    const struct vww_tensor *t = &replay->graph->tensors[tensor];
    const int64_t size = (int64_t)vww_dtype_bytes(t->dtype);
    if (placement->bytes != vww_shape_elements(&t->shape) * size)
        return refuse(replay, tensor, op, "a tensor has another size", error);
    if (placement->offset < 0)
        return refuse(replay, tensor, op, "a tensor that is used has no place", error);
    if (placement->offset % size != 0)
        return refuse(replay, tensor, op, "a tensor is not aligned", error);
    if (placement->offset > replay->plan->arena_bytes - placement->bytes)
        return refuse(replay, tensor, op, "a tensor lies outside the arena", error);
    return VWW_OK;
}

static void write_tensor(struct replay *replay, int32_t tensor)
{
    const struct vww_placement *placement = &replay->plan->placements[tensor];
    replay->value[tensor] = tensor;
    for (int64_t i = 0; i < placement->bytes; i++)
        replay->writer[placement->offset + i] = tensor;
}

static bool holds(const struct replay *replay, int32_t tensor)
{
    const struct vww_placement *placement = &replay->plan->placements[tensor];
    for (int64_t i = 0; i < placement->bytes; i++)
        if (replay->writer[placement->offset + i] != replay->value[tensor])
            return false;
    return true;
}

/* An alias is honest when it is the output of an operator that changes no byte, at the very place
 * of its input. */
static bool is_rename(const struct replay *replay, const struct vww_op *op)
{
    const struct vww_placement *out = &replay->plan->placements[op->outputs[0]];
    const struct vww_placement *in = &replay->plan->placements[op->inputs[0]];
    return (op->kind == VWW_OP_RESHAPE || op->kind == VWW_OP_DROPOUT) && out->alias_of >= 0 &&
           out->offset == in->offset && out->bytes == in->bytes;
}

static vww_status play(struct replay *replay, int32_t index, struct vww_error *error)
{
    const struct vww_op *op = &replay->graph->ops[index];
    vww_status status = VWW_OK;
    for (int k = 0; k < op->output_count && status == VWW_OK; k++)
        status = check_place(replay, op->outputs[k], index, error);
    if (status != VWW_OK)
        return status;
    /* A kernel writes while it still reads, so the outputs are written first: whatever they cover
     * is then missing from the inputs. */
    if (is_rename(replay, op))
        replay->value[op->outputs[0]] = replay->value[op->inputs[0]];
    else if (replay->plan->placements[op->outputs[0]].alias_of >= 0)
        return refuse(replay, op->outputs[0], index, "an alias that is not its input's bytes",
                      error);
    else
        for (int k = 0; k < op->output_count; k++)
            write_tensor(replay, op->outputs[k]);
    for (int k = 0; k < op->input_count; k++)
        if (replay->graph->tensors[op->inputs[k]].role == VWW_ROLE_ACTIVATION &&
            !holds(replay, op->inputs[k]))
            return refuse(replay, op->inputs[k], index,
                          "a read would see what another tensor wrote", error);
    for (int k = 0; k < op->output_count; k++)
        if (!holds(replay, op->outputs[k]))
            return refuse(replay, op->outputs[k], index, "two outputs cover each other", error);
    return VWW_OK;
}

static vww_status play_all(struct replay *replay, struct vww_error *error)
{
    const struct vww_graph *graph = replay->graph;
    const struct vww_plan *plan = replay->plan;
    for (int64_t i = 0; i < plan->arena_bytes; i++)
        replay->writer[i] = NOBODY;
    vww_status status = check_place(replay, graph->input, -1, error);
    if (status == VWW_OK)
        write_tensor(replay, graph->input);
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++)
        status = play(replay, i, error);
    if (status == VWW_OK && !holds(replay, graph->output))
        status = refuse(replay, graph->output, graph->op_count,
                        "the output is overwritten before the end", error);
    if (status != VWW_OK)
        return status;
    int64_t end = 0;
    for (int32_t t = 0; t < plan->tensor_count; t++)
        if (plan->placements[t].offset >= 0 &&
            plan->placements[t].offset + plan->placements[t].bytes > end)
            end = plan->placements[t].offset + plan->placements[t].bytes;
    if (end != plan->arena_bytes) {
        vww_fail(error, VWW_ERROR_MISMATCH, "the memory plan's arena is larger than what is used");
        vww_error_seen(error, "%lld bytes", (long long)plan->arena_bytes);
        vww_error_allowed(error, "%lld bytes", (long long)end);
        return VWW_ERROR_MISMATCH;
    }
    return VWW_OK;
}

vww_status vww_plan_validate(const struct vww_graph *graph, const struct vww_plan *plan,
                             struct vww_error *error)
{
    if (plan->tensor_count != graph->tensor_count || plan->arena_bytes < 0 ||
        plan->arena_bytes > VWW_PLAN_BYTES_MOST)
        return vww_fail(error, VWW_ERROR_MISMATCH, "the memory plan is not of this graph");
    struct replay replay = {.graph = graph, .plan = plan};
    replay.writer = vww_allocate((size_t)plan->arena_bytes, sizeof *replay.writer);
    replay.value = vww_allocate((size_t)plan->tensor_count, sizeof *replay.value);
    vww_status status;
    if (replay.writer == NULL || replay.value == NULL)
        status = vww_fail_memory(error, (size_t)plan->arena_bytes * sizeof *replay.writer);
    else
        status = play_all(&replay, error);
    vww_free(replay.writer);
    vww_free(replay.value);
    return status;
}
