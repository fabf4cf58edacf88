/* Generated C on the host and on emulated cores: every output integer equal to the interpreter's.
 * What needs the cross compiler or QEMU is skipped where they are not installed. */
#include "support/int8_graph.h"

#include "machine/count.h"
#include "support/on_machine.h"
#include "vww/plan.h"

#define IMAGES 24

/* Models that take the whole image at once. */
static const struct vww_machine_options planes = {.plan = {.strategy = "plain"}};

static void host_equals_interpreter(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct vww_graph *graph = int8_graph_of_everything(seed);
        equals_interpreter(graph, "host", IMAGES);
        vww_graph_destroy(graph);
    }
    struct vww_graph *graph = int8_graph_small(1, 32);
    equals_interpreter(graph, "host", IMAGES);
    vww_graph_destroy(graph);
}

static void cortex_m4_equals_interpreter(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    struct vww_graph *graph = int8_graph_of_everything(4);
    equals_interpreter(graph, "mps2-an386", IMAGES);
    vww_graph_destroy(graph);
    graph = int8_graph_small(2, 32);
    equals_interpreter(graph, "mps2-an386", IMAGES);
    vww_graph_destroy(graph);
}

static void every_machine_equals_interpreter(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    size_t count;
    const char *const *names = vww_machine_names(&count);
    struct vww_graph *graph = int8_graph_of_everything(5);
    for (size_t i = 0; i < count; i++)
        equals_interpreter(graph, names[i], 4);
    vww_graph_destroy(graph);
}

/* The predictor cuts its images into shares, each a start of the machine. */
static void predictor_equals_interpreters(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = int8_graph_small(3, 16);
    enum { COUNT = 21, BYTES = 16 * 16 * 3 };
    uint8_t images[COUNT * BYTES];
    float wanted[COUNT * 2], seen[COUNT * 2];
    for (size_t i = 0; i < sizeof images; i++)
        images[i] = (uint8_t)(i * i / 7 + i / BYTES * 31);
    struct vww_predictor predictor;
    assert_ok(vww_interpret_predictor(graph, &predictor, &error), &error);
    assert_ok(predictor.predict(predictor.context, images, COUNT, wanted, &error), &error);
    vww_predictor_fini(&predictor);
    for (int emulated = 0; emulated < 2; emulated++) {
        if (emulated && !can_emulate())
            break;
        assert_ok(vww_machine_predictor(graph, emulated ? "mps2-an386" : "host", NULL, &predictor,
                                        &error),
                  &error);
        assert_int_equal(predictor.resolution, 16);
        assert_int_equal(predictor.classes, 2);
        assert_string_equal(predictor.kind, "device");
        memset(seen, 0, sizeof seen);
        assert_ok(predictor.predict(predictor.context, images, COUNT, seen, &error), &error);
        assert_memory_equal(seen, wanted, sizeof seen);
        assert_ok(predictor.predict(predictor.context, images, 1, seen, &error), &error);
        assert_memory_equal(seen, wanted, 2 * sizeof *seen);
        vww_predictor_fini(&predictor);
    }
    vww_graph_destroy(graph);
}

