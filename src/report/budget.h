/* The run's model against the budgets of the paper. */
#ifndef VWW_REPORT_BUDGET_H
#define VWW_REPORT_BUDGET_H

#include "report/run.h"

struct vww_budget {
    const char *key; /* in report.json */
    const char *title;
    char explanation[128];
    int64_t value, limit_1000, limit_1024; /* bytes or multiply-adds; KB = 1000 or 1024 */
};
#define VWW_BUDGETS_MAX (VWW_BUDGET_COUNT + 3)

/* Those that apply; the run has a model. */
size_t vww_report_run_budgets(const struct vww_report_run *run,
                              struct vww_budget budgets[VWW_BUDGETS_MAX]);

#endif
