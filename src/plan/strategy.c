/* Strategies by name. */
#include "base/memory.h"
#include "plan/subject.h"
#include "vww/cost.h"
#include "vww/text.h"

#include <stdio.h>
#include <string.h>

static int64_t total_bytes(const struct vww_plan *plan)
{
    return plan->arena_bytes + plan->scratch_bytes;
}

/* --- whole planes ----------------------------------------------------------------------------- */

static vww_status make_alone(const struct vww_subject *subject, bool by_rows, struct vww_plan *plan,
                             struct vww_error *error)
{
    const struct vww_graph *graph = subject->graph;
    struct vww_segments segments = {0};
    segments.first = vww_allocate((size_t)graph->op_count, sizeof *segments.first);
    if (segments.first == NULL)
        return vww_fail_memory(error, (size_t)graph->op_count * sizeof *segments.first);
    for (int32_t i = 0; i < graph->op_count; i++)
        segments.first[i] = i;
    const vww_status status =
        vww_plan_realize(graph, &segments, by_rows, subject->scratch, plan, error);
    vww_free(segments.first);
    return status;
}

static vww_status make_plain(const struct vww_subject *subject,
                             const struct vww_plan_options *options, struct vww_plan *plan,
                             struct vww_error *error)
{
    (void)options;
    return make_alone(subject, false, plan, error);
}

static vww_status make_in_place(const struct vww_subject *subject,
                                const struct vww_plan_options *options, struct vww_plan *plan,
                                struct vww_error *error)
{
    (void)options;
    return make_alone(subject, true, plan, error);
}

/* A plan of a subject that was split: it takes the graph with it. */
static void hand_over(struct vww_subject *subject, struct vww_plan *plan)
{
    plan->split = subject->split;
    subject->split = NULL;
}

/* Placing may need more than is live at once, which is what the search of paths knows. Where a
 * budget asks for less than came of it, it is repeated with a smaller one. */
#define SPLIT_TRIES 4

static vww_status make_split(const struct vww_subject *subject,
                             const struct vww_plan_options *options, struct vww_plan *plan,
                             struct vww_error *error)
{
    int64_t most = options->sram_bytes;
    vww_status status = VWW_OK;
    for (int i = 0; i < SPLIT_TRIES && status == VWW_OK; i++) {
        struct vww_subject parts = {0};
        struct vww_plan candidate = {0};
        status = vww_subject_split_planes(subject, options, most, &parts, error);
        if (status == VWW_OK)
            status = make_alone(&parts, true, &candidate, error);
        if (status == VWW_OK)
            hand_over(&parts, &candidate);
        vww_subject_fini(&parts);
        const int64_t excess = total_bytes(&candidate) - options->sram_bytes;
        if (status == VWW_OK &&
            (plan->placements == NULL || total_bytes(&candidate) < total_bytes(plan))) {
            vww_plan_fini(plan);
            *plan = candidate;
        } else {
            vww_plan_fini(&candidate);
        }
        most -= excess;
        if (options->sram_bytes <= 0 || excess <= 0 || most <= 0)
            break;
    }
    return status;
}

/* --- row by row ------------------------------------------------------------------------------- */

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

