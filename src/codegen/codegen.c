#include "vww/codegen.h"
#include "base/random.h"
#include "codegen/emit.h"
#include "lower/tune.h"
#include "vww/interpret.h"
#include "vww/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A target's compiler; its tuned kernels, if any, are found by its name (lower/tune.h). */
static const struct vww_codegen_target targets[] = {
    {"portable", "cc", "-O2", "any C11 compiler"},
    {"cortex-m3", "arm-none-eabi-gcc",
     "-O2 -mcpu=cortex-m3 -mthumb -ffreestanding -ffunction-sections -fdata-sections",
     "Cortex-M3 (and any other C11 compiler)"},
    {"cortex-m4", "arm-none-eabi-gcc",
     "-O2 -mcpu=cortex-m4 -mthumb -ffreestanding -ffunction-sections -fdata-sections",
     "Cortex-M4 (and any other C11 compiler)"},
    {"cortex-m7", "arm-none-eabi-gcc",
     "-O2 -mcpu=cortex-m7 -mthumb -ffreestanding -ffunction-sections -fdata-sections",
     "Cortex-M7 (and any other C11 compiler)"},
    {"cortex-m55", "arm-none-eabi-gcc",
     "-O2 -mcpu=cortex-m55 -mfloat-abi=hard -mthumb -ffreestanding -ffunction-sections "
     "-fdata-sections",
     "Cortex-M55 (and any other C11 compiler)"},
};
#define TARGET_COUNT (sizeof targets / sizeof targets[0])

static vww_status find_target(const char *name, const struct vww_codegen_target **target,
                              struct vww_error *error)
{
    const char *names[TARGET_COUNT];
    char hint[160];
    for (size_t i = 0; i < TARGET_COUNT; i++) {
        names[i] = targets[i].name;
        if (strcmp(name, names[i]) == 0) {
            *target = &targets[i];
            return VWW_OK;
        }
    }
    vww_text_suggest(hint, sizeof hint, name, names, TARGET_COUNT);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no code generation target has this name");
    vww_error_seen(error, "%s", name);
    vww_error_remedy(error, "%s", hint);
    return VWW_ERROR_NOT_FOUND;
}

/* The names of a list such as VWW_CODEGEN_LAYOUTS. */
static bool is_listed(const char *list, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = list; *at != '\0'; at += strcspn(at, "|"), at += *at == '|')
        if (strcspn(at, "|") == length && memcmp(at, name, length) == 0)
            return true;
    return false;
}

static vww_status check_layout(const char *layout, struct vww_error *error)
{
    if (layout == NULL || is_listed(VWW_CODEGEN_LAYOUTS, layout))
        return VWW_OK;
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no package layout has this name");
    vww_error_seen(error, "%s", layout);
    vww_error_allowed(error, "%s", VWW_CODEGEN_LAYOUTS);
    return VWW_ERROR_NOT_FOUND;
}

/* The target for a board's core. */
static const char *target_of(const struct vww_board *board)
{
    if (strcmp(board->core, "Cortex-M7") == 0)
        return "cortex-m7";
    /* The M33 of these boards has the M4's instructions. */
    const bool has_dsp =
        strcmp(board->core, "Cortex-M4") == 0 || strcmp(board->core, "Cortex-M33") == 0;
    return has_dsp ? "cortex-m4" : "portable";
}

static void say_over(const char *memory, int64_t needed, int64_t there, char *text, size_t size)
{
    text[0] = '\0';
    if (needed > there)
        snprintf(text, size, "%s: %lld bytes needed, %lld too many", memory, (long long)needed,
                 (long long)(needed - there));
}