static void bench_counts(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = int8_graph_small(4, 24);
    struct vww_plan plan;
    struct vww_bench bench, again;
    struct expected e = expect(graph, 1);
    int8_t output[2];
    assert_ok(vww_plan_make(graph, &(struct vww_plan_options){.strategy = "plain"}, &plan, &error),
              &error);
    assert_ok(vww_machine_bench(graph, "host", &planes, e.inputs, output, &bench, &error), &error);
    assert_memory_equal(output, e.outputs, 2);
    assert_int_equal(bench.instructions, -1);
    assert_int_equal(bench.sram_bytes.arena, plan.arena_bytes);
    if (can_emulate()) {
        assert_ok(vww_machine_bench(graph, "mps2-an386", &planes, e.inputs, output, &bench, &error),
                  &error);
        assert_ok(vww_machine_bench(graph, "mps2-an386", &planes, e.inputs, output, &again, &error),
                  &error);
        assert_memory_equal(output, e.outputs, 2);
        assert_int_equal(bench.layer_count, again.layer_count);
        assert_memory_equal(bench.layers, again.layers,
                            (size_t)bench.layer_count * sizeof *bench.layers);
        assert_int_equal(bench.instructions, again.instructions);
        assert_memory_equal(&bench.sram_bytes, &again.sram_bytes, sizeof bench.sram_bytes);
        assert_memory_equal(&bench.flash_bytes, &again.flash_bytes, sizeof bench.flash_bytes);
        vww_bench_fini(&again);
        int64_t macs = 0, weights = 0;
        for (int32_t i = 0; i < graph->op_count; i++)
            macs += vww_op_macs(graph, &graph->ops[i]);
        for (int32_t t = 0; t < graph->tensor_count; t++)
            if (graph->tensors[t].role == VWW_ROLE_WEIGHT)
                weights += vww_shape_elements(&graph->tensors[t].shape);
        assert_true(bench.instructions > macs && bench.instructions < 60 * macs);
        assert_int_equal(bench.sram_bytes.arena, plan.arena_bytes);
        assert_int_equal(bench.sram_bytes.state, 0);
        assert_true(bench.sram_bytes.stack > 0 && bench.sram_bytes.stack < 1024);
        assert_true(bench.sram_bytes.scratch >= 0 && bench.sram_bytes.scratch < 4096);
        assert_int_equal(bench.sram_bytes.total,
                         plan.arena_bytes + bench.sram_bytes.scratch + bench.sram_bytes.stack);
        assert_true(bench.flash_bytes.weights > weights);
        assert_true(bench.flash_bytes.code > 500 && bench.flash_bytes.code < 20000);
        vww_bench_fini(&bench);
    }
    expected_fini(&e);
    vww_plan_fini(&plan);
    vww_graph_destroy(graph);
}

/* The instruction counter against a program whose length is known: a loop of 2 instructions takes
 * the place of the model, and the input says how many turns it makes. */
static void instruction_counter_is_exact(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    static const char source[] =
        "#include \"model.h\"\nstatic _Alignas(4) int8_t memory[MODEL_INPUT_BYTES];\n"
        "int8_t *model_input(void) { return memory; }\n"
        "const int8_t *model_run(void) {\n"
        "    uint32_t n = *(const volatile uint32_t *)memory;\n"
        "    __asm__ volatile(\"1: subs %0, #1\\n bne 1b\" : \"+r\"(n) : : \"cc\");\n"
        "    return memory;\n}\n";
    struct vww_graph *graph = int8_graph_small(1, 8);
    size_t count;
    const char *const *names = vww_machine_names(&count);
    for (size_t i = 1; i < count; i++) {
        static const uint32_t turns[] = {1, 2, 3, 4, 5, 100, 12345, 1000000};
        struct vww_error error;
        const struct vww_machine *machine;
        struct vww_machine_build build;
        struct vww_machine_report report;
        char path[VWW_PATH_MAX];
        assert_ok(vww_machine_find(names[i], &machine, &error), &error);
        assert_ok(vww_machine_generate(graph, machine, &planes, &build, &error), &error);
        assert_ok(vww_path_join(path, build.directory, "model.c", &error), &error);
        assert_ok(vww_file_write(path, source, sizeof source - 1, &error), &error);
        assert_ok(vww_machine_compile(&build, &error), &error);
        struct vww_machine_layers layers;
        assert_ok(vww_machine_watch(&build, &layers, &error), &error);
        int64_t first = 0;
        for (size_t k = 0; k < sizeof turns / sizeof turns[0]; k++) {
            int8_t input[8 * 8 * 3] = {0}, output[2];
            memcpy(input, &turns[k], sizeof turns[k]);
            assert_ok(vww_machine_run(&build, input, 1, true, output, &report, &error), &error);
            const int64_t instructions = vww_machine_instructions(machine, &report);
            if (k == 0)
                first = instructions;
            assert_int_equal(instructions - first, 2 * (turns[k] - turns[0]));
            /* The plugin's count, and that a turn is a subtraction and a branch. */
            struct vww_bench bench = {0};
            assert_ok(vww_machine_read_counts(&build, &layers, &bench, &error), &error);
            assert_int_equal(bench.instructions, instructions);
            assert_int_equal(bench.classes[VWW_CLASS_BRANCH], turns[k] + 1); /* and the return */
            assert_int_equal(bench.classes[VWW_CLASS_OTHER] + bench.classes[VWW_CLASS_LOAD],
                             bench.instructions + 2 - turns[k] - 1);
            vww_bench_fini(&bench);
        }
        vww_machine_layers_fini(&layers);
        vww_machine_build_fini(&build);
    }
    vww_graph_destroy(graph);
}

