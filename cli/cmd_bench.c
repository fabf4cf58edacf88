#include "commands.h"
#include "console.h"
#include "option.h"
#include "plan_option.h"
#include "raw_input.h"
#include "simplify_option.h"
#include "vww/interpret.h"
#include "vww/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A figure, or null where it is not known. */
static void print_figure(const char *key, int64_t value, const char *end)
{
    if (value >= 0)
        printf("\"%s\":%" PRId64 "%s", key, value, end);
    else
        printf("\"%s\":null%s", key, end);
}

static void print_classes(const int64_t *classes)
{
    printf("\"classes\":{");
    for (int k = 0; k < VWW_CLASS_COUNT; k++)
        print_figure(vww_instruction_class_name((enum vww_instruction_class)k), classes[k],
                     k + 1 < VWW_CLASS_COUNT ? "," : "}");
}

static void print_json_layers(const struct vww_bench *bench)
{
    printf(",");
    print_classes(bench->classes);
    printf(",\"layers\":[");
    for (int32_t i = 0; i < bench->layer_count; i++) {
        const struct vww_bench_layer *layer = &bench->layers[i];
        printf("%s{\"index\":%d,\"name\":\"%s\",", i > 0 ? "," : "", (int)layer->index,
               layer->name);
        print_figure("instructions", layer->instructions, ",");
        print_figure("cycles_estimate", layer->cycles_estimate, ",");
        print_classes(layer->classes);
        printf("}");
    }
    printf("]");
}

static void print_json(const struct vww_bench *bench, const int8_t *output, int64_t count,
                       const struct simplify_choice *choice, bool layers, const struct vww_fit *fit)
{
    printf("{\"machine\":\"%s\",", bench->machine);
    print_figure("instructions", bench->instructions, ",");
    print_figure("cycles_estimate", bench->cycles_estimate, ",\"sram_bytes\":{");
    print_figure("arena", bench->sram_bytes.arena, ",");
    print_figure("scratch", bench->sram_bytes.scratch, ",");
    print_figure("state", bench->sram_bytes.state, ",");
    print_figure("stack", bench->sram_bytes.stack, ",");
    print_figure("total", bench->sram_bytes.total, "},\"flash_bytes\":{");
    print_figure("code", bench->flash_bytes.code, ",");
    print_figure("weights", bench->flash_bytes.weights, ",");
    print_figure("total", bench->flash_bytes.total, "},");
    simplify_print_json(choice);
    printf(",\"output\":[");
    for (int64_t i = 0; i < count; i++)
        printf("%s%d", i > 0 ? "," : "", output[i]);
    printf("],\"counter\":\"%s\"", bench->counter);
    if (layers && bench->layers != NULL)
        print_json_layers(bench);
    if (fit != NULL) {
        printf(",\"board\":{\"name\":\"%s\",", fit->board);
        print_figure("flash_bytes", fit->flash_bytes, ",");
        print_figure("board_flash_bytes", fit->board_flash_bytes, ",");
        print_figure("sram_bytes", fit->sram_bytes, ",");
        print_figure("board_sram_bytes", fit->board_sram_bytes, "}");
    }
    printf("}\n");
}

static void print_line(const char *name, int64_t value, const char *unit)
{
    if (value >= 0)
        printf("%-22s %12" PRId64 " %s\n", name, value, unit);
    else
        printf("%-22s %12s\n", name, "not known");
}

static void print_text(const struct vww_bench *bench, const int8_t *output, int64_t count,
                       int64_t macs)
{
    printf("%s\n", bench->machine);
    print_line("instructions", bench->instructions, "");
    if (bench->instructions >= 0 && macs > 0)
        printf("%-22s %12.2f\n", "  for a multiply-add",
               (double)bench->instructions / (double)macs);
    print_line("cycles, an estimate", bench->cycles_estimate, "");
    print_line("sram: arena", bench->sram_bytes.arena, "bytes");
    print_line("      scratch", bench->sram_bytes.scratch, "bytes");
    print_line("      state", bench->sram_bytes.state, "bytes");
    print_line("      stack", bench->sram_bytes.stack, "bytes");
    print_line("      total", bench->sram_bytes.total, "bytes");
    print_line("flash: code", bench->flash_bytes.code, "bytes");
    print_line("       weights", bench->flash_bytes.weights, "bytes");
    print_line("       total", bench->flash_bytes.total, "bytes");
    printf("output                ");
    for (int64_t i = 0; i < count; i++)
        printf(" %d", output[i]);
    printf("\n");
}

static void print_row(const char *name, int64_t instructions, int64_t whole, int64_t cycles,
                      const int64_t *classes)
{
    printf("%-24.24s %12" PRId64 " %5.1f", name, instructions,
           whole > 0 ? 100.0 * (double)instructions / (double)whole : 0.0);
    if (cycles >= 0)
        printf(" %12" PRId64, cycles);
    else
        printf(" %12s", "-");
    for (int k = 0; k < VWW_CLASS_COUNT; k++)
        printf(" %9" PRId64, classes[k]);
    printf("\n");
}

static void print_layers(const struct vww_bench *bench)
{
    char name[96];
    int64_t whole = 0;
    for (int32_t i = 0; i < bench->layer_count; i++)
        whole += bench->layers[i].instructions;
    printf("\n%-24s %12s %5s %12s", "layer", "instructions", "%", "cycles est.");
    for (int k = 0; k < VWW_CLASS_COUNT; k++)
        printf(" %9s", vww_instruction_class_name((enum vww_instruction_class)k));
    printf("\n");
    for (int32_t i = 0; i < bench->layer_count; i++) {
        const struct vww_bench_layer *layer = &bench->layers[i];
        if (layer->index >= 0)
            snprintf(name, sizeof name, "%d %s", (int)layer->index, layer->name);
        else
            snprintf(name, sizeof name, "%s", layer->name);
        print_row(name, layer->instructions, whole, layer->cycles_estimate, layer->classes);
    }
    print_row("all", whole, whole, bench->cycles_estimate, bench->classes);
}

