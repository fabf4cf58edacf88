/* Boards: the firmware linked with a board's memory map. */
#include "machine/machine.h"
#include "machine/process.h"
#include "vww/board.h"

#include <string.h>

/* How to compile for a core, and what emulates it. */
static const struct core {
    const char *name; /* as in vww/board.h */
    const char *cpu, *target;
    const char *machine; /* NULL: none */
} cores[] = {
    {"Cortex-M0+", "cortex-m0plus", "portable", NULL},
    {"Cortex-M4", "cortex-m4", "cortex-m4", "mps2-an386"},
    {"Cortex-M7", "cortex-m7", "cortex-m7", "mps2-an500"},
    {"Cortex-M33", "cortex-m33", "cortex-m4", NULL},
};

static vww_status find_core(const struct vww_board *board, const struct core **core,
                            struct vww_error *error)
{
    for (size_t i = 0; i < sizeof cores / sizeof cores[0]; i++)
        if (strcmp(cores[i].name, board->core) == 0) {
            *core = &cores[i];
            return VWW_OK;
        }
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "the cross compiler has no code for the core of %s",
             board->name);
    vww_error_seen(error, "%s", board->core);
    vww_error_allowed(error, "Cortex-M0+, M4, M7, M33");
    return VWW_ERROR_UNSUPPORTED;
}

static vww_status find(const char *name, const struct vww_board **board, const struct core **core,
                       struct vww_error *error)
{
    const vww_status status = vww_board_find(name, board, error);
    return status == VWW_OK ? find_core(*board, core, error) : status;
}

vww_status vww_machine_of_board(const char *name, const char **machine, struct vww_error *error)
{
    const struct vww_board *board;
    const struct core *core;
    const vww_status status = find(name, &board, &core, error);
    if (status != VWW_OK)
        return status;
    *machine = core->machine;
    if (core->machine != NULL)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "no machine emulates the core of %s", board->name);
    vww_error_seen(error, "%s", board->core);
    vww_error_remedy(error, "`vww codegen --board %s` checks whether the model fits", board->name);
    return VWW_ERROR_UNSUPPORTED;
}

/* Sizes of the linked program, as binutils tells them. */
static vww_status measure(const struct vww_machine_build *build, struct vww_fit *fit,
                          struct vww_error *error)
{
    static const char *const size[] = {"arm-none-eabi-size", "program", NULL};
    const struct vww_process process = {.arguments = size,
                                        .directory = build->directory,
                                        .seconds = 60,
                                        .package = "binutils-arm-none-eabi"};
    struct vww_buffer output;
    vww_status status = vww_process_run(&process, &output, error);
    vww_buffer_append(&output, "", 1);
    long text = 0, data = 0, zeros = 0;
    const char *line = status == VWW_OK ? strchr((const char *)output.data, '\n') : NULL;
    if (line != NULL && sscanf(line, " %ld %ld %ld", &text, &data, &zeros) == 3) {
        fit->flash_bytes = text + data;
        fit->sram_bytes = data + zeros;
    } else if (status == VWW_OK) {
        status = vww_fail(error, VWW_ERROR_TOOL, "arm-none-eabi-size printed no sizes");
    }
    vww_buffer_fini(&output);
    return status;
}

vww_status vww_machine_fit(const struct vww_graph *graph, const char *name,
                           const struct vww_machine_options *options, struct vww_fit *fit,
                           struct vww_error *error)
{
    const struct vww_board *board;
    const struct core *core;
    *fit = (struct vww_fit){0};
    vww_status status = find(name, &board, &core, error);
    if (status != VWW_OK)
        return status;
    if (board->sram_origin == 0) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "the SRAM of %s is not one range of addresses",
                 board->name);
        vww_error_remedy(error, "link the package of `vww codegen` with the maker's own script");
        return VWW_ERROR_UNSUPPORTED;
    }
    const struct vww_machine machine = {
        .name = board->name,
        .is_emulated = true,
        .target = core->target,
        .cpu = core->cpu,
        .float_abi = "soft",
        .flash_origin = board->flash_origin,
        .flash_bytes = (uint32_t)board->flash_bytes,
        .ram_origin = board->sram_origin,
        .ram_bytes = (uint32_t)board->sram_bytes,
        .counter_address = 0xe0001004u, /* the core's own cycle counter; nothing runs here */
    };
    struct vww_machine_build build;
    status = vww_machine_build(graph, &machine, options, &build, error);
    if (status == VWW_OK)
        status = measure(&build, fit, error);
    vww_machine_build_fini(&build);
    snprintf(fit->board, sizeof fit->board, "%s", board->name);
    fit->board_flash_bytes = board->flash_bytes;
    fit->board_sram_bytes = board->sram_bytes;
    return status;
}
