#include "support/check.h"

#include "base/memory.h"
#include "quantize/small_network.h"
#include "vww/quantization.h"
#include "vww/quantize.h"

static struct vww_graph *zoo(int resolution)
{
    struct vww_graph *graph;
    const struct vww_zoo_options options = {
        .family = "mobilenet_v1", .depth_multiplier = 0.25, .resolution = resolution, .classes = 3};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    return graph;
}

static struct vww_graph *fold(const struct vww_graph *graph)
{
    struct vww_graph *folded;
    assert_ok(vww_quantize_fold(graph, &folded, &error), &error);
    return folded;
}

/* Folding rounds each weight and bias once, a relative 2^-24; over 27 folded layers the values
 * before the softmax, which are of the order of 1, stay within 2e-5. */
static void the_folded_network_computes_the_same(void **state)
{
    (void)state;
    struct vww_graph *graph = small_network(), *folded = fold(graph);
    assert_ok(vww_graph_check(folded, true, &error), &error);
    uint8_t image[SMALL_BYTES];
    random_image(0, image);
    double **a = plain_run(graph, image), **b = plain_run(folded, image);
    const int32_t logits = graph->ops[graph->op_count - 1].inputs[0];
    const int32_t folded_logits = folded->ops[folded->op_count - 1].inputs[0];
    double spread = 0;
    for (int c = 0; c < 3; c++) {
        assert_true(fabs(a[logits][c] - b[folded_logits][c]) < 2e-5);
        assert_true(fabs(a[graph->output][c] - b[folded->output][c]) < 2e-5);
        spread = fmax(spread, fabs(a[logits][c] - a[logits][0]));
    }
    assert_true(spread > 1e-2); /* otherwise the comparison says nothing */
    plain_free(graph, a);
    plain_free(folded, b);
    vww_graph_destroy(graph);
    vww_graph_destroy(folded);
}

static int count(const struct vww_graph *graph, enum vww_op_kind kind)
{
    int found = 0;
    for (int32_t i = 0; i < graph->op_count; i++)
        found += graph->ops[i].kind == kind;
    return found;
}

/* 27 convolutions with batch norm and ReLU6, pool, dropout, classifier, reshape and softmax become
 * 31 operators. */
static void only_deployed_operators_remain(void **state)
{
    (void)state;
    struct vww_graph *graph = zoo(96), *folded = fold(graph);
    assert_int_equal(folded->op_count, 31);
    assert_int_equal(count(folded, VWW_OP_BATCH_NORM), 0);
    assert_int_equal(count(folded, VWW_OP_RELU6), 0);
    assert_int_equal(count(folded, VWW_OP_DROPOUT), 0);
    assert_int_equal(count(folded, VWW_OP_CONV_2D), 15);
    assert_int_equal(count(folded, VWW_OP_DEPTHWISE_CONV_2D), 13);
    for (int32_t i = 0; i < folded->op_count; i++) {
        const struct vww_op *op = &folded->ops[i];
        if (vww_op_weight_axis(op->kind) < 0)
            continue;
        const bool classifier = strcmp(op->name, "classifier") == 0;
        assert_int_equal(op->input_count, 3);
        assert_int_equal(op->activation, classifier ? VWW_ACTIVATION_NONE : VWW_ACTIVATION_RELU6);
        assert_string_equal(folded->tensors[op->outputs[0]].name, op->name);
        char bias[VWW_NAME_MAX + 8];
        snprintf(bias, sizeof bias, "%s/bias", op->name);
        assert_string_equal(folded->tensors[op->inputs[2]].name, bias);
        assert_int_equal(folded->tensors[op->inputs[2]].role, VWW_ROLE_BIAS);
        assert_null(folded->tensors[op->inputs[1]].data); /* structure alone was given */
    }
    assert_int_equal(folded->ops[0].stride_h, 2);
    assert_string_equal(folded->family, "mobilenet_v1");
    assert_int_equal(
        memcmp(&folded->preprocessing, &graph->preprocessing, sizeof graph->preprocessing), 0);
    vww_graph_destroy(graph);
    vww_graph_destroy(folded);
}

