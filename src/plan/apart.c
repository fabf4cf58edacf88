/* How far apart blocks must lie: where the lives of single rows tell that a part of one block may
 * share bytes with a part of the other, their distance is limited on the sides where it matters. */
#include "base/memory.h"
#include "plan/plan.h"

/* When one slot of a block (a row that is kept, or all of a working memory) holds something. */
struct life {
    int32_t from, to; /* moments, both included */
};

struct slots {
    int32_t count;
    int64_t bytes;       /* of each */
    int32_t *first_life; /* count + 1 indices */
    struct life *lives;  /* of each slot ascending */
};

static void slots_fini(struct slots *slots)
{
    vww_free(slots->first_life);
    vww_free(slots->lives);
}

static vww_status slots_allocate(struct slots *slots, int32_t lives, struct vww_error *error)
{
    slots->first_life = vww_allocate((size_t)slots->count + 1, sizeof *slots->first_life);
    slots->lives = vww_allocate((size_t)lives, sizeof *slots->lives);
    if (slots->first_life == NULL || slots->lives == NULL)
        return vww_fail_memory(error, (size_t)lives * sizeof *slots->lives);
    return VWW_OK;
}

static vww_status tensor_slots(const struct vww_schedule *s, const struct vww_plan_block *block,
                               struct slots *slots, struct vww_error *error)
{
    const int32_t start = s->start[block->tensor], rows = s->start[block->tensor + 1] - start;
    slots->count = s->kept[block->tensor];
    slots->bytes = block->bytes / slots->count;
    const vww_status status = slots_allocate(slots, rows, error);
    if (status != VWW_OK)
        return status;
    int32_t at = 0;
    for (int32_t slot = 0; slot < slots->count; slot++) {
        for (int32_t y = slot; y < rows; y += slots->count)
            if (s->written[start + y] >= 0)
                slots->lives[at++] = (struct life){s->written[start + y], s->read[start + y]};
        slots->first_life[slot + 1] = at;
    }
    return VWW_OK;
}

static vww_status scratch_slots(const struct vww_schedule *s, const struct vww_plan_block *block,
                                struct slots *slots, struct vww_error *error)
{
    slots->count = 1;
    slots->bytes = block->bytes;
    const vww_status status = slots_allocate(slots, s->count, error);
    if (status != VWW_OK)
        return status;
    for (int32_t time = 0; time < s->count; time++)
        if (s->moments[time].op == block->op)
            slots->lives[slots->first_life[1]++] = (struct life){time, time};
    return VWW_OK;
}

/* Two blocks of which the rows of an operator that reads before it writes are an input and the
 * output. */
struct exchange {
    const struct vww_schedule *schedule;
    const struct vww_graph *graph;
    int32_t input, output; /* tensors; input -1: none */
};

static bool exchanges_at(const struct exchange *exchange, int32_t time)
{
    if (!exchange->schedule->in_place || exchange->input < 0 || time >= exchange->schedule->count)
        return false;
    const struct vww_moment *moment = &exchange->schedule->moments[time];
    if (moment->op == VWW_STEP_INPUT)
        return false;
    const struct vww_op *op = &exchange->graph->ops[moment->op];
    const uint32_t exchanged = exchange->schedule->op_rows[moment->op].exchanged;
    bool exchanges = false, holds = false;
    for (int k = 0; k < op->input_count; k++)
        if (exchange->schedule->root[op->inputs[k]] == exchange->input) {
            exchanges = exchanges || (exchanged >> k & 1) != 0;
            holds = holds || (exchanged >> k & 1) == 0;
        }
    return exchanges && !holds && op->outputs[0] == exchange->output;
}

enum meeting { MEETS_NEVER, MEETS_IN_EXCHANGE, MEETS };

/* Whether slot i of a and slot j of b hold something at the same time. */
static enum meeting meet(const struct slots *a, int32_t i, const struct slots *b, int32_t j,
                         const struct exchange *exchange)
{
    const struct life *x = a->lives + a->first_life[i], *x_end = a->lives + a->first_life[i + 1];
    const struct life *y = b->lives + b->first_life[j], *y_end = b->lives + b->first_life[j + 1];
    enum meeting result = MEETS_NEVER;
    while (x < x_end && y < y_end) {
        if (x->from <= y->to && y->from <= x->to) {
            if (x->to != y->from || !exchanges_at(exchange, y->from))
                return MEETS;
            result = MEETS_IN_EXCHANGE;
        }
        if (x->to < y->to)
            x++;
        else
            y++;
    }
    return result;
}

