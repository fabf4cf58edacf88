#include "report/budget.h"

#include <string.h>

static const struct {
    const char *key, *title, *explanation;
} texts[] = {
    {"peak_memory", "Memory, paper's rule", "the largest input + output of a layer"},
    {"peak_memory_split", "Memory, in split paths", "with inverted residuals cut into six"},
    {"model_size", "Model", "int8 weights and int32 biases"},
    {"multiply_adds", "Multiply-adds", "convolutions and classifier"},
};

size_t vww_report_run_budgets(const struct vww_report_run *run,
                              struct vww_budget budgets[VWW_BUDGETS_MAX])
{
    struct vww_budget_check checks[VWW_BUDGET_COUNT];
    vww_cost_check_budgets(&run->cost, checks);
    size_t count = 0;
    for (int i = 0; i < VWW_BUDGET_COUNT; i++) {
        if (checks[i].value == 0)
            continue;
        struct vww_budget *budget = &budgets[count++];
        *budget = (struct vww_budget){.key = checks[i].name,
                                      .title = checks[i].name,
                                      .explanation = "",
                                      .value = checks[i].value,
                                      .limit_1000 = checks[i].limit_1000,
                                      .limit_1024 = checks[i].limit_1024};
        for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
            if (strcmp(texts[t].key, checks[i].name) == 0) {
                budget->title = texts[t].title;
                budget->explanation = texts[t].explanation;
            }
        if (strcmp(budget->key, "peak_memory") == 0)
            budgets[count++] =
                (struct vww_budget){.key = "arena",
                                    .title = "Memory, as planned",
                                    .explanation = "the arena that the generated C reserves",
                                    .value = run->plan.arena_bytes + run->plan.scratch_bytes,
                                    .limit_1000 = checks[i].limit_1000,
                                    .limit_1024 = checks[i].limit_1024};
    }
    return count;
}