/* 5,000,000,001 instructions of 128 ns at 25 MHz: the counter wrapped three times, the 100 Hz one
 * says so. */
static void instruction_counter_wraps(void **state)
{
    (void)state;
    struct vww_error error;
    const struct vww_machine *machine;
    assert_ok(vww_machine_find("mps2-an386", &machine, &error), &error);
    const int64_t ticks = 5000000001ll * 128 / 40;
    for (int64_t jitter = -1; jitter <= 1; jitter++) {
        const struct vww_machine_report report = {.ticks = ticks % (1ll << 32),
                                                  .ticks_100hz = ticks * 40 / 10000000 + jitter};
        assert_int_equal(vww_machine_instructions(machine, &report), 5000000001ll);
    }
}

/* Layers, classes and whole of one count add up; the library compared it with the clock's. */
static void adds_up(const struct vww_graph *graph, const struct vww_bench *bench)
{
    int64_t instructions = 0, classes[VWW_CLASS_COUNT] = {0};
    assert_string_equal(bench->counter, "plugin");
    assert_string_equal(bench->note, "");
    assert_true(bench->layer_count > 1 && bench->layer_count <= graph->op_count + 1);
    for (int32_t i = 0; i < bench->layer_count; i++) {
        const struct vww_bench_layer *layer = &bench->layers[i];
        int64_t of_layer = 0;
        assert_true(i == 0 || layer->index > bench->layers[i - 1].index);
        assert_true(layer->index < graph->op_count && layer->name[0] != '\0');
        for (int k = 0; k < VWW_CLASS_COUNT; k++) {
            of_layer += layer->classes[k];
            classes[k] += layer->classes[k];
        }
        assert_int_equal(of_layer, layer->instructions);
        instructions += layer->instructions;
        if (layer->index >= 0)
            assert_true(layer->instructions >= vww_op_macs(graph, &graph->ops[layer->index]) / 2);
    }
    assert_memory_equal(classes, bench->classes, sizeof classes);
    assert_int_equal(instructions, bench->instructions + 2); /* those of an empty function */
}

static void every_machine_counts_layers(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    struct vww_graph *graph = int8_graph_of_everything(6);
    size_t count;
    const char *const *names = vww_machine_names(&count);
    for (size_t i = 1; i < count; i++) {
        struct vww_error error;
        struct vww_bench bench;
        int8_t output[64];
        assert_ok(vww_machine_bench(graph, names[i], &planes, NULL, output, &bench, &error),
                  &error);
        adds_up(graph, &bench);
        const bool is_m4 = strcmp(names[i], "mps2-an386") == 0;
        assert_int_equal(bench.cycles_estimate > bench.instructions, is_m4);
        assert_int_equal(bench.cycles_estimate == -1, !is_m4);
        vww_bench_fini(&bench);
    }
    vww_graph_destroy(graph);
}

/* Calls of one kernel for two layers, which the compiler may merge into one: what each layer
 * executes is told apart by the constants that its kernel reads. */
