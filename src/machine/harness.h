/* The firmware that answers MLPerf Tiny's serial protocol, built and started. */
#ifndef VWW_MACHINE_HARNESS_H
#define VWW_MACHINE_HARNESS_H

#include "machine/line.h"
#include "machine/machine.h"

/* Generate and compile it. Release build with vww_machine_build_fini, also after a failure. */
vww_status vww_harness_build(const struct vww_graph *graph, const struct vww_machine *machine,
                             struct vww_machine_build *build, struct vww_error *error);
/* Start it with a line to it, and wait until it is ready. Close line also after a failure. */
vww_status vww_harness_start(const struct vww_machine_build *build, struct vww_line *line,
                             struct vww_error *error);

#endif
