#include "commands.h"
#include "console.h"
#include "option.h"
#include "plan_option.h"
#include "raw_input.h"
#include "simplify_option.h"
#include "vww/codegen.h"
#include "vww/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The machine that has the core which the package is for; NULL: none. */
static const char *measuring_machine(const struct vww_codegen_options *options)
{
    struct vww_error error;
    const char *machine = NULL;
    if (options->target != NULL && strcmp(options->target, "cortex-m3") == 0)
        return "mps2-an385";
    if (options->target != NULL && strcmp(options->target, "cortex-m4") == 0)
        return "mps2-an386";
    if (options->target != NULL && strcmp(options->target, "cortex-m7") == 0)
        return "mps2-an500";
    if (options->target != NULL && strcmp(options->target, "cortex-m55") == 0)
        return "mps3-an547";
    if (options->target == NULL && options->board != NULL &&
        vww_machine_of_board(options->board, &machine, &error) != VWW_OK)
        return NULL;
    return machine;
}

/* The stack that a run takes; stays 0 where it cannot be told, which the README then says. */
static void measure_stack(const struct vww_graph *graph, struct vww_codegen_options *options)
{
    const char *machine = measuring_machine(options);
    int8_t *output = malloc((size_t)vww_shape_elements(&graph->tensors[graph->output].shape));
    const struct vww_machine_options how = {.plan = options->plan};
    struct vww_bench bench = {0};
    struct vww_error error;
    if (machine != NULL && output != NULL) {
        if (vww_machine_bench(graph, machine, &how, NULL, output, &bench, &error) == VWW_OK)
            options->stack_bytes = bench.sram_bytes.stack;
        else
            console_note("the stack is not measured: %s", error.what);
        vww_bench_fini(&bench);
    }
    free(output);
}

static vww_status generate(const char *path, const char *raw, bool measures_stack,
                           struct simplify_choice *choice, struct vww_codegen_options *options,
                           struct vww_codegen_summary *summary, struct vww_error *error)
{
    struct vww_graph *graph;
    uint8_t *image = NULL;
    vww_status status = simplify_read(path, choice, options->target, &graph, error);
    if (status != VWW_OK)
        return status;
    if (raw != NULL)
        status = raw_input_read(graph, raw, &image, error);
    options->test_image = image;
    if (status == VWW_OK && measures_stack)
        measure_stack(graph, options);
    if (status == VWW_OK)
        status = vww_codegen_write(graph, options, summary, error);
    free(image);
    vww_graph_destroy(graph);
    return status;
}

int cmd_codegen(int argc, char **argv)
{
    struct vww_codegen_options generation = {0};
    struct plan_choice choice = PLAN_CHOICE_DEFAULT;
    struct simplify_choice simplification = SIMPLIFY_CHOICE_DEFAULTS;
    const char *raw = NULL;
    bool measures_stack = true;
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
         .argument = "portable|cortex-m3|cortex-m4|cortex-m7|cortex-m55",
         .help = "what the package is built for; by default the board's core, or portable"},
        {.name = "package",
         .kind = OPTION_CHOICE,
         .value = &generation.layout,
         .choices = "plain|cmake|arduino|platformio|zephyr|esp-idf|cmsis-pack",
         .help = "what the files are laid out for"},
        {.name = "board",
         .kind = OPTION_STRING,
         .value = &generation.board,
         .argument = "NAME",
         .help = "refuse what does not fit this board; vww model fit lists the boards"},
        {.name = "measure-stack",
         .kind = OPTION_FLAG,
         .value = &measures_stack,
         .help = "run the model on an emulated core of the target, where the tools for that are "
                 "installed, and state its stack in the README"},
        PLAN_OPTIONS(choice),
        SIMPLIFY_CHOICE_OPTION(&simplification),
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
        .usage = "vww codegen M.tflite --out DIR --prefix NAME [--target "
                 "portable|cortex-m3|cortex-m4|cortex-m7|cortex-m55] "
                 "[--package LAYOUT] [--board NAME] [--strategy S] [--prefer memory|speed] "
                 "[--sram BYTES] [--simplify on|off] [--raw FILE] [--force]",
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
    generation.plan = plan_options(&choice);
    const bool is_plain = generation.layout == NULL || strcmp(generation.layout, "plain") == 0;
    const vww_status status =
        generate(path, raw, measures_stack, &simplification, &generation, &summary, &error);
    if (status == VWW_OK)
        simplify_print_text(&simplification, false);
    simplify_choice_fini(&simplification);
    if (status != VWW_OK)
        return console_fail(&error);
    console_note("%s: %d files; %" PRId64 " bytes of RAM (arena), %" PRId64 " (scratch), %" PRId64
                 " bytes of constants\nnext: %s %s%s",
                 generation.directory, (int)summary.file_count, summary.arena_bytes,
                 summary.scratch_bytes, summary.constant_bytes,
                 is_plain ? "make -C" : "see README.md in", generation.directory,
                 is_plain ? " selftest" : "");
    return 0;
}
