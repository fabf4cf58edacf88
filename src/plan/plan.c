/* Strategies by name. */
#include "plan/plan.h"
#include "base/memory.h"
#include "vww/text.h"

#include <stdio.h>
#include <string.h>

/* One block for each tensor with bytes of its own. */
static int32_t collect(const struct vww_graph *graph, const struct vww_plan *plan,
                       struct vww_plan_block *blocks)
{
    int32_t count = 0;
    for (int32_t t = 0; t < plan->tensor_count; t++) {
        const struct vww_placement *placement = &plan->placements[t];
        if (placement->first > placement->last || placement->alias_of >= 0)
            continue;
        blocks[count++] = (struct vww_plan_block){
            .bytes = placement->bytes,
            .align = (int64_t)vww_dtype_bytes(graph->tensors[t].dtype),
            .first = placement->first,
            .last = placement->last,
            .tensor = t,
        };
    }
    return count;
}

static vww_status place(const struct vww_graph *graph, struct vww_plan *plan,
                        struct vww_error *error)
{
    struct vww_plan_block *blocks = vww_allocate((size_t)plan->tensor_count, sizeof *blocks);
    if (blocks == NULL)
        return vww_fail_memory(error, (size_t)plan->tensor_count * sizeof *blocks);
    const int32_t count = collect(graph, plan, blocks);
    const vww_status status = vww_plan_place(blocks, count, &plan->arena_bytes, &plan->least_bytes,
                                             &plan->is_optimal, error);
    if (status == VWW_OK)
        for (int32_t i = 0; i < count; i++)
            plan->placements[blocks[i].tensor].offset = blocks[i].offset;
    vww_free(blocks);
    return status;
}

static vww_status make_plain(const struct vww_graph *graph, struct vww_plan *plan,
                             struct vww_error *error)
{
    vww_status status = vww_plan_lifetimes(graph, plan, error);
    if (status == VWW_OK)
        status = place(graph, plan, error);
    if (status != VWW_OK)
        return status;
    for (int32_t t = 0; t < plan->tensor_count; t++)
        if (plan->placements[t].alias_of >= 0)
            plan->placements[t].offset = plan->placements[plan->placements[t].alias_of].offset;
    return VWW_OK;
}

/* "auto" stands for the first one here that gives the smallest arena. */
static const struct {
    const char *name;
    vww_status (*make)(const struct vww_graph *graph, struct vww_plan *plan,
                       struct vww_error *error);
} strategies[] = {{"plain", make_plain}};
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

static vww_status make_checked(const struct vww_graph *graph, size_t strategy,
                               struct vww_plan *plan, struct vww_error *error)
{
    *plan = (struct vww_plan){0};
    snprintf(plan->strategy, sizeof plan->strategy, "%s", strategies[strategy].name);
    vww_status status = strategies[strategy].make(graph, plan, error);
    if (status == VWW_OK && plan->arena_bytes > VWW_PLAN_BYTES_MOST) {
        status = vww_fail(error, VWW_ERROR_UNSUPPORTED,
                          "the activations are too large for a microcontroller");
        vww_error_seen(error, "%lld bytes", (long long)plan->arena_bytes);
        vww_error_allowed(error, "at most %lld bytes", (long long)VWW_PLAN_BYTES_MOST);
    }
    if (status == VWW_OK)
        status = vww_plan_validate(graph, plan, error);
    return status;
}

vww_status vww_plan_make(const struct vww_graph *graph, const char *strategy, struct vww_plan *plan,
                         struct vww_error *error)
{
    *plan = (struct vww_plan){0};
    const bool any = strcmp(strategy, "auto") == 0;
    bool known = any;
    for (size_t i = 0; i < STRATEGY_COUNT; i++)
        known = known || strcmp(strategy, strategies[i].name) == 0;
    if (!known)
        return fail_unknown(strategy, error);
    vww_status status = vww_graph_check(graph, false, error);
    for (size_t i = 0; i < STRATEGY_COUNT && status == VWW_OK; i++) {
        if (!any && strcmp(strategy, strategies[i].name) != 0)
            continue;
        struct vww_plan candidate;
        status = make_checked(graph, i, &candidate, error);
        if (status == VWW_OK &&
            (plan->placements == NULL || candidate.arena_bytes + candidate.scratch_bytes <
                                             plan->arena_bytes + plan->scratch_bytes)) {
            vww_plan_fini(plan);
            *plan = candidate;
        } else {
            vww_plan_fini(&candidate);
        }
    }
    if (status != VWW_OK)
        vww_plan_fini(plan);
    return status;
}

void vww_plan_fini(struct vww_plan *plan)
{
    vww_free(plan->placements);
    *plan = (struct vww_plan){0};
}

int64_t vww_plan_live_bytes(const struct vww_plan *plan, int32_t op)
{
    int64_t live = 0;
    for (int32_t t = 0; t < plan->tensor_count; t++) {
        const struct vww_placement *placement = &plan->placements[t];
        if (placement->offset >= 0 && placement->alias_of < 0 && placement->first <= op &&
            op <= placement->last)
            live += placement->bytes;
    }
    return live;
}
