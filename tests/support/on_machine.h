/* Run a graph's generated C on a machine and compare every output integer with the interpreter's.
 */
#ifndef VWW_TESTS_ON_MACHINE_H
#define VWW_TESTS_ON_MACHINE_H

#include "base/random.h"
#include "support/folder.h"
#include "vww/interpret.h"

static inline bool can_emulate(void)
{
    if (have_program("arm-none-eabi-gcc") && have_program("qemu-system-arm"))
        return true;
    print_message("gcc-arm-none-eabi or qemu-system-arm is not installed: skipped\n");
    return false;
}

/* Random images of many kinds, and what the interpreter makes of them. */
struct expected {
    int8_t *inputs, *outputs;
    int64_t input_bytes, output_bytes;
};

static inline struct expected expect(const struct vww_graph *graph, int64_t images)
{
    struct vww_error error;
    struct vww_interpreter *interpreter;
    struct expected e = {
        .input_bytes = vww_shape_elements(&graph->tensors[graph->input].shape),
        .output_bytes = vww_shape_elements(&graph->tensors[graph->output].shape),
    };
    e.inputs = vww_allocate((size_t)(images * e.input_bytes), 1);
    e.outputs = vww_allocate((size_t)(images * e.output_bytes), 1);
    assert_non_null(e.inputs);
    assert_non_null(e.outputs);
    assert_ok(vww_interpreter_create(graph, &interpreter, &error), &error);
    for (int64_t i = 0; i < images; i++) {
        struct vww_random random = vww_random_init(11, VWW_RANDOM_TEST, 0, (uint64_t)i);
        int8_t *input = e.inputs + i * e.input_bytes;
        const int64_t run = 1 + vww_random_below(&random, 64); /* from noise to broad stripes */
        const uint32_t contrast = 2 + vww_random_below(&random, 255);
        const int32_t darkest = (int32_t)vww_random_below(&random, 257 - contrast) - 128;
        for (int64_t k = 0; k < e.input_bytes; k++)
            input[k] = k % run != 0
                           ? input[k - 1]
                           : (int8_t)(darkest + (int32_t)vww_random_below(&random, contrast));
        vww_interpreter_run(interpreter, input, e.outputs + i * e.output_bytes);
    }
    vww_interpreter_destroy(interpreter);
    return e;
}

static inline void expected_fini(struct expected *e)
{
    vww_free(e->inputs);
    vww_free(e->outputs);
}

/* options may be NULL. */
static inline void equals_interpreter_as(const struct vww_graph *graph, const char *name,
                                         int64_t images, const struct vww_machine_options *options)
{
    struct vww_error error;
    const struct vww_machine *machine;
    struct vww_machine_build build;
    struct vww_machine_report report;
    struct expected e = expect(graph, images);
    int8_t *outputs = vww_allocate((size_t)(images * e.output_bytes), 1);
    assert_non_null(outputs);
    assert_ok(vww_machine_find(name, &machine, &error), &error);
    assert_ok(vww_machine_build(graph, machine, options, &build, &error), &error);
    assert_ok(vww_machine_run(&build, e.inputs, images, false, outputs, &report, &error), &error);
    assert_int_equal(report.images, images);
    assert_memory_equal(outputs, e.outputs, (size_t)(images * e.output_bytes));
    vww_machine_build_fini(&build);
    assert_false(vww_directory_exists(build.directory));
    vww_free(outputs);
    expected_fini(&e);
}

static inline void equals_interpreter(const struct vww_graph *graph, const char *name,
                                      int64_t images)
{
    equals_interpreter_as(graph, name, images, NULL);
}

#endif
