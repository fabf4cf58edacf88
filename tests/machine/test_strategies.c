/* Generated C of every planning strategy, for operators that are seldom planned: those in paths,
 * and pointwise ones going row by row. */
#include "support/int8_graph.h"

#include "support/on_machine.h"

static int32_t pointwise(struct int8_builder *b, enum vww_op_kind kind, int32_t x, int32_t other,
                         float scale, int32_t zero_point)
{
    return int8_append(
        b, (struct vww_op){.kind = kind, .inputs = {x, other}, .input_count = other >= 0 ? 2 : 1},
        scale, zero_point);
}

/* One value for each channel: a constant. */
static int32_t channel_factors(struct int8_builder *b, int32_t channels)
{
    struct vww_error error;
    const struct vww_shape shape = {.rank = 1, .dims = {channels}};
    const int32_t factors = int8_tensor(b, VWW_ROLE_CONSTANT, VWW_INT8, &shape);
    struct vww_tensor *tensor = &b->graph->tensors[factors];
    assert_ok(vww_tensor_allocate(tensor, &error), &error);
    assert_ok(vww_tensor_quantize(tensor, 1.0f / 64, 3, &error), &error);
    for (int32_t c = 0; c < channels; c++)
        ((int8_t *)tensor->data)[c] = (int8_t)vww_random_below(&b->random, 256);
    return factors;
}

/* x * sigmoid(x), hard_swish, a factor and an addend for each channel, another scale, between
 * windows. */
static struct vww_graph *swishes(void)
{
    struct vww_error error;
    struct int8_builder b = int8_begin("swishes", 3, 17, 14, 3);
    int32_t x =
        int8_conv(&b, b.graph->input, (struct int8_conv){.channels = 8, .kernel = 3, .stride = 1});
    const int32_t gate = pointwise(&b, VWW_OP_LOGISTIC, x, -1, 1.0f / 256, -128);
    x = pointwise(&b, VWW_OP_MUL, x, gate, int8_scale(&b, x), -40);
    x = int8_depthwise(&b, x, (struct int8_conv){.channels = 8, .kernel = 3, .stride = 2});
    x = pointwise(&b, VWW_OP_HARD_SWISH, x, -1, int8_scale(&b, x), -100);
    x = pointwise(&b, VWW_OP_MUL, x, channel_factors(&b, 8), int8_scale(&b, x), 7);
    x = pointwise(&b, VWW_OP_ADD, x, channel_factors(&b, 8), int8_scale(&b, x), -3);
    x = pointwise(&b, VWW_OP_QUANTIZE, x, -1, int8_scale(&b, x) * 1.3f, 20);
    x = int8_conv(&b, x, (struct int8_conv){.channels = 4, .kernel = 3, .stride = 1});
    int8_flatten(&b, x);
    assert_ok(vww_graph_check(b.graph, true, &error), &error);
    return b.graph;
}

/* Residuals with many channels inside; in the second, a window of 5 and a pool as well. */
static struct vww_graph *inverted_residuals(void)
{
    struct vww_error error;
    struct int8_builder b = int8_begin("residuals", 4, 16, 13, 3);
    int32_t x =
        int8_conv(&b, b.graph->input, (struct int8_conv){.channels = 8, .kernel = 3, .stride = 1});
    for (int32_t i = 0; i < 2; i++) {
        const int32_t before = x;
        const struct int8_conv wide = {
            .channels = 24 + 12 * i, .kernel = 1, .stride = 1, .activation = VWW_ACTIVATION_RELU6};
        x = int8_conv(&b, x, wide);
        x = int8_depthwise(&b, x,
                           (struct int8_conv){.channels = wide.channels,
                                              .kernel = 3 + 2 * i,
                                              .stride = 1,
                                              .activation = VWW_ACTIVATION_RELU6});
        if (i == 1)
            x = int8_average_pool(&b, x, 3, 1, VWW_PADDING_SAME);
        x = int8_conv(&b, x, (struct int8_conv){.channels = 8, .kernel = 1, .stride = 1});
        x = pointwise(&b, VWW_OP_ADD, before, x, int8_scale(&b, x), 2);
    }
    x = int8_conv(&b, x, (struct int8_conv){.channels = 32, .kernel = 1, .stride = 1});
    x = int8_depthwise(&b, x, (struct int8_conv){.channels = 32, .kernel = 3, .stride = 2});
    x = int8_conv(&b, x, (struct int8_conv){.channels = 6, .kernel = 1, .stride = 1});
    int8_flatten(&b, x);
    assert_ok(vww_graph_check(b.graph, true, &error), &error);
    return b.graph;
}

static void every_strategy(const struct vww_graph *graph, const char *machine)
{
    static const char *const strategies[] = {"plain", "in-place", "split", "stream",
                                             "stream+split"};
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        const struct vww_machine_options options = {.plan = {.strategy = strategies[i]}};
        equals_interpreter_as(graph, machine, 3, &options);
    }
}

static void on_the_host(void **state)
{
    (void)state;
    struct vww_graph *graphs[] = {swishes(), inverted_residuals()};
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++) {
        every_strategy(graphs[i], "host");
        vww_graph_destroy(graphs[i]);
    }
}

static void on_cortex_m(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    struct vww_graph *graphs[] = {swishes(), inverted_residuals()};
    every_strategy(graphs[1], "mps2-an386");
    equals_interpreter(graphs[0], "mps2-an386", 3);
    equals_interpreter(graphs[0], "mps2-an385", 3);
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++)
        vww_graph_destroy(graphs[i]);
}

/* What the pointwise operators are planned by rows for: the whole chain streams. */
static void swishes_stream(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_plan stream, planes;
    struct vww_graph *graph = swishes();
    const struct vww_plan_options by_rows = {.strategy = "stream"},
                                  whole = {.strategy = "in-place"};
    assert_ok(vww_plan_make(graph, &by_rows, &stream, &error), &error);
    assert_ok(vww_plan_make(graph, &whole, &planes, &error), &error);
    assert_true(stream.feeds_rows);
    for (int32_t op = 0; op + 1 < graph->op_count; op++)
        assert_int_equal(stream.segments[op], 0);
    assert_true(2 * stream.arena_bytes < planes.arena_bytes);
    vww_plan_fini(&stream);
    vww_plan_fini(&planes);
    vww_graph_destroy(graph);
}

/* Paths are chosen by the budget: the fewest that fit it. */
static void a_budget_chooses_the_paths(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_plan whole, least, some;
    struct vww_graph *graph = inverted_residuals();
    struct vww_plan_options options = {.strategy = "in-place"};
    assert_ok(vww_plan_make(graph, &options, &whole, &error), &error);
    options.strategy = "split";
    assert_ok(vww_plan_make(graph, &options, &least, &error), &error);
    assert_true(least.arena_bytes < whole.arena_bytes);
    options.sram_bytes = (least.arena_bytes + 3 * whole.arena_bytes) / 4;
    assert_ok(vww_plan_make(graph, &options, &some, &error), &error);
    assert_true(some.arena_bytes <= options.sram_bytes);
    assert_true(some.op_count > whole.op_count && some.op_count < least.op_count);
    vww_plan_fini(&some);
    options.sram_bytes = whole.arena_bytes;
    assert_ok(vww_plan_make(graph, &options, &some, &error), &error);
    assert_int_equal(some.op_count, whole.op_count);
    vww_plan_fini(&some);
    vww_plan_fini(&least);
    vww_plan_fini(&whole);
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_the_host),
        cmocka_unit_test(on_cortex_m),
        cmocka_unit_test(swishes_stream),
        cmocka_unit_test(a_budget_chooses_the_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