/* Without the program that the model will be part of: what does not fit then never will. */
static vww_status check_board(const struct vww_emission *emission,
                              const struct vww_plan_options *asked, struct vww_error *error)
{
    const struct vww_board *board = emission->board;
    if (board == NULL)
        return VWW_OK;
    const int64_t sram = emission->plan->arena_bytes + emission->plan->scratch_bytes +
                         (emission->stack_bytes > 0 ? emission->stack_bytes : 0);
    if (sram <= board->sram_bytes && emission->constant_bytes <= board->flash_bytes)
        return VWW_OK;
    char ram_words[80], flash_words[80];
    say_over("SRAM", sram, board->sram_bytes, ram_words, sizeof ram_words);
    say_over("flash", emission->constant_bytes, board->flash_bytes, flash_words,
             sizeof flash_words);
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "the model does not fit %s", board->name);
    vww_error_seen(error, "%s%s%s", ram_words,
                   ram_words[0] != '\0' && flash_words[0] != '\0' ? "; " : "", flash_words);
    vww_error_allowed(error, "%lld bytes of SRAM, %lld bytes of flash",
                      (long long)board->sram_bytes, (long long)board->flash_bytes);
    const bool least = strcmp(asked->strategy, "auto") == 0 && asked->prefer == VWW_PREFER_MEMORY;
    vww_error_remedy(
        error, "%s`vww model fit --board %s` lists networks that fit",
        least || ram_words[0] == '\0' ? "" : "strategy auto, which prefers memory, may need less; ",
        board->name);
    return VWW_ERROR_UNSUPPORTED;
}

static bool is_keyword(const char *word)
{
    static const char *const keywords[] = {
        "auto",     "break",  "case",     "char",   "const",    "continue", "default",
        "do",       "double", "else",     "enum",   "extern",   "float",    "for",
        "goto",     "if",     "inline",   "int",    "long",     "return",   "register",
        "restrict", "short",  "signed",   "sizeof", "static",   "struct",   "switch",
        "typedef",  "union",  "unsigned", "void",   "volatile", "while",
    };
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        if (strcmp(word, keywords[i]) == 0)
            return true;
    return false;
}

static vww_status check_prefix(const char *prefix, struct vww_error *error)
{
    const size_t length = strlen(prefix);
    bool good = length > 0 && length <= VWW_CODEGEN_PREFIX_MOST &&
                isalpha((unsigned char)prefix[0]) && !is_keyword(prefix);
    for (size_t i = 0; i < length && good; i++)
        good = isalnum((unsigned char)prefix[i]) || prefix[i] == '_';
    if (good)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_ARGUMENT, "the prefix is not a C identifier");
    vww_error_seen(error, "%.64s", length > 0 ? prefix : "nothing");
    vww_error_allowed(error, "a letter, then letters, digits and _, at most %d in all, no keyword",
                      VWW_CODEGEN_PREFIX_MOST);
    return VWW_ERROR_ARGUMENT;
}

/* A picture that is neither flat nor noise: a gradient with texture, the same for every model of
 * this size. */
static void draw_test_input(int8_t *input, int64_t count)
{
    struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, 0, 0);
    for (int64_t i = 0; i < count; i++)
        input[i] = (int8_t)(i * 192 / count - 96 + (int64_t)vww_random_below(&random, 64) - 32);
}

/* The self-test's input and what the host's interpreter makes of it. */
static vww_status make_selftest(struct vww_emission *emission, const uint8_t *image, int8_t *input,
                                int8_t *output, struct vww_error *error)
{
    const struct vww_graph *graph = emission->graph;
    const int64_t count = vww_shape_elements(&graph->tensors[graph->input].shape);
    struct vww_interpreter *interpreter;
    const vww_status status = vww_interpreter_create(graph, &interpreter, error);
    if (status != VWW_OK)
        return status;
    if (image != NULL)
        vww_interpret_input(graph, image, input, count);
    else
        draw_test_input(input, count);
    vww_interpreter_run(interpreter, input, output);
    vww_interpreter_destroy(interpreter);
    emission->test_input = input;
    emission->test_output = output;
    return VWW_OK;
}

static struct vww_buffer *add(struct vww_package *package, const char *suffix)
{
    char name[VWW_PACKAGE_NAME_MOST];
    snprintf(name, sizeof name, "%s%s", package->prefix, suffix);
    return vww_package_add(package, name);
}

