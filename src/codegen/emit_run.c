/* PREFIX.c: the memory, and the calls in the order of the plan. */
#include "codegen/emit.h"

#include <stdio.h>

/* In an order of rows: the next row of the image comes. */
#define IMAGE_ROW 255

static void emit_arena(const struct vww_emission *emission, struct vww_buffer *out)
{
    vww_buffer_text(out, "\n/* Where each activation lives, and during which operators (-1: before "
                         "the first):\n *\n *        bytes  operators  tensor\n");
    for (int32_t t = 0; t < emission->plan->tensor_count; t++) {
        const struct vww_placement *place = &emission->plan->placements[t];
        const struct vww_tensor *tensor = &emission->graph->tensors[t];
        char shape[64], name[48];
        if (place->offset < 0)
            continue;
        vww_shape_text(&tensor->shape, shape, sizeof shape);
        vww_buffer_printf(out, " * %6lld…%-6lld  %3d…%-3d  %s %s%s\n", (long long)place->offset,
                          (long long)(place->offset + place->bytes - 1), (int)place->first,
                          (int)place->last, vww_emit_comment_text(tensor->name, name, sizeof name),
                          shape,
                          place->alias_of >= 0 ? ", the same bytes under another shape" : "");
    }
    vww_buffer_printf(out,
                      " */\nstatic _Alignas(16) union {\n"
                      "    int8_t bytes[%s_ARENA_BYTES + %s_SCRATCH_BYTES];\n"
                      "    uint32_t words[(%s_ARENA_BYTES + %s_SCRATCH_BYTES + 3) / 4];\n"
                      "} memory;\n#define arena memory.bytes\n",
                      emission->upper, emission->upper, emission->upper, emission->upper);
}

/* --- calls ------------------------------------------------------------------------------------ */

/* Operators first … last of one segment of the plan. */
struct segment {
    int32_t first, last;
    bool interleaved;
};

static struct segment segment_at(const struct vww_emission *emission, int32_t first)
{
    const struct vww_plan *plan = emission->plan;
    struct segment segment = {first, first, false};
    while (segment.last + 1 < plan->op_count && plan->segments[segment.last + 1] == first)
        segment.last++;
    segment.interleaved = segment.last > first || (first == 0 && plan->feeds_rows);
    return segment;
}

/* A call of a kernel as it stands in a segment of the plan. */
struct call {
    int32_t op, call;
    bool one_row; /* the row that the variable `row` names, not all */
};

static const struct vww_shape *shape_of(const struct vww_emission *emission, int32_t tensor)
{
    return &emission->graph->tensors[tensor].shape;
}

/* "arena + 864", or where the kernel knows nothing of rows "arena + 864 + row % 3 * 384". */
static void emit_place(const struct vww_emission *emission, const struct call *call, int32_t tensor,
                       struct vww_buffer *out)
{
    const struct vww_placement *place = &emission->plan->placements[tensor];
    vww_buffer_printf(out, "arena + %lld", (long long)place->offset);
    if (!call->one_row || vww_lowered_output_rows(&emission->ops[call->op]) > 0)
        return;
    if (place->rows > 1 && place->rows < shape_of(emission, tensor)->dims[1])
        vww_buffer_printf(out, " + row %% %d * %lld", (int)place->rows,
                          (long long)(place->bytes / place->rows));
    else if (place->rows > 1)
        vww_buffer_printf(out, " + row * %lld", (long long)(place->bytes / place->rows));
}