static void widen(struct vww_apart *apart, int64_t low, int64_t high)
{
    const bool first = apart->low == 0 && apart->high == 0;
    if (first || low < apart->low)
        apart->low = low;
    if (first || high > apart->high)
        apart->high = high;
}

static struct vww_apart distance(const struct slots *a, const struct slots *b,
                                 const struct exchange *exchange)
{
    struct vww_apart apart = {0};
    for (int32_t i = 0; i < a->count; i++)
        for (int32_t j = 0; j < b->count; j++) {
            const int64_t x = i * a->bytes, y = j * b->bytes;
            const int64_t low = x - y - b->bytes, high = x + a->bytes - y;
            if (low >= apart.low && high <= apart.high)
                continue; /* nothing to learn */
            const enum meeting how = meet(a, i, b, j, exchange);
            if (how == MEETS)
                widen(&apart, low, high);
            else if (how == MEETS_IN_EXCHANGE)
                widen(&apart, x - y, high);
        }
    return apart;
}

static bool lives_meet(const struct vww_plan_block *a, const struct vww_plan_block *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static struct vww_apart between(const struct vww_graph *graph, const struct vww_schedule *s,
                                const struct vww_plan_block *blocks, const struct slots *slots,
                                int32_t a, int32_t b)
{
    if (!lives_meet(&blocks[a], &blocks[b]))
        return (struct vww_apart){0};
    if (blocks[a].op >= 0 && blocks[b].op >= 0)
        return (struct vww_apart){0}; /* only one kernel works at a time */
    const bool a_first = blocks[a].first <= blocks[b].first;
    const int32_t earlier = a_first ? a : b, later = a_first ? b : a;
    const struct exchange exchange = {
        .schedule = s,
        .graph = graph,
        .input = blocks[later].op < 0 ? blocks[earlier].tensor : -1,
        .output = blocks[later].tensor,
    };
    const struct vww_apart apart = distance(&slots[earlier], &slots[later], &exchange);
    return a_first ? apart : (struct vww_apart){-apart.high, -apart.low};
}

static bool is_whole(const struct vww_apart *apart, const struct vww_plan_block *a,
                     const struct vww_plan_block *b)
{
    return lives_meet(a, b) ? apart->low == -b->bytes && apart->high == a->bytes
                            : apart->low == 0 && apart->high == 0;
}

vww_status vww_plan_apart(const struct vww_graph *graph, const struct vww_schedule *schedule,
                          const struct vww_plan_block *blocks, int32_t count,
                          struct vww_apart *apart, bool *whole, struct vww_error *error)
{
    struct slots *slots = vww_allocate((size_t)count, sizeof *slots);
    if (slots == NULL)
        return vww_fail_memory(error, (size_t)count * sizeof *slots);
    vww_status status = VWW_OK;
    for (int32_t i = 0; i < count && status == VWW_OK; i++)
        status = blocks[i].op < 0 ? tensor_slots(schedule, &blocks[i], &slots[i], error)
                                  : scratch_slots(schedule, &blocks[i], &slots[i], error);
    *whole = true;
    for (int32_t a = 0; a < count && status == VWW_OK; a++)
        for (int32_t b = 0; b < a; b++) {
            const struct vww_apart ab = between(graph, schedule, blocks, slots, a, b);
            apart[a * count + b] = ab;
            apart[b * count + a] = (struct vww_apart){-ab.high, -ab.low};
            *whole = *whole && is_whole(&ab, &blocks[a], &blocks[b]);
        }
    for (int32_t i = 0; i < count; i++)
        slots_fini(&slots[i]);
    vww_free(slots);
    return status;
}

void vww_plan_apart_whole(const struct vww_plan_block *blocks, int32_t count,
                          struct vww_apart *apart)
{
    for (int32_t a = 0; a < count; a++)
        for (int32_t b = 0; b < count; b++)
            apart[a * count + b] = lives_meet(&blocks[a], &blocks[b])
                                       ? (struct vww_apart){-blocks[b].bytes, blocks[a].bytes}
                                       : (struct vww_apart){0};
}
