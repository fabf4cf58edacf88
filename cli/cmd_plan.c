#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "plan_option.h"
#include "simplify_option.h"
#include "vww/codegen.h"
#include "vww/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAP_COLUMNS 64

/* The letter of a tensor in the map. */
static char letter(int32_t rank)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return letters[rank % (int32_t)(sizeof letters - 1)];
}

static bool has_own_bytes(const struct vww_placement *place)
{
    return place->offset >= 0 && place->alias_of < 0;
}

static void print_tensors(const struct vww_graph *graph, const struct vww_plan *plan)
{
    printf("  %-28s %-16s %10s %10s  %s\n", "tensor", "shape", "offset", "bytes",
           "live during operators");
    int32_t rank = 0;
    for (int32_t t = 0; t < plan->tensor_count; t++) {
        const struct vww_placement *place = &plan->placements[t];
        char shape[64];
        if (place->offset < 0)
            continue;
        vww_shape_text(&graph->tensors[t].shape, shape, sizeof shape);
        printf("%c %-28.28s %-16s %10" PRId64 " %10" PRId64 "  %d to %d",
               has_own_bytes(place) ? letter(rank++) : ' ', graph->tensors[t].name, shape,
               place->offset, place->bytes, (int)place->first, (int)place->last);
        if (place->alias_of >= 0)
            printf(", the bytes of %.40s", graph->tensors[place->alias_of].name);
        printf("\n");
    }
}

/* One line of the map: which tensor holds each column's bytes while this operator runs. */
static void print_instant(const struct vww_plan *plan, int32_t op, const char *name)
{
    char columns[MAP_COLUMNS + 1];
    memset(columns, '.', MAP_COLUMNS);
    columns[MAP_COLUMNS] = '\0';
    int32_t rank = 0;
    for (int32_t t = 0; t < plan->tensor_count; t++) {
        const struct vww_placement *place = &plan->placements[t];
        if (!has_own_bytes(place))
            continue;
        const char mark = letter(rank++);
        if (op < place->first || op > place->last)
            continue;
        const int64_t from = place->offset * MAP_COLUMNS / plan->arena_bytes;
        const int64_t to = (place->offset + place->bytes - 1) * MAP_COLUMNS / plan->arena_bytes;
        for (int64_t column = from; column <= to; column++)
            columns[column] = mark;
    }
    printf("%4d %-18.18s |%s| %" PRId64 "\n", (int)op, name, columns,
           vww_plan_live_bytes(plan, op));
}

static void print_map(const struct vww_graph *graph, const struct vww_plan *plan)
{
    printf("\nthe arena over time (a column is %" PRId64 " bytes; letters as above; live bytes)\n",
           (plan->arena_bytes + MAP_COLUMNS - 1) / MAP_COLUMNS);
    print_instant(plan, -1, "(input is written)");
    for (int32_t i = 0; i < graph->op_count; i++)
        print_instant(plan, i, graph->ops[i].name);
    print_instant(plan, graph->op_count, "(output is read)");
}

static void print_text(const struct vww_graph *graph, const struct vww_plan *plan)
{
    printf("%s, strategy %s\n\n", graph->name, plan->strategy);
    print_tensors(graph, plan);
    print_map(graph, plan);
    printf("\narena    %10" PRId64 " bytes%s\n", plan->arena_bytes,
           plan->is_optimal ? ", the least for these lifetimes" : "");
    if (!plan->is_optimal)
        printf("         %10" PRId64 " bytes are live at once at most\n", plan->least_bytes);
    printf("scratch  %10" PRId64 " bytes\nsram     %10" PRId64 " bytes\n", plan->scratch_bytes,
           plan->arena_bytes + plan->scratch_bytes);
}

static void print_json(const char *path, const struct simplify_choice *choice,
                       const struct vww_graph *graph, const struct vww_plan *plan)
{
    bool first = true;
    printf("{\"model\":");
    print_json_string(path);
    printf(",\"strategy\":\"%s\",\"arena_bytes\":%" PRId64 ",\"scratch_bytes\":%" PRId64
           ",\"sram_bytes\":%" PRId64 ",\"least_bytes\":%" PRId64 ",\"optimal\":%s,\"tensors\":[",
           plan->strategy, plan->arena_bytes, plan->scratch_bytes,
           plan->arena_bytes + plan->scratch_bytes, plan->least_bytes,
           plan->is_optimal ? "true" : "false");
    for (int32_t t = 0; t < plan->tensor_count; t++) {
        const struct vww_placement *place = &plan->placements[t];
        if (place->offset < 0)
            continue;
        printf("%s{\"name\":", first ? "" : ",");
        print_json_string(graph->tensors[t].name);
        printf(",\"offset\":%" PRId64 ",\"bytes\":%" PRId64
               ",\"first\":%d,\"last\":%d,\"alias\":%s}",
               place->offset, place->bytes, (int)place->first, (int)place->last,
               place->alias_of >= 0 ? "true" : "false");
        first = false;
    }
    printf("],\"operators\":[");
    for (int32_t i = 0; i < graph->op_count; i++) {
        printf("%s{\"name\":", i > 0 ? "," : "");
        print_json_string(graph->ops[i].name);
        printf(",\"live_bytes\":%" PRId64 "}", vww_plan_live_bytes(plan, i));
    }
    printf("],");
    simplify_print_json(choice);
    printf("}\n");
}

