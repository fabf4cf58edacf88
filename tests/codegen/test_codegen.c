/* Generated packages: they compile cleanly, stand alone, share a program, touch exactly their
 * arena, and compute what the interpreter computes. */
#include "support/int8_graph.h"

#include "support/folder.h"
#include "vww/codegen.h"
#include "vww/interpret.h"
#include "vww/plan.h"

#define WARNINGS "-std=c11 -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -pedantic -Werror "

static vww_status generate(const struct vww_graph *graph, const char *directory, const char *prefix,
                           bool force, struct vww_error *error)
{
    const struct vww_codegen_options options = {.directory = directory,
                                                .prefix = prefix,
                                                .target = "portable",
                                                .plan.strategy = "plain",
                                                .force = force};
    struct vww_codegen_summary summary;
    return vww_codegen_write(graph, &options, &summary, error);
}

static struct folder package(const struct vww_graph *graph, const char *prefix)
{
    struct vww_error error;
    const struct folder folder = folder_make();
    assert_ok(generate(graph, folder.path, prefix, false, &error), &error);
    return folder;
}

static void compiles_without_warnings(void **state)
{
    (void)state;
    struct vww_graph *graph = int8_graph_of_everything(1);
    const struct folder folder = package(graph, "person");
    assert_int_equal(folder_run(&folder, "cc -O2 -c " WARNINGS "*.c", NULL), VWW_OK);
    if (have_program("arm-none-eabi-gcc"))
        assert_int_equal(folder_run(&folder,
                                    "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -O3 -ffreestanding "
                                    "-c " WARNINGS "*.c",
                                    NULL),
                         VWW_OK);
    else
        print_message("arm-none-eabi-gcc is not installed: not tried\n");
    folder_remove(&folder);
    vww_graph_destroy(graph);
}

/* The package stands alone: every symbol it needs it defines itself (so no C library, no heap, no
 * floating point helper), and every one it offers begins with its prefix. */
static void needs_nothing_and_offers_prefixed(void **state)
{
    (void)state;
    if (!have_program("arm-none-eabi-nm"))
        skip();
    struct vww_graph *graph = int8_graph_of_everything(2);
    const struct folder folder = package(graph, "person");
    static const char *const options[] = {"-O0", "-O2", "-O3", "-Os"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        char line[512];
        snprintf(line, sizeof line,
                 "rm -f *.o *.ro; arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=soft "
                 "-ffreestanding -std=c11 %s -c *.c && arm-none-eabi-ld -r -o all.ro *.o && "
                 "arm-none-eabi-nm -u all.ro && arm-none-eabi-nm -g --defined-only all.ro | "
                 "grep -v ' person_' || true",
                 options[i]);
        struct vww_buffer output;
        assert_int_equal(folder_run(&folder, line, &output), VWW_OK);
        assert_string_equal((const char *)output.data, "");
        vww_buffer_fini(&output);
        /* The check itself sees symbols. */
        assert_int_equal(
            folder_run(&folder, "arm-none-eabi-nm all.ro | grep -q ' T person_run'", NULL), VWW_OK);
    }
    folder_remove(&folder);
    vww_graph_destroy(graph);
}

static void selftest_passes_and_can_fail(void **state)
{
    (void)state;
    struct vww_graph *graph = int8_graph_of_everything(3);
    const struct folder folder = package(graph, "person");
    struct vww_buffer output;
    assert_int_equal(folder_run(&folder, "make -s selftest", NULL), VWW_OK);
    /* One expected output changed, then one weight changed. */
    assert_int_equal(
        folder_run(&folder,
                   "cp person_selftest.c kept && "
                   "sed -i '/expected_output\\[/{n;s/-*[0-9][0-9]*/77/}' person_selftest.c && "
                   "! cmp -s kept person_selftest.c",
                   NULL),
        VWW_OK);
    assert_int_equal(folder_run(&folder, "make -s selftest", &output), VWW_ERROR_TOOL);
    vww_buffer_fini(&output);
    assert_int_equal(
        folder_run(&folder,
                   "mv kept person_selftest.c && cp person.c kept && "
                   "sed -i '/op0_conv_2d0_weights\\[/{n;s/-*[0-9][0-9]*,/127, /g}' person.c && "
                   "! cmp -s kept person.c",
                   NULL),
        VWW_OK);
    assert_int_equal(folder_run(&folder, "make -s selftest", &output), VWW_ERROR_TOOL);
    vww_buffer_fini(&output);
    folder_remove(&folder);
    vww_graph_destroy(graph);
}

