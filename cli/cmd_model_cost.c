#include "commands.h"
#include "console.h"
#include "model_option.h"

#include <inttypes.h>
#include <stdio.h>

static void print_layers_json(const struct vww_cost *cost)
{
    printf(",\"layers\":[");
    for (int32_t i = 0; i < cost->layer_count; i++) {
        const struct vww_cost_layer *layer = &cost->layers[i];
        char input[64], output[64];
        vww_shape_text(&layer->input, input, sizeof input);
        vww_shape_text(&layer->output, output, sizeof output);
        printf("%s{\"name\":", i > 0 ? "," : "");
        print_json_string(layer->name);
        printf(",\"operator\":\"%s\",\"input\":\"%s\",\"output\":\"%s\"", vww_op_name(layer->kind),
               input, output);
        printf(",\"weights\":%" PRId64 ",\"biases\":%" PRId64 ",\"macs\":%" PRId64
               ",\"input_bytes\":%" PRId64 ",\"output_bytes\":%" PRId64 ",\"peak_bytes\":%" PRId64
               ",\"split_bytes\":%" PRId64 ",\"live_bytes\":%" PRId64 "}",
               layer->weights, layer->biases, layer->macs, layer->input_bytes, layer->output_bytes,
               layer->peak_bytes, layer->split_bytes, layer->live_bytes);
    }
    printf("]");
}

/* null where there is no such layer */
static void print_place(const char *key, const char *layer)
{
    printf(",\"%s\":", key);
    if (layer[0] != '\0')
        print_json_string(layer);
    else
        printf("null");
}

