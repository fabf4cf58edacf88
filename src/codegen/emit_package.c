/* What makes a model's C a package: self-test, Makefile, README. */
#include "codegen/emit.h"
#include "vww/version.h"

#include <string.h>

void vww_emit_selftest(const struct vww_emission *emission, struct vww_buffer *out)
{
    const struct vww_graph *graph = emission->graph;
    const char *p = emission->prefix, *u = emission->upper;
    vww_emit_mark(emission, "/* ", "\n *\n", out);
    vww_buffer_printf(
        out,
        " * One input and the output that every correct build gives for it. Compiled "
        "with\n * -D%s_SELFTEST_MAIN it is a program whose exit status is the result. "
        "*/\n#include \"%s.h\"\n\n",
        u, p);
    vww_emit_int8_array(out, "test_input", emission->test_input,
                        vww_shape_elements(&graph->tensors[graph->input].shape));
    vww_buffer_text(out, "\n");
    vww_emit_int8_array(out, "expected_output", emission->test_output,
                        vww_shape_elements(&graph->tensors[graph->output].shape));
    vww_buffer_printf(out,
                      "\nint %s_selftest(void)\n{\n"
                      "    const int8_t *output = %s_run_image(test_input);\n"
                      "    for (int i = 0; i < %s_OUTPUT_BYTES; i++)\n"
                      "        if (output[i] != expected_output[i])\n"
                      "            return 1 + i;\n"
                      "    return 0;\n}\n\n"
                      "#ifdef %s_SELFTEST_MAIN\n"
                      "int main(void)\n{\n    return %s_selftest() != 0;\n}\n#endif\n",
                      p, p, u, u, p);
}

static bool is_source(const char *name)
{
    const size_t length = strlen(name);
    return length > 2 && strcmp(name + length - 2, ".c") == 0 &&
           strstr(name, "_selftest.c") == NULL;
}

void vww_emit_makefile(const struct vww_emission *emission, const struct vww_package *package,
                       struct vww_buffer *out)
{
    const char *p = emission->prefix;
    vww_emit_mark(emission, "# ", "\n", out);
    vww_buffer_printf(out,
                      "#   make             lib%s.a, for the compiler CC\n"
                      "#   make selftest    build the self-test for this computer and run it\n",
                      p);
    vww_buffer_printf(
        out, "CC = %s\nAR = %sar\nCFLAGS = %s\nHOST_CC = cc\nSOURCES =", emission->target->compiler,
        strncmp(emission->target->compiler, "arm-", 4) == 0 ? "arm-none-eabi-" : "",
        emission->target->flags);
    for (int32_t i = 0; i < package->count; i++)
        if (is_source(package->files[i].name))
            vww_buffer_printf(out, " %s", package->files[i].name);
    vww_buffer_printf(out,
                      "\nOBJECTS = $(SOURCES:.c=.o)\n\n"
                      "lib%s.a: $(OBJECTS)\n\t$(AR) rcs $@ $(OBJECTS)\n"
                      "%%.o: %%.c $(wildcard *.h)\n\t$(CC) $(CFLAGS) -std=c11 -c -o $@ $<\n\n"
                      "selftest: %s_selftest\n\t./%s_selftest && echo passed\n"
                      "%s_selftest: $(SOURCES) %s_selftest.c $(wildcard *.h)\n"
                      "\t$(HOST_CC) -O2 -std=c11 -D%s_SELFTEST_MAIN -o $@ $(SOURCES) "
                      "%s_selftest.c\n\n"
                      "clean:\n\trm -f $(OBJECTS) lib%s.a %s_selftest\n"
                      ".PHONY: selftest clean\n",
                      p, p, p, p, p, emission->upper, p, p, p);
}

void vww_emit_readme(const struct vww_emission *emission, const struct vww_package *package,
                     struct vww_buffer *out)
{
    const char *p = emission->prefix, *u = emission->upper;
    char arena[32], scratch[32], constants[32], name[VWW_NAME_MAX];
    vww_emit_mark(emission, "<!-- ", " -->\n", out);
    vww_buffer_printf(
        out,
        "# %s\n\n`%s` as self-contained C11 for %s.\n\n"
        "    #include \"%s.h\"\n\n"
        "    const int8_t *output = %s_run_pixels(pixels); /* %s_INPUT_BYTES bytes */\n\n"
        "No heap, no C library, no floating point. An image may also come row by row:\n"
        "see `%s_push_row` in `%s.h`.\n\n"
        "| | bytes |\n|---|---|\n| RAM: arena | %s |\n"
        "| RAM: scratch of the kernels | %s |\n"
        "| flash: weights, biases, multipliers | %s |\n\n"
        "The C files:\n\n",
        p, vww_emit_comment_text(emission->graph->name, name, sizeof name),
        emission->target->summary, p, p, u, p, p,
        vww_emit_count(emission->plan->arena_bytes, arena),
        vww_emit_count(emission->plan->scratch_bytes, scratch),
        vww_emit_count(emission->constant_bytes, constants));
    for (int32_t i = 0; i < package->count; i++)
        if (is_source(package->files[i].name))
            vww_buffer_printf(out, "- `%s`\n", package->files[i].name);
    vww_buffer_printf(out,
                      "\nEvery external name begins with `%s_` (macros and constants with `%s_`), "
                      "so packages\nwith other prefixes can be linked into the same program.\n",
                      p, u);
}