static void folding_again_is_a_copy(void **state)
{
    (void)state;
    struct vww_graph *graph = small_network();
    struct vww_graph *folded = fold(graph), *again = fold(folded);
    struct vww_buffer first = {0}, second = {0};
    assert_ok(vww_graph_serialize(folded, &first, &error), &error);
    assert_ok(vww_graph_serialize(again, &second, &error), &error);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    vww_buffer_fini(&first);
    vww_buffer_fini(&second);
    vww_graph_destroy(graph);
    vww_graph_destroy(folded);
    vww_graph_destroy(again);
}

/* What was observed after the activation belongs to the folded operator's output. */
static void ranges_follow_the_last_absorbed_tensor(void **state)
{
    (void)state;
    struct vww_graph *graph = zoo(32);
    struct vww_tensor *relu6 = &graph->tensors[graph->ops[2].outputs[0]];
    assert_int_equal(graph->ops[2].kind, VWW_OP_RELU6);
    graph->tensors[graph->ops[0].outputs[0]].range_high = 9;
    relu6->range_high = 5;
    assert_ok(vww_tensor_quantize(relu6, 0.25f, -3, &error), &error);
    struct vww_graph *folded = fold(graph);
    const struct vww_tensor *out = &folded->tensors[folded->ops[0].outputs[0]];
    assert_true(out->range_high == 5);
    assert_int_equal(out->quantization.count, 1);
    assert_true(out->quantization.scales[0] == 0.25f);
    assert_int_equal(out->quantization.zero_points[0], -3);
    vww_graph_destroy(graph);
    vww_graph_destroy(folded);
}

static int32_t tensor(struct vww_graph *graph, const char *name, enum vww_role role, int a, int b)
{
    const struct vww_shape shape = a > 0 ? (struct vww_shape){.rank = 4, .dims = {a, 1, 1, b}}
                                         : (struct vww_shape){.rank = 1, .dims = {b}};
    return vww_graph_tensor(graph, name, VWW_FLOAT32, role, &shape);
}

static int32_t append(struct vww_graph *graph, struct vww_op op)
{
    op.outputs[0] = -1;
    assert_ok(vww_graph_append(graph, &op, &error), &error);
    return graph->ops[graph->op_count - 1].outputs[0];
}

/* Convolution and norm, with `tapped` a second reader of the convolution's output. */
static struct vww_graph *convolution_and_norm(bool tapped)
{
    struct vww_graph *graph = vww_graph_create("small");
    graph->input = tensor(graph, "in", VWW_ROLE_ACTIVATION, 1, 2);
    const int32_t weights = tensor(graph, "w", VWW_ROLE_WEIGHT, 2, 2);
    const int32_t bias = tensor(graph, "b", VWW_ROLE_BIAS, 0, 2);
    const int32_t gamma = tensor(graph, "gamma", VWW_ROLE_BN_SCALE, 0, 2);
    const int32_t beta = tensor(graph, "beta", VWW_ROLE_BN_OFFSET, 0, 2);
    const int32_t mean = tensor(graph, "mean", VWW_ROLE_BN_MEAN, 0, 2);
    const int32_t variance = tensor(graph, "variance", VWW_ROLE_BN_VARIANCE, 0, 2);
    const int32_t conv = append(graph, (struct vww_op){.kind = VWW_OP_CONV_2D,
                                                       .name = "conv",
                                                       .inputs = {graph->input, weights, bias},
                                                       .input_count = 3,
                                                       .stride_h = 1,
                                                       .stride_w = 1,
                                                       .groups = 1});
    const int32_t norm =
        append(graph, (struct vww_op){.kind = VWW_OP_BATCH_NORM,
                                      .name = "norm",
                                      .inputs = {conv, gamma, beta, mean, variance},
                                      .input_count = 5});
    const int32_t tap = append(graph, (struct vww_op){.kind = VWW_OP_RELU,
                                                      .name = "relu",
                                                      .inputs = {tapped ? conv : norm},
                                                      .input_count = 1});
    graph->output = tapped ? norm : tap;
    assert_ok(vww_graph_initialize(graph, 1, &error), &error);
    const float values[][4] = {{1, -2, 3, 4}, {5, 6}, {2, 3}, {0.5f, -1}, {1, 2}, {4, 9}};
    for (int k = 0; k < 6; k++)
        memcpy(graph->tensors[weights + k].data, values[k], k == 0 ? 16 : 8);
    return graph;
}