static void print_json(const char *model, const struct model_choice *choice,
                       const struct vww_cost *cost, bool layers)
{
    printf("{\"model\":");
    print_json_string(model);
    printf(",\"depth_multiplier\":%.15g,\"resolution\":%" PRId64 ",\"classes\":%" PRId64,
           choice->depth_multiplier, choice->resolution, choice->classes);
#define X(column)                                                                                  \
    if (&cost->column == &cost->peak_bytes_split6 && cost->column == 0)                            \
        printf(",\"" #column "\":null");                                                           \
    else                                                                                           \
        printf(",\"" #column "\":%" PRId64, cost->column);
    VWW_COST_COLUMNS(X)
#undef X
    print_place("peak_at", cost->peak_at);
    print_place("peak_with", cost->peak_with);
    print_place("split6_at", cost->split6_at);
    print_place("lifetimes_at", cost->lifetimes_at);
    printf(",\"published_widths\":%d,\"budgets\":[",
           vww_zoo_published_widths(model, choice->depth_multiplier));
    struct vww_budget_check checks[VWW_BUDGET_COUNT];
    vww_cost_check_budgets(cost, checks);
    for (int i = 0, printed = 0; i < VWW_BUDGET_COUNT; i++)
        if (checks[i].value > 0)
            printf("%s{\"name\":\"%s\",\"value\":%" PRId64 ",\"limit_kb_1000\":%" PRId64
                   ",\"limit_kb_1024\":%" PRId64 ",\"fits_kb_1000\":%s,\"fits_kb_1024\":%s}",
                   printed++ > 0 ? "," : "", checks[i].name, checks[i].value, checks[i].limit_1000,
                   checks[i].limit_1024, checks[i].fits_1000 ? "true" : "false",
                   checks[i].fits_1024 ? "true" : "false");
    printf("]");
    if (layers)
        print_layers_json(cost);
    printf("}\n");
}

static void print_layers(const struct vww_cost *cost)
{
    printf("%-20s %-18s %-16s %10s %8s %12s %10s %10s\n", "layer", "operator", "output", "weights",
           "biases", "multiply-adds", "in+out", "peak");
    for (int32_t i = 0; i < cost->layer_count; i++) {
        const struct vww_cost_layer *layer = &cost->layers[i];
        char output[64];
        vww_shape_text(&layer->output, output, sizeof output);
        printf("%-20s %-18s %-16s %10" PRId64 " %8" PRId64 " %12" PRId64 " %10" PRId64 " %10" PRId64
               "\n",
               layer->name, vww_op_name(layer->kind), output, layer->weights, layer->biases,
               layer->macs, layer->input_bytes + layer->output_bytes, layer->peak_bytes);
    }
    printf("\n");
}

static void print_totals(const struct vww_cost *cost)
{
    printf("weights            %12" PRId64 "  convolutions %" PRId64 ", classifier %" PRId64 "\n",
           cost->conv_weights + cost->classifier_weights, cost->conv_weights,
           cost->classifier_weights);
    printf("int8 parameters    %12" PRId64 "  with one bias for each channel\n",
           cost->params_deploy);
    printf("model in flash     %12" PRId64 "  bytes: int8 weights, int32 biases\n",
           cost->model_bytes);
    printf("multiply-adds      %12" PRId64 "\n", cost->macs);
    printf("peak memory        %12" PRId64 "  bytes, at %s%s%s\n", cost->peak_bytes_chain_or_branch,
           cost->peak_at, cost->peak_with[0] != '\0' ? " beside " : "", cost->peak_with);
    if (cost->peak_bytes_split6 > 0)
        printf("  on split paths   %12" PRId64 "  bytes, at %s\n", cost->peak_bytes_split6,
               cost->split6_at);
    printf("  exact lifetimes  %12" PRId64 "  bytes, at %s\n\n", cost->peak_bytes_lifetimes,
           cost->lifetimes_at);
    struct vww_budget_check checks[VWW_BUDGET_COUNT];
    vww_cost_check_budgets(cost, checks);
    for (int i = 0; i < VWW_BUDGET_COUNT; i++)
        if (checks[i].value > 0)
            printf("%-18s %12" PRId64 "  of %" PRId64 " (KB = 1000): %s; of %" PRId64
                   " (KB = 1024): %s\n",
                   checks[i].name, checks[i].value, checks[i].limit_1000,
                   checks[i].fits_1000 ? "fits" : "does not fit", checks[i].limit_1024,
                   checks[i].fits_1024 ? "fits" : "does not fit");
}

int cmd_model_cost(int argc, char **argv)
{
    struct model_choice choice = MODEL_CHOICE_DEFAULTS;
    bool json = false, layers = false;
    int64_t paths = VWW_COST_PATHS;
    struct option options[] = {
        MODEL_CHOICE_OPTIONS(&choice),
        {.name = "paths",
         .kind = OPTION_INTEGER,
         .value = &paths,
         .help = "paths of an inverted residual in the split figure",
         .low = 1,
         .high = 4096},
        {.name = "layers", .kind = OPTION_FLAG, .value = &layers, .help = "each layer, too"},
        {.name = "json", .kind = OPTION_FLAG, .value = &json, .help = "one JSON object"},
    };
    struct command_line line = {
        .usage =
            "vww model cost MODEL|M.tflite|--network FILE [--depth-multiplier A] [--resolution R] "
            "[--classes K]",
        .summary = "Parameters, multiply-adds and peak memory of a network, by the paper's rules.",
        .example = "  vww model cost mobilenet_v1 --depth-multiplier 0.25 --resolution 96 --json",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .positional_most = 1};
    const char *word;
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, &word, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    if (!model_choice_take(&choice, &word, words))
        return 2;
    struct vww_error error;
    struct vww_graph *graph;
    struct vww_cost cost;
    if (model_choice_build(&choice, &graph, &error) != VWW_OK)
        return console_fail(&error);
    if (vww_cost_count(graph, (int32_t)paths, &cost, &error) != VWW_OK) {
        vww_graph_destroy(graph);
        return console_fail(&error);
    }
    if (json) {
        print_json(model_choice_name(&choice, graph), &choice, &cost, layers);
    } else {
        if (layers)
            print_layers(&cost);
        print_totals(&cost);
    }
    vww_cost_fini(&cost);
    vww_graph_destroy(graph);
    return 0;
}