/* The Makefile builds a library with the target's compiler. */
static void library_builds(void **state)
{
    (void)state;
    if (!have_program("arm-none-eabi-gcc"))
        skip();
    struct vww_error error;
    struct vww_graph *graph = int8_graph_small(1, 16);
    const struct folder folder = folder_make();
    const struct vww_codegen_options options = {.directory = folder.path,
                                                .prefix = "detector",
                                                .target = "cortex-m4",
                                                .plan.strategy = "auto"};
    assert_ok(vww_codegen_write(graph, &options, NULL, &error), &error);
    assert_int_equal(folder_run(&folder,
                                "make -s && arm-none-eabi-nm libdetector.a | grep -q ' T "
                                "detector_run'",
                                NULL),
                     VWW_OK);
    folder_remove(&folder);
    vww_graph_destroy(graph);
}

static void print_output(struct vww_buffer *text, const int8_t *output, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        vww_buffer_printf(text, "%d ", output[i]);
    vww_buffer_text(text, "\n");
}

/* Two packages, also with the kernel names in common, in one program. */
static void two_models_in_one_program(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graphs[2] = {int8_graph_of_everything(4), int8_graph_small(5, 20)};
    const struct folder folder = folder_make();
    struct vww_buffer wanted = {0}, seen;
    static const char *const prefixes[2] = {"alpha", "beta_2"};
    for (int i = 0; i < 2; i++) {
        assert_ok(
            generate(graphs[i], folder_path(&folder, prefixes[i]), prefixes[i], false, &error),
            &error);
        struct vww_interpreter *interpreter;
        int8_t input[4096], output[16];
        const struct vww_tensor *in = &graphs[i]->tensors[graphs[i]->input];
        const struct vww_tensor *out = &graphs[i]->tensors[graphs[i]->output];
        for (int k = 0; k < 4096; k++)
            input[k] = (int8_t)((k * 7 + k / 5) % 256 - 128);
        assert_true(vww_shape_elements(&in->shape) <= 4096);
        assert_ok(vww_interpreter_create(graphs[i], &interpreter, &error), &error);
        vww_interpreter_run(interpreter, input, output);
        print_output(&wanted, output, vww_shape_elements(&out->shape));
        vww_interpreter_destroy(interpreter);
    }
    folder_write(&folder, "main.c",
                 "#include \"alpha/alpha.h\"\n#include \"beta_2/beta_2.h\"\n#include <stdio.h>\n"
                 "#define RUN(p, P) do { int8_t *in = p##_input(); const int8_t *out;\\\n"
                 " for (int k = 0; k < P##_INPUT_BYTES; k++)\\\n"
                 "  in[k] = (int8_t)((k * 7 + k / 5) % 256 - 128);\\\n"
                 " out = p##_run(); for (int k = 0; k < P##_OUTPUT_BYTES; k++)\\\n"
                 "  printf(\"%d \", out[k]); puts(\"\"); } while (0)\n"
                 "int main(void) { RUN(alpha, ALPHA); RUN(beta_2, BETA_2);\n"
                 " return alpha_selftest() != 0 || beta_2_selftest() != 0; }\n");
    assert_int_equal(folder_run(&folder, "cc -O1 -o both main.c alpha/*.c beta_2/*.c", NULL),
                     VWW_OK);
    assert_int_equal(folder_run(&folder, "./both", &seen), VWW_OK);
    vww_buffer_append(&wanted, "", 1);
    assert_string_equal((const char *)seen.data, (const char *)wanted.data);
    vww_buffer_fini(&wanted);
    vww_buffer_fini(&seen);
    folder_remove(&folder);
    vww_graph_destroy(graphs[0]);
    vww_graph_destroy(graphs[1]);
}

/* Every byte of the arena is written by a run, whatever was there before, and none outside it (the
 * address sanitizer watches the arena's ends). */
