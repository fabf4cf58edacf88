/* Simplified graphs give the same bytes: random networks of all operators with constant, saturated
 * and unread channels planted, on random and extreme inputs; and the cases at the border one by
 * one. */
#include "base/memory.h"
#include "simplify/internal.h"
#include "support/int8_cases.h"
#include "support/int8_graph.h"
#include "vww/interpret.h"

#define NETWORKS 300
#define STRANGERS 1001 /* in place of a kind, for the random numbers */
#define INPUTS 12

static int draw(struct vww_random *random, int low, int high)
{
    return low + (int)vww_random_below(random, (uint32_t)high - (uint32_t)low + 1);
}

/* --- planting --------------------------------------------------------------------------------- */

static struct vww_tensor *weights_of(struct vww_graph *graph, const struct vww_op *op)
{
    return op->input_count > 1 && graph->tensors[op->inputs[1]].role == VWW_ROLE_WEIGHT
               ? &graph->tensors[op->inputs[1]]
               : NULL;
}

/* Weights of zero for one output channel; a bias that gives the zero point, or any, or saturates.
 */
static void plant_output(struct vww_graph *graph, const struct vww_op *op, int32_t o,
                         struct vww_random *random)
{
    struct vww_tensor *weights = weights_of(graph, op);
    const struct vww_channels channels =
        vww_shape_channels(&weights->shape, vww_op_weight_axis(op->kind));
    const int kind = draw(random, 0, 3);
    for (int64_t k = 0; k < channels.elements && kind < 3; k++)
        ((int8_t *)weights->data)[o * channels.start + k * channels.step] = 0;
    if (op->input_count > 2)
        ((int32_t *)graph->tensors[op->inputs[2]].data)[o] =
            kind == 0   ? 0
            : kind == 3 ? draw(random, 0, 1) * 2000000000 - 1000000000
                        : draw(random, -3000, 3000);
}

/* Weights of zero wherever one input channel is read. */
static void plant_input(struct vww_graph *graph, const struct vww_op *op, int32_t channel)
{
    struct vww_tensor *weights = weights_of(graph, op);
    const int32_t inputs = vww_channel_count(&weights->shape);
    const int64_t rows = vww_shape_elements(&weights->shape) / inputs;
    for (int64_t row = 0; row < rows; row++)
        ((int8_t *)weights->data)[row * inputs + channel % inputs] = 0;
}

static void plant(struct vww_graph *graph, struct vww_random *random)
{
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        const struct vww_tensor *weights = weights_of(graph, op);
        if (weights == NULL)
            continue;
        const int32_t axis = vww_op_weight_axis(op->kind), outputs = weights->shape.dims[axis];
        const int rate = draw(random, 0, 4);
        for (int32_t o = 0; o < outputs; o++)
            if (draw(random, 0, 4) < rate)
                plant_output(graph, op, o, random);
        if (op->kind == VWW_OP_DEPTHWISE_CONV_2D || draw(random, 0, 1) == 0)
            continue;
        for (int32_t c = 0; c < vww_channel_count(&weights->shape); c++)
            if (draw(random, 0, 3) == 0)
                plant_input(graph, op, c);
    }
}

/* --- comparing -------------------------------------------------------------------------------- */

static void draw_input(int8_t *input, int64_t count, int number)
{
    struct vww_random random = vww_random_init(3, VWW_RANDOM_TEST, 1, (uint64_t)number);
    for (int64_t i = 0; i < count; i++)
        input[i] = (int8_t)(number == 0   ? -128
                            : number == 1 ? 127
                            : number == 2 ? (draw(&random, 0, 1) ? 127 : -128)
                            : number == 3 ? (i % 2 ? 127 : -128)
                                          : draw(&random, -128, 127));
}

