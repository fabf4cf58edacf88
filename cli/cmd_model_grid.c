#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "vww/picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int32_t class_counts[] = {2, 1000};
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char header[] =
    "model,depth_multiplier,resolution,classes,conv_weights,folded_bn_biases,classifier_weights,"
    "classifier_biases,last_conv_weights,params_deploy,params_trainable,params_with_stats,macs,"
    "peak_bytes_chain_or_branch,peak_at,peak_bytes_split6,split6_at,peak_bytes_ignoring_branches,"
    "published_widths\n";

static void print_csv(const struct vww_zoo_options *options, const struct vww_cost *cost)
{
    printf("%s,%g,%d,%d", options->family, options->depth_multiplier, (int)options->resolution,
           (int)options->classes);
    printf(",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64, cost->conv_weights,
           cost->folded_bn_biases, cost->classifier_weights, cost->classifier_biases,
           cost->last_conv_weights);
    printf(",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%s", cost->params_deploy,
           cost->params_trainable, cost->params_with_stats, cost->macs,
           cost->peak_bytes_chain_or_branch, cost->peak_at);
    if (cost->peak_bytes_split6 > 0)
        printf(",%" PRId64 ",%s", cost->peak_bytes_split6, cost->split6_at);
    else
        printf(",,");
    printf(",%" PRId64 ",%d\n", cost->peak_bytes_ignoring_branches,
           vww_zoo_published_widths(options->family, options->depth_multiplier));
}

static void print_line(const struct vww_zoo_options *options, const struct vww_cost *cost)
{
    printf("%-20s %5g %5d %5d %12" PRId64 " %12" PRId64 " %12" PRId64 " ", options->family,
           options->depth_multiplier, (int)options->resolution, (int)options->classes,
           cost->model_bytes, cost->macs, cost->peak_bytes_chain_or_branch);
    if (cost->peak_bytes_split6 > 0)
        printf("%12" PRId64, cost->peak_bytes_split6);
    else
        printf("%12s", "-");
    printf(" %12" PRId64 "\n", cost->peak_bytes_lifetimes);
}

static vww_status print_row(const struct vww_zoo_options *options, bool csv,
                            struct vww_error *error)
{
    struct vww_graph *graph;
    struct vww_cost cost;
    vww_status status = vww_zoo_build(options, &graph, error);
    if (status != VWW_OK)
        return status;
    status = vww_cost_count(graph, VWW_COST_PATHS, &cost, error);
    vww_graph_destroy(graph);
    if (status != VWW_OK)
        return status;
    if (csv)
        print_csv(options, &cost);
    else
        print_line(options, &cost);
    vww_cost_fini(&cost);
    return VWW_OK;
}

static vww_status print_family(const char *family, bool csv, struct vww_error *error)
{
    size_t multiplier_count, resolution_count;
    const double *multipliers = vww_zoo_multipliers(&multiplier_count);
    const int32_t *resolutions = vww_zoo_resolutions(&resolution_count);
    for (size_t m = 0; m < multiplier_count; m++)
        for (size_t r = 0; r < resolution_count; r++)
            for (size_t k = 0; k < COUNT(class_counts); k++) {
                const struct vww_zoo_options options = {.family = family,
                                                        .depth_multiplier = multipliers[m],
                                                        .resolution = resolutions[r],
                                                        .classes = class_counts[k]};
                const vww_status status = print_row(&options, csv, error);
                if (status != VWW_OK)
                    return status;
            }
    return VWW_OK;
}

/* Without a MODEL, a plot shows one network of each family: the paper's variants. */
static bool is_plotted(const char *name, const char *wanted)
{
    static const char *const usual[] = {"mobilenet_v1",     "mobilenet_v2_vww", "mnasnet_b1_vww",
                                        "shufflenet_v1_g3", "shufflenet_v1_g8", "shufflenet_v2"};
    if (wanted != NULL)
        return strcmp(name, wanted) == 0;
    for (size_t i = 0; i < COUNT(usual); i++)
        if (strcmp(name, usual[i]) == 0)
            return true;
    return false;
}

/* Two classes, with split paths where there are inverted residuals. */
static vww_status plot(const char *family, const char *path, struct vww_error *error)
{
    const struct vww_search_limits all = {.sram_bytes = INT64_MAX,
                                          .flash_bytes = INT64_MAX,
                                          .macs = INT64_MAX,
                                          .rule = VWW_MEMORY_SPLIT,
                                          .classes = 2};
    struct vww_search_hit *hits;
    size_t count, kept = 0;
    vww_status status = vww_search(&all, NULL, 0, &hits, &count, error);
    if (status != VWW_OK)
        return status;
    struct vww_picture_point *points = calloc(count + 1, sizeof *points);
    if (points == NULL)
        status = vww_fail_memory(error, count * sizeof *points);
    /* In the order of the zoo's list, so that each family keeps its colour. */
    size_t families;
    const struct vww_zoo_family *zoo = vww_zoo_families(&families);
    for (size_t f = 0; f < families && points != NULL; f++)
        for (size_t i = 0; i < count; i++)
            if (hits[i].family == &zoo[f] && is_plotted(zoo[f].name, family))
                points[kept++] = (struct vww_picture_point){
                    zoo[f].name,       hits[i].depth_multiplier, hits[i].resolution,
                    hits[i].cost.macs, hits[i].cost.model_bytes, hits[i].memory_bytes};
    if (status == VWW_OK)
        status = vww_picture_costs(points, kept, path, error);
    free(points);
    vww_search_free(hits);
    return status;
}

int cmd_model_grid(int argc, char **argv)
{
    bool csv = false;
    const char *svg = NULL;
    struct option options[] = {
        {.name = "csv",
         .kind = OPTION_FLAG,
         .value = &csv,
         .help = "every count, as comma-separated values"},
        {.name = "svg",
         .kind = OPTION_STRING,
         .value = &svg,
         .argument = "FILE",
         .help = "a plot instead: model size and peak memory over multiply-adds, two classes"},
    };
    struct command_line line = {
        .usage = "vww model grid [MODEL] [--csv|--svg FILE]",
        .summary =
            "The cost of every model of the paper at multipliers 0.25, 0.35, 0.5, 0.75 and 1, "
            "resolutions 96, 128, 160, 192 and 224, for 2 and 1000 classes.",
        .example = "  vww model grid mobilenet_v2_vww --csv",
        .options = options,
        .option_count = COUNT(options),
        .positional_most = 1};
    const char *wanted = NULL;
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, &wanted, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    struct vww_error error;
    const struct vww_zoo_family *family;
    if (words > 0 && vww_zoo_find(wanted, &family, &error) != VWW_OK)
        return console_fail(&error);
    if (words > 0 && !family->in_grid) {
        vww_fail(&error, VWW_ERROR_ARGUMENT, "%s is one fixed network, not a grid", wanted);
        vww_error_remedy(&error, "vww model cost %s", wanted);
        return console_fail(&error);
    }
    if (svg != NULL)
        return plot(wanted, svg, &error) == VWW_OK ? 0 : console_fail(&error);
    if (csv)
        fputs(header, stdout);
    else
        printf("%-20s %5s %5s %5s %12s %12s %12s %12s %12s\n", "model", "mult", "res", "cls",
               "model bytes", "multiply-add", "peak", "peak split", "lifetimes");
    size_t count;
    const struct vww_zoo_family *families = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++)
        if (families[i].in_grid && (words == 0 || &families[i] == family) &&
            print_family(families[i].name, csv, &error) != VWW_OK)
            return console_fail(&error);
    return 0;
}
