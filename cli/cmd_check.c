#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "vww/interpret.h"
#include "vww/tflite.h"

#include <stdio.h>

/* A float model runs on the host and can become int8. */
static bool is_float(const struct vww_graph *graph)
{
    return graph->tensors[graph->input].dtype == VWW_FLOAT32;
}

/* "uint8" for a model of the older scheme. */
static const char *type_name(const struct vww_graph *graph)
{
    return graph->older_uint8 ? "uint8" : vww_dtype_name(graph->tensors[graph->input].dtype);
}

static void print_supported(const char *path, const struct vww_graph *graph)
{
    char in[64], out[64];
    vww_shape_text(&graph->tensors[graph->input].shape, in, sizeof in);
    vww_shape_text(&graph->tensors[graph->output].shape, out, sizeof out);
    printf("%s: supported: %s, %d operators, %s to %s%s\n", path, type_name(graph),
           (int)graph->op_count, in, out,
           is_float(graph) ? "; to run it on a device, make it int8 first" : "");
}

static void print_json(const char *path, const struct vww_graph *graph,
                       const struct vww_error *error)
{
    char message[2048] = "";
    if (error != NULL)
        vww_error_format(error, message, sizeof message);
    printf("{\"model\":");
    print_json_string(path);
    printf(",\"supported\":%s", error == NULL ? "true" : "false");
    if (error == NULL)
        printf(",\"type\":\"%s\",\"operators\":%d", type_name(graph), (int)graph->op_count);
    printf(",\"message\":");
    print_json_string(message);
    printf("}\n");
}

/* Everything that reading and preparing the kernels can refuse. */
static vww_status check(const char *path, struct vww_graph **graph, struct vww_error *error)
{
    struct vww_interpreter *interpreter = NULL;
    vww_status status = vww_tflite_read(path, graph, error);
    if (status != VWW_OK || is_float(*graph))
        return status;
    status = vww_interpreter_create(*graph, &interpreter, error);
    vww_interpreter_destroy(interpreter);
    if (status != VWW_OK)
        vww_error_at(error, path, -1);
    return status;
}

int cmd_check(int argc, char **argv)
{
    bool json = false;
    struct option options[] = {
        {.name = "json",
         .kind = OPTION_FLAG,
         .value = &json,
         .help = "one object: model, supported, type, operators, message"},
    };
    struct command_line line = {
        .usage = "vww check M.tflite [--json]",
        .summary = "Say whether a model is supported, and if not, which operator and tensor are in "
                   "the way and what would change that. Exit status 0 or 1.",
        .example = "  vww check model.tflite",
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
    const vww_status status = check(path, &graph, &error);
    if (json)
        print_json(path, graph, status == VWW_OK ? NULL : &error);
    else if (status == VWW_OK)
        print_supported(path, graph);
    vww_graph_destroy(graph);
    if (status == VWW_OK)
        return 0;
    return json ? 1 : console_fail(&error);
}
