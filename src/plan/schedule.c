/* A schedule: operators cut into units of rows, in an order, with the lives that follow from it. */
#include "plan/schedule_parts.h"

int64_t vww_tensor_bytes(const struct vww_tensor *tensor)
{
    return vww_shape_elements(&tensor->shape) * (int64_t)vww_dtype_bytes(tensor->dtype);
}

/* RESHAPE and DROPOUT (the identity outside training) copy nothing. */
static bool only_renames(const struct vww_graph *graph, const struct vww_op *op)
{
    return (op->kind == VWW_OP_RESHAPE || op->kind == VWW_OP_DROPOUT) &&
           graph->tensors[op->inputs[0]].role == VWW_ROLE_ACTIVATION &&
           vww_tensor_bytes(&graph->tensors[op->inputs[0]]) ==
               vww_tensor_bytes(&graph->tensors[op->outputs[0]]);
}

static vww_status fail_tensor(const struct vww_tensor *tensor, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "the tensor is too large for a microcontroller");
    vww_error_place(error, "tensor %s", tensor->name);
    vww_error_seen(error, "%lld elements", (long long)vww_shape_elements(&tensor->shape));
    vww_error_allowed(error, "at most %lld bytes", (long long)VWW_PLAN_BYTES_MOST);
    return VWW_ERROR_UNSUPPORTED;
}

static vww_status allocate(const struct vww_graph *graph, struct vww_schedule *s,
                           struct vww_error *error)
{
    const size_t tensors = (size_t)graph->tensor_count;
    s->start = vww_allocate(tensors + 1, sizeof *s->start);
    s->root = vww_allocate(tensors, sizeof *s->root);
    s->kept = vww_allocate(tensors, sizeof *s->kept);
    if (s->start == NULL || s->root == NULL || s->kept == NULL)
        return vww_fail_memory(error, tensors * sizeof *s->start);
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        const int64_t elements = vww_shape_elements(&graph->tensors[t].shape);
        if (elements < 0 ||
            elements > VWW_PLAN_BYTES_MOST / (int64_t)vww_dtype_bytes(graph->tensors[t].dtype))
            return fail_tensor(&graph->tensors[t], error);
        s->root[t] = t;
        s->kept[t] = vww_tensor_rows(&graph->tensors[t]);
        s->start[t + 1] = s->start[t] + s->kept[t];
    }
    const size_t rows = (size_t)s->start[graph->tensor_count];
    s->written = vww_allocate(rows, sizeof *s->written);
    s->read = vww_allocate(rows, sizeof *s->read);
    if (s->written == NULL || s->read == NULL)
        return vww_fail_memory(error, rows * sizeof *s->written);
    for (size_t i = 0; i < rows; i++)
        s->written[i] = s->read[i] = -1;
    return VWW_OK;
}

/* What is asked of each operator over and over. */
static vww_status note_operators(const struct vww_graph *graph, struct vww_schedule *s,
                                 struct vww_error *error)
{
    const size_t count = (size_t)graph->op_count;
    s->op_count = graph->op_count;
    s->op_rows = vww_allocate(count, sizeof *s->op_rows);
    s->last_reader = vww_allocate(count, sizeof *s->last_reader);
    if (s->op_rows == NULL || s->last_reader == NULL)
        return vww_fail_memory(error, count * sizeof *s->op_rows);
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        s->op_rows[i] = vww_op_rows(graph, op);
        s->last_reader[i] = i;
        if (only_renames(graph, op))
            s->root[op->outputs[0]] = s->root[op->inputs[0]];
        for (int32_t before = 0; before < i; before++)
            for (int k = 0; k < op->input_count; k++)
                if (graph->ops[before].outputs[0] == op->inputs[k])
                    s->last_reader[before] = i;
    }
    return VWW_OK;
}

static bool interleaves(const struct vww_graph *graph, const struct vww_segments *segments)
{
    bool any = segments->feeds_rows;
    for (int32_t i = 0; i < graph->op_count; i++)
        any = any || segments->first[i] != i;
    return any;
}

static vww_status play(const struct vww_graph *graph, const struct vww_segments *segments,
                       const struct vww_span *span, bool by_rows, const int64_t *scratch_bytes,
                       struct vww_schedule *schedule, struct vww_error *error)
{
    *schedule = (struct vww_schedule){.in_place = by_rows || interleaves(graph, segments)};
    vww_status status = allocate(graph, schedule, error);
    if (status == VWW_OK)
        status = note_operators(graph, schedule, error);
    if (status == VWW_OK)
        status = vww_schedule_order(graph, segments, span, by_rows, schedule, error);
    if (status == VWW_OK)
        status = vww_schedule_live(graph, segments, span, scratch_bytes, schedule, error);
    return status;
}

vww_status vww_schedule_make(const struct vww_graph *graph, const struct vww_segments *segments,
                             bool by_rows, const int64_t *scratch_bytes,
                             struct vww_schedule *schedule, struct vww_error *error)
{
    const struct vww_span all = {.first = 0, .last = graph->op_count - 1};
    return play(graph, segments, &all, by_rows, scratch_bytes, schedule, error);
}

vww_status vww_schedule_segment(const struct vww_graph *graph, const struct vww_segments *segments,
                                int32_t first, int32_t last, const int32_t *latest,
                                const int64_t *scratch_bytes, struct vww_schedule *schedule,
                                struct vww_error *error)
{
    const struct vww_span span = {.first = first, .last = last, .latest = latest};
    return play(graph, segments, &span, true, scratch_bytes, schedule, error);
}

vww_status vww_schedule_latest(const struct vww_graph *graph, int32_t **latest,
                               struct vww_error *error)
{
    struct vww_schedule schedule = {0};
    *latest = NULL;
    vww_status status = allocate(graph, &schedule, error);
    if (status == VWW_OK)
        status = note_operators(graph, &schedule, error);
    if (status == VWW_OK) {
        const size_t rows = (size_t)schedule.start[graph->tensor_count];
        *latest = vww_allocate(rows, sizeof **latest);
        if (*latest != NULL)
            vww_schedule_note_latest(graph, &schedule, *latest);
        else
            status = vww_fail_memory(error, rows * sizeof **latest);
    }
    vww_schedule_fini(&schedule);
    return status;
}

void vww_schedule_fini(struct vww_schedule *schedule)
{
    vww_free(schedule->moments);
    vww_free(schedule->start);
    vww_free(schedule->written);
    vww_free(schedule->read);
    vww_free(schedule->root);
    vww_free(schedule->kept);
    vww_free(schedule->live);
    vww_free(schedule->op_rows);
    vww_free(schedule->last_reader);
    *schedule = (struct vww_schedule){0};
}
