/* Offsets for blocks with known lifetimes: first greedily in several orders, then in orders that
 * are repaired where they failed, then, where the result is not yet proved the least, by branch and
 * bound. The problem (dynamic storage allocation) is NP-hard; networks for microcontrollers are
 * small, and nearly always the first two meet the lower bound. */
#include "base/memory.h"
#include "plan/plan.h"

#include <string.h>

/* Limits of repair and search: together less than a second. */
#define REPAIRS_MOST 500
#define STEPS_MOST 1000000
#define BLOCKS_MOST 128

static bool meet(const struct vww_plan_block *a, const struct vww_plan_block *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static int64_t align_up(int64_t offset, int64_t align)
{
    return (offset + align - 1) / align * align;
}

/* --- greedy ---------------------------------------------------------------------------------- */

/* The lowest gap, among the blocks placed so far and live together with this one, that holds it. */
static int64_t lowest_fit(const struct vww_plan_block *blocks, const int32_t *placed, int32_t count,
                          const struct vww_plan_block *block)
{
    int64_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int32_t i = 0; i < count; i++) {
            const struct vww_plan_block *other = &blocks[placed[i]];
            if (meet(other, block) && other->offset < offset + block->bytes &&
                offset < other->offset + other->bytes) {
                offset = align_up(other->offset + other->bytes, block->align);
                moved = true;
            }
        }
    }
    return offset;
}

static int64_t top(const struct vww_plan_block *blocks, int32_t count)
{
    int64_t highest = 0;
    for (int32_t i = 0; i < count; i++)
        if (blocks[i].offset + blocks[i].bytes > highest)
            highest = blocks[i].offset + blocks[i].bytes;
    return highest;
}

static int64_t duration(const struct vww_plan_block *block)
{
    return (int64_t)block->last - block->first + 1;
}

/* The orders in which greedy placement is tried. */
static int64_t key_size(const struct vww_plan_block *block)
{
    return block->bytes;
}

static int64_t key_area(const struct vww_plan_block *block)
{
    return block->bytes * duration(block);
}

static int64_t key_duration(const struct vww_plan_block *block)
{
    return duration(block);
}

static int64_t key_start(const struct vww_plan_block *block)
{
    return -(int64_t)block->first;
}

static int64_t (*const keys[])(const struct vww_plan_block *) = {key_size, key_area, key_duration,
                                                                 key_start};
#define KEY_COUNT (sizeof keys / sizeof keys[0])