static vww_status try_limits(const struct vww_subject *subject,
                             const struct vww_plan_options *options,
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
        status =
            vww_plan_realize(subject->graph, segments, true, subject->scratch, &candidate, error);
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

static vww_status make_stream(const struct vww_subject *subject,
                              const struct vww_plan_options *options, struct vww_plan *plan,
                              struct vww_error *error)
{
    const struct vww_graph *graph = subject->graph;
    struct vww_segment_costs *costs = NULL;
    struct vww_segments segments = {0};
    segments.first = vww_allocate((size_t)graph->op_count, sizeof *segments.first);
    vww_status status = segments.first != NULL
                            ? vww_segment_costs_create(graph, subject->scratch, &costs, error)
                            : vww_fail_memory(error, (size_t)graph->op_count);
    if (status == VWW_OK)
        status = try_limits(subject, options, costs, &segments, plan, error);
    if (status == VWW_OK && plan->placements == NULL)
        status = vww_fail_memory(error, (size_t)graph->op_count);
    vww_segment_costs_destroy(costs);
    vww_free(segments.first);
    return status;
}

static vww_status make_stream_split(const struct vww_subject *subject,
                                    const struct vww_plan_options *options, struct vww_plan *plan,
                                    struct vww_error *error)
{
    struct vww_subject parts = {0};
    vww_status status = vww_subject_split_rows(subject, options, &parts, error);
    if (status == VWW_OK)
        status = make_stream(&parts, options, plan, error);
    if (status == VWW_OK)
        hand_over(&parts, plan);
    vww_subject_fini(&parts);
    return status;
}

/* --- all -------------------------------------------------------------------------------------- */

/* What the paper counts: no offsets, no steps. */
static vww_status make_paper(const struct vww_subject *subject,
                             const struct vww_plan_options *options, struct vww_plan *plan,
                             struct vww_error *error)
{
    (void)options;
    struct vww_cost cost;
    const vww_status status = vww_cost_count(subject->graph, VWW_COST_PATHS, &cost, error);
    if (status != VWW_OK)
        return status;
    plan->arena_bytes = plan->least_bytes =
        cost.peak_bytes_split6 > 0 ? cost.peak_bytes_split6 : cost.peak_bytes_chain_or_branch;
    vww_cost_fini(&cost);
    return VWW_OK;
}

struct strategy {
    const char *name;
    vww_status (*make)(const struct vww_subject *subject, const struct vww_plan_options *options,
                       struct vww_plan *plan, struct vww_error *error);
    bool calls_once; /* each operator is one call */
};

static const struct strategy strategies[] = {
    {"plain", make_plain, true},
    {"in-place", make_in_place, true},
    {"split", make_split, false},
    {"stream", make_stream, false},
    {"stream+split", make_stream_split, false},
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

static vww_status make_named(const struct vww_subject *subject, const struct strategy *strategy,
                             const struct vww_plan_options *options, struct vww_plan *plan,
                             struct vww_error *error)
{
    *plan = (struct vww_plan){0};
    const vww_status status = strategy->make(subject, options, plan, error);
    snprintf(plan->strategy, sizeof plan->strategy, "%s", strategy->name);
    return status;
}

/* Without a budget, operators in parts must save this part of the bytes. */
#define PARTS_GAIN 16

static int64_t weighed_bytes(const struct vww_plan *plan, const struct vww_plan *other)
{
    const int64_t bytes = total_bytes(plan);
    return plan->op_count > other->op_count ? bytes + bytes / PARTS_GAIN : bytes;
}

/* Whether `a` is to be preferred to `b`. Of those that fit a budget, operators in parts cost more
 * instructions (3 to 15 % in docs/device.md) than rows (below 1 %), and rows more than planes. */
static bool is_better(const struct vww_plan_options *options, const struct vww_plan *a,
                      const struct vww_plan *b)
{
    const bool a_fits = options->sram_bytes > 0 && total_bytes(a) <= options->sram_bytes;
    const bool b_fits = options->sram_bytes > 0 && total_bytes(b) <= options->sram_bytes;
    if (a_fits != b_fits)
        return a_fits;
    if (a_fits && a->op_count != b->op_count)
        return a->op_count < b->op_count;
    if (a_fits && a->step_count != b->step_count)
        return a->step_count < b->step_count;
    if (options->sram_bytes > 0)
        return total_bytes(a) < total_bytes(b);
    return weighed_bytes(a, b) < weighed_bytes(b, a);
}

static vww_status make_best(const struct vww_subject *subject,
                            const struct vww_plan_options *options, struct vww_plan *plan,
                            struct vww_error *error)
{
    vww_status status = VWW_OK;
    for (size_t i = 0; i < STRATEGY_COUNT && status == VWW_OK; i++) {
        struct vww_plan candidate = {0};
        const bool may_fit = options->sram_bytes > 0 || options->prefer == VWW_PREFER_MEMORY;
        if (strategies[i].make == make_paper || (!may_fit && !strategies[i].calls_once))
            continue;
        status = make_named(subject, &strategies[i], options, &candidate, error);
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

static vww_status check_budget(const struct vww_graph *graph,
                               const struct vww_plan_options *options, const struct vww_plan *plan,
                               struct vww_error *error)
{
    if (options->sram_bytes <= 0 || total_bytes(plan) <= options->sram_bytes)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "no plan of strategy %s fits the memory",
             options->strategy);
    vww_error_place(error, "model %s", graph->name);
    vww_error_seen(error, "%lld bytes at least", (long long)total_bytes(plan));
    vww_error_allowed(error, "%lld bytes", (long long)options->sram_bytes);
    vww_error_remedy(error, "choose a smaller resolution or depth multiplier%s",
                     strcmp(options->strategy, "auto") == 0 ? "" : ", or strategy auto");
    return VWW_ERROR_UNSUPPORTED;
}

/* What the plan needs is what the kernels of its own graph work in. */
static vww_status validate(const struct vww_graph *graph, const struct vww_plan_options *options,
                           const struct vww_plan *plan, struct vww_error *error)
{
    struct vww_subject subject;
    if (plan->step_count == 0)
        return VWW_OK;
    vww_status status = vww_subject_of(vww_plan_graph(plan, graph), options, &subject, error);
    if (status == VWW_OK)
        status = vww_plan_validate(subject.graph, plan, subject.scratch, error);
    vww_subject_fini(&subject);
    return status;
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
    struct vww_subject subject = {0};
    vww_status status = vww_graph_check(graph, false, error);
    if (status == VWW_OK)
        status = vww_subject_of(graph, options, &subject, error);
    if (status == VWW_OK)
        status = any ? make_best(&subject, options, plan, error)
                     : make_named(&subject, strategy, options, plan, error);
    vww_subject_fini(&subject);
    if (status == VWW_OK)
        status = validate(graph, options, plan, error);
    if (status == VWW_OK)
        status = check_budget(graph, options, plan, error);
    if (status != VWW_OK)
        vww_plan_fini(plan);
    return status;
}
