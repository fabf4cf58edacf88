#include "base/memory.h"
#include "base/random.h"
#include "machine/count.h"
#include "machine/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void draw_input(int8_t *input, int64_t count)
{
    struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, 0, 1);
    for (int64_t i = 0; i < count; i++)
        input[i] = (int8_t)((int32_t)vww_random_below(&random, 256) - 128);
}

static void fill(const struct vww_machine_build *build, const struct vww_machine_report *report,
                 struct vww_bench *bench)
{
    const bool known = build->machine->is_emulated;
    bench->instructions = vww_machine_instructions(build->machine, report);
    bench->sram_bytes.arena = build->arena_bytes;
    bench->sram_bytes.scratch = build->scratch_bytes;
    bench->sram_bytes.state =
        known ? report->variables - build->arena_bytes - build->scratch_bytes : -1;
    bench->sram_bytes.stack = known ? report->stack : -1;
    bench->sram_bytes.total = known ? report->variables + report->stack : -1;
    bench->flash_bytes.code = known ? report->code : -1;
    bench->flash_bytes.weights = known ? report->constants : -1;
    bench->flash_bytes.total = known ? report->code + report->constants : -1;
    snprintf(bench->counter, sizeof bench->counter, "%s", known ? "icount" : "");
}

/* Why the plugin did not count, where the clock did. */
static void note(struct vww_bench *bench, const struct vww_error *cause)
{
    snprintf(bench->note, sizeof bench->note,
             "the counting plugin could not be used: %.100s%s%.100s", cause->what,
             cause->seen[0] != '\0' ? ": " : "", cause->seen);
    bench->note[strcspn(bench->note, "\n")] = '\0';
}

/* One run with the plugin, or, where it cannot be loaded, without it. */
static vww_status run_counted(struct vww_machine_build *build, const int8_t *input, int8_t *output,
                              struct vww_machine_report *report, struct vww_bench *bench,
                              struct vww_error *error)
{
    if (build->plugin[0] != '\0') {
        struct vww_error cause;
        const vww_status status = vww_machine_run(build, input, 1, true, output, report, &cause);
        if (status == VWW_OK)
            return VWW_OK;
        build->plugin[0] = '\0';
        note(bench, &cause);
    }
    return vww_machine_run(build, input, 1, true, output, report, error);
}

/* The plugin's figures take the place of the clock's, with which they must agree: exactly for one
 * call, and to within the third of an instruction that each reading of the clock may lose where the
 * image comes in many. */
static vww_status take_counts(const struct vww_machine_build *build,
                              const struct vww_machine_layers *layers, int64_t calls,
                              struct vww_bench *bench, struct vww_error *error)
{
    const int64_t clock = bench->instructions;
    struct vww_error cause;
    const vww_status status = vww_machine_read_counts(build, layers, bench, &cause);
    if (status != VWW_OK) {
        vww_bench_fini(bench);
        bench->instructions = clock;
        note(bench, &cause);
        return VWW_OK;
    }
    snprintf(bench->counter, sizeof bench->counter, "plugin");
    if (llabs(bench->instructions - clock) <= calls / 2)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "two counts of the same instructions differ");
    vww_error_seen(error, "%lld by the plugin, %lld by the emulated clock",
                   (long long)bench->instructions, (long long)clock);
    return VWW_ERROR_MISMATCH;
}

static vww_status run_once(struct vww_machine_build *build, const int8_t *input, int8_t *output,
                           struct vww_bench *bench, struct vww_error *error)
{
    struct vww_machine_report report;
    struct vww_machine_layers layers = {0};
    struct vww_error cause;
    if (build->machine->is_emulated && vww_machine_watch(build, &layers, &cause) != VWW_OK)
        note(bench, &cause);
    vww_status status = run_counted(build, input, output, &report, bench, error);
    if (status == VWW_OK && report.stack == UINT32_MAX)
        status = vww_fail(error, VWW_ERROR_UNSUPPORTED,
                          "the model used more stack than can be measured (32 KiB)");
    if (status == VWW_OK) {
        fill(build, &report, bench);
        if (build->plugin[0] != '\0')
            status = take_counts(build, &layers, report.calls, bench, error);
    }
    vww_machine_layers_fini(&layers);
    return status;
}

static vww_status run_drawn(struct vww_machine_build *build, int8_t *output,
                            struct vww_bench *bench, struct vww_error *error)
{
    int8_t *drawn = vww_allocate((size_t)build->input_bytes, 1);
    if (drawn == NULL)
        return vww_fail_memory(error, (size_t)build->input_bytes);
    draw_input(drawn, build->input_bytes);
    const vww_status status = run_once(build, drawn, output, bench, error);
    vww_free(drawn);
    return status;
}

vww_status vww_machine_bench(const struct vww_graph *graph, const char *machine,
                             const struct vww_machine_options *options, const int8_t *input,
                             int8_t *output, struct vww_bench *bench, struct vww_error *error)
{
    const struct vww_machine *found;
    struct vww_machine_build build;
    *bench = (struct vww_bench){.instructions = -1, .cycles_estimate = -1};
    vww_status status = vww_machine_find(machine, &found, error);
    if (status != VWW_OK)
        return status;
    snprintf(bench->machine, sizeof bench->machine, "%s", found->name);
    status = vww_machine_build(graph, found, options, &build, error);
    if (status == VWW_OK)
        status = input != NULL ? run_once(&build, input, output, bench, error)
                               : run_drawn(&build, output, bench, error);
    vww_machine_build_fini(&build);
    return status;
}

void vww_bench_fini(struct vww_bench *bench)
{
    vww_free(bench->layers);
    bench->layers = NULL;
    bench->layer_count = 0;
    memset(bench->classes, 0, sizeof bench->classes);
    bench->cycles_estimate = -1;
}
