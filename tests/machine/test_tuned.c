/* The tuned kernels on emulated cores: equal to the interpreter over shapes around their blocks,
 * and no slower than they were. */
#include "support/int8_graph.h"

#include "support/on_machine.h"
#include "vww/quantize.h"
#include "vww/zoo.h"

/* Odd sizes, strides of 1 and 2, both paddings, outputs that clamp at the zero point and others. */
static const struct vww_machine_options planes = {.plan = {.strategy = "plain"}};

static struct vww_graph *tuned_shapes(uint64_t seed, int32_t height, int32_t width)
{
    static const enum vww_activation activations[] = {VWW_ACTIVATION_RELU6, VWW_ACTIVATION_NONE,
                                                      VWW_ACTIVATION_RELU};
    struct vww_error error;
    struct int8_builder b = int8_begin("tuned", seed, height, width, 3);
    int32_t x = b.graph->input;
    for (int32_t i = 0; i < 5; i++) {
        const enum vww_padding padding = i == 3 ? VWW_PADDING_VALID : VWW_PADDING_SAME;
        const struct int8_conv full = {.channels = 4 + 4 * i,
                                       .kernel = i == 0 ? 3 : 1 + i / 4,
                                       .stride = 1,
                                       .activation = activations[i % 3]};
        const struct int8_conv depthwise = {.channels = full.channels,
                                            .kernel = 3,
                                            .stride = 1 + i % 2,
                                            .padding = padding,
                                            .activation = activations[(i + 1) % 3]};
        x = int8_conv(&b, x, full);
        x = int8_depthwise(&b, x, depthwise);
    }
    int8_flatten(&b, x);
    b.graph->output = b.graph->ops[b.graph->op_count - 1].outputs[0];
    assert_ok(vww_graph_check(b.graph, true, &error), &error);
    return b.graph;
}

static void equals_interpreter_on(const char *machine)
{
    static const int32_t sizes[][2] = {{12, 17}, {15, 12}, {13, 13}};
    for (uint64_t i = 0; i < 3; i++) {
        struct vww_graph *graph = tuned_shapes(i + 1, sizes[i][0], sizes[i][1]);
        equals_interpreter(graph, machine, 8);
        vww_graph_destroy(graph);
    }
}

static void shapes_on_cortex_m3(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    equals_interpreter_on("mps2-an385");
}

static void shapes_on_cortex_m4(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    equals_interpreter_on("mps2-an386");
}

static void shapes_on_cortex_m7(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    equals_interpreter_on("mps2-an500");
}

static void shapes_on_cortex_m55(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    equals_interpreter_on("mps3-an547");
}

/* MobileNet V1 0.25 at 96x96, 7,489,664 multiply-adds. The ceilings leave 4 % for another version
 * of the compiler. */
static void instruction_ceilings(void **state)
{
    static const struct {
        const char *machine;
        int64_t most;
    } ceilings[] = {{"mps2-an385", 21400000},
                    {"mps2-an386", 11800000},
                    {"mps2-an500", 11800000},
                    {"mps3-an547", 3300000}};
    (void)state;
    if (!can_emulate())
        skip();
    struct vww_error error;
    struct vww_graph *graph, *integer;
    const struct vww_zoo_options options = {
        .family = "mobilenet_v1", .depth_multiplier = 0.25, .resolution = 96, .classes = 2};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_quantize_random(graph, 1, NULL, &integer, &error), &error);
    for (size_t i = 0; i < sizeof ceilings / sizeof ceilings[0]; i++) {
        struct vww_bench bench;
        int8_t output[2];
        assert_ok(
            vww_machine_bench(integer, ceilings[i].machine, &planes, NULL, output, &bench, &error),
            &error);
        print_message("%s: %lld instructions\n", ceilings[i].machine,
                      (long long)bench.instructions);
        assert_in_range(bench.instructions, 1000000, ceilings[i].most);
        assert_int_equal(bench.sram_bytes.state, 0);
        assert_in_range(bench.sram_bytes.scratch, 1, 4096);
    }
    vww_graph_destroy(graph);
    vww_graph_destroy(integer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_on_cortex_m3),  cmocka_unit_test(shapes_on_cortex_m4),
        cmocka_unit_test(shapes_on_cortex_m7),  cmocka_unit_test(shapes_on_cortex_m55),
        cmocka_unit_test(instruction_ceilings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
