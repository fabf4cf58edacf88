/* Graphs whose runs were split in paths give the bytes that they gave before. */
#include "base/memory.h"
#include "base/random.h"
#include "plan/paths.h"
#include "support/check.h"
#include "vww/interpret.h"
#include "vww/quantize.h"
#include "vww/tflite.h"
#include "vww/zoo.h"

static struct vww_graph *network(const char *family, int32_t resolution)
{
    struct vww_error error;
    struct vww_graph *graph, *integer;
    const struct vww_zoo_options options = {
        .family = family, .depth_multiplier = 0.35, .resolution = resolution, .classes = 2};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_quantize_random(graph, 1, NULL, &integer, &error), &error);
    vww_graph_destroy(graph);
    return integer;
}

/* Choose paths for every run that shares no operator with one before; returns how many. */
static int choose(const struct vww_graph *graph, struct vww_random *random, struct vww_paths *paths)
{
    int32_t taken = -1;
    int runs = 0;
    for (int32_t op = 0; op < graph->op_count; op++) {
        struct vww_paths_run run;
        paths[op] = (struct vww_paths){0};
        if (op <= taken || !vww_paths_run_at(graph, op, &run))
            continue;
        taken = run.ops[run.op_count - 1];
        paths[op].count = 2 + (int32_t)vww_random_below(random, (uint32_t)run.most - 1);
        paths[op].abreast = vww_random_below(random, 2) == 0;
        runs++;
    }
    return runs;
}

/* All that both graphs compute, for drawn images; returns how many tensors were compared. */
static int compare(const struct vww_graph *whole, const struct vww_graph *split,
                   const int32_t *origin, struct vww_random *random)
{
    struct vww_error error;
    struct vww_interpreter *one, *other;
    const int64_t pixels = vww_shape_elements(&whole->tensors[whole->input].shape);
    int8_t *image = vww_allocate((size_t)pixels, 1), output[2][4096];
    int compared = 0;
    assert_true(vww_shape_elements(&whole->tensors[whole->output].shape) <= 4096);
    assert_ok(vww_interpreter_create(whole, &one, &error), &error);
    assert_ok(vww_interpreter_create(split, &other, &error), &error);
    for (int64_t i = 0; i < pixels; i++)
        image[i] = (int8_t)vww_random_below(random, 256);
    vww_interpreter_run(one, image, output[0]);
    vww_interpreter_run(other, image, output[1]);
    for (int32_t i = 0; i < split->op_count; i++) {
        const int32_t tensor = split->ops[i].outputs[0];
        if (tensor >= whole->tensor_count)
            continue;
        assert_int_equal(tensor, whole->ops[origin[i]].outputs[0]);
        assert_memory_equal(vww_interpreter_tensor(one, tensor),
                            vww_interpreter_tensor(other, tensor),
                            (size_t)vww_shape_elements(&whole->tensors[tensor].shape));
        compared++;
    }
    vww_interpreter_destroy(one);
    vww_interpreter_destroy(other);
    vww_free(image);
    return compared;
}

static int split_and_compare(const struct vww_graph *graph, uint64_t seed)
{
    struct vww_random random = vww_random_init(12, VWW_RANDOM_TEST, 0, seed);
    struct vww_error error;
    struct vww_graph *split;
    int32_t *origin;
    struct vww_paths *paths = vww_allocate((size_t)graph->op_count, sizeof *paths);
    const int runs = choose(graph, &random, paths);
    int64_t macs = 0;
    assert_ok(vww_paths_apply(graph, paths, &split, &origin, &error), &error);
    assert_ok(vww_graph_check(split, true, &error), &error);
    for (int32_t i = 0; i < graph->op_count; i++)
        macs += vww_op_macs(graph, &graph->ops[i]);
    for (int32_t i = 0; i < split->op_count; i++)
        macs -= vww_op_macs(split, &split->ops[i]);
    assert_int_equal(macs, 0); /* nothing is computed twice */
    assert_true(compare(graph, split, origin, &random) >= graph->op_count / 3);
    vww_graph_destroy(split);
    vww_free(origin);
    vww_free(paths);
    return runs;
}