static void print_fit(const struct vww_fit *fit)
{
    printf("\nlinked for %s: %" PRId64 " of %" PRId64 " bytes of flash, %" PRId64 " of %" PRId64
           " bytes of SRAM; the stack has %" PRId64 "\n",
           fit->board, fit->flash_bytes, fit->board_flash_bytes, fit->sram_bytes,
           fit->board_sram_bytes, fit->board_sram_bytes - fit->sram_bytes);
}

/* The model's integers for --raw's bytes; NULL without. */
static vww_status read_input(const struct vww_graph *graph, const char *raw, int8_t **input,
                             struct vww_error *error)
{
    const int64_t count = vww_shape_elements(&graph->tensors[graph->input].shape);
    uint8_t *bytes;
    *input = NULL;
    if (raw == NULL)
        return VWW_OK;
    vww_status status = raw_input_read(graph, raw, &bytes, error);
    if (status != VWW_OK)
        return status;
    *input = malloc((size_t)count);
    if (*input != NULL)
        vww_interpret_input(graph, bytes, *input, count);
    else
        status = vww_fail_memory(error, (size_t)count);
    free(bytes);
    return status;
}

struct choice {
    const char *machine, *board, *raw;
    struct plan_choice plan;
    struct simplify_choice simplification;
    bool json, layers;
};

static void print(const struct choice *choice, const struct vww_bench *bench,
                  const struct vww_fit *fit, const int8_t *output, int64_t outputs, int64_t macs)
{
    if (bench->note[0] != '\0')
        console_note("%s; instructions are counted by the emulated clock alone", bench->note);
    if (choice->json) {
        print_json(bench, output, outputs, &choice->simplification, choice->layers,
                   choice->board != NULL ? fit : NULL);
        return;
    }
    print_text(bench, output, outputs, macs);
    simplify_print_text(&choice->simplification, false);
    if (choice->board != NULL)
        print_fit(fit);
    if (choice->layers && bench->layers != NULL)
        print_layers(bench);
}

static vww_status bench_graph(const struct vww_graph *graph, const struct choice *choice,
                              struct vww_error *error)
{
    const int64_t outputs = vww_shape_elements(&graph->tensors[graph->output].shape);
    const struct vww_machine_options options = {.plan = plan_options(&choice->plan)};
    int8_t *input = NULL, *output = malloc((size_t)outputs);
    struct vww_bench bench = {0};
    struct vww_fit fit;
    int64_t macs = 0;
    for (int32_t i = 0; i < graph->op_count; i++)
        macs += vww_op_macs(graph, &graph->ops[i]);
    vww_status status = output == NULL ? vww_fail_memory(error, (size_t)outputs)
                                       : read_input(graph, choice->raw, &input, error);
    if (status == VWW_OK && choice->board != NULL)
        status = vww_machine_fit(graph, choice->board, &options, &fit, error);
    if (status == VWW_OK)
        status = vww_machine_bench(graph, choice->machine, &options, input, output, &bench, error);
    if (status == VWW_OK)
        print(choice, &bench, &fit, output, outputs, macs);
    vww_bench_fini(&bench);
    free(input);
    free(output);
    return status;
}

int cmd_bench(int argc, char **argv)
{
    struct choice choice = {.plan = PLAN_CHOICE_DEFAULT, .simplification = {.simplify = "on"}};
    struct option options[] = {
        {.name = "machine",
         .kind = OPTION_STRING,
         .value = &choice.machine,
         .argument = "host|mps2-an385|mps2-an386|mps2-an500|mps3-an547",
         .help = "this computer, or a Cortex-M3, M4, M7 or M55 under QEMU; by default mps2-an386, "
                 "or what has the board's core"},
        {.name = "board",
         .kind = OPTION_STRING,
         .value = &choice.board,
         .argument = "NAME",
         .help = "also link for this board's memories; vww model fit lists the boards"},
        PLAN_OPTIONS(choice.plan),
        {.name = "raw",
         .kind = OPTION_STRING,
         .value = &choice.raw,
         .argument = "FILE",
         .help = "bytes in the model's input layout, unsigned RGB; without it they are drawn"},
        SIMPLIFY_CHOICE_OPTION(&choice.simplification),
        {.name = "layers",
         .kind = OPTION_FLAG,
         .value = &choice.layers,
         .help = "also what each layer executes, by classes of instructions"},
        {.name = "json", .kind = OPTION_FLAG, .value = &choice.json, .help = "one JSON object"},
    };
    struct command_line line = {
        .usage = "vww bench M.tflite [--machine NAME] [--board NAME] [--strategy S] "
                 "[--prefer memory|speed] [--simplify on|off] [--raw FILE] "
                 "[--layers] [--json]",
        .summary = "Generate a model's C, build it, run it once, and count instructions, RAM and "
                   "flash.",
        .example = "  vww bench model.tflite --machine mps2-an386",
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
    if (choice.machine == NULL && choice.board == NULL)
        choice.machine = "mps2-an386";
    if (choice.machine == NULL &&
        vww_machine_of_board(choice.board, &choice.machine, &error) != VWW_OK)
        return console_fail(&error);
    vww_status status = simplify_read(path, &choice.simplification,
                                      vww_machine_target(choice.machine), &graph, &error);
    if (status == VWW_OK)
        status = bench_graph(graph, &choice, &error);
    vww_graph_destroy(graph);
    simplify_choice_fini(&choice.simplification);
    return status == VWW_OK ? 0 : console_fail(&error);
}
