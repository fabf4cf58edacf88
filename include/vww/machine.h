/* Build a model's firmware for an emulated machine, or its C for the host, and run it there. */
#ifndef VWW_MACHINE_H
#define VWW_MACHINE_H

#include "vww/evaluate.h"
#include "vww/graph.h"

/* The machines' names: "host", "mps2-an386", …; *count of them. */
const char *const *vww_machine_names(size_t *count);

/* machine: unknown: VWW_ERROR_NOT_FOUND with the known ones. A missing compiler or emulator:
 * VWW_ERROR_TOOL naming the package. The model is generated (plan "auto") and compiled here, once;
 * each predict runs all images it is given in one start of the machine for each thread. The graph
 * is borrowed and must outlive the predictor. */
vww_status vww_machine_predictor(const struct vww_graph *graph, const char *machine,
                                 struct vww_predictor *predictor, struct vww_error *error);

/* Figures of one inference; -1 where a machine cannot tell. */
struct vww_bench {
    char machine[32];
    int64_t instructions; /* executed by the model's run function, beyond those of an empty one */
    int64_t cycles_estimate;
    struct {
        int64_t arena, scratch, state, stack, total; /* state: the model's other variables */
    } sram_bytes;
    struct {
        int64_t code, weights, total; /* code: model and kernels; weights: all their constants */
    } flash_bytes;
};

/* Run once. input: the model's input integers, or NULL for drawn ones; output: room for its output
 * integers. Instructions are those of QEMU's translation (-icount), told by an emulated clock that
 * is fast enough to resolve each; stack is measured by painting; guards around the model's
 * variables are checked after the run. */
vww_status vww_machine_bench(const struct vww_graph *graph, const char *machine,
                             const int8_t *input, int8_t *output, struct vww_bench *bench,
                             struct vww_error *error);

#endif
