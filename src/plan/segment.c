/* Which operators run interleaved. Every segment is played once, by itself, for what it needs at
 * most and how many steps it takes; the best cut of the network into segments is then a shortest
 * path. */
#include "base/memory.h"
#include "plan/plan.h"

/* More operators than this in one segment gain nothing and take long to look at. */
#define SEGMENT_MOST 64
#define IMPOSSIBLE INT64_MAX

struct cost {
    int64_t bytes;
    int64_t steps;
};

struct vww_segment_costs {
    int32_t op_count;
    struct cost *cost; /* of operators i … i + n: cost[i * SEGMENT_MOST + n] */
    struct cost *fed;  /* of operators 0 … n, when the image comes row by row */
};

/* The most that is live while operators first … last run, and their steps. */
static struct cost cost_of(const struct vww_schedule *s, int32_t first, int32_t last)
{
    struct cost cost = {0};
    for (int32_t time = 0; time < s->count; time++) {
        const int32_t op = s->moments[time].op;
        const bool arrives = op == VWW_STEP_INPUT && first == 0;
        if (!arrives && (op < first || op > last))
            continue;
        if (s->live[time] > cost.bytes)
            cost.bytes = s->live[time];
        cost.steps += !arrives && (time == 0 || s->moments[time - 1].op != op);
    }
    if (last + 1 == s->op_count && s->live[s->count] > cost.bytes)
        cost.bytes = s->live[s->count];
    return cost;
}

/* What playing needs. segments: each operator alone, before and after. */
struct player {
    const struct vww_graph *graph;
    const int64_t *scratch_bytes;
    struct vww_segments segments;
    int32_t *latest;
};

static vww_status play(struct player *player, int32_t first, int32_t last, struct cost *cost,
                       struct vww_error *error)
{
    struct vww_schedule schedule;
    const vww_status status =
        vww_schedule_segment(player->graph, &player->segments, first, last, player->latest,
                             player->scratch_bytes, &schedule, error);
    if (status == VWW_OK)
        *cost = cost_of(&schedule, first, last);
    vww_schedule_fini(&schedule);
    return status;
}

/* All segments that begin with operator `first`: it alone, its rows in order, and with those behind
 * it that go row by row. */
static vww_status play_from(struct player *player, int32_t first, struct vww_segment_costs *costs,
                            struct vww_error *error)
{
    const struct vww_graph *graph = player->graph;
    struct cost *cost = &costs->cost[(size_t)first * SEGMENT_MOST];
    vww_status status = play(player, first, first, cost, error);
    int32_t last = first;
    while (last < graph->op_count && last - first < SEGMENT_MOST &&
           vww_op_rows(graph, &graph->ops[last]).by_rows && status == VWW_OK) {
        player->segments.first[last] = first;
        if (last > first)
            status = play(player, first, last, &cost[last - first], error);
        if (first == 0 && status == VWW_OK) {
            player->segments.feeds_rows = true;
            status = play(player, first, last, &costs->fed[last], error);
            player->segments.feeds_rows = false;
        }
        last++;
    }
    while (last-- > first)
        player->segments.first[last] = last;
    return status;
}

/* Whether the image is read by operators 0 … last only, so that its rows need not be kept. */
static bool reads_image_within(const struct vww_graph *graph, int32_t last)
{
    bool within = graph->input != graph->output;
    for (int32_t i = last + 1; i < graph->op_count; i++)
        for (int k = 0; k < graph->ops[i].input_count; k++)
            within = within && graph->ops[i].inputs[k] != graph->input;
    return within;
}

static vww_status play_all(const struct vww_graph *graph, const int64_t *scratch_bytes,
                           struct vww_segment_costs *costs, struct vww_error *error)
{
    struct player player = {.graph = graph, .scratch_bytes = scratch_bytes};
    vww_status status = vww_schedule_latest(graph, &player.latest, error);
    player.segments.first = vww_allocate((size_t)graph->op_count, sizeof *player.segments.first);
    if (status == VWW_OK && player.segments.first == NULL)
        status = vww_fail_memory(error, (size_t)graph->op_count * sizeof *player.segments.first);
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++)
        player.segments.first[i] = i;
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++)
        status = play_from(&player, i, costs, error);
    vww_free(player.segments.first);
    vww_free(player.latest);
    return status;
}

