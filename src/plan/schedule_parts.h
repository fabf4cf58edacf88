/* Inside of a schedule: schedule.c makes it, schedule_order.c says in which order rows are
 * computed, schedule_lives.c when each is live. */
#ifndef VWW_PLAN_SCHEDULE_PARTS_H
#define VWW_PLAN_SCHEDULE_PARTS_H

#include "base/memory.h"
#include "plan/plan.h"
#include "plan/rows.h"

/* Operators first … last, with those around them as done and as to come. latest: for each row the
 * last operator that reads it; not looked at where the span is the whole graph. */
struct vww_span {
    int32_t first, last;
    const int32_t *latest;
};

static inline int32_t vww_schedule_rows(const struct vww_schedule *s, int32_t tensor)
{
    return s->start[tensor + 1] - s->start[tensor];
}

/* The moments of the span's operators, segment by segment. */
vww_status vww_schedule_order(const struct vww_graph *graph, const struct vww_segments *segments,
                              const struct vww_span *span, bool by_rows, struct vww_schedule *s,
                              struct vww_error *error);
/* When each row is written first and read last, which tensors are rings, and what is live at each
 * moment. */
vww_status vww_schedule_live(const struct vww_graph *graph, const struct vww_segments *segments,
                             const struct vww_span *span, const int64_t *scratch_bytes,
                             struct vww_schedule *s, struct vww_error *error);
/* The operator, among all of the graph, that is the last to read each row; op_count for those of
 * the output. Rows as in the schedule. */
void vww_schedule_note_latest(const struct vww_graph *graph, const struct vww_schedule *s,
                              int32_t *latest);

#endif
