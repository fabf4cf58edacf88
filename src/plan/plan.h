/* Inside the planner. strategy.c tries plans; one of them is made in these steps:
 *
 *   paths.c      where asked, operators that share a sum instead of one
 *   segment.c    which operators run interleaved, row by row (a segmentation)
 *   schedule.c   in which order their rows are computed (moments), and from that when each row of
 *                each tensor is live, how many rows a ring keeps, and how much is live at once
 *   apart.c      from these lives, how far apart two blocks of memory have to lie
 *   place.c      offsets (search.c: the least, for blocks with one lifetime each)
 *
 * and the best is checked by validate.c, which shares nothing with them. */
#ifndef VWW_PLAN_PLAN_H
#define VWW_PLAN_PLAN_H

#include "plan/rows.h"
#include "vww/plan.h"

/* Models whose activations need more than this are refused: the aim is microcontrollers, and every
 * sum of sizes stays far from overflow. */
#define VWW_PLAN_BYTES_MOST ((int64_t)1 << 30)

/* --- segmentation ----------------------------------------------------------------------------- */

struct vww_segments {
    /* For each operator the first one of its segment; ascending. A segment of several operators is
     * interleaved; one alone runs its rows in order. */
    int32_t *first;
    bool feeds_rows; /* segment 0 takes the image's rows as they come, even if it is one operator */
};

/* --- schedule --------------------------------------------------------------------------------- */

/* Operator `op` computes units first … end - 1, one after the other; VWW_STEP_INPUT: these rows of
 * the input arrive. */
struct vww_moment {
    int32_t op, first, end;
};

struct vww_schedule {
    struct vww_moment *moments; /* their indices are the time */
    int32_t count;
    size_t capacity;
    /* Row y of tensor t is live from written[start[t] + y] to read[start[t] + y], both included;
     * written -1: never. Rows of a renamed tensor are those of the tensor it is renamed from. */
    int32_t *start; /* tensor_count + 1 */
    int32_t *written, *read;
    int32_t *root; /* for each tensor: itself, or what it was renamed from */
    int32_t *kept; /* for each tensor: rows that are kept */
    int64_t *live; /* for each moment and, last, for the end: bytes, working memory included */
    bool in_place; /* an output's row may take the place of an input's (vww_op_rows, exchanged) */
    int32_t op_count;
    struct vww_op_rows *op_rows; /* for each operator */
    int32_t *last_reader;        /* for each operator: the last one that reads what it makes */
};

/* by_rows: the rows of an operator that runs alone are moments of their own, so that its output may
 * take the place of the input's rows; otherwise the whole operator is one moment, and where none is
 * interleaved, all rows of a tensor live as long as any. scratch_bytes:
 * for each operator, or NULL. Release with vww_schedule_fini, also after a failure. */
vww_status vww_schedule_make(const struct vww_graph *graph, const struct vww_segments *segments,
                             bool by_rows, const int64_t *scratch_bytes,
                             struct vww_schedule *schedule, struct vww_error *error);
void vww_schedule_fini(struct vww_schedule *schedule);

/* Only operators first … last of it, which are one segment or one operator by rows, with everything
 * live that is live while they run in the whole. latest: from vww_schedule_latest, which tells for
 * each row the last operator that reads it; release with vww_free. */
vww_status vww_schedule_segment(const struct vww_graph *graph, const struct vww_segments *segments,
                                int32_t first, int32_t last, const int32_t *latest,
                                const int64_t *scratch_bytes, struct vww_schedule *schedule,
                                struct vww_error *error);
vww_status vww_schedule_latest(const struct vww_graph *graph, int32_t **latest,
                               struct vww_error *error);

int64_t vww_tensor_bytes(const struct vww_tensor *tensor);

/* The plan of a segmentation, without its name. by_rows as above. Not validated. */
vww_status vww_plan_realize(const struct vww_graph *graph, const struct vww_segments *segments,
                            bool by_rows, const int64_t *scratch_bytes, struct vww_plan *plan,
                            struct vww_error *error);

/* --- segmentation's search ---------------------------------------------------------------------*/

/* Costs of every possible segment. */
struct vww_segment_costs;
vww_status vww_segment_costs_create(const struct vww_graph *graph, const int64_t *scratch_bytes,
                                    struct vww_segment_costs **costs, struct vww_error *error);
void vww_segment_costs_destroy(struct vww_segment_costs *costs);
/* The least that the largest segment needs, live at once. */
int64_t vww_segment_least(const struct vww_segment_costs *costs);
/* What operators first … last need as one segment (fed: with the image coming row by row). */
int64_t vww_segment_bytes(const struct vww_segment_costs *costs, int32_t first, int32_t last,
                          bool fed);
/* The segmentation with the fewest steps whose segments all need no more than `most` bytes; false:
 * there is none. first: op_count entries, filled. */
bool vww_segment_within(const struct vww_segment_costs *costs, int64_t most,
                        struct vww_segments *segments);

/* --- placement -------------------------------------------------------------------------------- */

/* One run of bytes: a tensor with what is renamed from it, or a kernel's working memory. */
struct vww_plan_block {
    int64_t bytes;       /* > 0 */
    int64_t align;       /* offset must be a multiple of it */
    int32_t first, last; /* the moments of its life; it may have pauses */
    int64_t offset;      /* the result */
    int32_t tensor, op;  /* what it is: a tensor (op -1), or the working memory of an operator */
};

/* Of two blocks a, b: offset(b) - offset(a) may not lie strictly between low and high. Both 0: the
 * blocks may lie anywhere. */
struct vww_apart {
    int64_t low, high;
};

/* For each two of the blocks, apart[a * count + b]. *whole: every two blocks either may lie
 * anywhere or may share no byte, and share none exactly when first … last of both meet. */
vww_status vww_plan_apart(const struct vww_graph *graph, const struct vww_schedule *schedule,
                          const struct vww_plan_block *blocks, int32_t count,
                          struct vww_apart *apart, bool *whole, struct vww_error *error);
/* The same for blocks with one lifetime each. */
void vww_plan_apart_whole(const struct vww_plan_block *blocks, int32_t count,
                          struct vww_apart *apart);

/* Give each block an offset; *total_bytes is the end of the highest. least_bytes: stop when that is
 * reached. whole: as above; then the result is the least possible, and *is_optimal true, whenever
 * the lower bound is met or the search ends within its budget of steps, as it does for small
 * graphs. */
vww_status vww_plan_place(struct vww_plan_block *blocks, int32_t count,
                          const struct vww_apart *apart, bool whole, int64_t least_bytes,
                          int64_t *total_bytes, bool *is_optimal, struct vww_error *error);

/* Search all placements of blocks with one lifetime each, for less than *total_bytes; *is_optimal:
 * it has ended. */
vww_status vww_plan_search(struct vww_plan_block *blocks, int32_t count, int64_t least_bytes,
                           int64_t *total_bytes, bool *is_optimal, struct vww_error *error);

#endif
