/* PREFIX_info.h and PREFIX_info.c: what the model is, for programs that hold several. */
#include "codegen/emit.h"
#include "vww/version.h"

void vww_emit_info_header(const struct vww_emission *emission, struct vww_buffer *out)
{
    const char *p = emission->prefix, *u = emission->upper;
    vww_emit_mark(emission, "/* ", "\n *\n", out);
    vww_buffer_printf(
        out,
        " * What the model is. */\n#ifndef %s_INFO_H\n#define %s_INFO_H\n\n#include <stdint.h>\n\n"
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
        "struct %s_model_info {\n"
        "    const char *name, *generator;\n"
        "    int32_t input_height, input_width, input_channels; /* 0: not a picture */\n"
        "    int32_t input_bytes, output_bytes;\n"
        "    float input_scale, output_scale; /* real = scale * (integer - zero point) */\n"
        "    int32_t input_zero_point, output_zero_point;\n"
        "    int32_t operators;\n"
        "    int64_t multiply_adds;\n"
        "    int32_t arena_bytes, scratch_bytes;     /* RAM, static */\n"
        "    int32_t stack_bytes;                    /* RAM; measured, -1 where it was not */\n"
        "    int32_t constant_bytes;                 /* flash: weights, biases, multipliers */\n"
        "};\n\n"
        "extern const struct %s_model_info %s_model_info;\n\n"
        "#ifdef __cplusplus\n}\n#endif\n\n#endif\n",
        u, u, p, p, p);
}

static int64_t multiply_adds(const struct vww_graph *graph)
{
    int64_t sum = 0;
    for (int32_t i = 0; i < graph->op_count; i++)
        sum += vww_op_macs(graph, &graph->ops[i]);
    return sum;
}

/* A text of the model file as a C string. */
static void emit_string(struct vww_buffer *out, const char *text)
{
    vww_buffer_text(out, "\"");
    for (; *text != '\0'; text++)
        vww_buffer_printf(
            out, "%c",
            *text >= ' ' && *text <= '~' && *text != '"' && *text != '\\' && *text != '?' ? *text
                                                                                          : '_');
    vww_buffer_text(out, "\"");
}

void vww_emit_info_source(const struct vww_emission *emission, struct vww_buffer *out)
{
    const struct vww_graph *graph = emission->graph;
    const char *p = emission->prefix, *u = emission->upper;
    const bool is_picture = graph->tensors[graph->input].shape.rank == 4;
    vww_emit_mark(emission, "/* ", " */\n", out);
    vww_buffer_printf(out, "#include \"%s_info.h\"\n#include \"%s.h\"\n\n", p, p);
    vww_buffer_printf(out, "const struct %s_model_info %s_model_info = {\n    .name = ", p, p);
    emit_string(out, graph->name);
    vww_buffer_text(out, ",\n    .generator = \"vww " VWW_VERSION "\",\n");
    if (is_picture)
        vww_buffer_printf(out,
                          "    .input_height = %s_INPUT_HEIGHT,\n    .input_width = "
                          "%s_INPUT_WIDTH,\n    .input_channels = %s_INPUT_CHANNELS,\n",
                          u, u, u);
    vww_buffer_printf(out,
                      "    .input_bytes = %s_INPUT_BYTES,\n    .output_bytes = %s_OUTPUT_BYTES,\n"
                      "    .input_scale = %s_INPUT_SCALE,\n    .output_scale = %s_OUTPUT_SCALE,\n"
                      "    .input_zero_point = %s_INPUT_ZERO_POINT,\n"
                      "    .output_zero_point = %s_OUTPUT_ZERO_POINT,\n"
                      "    .operators = %d,\n    .multiply_adds = %lld,\n"
                      "    .arena_bytes = %s_ARENA_BYTES,\n    .scratch_bytes = %s_SCRATCH_BYTES,\n"
                      "    .stack_bytes = %lld,\n    .constant_bytes = %lld,\n};\n",
                      u, u, u, u, u, u, (int)graph->op_count, (long long)multiply_adds(graph), u, u,
                      (long long)emission->stack_bytes, (long long)emission->constant_bytes);
}
