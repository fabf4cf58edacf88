#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "model_write.h"
#include "vww/quantize.h"

int cmd_model_export(int argc, char **argv)
{
    struct model_choice choice = MODEL_CHOICE_DEFAULTS;
    int64_t seed = 1;
    const char *out = NULL;
    bool is_float = false;
    struct option options[] = {
        MODEL_CHOICE_OPTIONS(&choice),
        {.name = "seed",
         .kind = OPTION_INTEGER,
         .value = &seed,
         .help = "of the random weights",
         .low = 0,
         .high = 4294967295.0},
        {.name = "out",
         .kind = OPTION_STRING,
         .value = &out,
         .argument = "FILE",
         .help = "the .tflite file to write",
         .required = true},
        {.name = "float",
         .kind = OPTION_FLAG,
         .value = &is_float,
         .help = "a float32 model instead of an int8 one"},
    };
    struct command_line line = {
        .usage = "vww model export MODEL|--network FILE [--depth-multiplier A] [--resolution R] "
                 "[--seed S] --out "
                 "M.tflite",
        .summary = "An int8 model with random weights, for planning and benchmarks without data.",
        .example = "  vww model export mobilenet_v1 --depth-multiplier 0.25 --resolution 96 --out "
                   "m.tflite",
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
    struct vww_graph *graph, *exported = NULL;
    vww_status status = model_choice_build(&choice, &graph, &error);
    if (status == VWW_OK)
        status = (is_float ? vww_quantize_random_float : vww_quantize_random)(
            graph, (uint64_t)seed, console_progress(), &exported, &error);
    vww_graph_destroy(graph);
    if (status == VWW_OK)
        status = model_write(exported, out, NULL, &error);
    vww_graph_destroy(exported);
    return status == VWW_OK ? 0 : console_fail(&error);
}