static void same_outputs(const struct vww_graph *a, const struct vww_graph *b)
{
    struct vww_error error;
    struct vww_interpreter *first, *second;
    const int64_t in = vww_shape_elements(&a->tensors[a->input].shape);
    const int64_t out = vww_shape_elements(&a->tensors[a->output].shape);
    int8_t *input = vww_allocate((size_t)in, 1);
    int8_t *expected = vww_allocate((size_t)out, 1), *seen = vww_allocate((size_t)out, 1);
    assert_true(input != NULL && expected != NULL && seen != NULL);
    assert_true(vww_shape_equal(&a->tensors[a->input].shape, &b->tensors[b->input].shape));
    assert_true(vww_shape_equal(&a->tensors[a->output].shape, &b->tensors[b->output].shape));
    assert_ok(vww_interpreter_create(a, &first, &error), &error);
    assert_ok(vww_interpreter_create(b, &second, &error), &error);
    for (int i = 0; i < INPUTS; i++) {
        draw_input(input, in, i);
        vww_interpreter_run(first, input, expected);
        vww_interpreter_run(second, input, seen);
        assert_memory_equal(seen, expected, (size_t)out);
    }
    vww_interpreter_destroy(first);
    vww_interpreter_destroy(second);
    vww_free(input);
    vww_free(expected);
    vww_free(seen);
}

/* Simplifies, compares, and simplifies again, which must find nothing more. Returns the channels
 * that were removed. */
static int32_t check(const struct vww_graph *graph, const char *target)
{
    struct vww_error error;
    struct vww_graph *once, *twice;
    struct vww_simplify_report report, again;
    assert_ok(vww_simplify(graph, target, &once, &report, &error), &error);
    same_outputs(graph, once);
    assert_ok(vww_simplify(once, target, &twice, &again, &error), &error);
    assert_int_equal(again.total.channels_after, report.total.channels_after);
    assert_int_equal(again.total.macs_after, report.total.macs_after);
    const int32_t removed = report.total.channels_before - report.total.channels_after;
    assert_int_equal(removed, report.total.constant + report.total.unused);
    vww_simplify_report_fini(&report);
    vww_simplify_report_fini(&again);
    vww_graph_destroy(once);
    vww_graph_destroy(twice);
    return removed;
}

/* --- networks --------------------------------------------------------------------------------- */

static void chains_of_random_operators(void **state)
{
    (void)state;
    int changed = 0;
    for (uint64_t i = 0; i < NETWORKS; i++) {
        struct vww_graph *graph = int8_case_network(i);
        struct vww_random random = vww_random_init(4, VWW_RANDOM_TEST, 2, i);
        plant(graph, &random);
        changed += check(graph, i % 2 == 0 ? NULL : "cortex-m4") > 0;
        vww_graph_destroy(graph);
    }
    print_message("%d networks became smaller\n", changed);
    assert_true(changed > NETWORKS / 5);
}

static bool is_plane(const struct int8_case *c)
{
    return c->graph->tensors[c->next].shape.rank == 4;
}

/* Operators whose channels are not followed, between those whose channels may go. */
static void chains_with_strangers(void **state)
{
    (void)state;
    static const enum vww_op_kind body[] = {
        VWW_OP_CONV_2D,  VWW_OP_DEPTHWISE_CONV_2D, VWW_OP_ADD,           VWW_OP_MUL,
        VWW_OP_LOGISTIC, VWW_OP_HARD_SWISH,        VWW_OP_STRIDED_SLICE, VWW_OP_RESIZE_NEAREST,
        VWW_OP_CONCAT,   VWW_OP_TRANSPOSE,         VWW_OP_PAD,           VWW_OP_MAX_POOL_2D,
    };
    int changed = 0;
    for (uint64_t i = 0; i < NETWORKS; i++) {
        struct int8_case c = int8_case_begin(STRANGERS, i);
        const struct vww_shape shape = {.rank = 4, .dims = {1, 9, 8, int8_case_draw(&c, 1, 6)}};
        c.graph->input = c.next = int8_case_activation(&c, "input", &shape, int8_case_scale(&c),
                                                       int8_case_zero_point(&c));
        for (int left = int8_case_draw(&c, 2, 4); left > 0 && is_plane(&c); left--) {
            int8_case_append(&c, VWW_OP_CONV_2D);
            int8_case_append(&c, body[int8_case_draw(&c, 0, sizeof body / sizeof body[0] - 1)]);
        }
        if (is_plane(&c)) /* a slice may have dropped a dimension */
            int8_case_append(&c, VWW_OP_CONV_2D);
        plant(c.graph, &c.random);
        changed += check(c.graph, i % 2 == 0 ? NULL : "cortex-m4") > 0;
        vww_graph_destroy(c.graph);
    }
    print_message("%d networks became smaller\n", changed);
    assert_true(changed > NETWORKS / 5);
}

