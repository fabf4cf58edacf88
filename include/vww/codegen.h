/* One self-contained C package for one model: C11, no heap, no C library, no floating point, and
 * every external name begins with the package's prefix, so that several models link into one
 * firmware.
 *
 *   PREFIX.h, PREFIX.c     the model: sizes as constants, one static arena, weights as const arrays
 *   PREFIX_rt.h, …         the runtime kernels that this model uses, renamed to the prefix
 *   PREFIX_selftest.c      one input with its expected output
 *   PREFIX_info.h, .c      what the model is, as a structure
 *   PREFIX_rt_camera.h, …  a camera's rows to the model's: crop, colours, the training's resize
 *   README.md              how to build and call it
 * and, by layout, what an ecosystem wants beside them. */
#ifndef VWW_CODEGEN_H
#define VWW_CODEGEN_H

#include "vww/plan.h"

#include <stdbool.h>

#define VWW_CODEGEN_PREFIX_MOST 32 /* characters */

/* Layouts: the files of
 *   plain       a folder with a Makefile
 *   cmake       add_subdirectory or FetchContent: CMakeLists.txt
 *   arduino     a library: library.properties, src, examples
 *   platformio  a library: library.json, src
 *   zephyr      a module: zephyr/module.yml, CMakeLists.txt, Kconfig, src
 *   esp-idf     a component: CMakeLists.txt, idf_component.yml, src
 *   cmsis-pack  the sources of a pack: .pdsc, src */
#define VWW_CODEGEN_LAYOUTS "plain|cmake|arduino|platformio|zephyr|esp-idf|cmsis-pack"

struct vww_codegen_options {
    const char *directory; /* made, with its parents, where it does not exist */
    const char *prefix;    /* a C identifier that begins with a letter */
    const char *target;    /* "portable", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m55"; NULL:
                              see board */
    struct vww_plan_options plan; /* scratch is filled by the generator; strategy NULL: "auto" */
    const uint8_t *test_image;    /* the self-test's input, RGB bytes as vww_interpret_input takes;
                                     NULL: drawn */
    const char *layout;           /* NULL: "plain" */
    const char *board; /* vww/board.h; checks that the model fits it, adds a linker script with its
                          memories, and chooses the target where that is NULL. NULL: none */
    int64_t stack_bytes; /* what running the model takes, to be stated; 0: not measured */
    bool force; /* write into a directory that holds other files too; they are left as they are
                   unless they have a generated file's name */
};

struct vww_codegen_summary {
    int64_t arena_bytes;
    int64_t scratch_bytes;  /* RAM that the kernels work in, beyond the arena */
    int64_t constant_bytes; /* weights, biases and tables, as they lie in flash */
    int32_t file_count;
};

/* The graph is int8, folded, with data. Everything is written to a folder of its own inside
 * `directory` first and then moved into place; on failure the directory is as it was. A directory
 * that holds anything but an earlier package of this prefix: VWW_ERROR_ARGUMENT, unless `force`.
 * Unknown target, layout or board: VWW_ERROR_NOT_FOUND with suggestions. A board that is too small,
 * before anything is written: VWW_ERROR_UNSUPPORTED, saying by how much. summary may be NULL. */
vww_status vww_codegen_write(const struct vww_graph *graph,
                             const struct vww_codegen_options *options,
                             struct vww_codegen_summary *summary, struct vww_error *error);

/* The plan that vww_codegen_write makes for this target, whose kernels' working memory is part of
 * it. target NULL: without working memory. Release with vww_plan_fini, also after a failure. */
vww_status vww_codegen_plan(const struct vww_graph *graph, const char *target,
                            const struct vww_plan_options *options, struct vww_plan *plan,
                            struct vww_error *error);

#endif
