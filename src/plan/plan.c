/* Strategies by name. */
#include "plan/plan.h"
#include "base/memory.h"
#include "vww/cost.h"
#include "vww/text.h"

#include <stdio.h>
#include <string.h>

/* Kernels load words and pairs of words from their working memory. */
#define SCRATCH_ALIGN 8

/* --- one plan --------------------------------------------------------------------------------- */

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

static vww_status make(const struct vww_graph *graph, const struct vww_segments *segments,
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
    if (status == VWW_OK)
        status = vww_plan_validate(graph, plan, scratch_bytes, error);
    vww_free(m.blocks);
    vww_schedule_fini(&m.schedule);
    return status;
}

static int64_t total_bytes(const struct vww_plan *plan)
{
    return plan->arena_bytes + plan->scratch_bytes;
}

/* --- strategies ------------------------------------------------------------------------------- */

static vww_status make_alone(const struct vww_graph *graph, const struct vww_plan_options *options,
                             bool by_rows, struct vww_plan *plan, struct vww_error *error)
{
    struct vww_segments segments = {0};
    segments.first = vww_allocate((size_t)graph->op_count, sizeof *segments.first);
    if (segments.first == NULL)
        return vww_fail_memory(error, (size_t)graph->op_count * sizeof *segments.first);
    for (int32_t i = 0; i < graph->op_count; i++)
        segments.first[i] = i;
    const vww_status status = make(graph, &segments, by_rows, options->scratch_bytes, plan, error);
    vww_free(segments.first);
    return status;
}

static vww_status make_plain(const struct vww_graph *graph, const struct vww_plan_options *options,
                             struct vww_plan *plan, struct vww_error *error)
{
    return make_alone(graph, options, false, plan, error);
}

static vww_status make_in_place(const struct vww_graph *graph,
                                const struct vww_plan_options *options, struct vww_plan *plan,
                                struct vww_error *error)
{
    return make_alone(graph, options, true, plan, error);
}

/* Bytes live at once are what the search of segments knows; placing them may need more. So the
 * limit begins at the least and goes up in small steps, as long as that may find less. With a
 * budget it begins there and goes down, and the first plan that fits is the one with the fewest
 * steps. */
#define LIMIT_STEPS 12

static int64_t limit_of(const struct vww_plan_options *options, int64_t least, int step)
{
    if (options->sram_bytes <= 0)
        return least + least * step / 64;
    const int64_t above = options->sram_bytes > least ? options->sram_bytes - least : 0;
    return least + above * (LIMIT_STEPS - 1 - step) / (LIMIT_STEPS - 1);
}

static vww_status try_limits(const struct vww_graph *graph, const struct vww_plan_options *options,
                             const struct vww_segment_costs *costs, struct vww_segments *segments,
                             struct vww_plan *plan, struct vww_error *error)
{
    const int64_t least = vww_segment_least(costs);
    vww_status status = VWW_OK;
    for (int step = 0; step < LIMIT_STEPS && status == VWW_OK; step++) {
        const int64_t limit = limit_of(options, least, step);
        struct vww_plan candidate = {0};
        if (options->sram_bytes <= 0 && plan->placements != NULL && total_bytes(plan) <= limit)
            break;
        if (!vww_segment_within(costs, limit, segments))
            continue;
        status = make(graph, segments, true, options->scratch_bytes, &candidate, error);
        if (status == VWW_OK &&
            (plan->placements == NULL || total_bytes(&candidate) < total_bytes(plan))) {
            vww_plan_fini(plan);
            *plan = candidate;
        } else {
            vww_plan_fini(&candidate);
        }
        if (options->sram_bytes > 0 && plan->placements != NULL &&
            total_bytes(plan) <= options->sram_bytes)
            break;
    }
    return status;
}

static vww_status make_stream(const struct vww_graph *graph, const struct vww_plan_options *options,
                              struct vww_plan *plan, struct vww_error *error)
{
    struct vww_segment_costs *costs = NULL;
    struct vww_segments segments = {0};
    segments.first = vww_allocate((size_t)graph->op_count, sizeof *segments.first);
    vww_status status = segments.first != NULL
                            ? vww_segment_costs_create(graph, options->scratch_bytes, &costs, error)
                            : vww_fail_memory(error, (size_t)graph->op_count);
    if (status == VWW_OK)
        status = try_limits(graph, options, costs, &segments, plan, error);
    if (status == VWW_OK && plan->placements == NULL)
        status = vww_fail_memory(error, (size_t)graph->op_count);
    vww_segment_costs_destroy(costs);
    vww_free(segments.first);
    return status;
}

/* What the paper counts: no offsets, no steps. */
static vww_status make_paper(const struct vww_graph *graph, const struct vww_plan_options *options,
                             struct vww_plan *plan, struct vww_error *error)
{
    (void)options;
    struct vww_cost cost;
    const vww_status status = vww_cost_count(graph, VWW_COST_PATHS, &cost, error);
    if (status != VWW_OK)
        return status;
    plan->arena_bytes = plan->least_bytes =
        cost.peak_bytes_split6 > 0 ? cost.peak_bytes_split6 : cost.peak_bytes_chain_or_branch;
    vww_cost_fini(&cost);
    return VWW_OK;
}

