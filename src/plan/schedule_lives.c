/* When each row is live, and how many rows of a tensor have to be kept. */
#include "plan/schedule_parts.h"

/* Rows of a tensor as those of what it was renamed from. */
static struct vww_rows root_rows(const struct vww_graph *graph, const struct vww_schedule *s,
                                 int32_t tensor, struct vww_rows rows)
{
    const int32_t root = s->root[tensor];
    if (root != tensor &&
        !vww_shape_equal(&graph->tensors[root].shape, &graph->tensors[tensor].shape))
        return (struct vww_rows){
            0, vww_schedule_rows(s, root)}; /* the same bytes under another shape */
    return rows;
}

static void touch(const struct vww_graph *graph, struct vww_schedule *s, int32_t tensor,
                  struct vww_rows rows, int32_t time, bool writes)
{
    const int32_t root = s->root[tensor];
    rows = root_rows(graph, s, tensor, rows);
    for (int32_t y = rows.first; y < rows.end; y++) {
        const int32_t at = s->start[root] + y;
        if (writes && s->written[at] < 0)
            s->written[at] = time;
        s->read[at] = time;
    }
}

void vww_schedule_note_latest(const struct vww_graph *graph, const struct vww_schedule *s,
                              int32_t *latest)
{
    for (int32_t row = 0; row < s->start[graph->tensor_count]; row++)
        latest[row] = -1;
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int k = 0; k < graph->ops[i].input_count; k++) {
            const int32_t tensor = graph->ops[i].inputs[k];
            if (graph->tensors[tensor].role != VWW_ROLE_ACTIVATION)
                continue;
            for (int32_t unit = 0; unit < s->op_rows[i].units; unit++) {
                const struct vww_rows rows =
                    root_rows(graph, s, tensor,
                              vww_op_reads(&s->op_rows[i], k, vww_schedule_rows(s, tensor), unit));
                for (int32_t y = rows.first; y < rows.end; y++)
                    latest[s->start[s->root[tensor]] + y] = i;
            }
        }
    const int32_t root = s->root[graph->output];
    for (int32_t row = s->start[root]; row < s->start[root + 1]; row++)
        latest[row] = graph->op_count;
}

/* What lies there before the span begins, and what is read after it. */
static void note_surroundings(const struct vww_graph *graph, const struct vww_span *span,
                              struct vww_schedule *s, bool after)
{
    for (int32_t i = -1; i <= (after ? span->last : span->first - 1); i++)
        for (int k = 0; k < (i < 0 ? 1 : graph->ops[i].output_count); k++) {
            const int32_t tensor = i < 0 ? graph->input : graph->ops[i].outputs[k];
            if (s->root[tensor] != tensor)
                continue;
            for (int32_t row = s->start[tensor]; row < s->start[tensor + 1]; row++) {
                if (!after && span->latest[row] >= span->first)
                    s->written[row] = s->read[row] = 0;
                if (after && span->latest[row] > span->last)
                    s->read[row] = s->count;
            }
        }
}

static void note_lives(const struct vww_graph *graph, const struct vww_span *span,
                       struct vww_schedule *s)
{
    if (span->first > 0)
        note_surroundings(graph, span, s, false);
    for (int32_t time = 0; time < s->count; time++) {
        const struct vww_moment *moment = &s->moments[time];
        if (moment->op == VWW_STEP_INPUT) {
            touch(graph, s, graph->input, (struct vww_rows){moment->first, moment->end}, time,
                  true);
            continue;
        }
        const struct vww_op *op = &graph->ops[moment->op];
        const struct vww_op_rows *rows = &s->op_rows[moment->op];
        for (int32_t unit = moment->first; unit < moment->end; unit++) {
            for (int k = 0; k < op->input_count; k++)
                if (graph->tensors[op->inputs[k]].role == VWW_ROLE_ACTIVATION)
                    touch(graph, s, op->inputs[k],
                          vww_op_reads(rows, k, vww_schedule_rows(s, op->inputs[k]), unit), time,
                          false);
            for (int k = 0; k < op->output_count; k++)
                if (s->root[op->outputs[k]] == op->outputs[k])
                    touch(graph, s, op->outputs[k],
                          vww_op_writes(rows, vww_schedule_rows(s, op->outputs[k]), unit), time,
                          true);
        }
    }
    if (span->last + 1 < graph->op_count)
        note_surroundings(graph, span, s, true);
    else
        touch(graph, s, graph->output, (struct vww_rows){0, vww_schedule_rows(s, graph->output)},
              s->count, false);
}

/* The least number of rows with which no row is overwritten while it is needed. */
static int32_t ring_rows(const struct vww_schedule *s, int32_t tensor)
{
    const int32_t *written = s->written + s->start[tensor], *read = s->read + s->start[tensor];
    const int32_t rows = vww_schedule_rows(s, tensor);
    for (int32_t kept = 1; kept < rows; kept++) {
        bool enough = true;
        for (int32_t y = 0; y + kept < rows && enough; y++)
            enough = written[y + kept] > read[y];
        if (enough)
            return kept;
    }
    return rows;
}

