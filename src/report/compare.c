#include "report/compare.h"
#include "report/score.h"

static bool goes_after(const struct vww_report_run *a, const struct vww_report_run *b)
{
    if (a->has_model != b->has_model)
        return !a->has_model;
    return a->has_model && a->cost.macs > b->cost.macs;
}

static bool is_beaten(const struct vww_comparison *row, const struct vww_comparison *rows,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct vww_comparison *other = &rows[i];
        if (other == row || !other->run->has_model || other->judged == NULL)
            continue;
        const int64_t macs = row->run->cost.macs, other_macs = other->run->cost.macs;
        const double accuracy = row->judged->accuracy, other_accuracy = other->judged->accuracy;
        if (other_macs <= macs && other_accuracy >= accuracy &&
            (other_macs < macs || other_accuracy > accuracy))
            return true;
    }
    return false;
}

void vww_compare_runs(const struct vww_report_run *runs, size_t count, struct vww_comparison *rows)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && goes_after(rows[at - 1].run, &runs[i]); at--)
            rows[at] = rows[at - 1];
        rows[at] =
            (struct vww_comparison){.run = &runs[i], .judged = vww_report_run_judged(&runs[i])};
    }
    for (size_t i = 0; i < count; i++)
        rows[i].on_front =
            rows[i].run->has_model && rows[i].judged != NULL && !is_beaten(&rows[i], rows, count);
}

bool vww_compare_is_uneven(const struct vww_comparison *rows, size_t count)
{
    const struct vww_evaluation *first = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct vww_evaluation *judged = rows[i].judged;
        if (judged == NULL)
            continue;
        if (first == NULL)
            first = judged;
        else if (judged->images != first->images ||
                 vww_common_images(judged, first) != first->images)
            return true;
    }
    return false;
}
