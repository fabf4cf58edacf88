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

static int32_t between(struct int8_builder *b, int32_t low, int32_t high)
{
    return low + (int32_t)vww_random_below(&b->random, (uint32_t)(high - low) + 1);
}

/* Windows, strides, numbers of channels and activations at random; in fours where `fours`, so that
 * more of the kernels fit. The plan keeps rings of rows. */
static struct vww_graph *random_shapes(uint64_t seed, bool fours)
{
    static const enum vww_activation activations[] = {VWW_ACTIVATION_RELU6, VWW_ACTIVATION_NONE,
                                                      VWW_ACTIVATION_RELU};
    struct vww_error error;
    struct int8_builder b = int8_begin("random", seed, 0, 0, 0);
    vww_graph_destroy(b.graph);
    const int32_t height = between(&b, 11, 24), width = between(&b, 9, 24);
    b = int8_begin("random", seed, height, width, between(&b, 1, 5));
    int32_t x = b.graph->input;
    for (int32_t i = 0; i < 6; i++) {
        const int32_t channels = between(&b, 1, 40);
        struct int8_conv conv = {.channels = fours ? (channels + 3) / 4 * 4 : channels,
                                 .kernel = between(&b, 0, 1) ? 1 : between(&b, 2, 5),
                                 .stride = 1 + between(&b, 0, 5) / 5,
                                 .activation = activations[between(&b, 0, 2)]};
        x = int8_conv(&b, x, conv);
        conv.kernel = between(&b, 0, 1) ? 3 : between(&b, 2, 7);
        conv.stride = 1 + between(&b, 0, 4) / 4;
        conv.dilation = conv.stride == 1 ? between(&b, 1, 2) : 1;
        conv.activation = activations[between(&b, 0, 2)];
        x = int8_depthwise(&b, x, conv);
    }
    int8_fully_connected(&b, int8_flatten(&b, x), 7);
    assert_ok(vww_graph_check(b.graph, true, &error), &error);
    return b.graph;
}

static void random_shapes_equal_interpreter_on(const char *machine)
{
    for (uint64_t i = 0; i < 3; i++) {
        struct vww_graph *graph = random_shapes(i + 1, i % 2 == 0);
        equals_interpreter(graph, machine, 4);
        vww_graph_destroy(graph);
    }
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

static void random_shapes_on_cortex_m4(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    random_shapes_equal_interpreter_on("mps2-an386");
}

static void random_shapes_on_cortex_m55(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    random_shapes_equal_interpreter_on("mps3-an547");
}

/* MobileNet V1 0.25 at 96x96, 7,489,664 multiply-adds. The ceilings leave 4 % for another version
 * of the compiler. */
static void instruction_ceilings(void **state)
{
    static const struct {
        const char *machine;
        int64_t most;
    } ceilings[] = {{"mps2-an385", 22000000},
                    {"mps2-an386", 12000000},
                    {"mps2-an500", 12500000},
                    {"mps3-an547", 3600000}};
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
        cmocka_unit_test(shapes_on_cortex_m3),        cmocka_unit_test(shapes_on_cortex_m4),
        cmocka_unit_test(shapes_on_cortex_m7),        cmocka_unit_test(shapes_on_cortex_m55),
        cmocka_unit_test(random_shapes_on_cortex_m4), cmocka_unit_test(random_shapes_on_cortex_m55),
        cmocka_unit_test(instruction_ceilings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