static void single_operators(void **state)
{
    (void)state;
    for (int k = 0; k < INT8_CASE_KINDS; k++)
        for (uint64_t i = 0; i < 60; i++) {
            struct vww_graph *graph = int8_case_operator(int8_case_kinds[k], i);
            struct vww_random random = vww_random_init(4, VWW_RANDOM_TEST, 3, i);
            plant(graph, &random);
            check(graph, NULL);
            vww_graph_destroy(graph);
        }
}

static int32_t keep(struct int8_builder *b, enum vww_op_kind kind, int32_t x)
{
    return int8_keep(b, (struct vww_op){.kind = kind, .inputs = {x}});
}

static int32_t add(struct int8_builder *b, int32_t x, int32_t y)
{
    return int8_append(b, (struct vww_op){.kind = VWW_OP_ADD, .inputs = {x, y}, .input_count = 2},
                       int8_scale(b, x) * 1.3f, 3);
}

/* An inverted residual, a ShuffleNet unit, channels added by PAD, pools: everything that ties
 * channels together. */
static struct vww_graph *tied_network(uint64_t seed)
{
    struct vww_error error;
    struct int8_builder b = int8_begin("tied", seed, 13, 11, 3);
    const enum vww_activation relu = VWW_ACTIVATION_RELU6;
    int32_t x =
        int8_conv(&b, b.graph->input,
                  (struct int8_conv){.channels = 12, .kernel = 3, .stride = 2, .activation = relu});
    int32_t y = int8_conv(
        &b, x, (struct int8_conv){.channels = 24, .kernel = 1, .stride = 1, .activation = relu});
    y = int8_depthwise(
        &b, y, (struct int8_conv){.channels = 24, .kernel = 3, .stride = 1, .activation = relu});
    y = int8_conv(&b, y, (struct int8_conv){.channels = 12, .kernel = 1, .stride = 1});
    x = add(&b, x, y);
    struct vww_op split = {
        .kind = VWW_OP_SPLIT, .inputs = {x}, .input_count = 1, .output_count = 2, .outputs = {-1}};
    assert_ok(vww_graph_append(b.graph, &split, &error), &error);
    int32_t halves[2];
    for (int i = 0; i < 2; i++) {
        const struct vww_quantization *q = &b.graph->tensors[x].quantization;
        halves[i] = b.graph->ops[b.graph->op_count - 1].outputs[i];
        b.graph->tensors[halves[i]].dtype = VWW_INT8;
        assert_ok(vww_tensor_quantize(&b.graph->tensors[halves[i]], q->scales[0], q->zero_points[0],
                                      &error),
                  &error);
    }
    y = int8_depthwise(&b, halves[1], (struct int8_conv){.channels = 6, .kernel = 3, .stride = 1});
    y = int8_append(&b,
                    (struct vww_op){.kind = VWW_OP_ADD, .inputs = {y, halves[1]}, .input_count = 2},
                    int8_scale(&b, x), b.graph->tensors[x].quantization.zero_points[0]);
    struct vww_op concat = {
        .kind = VWW_OP_CONCAT, .inputs = {halves[0], y}, .input_count = 2, .output_count = 1};
    concat.outputs[0] = -1;
    x = int8_append(&b, concat, int8_scale(&b, x), b.graph->tensors[x].quantization.zero_points[0]);
    x = int8_keep(&b, (struct vww_op){.kind = VWW_OP_CHANNEL_SHUFFLE, .inputs = {x}, .groups = 2});
    x = int8_keep(&b, (struct vww_op){.kind = VWW_OP_PAD,
                                      .inputs = {x},
                                      .pad_top = 1,
                                      .pad_right = 2,
                                      .pad_front = 2,
                                      .pad_back = 3});
    x = int8_keep(&b, (struct vww_op){.kind = VWW_OP_MAX_POOL_2D,
                                      .inputs = {x},
                                      .kernel_h = 2,
                                      .kernel_w = 2,
                                      .stride_h = 1,
                                      .stride_w = 1});
    x = int8_conv(&b, x, (struct int8_conv){.channels = 16, .kernel = 3, .stride = 2});
    x = int8_average_pool(&b, x, 2, 1, VWW_PADDING_VALID);
    x = keep(&b, VWW_OP_DROPOUT, x);
    x = int8_fully_connected(&b, int8_flatten(&b, x), 4);
    int8_softmax(&b, x);
    assert_ok(vww_graph_check(b.graph, true, &error), &error);
    return b.graph;
}

