#include "support/check.h"

#include "base/memory.h"
#include "train/builder.h"
#include "train/reference.h"
#include "vww/zoo.h"

#include <math.h>

/* Every operator that trains appears, strides, dilation and odd sizes included. */
static struct vww_graph *every_operator(void)
{
    struct vww_error error;
    struct builder b = begin("every", 9);
    append_conv(&b, 4, 3, 2, 1, false, true, VWW_ACTIVATION_NONE);
    append_norm(&b);
    append(&b, (struct vww_op){.kind = VWW_OP_RELU6});
    append_conv(&b, 4, 3, 1, 2, true, true, VWW_ACTIVATION_RELU6);
    append_norm(&b);
    append(&b, (struct vww_op){.kind = VWW_OP_RELU});
    append_conv(&b, 8, 3, 2, 1, true, true, VWW_ACTIVATION_RELU);
    append(&b, (struct vww_op){.kind = VWW_OP_AVERAGE_POOL_2D,
                               .kernel_h = 2,
                               .kernel_w = 2,
                               .stride_h = 1,
                               .stride_w = 1});
    append(&b, (struct vww_op){.kind = VWW_OP_DROPOUT, .keep_probability = 0.7f});
    append(&b, (struct vww_op){.kind = VWW_OP_RESHAPE, .shape = {.rank = 2, .dims = {1, 72}}});
    struct vww_op dense = {.kind = VWW_OP_FULLY_CONNECTED, .input_count = 3};
    dense.inputs[1] = parameter(&b, VWW_ROLE_WEIGHT, 2, 3, 72, 0, 0);
    dense.inputs[2] = parameter(&b, VWW_ROLE_BIAS, 1, 3, 0, 0, 0);
    append(&b, dense);
    append(&b, (struct vww_op){.kind = VWW_OP_SOFTMAX, .beta = 1});
    b.graph->output = b.last;
    assert_ok(vww_graph_initialize(b.graph, 3, &error), &error);
    return b.graph;
}

/* Every gradient against (loss(v + h) - loss(v - h)) / 2h. */
static void compare_differences(struct vww_graph *graph)
{
    enum { batch = 4 };
    const double h = 1e-5;
    struct vww_error error;
    disturb(graph);
    struct vww_reference *reference;
    assert_ok(vww_reference_create(graph, batch, &reference, &error), &error);
    const int64_t pixels = batch * 9 * 9 * 3;
    struct vww_random random = vww_random_init(2, VWW_RANDOM_TEST, 0, 0);
    for (int64_t i = 0; i < pixels; i++)
        vww_reference_values(reference, graph->input)[i] = vww_random_normal(&random);
    double targets[batch * 3];
    draw_targets(targets, batch, 3);
    for (int training = 0; training < 2; training++) {
        const struct vww_pass pass = {.training = training, .seed = 9, .step = 4};
        vww_reference_forward(reference, batch, &pass);
        vww_reference_backward(reference, targets, batch, &pass);
        int64_t checked = 0;
        for (int32_t t = 0; t < graph->tensor_count; t++) {
            const struct vww_tensor *tensor = &graph->tensors[t];
            if ((tensor->role == VWW_ROLE_ACTIVATION && t != graph->input) ||
                tensor->role == VWW_ROLE_BN_MEAN || tensor->role == VWW_ROLE_BN_VARIANCE)
                continue;
            const int64_t elements =
                t == graph->input ? pixels : vww_shape_elements(&tensor->shape);
            double *values = vww_reference_values(reference, t);
            const double *gradient = vww_reference_gradient(reference, t);
            for (int64_t k = 0; k < elements; k++, checked++) {
                const double kept = values[k];
                values[k] = kept + h;
                vww_reference_forward(reference, batch, &pass);
                const double above = vww_reference_loss(reference, targets, batch);
                values[k] = kept - h;
                vww_reference_forward(reference, batch, &pass);
                const double below = vww_reference_loss(reference, targets, batch);
                values[k] = kept;
                const double difference = (above - below) / (2 * h);
                if (fabs(difference - gradient[k]) > 1e-7 + 1e-6 * fabs(difference))
                    fail_msg("tensor %s, element %lld: gradient %.9g, difference %.9g",
                             tensor->name, (long long)k, gradient[k], difference);
            }
        }
        assert_true(checked > 1000);
    }
    vww_reference_destroy(reference);
    vww_graph_destroy(graph);
}