/* The package in memory. It has room for all: see VWW_PACKAGE_FILES_MOST. */
static vww_status assemble(struct vww_emission *emission, const char *layout,
                           struct vww_package *package, struct vww_error *error)
{
    package->prefix = emission->prefix;
    vww_emit_model_header(emission, add(package, ".h"));
    vww_emit_model_source(emission, add(package, ".c"));
    vww_status status = vww_emit_runtime(emission, package, error);
    if (status == VWW_OK)
        status = vww_emit_camera(emission, package, error);
    if (status != VWW_OK)
        return status;
    vww_emit_selftest(emission, add(package, "_selftest.c"));
    vww_emit_info_header(emission, add(package, "_info.h"));
    vww_emit_info_source(emission, add(package, "_info.c"));
    vww_emit_layout(emission, layout, package);
    return VWW_OK;
}

/* Everything that the emission borrows. */
struct work {
    struct vww_plan plan;
    struct vww_lowered *ops;
    int8_t *test_input, *test_output;
    struct vww_package package;
};

/* The operators as the target's kernels, and what these work in. */
static vww_status lower_all(const struct vww_graph *graph, const char *target, struct work *work,
                            struct vww_error *error)
{
    const struct vww_tuning *tuning = vww_tuning_find(target);
    work->ops = vww_allocate((size_t)graph->op_count, sizeof *work->ops);
    if (work->ops == NULL)
        return vww_fail_memory(error, (size_t)graph->op_count * sizeof *work->ops);
    vww_status status = VWW_OK;
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++) {
        status = vww_lower_op(graph, i, &work->ops[i], error);
        if (status == VWW_OK)
            status = vww_lower_tune(tuning, &work->ops[i], error);
    }
    return status;
}

static void work_fini(const struct vww_graph *graph, struct work *work)
{
    for (int32_t i = 0; work->ops != NULL && i < graph->op_count; i++)
        vww_lowered_fini(&work->ops[i]);
    vww_free(work->ops);
    vww_free(work->test_input);
    vww_free(work->test_output);
    vww_plan_fini(&work->plan);
    vww_package_fini(&work->package);
}

/* What the kernels of a graph work in, for the planner. context: the target's name. */
static vww_status measure_scratch(const struct vww_graph *graph, void *context,
                                  int64_t *scratch_bytes, struct vww_error *error)
{
    const char *const *target = context;
    struct work work = {0};
    const vww_status status = lower_all(graph, *target, &work, error);
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++)
        scratch_bytes[i] = work.ops[i].scratch_bytes;
    work_fini(graph, &work);
    return status;
}

static vww_status make_plan(const struct vww_graph *graph, const char *target,
                            const struct vww_plan_options *options, struct vww_plan *plan,
                            struct vww_error *error)
{
    struct vww_plan_options how = *options;
    how.scratch = measure_scratch;
    how.scratch_context = &target;
    return vww_plan_make(graph, &how, plan, error);
}

/* The kernels' parameters for the rows that the plan keeps. */
static void fit_to_plan(const struct vww_graph *graph, struct work *work)
{
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        const struct vww_placement *input = &work->plan.placements[op->inputs[0]];
        const struct vww_placement *output = &work->plan.placements[op->outputs[0]];
        const bool alone = work->plan.segments[i] == i &&
                           (i + 1 == graph->op_count || work->plan.segments[i + 1] != i) &&
                           !(i == 0 && work->plan.feeds_rows);
        struct vww_lowered_rows rows;
        if (vww_lowered_rows(&work->ops[i], &rows)) {
            *rows.input_rows = input->rows;
            *rows.output_rows = output->rows;
            if (rows.other_rows != NULL && vww_lowered_other(&work->ops[i]) > 0)
                *rows.other_rows = work->plan.placements[op->inputs[2]].rows;
        } else if (!alone) {
            vww_lowered_to_row(&work->ops[i], graph->tensors[op->outputs[0]].shape.dims[1]);
        }
    }
}

