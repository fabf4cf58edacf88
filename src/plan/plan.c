/* One plan: an order of rows, and a place for each. */
#include "plan/plan.h"
#include "base/memory.h"

/* Kernels load words and pairs of words from their working memory. */
#define SCRATCH_ALIGN 8

struct making {
    const struct vww_graph *graph;
    const int64_t *scratch_bytes;
    const struct vww_segments *segments;
    struct vww_schedule schedule;
    struct vww_plan_block *blocks;
    int32_t block_count;
};

static void extend_life(struct vww_plan_block *block, int32_t from, int32_t to)
{
    if (from < block->first)
        block->first = from;
    if (to > block->last)
        block->last = to;
}

static void collect_tensor(struct making *m, int32_t tensor)
{
    const struct vww_schedule *s = &m->schedule;
    const struct vww_tensor *t = &m->graph->tensors[tensor];
    const int32_t rows = s->start[tensor + 1] - s->start[tensor];
    struct vww_plan_block block = {.bytes = vww_tensor_bytes(t) / rows * s->kept[tensor],
                                   .align = (int64_t)vww_dtype_bytes(t->dtype),
                                   .first = INT32_MAX,
                                   .last = -1,
                                   .tensor = tensor,
                                   .op = -1};
    for (int32_t y = s->start[tensor]; y < s->start[tensor + 1]; y++)
        if (s->written[y] >= 0)
            extend_life(&block, s->written[y], s->read[y]);
    if (block.last >= 0)
        m->blocks[m->block_count++] = block;
}

static void collect_scratch(struct making *m, int32_t op)
{
    struct vww_plan_block block = {.bytes = m->scratch_bytes[op],
                                   .align = SCRATCH_ALIGN,
                                   .first = INT32_MAX,
                                   .last = -1,
                                   .tensor = -1,
                                   .op = op};
    for (int32_t time = 0; time < m->schedule.count; time++)
        if (m->schedule.moments[time].op == op)
            extend_life(&block, time, time);
    if (block.bytes > 0)
        m->blocks[m->block_count++] = block;
}

static vww_status place(struct making *m, struct vww_plan *plan, struct vww_error *error)
{
    const struct vww_graph *graph = m->graph;
    m->blocks = vww_allocate((size_t)(graph->tensor_count + graph->op_count), sizeof *m->blocks);
    if (m->blocks == NULL)
        return vww_fail_memory(error, (size_t)graph->tensor_count * sizeof *m->blocks);
    for (int32_t t = 0; t < graph->tensor_count; t++)
        if (m->schedule.root[t] == t)
            collect_tensor(m, t);
    for (int32_t i = 0; i < graph->op_count && m->scratch_bytes != NULL; i++)
        collect_scratch(m, i);
    const size_t pairs = (size_t)m->block_count * (size_t)m->block_count;
    struct vww_apart *apart = vww_allocate(pairs, sizeof *apart);
    if (apart == NULL)
        return vww_fail_memory(error, pairs * sizeof *apart);
    bool whole;
    int64_t total;
    vww_status status =
        vww_plan_apart(graph, &m->schedule, m->blocks, m->block_count, apart, &whole, error);
    for (int32_t time = 0; time <= m->schedule.count; time++)
        if (m->schedule.live[time] > plan->least_bytes)
            plan->least_bytes = m->schedule.live[time];
    if (status == VWW_OK)
        status = vww_plan_place(m->blocks, m->block_count, apart, whole, plan->least_bytes, &total,
                                &plan->is_optimal, error);
    vww_free(apart);
    if (status != VWW_OK)
        return status;
    for (int32_t b = 0; b < m->block_count; b++)
        if (m->blocks[b].op < 0 && m->blocks[b].offset + m->blocks[b].bytes > plan->arena_bytes)
            plan->arena_bytes = m->blocks[b].offset + m->blocks[b].bytes;
    plan->scratch_bytes = total - plan->arena_bytes;
    return VWW_OK;
}

static vww_status allocate_plan(const struct making *m, struct vww_plan *plan,
                                struct vww_error *error)
{
    const size_t ops = (size_t)m->graph->op_count;
    plan->tensor_count = m->graph->tensor_count;
    plan->op_count = m->graph->op_count;
    plan->placements = vww_allocate((size_t)plan->tensor_count, sizeof *plan->placements);
    plan->steps = vww_allocate((size_t)m->schedule.count, sizeof *plan->steps);
    plan->segments = vww_allocate(ops, sizeof *plan->segments);
    plan->scratch = vww_allocate(ops, sizeof *plan->scratch);
    plan->live = vww_allocate(ops + 2, sizeof *plan->live);
    if (plan->placements == NULL || plan->steps == NULL || plan->segments == NULL ||
        plan->scratch == NULL || plan->live == NULL)
        return vww_fail_memory(error, (size_t)m->schedule.count * sizeof *plan->steps);
    return VWW_OK;
}

