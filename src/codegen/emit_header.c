/* PREFIX.h: sizes and functions of the model. */
#include "codegen/emit.h"
#include "vww/interpret.h"

int32_t vww_emit_input_rows(const struct vww_emission *emission)
{
    const struct vww_shape *shape = &emission->graph->tensors[emission->graph->input].shape;
    return shape->rank == 4 ? shape->dims[1] : 1;
}

bool vww_emit_pixel_table(const struct vww_graph *graph, int8_t table[256])
{
    uint8_t bytes[256];
    bool only_shifts = true;
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    vww_interpret_input(graph, bytes, table, 256);
    for (int i = 0; i < 256; i++)
        only_shifts = only_shifts && table[i] == i - 128;
    return only_shifts;
}

static void emit_sizes(const struct vww_emission *emission, struct vww_buffer *out)
{
    const struct vww_graph *graph = emission->graph;
    const struct vww_tensor *input = &graph->tensors[graph->input];
    const struct vww_tensor *output = &graph->tensors[graph->output];
    const int32_t rows = vww_emit_input_rows(emission);
    vww_buffer_text(out, "enum {\n");
    if (input->shape.rank == 4)
        vww_buffer_printf(out,
                          "    %s_INPUT_HEIGHT = %d,\n    %s_INPUT_WIDTH = %d,\n"
                          "    %s_INPUT_CHANNELS = %d,\n",
                          emission->upper, (int)input->shape.dims[1], emission->upper,
                          (int)input->shape.dims[2], emission->upper, (int)input->shape.dims[3]);
    vww_buffer_printf(out,
                      "    %s_INPUT_ROWS = %d,\n"
                      "    %s_INPUT_ROW_BYTES = %lld,\n",
                      emission->upper, (int)rows, emission->upper,
                      (long long)(vww_shape_elements(&input->shape) / rows));
    vww_buffer_printf(out,
                      "    %s_INPUT_BYTES = %lld, /* height, width, channels */\n"
                      "    %s_OUTPUT_BYTES = %lld,\n"
                      "    %s_ARENA_BYTES = %lld, /* activations */\n"
                      "    %s_SCRATCH_BYTES = %lld, /* of kernels, beyond the arena */\n"
                      "};\n",
                      emission->upper, (long long)vww_shape_elements(&input->shape),
                      emission->upper, (long long)vww_shape_elements(&output->shape),
                      emission->upper, (long long)emission->plan->arena_bytes, emission->upper,
                      (long long)emission->plan->scratch_bytes);
}

static void emit_quantization(const struct vww_emission *emission, struct vww_buffer *out)
{
    const struct vww_graph *graph = emission->graph;
    const struct vww_quantization *in = &graph->tensors[graph->input].quantization;
    const struct vww_quantization *result = &graph->tensors[graph->output].quantization;
    vww_buffer_printf(out,
                      "/* real = SCALE * (integer - ZERO_POINT). For the caller's arithmetic; the\n"
                      " * model computes with integers only. */\n"
                      "#define %s_INPUT_SCALE %.9ef\n#define %s_INPUT_ZERO_POINT (%d)\n"
                      "#define %s_OUTPUT_SCALE %.9ef\n#define %s_OUTPUT_ZERO_POINT (%d)\n",
                      emission->upper, (double)in->scales[0], emission->upper,
                      (int)in->zero_points[0], emission->upper, (double)result->scales[0],
                      emission->upper, (int)result->zero_points[0]);
}

/* The functions of a model that wants all of its input at once. */
static void emit_plane_functions(const struct vww_emission *emission, struct vww_buffer *out)
{
    const char *p = emission->prefix, *u = emission->upper;
    vww_buffer_printf(
        out,
        "\n/* Where the input goes: %s_INPUT_BYTES integers, row by row, channels innermost. The "
        "model\n"
        " * overwrites them while it runs. */\n"
        "int8_t *%s_input(void);\n\n"
        "/* Fill the input from 8-bit pixels (RGB where there are three channels). */\n"
        "void %s_set_image(const uint8_t pixels[%s_INPUT_BYTES]);\n\n"
        "/* Run the model on what %s_input() holds. The result, %s_OUTPUT_BYTES integers, stays "
        "until\n"
        " * the input is written again. */\n"
        "const int8_t *%s_run(void);\n",
        u, p, p, u, p, u, p);
}

static void emit_functions(const struct vww_emission *emission, struct vww_buffer *out)
{
    const char *p = emission->prefix, *u = emission->upper;
    vww_buffer_printf(
        out,
        "\n/* Run the model on an image of 8-bit pixels (RGB where there are three channels), or "
        "of its own\n"
        " * integers, which lies anywhere. The result, %s_OUTPUT_BYTES integers, stays until the "
        "next\n"
        " * image begins. */\n"
        "const int8_t *%s_run_pixels(const uint8_t pixels[%s_INPUT_BYTES]);\n"
        "const int8_t *%s_run_image(const int8_t image[%s_INPUT_BYTES]);\n\n"
        "/* Run it on an image that comes row by row: fill %s_row(), by %s_set_row() or with the "
        "model's\n"
        " * integers, then call %s_push_row(), which %s, and returns 0, or\n"
        " * after the last row the result. %s_restart() forgets the rows of an image that will not "
        "be\n"
        " * finished. */\n"
        "int8_t *%s_row(void);\n"
        "void %s_set_row(const uint8_t pixels[%s_INPUT_ROW_BYTES]);\n"
        "const int8_t *%s_push_row(void);\n"
        "void %s_restart(void);\n",
        u, p, u, p, u, p, p, p,
        emission->plan->feeds_rows ? "computes all that the row makes possible"
                                   : "runs the model once all are there",
        p, p, p, u, p, p);
    vww_buffer_printf(
        out,
        "\n/* 1: the model keeps only the rows that it still needs; there is no place "
        "for a whole image. */\n#define %s_TAKES_ROWS %d\n",
        u, emission->plan->feeds_rows ? 1 : 0);
    if (!emission->plan->feeds_rows)
        emit_plane_functions(emission, out);
    vww_buffer_printf(out,
                      "\n/* In %s_selftest.c: run on an embedded input and compare with the "
                      "expected output.\n"
                      " * Returns 0, or 1 + the index of the first output that differs. */\n"
                      "int %s_selftest(void);\n",
                      p, p);
}

void vww_emit_model_header(const struct vww_emission *emission, struct vww_buffer *out)
{
    const char *p = emission->prefix, *u = emission->upper;
    vww_emit_mark(emission, "/* ", "\n *\n", out);
    vww_emit_model_comment(emission, out);
    vww_buffer_printf(out,
                      " *\n"
                      " *   const int8_t *output = %s_run_pixels(pixels);\n"
                      " *\n"
                      " * No heap, no C library, no floating point. One inference at a time: the "
                      "arena is static. */\n"
                      "#ifndef %s_H\n#define %s_H\n\n#include <stdint.h>\n\n"
                      "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
                      p, u, u);
    emit_sizes(emission, out);
    vww_buffer_text(out, "\n");
    emit_quantization(emission, out);
    emit_functions(emission, out);
    vww_buffer_text(out, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}