/* Largest key first; equal keys keep their order. */
static void sort(const struct vww_plan_block *blocks, int32_t *order, int32_t count,
                 int64_t (*key)(const struct vww_plan_block *))
{
    for (int32_t i = 0; i < count; i++) {
        int32_t at = i;
        while (at > 0 && key(&blocks[order[at - 1]]) < key(&blocks[i])) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

static int64_t place_in_order(struct vww_plan_block *blocks, const int32_t *order, int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        blocks[order[i]].offset = lowest_fit(blocks, order, i, &blocks[order[i]]);
    return top(blocks, count);
}

/* --- repair ---------------------------------------------------------------------------------- */

/* Blocks that ended above `limit` were placed too late: each moves to half its position. */
static void move_forward(const struct vww_plan_block *blocks, int32_t *order, int32_t count,
                         int64_t limit)
{
    for (int32_t i = 0; i < count; i++) {
        const int32_t moved = order[i];
        if (blocks[moved].offset + blocks[moved].bytes <= limit)
            continue;
        memmove(&order[i / 2 + 1], &order[i / 2], (size_t)(i - i / 2) * sizeof *order);
        order[i / 2] = moved;
    }
}

/* --- search ---------------------------------------------------------------------------------- */

/* Every placement can be turned, without growing, into one in which the blocks, taken by ascending
 * offset, each lie directly on the highest earlier block that is live with them (push each down in
 * that order; repeat while the order changes). So it is enough to search the sequences of blocks
 * with ascending (offset, index), each put on top of what its lifetime has seen. */
struct search {
    const struct vww_plan_block *blocks;
    int32_t count, times;
    int32_t base;       /* time slot of instant t: t - base */
    int64_t *skyline;   /* for each time slot: the top of what is placed */
    int64_t *remaining; /* for each time slot: bytes not yet placed */
    int64_t *offsets;   /* of the placed blocks */
    bool *placed;       /* for each block */
    int64_t *saved;     /* count x times: skylines to come back to */
    int64_t best;       /* arena bytes to beat */
    int64_t *best_offsets;
    int64_t least; /* stop at this */
    int64_t steps;
};

/* No completion can be smaller than this: what is left must go above both the skyline and the
 * offset reached so far. */
static int64_t bound(const struct search *s, int64_t reached)
{
    int64_t highest = 0;
    for (int32_t t = 0; t < s->times; t++) {
        int64_t height = s->skyline[t];
        if (s->remaining[t] > 0)
            height = (height > reached ? height : reached) + s->remaining[t];
        if (height > highest)
            highest = height;
    }
    return highest;
}

static void descend(struct search *s, int32_t depth, int64_t reached, int32_t previous)
{
    if (depth == s->count) {
        s->best = bound(s, reached);
        memcpy(s->best_offsets, s->offsets, (size_t)s->count * sizeof *s->offsets);
        return;
    }
    int64_t *saved = s->saved + (int64_t)depth * s->times;
    memcpy(saved, s->skyline, (size_t)s->times * sizeof *saved);
    for (int32_t i = 0; i < s->count && s->best > s->least && s->steps < STEPS_MOST; i++) {
        const struct vww_plan_block *block = &s->blocks[i];
        if (s->placed[i])
            continue;
        const int32_t from = block->first - s->base, to = block->last - s->base;
        int64_t offset = 0;
        for (int32_t t = from; t <= to; t++)
            if (s->skyline[t] > offset)
                offset = s->skyline[t];
        offset = align_up(offset, block->align);
        if (offset < reached || (offset == reached && i < previous))
            continue;
        s->steps++;
        for (int32_t t = from; t <= to; t++) {
            s->skyline[t] = offset + block->bytes;
            s->remaining[t] -= block->bytes;
        }
        s->placed[i] = true;
        s->offsets[i] = offset;
        if (bound(s, offset) < s->best)
            descend(s, depth + 1, offset, i);
        s->placed[i] = false;
        for (int32_t t = from; t <= to; t++) {
            s->skyline[t] = saved[t];
            s->remaining[t] += block->bytes;
        }
    }
}

/* Improve on *arena_bytes; true when the result is then proved the least. */
static vww_status search(struct vww_plan_block *blocks, int32_t count, int64_t least,
                         int64_t *arena_bytes, bool *is_optimal, struct vww_error *error)
{
    struct search s = {.blocks = blocks, .count = count, .best = *arena_bytes, .least = least};
    int32_t last = blocks[0].last;
    s.base = blocks[0].first;
    for (int32_t i = 0; i < count; i++) {
        if (blocks[i].first < s.base)
            s.base = blocks[i].first;
        if (blocks[i].last > last)
            last = blocks[i].last;
    }
    s.times = last - s.base + 1;
    const size_t slots = (size_t)s.times;
    int64_t *memory =
        vww_allocate(2 * slots + 2 * (size_t)count + (size_t)count * slots, sizeof *memory);
    s.placed = vww_allocate((size_t)count, sizeof *s.placed);
    vww_status status = VWW_OK;
    if (memory == NULL || s.placed == NULL) {
        status = vww_fail_memory(error, (size_t)count * slots * sizeof *memory);
    } else {
        s.skyline = memory;
        s.remaining = s.skyline + slots;
        s.offsets = s.remaining + slots;
        s.best_offsets = s.offsets + count;
        s.saved = s.best_offsets + count;
        for (int32_t i = 0; i < count; i++)
            for (int32_t t = blocks[i].first; t <= blocks[i].last; t++)
                s.remaining[t - s.base] += blocks[i].bytes;
        descend(&s, 0, 0, -1);
        *is_optimal = s.best == least || s.steps < STEPS_MOST;
        if (s.best < *arena_bytes) {
            *arena_bytes = s.best;
            for (int32_t i = 0; i < count; i++)
                blocks[i].offset = s.best_offsets[i];
        }
    }
    vww_free(memory);
    vww_free(s.placed);
    return status;
}

/* --- both ------------------------------------------------------------------------------------ */

/* The most bytes live at one instant. The live set only grows where a block begins. */
static int64_t lower_bound(const struct vww_plan_block *blocks, int32_t count)
{
    int64_t most = 0;
    for (int32_t i = 0; i < count; i++) {
        int64_t live = 0;
        for (int32_t k = 0; k < count; k++)
            if (blocks[k].first <= blocks[i].first && blocks[i].first <= blocks[k].last)
                live += blocks[k].bytes;
        if (live > most)
            most = live;
    }
    return most;
}

/* The best of the greedy orders and their repairs; leaves its offsets in blocks. best: room for
 * count offsets. */
static int64_t place_by_orders(struct vww_plan_block *blocks, int32_t *order, int32_t count,
                               int64_t least_bytes, int64_t *best)
{
    const int32_t repairs = count <= BLOCKS_MOST ? REPAIRS_MOST : 0;
    int64_t best_bytes = INT64_MAX;
    for (size_t k = 0; k < KEY_COUNT && best_bytes > least_bytes; k++) {
        sort(blocks, order, count, keys[k]);
        for (int32_t i = 0; i <= repairs && best_bytes > least_bytes; i++) {
            const int64_t bytes = place_in_order(blocks, order, count);
            if (bytes < best_bytes) {
                best_bytes = bytes;
                for (int32_t b = 0; b < count; b++)
                    best[b] = blocks[b].offset;
            }
            move_forward(blocks, order, count, least_bytes);
        }
    }
    for (int32_t b = 0; b < count; b++)
        blocks[b].offset = best[b];
    return best_bytes;
}

vww_status vww_plan_place(struct vww_plan_block *blocks, int32_t count, int64_t *arena_bytes,
                          int64_t *least_bytes, bool *is_optimal, struct vww_error *error)
{
    *arena_bytes = *least_bytes = 0;
    *is_optimal = true;
    if (count == 0)
        return VWW_OK;
    int64_t *best = vww_allocate((size_t)count, sizeof *best);
    int32_t *order = vww_allocate((size_t)count, sizeof *order);
    vww_status status = VWW_OK;
    if (best == NULL || order == NULL) {
        status = vww_fail_memory(error, (size_t)count * sizeof *best);
    } else {
        *least_bytes = lower_bound(blocks, count);
        *arena_bytes = place_by_orders(blocks, order, count, *least_bytes, best);
        *is_optimal = *arena_bytes == *least_bytes;
        if (!*is_optimal && count <= BLOCKS_MOST)
            status = search(blocks, count, *least_bytes, arena_bytes, is_optimal, error);
    }
    vww_free(best);
    vww_free(order);
    return status;
}