static void emit_call(const struct vww_emission *emission, const struct call *call,
                      const char *indent, struct vww_buffer *out)
{
    const struct vww_op *op = &emission->graph->ops[call->op];
    const struct vww_lowered *lowered = &emission->ops[call->op];
    const struct vww_lowered_call *operands = &lowered->calls[call->call];
    char name[80];
    vww_emit_call_name(emission, call->op, call->call, name);
    vww_buffer_printf(out, "%s%s_rt_%s_s8(&%s, ", indent, emission->prefix,
                      vww_kernel_suffix(lowered->kernel), name);
    emit_place(emission, call, op->inputs[operands->input], out);
    vww_buffer_text(out, ", ");
    const int other = vww_lowered_other(lowered);
    if (other > 0 && emission->graph->tensors[op->inputs[other]].role != VWW_ROLE_ACTIVATION) {
        vww_buffer_printf(out, "%s_other, ", name);
    } else if (other > 0) {
        emit_place(emission, call, op->inputs[other], out);
        vww_buffer_text(out, ", ");
    } else if (vww_kernel_takes_sums(lowered->kernel)) {
        vww_buffer_text(out, "0, ");
    }
    emit_place(emission, call, op->outputs[operands->output], out);
    if (vww_lowered_output_rows(lowered) > 0 && call->one_row)
        vww_buffer_text(out, ", row, row + 1");
    else if (vww_lowered_output_rows(lowered) > 0)
        vww_buffer_printf(out, ", 0, %d", (int)vww_lowered_output_rows(lowered));
    vww_buffer_text(out, ");\n");
}

/* --- row by row ------------------------------------------------------------------------------- */

static int64_t emit_order(const struct vww_emission *emission, const struct segment *segment,
                          struct vww_buffer *out)
{
    const struct vww_plan *plan = emission->plan;
    int64_t count = 0;
    vww_buffer_printf(
        out,
        "\n/* Operators %d to %d, row by row: which of them computes its next row%s. "
        "*/\nstatic const uint8_t order_%d[] = {",
        (int)segment->first, (int)segment->last,
        segment->first == 0 && plan->feeds_rows ? "; 255: a row of the image is wanted" : "",
        (int)segment->first);
    for (int32_t i = 0; i < plan->step_count; i++) {
        const struct vww_step *step = &plan->steps[i];
        const bool image = step->op == VWW_STEP_INPUT && plan->feeds_rows && segment->first == 0;
        if (!image && (step->op < segment->first || step->op > segment->last))
            continue;
        for (int32_t row = step->first; row < step->end; row++)
            vww_buffer_printf(out, "%s%d,", count++ % 24 == 0 ? "\n    " : " ",
                              image ? IMAGE_ROW : (int)(step->op - segment->first));
    }
    vww_buffer_text(out, "\n};\n");
    return count;
}

static void emit_compute_row(const struct vww_emission *emission, const struct segment *segment,
                             struct vww_buffer *out)
{
    vww_buffer_printf(out,
                      "\nstatic void compute_row_%d(uint8_t which, int32_t row)\n{\n"
                      "    switch (which) {\n",
                      (int)segment->first);
    for (int32_t i = segment->first; i <= segment->last; i++) {
        vww_buffer_printf(out, "    case %d: /* ", (int)(i - segment->first));
        vww_emit_op_comment(emission, i, out);
        vww_buffer_text(out, " */\n");
        emit_call(emission, &(struct call){.op = i, .one_row = true}, "        ", out);
        vww_buffer_text(out, "        break;\n");
    }
    vww_buffer_text(out, "    default:\n        break;\n    }\n}\n");
}

/* A segment behind the first: from plane to plane. */
static void emit_run_segment(const struct segment *segment, struct vww_buffer *out)
{
    const int first = (int)segment->first;
    vww_buffer_printf(out,
                      "\nstatic void run_%d(void)\n{\n"
                      "    for (uint32_t i = 0; i < %du; i++)\n        next_row[i] = 0;\n"
                      "    for (uint32_t i = 0; i < sizeof order_%d; i++)\n"
                      "        compute_row_%d(order_%d[i], next_row[order_%d[i]]++);\n}\n",
                      first, (int)(segment->last - first + 1), first, first, first, first);
}

