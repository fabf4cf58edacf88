#include "commands.h"
#include "console.h"
#include "option.h"
#include "raw_input.h"
#include "vww/codegen.h"
#include "vww/tflite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static vww_status generate(const char *path, const char *raw, struct vww_codegen_options *options,
                           struct vww_codegen_summary *summary, struct vww_error *error)
{
    struct vww_graph *graph;
    uint8_t *image = NULL;
    vww_status status = vww_tflite_read(path, &graph, error);
    if (status != VWW_OK)
        return status;
    if (raw != NULL)
        status = raw_input_read(graph, raw, &image, error);
    options->test_image = image;
    if (status == VWW_OK)
        status = vww_codegen_write(graph, options, summary, error);
    free(image);
    vww_graph_destroy(graph);
    return status;
}

int cmd_codegen(int argc, char **argv)
{
    struct vww_codegen_options generation = {.target = "portable", .strategy = "auto"};
    const char *raw = NULL;
    struct option options[] = {
        {.name = "out",
         .kind = OPTION_STRING,
         .value = &generation.directory,
         .argument = "DIR",
         .help = "folder for the package; made where it does not exist",
         .required = true},
        {.name = "prefix",
         .kind = OPTION_STRING,
         .value = &generation.prefix,
         .argument = "NAME",
         .help = "a C identifier; every external name begins with it",
         .required = true},
        {.name = "target",
         .kind = OPTION_STRING,
         .value = &generation.target,
         .argument = "portable|cortex-m4|cortex-m7",
         .help = "what the package is built for"},
        {.name = "strategy",
         .kind = OPTION_CHOICE,
         .value = &generation.strategy,
         .help = "of the memory plan, as in vww plan",
         .choices = "plain|auto"},
        {.name = "raw",
         .kind = OPTION_STRING,
         .value = &raw,
         .argument = "FILE",
         .help = "the self-test's input: bytes in the model's input layout, unsigned RGB; without "
                 "it one is drawn"},
        {.name = "force",
         .kind = OPTION_FLAG,
         .value = &generation.force,
         .help = "write into a folder that holds other files, too; they stay"},
    };
    struct command_line line = {
        .usage =
            "vww codegen M.tflite --out DIR --prefix NAME [--target portable|cortex-m4|cortex-m7] "
            "[--raw FILE] [--force]",
        .summary = "Write an int8 model as C11: no heap, no C library, no floating point; the "
                   "runtime kernels it\nuses come with it, so that the folder is complete.",
        .example = "  vww codegen model.tflite --out generated --prefix person --target cortex-m4\n"
                   "  make -C generated selftest",
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
    struct vww_codegen_summary summary;
    if (generate(path, raw, &generation, &summary, &error) != VWW_OK)
        return console_fail(&error);
    console_note("%s: %d files; %" PRId64 " bytes of RAM (arena), %" PRId64 " (scratch), %" PRId64
                 " bytes of constants\nnext: make -C %s selftest",
                 generation.directory, (int)summary.file_count, summary.arena_bytes,
                 summary.scratch_bytes, summary.constant_bytes, generation.directory);
    return 0;
}
