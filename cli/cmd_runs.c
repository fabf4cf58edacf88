#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "option.h"
#include "vww/runs.h"

#include <math.h>
#include <stdio.h>

struct table {
    bool json;
    int64_t rows;
};

static void print_share(const char *key, double value)
{
    if (isnan(value))
        printf(",\"%s\":null", key);
    else
        printf(",\"%s\":%.17g", key, value);
}

static void print_text(const char *key, const char *value)
{
    printf("\"%s\":", key);
    print_json_string(value);
}

static void print_json(const struct vww_runs_row *row)
{
    printf("{");
    print_text("run", row->name);
    printf(",");
    print_text("model", row->model);
    printf(",\"depth_multiplier\":%.17g,\"resolution\":%lld,", row->depth_multiplier,
           (long long)row->resolution);
    print_text("recipe", row->recipe);
    printf(",");
    print_text("state", row->state);
    printf(",\"epochs\":%lld,\"epochs_done\":%lld", (long long)row->epochs,
           (long long)row->epochs_done);
    print_share("accuracy", row->accuracy);
    print_share("int8_accuracy", row->int8_accuracy);
    printf(",\"macs\":%lld,\"parameters\":%lld,", (long long)row->macs, (long long)row->parameters);
    print_text("commit", row->commit);
    printf("}\n");
}

static void percent(double share, char text[16])
{
    if (isnan(share))
        snprintf(text, 16, "-");
    else
        snprintf(text, 16, "%.2f %%", 100 * share);
}

static void print_row(void *context, const struct vww_runs_row *row)
{
    struct table *table = context;
    char accuracy[16], int8[16], model[96];
    table->rows++;
    if (table->json) {
        print_json(row);
        return;
    }
    if (table->rows == 1)
        printf("%-20s %-28s %9s %9s %8s %8s %9s %-9s %-14s %s\n", "run", "model", "accuracy",
               "int8", "M macs", "params", "epochs", "state", "commit", "recipe");
    percent(row->accuracy, accuracy);
    percent(row->int8_accuracy, int8);
    snprintf(model, sizeof model, "%s %g@%lld", row->model, row->depth_multiplier,
             (long long)row->resolution);
    printf("%-20s %-28s %9s %9s %8.2f %8lld %4lld/%-4lld %-9s %-14s %s\n", row->name, model,
           accuracy, int8, 1e-6 * (double)row->macs, (long long)row->parameters,
           (long long)row->epochs_done, (long long)row->epochs, row->state, row->commit,
           row->recipe);
}

int cmd_runs(int argc, char **argv)
{
    struct table table = {0};
    struct option options[] = {
        {.name = "json",
         .kind = OPTION_FLAG,
         .value = &table.json,
         .help = "one JSON object a line"},
    };
    struct command_line line = {
        .usage = "vww runs [DIR] [--json]",
        .summary =
            "List the training runs that lie in a folder, the most accurate first. The list is "
            "kept in\nDIR/" VWW_RUNS_INDEX ", which may be removed: it is made anew from the run "
            "folders.",
        .example = "  vww runs experiments",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .positional_most = 1};
    const char *positional[1] = {"."};
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    struct vww_error error;
    const char *folder = words > 0 ? positional[0] : ".";
    if (vww_runs_list(folder, print_row, &table, &error) != VWW_OK)
        return console_fail(&error);
    if (table.rows == 0)
        console_note("%s: no runs; each is a folder that `vww train --out` wrote", folder);
    return 0;
}
