#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "simplify_option.h"
#include "vww/tflite.h"

#include <stdio.h>

/* The labels that the file had go into the new one. */
static vww_status write_simplified(const char *path, const struct vww_graph *graph, const char *out,
                                   struct vww_error *error)
{
    struct vww_labels labels;
    const char *names[VWW_LABELS_MAX];
    vww_status status = vww_tflite_read_labels(path, &labels, error);
    if (status != VWW_OK)
        return status;
    for (int32_t i = 0; i < labels.count; i++)
        names[i] = labels.names[i];
    status = vww_tflite_write(graph, out, labels.count > 0 ? names : NULL, error);
    vww_labels_fini(&labels);
    return status;
}

int cmd_simplify(int argc, char **argv)
{
    struct simplify_choice choice = SIMPLIFY_CHOICE_DEFAULTS;
    const char *out = NULL, *target = "portable";
    bool json = false;
    struct option options[] = {
        {.name = "out",
         .kind = OPTION_STRING,
         .value = &out,
         .argument = "FILE",
         .help = "where the smaller model goes, a .tflite file"},
        {.name = "target",
         .kind = OPTION_CHOICE,
         .value = &target,
         .choices = "portable|cortex-m3|cortex-m4|cortex-m7|cortex-m55",
         .help = "whose kernels may want channels in multiples"},
        {.name = "json", .kind = OPTION_FLAG, .value = &json, .help = "one JSON object"},
    };
    struct command_line line = {
        .usage = "vww simplify M.tflite [--out FILE] [--target NAME] [--json]",
        .summary = "Remove from an int8 model what provably changes no output byte, whatever the "
                   "input: channels\nthat are constant or that nobody needs, activations that "
                   "never clamp.",
        .example = "  vww simplify model.tflite --out smaller.tflite",
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
    struct vww_graph *graph;
    vww_status status = simplify_read(path, &choice, target, &graph, &error);
    if (status == VWW_OK && choice.report.ops == NULL) {
        status = vww_fail(&error, VWW_ERROR_UNSUPPORTED, "only int8 models can be simplified");
        vww_error_at(&error, path, -1);
        vww_error_remedy(&error, "quantize the model first");
    }
    if (status == VWW_OK && out != NULL)
        status = write_simplified(path, graph, out, &error);
    if (status == VWW_OK && json) {
        printf("{\"model\":");
        print_json_string(path);
        printf(",");
        simplify_print_json(&choice);
        printf("}\n");
    } else if (status == VWW_OK) {
        simplify_print_text(&choice, true);
    }
    vww_graph_destroy(graph);
    simplify_choice_fini(&choice);
    return status == VWW_OK ? 0 : console_fail(&error);
}