static void merged_calls_are_told_apart(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    static const char source[] =
        "#include \"model.h\"\nstruct turns { uint32_t count; };\n"
        "void model_turn(const struct turns *turns, int8_t *memory);\n"
        "static int8_t memory[MODEL_INPUT_BYTES];\n"
        "static const struct turns op0_few = {1000};\n"
        "static const struct turns op1_many = {3000};\n"
        "static const uint8_t order[6] = {0, 1, 1, 0, 1, 0};\n"
        "int8_t *model_input(void) { return memory; }\n"
        "static void step(uint8_t which) {\n"
        "    model_turn(which == 0 ? &op0_few : &op1_many, memory);\n}\n"
        "const int8_t *model_run(void) {\n"
        "    for (uint32_t i = 0; i < sizeof order; i++)\n        step(order[i]);\n"
        "    return memory;\n}\n";
    static const char kernel[] =
        "#include <stdint.h>\nvoid model_turn(const uint32_t *count, int8_t *memory);\n"
        "void model_turn(const uint32_t *count, int8_t *memory) {\n"
        "    uint32_t n = *(const volatile uint32_t *)count;\n"
        "    __asm__ volatile(\"1: subs %0, #1\\n bne 1b\" : \"+r\"(n) : : \"cc\");\n"
        "    memory[0] = (int8_t)n;\n}\n";
    struct vww_error error;
    const struct vww_machine *machine;
    struct vww_machine_build build;
    struct vww_machine_layers layers;
    struct vww_machine_report report;
    struct vww_bench bench = {0};
    struct folder folder;
    int8_t input[8 * 8 * 3] = {0}, output[2];
    struct vww_graph *graph = int8_graph_small(1, 8);
    assert_ok(vww_machine_find("mps2-an386", &machine, &error), &error);
    assert_ok(vww_machine_generate(graph, machine, &planes, &build, &error), &error);
    snprintf(folder.path, sizeof folder.path, "%s", build.directory);
    folder_write(&folder, "model.c", source);
    folder_write(&folder, "model_turn.c", kernel);
    assert_ok(vww_machine_compile(&build, &error), &error);
    assert_ok(vww_machine_watch(&build, &layers, &error), &error);
    assert_ok(vww_machine_run(&build, input, 1, true, output, &report, &error), &error);
    assert_ok(vww_machine_read_counts(&build, &layers, &bench, &error), &error);
    assert_int_equal(bench.instructions, vww_machine_instructions(machine, &report));
    for (int32_t i = 0; i < bench.layer_count; i++) {
        const int64_t turns = bench.layers[i].index < 0    ? 0
                              : bench.layers[i].index == 0 ? 3 * 1000
                                                           : 3 * 3000;
        assert_in_range(bench.layers[i].instructions, 2 * turns, 2 * turns + 3 * 20);
    }
    assert_int_equal(bench.layer_count, 3);
    assert_string_equal(bench.layers[2].name, "many");
    vww_bench_fini(&bench);
    vww_machine_layers_fini(&layers);
    vww_machine_build_fini(&build);
    vww_graph_destroy(graph);
}

/* The line numbers that lead to the layers: code and constants are the same without them. */
static void line_numbers_change_no_code(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    struct vww_error error;
    const struct vww_machine *machine;
    struct vww_machine_build build;
    struct folder folder;
    struct vww_graph *graph = int8_graph_of_everything(3);
    assert_ok(vww_machine_find("mps2-an386", &machine, &error), &error);
    assert_ok(vww_machine_generate(graph, machine, &planes, &build, &error), &error);
    snprintf(folder.path, sizeof folder.path, "%s", build.directory);
    assert_int_equal(
        folder_run(&folder,
                   "for f in model*.c; do for g in -g0 -g1; do arm-none-eabi-gcc -mcpu=cortex-m4 "
                   "-mthumb -O2 -ffreestanding -c $g -o $f$g.o $f && arm-none-eabi-objcopy "
                   "--strip-debug $f$g.o || exit 1; done; cmp $f-g0.o $f-g1.o || exit 1; done",
                   NULL),
        VWW_OK);
    vww_machine_build_fini(&build);
    vww_graph_destroy(graph);
}

/* An emulator that refuses plugins: the clock counts, and the bench says why. */
static void counts_without_the_plugin(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    struct vww_graph *graph = int8_graph_small(4, 16);
    struct vww_error error;
    struct vww_bench with, without;
    int8_t output[2];
    const struct folder folder = folder_make();
    char *path = strdup(getenv("PATH")), changed[2 * VWW_PATH_MAX];
    assert_non_null(path);
    assert_ok(vww_machine_bench(graph, "mps2-an386", &planes, NULL, output, &with, &error), &error);
    snprintf(changed, sizeof changed,
             "#!/bin/sh\nfor word; do [ \"$word\" != -plugin ] || { echo no plugins here >&2; "
             "exit 1; }; done\nPATH='%s' exec qemu-system-arm \"$@\"\n",
             path);
    folder_write(&folder, "qemu-system-arm", changed);
    assert_int_equal(folder_run(&folder, "chmod +x qemu-system-arm", NULL), VWW_OK);
    snprintf(changed, sizeof changed, "%s:%s", folder.path, path);
    setenv("PATH", changed, 1);
    assert_ok(vww_machine_bench(graph, "mps2-an386", &planes, NULL, output, &without, &error),
              &error);
    setenv("PATH", path, 1);
    assert_string_equal(without.counter, "icount");
    assert_non_null(strstr(without.note, "no plugins here"));
    assert_null(without.layers);
    assert_int_equal(without.cycles_estimate, -1);
    assert_int_equal(without.instructions, with.instructions);
    vww_bench_fini(&with);
    vww_bench_fini(&without);
    free(path);
    folder_remove(&folder);
    vww_graph_destroy(graph);
}