/* Tensors that are made and used up within one interleaved segment become rings. */
static void shrink_rings(const struct vww_graph *graph, const struct vww_segments *segments,
                         struct vww_schedule *s, bool *is_ring)
{
    const int32_t *first = segments->first;
    for (int32_t t = 0; t < graph->tensor_count; t++)
        is_ring[t] = false;
    is_ring[graph->input] = segments->feeds_rows;
    for (int32_t i = 0; i < graph->op_count; i++) {
        const bool interleaved = (i > 0 && first[i] != i) ||
                                 (i + 1 < graph->op_count && first[i + 1] == first[i]) ||
                                 (segments->feeds_rows && first[i] == 0);
        for (int k = 0; k < graph->ops[i].output_count; k++)
            is_ring[graph->ops[i].outputs[k]] = interleaved;
    }
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int k = 0; k < graph->ops[i].input_count; k++) {
            const int32_t t = graph->ops[i].inputs[k];
            int32_t producer = i - 1;
            while (producer >= 0 && graph->ops[producer].outputs[0] != t)
                producer--;
            const int32_t made_in = producer >= 0 ? first[producer] : 0;
            if (first[i] != made_in)
                is_ring[t] = false;
        }
    is_ring[graph->output] = false;
    for (int32_t t = 0; t < graph->tensor_count; t++)
        if (s->root[t] != t)
            is_ring[t] = is_ring[s->root[t]] = false;
    for (int32_t t = 0; t < graph->tensor_count; t++)
        if (is_ring[t])
            s->kept[t] = ring_rows(s, t);
}

/* Whole planes: every row of a tensor lives as long as any of its rows. */
static void join_rows(const struct vww_graph *graph, struct vww_schedule *s)
{
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        int32_t first = INT32_MAX, last = -1;
        for (int32_t y = s->start[t]; y < s->start[t + 1]; y++) {
            first = s->written[y] < first ? s->written[y] : first;
            last = s->read[y] > last ? s->read[y] : last;
        }
        for (int32_t y = s->start[t]; y < s->start[t + 1]; y++) {
            s->written[y] = first;
            s->read[y] = last;
        }
    }
}

/* Bytes of an input's row that the output's takes the place of. */
static int64_t exchanged_bytes(const struct vww_graph *graph, const struct vww_schedule *s,
                               int32_t time)
{
    const struct vww_moment *moment = &s->moments[time];
    if (!s->in_place || moment->op == VWW_STEP_INPUT || moment->end != moment->first + 1)
        return 0;
    const struct vww_op *op = &graph->ops[moment->op];
    for (int k = 0; k < op->input_count; k++) {
        if ((s->op_rows[moment->op].exchanged >> k & 1) == 0)
            continue;
        const int32_t root = s->root[op->inputs[k]], rows = vww_schedule_rows(s, root);
        const int32_t row = rows == vww_schedule_rows(s, op->outputs[0]) ? moment->first : rows - 1;
        if (s->read[s->start[root] + row] == time)
            return vww_tensor_bytes(&graph->tensors[op->outputs[0]]) /
                   vww_schedule_rows(s, op->outputs[0]);
    }
    return 0;
}

static vww_status count_live(const struct vww_graph *graph, const int64_t *scratch_bytes,
                             struct vww_schedule *s, struct vww_error *error)
{
    s->live = vww_allocate((size_t)s->count + 2, sizeof *s->live);
    if (s->live == NULL)
        return vww_fail_memory(error, ((size_t)s->count + 2) * sizeof *s->live);
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        const int64_t row_bytes = vww_tensor_bytes(&graph->tensors[t]) / vww_schedule_rows(s, t);
        for (int32_t y = s->start[t]; y < s->start[t + 1]; y++)
            if (s->written[y] >= 0) {
                s->live[s->written[y]] += row_bytes;
                s->live[s->read[y] + 1] -= row_bytes;
            }
    }
    for (int32_t time = 0; time < s->count; time++)
        s->live[time + 1] += s->live[time];
    for (int32_t time = 0; time < s->count && scratch_bytes != NULL; time++)
        if (s->moments[time].op != VWW_STEP_INPUT)
            s->live[time] += scratch_bytes[s->moments[time].op];
    for (int32_t time = 0; time < s->count; time++)
        s->live[time] -= exchanged_bytes(graph, s, time);
    return VWW_OK;
}

vww_status vww_schedule_live(const struct vww_graph *graph, const struct vww_segments *segments,
                             const struct vww_span *span, const int64_t *scratch_bytes,
                             struct vww_schedule *s, struct vww_error *error)
{
    bool *is_ring = vww_allocate((size_t)graph->tensor_count, sizeof *is_ring);
    if (is_ring == NULL)
        return vww_fail_memory(error, (size_t)graph->tensor_count);
    note_lives(graph, span, s);
    if (!s->in_place)
        join_rows(graph, s);
    shrink_rings(graph, segments, s, is_ring);
    vww_free(is_ring);
    return count_live(graph, scratch_bytes, s, error);
}