/* Tables and functions of all interleaved segments; returns the tables' bytes. */
static int64_t emit_segments(const struct vww_emission *emission, struct vww_buffer *out)
{
    int64_t bytes = 0;
    int32_t most = 0;
    for (int32_t i = 0; i < emission->plan->op_count;) {
        const struct segment segment = segment_at(emission, i);
        if (segment.interleaved && segment.last - segment.first + 1 > most)
            most = segment.last - segment.first + 1;
        i = segment.last + 1;
    }
    if (most == 0)
        return 0;
    vww_buffer_printf(out,
                      "\n/* Of the operators that are computed row by row. */\n"
                      "static int16_t next_row[%d];\n",
                      (int)most);
    for (int32_t i = 0; i < emission->plan->op_count;) {
        const struct segment segment = segment_at(emission, i);
        i = segment.last + 1;
        if (!segment.interleaved)
            continue;
        bytes += emit_order(emission, &segment, out);
        emit_compute_row(emission, &segment, out);
        if (segment.first > 0 || !emission->plan->feeds_rows)
            emit_run_segment(&segment, out);
    }
    return bytes;
}

/* --- the whole -------------------------------------------------------------------------------- */

static void emit_operator(const struct vww_emission *emission, int32_t index,
                          struct vww_buffer *out)
{
    const char *suffix = vww_kernel_suffix(emission->ops[index].kernel);
    vww_buffer_text(out, "    /* ");
    vww_emit_op_comment(emission, index, out);
    vww_buffer_text(out, suffix == NULL ? ": nothing to do */\n" : " */\n");
    for (int32_t call = 0; suffix != NULL && call < emission->ops[index].call_count; call++)
        emit_call(emission, &(struct call){.op = index, .call = call}, "    ", out);
}

/* Everything, or where the first segment is fed with rows what comes after it. */
static void emit_run(const struct vww_emission *emission, struct vww_buffer *out)
{
    const struct vww_plan *plan = emission->plan;
    if (plan->feeds_rows)
        vww_buffer_text(out, "\n/* What comes when all rows are there. */\n"
                             "static const int8_t *finish(void)\n{\n");
    else
        vww_buffer_printf(out, "\nconst int8_t *%s_run(void)\n{\n", emission->prefix);
    for (int32_t i = 0; i < plan->op_count;) {
        const struct segment segment = segment_at(emission, i);
        if (!segment.interleaved)
            emit_operator(emission, i, out);
        else if (i > 0 || !plan->feeds_rows)
            vww_buffer_printf(out, "    run_%d();\n", (int)segment.first);
        i = segment.last + 1;
    }
    vww_buffer_printf(out, "    return arena + %lld;\n}\n",
                      (long long)plan->placements[emission->graph->output].offset);
}

static void emit_row_input(const struct vww_emission *emission, struct vww_buffer *out)
{
    const struct vww_placement *place = &emission->plan->placements[emission->graph->input];
    const char *p = emission->prefix, *u = emission->upper;
    const bool is_ring = place->rows < vww_emit_input_rows(emission);
    vww_buffer_printf(out,
                      "\nstatic int32_t image_row; /* the next of the image */\n"
                      "\nint8_t *%s_row(void)\n{\n    return arena + %lld + image_row",
                      p, (long long)place->offset);
    if (is_ring)
        vww_buffer_printf(out, " %% %d", (int)place->rows);
    vww_buffer_printf(out, " * %s_INPUT_ROW_BYTES;\n}\n", u);
}

static void emit_push_row(const struct vww_emission *emission, struct vww_buffer *out)
{
    const char *p = emission->prefix, *u = emission->upper;
    if (!emission->plan->feeds_rows) {
        vww_buffer_printf(out,
                          "\nvoid %s_restart(void)\n{\n    image_row = 0;\n}\n"
                          "\nconst int8_t *%s_push_row(void)\n{\n"
                          "    if (++image_row < %s_INPUT_ROWS)\n        return 0;\n"
                          "    %s_restart();\n    return %s_run();\n}\n",
                          p, p, u, p, p);
        return;
    }
    vww_buffer_printf(
        out,
        "\nstatic uint32_t position; /* in order_0 */\n"
        "\nvoid %s_restart(void)\n{\n    image_row = 0;\n    position = 0;\n"
        "    for (uint32_t i = 0; i < sizeof next_row / sizeof next_row[0]; i++)\n"
        "        next_row[i] = 0;\n}\n"
        "\nconst int8_t *%s_push_row(void)\n{\n    image_row++;\n"
        "    for (position++; position < sizeof order_0; position++) {\n"
        "        const uint8_t which = order_0[position];\n"
        "        if (which == %d)\n            return 0;\n"
        "        compute_row_0(which, next_row[which]++);\n    }\n"
        "    const int8_t *output = finish();\n    %s_restart();\n    return output;\n}\n",
        p, p, IMAGE_ROW, p);
}

