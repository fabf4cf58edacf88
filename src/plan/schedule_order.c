/* The order in which rows are computed. */
#include "plan/schedule_parts.h"

static vww_status add(struct vww_schedule *s, int32_t op, int32_t first, int32_t end,
                      struct vww_error *error)
{
    if (vww_array_reserve((void **)&s->moments, &s->capacity, (size_t)s->count + 1,
                          sizeof *s->moments) != 0)
        return vww_fail_memory(error, s->capacity * 2 * sizeof *s->moments);
    s->moments[s->count++] = (struct vww_moment){op, first, end};
    return VWW_OK;
}

/* How far a segment has come. */
struct progress {
    const struct vww_graph *graph;
    struct vww_schedule *schedule;
    int32_t first, last;
    int32_t *done;      /* for each operator: units */
    int32_t *available; /* for each tensor: rows that are made */
};

static bool can_run(const struct progress *p, int32_t index)
{
    const struct vww_op *op = &p->graph->ops[index];
    const struct vww_op_rows *rows = &p->schedule->op_rows[index];
    if (p->done[index] == rows->units)
        return false;
    for (int k = 0; k < op->input_count; k++) {
        const int32_t t = op->inputs[k];
        if (p->graph->tensors[t].role == VWW_ROLE_ACTIVATION &&
            vww_op_reads(rows, k, vww_schedule_rows(p->schedule, t), p->done[index]).end >
                p->available[t])
            return false;
    }
    return true;
}

static vww_status run_unit(struct progress *p, int32_t index, struct vww_error *error)
{
    const struct vww_op *op = &p->graph->ops[index];
    const int32_t unit = p->done[index]++;
    for (int k = 0; k < op->output_count; k++)
        p->available[op->outputs[k]] =
            vww_op_writes(&p->schedule->op_rows[index],
                          vww_schedule_rows(p->schedule, op->outputs[k]), unit)
                .end;
    return add(p->schedule, index, unit, unit + 1, error);
}

/* Always the row that is furthest down, so that each value is used up as soon as it can be; only
 * when nothing can be computed the next row of the image is taken. */
static vww_status interleave(struct progress *p, bool feeds_rows, struct vww_error *error)
{
    const int32_t image = p->graph->input;
    int32_t from = p->last; /* no operator behind it can run */
    for (;;) {
        int32_t op = from;
        while (op >= p->first && !can_run(p, op))
            op--;
        vww_status status;
        if (op >= p->first) {
            status = run_unit(p, op, error);
            from = p->schedule->last_reader[op] < p->last ? p->schedule->last_reader[op] : p->last;
        } else if (feeds_rows && p->available[image] < vww_schedule_rows(p->schedule, image)) {
            const int32_t row = p->available[image]++;
            status = add(p->schedule, VWW_STEP_INPUT, row, row + 1, error);
            from = p->last;
        } else {
            return VWW_OK;
        }
        if (status != VWW_OK)
            return status;
    }
}

static vww_status run_alone(struct progress *p, int32_t op, bool by_rows, struct vww_error *error)
{
    const int32_t units = p->schedule->op_rows[op].units;
    if (!by_rows)
        return add(p->schedule, op, 0, units, error);
    vww_status status = VWW_OK;
    for (int32_t unit = 0; unit < units && status == VWW_OK; unit++)
        status = add(p->schedule, op, unit, unit + 1, error);
    return status;
}

/* The image and what operators before `first` make is there. */
static vww_status begin(struct progress *p, int32_t first, bool feeds_rows, struct vww_error *error)
{
    const struct vww_graph *graph = p->graph;
    struct vww_schedule *s = p->schedule;
    p->done = vww_allocate((size_t)graph->op_count, sizeof *p->done);
    p->available = vww_allocate((size_t)graph->tensor_count, sizeof *p->available);
    if (p->done == NULL || p->available == NULL)
        return vww_fail_memory(error, (size_t)graph->tensor_count * sizeof *p->done);
    for (int32_t i = 0; i < first; i++)
        for (int k = 0; k < graph->ops[i].output_count; k++)
            p->available[graph->ops[i].outputs[k]] = vww_schedule_rows(s, graph->ops[i].outputs[k]);
    if (feeds_rows && first == 0)
        return VWW_OK;
    p->available[graph->input] = vww_schedule_rows(s, graph->input);
    return first == 0 ? add(s, VWW_STEP_INPUT, 0, vww_schedule_rows(s, graph->input), error)
                      : VWW_OK;
}

vww_status vww_schedule_order(const struct vww_graph *graph, const struct vww_segments *segments,
                              const struct vww_span *span, bool by_rows, struct vww_schedule *s,
                              struct vww_error *error)
{
    struct progress p = {.graph = graph, .schedule = s};
    vww_status status = begin(&p, span->first, segments->feeds_rows, error);
    for (p.first = span->first; p.first <= span->last && status == VWW_OK; p.first = p.last + 1) {
        p.last = p.first;
        while (p.last + 1 < graph->op_count && segments->first[p.last + 1] == p.first)
            p.last++;
        const bool feeds_rows = segments->feeds_rows && p.first == 0;
        status = p.last > p.first || feeds_rows ? interleave(&p, feeds_rows, error)
                                                : run_alone(&p, p.first, by_rows, error);
        for (int32_t op = p.first; op <= p.last; op++)
            for (int k = 0; k < graph->ops[op].output_count; k++)
                p.available[graph->ops[op].outputs[k]] =
                    vww_schedule_rows(s, graph->ops[op].outputs[k]);
    }
    vww_free(p.done);
    vww_free(p.available);
    return status;
}