static void tied_channels(void **state)
{
    (void)state;
    int changed = 0;
    for (uint64_t i = 0; i < NETWORKS; i++) {
        struct vww_graph *graph = tied_network(i);
        struct vww_random random = vww_random_init(4, VWW_RANDOM_TEST, 4, i);
        plant(graph, &random);
        changed += check(graph, i % 2 == 0 ? NULL : "cortex-m4") > 0;
        vww_graph_destroy(graph);
    }
    assert_true(changed > NETWORKS / 2);
}

/* --- one by one ------------------------------------------------------------------------------- */

/* 1x1 convolution to `channels`, of which channel 0 is always `value`; then a convolution with that
 * window over it. Returns the channels that go from the first. */
static int32_t removed_before(int32_t value, int32_t kernel, enum vww_padding padding)
{
    struct vww_error error;
    struct int8_builder b = int8_begin("border", 1, 6, 6, 3);
    int32_t x =
        int8_conv(&b, b.graph->input, (struct int8_conv){.channels = 4, .kernel = 1, .stride = 1});
    const struct vww_op *op = &b.graph->ops[0];
    memset(b.graph->tensors[op->inputs[1]].data, 0, 3);
    ((int32_t *)b.graph->tensors[op->inputs[2]].data)[0] = value;
    x = int8_conv(
        &b, x,
        (struct int8_conv){.channels = 5, .kernel = kernel, .stride = 1, .padding = padding});
    (void)x;
    const int32_t removed = check(b.graph, NULL);
    struct vww_graph *simplified;
    assert_ok(vww_simplify(b.graph, NULL, &simplified, NULL, &error), &error);
    assert_int_equal(simplified->tensors[simplified->ops[0].outputs[0]].shape.dims[3], 4 - removed);
    vww_graph_destroy(simplified);
    vww_graph_destroy(b.graph);
    return removed;
}

static void constants_at_the_border(void **state)
{
    (void)state;
    /* A sum of 0 gives the zero point, which is what padding is. */
    assert_int_equal(removed_before(0, 3, VWW_PADDING_SAME), 1);
    assert_int_equal(removed_before(100000, 3, VWW_PADDING_SAME), 0);
    assert_int_equal(removed_before(100000, 3, VWW_PADDING_VALID), 1);
    assert_int_equal(removed_before(100000, 1, VWW_PADDING_SAME), 1);
}

static void biases_do_not_overflow(void **state)
{
    (void)state;
    struct vww_error error;
    for (int limit = 0; limit < 2; limit++) {
        struct int8_builder b = int8_begin("overflow", 1, 3, 3, 3);
        const int32_t x = int8_conv(&b, b.graph->input,
                                    (struct int8_conv){.channels = 4, .kernel = 1, .stride = 1});
        const struct vww_op *op = &b.graph->ops[0];
        memset(b.graph->tensors[op->inputs[1]].data, 0, 3);
        ((int32_t *)b.graph->tensors[op->inputs[2]].data)[0] = 100000;
        int8_conv(&b, x, (struct int8_conv){.channels = 2, .kernel = 1, .stride = 1});
        op = &b.graph->ops[1];
        ((int8_t *)b.graph->tensors[op->inputs[1]].data)[0] = 100;
        ((int32_t *)b.graph->tensors[op->inputs[2]].data)[0] = INT32_MAX - limit * (1 << 20);
        struct vww_graph *simplified;
        assert_ok(vww_simplify(b.graph, NULL, &simplified, NULL, &error), &error);
        assert_int_equal(simplified->tensors[x].shape.dims[3], limit == 0 ? 4 : 3);
        vww_graph_destroy(simplified);
        check(b.graph, NULL);
        vww_graph_destroy(b.graph);
    }
}