static void gradients_against_differences(void **state)
{
    (void)state;
    compare_differences(every_operator());
    compare_differences(every_branch(9));
    compare_differences(inverted_residuals(9));
}

/* What the zoo is made of, the graphs above contain. */
static void every_operator_of_the_zoo_is_compared(void **state)
{
    (void)state;
    struct vww_graph *compared[] = {every_operator(), every_branch(9), inverted_residuals(9)};
    bool known[VWW_OP_COUNT] = {false};
    for (size_t i = 0; i < sizeof compared / sizeof compared[0]; i++) {
        for (int32_t k = 0; k < compared[i]->op_count; k++)
            known[compared[i]->ops[k].kind] = true;
        vww_graph_destroy(compared[i]);
    }
    size_t count;
    const struct vww_zoo_family *families = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++) {
        struct vww_error error;
        struct vww_graph *graph;
        const struct vww_zoo_options options = {
            .family = families[i].name,
            .depth_multiplier = 1,
            .resolution = families[i].in_grid ? 96 : families[i].resolution,
            .classes = 2};
        assert_ok(vww_zoo_build(&options, &graph, &error), &error);
        for (int32_t k = 0; k < graph->op_count; k++)
            if (!known[graph->ops[k].kind])
                fail_msg("%s: no gradient of %s is compared", families[i].name,
                         vww_op_name(graph->ops[k].kind));
        vww_graph_destroy(graph);
    }
}

/* Normalized values have mean beta and standard deviation gamma. */
static void batch_norm_normalizes(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = every_operator();
    struct vww_reference *reference;
    assert_ok(vww_reference_create(graph, 8, &reference, &error), &error);
    struct vww_random random = vww_random_init(2, VWW_RANDOM_TEST, 0, 1);
    for (int64_t i = 0; i < 8 * 9 * 9 * 3; i++)
        vww_reference_values(reference, graph->input)[i] = vww_random_normal(&random);
    const struct vww_pass pass = {.training = true};
    vww_reference_forward(reference, 8, &pass);
    const struct vww_op *norm = &graph->ops[1];
    const double *y = vww_reference_values(reference, norm->outputs[0]);
    double sum = 0, squares = 0;
    for (int i = 0; i < 8 * 5 * 5; i++) {
        sum += y[i * 4];
        squares += y[i * 4] * y[i * 4];
    }
    assert_true(fabs(sum / 200) < 1e-12);
    const double variance = vww_reference_statistic(reference, norm->inputs[4])[0];
    assert_true(fabs(squares / 200 - variance / (variance + 1e-3)) < 1e-9);
    vww_reference_destroy(reference);
    vww_graph_destroy(graph);
}

/* An activation with parameters takes only values of its grid; its gradient stops outside. */
static void quantized_activations_are_on_the_grid(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = every_operator();
    const int32_t t = graph->ops[2].outputs[0];
    assert_ok(vww_tensor_quantize(&graph->tensors[t], 2.0f / 255, -128, &error), &error);
    struct vww_reference *reference;
    assert_ok(vww_reference_create(graph, 8, &reference, &error), &error);
    struct vww_random random = vww_random_init(2, VWW_RANDOM_TEST, 0, 1);
    for (int64_t i = 0; i < 8 * 9 * 9 * 3; i++)
        vww_reference_values(reference, graph->input)[i] = vww_random_normal(&random);
    const struct vww_pass pass = {.training = true};
    double targets[8 * 3];
    draw_targets(targets, 8, 3);
    vww_reference_forward(reference, 8, &pass);
    vww_reference_backward(reference, targets, 8, &pass);
    const double *values = vww_reference_values(reference, t);
    const double *before = vww_reference_gradient(reference, graph->ops[2].inputs[0]);
    int at_top = 0, inside = 0;
    for (int i = 0; i < 8 * 5 * 5 * 4; i++) {
        const double steps = values[i] / (double)(2.0f / 255);
        assert_true(fabs(steps - round(steps)) < 1e-6 && steps > -0.5 && steps < 255.5);
        if (steps > 254.5 && before[i] == 0)
            at_top++;
        inside += before[i] != 0;
    }
    assert_true(at_top > 0);
    assert_true(inside > 0);
    vww_reference_destroy(reference);
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_against_differences),
        cmocka_unit_test(every_operator_of_the_zoo_is_compared),
        cmocka_unit_test(batch_norm_normalizes),
        cmocka_unit_test(quantized_activations_are_on_the_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
