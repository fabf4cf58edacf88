#include "base/memory.h"
#include "base/random.h"
#include "machine/machine.h"

#include <stdio.h>
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
    memset(bench, 0, sizeof *bench);
    snprintf(bench->machine, sizeof bench->machine, "%s", build->machine->name);
    bench->instructions = vww_machine_instructions(build->machine, report);
    bench->cycles_estimate = -1; /* no model of the cores' timing yet */
    bench->sram_bytes.arena = build->arena_bytes;
    bench->sram_bytes.scratch = build->scratch_bytes;
    bench->sram_bytes.state =
        known ? report->variables - build->arena_bytes - build->scratch_bytes : -1;
    bench->sram_bytes.stack = known ? report->stack : -1;
    bench->sram_bytes.total = known ? report->variables + report->stack : -1;
    bench->flash_bytes.code = known ? report->code : -1;
    bench->flash_bytes.weights = known ? report->constants : -1;
    bench->flash_bytes.total = known ? report->code + report->constants : -1;
}

static vww_status run_once(const struct vww_machine_build *build, const int8_t *input,
                           int8_t *output, struct vww_bench *bench, struct vww_error *error)
{
    struct vww_machine_report report;
    int8_t *drawn = vww_allocate((size_t)build->input_bytes, 1);
    if (drawn == NULL)
        return vww_fail_memory(error, (size_t)build->input_bytes);
    draw_input(drawn, build->input_bytes);
    vww_status status =
        vww_machine_run(build, input != NULL ? input : drawn, 1, true, output, &report, error);
    vww_free(drawn);
    if (status == VWW_OK && report.stack == UINT32_MAX)
        status = vww_fail(error, VWW_ERROR_UNSUPPORTED,
                          "the model used more stack than can be measured (32 KiB)");
    if (status == VWW_OK)
        fill(build, &report, bench);
    return status;
}

vww_status vww_machine_bench(const struct vww_graph *graph, const char *machine,
                             const int8_t *input, int8_t *output, struct vww_bench *bench,
                             struct vww_error *error)
{
    const struct vww_machine *found;
    struct vww_machine_build build;
    vww_status status = vww_machine_find(machine, &found, error);
    if (status != VWW_OK)
        return status;
    status = vww_machine_build(graph, found, &build, error);
    if (status == VWW_OK)
        status = run_once(&build, input, output, bench, error);
    vww_machine_build_fini(&build);
    return status;
}
