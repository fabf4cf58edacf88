/* One start of a program: input file in, output file and report out. */
#include "base/memory.h"
#include "machine/machine.h"
#include "machine/process.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_MOST ((size_t)4096)

/* Emulated instructions for each multiply-add, and how many are emulated in a second, both at their
 * worst; a run that takes longer hangs. */
#define INSTRUCTIONS_PER_MAC 40.0
#define INSTRUCTIONS_PER_SECOND 10e6
#define SECONDS_LEAST 60.0

static vww_status start(const struct vww_machine_build *build, const char *directory,
                        int64_t images, bool count_instructions, struct vww_error *error)
{
    char program[VWW_PATH_MAX], icount[16];
    vww_status status = vww_path_join(program, build->directory, "program", error);
    if (status != VWW_OK)
        return status;
    snprintf(icount, sizeof icount, "shift=%d", VWW_MACHINE_SHIFT);
    const char *const emulated[] = {"qemu-system-arm",
                                    "-machine",
                                    build->machine->name,
                                    "-display",
                                    "none",
                                    "-monitor",
                                    "none",
                                    "-serial",
                                    "none",
                                    "-semihosting-config",
                                    "enable=on,target=native",
                                    "-kernel",
                                    program,
                                    count_instructions ? "-icount" : NULL,
                                    icount,
                                    build->plugin[0] != '\0' ? "-plugin" : NULL,
                                    build->plugin,
                                    NULL};
    const char *const direct[] = {program, NULL};
    struct vww_buffer output;
    const struct vww_process process = {
        .arguments = build->machine->is_emulated ? emulated : direct,
        .directory = directory,
        .seconds = SECONDS_LEAST + (double)images * (double)build->macs * INSTRUCTIONS_PER_MAC /
                                       INSTRUCTIONS_PER_SECOND,
        .package = "qemu-system-arm",
    };
    status = vww_process_run(&process, &output, error);
    vww_buffer_fini(&output);
    return status;
}

static int64_t report_value(const char *text, const char *name)
{
    const size_t length = strlen(name);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        if (strncmp(line, name, length) == 0 && line[length] == ' ')
            return strtoll(line + length + 1, NULL, 10);
        if (line[strcspn(line, "\n")] == '\0')
            break;
    }
    return -1;
}

static vww_status read_report(const char *directory, struct vww_machine_report *report,
                              struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    struct vww_buffer content;
    vww_status status = vww_path_join(path, directory, "report.txt", error);
    if (status == VWW_OK)
        status = vww_file_read(path, REPORT_MOST, &content, error);
    if (status != VWW_OK)
        return status;
    const char *text = (const char *)content.data;
    *report = (struct vww_machine_report){
        .images = report_value(text, "images"),
        .stack = report_value(text, "stack"),
        .ticks = report_value(text, "ticks"),
        .ticks_100hz = report_value(text, "ticks_100hz"),
        .empty_ticks = report_value(text, "empty_ticks"),
        .calls = report_value(text, "calls"),
        .code = report_value(text, "code"),
        .constants = report_value(text, "constants"),
        .variables = report_value(text, "variables"),
    };
    vww_buffer_fini(&content);
    return VWW_OK;
}

static vww_status read_outputs(const struct vww_machine_build *build, const char *directory,
                               int64_t images, int8_t *outputs,
                               const struct vww_machine_report *report, struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    struct vww_buffer content;
    const size_t bytes = (size_t)(images * build->output_bytes);
    vww_status status = vww_path_join(path, directory, "output.bin", error);
    if (status == VWW_OK)
        status = vww_file_read(path, bytes, &content, error);
    if (status != VWW_OK)
        return status;
    if (content.size == bytes && report->images == images) {
        memcpy(outputs, content.data, bytes);
    } else {
        status = vww_fail(error, VWW_ERROR_TOOL, "%s ended before all images were done",
                          build->machine->name);
        vww_error_seen(error, "%lld images, %zu bytes", (long long)report->images, content.size);
        vww_error_allowed(error, "%lld images, %zu bytes", (long long)images, bytes);
    }
    vww_buffer_fini(&content);
    return status;
}

/* The exit statuses of firmware/main.c and its start-up in words. */
static void explain(struct vww_error *error)
{
    static const struct {
        const char *status, *words;
    } meanings[] = {
        {"status 100", "the processor faulted"},
        {"status 5", "the model wrote outside its arena"},
    };
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        const char *at = error != NULL ? strstr(error->what, meanings[i].status) : NULL;
        if (at != NULL && at[strlen(meanings[i].status)] == '\0')
            vww_error_seen(error, "%s", meanings[i].words);
    }
}

vww_status vww_machine_run(const struct vww_machine_build *build, const int8_t *inputs,
                           int64_t images, bool count_instructions, int8_t *outputs,
                           struct vww_machine_report *report, struct vww_error *error)
{
    char directory[VWW_PATH_MAX], path[VWW_PATH_MAX];
    vww_status status = vww_path_join(directory, build->directory, "run-XXXXXX", error);
    if (status != VWW_OK)
        return status;
    if (mkdtemp(directory) == NULL)
        return vww_fail_io(error, "make a temporary folder", directory);
    status = vww_path_join(path, directory, "input.bin", error);
    if (status == VWW_OK)
        status = vww_file_write(path, inputs, (size_t)(images * build->input_bytes), error);
    if (status == VWW_OK) {
        status = start(build, directory, images, count_instructions, error);
        if (status == VWW_ERROR_TOOL)
            explain(error);
    }
    if (status == VWW_OK)
        status = read_report(directory, report, error);
    if (status == VWW_OK)
        status = read_outputs(build, directory, images, outputs, report, error);
    vww_machine_remove_folder(directory);
    return status;
}

/* Ticks of the fast counter in a span, its wraps restored from the slow one. */
static double full_ticks(const struct vww_machine *machine, int64_t ticks, int64_t ticks_100hz)
{
    const double wrap = 4294967296.0;
    const double expected = (double)ticks_100hz * machine->counter_hz / 100;
    double full = (double)ticks;
    while (full + wrap / 2 < expected)
        full += wrap;
    return full;
}

/* The two readings of the counter are each off by less than a tick, and an instruction is more than
 * two ticks long, so that the nearest integer is exact. */
static int64_t ticks_to_instructions(const struct vww_machine *machine, double ticks)
{
    const double nanoseconds = ticks / machine->counter_hz * 1e9;
    return (int64_t)(nanoseconds / (double)(1 << VWW_MACHINE_SHIFT) + 0.5);
}

int64_t vww_machine_instructions(const struct vww_machine *machine,
                                 const struct vww_machine_report *report)
{
    if (!machine->is_emulated)
        return -1;
    const double ticks = full_ticks(machine, report->ticks, report->ticks_100hz);
    return ticks_to_instructions(machine, ticks) -
           report->calls * ticks_to_instructions(machine, (double)report->empty_ticks);
}
