/* The order in which rows are computed, and when each is live. */
#include "base/memory.h"
#include "plan/plan.h"
#include "plan/rows.h"

#include <string.h>

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

/* Operators first … last, with those around them as done and as to come. latest: for each row the
 * last operator that reads it; not looked at where the span is the whole graph. */
struct span {
    int32_t first, last;
    const int32_t *latest;
};

/* --- the order -------------------------------------------------------------------------------- */

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

static int32_t rows_of(const struct vww_schedule *s, int32_t tensor)
{
    return s->start[tensor + 1] - s->start[tensor];
}

static bool can_run(const struct progress *p, int32_t index)
{
    const struct vww_op *op = &p->graph->ops[index];
    const struct vww_op_rows *rows = &p->schedule->op_rows[index];
    if (p->done[index] == rows->units)
        return false;
    for (int k = 0; k < op->input_count; k++) {
        const int32_t t = op->inputs[k];
        if (p->graph->tensors[t].role == VWW_ROLE_ACTIVATION &&
            vww_op_reads(rows, k, rows_of(p->schedule, t), p->done[index]).end > p->available[t])
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
            vww_op_writes(&p->schedule->op_rows[index], rows_of(p->schedule, op->outputs[k]), unit)
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
        } else if (feeds_rows && p->available[image] < rows_of(p->schedule, image)) {
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
            p->available[graph->ops[i].outputs[k]] = rows_of(s, graph->ops[i].outputs[k]);
    if (feeds_rows && first == 0)
        return VWW_OK;
    p->available[graph->input] = rows_of(s, graph->input);
    return first == 0 ? add(s, VWW_STEP_INPUT, 0, rows_of(s, graph->input), error) : VWW_OK;
}

static vww_status order(const struct vww_graph *graph, const struct vww_segments *segments,
                        const struct span *span, bool by_rows, struct vww_schedule *s,
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
                p.available[graph->ops[op].outputs[k]] = rows_of(s, graph->ops[op].outputs[k]);
    }
    vww_free(p.done);
    vww_free(p.available);
    return status;
}

/* --- lives ------------------------------------------------------------------------------------ */

/* Rows of a tensor as those of what it was renamed from. */
static struct vww_rows root_rows(const struct vww_graph *graph, const struct vww_schedule *s,
                                 int32_t tensor, struct vww_rows rows)
{
    const int32_t root = s->root[tensor];
    if (root != tensor &&
        !vww_shape_equal(&graph->tensors[root].shape, &graph->tensors[tensor].shape))
        return (struct vww_rows){0, rows_of(s, root)}; /* the same bytes under another shape */
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

/* The operator, among all of the graph, that is the last to read each row; op_count for those of
 * the output. Rows as in the schedule. */
static void note_latest(const struct vww_graph *graph, const struct vww_schedule *s,
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
                const struct vww_rows rows = root_rows(
                    graph, s, tensor, vww_op_reads(&s->op_rows[i], k, rows_of(s, tensor), unit));
                for (int32_t y = rows.first; y < rows.end; y++)
                    latest[s->start[s->root[tensor]] + y] = i;
            }
        }
    const int32_t root = s->root[graph->output];
    for (int32_t row = s->start[root]; row < s->start[root + 1]; row++)
        latest[row] = graph->op_count;
}

/* What lies there before the span begins, and what is read after it. */
static void note_surroundings(const struct vww_graph *graph, const struct span *span,
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

static void note_lives(const struct vww_graph *graph, const struct span *span,
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
                          vww_op_reads(rows, k, rows_of(s, op->inputs[k]), unit), time, false);
            for (int k = 0; k < op->output_count; k++)
                if (s->root[op->outputs[k]] == op->outputs[k])
                    touch(graph, s, op->outputs[k],
                          vww_op_writes(rows, rows_of(s, op->outputs[k]), unit), time, true);
        }
    }
    if (span->last + 1 < graph->op_count)
        note_surroundings(graph, span, s, true);
    else
        touch(graph, s, graph->output, (struct vww_rows){0, rows_of(s, graph->output)}, s->count,
              false);
}

/* The least number of rows with which no row is overwritten while it is needed. */
static int32_t ring_rows(const struct vww_schedule *s, int32_t tensor)
{
    const int32_t *written = s->written + s->start[tensor], *read = s->read + s->start[tensor];
    const int32_t rows = rows_of(s, tensor);
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

static bool interleaves(const struct vww_graph *graph, const struct vww_segments *segments)
{
    bool any = segments->feeds_rows;
    for (int32_t i = 0; i < graph->op_count; i++)
        any = any || segments->first[i] != i;
    return any;
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
        const int32_t root = s->root[op->inputs[k]], rows = rows_of(s, root);
        const int32_t row = rows == rows_of(s, op->outputs[0]) ? moment->first : rows - 1;
        if (s->read[s->start[root] + row] == time)
            return vww_tensor_bytes(&graph->tensors[op->outputs[0]]) / rows_of(s, op->outputs[0]);
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
        const int64_t row_bytes = vww_tensor_bytes(&graph->tensors[t]) / rows_of(s, t);
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

static vww_status play(const struct vww_graph *graph, const struct vww_segments *segments,
                       const struct span *span, bool by_rows, const int64_t *scratch_bytes,
                       struct vww_schedule *schedule, struct vww_error *error)
{
    *schedule = (struct vww_schedule){.in_place = by_rows || interleaves(graph, segments)};
    bool *is_ring = vww_allocate((size_t)graph->tensor_count, sizeof *is_ring);
    if (is_ring == NULL)
        return vww_fail_memory(error, (size_t)graph->tensor_count);
    vww_status status = allocate(graph, schedule, error);
    if (status == VWW_OK)
        status = note_operators(graph, schedule, error);
    if (status == VWW_OK)
        status = order(graph, segments, span, by_rows, schedule, error);
    if (status == VWW_OK) {
        note_lives(graph, span, schedule);
        if (!schedule->in_place)
            join_rows(graph, schedule);
        shrink_rings(graph, segments, schedule, is_ring);
        status = count_live(graph, scratch_bytes, schedule, error);
    }
    vww_free(is_ring);
    return status;
}

vww_status vww_schedule_make(const struct vww_graph *graph, const struct vww_segments *segments,
                             bool by_rows, const int64_t *scratch_bytes,
                             struct vww_schedule *schedule, struct vww_error *error)
{
    const struct span all = {.first = 0, .last = graph->op_count - 1};
    return play(graph, segments, &all, by_rows, scratch_bytes, schedule, error);
}

vww_status vww_schedule_segment(const struct vww_graph *graph, const struct vww_segments *segments,
                                int32_t first, int32_t last, const int32_t *latest,
                                const int64_t *scratch_bytes, struct vww_schedule *schedule,
                                struct vww_error *error)
{
    const struct span span = {.first = first, .last = last, .latest = latest};
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
            note_latest(graph, &schedule, *latest);
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
