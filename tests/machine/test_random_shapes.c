/* The tuned kernels on emulated cores over random graphs, row by row from and to rings of rows:
 * equal to the interpreter. */
#include "support/int8_graph.h"

#include "support/on_machine.h"

#define RANDOM_SHAPES 3

static int32_t between(struct int8_builder *b, int32_t low, int32_t high)
{
    return low + (int32_t)vww_random_below(&b->random, (uint32_t)(high - low) + 1);
}

/* Windows, strides, numbers of channels and activations at random, and additions; in fours where
 * `fours`, so that more of the kernels fit. The plan keeps rings of rows. */
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
        conv.kernel = between(&b, 0, 3) ? 3 + 2 * between(&b, 0, 1) : between(&b, 2, 7);
        conv.stride = 1 + between(&b, 0, 4) / 4;
        conv.dilation = conv.stride == 1 ? 1 + between(&b, 0, 3) / 3 : 1;
        conv.activation = activations[between(&b, 0, 2)];
        x = int8_depthwise(&b, x, conv);
        const struct int8_conv linear = {.channels = conv.channels, .kernel = 1, .stride = 1};
        if (between(&b, 0, 1))
            x = int8_add(&b, x, int8_conv(&b, x, linear), activations[between(&b, 0, 2)]);
    }
    int8_fully_connected(&b, int8_flatten(&b, x), 7);
    assert_ok(vww_graph_check(b.graph, true, &error), &error);
    return b.graph;
}

static void random_shapes_equal_interpreter_on(const char *machine)
{
    for (uint64_t i = 0; i < RANDOM_SHAPES; i++) {
        struct vww_graph *graph = random_shapes(i + 1, i % 2 == 0);
        equals_interpreter(graph, machine, 4);
        vww_graph_destroy(graph);
    }
}

static void random_shapes_on_cortex_m3(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    random_shapes_equal_interpreter_on("mps2-an385");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_shapes_on_cortex_m3),
        cmocka_unit_test(random_shapes_on_cortex_m4),
        cmocka_unit_test(random_shapes_on_cortex_m55),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
