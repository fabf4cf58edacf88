/* Offsets for blocks that must lie apart: first greedily in several orders, then in orders that are
 * repaired where they failed, then, where that is possible and the result is not yet proved the
 * least, by search. The problem (dynamic storage allocation) is NP-hard; networks for
 * microcontrollers are small, and nearly always the first two meet the lower bound. */
#include "base/memory.h"
#include "plan/plan.h"

#include <string.h>

#define REPAIRS_MOST 500
#define BLOCKS_MOST 160

static int64_t align_up(int64_t offset, int64_t align)
{
    return (offset + align - 1) / align * align;
}

/* What is placed, and how. */
struct placing {
    struct vww_plan_block *blocks;
    const struct vww_apart *apart;
    int32_t count;
    int32_t *order;
};

/* The lowest offset at which the block collides with none of the first `placed` of the order. */
static int64_t lowest_fit(const struct placing *p, int32_t placed, int32_t block)
{
    int64_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int32_t i = 0; i < placed; i++) {
            const int32_t other = p->order[i];
            const struct vww_apart *apart = &p->apart[other * p->count + block];
            const int64_t distance = offset - p->blocks[other].offset;
            if (apart->low < distance && distance < apart->high) {
                offset = align_up(p->blocks[other].offset + apart->high, p->blocks[block].align);
                moved = true;
            }
        }
    }
    return offset;
}

static int64_t top(const struct placing *p)
{
    int64_t highest = 0;
    for (int32_t i = 0; i < p->count; i++)
        if (p->blocks[i].offset + p->blocks[i].bytes > highest)
            highest = p->blocks[i].offset + p->blocks[i].bytes;
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

static int64_t key_end(const struct vww_plan_block *block)
{
    return block->last;
}

static int64_t (*const keys[])(const struct vww_plan_block *) = {key_size, key_area, key_duration,
                                                                 key_start, key_end};
#define KEY_COUNT (sizeof keys / sizeof keys[0])

/* Largest key first; equal keys keep their order. */
static void sort(const struct placing *p, int64_t (*key)(const struct vww_plan_block *))
{
    for (int32_t i = 0; i < p->count; i++) {
        int32_t at = i;
        while (at > 0 && key(&p->blocks[p->order[at - 1]]) < key(&p->blocks[i])) {
            p->order[at] = p->order[at - 1];
            at--;
        }
        p->order[at] = i;
    }
}

static int64_t place_in_order(const struct placing *p)
{
    for (int32_t i = 0; i < p->count; i++)
        p->blocks[p->order[i]].offset = lowest_fit(p, i, p->order[i]);
    return top(p);
}

/* Blocks that ended above `limit` were placed too late: each moves to half its position. */
static void move_forward(const struct placing *p, int64_t limit)
{
    for (int32_t i = 0; i < p->count; i++) {
        const int32_t moved = p->order[i];
        if (p->blocks[moved].offset + p->blocks[moved].bytes <= limit)
            continue;
        memmove(&p->order[i / 2 + 1], &p->order[i / 2], (size_t)(i - i / 2) * sizeof *p->order);
        p->order[i / 2] = moved;
    }
}

/* The best of the greedy orders and their repairs; leaves its offsets in the blocks. best: room for
 * count offsets. */
static int64_t place_by_orders(const struct placing *p, int64_t least_bytes, int64_t *best)
{
    const int32_t repairs = p->count <= BLOCKS_MOST ? REPAIRS_MOST : 0;
    int64_t best_bytes = INT64_MAX;
    for (size_t k = 0; k < KEY_COUNT && best_bytes > least_bytes; k++) {
        sort(p, keys[k]);
        for (int32_t i = 0; i <= repairs && best_bytes > least_bytes; i++) {
            const int64_t bytes = place_in_order(p);
            if (bytes < best_bytes) {
                best_bytes = bytes;
                for (int32_t b = 0; b < p->count; b++)
                    best[b] = p->blocks[b].offset;
            }
            move_forward(p, best_bytes > least_bytes ? best_bytes - 1 : least_bytes);
        }
    }
    for (int32_t b = 0; b < p->count; b++)
        p->blocks[b].offset = best[b];
    return best_bytes;
}

vww_status vww_plan_place(struct vww_plan_block *blocks, int32_t count,
                          const struct vww_apart *apart, bool whole, int64_t least_bytes,
                          int64_t *total_bytes, bool *is_optimal, struct vww_error *error)
{
    *total_bytes = 0;
    *is_optimal = true;
    if (count == 0)
        return VWW_OK;
    int64_t *best = vww_allocate((size_t)count, sizeof *best);
    int32_t *order = vww_allocate((size_t)count, sizeof *order);
    vww_status status = VWW_OK;
    if (best == NULL || order == NULL) {
        status = vww_fail_memory(error, (size_t)count * sizeof *best);
    } else {
        const struct placing placing = {blocks, apart, count, order};
        *total_bytes = place_by_orders(&placing, least_bytes, best);
        *is_optimal = *total_bytes == least_bytes;
        if (!*is_optimal && whole && count <= BLOCKS_MOST)
            status = vww_plan_search(blocks, count, least_bytes, total_bytes, is_optimal, error);
    }
    vww_free(best);
    vww_free(order);
    return status;
}