static void arena_is_exact(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = int8_graph_of_everything(6);
    struct vww_plan plan;
    assert_ok(vww_plan_make(graph, &(struct vww_plan_options){.strategy = "plain"}, &plan, &error),
              &error);
    const struct folder folder = package(graph, "person");
    folder_write(&folder, "main.txt",
                 "#include \"person.c\"\n#include <stdio.h>\n#include <string.h>\n"
                 "static char first[PERSON_ARENA_BYTES];\n"
                 "static void run(int paint) { memset(arena, paint, sizeof arena);\n"
                 " memset(person_input(), 3, PERSON_INPUT_BYTES); person_run(); }\n"
                 "int main(void) { int untouched = 0;\n"
                 " run(0x55); memcpy(first, arena, sizeof arena); run(0x2a);\n"
                 " for (int i = 0; i < PERSON_ARENA_BYTES; i++)\n"
                 "  untouched += first[i] == 0x55 && arena[i] == 0x2a;\n"
                 " printf(\"%d %d\\n\", (int)sizeof arena, untouched); return 0; }\n");
    struct vww_buffer seen;
    char wanted[64];
    assert_int_equal(
        folder_run(&folder,
                   "cc -std=c11 -g -fsanitize=address,undefined -fno-sanitize-recover=all "
                   "-o touch -x c main.txt person_rt_*.c && ./touch",
                   &seen),
        VWW_OK);
    snprintf(wanted, sizeof wanted, "%lld 0\n", (long long)plan.arena_bytes);
    assert_string_equal((const char *)seen.data, wanted);
    vww_buffer_fini(&seen);
    vww_plan_fini(&plan);
    folder_remove(&folder);
    vww_graph_destroy(graph);
}

/* Only the kernels in use are in the package. */
static void only_used_kernels(void **state)
{
    (void)state;
    struct vww_graph *graph = int8_graph_small(1, 12);
    const struct folder folder = package(graph, "p");
    assert_true(vww_file_exists(folder_path(&folder, "p_rt_conv_2d.c")));
    assert_false(vww_file_exists(folder_path(&folder, "p_rt_fully_connected.c")));
    assert_false(vww_file_exists(folder_path(&folder, "p_rt_clamp.c")));
    folder_remove(&folder);
    vww_graph_destroy(graph);
}

/* A model whose input is not byte - 128 maps pixels through a table. */
static void other_input_scales(void **state)
{
    (void)state;
    struct vww_graph *graph = int8_graph_small(1, 8);
    graph->preprocessing.mean = 100;
    graph->preprocessing.scale = 1.0f / 90;
    const struct folder folder = package(graph, "p");
    uint8_t pixels[8 * 8 * 3];
    int8_t integers[sizeof pixels];
    struct vww_buffer wanted = {0}, seen;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 5);
    vww_interpret_input(graph, pixels, integers, sizeof pixels);
    print_output(&wanted, integers, sizeof integers);
    vww_buffer_append(&wanted, "", 1);
    folder_write(&folder, "main.txt",
                 "#include \"p.h\"\n#include <stdio.h>\n"
                 "int main(void) { uint8_t pixels[P_INPUT_BYTES];\n"
                 " for (int i = 0; i < P_INPUT_BYTES; i++) pixels[i] = (uint8_t)(i * 5);\n"
                 " p_set_image(pixels);\n"
                 " for (int i = 0; i < P_INPUT_BYTES; i++) printf(\"%d \", p_input()[i]);\n"
                 " puts(\"\"); return 0; }\n");
    assert_int_equal(folder_run(&folder, "cc -o show p.c p_rt_*.c -x c main.txt && ./show", &seen),
                     VWW_OK);
    assert_string_equal((const char *)seen.data, (const char *)wanted.data);
    vww_buffer_fini(&wanted);
    vww_buffer_fini(&seen);
    folder_remove(&folder);
    vww_graph_destroy(graph);
}

static void names_from_a_file_stay_in_comments(void **state)
{
    (void)state;
    struct vww_graph *graph = int8_graph_small(1, 8);
    snprintf(graph->name, sizeof graph->name, "evil */ int main; /* \\\n \"quoted\" \xc3\xa9");
    snprintf(graph->ops[0].name, sizeof graph->ops[0].name, "a/b;c */ #error \n?\?\?/ x");
    snprintf(graph->tensors[graph->input].name, VWW_NAME_MAX, "*/ #error *\\");
    const struct folder folder = package(graph, "p");
    assert_int_equal(folder_run(&folder, "cc -c " WARNINGS "*.c", NULL), VWW_OK);
    folder_remove(&folder);
    vww_graph_destroy(graph);
}