static void networks(void **state)
{
    (void)state;
    static const char *const families[] = {"mobilenet_v1", "mobilenet_v2", "mnasnet_b1"};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        struct vww_graph *graph = network(families[i], 32);
        for (uint64_t seed = 0; seed < 4; seed++)
            assert_true(split_and_compare(graph, seed) >= 6);
        vww_graph_destroy(graph);
    }
}

/* A run of one convolution and another: windows, strides and no bias; four channels that cannot be
 * split, and 10 of which the last path has two. */
static void two_convolutions(void **state)
{
    (void)state;
    for (int32_t channels = 4; channels <= 10; channels += 6) {
        struct vww_error error;
        struct vww_graph *graph = vww_graph_create("two");
        const struct vww_shape image = {.rank = 4, .dims = {1, 9, 7, 3}};
        const struct vww_shape weights[2] = {{.rank = 4, .dims = {channels, 3, 3, 3}},
                                             {.rank = 4, .dims = {5, 3, 2, channels}}};
        struct vww_random random = vww_random_init(13, VWW_RANDOM_TEST, 0, 0);
        int32_t x = graph->input =
            vww_graph_tensor(graph, "image", VWW_INT8, VWW_ROLE_ACTIVATION, &image);
        assert_ok(vww_tensor_quantize(&graph->tensors[x], 0.5f, -7, &error), &error);
        for (int i = 0; i < 2; i++) {
            const int32_t w = vww_graph_tensor(graph, "w", VWW_INT8, VWW_ROLE_WEIGHT, &weights[i]);
            assert_ok(vww_tensor_allocate(&graph->tensors[w], &error), &error);
            assert_ok(vww_tensor_quantize(&graph->tensors[w], 0.01f, 0, &error), &error);
            int8_t *data = graph->tensors[w].data;
            for (int64_t k = 0; k < vww_shape_elements(&weights[i]); k++)
                data[k] = (int8_t)vww_random_below(&random, 256);
            struct vww_op op = {.kind = VWW_OP_CONV_2D,
                                .name = "conv",
                                .inputs = {x, w},
                                .input_count = 2,
                                .outputs = {-1},
                                .stride_h = 1 + i,
                                .stride_w = 1,
                                .dilation_h = 1,
                                .dilation_w = 1,
                                .groups = 1,
                                .activation = VWW_ACTIVATION_RELU};
            assert_ok(vww_graph_append(graph, &op, &error), &error);
            x = graph->ops[i].outputs[0];
            graph->tensors[x].dtype = VWW_INT8;
            assert_ok(vww_tensor_quantize(&graph->tensors[x], 4, -100, &error), &error);
        }
        graph->output = x;
        struct vww_paths_run run;
        assert_int_equal(vww_paths_run_at(graph, 0, &run), channels > 4);
        assert_false(vww_paths_run_at(graph, 1, &run));
        if (channels > 4)
            assert_int_equal(split_and_compare(graph, 0), 1);
        vww_graph_destroy(graph);
    }
}

/* Each allocation in turn fails. */
static void no_memory(void **state)
{
    (void)state;
    struct vww_graph *graph = network("mobilenet_v2", 32);
    struct vww_paths *paths = vww_allocate((size_t)graph->op_count, sizeof *paths);
    struct vww_random random = vww_random_init(12, VWW_RANDOM_TEST, 0, 0);
    assert_true(choose(graph, &random, paths) > 1);
    int failed = 0;
    for (int64_t n = 1;; n += 37) {
        struct vww_error error;
        struct vww_graph *split;
        int32_t *origin;
        vww_memory_fail_at(n);
        const vww_status status = vww_paths_apply(graph, paths, &split, &origin, &error);
        vww_memory_fail_at(0);
        vww_graph_destroy(split);
        vww_free(origin);
        if (status == VWW_OK)
            break;
        assert_int_equal(status, VWW_ERROR_MEMORY);
        failed++;
    }
    assert_true(failed > 5);
    vww_free(paths);
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks),
        cmocka_unit_test(two_convolutions),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