struct strategy {
    const char *name;
    vww_status (*make)(const struct vww_graph *graph, const struct vww_plan_options *options,
                       struct vww_plan *plan, struct vww_error *error);
    bool calls_once; /* each operator is one call */
};

static const struct strategy strategies[] = {
    {"plain", make_plain, true},
    {"in-place", make_in_place, true},
    {"stream", make_stream, false},
    {"paper", make_paper, false},
};
#define STRATEGY_COUNT (sizeof strategies / sizeof strategies[0])

static vww_status fail_unknown(const char *strategy, struct vww_error *error)
{
    const char *names[STRATEGY_COUNT + 1] = {"auto"};
    char hint[160];
    for (size_t i = 0; i < STRATEGY_COUNT; i++)
        names[i + 1] = strategies[i].name;
    vww_text_suggest(hint, sizeof hint, strategy, names, STRATEGY_COUNT + 1);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no planning strategy has this name");
    vww_error_seen(error, "%s", strategy);
    vww_error_remedy(error, "%s", hint);
    return VWW_ERROR_NOT_FOUND;
}

static vww_status make_named(const struct vww_graph *graph, const struct strategy *strategy,
                             const struct vww_plan_options *options, struct vww_plan *plan,
                             struct vww_error *error)
{
    *plan = (struct vww_plan){0};
    const vww_status status = strategy->make(graph, options, plan, error);
    snprintf(plan->strategy, sizeof plan->strategy, "%s", strategy->name);
    return status;
}

/* Whether `a` is to be preferred to `b`. */
static bool is_better(const struct vww_plan_options *options, const struct vww_plan *a,
                      const struct vww_plan *b)
{
    const bool a_fits = options->sram_bytes > 0 && total_bytes(a) <= options->sram_bytes;
    const bool b_fits = options->sram_bytes > 0 && total_bytes(b) <= options->sram_bytes;
    if (a_fits != b_fits)
        return a_fits;
    if (a_fits && a->step_count != b->step_count)
        return a->step_count < b->step_count;
    return total_bytes(a) < total_bytes(b);
}

static vww_status make_best(const struct vww_graph *graph, const struct vww_plan_options *options,
                            struct vww_plan *plan, struct vww_error *error)
{
    vww_status status = VWW_OK;
    for (size_t i = 0; i < STRATEGY_COUNT && status == VWW_OK; i++) {
        struct vww_plan candidate = {0};
        const bool may_fit = options->sram_bytes > 0 || options->prefer == VWW_PREFER_MEMORY;
        if (strategies[i].make == make_paper || (!may_fit && !strategies[i].calls_once))
            continue;
        status = make_named(graph, &strategies[i], options, &candidate, error);
        if (status == VWW_OK &&
            (plan->placements == NULL || is_better(options, &candidate, plan))) {
            vww_plan_fini(plan);
            *plan = candidate;
        } else {
            vww_plan_fini(&candidate);
        }
    }
    return status;
}

static vww_status check_budget(const struct vww_plan_options *options, const struct vww_plan *plan,
                               struct vww_error *error)
{
    if (options->sram_bytes <= 0 || total_bytes(plan) <= options->sram_bytes)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "no plan of strategy %s fits the memory",
             options->strategy);
    vww_error_seen(error, "%lld bytes at least", (long long)total_bytes(plan));
    vww_error_allowed(error, "%lld bytes", (long long)options->sram_bytes);
    vww_error_remedy(error, "choose a smaller resolution or depth multiplier%s",
                     strcmp(options->strategy, "auto") == 0 ? "" : ", or strategy auto");
    return VWW_ERROR_UNSUPPORTED;
}

vww_status vww_plan_make(const struct vww_graph *graph, const struct vww_plan_options *options,
                         struct vww_plan *plan, struct vww_error *error)
{
    *plan = (struct vww_plan){0};
    const struct strategy *strategy = NULL;
    const bool any = strcmp(options->strategy, "auto") == 0;
    for (size_t i = 0; i < STRATEGY_COUNT; i++)
        if (strcmp(options->strategy, strategies[i].name) == 0)
            strategy = &strategies[i];
    if (strategy == NULL && !any)
        return fail_unknown(options->strategy, error);
    vww_status status = vww_graph_check(graph, false, error);
    if (status == VWW_OK)
        status = any ? make_best(graph, options, plan, error)
                     : make_named(graph, strategy, options, plan, error);
    if (status == VWW_OK)
        status = check_budget(options, plan, error);
    if (status != VWW_OK)
        vww_plan_fini(plan);
    return status;
}

void vww_plan_fini(struct vww_plan *plan)
{
    vww_free(plan->placements);
    vww_free(plan->steps);
    vww_free(plan->segments);
    vww_free(plan->scratch);
    vww_free(plan->live);
    *plan = (struct vww_plan){0};
}

int64_t vww_plan_live_bytes(const struct vww_plan *plan, int32_t op)
{
    return plan->live != NULL ? plan->live[op + 1] : 0;
}