/* factor 2/2 = 1 and 3/3 = 1 would hide mistakes, so gamma is 2 and 6: factors 1 and 2. */
static void weights_and_bias_by_hand(void **state)
{
    (void)state;
    struct vww_graph *graph = convolution_and_norm(false);
    ((float *)graph->tensors[3].data)[1] = 6;
    struct vww_graph *folded = fold(graph);
    assert_int_equal(folded->op_count, 1);
    const float *weights = folded->tensors[folded->ops[0].inputs[1]].data;
    const float *bias = folded->tensors[folded->ops[0].inputs[2]].data;
    const float want[] = {1, -2, 6, 8, 0.5f + (5 - 1), -1 + (6 - 2) * 2};
    assert_memory_equal(weights, want, 16);
    assert_memory_equal(bias, want + 4, 8);
    assert_string_equal(folded->tensors[folded->ops[0].inputs[2]].name, "b");
    assert_int_equal(folded->ops[0].activation, VWW_ACTIVATION_RELU);
    vww_graph_destroy(graph);
    vww_graph_destroy(folded);
}

static void a_second_reader_prevents_folding(void **state)
{
    (void)state;
    struct vww_graph *graph = convolution_and_norm(true), *folded = fold(graph);
    assert_int_equal(folded->op_count, 3);
    assert_int_equal(folded->ops[1].kind, VWW_OP_BATCH_NORM);
    assert_int_equal(folded->ops[0].activation, VWW_ACTIVATION_NONE);
    vww_graph_destroy(graph);
    vww_graph_destroy(folded);
}

static void impossible_variance_is_named(void **state)
{
    (void)state;
    struct vww_graph *graph = convolution_and_norm(false), *folded;
    for (int k = 0; k < 2; k++) {
        ((float *)graph->tensors[6].data)[1] = k == 0 ? -1 : NAN;
        assert_int_equal(vww_quantize_fold(graph, &folded, &error), VWW_ERROR_FORMAT);
        assert_null(folded);
        assert_non_null(strstr(error.place, "variance, channel 1"));
    }
    vww_graph_destroy(graph);
}

/* Each allocation in turn fails: an error each time, no leak, no crash. */
static void no_memory(void **state)
{
    (void)state;
    struct vww_graph *graph = convolution_and_norm(false), *folded;
    assert_ok(vww_tensor_quantize(&graph->tensors[graph->output], 1, 0, &error), &error);
    for (int64_t n = 1;; n++) {
        vww_memory_fail_at(n);
        const vww_status status = vww_quantize_fold(graph, &folded, &error);
        vww_memory_fail_at(0);
        vww_graph_destroy(folded);
        if (status == VWW_OK)
            break;
        assert_int_equal(status, VWW_ERROR_MEMORY);
        assert_true(n < 1000);
    }
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_folded_network_computes_the_same),
        cmocka_unit_test(only_deployed_operators_remain),
        cmocka_unit_test(folding_again_is_a_copy),
        cmocka_unit_test(ranges_follow_the_last_absorbed_tensor),
        cmocka_unit_test(weights_and_bias_by_hand),
        cmocka_unit_test(a_second_reader_prevents_folding),
        cmocka_unit_test(impossible_variance_is_named),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
