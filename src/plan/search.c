/* The least placement of blocks with one lifetime each, by branch and bound. */
#include "base/memory.h"
#include "plan/plan.h"

#include <string.h>

/* Less than a second. */
#define STEPS_MOST 1000000

static int64_t align_up(int64_t offset, int64_t align)
{
    return (offset + align - 1) / align * align;
}

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

vww_status vww_plan_search(struct vww_plan_block *blocks, int32_t count, int64_t least_bytes,
                           int64_t *total_bytes, bool *is_optimal, struct vww_error *error)
{
    struct search s = {
        .blocks = blocks, .count = count, .best = *total_bytes, .least = least_bytes};
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
        *is_optimal = s.best == least_bytes || s.steps < STEPS_MOST;
        if (s.best < *total_bytes) {
            *total_bytes = s.best;
            for (int32_t i = 0; i < count; i++)
                blocks[i].offset = s.best_offsets[i];
        }
    }
    vww_free(memory);
    vww_free(s.placed);
    return status;
}