/* All that an operator can give lies within its interval; and RELU of what RELU gave goes. */
static void intervals_hold(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 40; n++) {
        struct vww_graph *graph = n % 2 == 0 ? int8_case_network(n) : tied_network(n);
        struct vww_random random = vww_random_init(4, VWW_RANDOM_TEST, 5, n);
        struct vww_error error;
        struct vww_interpreter *interpreter;
        int8_t out[4096];
        plant(graph, &random);
        struct vww_simplify_work work = {.graph = graph, .error = &error};
        assert_ok(vww_simplify_open(&work), &error);
        vww_simplify_intervals(&work);
        assert_ok(vww_interpreter_create(graph, &interpreter, &error), &error);
        const int64_t in = vww_shape_elements(&graph->tensors[graph->input].shape);
        int8_t *input = vww_allocate((size_t)in, 1);
        assert_true(vww_shape_elements(&graph->tensors[graph->output].shape) <= 4096);
        for (int i = 0; i < INPUTS; i++) {
            draw_input(input, in, i);
            vww_interpreter_run(interpreter, input, out);
            for (int32_t t = 0; t < graph->tensor_count; t++) {
                const int8_t *values = vww_interpreter_tensor(interpreter, t);
                const int32_t channels = vww_channel_count(&graph->tensors[t].shape);
                for (int64_t k = 0;
                     values != NULL && k < vww_shape_elements(&graph->tensors[t].shape); k++)
                    assert_in_range(values[k] + 128, work.low[work.first[t] + k % channels] + 128,
                                    work.high[work.first[t] + k % channels] + 128);
            }
        }
        vww_free(input);
        vww_interpreter_destroy(interpreter);
        vww_simplify_close(&work);
        vww_graph_destroy(graph);
    }
}

static void clamps_that_never_act(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *simplified;
    struct vww_simplify_report report;
    struct int8_builder b = int8_begin("clamps", 1, 4, 4, 3);
    int32_t x = int8_append(
        &b, (struct vww_op){.kind = VWW_OP_RELU, .inputs = {b.graph->input}, .input_count = 1},
        1.0f / 128, 0);
    x = int8_append(&b, (struct vww_op){.kind = VWW_OP_RELU, .inputs = {x}, .input_count = 1},
                    1.0f / 128, 0);
    assert_ok(vww_simplify(b.graph, NULL, &simplified, &report, &error), &error);
    assert_int_equal(simplified->ops[0].kind, VWW_OP_RELU);
    assert_int_equal(simplified->ops[1].kind, VWW_OP_RESHAPE);
    assert_int_equal(report.clamps_lost, 1);
    same_outputs(b.graph, simplified);
    vww_simplify_report_fini(&report);
    vww_graph_destroy(simplified);
    vww_graph_destroy(b.graph);
    (void)x;
}

static void float_graphs_stay(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_simplify_report report;
    struct vww_graph *graph = vww_graph_create("float"), *same;
    graph->input = vww_graph_tensor(graph, "input", VWW_FLOAT32, VWW_ROLE_ACTIVATION,
                                    &(struct vww_shape){.rank = 2, .dims = {1, 8}});
    struct vww_op op = {
        .kind = VWW_OP_RELU, .inputs = {0}, .input_count = 1, .output_count = 1, .outputs = {-1}};
    assert_ok(vww_graph_append(graph, &op, &error), &error);
    graph->output = graph->ops[0].outputs[0];
    assert_ok(vww_simplify(graph, NULL, &same, &report, &error), &error);
    assert_int_equal(same->op_count, 1);
    assert_null(report.ops);
    vww_graph_destroy(graph);
    vww_graph_destroy(same);
}

/* Some operators name their output's shape, which loses channels with it; and an operator that is
 * not understood keeps its own channels and nobody else's. */
