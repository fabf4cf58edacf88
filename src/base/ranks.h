/* What ranks tell one another. Every function is called by all ranks in the same order, and does
 * nothing where there are no others (NULL). A rank that no longer answers is noticed by the signal
 * that the launcher then sends: see vww_ranks_watch. From then on all functions return at once,
 * their results without meaning, and vww_ranks_lost tells. */
#ifndef VWW_BASE_RANKS_H
#define VWW_BASE_RANKS_H

#include "vww/progress.h"
#include "vww/ranks.h"

/* What the launcher told this process by environment variables. */
struct vww_launch {
    int32_t rank, count; /* count 0: no launcher; this process is alone */
    int32_t on_machine;  /* ranks on this machine; 0: unknown */
    const char *job;     /* equal for all ranks of one start, another for the next; or NULL */
};

struct vww_launch vww_launch_read(void);

/* While progress asks to stop, an answer of the other ranks is awaited for a moment only. */
void vww_ranks_watch(struct vww_ranks *ranks, const struct vww_progress *progress);
/* VWW_ERROR_IO once another rank did not answer. */
vww_status vww_ranks_lost(const struct vww_ranks *ranks, struct vww_error *error);

/* all: the `bytes` bytes of each rank, in order of ranks. */
void vww_ranks_gather(struct vww_ranks *ranks, const void *mine, size_t bytes, void *all);
/* From rank `root` to all. */
void vww_ranks_broadcast(struct vww_ranks *ranks, int32_t root, void *data, size_t bytes);
/* Each value becomes its sum over the ranks, by the tree of base/tree.h: the same bits everywhere.
 */
void vww_ranks_sum(struct vww_ranks *ranks, double *values, int64_t count);
/* The least low and the greatest high of all ranks. */
void vww_ranks_range(struct vww_ranks *ranks, float *low, float *high);
/* The same sums for floats, in the background: begin gives away `count` values (until end), go_on
 * lets what was begun advance, end waits for all of it. Values travel in buckets of some 256 KiB:
 * each rank gets its share of a bucket from all others, adds them up by the tree, and sends the sum
 * to all. That moves as little as any all-reduce and fixes the order of every sum. */
void vww_ranks_sum_begin(struct vww_ranks *ranks, float *values, int64_t count);
void vww_ranks_sum_go_on(struct vww_ranks *ranks);
void vww_ranks_sum_end(struct vww_ranks *ranks);

#endif
