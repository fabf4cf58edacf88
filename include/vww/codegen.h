/* One self-contained C package for one model: C11, no heap, no C library, no floating point, and
 * every external name begins with the package's prefix, so that several models link into one
 * firmware.
 *
 *   PREFIX.h, PREFIX.c     the model: sizes as constants, one static arena, weights as const arrays
 *   PREFIX_rt.h, …         the runtime kernels that this model uses, renamed to the prefix
 *   PREFIX_selftest.c      one input with its expected output
 *   Makefile, README.md    how to build and call it */
#ifndef VWW_CODEGEN_H
#define VWW_CODEGEN_H

#include "vww/graph.h"

#include <stdbool.h>

#define VWW_CODEGEN_PREFIX_MOST 32 /* characters */

struct vww_codegen_options {
    const char *directory;     /* made, with its parents, where it does not exist */
    const char *prefix;        /* a C identifier that begins with a letter */
    const char *target;        /* "portable", "cortex-m4", "cortex-m7" */
    const char *strategy;      /* of the memory plan (vww/plan.h) */
    const uint8_t *test_image; /* the self-test's input, RGB bytes as vww_interpret_input takes;
                                  NULL: drawn */
    bool force; /* write into a directory that holds other files too; they are left as they are
                   unless they have a generated file's name */
};

struct vww_codegen_summary {
    int64_t arena_bytes;
    int64_t scratch_bytes;  /* RAM that the kernels work in, beside the arena */
    int64_t constant_bytes; /* weights, biases and tables, as they lie in flash */
    int32_t file_count;
};

/* The graph is int8, folded, with data. Everything is written to a folder of its own inside
 * `directory` first and then moved into place; on failure the directory is as it was. A directory
 * that holds anything but an earlier package of this prefix: VWW_ERROR_ARGUMENT, unless `force`.
 * Unknown target: VWW_ERROR_NOT_FOUND with suggestions. summary may be NULL. */
vww_status vww_codegen_write(const struct vww_graph *graph,
                             const struct vww_codegen_options *options,
                             struct vww_codegen_summary *summary, struct vww_error *error);

#endif
