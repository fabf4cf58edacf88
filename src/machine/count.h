/* Counting by QEMU's plugin (plugin/count.c): prepare a build for it, read what it counted. */
#ifndef VWW_MACHINE_COUNT_H
#define VWW_MACHINE_COUNT_H

#include "machine/machine.h"

/* The generated code's layers, found in its text: names[i] of operator i, empty where it executes
 * nothing. */
struct vww_machine_layers {
    char (*names)[64];
    int32_t count;
};

/* Put the plugin and its marks into the build's folder and let the next counting run load it.
 * VWW_ERROR_TOOL: binutils-arm-none-eabi is missing. Release layers with vww_machine_layers_fini,
 * also after a failure. */
vww_status vww_machine_watch(struct vww_machine_build *build, struct vww_machine_layers *layers,
                             struct vww_error *error);
void vww_machine_layers_fini(struct vww_machine_layers *layers);

/* What the plugin counted in the last run, into bench: instructions, cycles_estimate, classes,
 * layers. */
vww_status vww_machine_read_counts(const struct vww_machine_build *build,
                                   const struct vww_machine_layers *layers, struct vww_bench *bench,
                                   struct vww_error *error);

#endif