static void edit(const struct vww_machine_build *build, const char *line)
{
    struct folder folder;
    snprintf(folder.path, sizeof folder.path, "%s", build->directory);
    assert_int_equal(folder_run(&folder, line, NULL), VWW_OK);
}

/* An arena that is too short is noticed by the guards around it. */
static void guards_notice_a_small_arena(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    struct vww_error error;
    struct vww_graph *graph = int8_graph_small(1, 16);
    const struct vww_machine *machine;
    struct vww_machine_build build;
    struct vww_machine_report report;
    struct expected e = expect(graph, 1);
    int8_t output[2];
    assert_ok(vww_machine_find("mps2-an386", &machine, &error), &error);
    assert_ok(vww_machine_generate(graph, machine, &planes, &build, &error), &error);
    edit(&build,
         "cp model.h kept && sed -i 's/\\(MODEL_ARENA_BYTES = [0-9]*\\),/\\1 - 64,/' model.h "
         "&& ! cmp -s kept model.h");
    assert_ok(vww_machine_compile(&build, &error), &error);
    assert_int_equal(vww_machine_run(&build, e.inputs, 1, false, output, &report, &error),
                     VWW_ERROR_TOOL);
    assert_non_null(strstr(error.seen, "outside its arena"));
    vww_machine_build_fini(&build);
    expected_fini(&e);
    vww_graph_destroy(graph);
}

static void crashes_are_reported(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    struct vww_error error;
    struct vww_graph *graph = int8_graph_small(1, 16);
    const struct vww_machine *machine;
    struct vww_machine_build build;
    struct vww_machine_report report;
    struct expected e = expect(graph, 1);
    int8_t output[2];
    assert_ok(vww_machine_find("mps2-an386", &machine, &error), &error);
    assert_ok(vww_machine_generate(graph, machine, &planes, &build, &error), &error);
    edit(&build, "cp model.c kept && sed -i '/model_run(void)/,$s/return arena/__builtin_trap(); "
                 "&/' model.c && ! cmp -s kept model.c");
    assert_ok(vww_machine_compile(&build, &error), &error);
    assert_int_equal(vww_machine_run(&build, e.inputs, 1, false, output, &report, &error),
                     VWW_ERROR_TOOL);
    assert_non_null(strstr(error.seen, "faulted"));
    vww_machine_build_fini(&build);
    /* A program that is not C. */
    assert_ok(vww_machine_generate(graph, machine, &planes, &build, &error), &error);
    edit(&build, "echo 'not C' >>model.c");
    assert_int_equal(vww_machine_compile(&build, &error), VWW_ERROR_TOOL);
    assert_non_null(strstr(error.seen, "model.c"));
    vww_machine_build_fini(&build);
    expected_fini(&e);
    vww_graph_destroy(graph);
}

static void too_large_for_the_machine(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    struct vww_error error;
    struct vww_bench bench;
    int8_t output[16];
    struct int8_builder b = int8_begin("large", 1, 300, 300, 3);
    int8_conv(&b, b.graph->input, (struct int8_conv){.channels = 8, .kernel = 3, .stride = 1});
    assert_int_equal(vww_machine_bench(b.graph, "mps3-an547", NULL, NULL, output, &bench, &error),
                     VWW_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.what, "does not fit"));
    assert_non_null(strstr(error.seen, "RAM"));
    vww_graph_destroy(b.graph);
}

/* A small firmware links for the boards of the paper's table 1, and what does not fit
 * is refused, naming the memory. */
