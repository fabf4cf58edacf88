/* The tuned kernels in their portable form against the reference, bit for bit: operators of
 * support/int8_cases.h, each alone, with all that a converter could make of them; rows of pools in
 * rings. */
#include "lower/tune.h"
#include "support/int8_cases.h"
#include "support/rows.h"

#define CASES 1000

static const enum vww_op_kind kinds[] = {VWW_OP_CONV_2D,
                                         VWW_OP_DEPTHWISE_CONV_2D,
                                         VWW_OP_FULLY_CONNECTED,
                                         VWW_OP_AVERAGE_POOL_2D,
                                         VWW_OP_MEAN,
                                         VWW_OP_ADD};
static const char *const targets[] = {"cortex-m3", "cortex-m4", "cortex-m7", "cortex-m55"};

static const int8_t *data_of(const struct vww_graph *graph, int32_t tensor, const int8_t *input)
{
    return graph->tensors[tensor].role == VWW_ROLE_ACTIVATION ? input : graph->tensors[tensor].data;
}

static void in_rings(struct vww_lowered *lowered, const int8_t *input, const int8_t *expected,
                     int number)
{
    const struct vwwrt_average_pool_2d *pool = &lowered->average_pool_2d;
    const struct rows_shape shape = {pool->input_h,  pool->input_w * pool->channels,
                                     pool->output_h, pool->output_w * pool->channels,
                                     pool->kernel_h, pool->stride_h,
                                     pool->pad_top};
    struct vww_random random = vww_random_init(13, VWW_RANDOM_TEST, 0, (uint64_t)number);
    runs_in_rings(lowered, &shape, input, expected, &random, number);
    runs_over_input(lowered, &shape, input, expected, number);
}

/* Returns the tuned kernel, or the plain one where none fits. */
static enum vww_kernel compare(const struct vww_graph *graph, const char *target,
                               const int8_t *input, int number)
{
    const struct vww_op *op = &graph->ops[0];
    const int64_t count = vww_shape_elements(&graph->tensors[op->outputs[0]].shape);
    int8_t *expected = rows_memory((int32_t)count), *seen = rows_memory((int32_t)count + 1);
    const int8_t *inputs[2] = {input,
                               op->input_count > 1 ? data_of(graph, op->inputs[1], input) : NULL};
    struct vww_lowered lowered;
    struct vww_error error;
    assert_ok(vww_lower_op(graph, 0, &lowered, &error), &error);
    const enum vww_kernel plain = lowered.kernel;
    vww_lowered_run(&lowered, inputs, &expected);
    assert_ok(vww_lower_tune(vww_tuning_find(target), &lowered, &error), &error);
    const enum vww_kernel kernel = lowered.kernel;
    if (kernel != plain) {
        if (lowered.scratch_bytes > 0)
            memset(lowered.scratch, 0xa5, (size_t)lowered.scratch_bytes);
        vww_lowered_run(&lowered, inputs, &seen);
        for (int64_t i = 0; i < count; i++)
            if (seen[i] != expected[i])
                fail_msg("%s, %s, case %d: output %d is %d, not %d", target, vww_op_name(op->kind),
                         number, (int)i, seen[i], expected[i]);
        assert_int_equal(seen[count], ROWS_FREE);
        if (kernel == VWW_KERNEL_MVE_AVERAGE_POOL_2D)
            in_rings(&lowered, input, expected, number);
    }
    vww_lowered_fini(&lowered);
    vww_free(expected);
    vww_free(seen);
    return kernel;
}

static int32_t tuned[64]; /* how often each kernel was taken */

static void one_case(enum vww_op_kind kind, uint64_t number)
{
    struct vww_graph *graph = int8_case_operator(kind, number);
    const int64_t count = vww_shape_elements(&graph->tensors[graph->input].shape);
    int8_t *input = rows_memory((int32_t)count);
    int8_case_input(graph, kind, number, input);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0] && graph->op_count == 1; i++)
        tuned[compare(graph, targets[i], input, (int)number)]++;
    vww_free(input);
    vww_graph_destroy(graph);
}

static void operators_equal_reference(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++)
        for (uint64_t number = 0; number < CASES; number++)
            one_case(kinds[kind], number);
    /* The operators have few channels, too few for most other cores' kernels. */
    for (const struct vww_tuned_kernel *kernel = vww_tuning_find("cortex-m55")->kernels;
         kernel->name != NULL; kernel++)
        if (tuned[kernel->tuned] < 3)
            fail_msg("%s: taken %d times", kernel->name, (int)tuned[kernel->tuned]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(operators_equal_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
