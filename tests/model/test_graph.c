#include "base/memory.h"
#include "support/check.h"
#include "vww/zoo.h"

static struct vww_graph *build(double multiplier, int resolution)
{
    struct vww_error error;
    struct vww_graph *graph;
    const struct vww_zoo_options options = {.family = "mobilenet_v1",
                                            .depth_multiplier = multiplier,
                                            .resolution = resolution,
                                            .classes = 2};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    return graph;
}

/* specs/zoo_truth.csv, V1 0.25 at 96 and 0.35 at 96. */
static void mobilenet_v1_counts(void **state)
{
    (void)state;
    static const struct {
        double multiplier;
        int resolution;
        int64_t weights, macs;
    } rows[] = {{0.25, 96, 207600 + 512, 7489664}, {0.35, 96, 399241 + 716, 13795835}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vww_graph *graph = build(rows[i].multiplier, rows[i].resolution);
        int64_t weights = 0, macs = 0;
        for (int k = 0; k < graph->tensor_count; k++)
            if (graph->tensors[k].role == VWW_ROLE_WEIGHT)
                weights += vww_shape_elements(&graph->tensors[k].shape);
        for (int k = 0; k < graph->op_count; k++)
            macs += vww_op_macs(graph, &graph->ops[k]);
        assert_int_equal(weights, rows[i].weights);
        assert_int_equal(macs, rows[i].macs);
        vww_graph_destroy(graph);
    }
}

static void bytes_and_back(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = build(0.25, 96), *read;
    assert_ok(vww_graph_initialize(graph, 5, &error), &error);
    struct vww_graph *copy = vww_graph_copy(graph);
    assert_non_null(copy);
    struct vww_buffer first = {0}, second = {0};
    assert_ok(vww_graph_serialize(copy, &first, &error), &error);
    assert_ok(vww_graph_deserialize(first.data, first.size, &read, &error), &error);
    assert_ok(vww_graph_check(read, true, &error), &error);
    assert_ok(vww_graph_serialize(read, &second, &error), &error);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    vww_graph_destroy(read);
    for (size_t cut = 0; cut < first.size; cut += first.size / 97 + 1)
        assert_int_not_equal(vww_graph_deserialize(first.data, cut, &read, &error), VWW_OK);
    vww_buffer_fini(&first);
    vww_buffer_fini(&second);
    vww_graph_destroy(graph);
    vww_graph_destroy(copy);
}

static void unknown_families_get_a_hint(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph;
    const struct vww_zoo_options options = {
        .family = "mobilnet_v1", .depth_multiplier = 1, .resolution = 96, .classes = 2};
    assert_int_equal(vww_zoo_build(&options, &graph, &error), VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.remedy, "mobilenet_v1"));
}

/* Each allocation in turn fails: an error each time, no leak, no crash. */
static void no_memory(void **state)
{
    (void)state;
    struct vww_error error;
    const struct vww_zoo_options options = {
        .family = "mobilenet_v1", .depth_multiplier = 0.25, .resolution = 32, .classes = 2};
    for (int64_t n = 1;; n++) {
        struct vww_graph *graph;
        vww_memory_fail_at(n);
        const vww_status status = vww_zoo_build(&options, &graph, &error);
        vww_memory_fail_at(0);
        vww_graph_destroy(graph);
        if (status == VWW_OK)
            break;
        assert_int_equal(status, VWW_ERROR_MEMORY);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mobilenet_v1_counts),
        cmocka_unit_test(bytes_and_back),
        cmocka_unit_test(unknown_families_get_a_hint),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