static void boards_of_the_paper(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    static const char *const boards[] = {"frdm_k64f", "frdm_k66f", "stm32f723", "stm32f746"};
    struct vww_error error;
    struct vww_fit fit;
    struct vww_graph *graph = int8_graph_small(1, 96);
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++) {
        assert_ok(vww_machine_fit(graph, boards[i], &planes, &fit, &error), &error);
        assert_string_equal(fit.board, boards[i]);
        assert_true(fit.flash_bytes > 1000 && fit.flash_bytes < fit.board_flash_bytes);
        assert_true(fit.sram_bytes > 96 * 96 * 3 && fit.sram_bytes < fit.board_sram_bytes);
    }
    vww_graph_destroy(graph);
    /* 327,680 bytes of SRAM hold neither of these images. */
    struct int8_builder b = int8_begin("wide", 1, 340, 340, 3);
    int8_conv(&b, b.graph->input, (struct int8_conv){.channels = 2, .kernel = 3, .stride = 1});
    assert_int_equal(vww_machine_fit(b.graph, "stm32f746", &planes, &fit, &error),
                     VWW_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.what, "does not fit the memory of stm32f746"));
    assert_non_null(strstr(error.seen, "bytes of RAM too many"));
    assert_null(strstr(error.seen, "FLASH"));
    vww_graph_destroy(b.graph);
    /* 600,000 bytes of weights, of 524,288. */
    b = int8_begin("heavy", 1, 1, 1, 3000);
    int8_conv(&b, b.graph->input, (struct int8_conv){.channels = 200, .kernel = 1, .stride = 1});
    assert_int_equal(vww_machine_fit(b.graph, "stm32f723", &planes, &fit, &error),
                     VWW_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.seen, "bytes of FLASH too many"));
    assert_null(strstr(error.seen, "RAM"));
    assert_int_equal(vww_machine_fit(b.graph, "stm32f747", &planes, &fit, &error),
                     VWW_ERROR_NOT_FOUND);
    assert_int_equal(vww_machine_fit(b.graph, "esp32", &planes, &fit, &error),
                     VWW_ERROR_UNSUPPORTED);
    assert_int_equal(vww_machine_fit(b.graph, "stm32h743", &planes, &fit, &error),
                     VWW_ERROR_UNSUPPORTED);
    vww_graph_destroy(b.graph);
}

static void unknown_machines_and_missing_tools(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_predictor predictor;
    struct vww_graph *graph = int8_graph_small(1, 16);
    assert_int_equal(vww_machine_predictor(graph, "mps2-an368", NULL, &predictor, &error),
                     VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.remedy, "mps2-an386"));
    char *path = strdup(getenv("PATH"));
    assert_non_null(path);
    setenv("PATH", "/nowhere", 1);
    assert_int_equal(vww_machine_predictor(graph, "mps2-an386", NULL, &predictor, &error),
                     VWW_ERROR_TOOL);
    assert_non_null(strstr(error.remedy, "gcc-arm-none-eabi"));
    assert_int_equal(vww_machine_predictor(graph, "host", NULL, &predictor, &error),
                     VWW_ERROR_TOOL);
    setenv("PATH", path, 1);
    if (can_emulate()) {
        const struct vww_machine *machine;
        struct vww_machine_build build;
        struct vww_machine_report report;
        int8_t input[16 * 16 * 3] = {0}, output[2];
        assert_ok(vww_machine_find("mps2-an386", &machine, &error), &error);
        assert_ok(vww_machine_build(graph, machine, &planes, &build, &error), &error);
        setenv("PATH", "/nowhere", 1);
        assert_int_equal(vww_machine_run(&build, input, 1, false, output, &report, &error),
                         VWW_ERROR_TOOL);
        assert_non_null(strstr(error.remedy, "install qemu-system-arm"));
        setenv("PATH", path, 1);
        vww_machine_build_fini(&build);
    }
    free(path);
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_equals_interpreter),
        cmocka_unit_test(cortex_m4_equals_interpreter),
        cmocka_unit_test(every_machine_equals_interpreter),
        cmocka_unit_test(predictor_equals_interpreters),
        cmocka_unit_test(bench_counts),
        cmocka_unit_test(instruction_counter_is_exact),
        cmocka_unit_test(instruction_counter_wraps),
        cmocka_unit_test(every_machine_counts_layers),
        cmocka_unit_test(merged_calls_are_told_apart),
        cmocka_unit_test(line_numbers_change_no_code),
        cmocka_unit_test(counts_without_the_plugin),
        cmocka_unit_test(guards_notice_a_small_arena),
        cmocka_unit_test(crashes_are_reported),
        cmocka_unit_test(too_large_for_the_machine),
        cmocka_unit_test(boards_of_the_paper),
        cmocka_unit_test(unknown_machines_and_missing_tools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
