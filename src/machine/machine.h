/* Inside the room: the table of machines, a build, a run. */
#ifndef VWW_MACHINE_MACHINE_H
#define VWW_MACHINE_MACHINE_H

#include "base/file.h"
#include "vww/machine.h"

#include <stdbool.h>

struct vww_machine {
    const char *name;      /* ours, and QEMU's for an emulated one */
    bool is_emulated;      /* false: a process on this computer */
    const char *target;    /* of the code generator */
    const char *cpu;       /* the compiler's -mcpu */
    const char *float_abi; /* the compiler's -mfloat-abi */
    uint32_t flash_origin, flash_bytes, ram_origin, ram_bytes;
    uint32_t counter_address; /* platform_cortex_m.c */
    uint32_t counter_hz;
    uint32_t uart_address; /* serial_cortex_m.c */
};

vww_status vww_machine_find(const char *name, const struct vww_machine **machine,
                            struct vww_error *error);

/* A compiled program in a temporary folder of its own. */
struct vww_machine_build {
    const struct vww_machine *machine;
    char directory[VWW_PATH_MAX];
    int64_t arena_bytes, scratch_bytes, input_bytes, output_bytes;
    int64_t macs;     /* for time limits */
    char plugin[128]; /* QEMU's -plugin for runs that count instructions (count.h); empty: none */
};

/* Make the folder with all sources. Release with vww_machine_build_fini, also after a failure. */
vww_status vww_machine_generate(const struct vww_graph *graph, const struct vww_machine *machine,
                                const struct vww_machine_options *options,
                                struct vww_machine_build *build, struct vww_error *error);
/* A source of firmware/ into the build's folder. */
vww_status vww_machine_put_firmware(const struct vww_machine_build *build, const char *name,
                                    struct vww_error *error);
/* Make the program of them. */
vww_status vww_machine_compile(const struct vww_machine_build *build, struct vww_error *error);
/* Both. */
vww_status vww_machine_build(const struct vww_graph *graph, const struct vww_machine *machine,
                             const struct vww_machine_options *options,
                             struct vww_machine_build *build, struct vww_error *error);
/* Removes the folder. */
void vww_machine_build_fini(struct vww_machine_build *build);

/* What firmware/main.c reports. */
struct vww_machine_report {
    int64_t images, stack, ticks, ticks_100hz, empty_ticks, calls, code, constants, variables;
};

/* Run the program on `images` inputs (build->input_bytes each) into `outputs`. Several runs of one
 * build may go on at once. count_instructions: emulated time advances with each instruction, which
 * is slower. */
vww_status vww_machine_run(const struct vww_machine_build *build, const int8_t *inputs,
                           int64_t images, bool count_instructions, int8_t *outputs,
                           struct vww_machine_report *report, struct vww_error *error);

/* Nanoseconds of emulated time for each instruction: 2^VWW_MACHINE_SHIFT. More than two ticks of
 * any machine's counter, so that rounding gives the exact number. */
#define VWW_MACHINE_SHIFT 7
/* Instructions between the two readings of the counter, less those of an empty call; -1 where the
 * machine has no counter. */
int64_t vww_machine_instructions(const struct vww_machine *machine,
                                 const struct vww_machine_report *report);

/* Remove a folder and what it holds, up to four folders deep. */
void vww_machine_remove_folder(const char *path);

#endif
