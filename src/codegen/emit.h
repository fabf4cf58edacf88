/* The parts of the generator: each fills one buffer. */
#ifndef VWW_CODEGEN_EMIT_H
#define VWW_CODEGEN_EMIT_H

#include "base/memory.h"
#include "codegen/package.h"
#include "lower/lower.h"
#include "vww/board.h"
#include "vww/plan.h"

/* A compiler target. */
struct vww_codegen_target {
    const char *name;
    const char *compiler; /* the Makefile's default for CC */
    const char *flags;    /* the Makefile's default for CFLAGS */
    const char *summary;  /* for the README */
};

/* One run of the generator. */
struct vww_emission {
    const struct vww_graph *graph;
    const struct vww_plan *plan;
    const struct vww_lowered *ops; /* graph->op_count */
    const struct vww_codegen_target *target;
    const char *prefix;                /* "person" */
    char upper[VWW_PACKAGE_NAME_MOST]; /* "PERSON" */
    int64_t constant_bytes;            /* of the model; set by vww_emit_model_source */
    const int8_t *test_input, *test_output;
    int64_t stack_bytes;           /* measured; -1: not */
    const struct vww_board *board; /* NULL: none */
};

void vww_emit_model_header(const struct vww_emission *emission, struct vww_buffer *out);
void vww_emit_model_source(struct vww_emission *emission, struct vww_buffer *out);
void vww_emit_selftest(const struct vww_emission *emission, struct vww_buffer *out);
void vww_emit_makefile(const struct vww_emission *emission, const struct vww_package *package,
                       struct vww_buffer *out);
void vww_emit_readme(const struct vww_emission *emission, const struct vww_package *package,
                     struct vww_buffer *out);

/* The runtime's sources that the model's operators need, with every name that begins with vwwrt_
 * renamed to PREFIX_rt_, and the header the model includes. */
vww_status vww_emit_runtime(const struct vww_emission *emission, struct vww_package *package,
                            struct vww_error *error);

/* Camera to model rows (runtime/preprocess), for models whose input is a picture of 1 or 3
 * channels. */
bool vww_emission_takes_pictures(const struct vww_emission *emission);
vww_status vww_emit_camera(const struct vww_emission *emission, struct vww_package *package,
                           struct vww_error *error);

/* PREFIX_info.h and .c: what the model is, as a structure. */
void vww_emit_info_header(const struct vww_emission *emission, struct vww_buffer *out);
void vww_emit_info_source(const struct vww_emission *emission, struct vww_buffer *out);

/* The files that make the package's C one of an ecosystem's (emit_layout.c), and the README.
 * layout: one of VWW_CODEGEN_LAYOUTS. */
void vww_emit_layout(const struct vww_emission *emission, const char *layout,
                     struct vww_package *package);

/* --- pieces ---------------------------------------------------------------------------------- */

/* "conv_2d" for VWW_KERNEL_CONV_2D: names struct vwwrt_<suffix>, vwwrt_<suffix>_s8 and the source
 * file; NULL for a copy. */
const char *vww_kernel_suffix(enum vww_kernel kernel);

/* "op3_pw1"; the name of one call's parameters; "pw1: conv_2d 1x1, …" and what the model is, as
 * comments. */
const char *vww_emit_op_name(const struct vww_emission *emission, int32_t index, char name[64]);
void vww_emit_call_name(const struct vww_emission *emission, int32_t index, int32_t call,
                        char name[80]);
void vww_emit_op_comment(const struct vww_emission *emission, int32_t index,
                         struct vww_buffer *out);
void vww_emit_model_comment(const struct vww_emission *emission, struct vww_buffer *out);
/* The constants of one operator's calls; adds their bytes to emission->constant_bytes. */
void vww_emit_parameters(struct vww_emission *emission, int32_t index, struct vww_buffer *out);
/* What each pixel value becomes; true where that is the value less 128, the rule of the models that
 * vww makes. */
bool vww_emit_pixel_table(const struct vww_graph *graph, int8_t table[256]);
/* The rows that the input comes in: 1 where it is no image. */
int32_t vww_emit_input_rows(const struct vww_emission *emission);
/* The first line of a file. open, close: how a comment begins and ends there. */
void vww_emit_mark(const struct vww_emission *emission, const char *open, const char *close,
                   struct vww_buffer *out);
/* "1,234,567". */
const char *vww_emit_count(int64_t count, char text[32]);
/* A text from a model file made safe for a comment. */
const char *vww_emit_comment_text(const char *from, char *text, size_t size);
/* `static const <type> <name>[count] = {…};` wrapped to the width of a page. */
void vww_emit_int8_array(struct vww_buffer *out, const char *name, const int8_t *values,
                         int64_t count);
void vww_emit_int32_array(struct vww_buffer *out, const char *name, const int32_t *values,
                          int64_t count);

#endif