/* The table of the trade: what each strategy needs, and how often it calls kernels. */
static vww_status print_strategies(const char *path, const struct vww_graph *graph,
                                   const char *target, bool json, struct vww_error *error)
{
    static const char *const strategies[] = {"paper", "plain",  "in-place",
                                             "split", "stream", "stream+split"};
    if (json) {
        printf("{\"model\":");
        print_json_string(path);
        printf(",\"strategies\":[");
    } else {
        printf("%-12s %12s %12s %12s %8s\n", "strategy", "arena", "scratch", "sram", "calls");
    }
    vww_status status = VWW_OK;
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0] && status == VWW_OK; i++) {
        const struct vww_plan_options how = {.strategy = strategies[i]};
        struct vww_plan plan;
        status = vww_codegen_plan(graph, target, &how, &plan, error);
        if (status == VWW_OK)
            printf(json ? "%s{\"strategy\":\"%s\",\"arena_bytes\":%" PRId64
                          ",\"scratch_bytes\":%" PRId64 ",\"sram_bytes\":%" PRId64 ",\"calls\":%d}"
                        : "%s%-12s %12" PRId64 " %12" PRId64 " %12" PRId64 " %8d\n",
                   json && i > 0 ? "," : "", strategies[i], plan.arena_bytes, plan.scratch_bytes,
                   plan.arena_bytes + plan.scratch_bytes, (int)plan.step_count);
        vww_plan_fini(&plan);
    }
    if (json)
        printf("]}\n");
    return status;
}

static vww_status check_drawing(const char *strategy, bool compare, const char *svg,
                                struct vww_error *error)
{
    if (svg == NULL || (!compare && strcmp(strategy, "paper") != 0))
        return VWW_OK;
    vww_fail(error, VWW_ERROR_ARGUMENT, "there is no memory map to draw");
    vww_error_seen(error, "%s", compare ? "--compare" : "--strategy paper");
    vww_error_remedy(error, "--svg draws one plan that can run: choose another --strategy, "
                            "without --compare");
    return VWW_ERROR_ARGUMENT;
}

int cmd_plan(int argc, char **argv)
{
    struct plan_choice choice = PLAN_CHOICE_DEFAULT;
    struct simplify_choice simplification = SIMPLIFY_CHOICE_DEFAULTS;
    const char *target = NULL, *svg = NULL;
    bool compare = false;
    bool json = false;
    struct option options[] = {
        PLAN_OPTIONS(choice),
        {.name = "target",
         .kind = OPTION_STRING,
         .value = &target,
         .argument = "portable|cortex-m3|cortex-m4|cortex-m7|cortex-m55",
         .help = "whose kernels' working memory is part of the plan; without it none is"},
        SIMPLIFY_CHOICE_OPTION(&simplification),
        {.name = "svg",
         .kind = OPTION_STRING,
         .value = &svg,
         .argument = "FILE",
         .help = "also draw the memory map"},
        {.name = "compare",
         .kind = OPTION_FLAG,
         .value = &compare,
         .help = "a line for each strategy instead: bytes, and calls of kernels"},
        {.name = "json", .kind = OPTION_FLAG, .value = &json, .help = "one JSON object"},
    };
    struct command_line line = {
        .usage =
            "vww plan M.tflite [--strategy S] [--prefer memory|speed] [--sram BYTES] [--target T] "
            "[--simplify on|off] [--svg FILE] [--compare] [--json]",
        .summary = "Where every activation of a model lives in RAM, and when. Each plan is checked "
                   "by replaying\nthe model over a map of bytes.",
        .example = "  vww plan model.tflite",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .positional_least = 1,
        .positional_most = 1};
    const char *path;
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, &path, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    struct vww_error error;
    struct vww_graph *graph = NULL;
    struct vww_plan plan = {0};
    const struct vww_plan_options how = plan_options(&choice);
    vww_status status = check_drawing(choice.strategy, compare, svg, &error);
    if (status == VWW_OK)
        status = simplify_read(path, &simplification, target, &graph, &error);
    if (status == VWW_OK && compare)
        status = print_strategies(path, graph, target, json, &error);
    else if (status == VWW_OK)
        status = vww_codegen_plan(graph, target, &how, &plan, &error);
    if (status == VWW_OK && svg != NULL)
        status = vww_report_memory_map(graph, &plan, svg, &error);
    if (status == VWW_OK && !compare) {
        if (json)
            print_json(path, &simplification, vww_plan_graph(&plan, graph), &plan);
        else
            print_text(vww_plan_graph(&plan, graph), &plan);
        if (!json)
            simplify_print_text(&simplification, true);
    }
    vww_plan_fini(&plan);
    simplify_choice_fini(&simplification);
    vww_graph_destroy(graph);
    return status == VWW_OK ? 0 : console_fail(&error);
}
