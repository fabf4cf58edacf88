#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "vww/description.h"
#include "vww/picture.h"

#include <inttypes.h>
#include <stdio.h>

#define BAR 24 /* characters */

/* A bar of `value` out of `most`, BAR characters wide; at least one where there is anything. */
static void print_bar(int64_t value, int64_t most)
{
    int length = most > 0 ? (int)((double)value / (double)most * BAR + 0.5) : 0;
    if (length == 0 && value > 0)
        length = 1;
    for (int i = 0; i < BAR; i++)
        putchar(i < length ? '#' : ' ');
}

static void print_layers(const struct vww_graph *graph, const struct vww_cost *cost)
{
    int64_t most_macs = 0, most_bytes = 0;
    char input[64];
    for (int32_t i = 0; i < cost->layer_count; i++) {
        if (cost->layers[i].macs > most_macs)
            most_macs = cost->layers[i].macs;
        if (cost->layers[i].peak_bytes > most_bytes)
            most_bytes = cost->layers[i].peak_bytes;
    }
    vww_shape_text(&graph->tensors[graph->input].shape, input, sizeof input);
    printf("%s, input %s\n\n", graph->name, input);
    printf("%-16s %-17s %-7s %-15s %9s |%-*s| %8s |%-*s|\n", "layer", "operator", "window",
           "output", "bytes", BAR, " memory while it runs", "1000 MAC", BAR, " multiply-adds");
    for (int32_t i = 0; i < cost->layer_count; i++) {
        const struct vww_cost_layer *layer = &cost->layers[i];
        char output[64], window[32] = "";
        vww_shape_text(&layer->output, output, sizeof output);
        if (layer->kernel_h > 0)
            snprintf(window, sizeof window, "%dx%d%s%.0d", (int)layer->kernel_h,
                     (int)layer->kernel_w, layer->stride_h > 1 ? "/" : "",
                     layer->stride_h > 1 ? (int)layer->stride_h : 0);
        printf("%-16s %-17s %-7s %-15s %9" PRId64 " |", layer->name, vww_op_name(layer->kind),
               window, output, layer->peak_bytes);
        print_bar(layer->peak_bytes, most_bytes);
        printf("| %8" PRId64 " |", layer->macs / 1000);
        print_bar(layer->macs, most_macs);
        printf("|\n");
    }
    printf("\n%" PRId64 " parameters, %" PRId64 " multiply-adds, peak %" PRId64
           " bytes at %s%s%s\n",
           cost->params_deploy, cost->macs, cost->peak_bytes_chain_or_branch, cost->peak_at,
           cost->peak_with[0] != '\0' ? " beside " : "", cost->peak_with);
}

static vww_status show_text(const struct vww_graph *graph, struct vww_error *error)
{
    char *text;
    const vww_status status = vww_description_write(graph, &text, error);
    if (status == VWW_OK)
        fputs(text, stdout);
    vww_description_free(text);
    return status;
}

/* svg: the file to draw to, or NULL for a drawing on the terminal. */
static vww_status show_layers(const struct vww_graph *graph, const char *svg,
                              struct vww_error *error)
{
    struct vww_cost cost;
    vww_status status = vww_cost_count(graph, VWW_COST_PATHS, &cost, error);
    if (status != VWW_OK)
        return status;
    if (svg != NULL)
        status = vww_picture_network(graph, &cost, svg, error);
    else
        print_layers(graph, &cost);
    vww_cost_fini(&cost);
    return status;
}

int cmd_model_show(int argc, char **argv)
{
    struct model_choice choice = MODEL_CHOICE_DEFAULTS;
    bool text = false;
    const char *svg = NULL;
    struct option options[] = {
        MODEL_CHOICE_OPTIONS(&choice),
        {.name = "text",
         .kind = OPTION_FLAG,
         .value = &text,
         .help = "the network in the text format, to be changed and read with --network"},
        {.name = "svg",
         .kind = OPTION_STRING,
         .value = &svg,
         .argument = "FILE",
         .help = "a drawing as an SVG file, with memory by split paths and weights too"},
    };
    struct command_line line = {
        .usage = "vww model show MODEL|M.tflite|--network FILE [--text|--svg FILE] "
                 "[--depth-multiplier A] "
                 "[--resolution R] [--classes K]",
        .summary = "Draw a network layer by layer, with bars for memory and multiply-adds.",
        .example = "  vww model show mobilenet_v2_vww --depth-multiplier 0.35 --resolution 96\n"
                   "  vww model show mobilenet_v1 --depth-multiplier 0.25 --text >mine.network",
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
    vww_status status = model_choice_build(&choice, &graph, &error);
    if (status == VWW_OK)
        status = text ? show_text(graph, &error) : show_layers(graph, svg, &error);
    vww_graph_destroy(graph);
    return status == VWW_OK ? 0 : console_fail(&error);
}