static vww_status allocate_selftest(const struct vww_graph *graph, struct work *work,
                                    struct vww_error *error)
{
    const size_t inputs = (size_t)vww_shape_elements(&graph->tensors[graph->input].shape);
    const size_t outputs = (size_t)vww_shape_elements(&graph->tensors[graph->output].shape);
    work->test_input = vww_allocate(inputs, 1);
    work->test_output = vww_allocate(outputs, 1);
    return work->test_input != NULL && work->test_output != NULL
               ? VWW_OK
               : vww_fail_memory(error, inputs + outputs);
}

static vww_status check_runs(const struct vww_plan *plan, struct vww_error *error)
{
    if (plan->step_count > 0)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_ARGUMENT, "strategy %s counts memory but cannot run", plan->strategy);
    vww_error_remedy(error, "choose auto, plain, in-place, split or stream");
    return VWW_ERROR_ARGUMENT;
}

static vww_status generate(const struct vww_graph *graph, const struct vww_codegen_options *options,
                           struct vww_emission *emission, struct work *work,
                           struct vww_error *error)
{
    vww_status status = make_plan(graph, options->target, &options->plan, &work->plan, error);
    if (status == VWW_OK)
        status = check_runs(&work->plan, error);
    if (status == VWW_OK)
        status = allocate_selftest(graph, work, error);
    if (status == VWW_OK) /* of the graph as it was: so it also proves that splitting is exact */
        status = make_selftest(emission, options->test_image, work->test_input, work->test_output,
                               error);
    emission->plan = &work->plan;
    emission->graph = vww_plan_graph(&work->plan, graph);
    if (status == VWW_OK)
        status = lower_all(emission->graph, options->target, work, error);
    emission->ops = work->ops;
    if (status != VWW_OK)
        return status;
    fit_to_plan(emission->graph, work);
    status = assemble(emission, options->layout, &work->package, error);
    if (status == VWW_OK)
        status = check_board(emission, &options->plan, error);
    if (status == VWW_OK)
        status = vww_package_write(&work->package, options->directory, options->force, error);
    return status;
}

vww_status vww_codegen_write(const struct vww_graph *graph, const struct vww_codegen_options *asked,
                             struct vww_codegen_summary *summary, struct vww_error *error)
{
    struct vww_codegen_options how = *asked;
    const struct vww_codegen_options *options = &how;
    if (how.plan.strategy == NULL)
        how.plan.strategy = "auto";
    struct vww_emission emission = {
        .graph = graph,
        .prefix = options->prefix,
        .stack_bytes = options->stack_bytes > 0 ? options->stack_bytes : -1,
    };
    vww_status status = check_prefix(options->prefix, error);
    if (status == VWW_OK)
        status = check_layout(options->layout, error);
    if (status == VWW_OK && options->board != NULL)
        status = vww_board_find(options->board, &emission.board, error);
    if (how.target == NULL)
        how.target = emission.board != NULL ? target_of(emission.board) : "portable";
    if (status == VWW_OK)
        status = find_target(options->target, &emission.target, error);
    if (status == VWW_OK)
        status = vww_graph_check(graph, true, error);
    if (status != VWW_OK)
        return status;
    for (size_t i = 0; options->prefix[i] != '\0'; i++)
        emission.upper[i] = (char)toupper((unsigned char)options->prefix[i]);
    struct work work = {0};
    status = generate(graph, options, &emission, &work, error);
    if (status == VWW_OK && summary != NULL)
        *summary = (struct vww_codegen_summary){.arena_bytes = work.plan.arena_bytes,
                                                .scratch_bytes = work.plan.scratch_bytes,
                                                .constant_bytes = emission.constant_bytes,
                                                .file_count = work.package.count};
    work_fini(emission.graph, &work);
    return status;
}

vww_status vww_codegen_plan(const struct vww_graph *graph, const char *target,
                            const struct vww_plan_options *options, struct vww_plan *plan,
                            struct vww_error *error)
{
    *plan = (struct vww_plan){0};
    if (target == NULL)
        return vww_plan_make(graph, options, plan, error);
    const struct vww_codegen_target *found;
    vww_status status = find_target(target, &found, error);
    if (status == VWW_OK)
        status = vww_graph_check(graph, true, error);
    return status == VWW_OK ? make_plan(graph, target, options, plan, error) : status;
}