static void shapes_and_strangers(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *simplified;
    struct int8_builder b = int8_begin("shapes", 1, 1, 1, 6);
    int32_t x = int8_flatten(&b, b.graph->input);
    x = int8_fully_connected(&b, x, 8);
    struct vww_op *op = &b.graph->ops[b.graph->op_count - 1];
    op->shape = (struct vww_shape){.rank = 2, .dims = {1, 8}};
    memset(b.graph->tensors[op->inputs[1]].data, 0, 6 * 3);
    const int32_t y = int8_fully_connected(&b, x, 9);
    op = &b.graph->ops[b.graph->op_count - 1];
    memset(b.graph->tensors[op->inputs[1]].data, 0, 8 * 2);
    const struct vww_quantization *q = &b.graph->tensors[y].quantization;
    const int32_t z = int8_append(&b,
                                  (struct vww_op){.kind = VWW_OP_STRIDED_SLICE,
                                                  .inputs = {y},
                                                  .input_count = 1,
                                                  .step = {1, 2},
                                                  .shape = {.rank = 2, .dims = {1, 5}}},
                                  q->scales[0], q->zero_points[0]);
    int8_fully_connected(&b, z, 2);
    assert_ok(vww_simplify(b.graph, NULL, &simplified, NULL, &error), &error);
    assert_int_equal(simplified->tensors[x].shape.dims[1], 5);
    assert_int_equal(simplified->tensors[y].shape.dims[1], 9);
    same_outputs(b.graph, simplified);
    vww_graph_destroy(simplified);
    check(b.graph, NULL);
    vww_graph_destroy(b.graph);
}

static void multiples_for_a_target(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *simplified;
    struct vww_simplify_report report;
    struct int8_builder b = int8_begin("multiples", 1, 6, 6, 3);
    int32_t x =
        int8_conv(&b, b.graph->input, (struct int8_conv){.channels = 16, .kernel = 1, .stride = 1});
    int8_fully_connected(&b, int8_flatten(&b, int8_average_pool(&b, x, 6, 1, VWW_PADDING_VALID)),
                         2);
    memset(b.graph->tensors[b.graph->ops[0].inputs[1]].data, 0, 3 * 7);
    assert_ok(vww_simplify(b.graph, "cortex-m4", &simplified, &report, &error), &error);
    assert_int_equal(simplified->tensors[x].shape.dims[3], 12);
    assert_int_equal(report.ops[0].filler, 3);
    assert_int_equal(report.ops[0].constant, 4);
    same_outputs(b.graph, simplified);
    vww_simplify_report_fini(&report);
    vww_graph_destroy(simplified);
    vww_graph_destroy(b.graph);
}

static void every_failed_allocation(void **state)
{
    (void)state;
    struct vww_graph *graph = tied_network(1);
    struct vww_random random = vww_random_init(4, VWW_RANDOM_TEST, 6, 0);
    vww_status status = VWW_ERROR_MEMORY;
    plant(graph, &random);
    for (int n = 1; status != VWW_OK; n++) {
        struct vww_error error;
        struct vww_graph *simplified;
        struct vww_simplify_report report;
        vww_memory_fail_at(n);
        status = vww_simplify(graph, NULL, &simplified, &report, &error);
        vww_memory_fail_at(0);
        if (status != VWW_OK) {
            assert_int_equal(status, VWW_ERROR_MEMORY);
            assert_null(simplified);
        }
        vww_graph_destroy(simplified);
        vww_simplify_report_fini(&report);
    }
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_of_random_operators),
        cmocka_unit_test(chains_with_strangers),
        cmocka_unit_test(single_operators),
        cmocka_unit_test(tied_channels),
        cmocka_unit_test(constants_at_the_border),
        cmocka_unit_test(biases_do_not_overflow),
        cmocka_unit_test(intervals_hold),
        cmocka_unit_test(clamps_that_never_act),
        cmocka_unit_test(float_graphs_stay),
        cmocka_unit_test(shapes_and_strangers),
        cmocka_unit_test(multiples_for_a_target),
        cmocka_unit_test(every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