vww_status vww_segment_costs_create(const struct vww_graph *graph, const int64_t *scratch_bytes,
                                    struct vww_segment_costs **costs, struct vww_error *error)
{
    const size_t count = (size_t)graph->op_count * SEGMENT_MOST;
    struct vww_segment_costs *made = *costs = vww_allocate(1, sizeof *made);
    if (made == NULL)
        return vww_fail_memory(error, sizeof *made);
    made->op_count = graph->op_count;
    made->cost = vww_allocate(count, sizeof *made->cost);
    made->fed = vww_allocate((size_t)graph->op_count, sizeof *made->fed);
    if (made->cost == NULL || made->fed == NULL)
        return vww_fail_memory(error, count * sizeof *made->cost);
    for (size_t i = 0; i < count; i++)
        made->cost[i].bytes = IMPOSSIBLE;
    for (int32_t i = 0; i < graph->op_count; i++)
        made->fed[i].bytes = IMPOSSIBLE;
    const vww_status status = play_all(graph, scratch_bytes, made, error);
    for (int32_t i = 0; i < graph->op_count; i++)
        if (!reads_image_within(graph, i))
            made->fed[i].bytes = IMPOSSIBLE;
    return status;
}

void vww_segment_costs_destroy(struct vww_segment_costs *costs)
{
    if (costs == NULL)
        return;
    vww_free(costs->cost);
    vww_free(costs->fed);
    vww_free(costs);
}

static struct cost cost_between(const struct vww_segment_costs *costs, int32_t first, int32_t last)
{
    return last - first < SEGMENT_MOST
               ? costs->cost[(size_t)first * SEGMENT_MOST + (size_t)(last - first)]
               : (struct cost){.bytes = IMPOSSIBLE};
}

int64_t vww_segment_bytes(const struct vww_segment_costs *costs, int32_t first, int32_t last,
                          bool fed)
{
    return fed ? costs->fed[last].bytes : cost_between(costs, first, last).bytes;
}

int64_t vww_segment_least(const struct vww_segment_costs *costs)
{
    /* least[i]: of operators 0 … i, one after the other in place. */
    int64_t *least = vww_allocate((size_t)costs->op_count, sizeof *least);
    int64_t result = IMPOSSIBLE;
    for (int32_t last = 0; least != NULL && last < costs->op_count; last++) {
        least[last] = costs->fed[last].bytes;
        for (int32_t first = 0; first <= last; first++) {
            const int64_t before = first > 0 ? least[first - 1] : 0;
            const int64_t here = cost_between(costs, first, last).bytes;
            const int64_t most = here > before ? here : before;
            if (most < least[last])
                least[last] = most;
        }
        result = least[last];
    }
    vww_free(least);
    return result;
}

/* The best way to have run operators 0 … i. */
struct way {
    int64_t steps; /* IMPOSSIBLE: none */
    int32_t first; /* of the last segment */
    bool fed;
};

static struct way best_way(const struct vww_segment_costs *costs, int64_t most,
                           const struct way *ways, int32_t last)
{
    struct way best = {.steps = IMPOSSIBLE};
    if (costs->fed[last].bytes <= most)
        best = (struct way){.steps = costs->fed[last].steps, .fed = true};
    for (int32_t first = last; first >= 0; first--) {
        const struct cost cost = cost_between(costs, first, last);
        const int64_t before = first > 0 ? ways[first - 1].steps : 0;
        if (cost.bytes <= most && before != IMPOSSIBLE && before + cost.steps < best.steps)
            best = (struct way){.steps = before + cost.steps, .first = first};
    }
    return best;
}

bool vww_segment_within(const struct vww_segment_costs *costs, int64_t most,
                        struct vww_segments *segments)
{
    struct way *ways = vww_allocate((size_t)costs->op_count, sizeof *ways);
    segments->feeds_rows = false;
    bool found = ways != NULL;
    for (int32_t last = 0; found && last < costs->op_count; last++)
        ways[last] = best_way(costs, most, ways, last);
    found = found && ways[costs->op_count - 1].steps != IMPOSSIBLE;
    for (int32_t last = costs->op_count - 1; found && last >= 0;) {
        const int32_t first = ways[last].first;
        segments->feeds_rows = ways[last].fed;
        for (int32_t i = first; i <= last; i++)
            segments->first[i] = first;
        last = first - 1;
    }
    vww_free(ways);
    return found;
}