/* Moments of one operator behind one another are one step. */
static void fill_steps(const struct making *m, struct vww_plan *plan)
{
    for (int32_t time = 0; time < m->schedule.count; time++) {
        const struct vww_moment *moment = &m->schedule.moments[time];
        struct vww_step *last = plan->step_count > 0 ? &plan->steps[plan->step_count - 1] : NULL;
        if (last != NULL && last->op == moment->op)
            last->end = moment->end;
        else
            plan->steps[plan->step_count++] =
                (struct vww_step){moment->op, moment->first, moment->end};
        int64_t *live = &plan->live[moment->op + 1];
        if (m->schedule.live[time] > *live)
            *live = m->schedule.live[time];
    }
    plan->live[plan->op_count + 1] = m->schedule.live[m->schedule.count];
}

static void extend(struct vww_placement *placement, int32_t from, int32_t to)
{
    if (from < placement->first)
        placement->first = from;
    if (to > placement->last)
        placement->last = to;
}

/* The lives in operators: all of a segment that is interleaved. */
static void fill_lives(const struct making *m, struct vww_plan *plan)
{
    const struct vww_graph *graph = m->graph;
    const int32_t *first = m->segments->first;
    int32_t last = graph->op_count - 1; /* of the segment, going backwards */
    extend(&plan->placements[graph->input], -1, -1);
    extend(&plan->placements[graph->output], graph->op_count, graph->op_count);
    for (int32_t i = graph->op_count - 1; i >= 0; i--) {
        const struct vww_op *op = &graph->ops[i];
        if (first[i] != first[last])
            last = i;
        plan->segments[i] = first[i];
        for (int k = 0; k < op->output_count; k++)
            extend(&plan->placements[op->outputs[k]], first[i], last);
        for (int k = 0; k < op->input_count; k++)
            if (graph->tensors[op->inputs[k]].role == VWW_ROLE_ACTIVATION)
                extend(&plan->placements[op->inputs[k]], first[i], last);
    }
    for (int32_t t = 0; t < graph->tensor_count; t++)
        extend(&plan->placements[m->schedule.root[t]], plan->placements[t].first,
               plan->placements[t].last);
    for (int32_t t = 0; t < graph->tensor_count; t++)
        extend(&plan->placements[t], plan->placements[m->schedule.root[t]].first,
               plan->placements[m->schedule.root[t]].last);
}

static void fill_placements(const struct making *m, struct vww_plan *plan)
{
    const struct vww_schedule *s = &m->schedule;
    for (int32_t t = 0; t < plan->tensor_count; t++) {
        const int32_t rows = s->start[t + 1] - s->start[t];
        plan->placements[t] = (struct vww_placement){
            .offset = -1,
            .bytes = vww_tensor_bytes(&m->graph->tensors[t]) / rows * s->kept[t],
            .rows = s->kept[t],
            .first = INT32_MAX,
            .last = INT32_MIN,
            .alias_of = s->root[t] != t ? s->root[t] : -1};
    }
    for (int32_t i = 0; i < plan->op_count; i++)
        plan->scratch[i] = -1;
    for (int32_t b = 0; b < m->block_count; b++)
        if (m->blocks[b].op < 0)
            plan->placements[m->blocks[b].tensor].offset = m->blocks[b].offset;
        else
            plan->scratch[m->blocks[b].op] = m->blocks[b].offset;
    for (int32_t t = 0; t < plan->tensor_count; t++)
        plan->placements[t].offset = plan->placements[s->root[t]].offset;
    fill_lives(m, plan);
}

vww_status vww_plan_realize(const struct vww_graph *graph, const struct vww_segments *segments,
                            bool by_rows, const int64_t *scratch_bytes, struct vww_plan *plan,
                            struct vww_error *error)
{
    struct making m = {.graph = graph, .scratch_bytes = scratch_bytes, .segments = segments};
    vww_status status =
        vww_schedule_make(graph, segments, by_rows, scratch_bytes, &m.schedule, error);
    if (status == VWW_OK)
        status = allocate_plan(&m, plan, error);
    if (status == VWW_OK)
        status = place(&m, plan, error);
    if (status == VWW_OK) {
        plan->feeds_rows = segments->feeds_rows;
        fill_placements(&m, plan);
        fill_steps(&m, plan);
    }
    if (status == VWW_OK && plan->arena_bytes > VWW_PLAN_BYTES_MOST) {
        status = vww_fail(error, VWW_ERROR_UNSUPPORTED,
                          "the activations are too large for a microcontroller");
        vww_error_seen(error, "%lld bytes", (long long)plan->arena_bytes);
        vww_error_allowed(error, "at most %lld bytes", (long long)VWW_PLAN_BYTES_MOST);
    }
    vww_free(m.blocks);
    vww_schedule_fini(&m.schedule);
    return status;
}

void vww_plan_fini(struct vww_plan *plan)
{
    vww_free(plan->placements);
    vww_free(plan->steps);
    vww_free(plan->segments);
    vww_free(plan->scratch);
    vww_free(plan->live);
    vww_graph_destroy(plan->split);
    *plan = (struct vww_plan){0};
}

const struct vww_graph *vww_plan_graph(const struct vww_plan *plan, const struct vww_graph *graph)
{
    return plan->split != NULL ? plan->split : graph;
}

int64_t vww_plan_live_bytes(const struct vww_plan *plan, int32_t op)
{
    return plan->live != NULL ? plan->live[op + 1] : 0;
}
