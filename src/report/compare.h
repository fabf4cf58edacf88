/* Several runs side by side. */
#ifndef VWW_REPORT_COMPARE_H
#define VWW_REPORT_COMPARE_H

#include "report/run.h"

struct vww_comparison {
    const struct vww_report_run *run;
    const struct vww_evaluation *judged; /* NULL: not scored */
    /* No other run is at least as accurate with at most as many multiply-adds, and better in one.
     * False where the run has no model or no score. */
    bool on_front;
};

/* rows: count of them, in ascending multiply-adds; runs without a model last, in the order given.
 */
void vww_compare_runs(const struct vww_report_run *runs, size_t count, struct vww_comparison *rows);

/* True where two of the scored runs were judged by different images, which no table can compare. */
bool vww_compare_is_uneven(const struct vww_comparison *rows, size_t count);

#endif
