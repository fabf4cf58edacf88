/* Build a model's firmware for an emulated machine, or its C for the host, and run it there. */
#ifndef VWW_MACHINE_H
#define VWW_MACHINE_H

#include "vww/evaluate.h"
#include "vww/plan.h"

/* The machines' names: "host", "mps2-an386", …; *count of them. */
const char *const *vww_machine_names(size_t *count);
/* The code generator's target for a machine; NULL where no machine has this name. */
const char *vww_machine_target(const char *machine);

/* How the model is generated. */
struct vww_machine_options {
    struct vww_plan_options plan; /* strategy NULL: "auto" */
};

/* machine: unknown: VWW_ERROR_NOT_FOUND with the known ones. A missing compiler or emulator:
 * VWW_ERROR_TOOL naming the package. The model is generated and compiled here, once; options may be
 * NULL. Each predict runs all images it is given in one start of the machine for each thread. The
 * graph is borrowed and must outlive the predictor. */
vww_status vww_machine_predictor(const struct vww_graph *graph, const char *machine,
                                 const struct vww_machine_options *options,
                                 struct vww_predictor *predictor, struct vww_error *error);

/* The same through MLPerf Tiny's serial protocol, one image after the other: the harness
 * (firmware/harness.h) is generated with the model and started on `machine`, behind a
 * pseudo-terminal; or, where serial is not NULL, a device that runs such a harness of this model
 * is spoken with over that terminal device, and machine is not looked at. A device that does not
 * answer in time, or refuses a command: VWW_ERROR_TOOL with its words. */
vww_status vww_harness_predictor(const struct vww_graph *graph, const char *machine,
                                 const char *serial, struct vww_predictor *predictor,
                                 struct vww_error *error);

/* Kinds of instructions: X(name). MULTIPLY: products alone; MAC: those that are added up; DSP:
 * packing, extension of pairs, parallel and saturating arithmetic; SHIFT: also bit fields; BRANCH:
 * also returns and loops; MVE: Helium. */
#define VWW_CLASS_TABLE(X)                                                                         \
    X(LOAD, "load")                                                                                \
    X(STORE, "store")                                                                              \
    X(MULTIPLY, "multiply")                                                                        \
    X(MAC, "mac")                                                                                  \
    X(DSP, "dsp")                                                                                  \
    X(SHIFT, "shift")                                                                              \
    X(BRANCH, "branch")                                                                            \
    X(MVE, "mve")                                                                                  \
    X(OTHER, "other")

enum vww_instruction_class {
#define X(id, name) VWW_CLASS_##id,
    VWW_CLASS_TABLE(X)
#undef X
        VWW_CLASS_COUNT
};

/* "load", … */
const char *vww_instruction_class_name(enum vww_instruction_class kind);

/* What was executed for one operator of the generated code. */
struct vww_bench_layer {
    int32_t index; /* of the operator; -1: code of the run function that belongs to none */
    char name[64]; /* the operator's, as in the generated code */
    int64_t instructions, cycles_estimate; /* cycles: -1 where unknown */
    int64_t classes[VWW_CLASS_COUNT];
};

/* Figures of one inference; -1 where a machine cannot tell. */
struct vww_bench {
    char machine[32];
    int64_t instructions; /* executed by the model's run function, beyond those of an empty one */
    int64_t cycles_estimate; /* of a Cortex-M4 whose memory never waits: docs/device.md */
    int64_t classes[VWW_CLASS_COUNT];
    char counter[8];                /* "plugin", "icount" (the emulator's clock alone), or "" */
    char note[256];                 /* why the counter is not "plugin"; else empty */
    struct vww_bench_layer *layers; /* what was executed, by ascending index; NULL: not known */
    int32_t layer_count;
    struct {
        int64_t arena, scratch, state, stack, total; /* state: the model's other variables */
    } sram_bytes;
    struct {
        int64_t code, weights, total; /* code: model and kernels; weights: all their constants */
    } flash_bytes;
};

/* Run once. input: the model's input integers, or NULL for drawn ones; output: room for its output
 * integers. Instructions are counted by a plugin of QEMU, and by its emulated clock (-icount),
 * which must agree; where the plugin cannot be loaded, by the clock alone. Stack is measured by
 * painting; guards around the model's variables are checked after the run. Release with
 * vww_bench_fini, also after a failure. */
vww_status vww_machine_bench(const struct vww_graph *graph, const char *machine,
                             const struct vww_machine_options *options, const int8_t *input,
                             int8_t *output, struct vww_bench *bench, struct vww_error *error);
void vww_bench_fini(struct vww_bench *bench);

/* What the firmware (the model, start-up, files by semihosting) takes of a board's memories. */
struct vww_fit {
    char board[32];
    int64_t flash_bytes, board_flash_bytes; /* taken, there */
    int64_t sram_bytes, board_sram_bytes;   /* taken by variables, there; the rest is stack */
};

/* Generate, compile for the board's core and link with its memory map (vww/board.h). What does not
 * fit, or leaves less than 4,096 bytes for the stack: VWW_ERROR_UNSUPPORTED, saying which memory is
 * over and by how much; so are boards whose core or memory map is not known here. */
vww_status vww_machine_fit(const struct vww_graph *graph, const char *board,
                           const struct vww_machine_options *options, struct vww_fit *fit,
                           struct vww_error *error);

/* The machine that emulates a board's core: "mps2-an386". None: VWW_ERROR_UNSUPPORTED. */
vww_status vww_machine_of_board(const char *board, const char **machine, struct vww_error *error);

#endif
