#include "report/budget.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *key, *title, *explanation;
} texts[] = {
    {"peak_memory", "Memory, paper's rule", "the largest input + output of a layer"},
    {"peak_memory_split", "Memory, in split paths", "with inverted residuals cut into six"},
    {"model_size", "Model", "int8 weights and int32 biases"},
    {"multiply_adds", "Multiply-adds", "convolutions and classifier"},
};

struct list {
    struct vww_budget *items;
    size_t count;
};

static struct vww_budget *add(struct list *list, const struct vww_budget_check *limits,
                              const char *key, const char *title, int64_t value)
{
    struct vww_budget *budget = &list->items[list->count++];
    *budget = (struct vww_budget){.key = key,
                                  .title = title,
                                  .value = value,
                                  .limit_1000 = limits->limit_1000,
                                  .limit_1024 = limits->limit_1024};
    return budget;
}

static void add_check(struct list *list, const struct vww_budget_check *check)
{
    struct vww_budget *budget = add(list, check, check->name, check->name, check->value);
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
        if (strcmp(texts[t].key, check->name) == 0) {
            budget->title = texts[t].title;
            snprintf(budget->explanation, sizeof budget->explanation, "%s", texts[t].explanation);
        }
}

/* The machine that was measured to take the most; the budget is that of `limits`. */
static void add_measured(struct list *list, const struct vww_report_run *run,
                         const struct vww_budget_check *limits, bool is_flash)
{
    const struct vww_bench *most = NULL;
    int64_t value = -1;
    for (size_t i = 0; i < run->bench_count; i++) {
        const struct vww_bench *bench = &run->benches[i];
        const int64_t total = is_flash ? bench->flash_bytes.total : bench->sram_bytes.total;
        if (total <= value)
            continue;
        value = total;
        most = bench;
    }
    if (most == NULL)
        return;
    struct vww_budget *budget = is_flash ? add(list, limits, "flash", "Flash, measured", value)
                                         : add(list, limits, "sram", "Memory, measured", value);
    snprintf(budget->explanation, sizeof budget->explanation, "%s on %s",
             is_flash ? "code and constants" : "arena, variables, stack", most->machine);
}

size_t vww_report_run_budgets(const struct vww_report_run *run,
                              struct vww_budget budgets[VWW_BUDGETS_MAX])
{
    struct vww_budget_check checks[VWW_BUDGET_COUNT];
    struct list list = {budgets, 0};
    vww_cost_check_budgets(&run->cost, checks);
    for (int i = 0; i < VWW_BUDGET_COUNT; i++) {
        if (checks[i].value == 0)
            continue;
        add_check(&list, &checks[i]);
        if (strcmp(checks[i].name, "peak_memory") == 0) {
            struct vww_budget *arena = add(&list, &checks[i], "arena", "Memory, as planned",
                                           run->plan.arena_bytes + run->plan.scratch_bytes);
            snprintf(arena->explanation, sizeof arena->explanation,
                     "the arena that the generated C reserves");
            add_measured(&list, run, &checks[i], false);
        }
        if (strcmp(checks[i].name, "model_size") == 0)
            add_measured(&list, run, &checks[i], true);
    }
    return list.count;
}