/* How pixels become the model's integers. */
static const char *emit_pixel(const struct vww_emission *emission, struct vww_buffer *out)
{
    int8_t table[256];
    if (vww_emit_pixel_table(emission->graph, table))
        return "(int8_t)(pixels[i] - 128)";
    vww_buffer_text(out, "\n/* What each pixel value becomes. */\n");
    vww_emit_int8_array(out, "pixel_table", table, 256);
    return "pixel_table[pixels[i]]";
}

static void emit_image_functions(const struct vww_emission *emission, struct vww_buffer *out)
{
    const char *p = emission->prefix, *u = emission->upper;
    const char *pixel = emit_pixel(emission, out);
    vww_buffer_printf(out,
                      "\nvoid %s_set_row(const uint8_t pixels[%s_INPUT_ROW_BYTES])\n{\n"
                      "    int8_t *row = %s_row();\n"
                      "    for (int32_t i = 0; i < %s_INPUT_ROW_BYTES; i++)\n"
                      "        row[i] = %s;\n}\n",
                      p, u, p, u, pixel);
    vww_buffer_printf(out,
                      "\nconst int8_t *%s_run_pixels(const uint8_t pixels[%s_INPUT_BYTES])\n{\n"
                      "    const int8_t *output = 0;\n    %s_restart();\n"
                      "    for (; output == 0; pixels += %s_INPUT_ROW_BYTES) {\n"
                      "        %s_set_row(pixels);\n        output = %s_push_row();\n    }\n"
                      "    return output;\n}\n",
                      p, u, p, u, p, p);
    vww_buffer_printf(out,
                      "\nconst int8_t *%s_run_image(const int8_t image[%s_INPUT_BYTES])\n{\n"
                      "    const int8_t *output = 0;\n    %s_restart();\n"
                      "    for (; output == 0; image += %s_INPUT_ROW_BYTES) {\n"
                      "        int8_t *row = %s_row();\n"
                      "        for (int32_t i = 0; i < %s_INPUT_ROW_BYTES; i++)\n"
                      "            row[i] = image[i];\n        output = %s_push_row();\n    }\n"
                      "    return output;\n}\n",
                      p, u, p, u, p, u, p);
    if (emission->plan->feeds_rows)
        return;
    vww_buffer_printf(out,
                      "\nint8_t *%s_input(void)\n{\n    return arena + %lld;\n}\n"
                      "\nvoid %s_set_image(const uint8_t pixels[%s_INPUT_BYTES])\n{\n"
                      "    int8_t *input = %s_input();\n"
                      "    for (int32_t i = 0; i < %s_INPUT_BYTES; i++)\n"
                      "        input[i] = %s;\n}\n",
                      p, (long long)emission->plan->placements[emission->graph->input].offset, p, u,
                      p, u, pixel);
}

void vww_emit_model_source(struct vww_emission *emission, struct vww_buffer *out)
{
    vww_emit_mark(emission, "/* ", "\n *\n", out);
    vww_emit_model_comment(emission, out);
    vww_buffer_printf(out, " */\n#include \"%s.h\"\n#include \"%s_rt.h\"\n", emission->prefix,
                      emission->prefix);
    emit_arena(emission, out);
    emission->constant_bytes = 0;
    for (int32_t i = 0; i < emission->graph->op_count; i++)
        vww_emit_parameters(emission, i, out);
    emission->constant_bytes += emit_segments(emission, out);
    emit_run(emission, out);
    emit_row_input(emission, out);
    emit_push_row(emission, out);
    emit_image_functions(emission, out);
}