static void output_folders(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *big = int8_graph_of_everything(1), *small = int8_graph_small(1, 12);
    const struct folder folder = folder_make();
    char out[VWW_PATH_MAX];
    snprintf(out, sizeof out, "%s", folder_path(&folder, "deep/out"));
    assert_ok(generate(big, out, "p", false, &error), &error);
    /* Again, with a model of fewer kernels: the old one's files leave. */
    assert_ok(generate(small, out, "p", false, &error), &error);
    assert_int_equal(
        folder_run(&folder, "test ! -e deep/out/p_rt_clamp.c && test -e deep/out/p.h", NULL),
        VWW_OK);
    /* Another prefix is something else. */
    assert_int_equal(generate(small, out, "q", false, &error), VWW_ERROR_ARGUMENT);
    assert_non_null(strstr(error.remedy, "--force"));
    /* So is any other file, even with a generated file's name. */
    assert_int_equal(folder_run(&folder,
                                "echo mine >deep/out/notes.txt && ls -A deep/out >before && "
                                "cat deep/out/* | cksum >>before",
                                NULL),
                     VWW_OK);
    assert_int_equal(generate(big, out, "p", false, &error), VWW_ERROR_ARGUMENT);
    assert_non_null(strstr(error.file, "notes.txt"));
    assert_int_equal(folder_run(&folder,
                                "ls -A deep/out >after && cat deep/out/* | cksum >>after && "
                                "cmp before after",
                                NULL),
                     VWW_OK);
    assert_ok(generate(big, out, "p", true, &error), &error);
    assert_int_equal(folder_run(&folder,
                                "test \"$(cat deep/out/notes.txt)\" = mine && cd deep/out && "
                                "make -s selftest",
                                NULL),
                     VWW_OK);
    /* A folder in the way. */
    assert_int_equal(folder_run(&folder, "rm deep/out/p.c && mkdir deep/out/p.c", NULL), VWW_OK);
    assert_int_equal(generate(big, out, "p", true, &error), VWW_ERROR_ARGUMENT);
    /* A file where the folder should be. */
    folder_write(&folder, "plain", "text");
    assert_int_equal(generate(big, folder_path(&folder, "plain"), "p", false, &error),
                     VWW_ERROR_IO);
    assert_int_equal(folder_run(&folder, "test \"$(cat plain)\" = text && rm -rf deep", NULL),
                     VWW_OK);
    folder_remove(&folder);
    vww_graph_destroy(big);
    vww_graph_destroy(small);
}

static void bad_requests(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = int8_graph_small(1, 12);
    const struct folder folder = folder_make();
    static const char *const prefixes[] = {
        "",    "1a",          "a-b", "a b", "_a",
        "int", "caf\xc3\xa9", "a.b", "a/b", "a123456789012345678901234567890123"};
    char out[VWW_PATH_MAX];
    snprintf(out, sizeof out, "%s", folder_path(&folder, "out"));
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        assert_int_equal(generate(graph, out, prefixes[i], false, &error), VWW_ERROR_ARGUMENT);
        assert_non_null(strstr(error.what, "identifier"));
    }
    struct vww_codegen_options options = {
        .directory = out, .prefix = "p", .target = "cortex-m5", .plan.strategy = "plain"};
    assert_int_equal(vww_codegen_write(graph, &options, NULL, &error), VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.remedy, "cortex-m4"));
    options.target = "portable";
    options.plan.strategy = "best";
    assert_int_equal(vww_codegen_write(graph, &options, NULL, &error), VWW_ERROR_NOT_FOUND);
    /* Float activations. */
    options.plan.strategy = "plain";
    graph->tensors[graph->input].dtype = VWW_FLOAT32;
    assert_int_equal(vww_codegen_write(graph, &options, NULL, &error), VWW_ERROR_UNSUPPORTED);
    assert_false(vww_directory_exists(out));
    folder_remove(&folder);
    vww_graph_destroy(graph);
}

/* Each allocation in turn fails: an error each time, and nothing is left behind. */
static void no_memory(void **state)
{
    (void)state;
    struct vww_graph *graph = int8_graph_small(1, 8);
    const struct folder folder = folder_make();
    char out[VWW_PATH_MAX];
    snprintf(out, sizeof out, "%s", folder_path(&folder, "out"));
    int64_t n = 1;
    for (;; n++) {
        struct vww_error error;
        vww_memory_fail_at(n);
        const vww_status status = generate(graph, out, "p", false, &error);
        vww_memory_fail_at(0);
        if (status == VWW_OK)
            break;
        assert_int_equal(status, VWW_ERROR_MEMORY);
        assert_false(vww_directory_exists(out));
        assert_true(n < 2000);
    }
    assert_true(n > 20);
    folder_remove(&folder);
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compiles_without_warnings),
        cmocka_unit_test(needs_nothing_and_offers_prefixed),
        cmocka_unit_test(selftest_passes_and_can_fail),
        cmocka_unit_test(library_builds),
        cmocka_unit_test(two_models_in_one_program),
        cmocka_unit_test(arena_is_exact),
        cmocka_unit_test(only_used_kernels),
        cmocka_unit_test(other_input_scales),
        cmocka_unit_test(names_from_a_file_stay_in_comments),
        cmocka_unit_test(output_folders),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
