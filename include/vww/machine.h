/* Build a model's firmware for an emulated machine, or its C for the host, and run it there. */
#ifndef VWW_MACHINE_H
#define VWW_MACHINE_H

#include "vww/evaluate.h"
#include "vww/graph.h"

/* "host", "mps2-an386". Unknown: VWW_ERROR_NOT_FOUND with the known ones. A missing compiler or
 * emulator: VWW_ERROR_TOOL naming the package. The predictor compiles once and runs all images it
 * is given in one start of the machine. */
vww_status vww_machine_predictor(const struct vww_graph *graph, const char *machine,
                                 struct vww_predictor *predictor, struct vww_error *error);

#endif
