#include "train/builder.h"

#include "base/memory.h"
#include "train/kernels.h"
#include "train/network.h"
#include "train/reference.h"
#include "vww/quantization.h"
#include "vww/threads.h"
#include "vww/zoo.h"

#include <math.h>

#define CLASSES_MAX 10

/* Every kind of node, with kernels, strides and channel counts that the fast paths treat apart. */
static struct vww_graph *every_node(void)
{
    struct vww_error error;
    struct builder b = begin("nodes", 17);
    append_conv(&b, 24, 3, 2, 1, false, false, VWW_ACTIVATION_NONE);
    append_norm(&b);
    append(&b, (struct vww_op){.kind = VWW_OP_RELU6});
    append_conv(&b, 24, 3, 1, 1, true, false, VWW_ACTIVATION_NONE);
    append_norm(&b);
    append(&b, (struct vww_op){.kind = VWW_OP_RELU});
    append_conv(&b, 11, 3, 1, 1, false, true, VWW_ACTIVATION_RELU6);
    append_conv(&b, 11, 3, 1, 2, true, false, VWW_ACTIVATION_NONE);
    append_norm(&b);
    append_conv(&b, 40, 1, 1, 1, false, false, VWW_ACTIVATION_NONE);
    append_norm(&b);
    append(&b, (struct vww_op){.kind = VWW_OP_RELU6});
    append_conv(&b, 40, 3, 2, 1, true, true, VWW_ACTIVATION_RELU);
    append_conv(&b, 70, 1, 1, 1, false, true, VWW_ACTIVATION_NONE);
    append(&b, (struct vww_op){.kind = VWW_OP_RELU6});
    append_conv(&b, 70, 5, 1, 1, true, true, VWW_ACTIVATION_NONE);
    append_conv(&b, 16, 2, 2, 1, false, true, VWW_ACTIVATION_RELU);
    append(&b, (struct vww_op){.kind = VWW_OP_AVERAGE_POOL_2D,
                               .kernel_h = 3,
                               .kernel_w = 3,
                               .stride_h = 3,
                               .stride_w = 3,
                               .padding = VWW_PADDING_VALID});
    append(&b, (struct vww_op){.kind = VWW_OP_DROPOUT, .keep_probability = 0.7f});
    append(&b, (struct vww_op){.kind = VWW_OP_RESHAPE, .shape = {.rank = 2, .dims = {1, 16}}});
    struct vww_op dense = {.kind = VWW_OP_FULLY_CONNECTED, .input_count = 3};
    dense.inputs[1] = parameter(&b, VWW_ROLE_WEIGHT, 2, 3, 16, 0, 0);
    dense.inputs[2] = parameter(&b, VWW_ROLE_BIAS, 1, 3, 0, 0, 0);
    append(&b, dense);
    append(&b, (struct vww_op){.kind = VWW_OP_SOFTMAX, .beta = 1});
    b.graph->output = b.last;
    assert_ok(vww_graph_initialize(b.graph, 3, &error), &error);
    disturb(b.graph);
    return b.graph;
}

static struct vww_graph *mobilenet(double multiplier, int32_t resolution)
{
    struct vww_error error;
    struct vww_graph *graph;
    const struct vww_zoo_options options = {.family = "mobilenet_v1",
                                            .depth_multiplier = multiplier,
                                            .resolution = resolution,
                                            .classes = 2};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_graph_initialize(graph, 3, &error), &error);
    disturb(graph);
    return graph;
}

static uint8_t *other_images(const struct vww_graph *graph, int32_t count, uint64_t seed)
{
    const int64_t bytes = vww_shape_elements(&graph->tensors[graph->input].shape) * count;
    uint8_t *images = vww_allocate((size_t)bytes, 1);
    assert_non_null(images);
    struct vww_random random = vww_random_init(seed, VWW_RANDOM_TEST, 0, 0);
    /* Smooth enough that layers deep down still differ between images. */
    uint8_t level = 0;
    for (int64_t i = 0; i < bytes; i++) {
        if (i % 97 == 0)
            level = (uint8_t)vww_random_below(&random, 200);
        images[i] = (uint8_t)(level + vww_random_below(&random, 56));
    }
    return images;
}

static uint8_t *random_images(const struct vww_graph *graph, int32_t count)
{
    return other_images(graph, count, 5);
}

/* sqrt(mean (a - b)^2 / mean b^2); what is exactly zero in theory may be 1e-7 */
static double relative_error(const float *a, const double *b, int64_t count)
{
    double error = 0, size = 0;
    for (int64_t i = 0; i < count; i++) {
        error += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        size += b[i] * b[i];
    }
    const double least = 1e-6 * (double)count;
    return sqrt(error / (size > least ? size : least));
}

/* Float against double: rounding errors of some hundred operations in a row. */
#define FORWARD_BOUND 5e-5
#define BACKWARD_BOUND 2e-4

/* Where an activation's input lies within rounding of a limit, float and double cut the gradient
 * differently, and all gradients before it differ by the whole of that element's. Is there such a
 * place? */
static bool cut_differently(const struct vww_graph *graph, const struct vww_network *network,
                            struct vww_reference *reference, int32_t count)
{
    bool different = false;
    for (int32_t i = 0; i < graph->op_count && !different; i++) {
        const struct vww_op *op = &graph->ops[i];
        if (op->kind != VWW_OP_RELU && op->kind != VWW_OP_RELU6)
            continue;
        const int64_t elements = count * vww_shape_elements(&graph->tensors[op->inputs[0]].shape);
        float *values = vww_allocate((size_t)elements, sizeof *values);
        assert_non_null(values);
        vww_network_activation(network, op->inputs[0], values);
        const double *wanted = vww_reference_values(reference, op->inputs[0]);
        for (int64_t k = 0; k < elements; k++)
            different |= (values[k] > 0) != (wanted[k] > 0) ||
                         (op->kind == VWW_OP_RELU6 && (values[k] < 6) != (wanted[k] < 6));
        vww_free(values);
    }
    return different;
}

static void compare(const struct vww_graph *graph, int32_t count, bool training)
{
    struct vww_error error;
    struct vww_network *network;
    struct vww_reference *reference;
    const struct vww_pass pass = {.training = training, .seed = 5, .step = 6};
    assert_ok(vww_network_create(graph, count, training ? VWW_TRAINING : VWW_EVALUATION, &network,
                                 &error),
              &error);
    assert_ok(vww_reference_create(graph, count, &reference, &error), &error);
    int32_t labels[64];
    double targets[64 * CLASSES_MAX];
    for (int32_t i = 0; i < count; i++)
        labels[i] = i % vww_network_classes(network);
    draw_targets(targets, count, vww_network_classes(network));
    uint8_t *images = NULL;
    for (uint64_t seed = 5; images == NULL; seed++) {
        assert_true(seed < 20);
        images = other_images(graph, count, seed);
        vww_network_forward(network, images, count, &pass);
        vww_reference_input(reference, images, count);
        vww_reference_forward(reference, count, &pass);
        if (!training || !cut_differently(graph, network, reference, count))
            break;
        vww_free(images);
        images = NULL;
    }
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        if (graph->tensors[t].role != VWW_ROLE_ACTIVATION)
            continue;
        const int64_t elements = count * vww_shape_elements(&graph->tensors[t].shape);
        float *values = vww_allocate((size_t)elements, sizeof *values);
        vww_network_activation(network, t, values);
        const double wrong = relative_error(values, vww_reference_values(reference, t), elements);
        vww_free(values);
        if (!(wrong < FORWARD_BOUND))
            fail_msg("%s: relative error %.3g", graph->tensors[t].name, wrong);
    }
    if (training) {
        const struct vww_loss loss = vww_network_backward(network, labels, targets);
        vww_reference_backward(reference, targets, count, &pass);
        assert_true(fabs(loss.loss - vww_reference_loss(reference, targets, count)) < 1e-5);
        int compared = 0;
        for (int32_t t = 0; t < graph->tensor_count; t++) {
            const float *gradient = vww_network_gradient(network, t);
            const enum vww_role role = graph->tensors[t].role;
            if (role == VWW_ROLE_WEIGHT || role == VWW_ROLE_BIAS || role == VWW_ROLE_BN_SCALE)
                assert_non_null(gradient);
            if (gradient == NULL)
                continue;
            compared++;
            const double wrong = relative_error(gradient, vww_reference_gradient(reference, t),
                                                vww_shape_elements(&graph->tensors[t].shape));
            if (!(wrong < BACKWARD_BOUND))
                fail_msg("gradient of %s: relative error %.3g", graph->tensors[t].name, wrong);
        }
        assert_true(compared > 10);
    }
    vww_free(images);
    vww_reference_destroy(reference);
    vww_network_destroy(network);
}

static void each_isa(void (*test)(void))
{
    size_t count;
    const struct vww_kernels *const *tables = vww_kernels_available(&count);
    for (size_t i = 0; i < count; i++) {
        setenv("VWW_ISA", tables[i]->name, 1);
        test();
    }
    unsetenv("VWW_ISA");
}

static void compare_every_node(void)
{
    struct vww_graph *graph = every_node();
    compare(graph, 19, true);
    compare(graph, 3, true);
    compare(graph, 5, false);
    vww_graph_destroy(graph);
}

static void nodes_equal_the_reference(void **state)
{
    (void)state;
    each_isa(compare_every_node);
}

static void compare_every_branch(void)
{
    struct vww_graph *graph = every_branch(17);
    disturb(graph);
    compare(graph, 18, true);
    compare(graph, 3, false);
    vww_graph_destroy(graph);
    graph = inverted_residuals(17);
    disturb(graph);
    compare(graph, 18, true);
    vww_graph_destroy(graph);
    graph = inverted_residuals(22);
    compare(graph, 17, true);
    vww_graph_destroy(graph);
}

static void branches_equal_the_reference(void **state)
{
    (void)state;
    each_isa(compare_every_branch);
}

/* Every family of the zoo is executed. */
static void families_equal_the_reference(void **state)
{
    (void)state;
    size_t count;
    const struct vww_zoo_family *families = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++) {
        struct vww_error error;
        struct vww_graph *graph;
        const struct vww_zoo_options options = {
            .family = families[i].name,
            .depth_multiplier = families[i].in_grid ? 0.25 : 1,
            .resolution = families[i].in_grid ? 64 : families[i].resolution,
            .classes = 2};
        assert_ok(vww_zoo_build(&options, &graph, &error), &error);
        assert_ok(vww_graph_initialize(graph, 3, &error), &error);
        compare(graph, 1, false);
        vww_graph_destroy(graph);
    }
}

static void compare_mobilenet(void)
{
    struct vww_graph *graph = mobilenet(0.25, 32);
    compare(graph, 18, true);
    compare(graph, 3, false);
    vww_graph_destroy(graph);
    graph = mobilenet(0.35, 32); /* channels that fill no vector */
    compare(graph, 17, true);
    vww_graph_destroy(graph);
}

static void mobilenet_equals_the_reference(void **state)
{
    (void)state;
    each_isa(compare_mobilenet);
}

/* What storing activations and their gradients as bfloat16 changes, which rounds each by up to 2^-9
 * of it: the loss, and the gradients by all parameters together and by each tensor, as shares of
 * all of them. (Of networks of some ten layers: 27 random ones with batch norm amplify any rounding
 * a thousandfold.) */
#define BF16_LOSS_BOUND 1e-3
#define BF16_GRADIENT_BOUND 0.15
#define BF16_TENSOR_BOUND 0.1

/* Images as unlike as photographs are: broad patches, each image of other colours. */
static uint8_t *varied_images(const struct vww_graph *graph, int32_t count)
{
    const int32_t side = graph->tensors[graph->input].shape.dims[1], patch = (side + 2) / 3;
    uint8_t *images = vww_allocate((size_t)count, (size_t)(side * side * 3));
    assert_non_null(images);
    for (int64_t i = 0; i < (int64_t)count * side * side * 3; i++) {
        const int64_t pixel = i / 3, x = pixel % side, y = pixel / side % side;
        struct vww_random random =
            vww_random_init(6, VWW_RANDOM_TEST, (uint64_t)(pixel / side / side),
                            (uint64_t)((y / patch * 3 + x / patch) * 3 + i % 3));
        images[i] = (uint8_t)vww_random_below(&random, 256);
    }
    return images;
}

static void compare_precisions(const struct vww_graph *graph, int32_t count)
{
    struct vww_error error;
    struct vww_network *networks[2];
    struct vww_loss losses[2];
    const struct vww_pass pass = {.training = true, .seed = 5, .step = 6};
    uint8_t *images = varied_images(graph, count);
    int32_t labels[64];
    double targets[64 * CLASSES_MAX];
    for (int i = 0; i < 2; i++) {
        const enum vww_execution execution = i == 0 ? VWW_TRAINING : VWW_TRAINING_BF16;
        assert_ok(vww_network_create(graph, count, execution, &networks[i], &error), &error);
        for (int32_t n = 0; n < count; n++)
            labels[n] = n % vww_network_classes(networks[i]);
        draw_targets(targets, count, vww_network_classes(networks[i]));
        vww_network_forward(networks[i], images, count, &pass);
        losses[i] = vww_network_backward(networks[i], labels, targets);
    }
    const double apart = fabs(losses[0].loss - losses[1].loss);
    assert_true(apart > 0 && apart < BF16_LOSS_BOUND * losses[0].loss);
    double wrong = 0, largest = 0, all = 0;
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        const float *wide = vww_network_gradient(networks[0], t);
        const float *narrow = vww_network_gradient(networks[1], t);
        double here = 0;
        for (int64_t i = 0; wide != NULL && i < vww_shape_elements(&graph->tensors[t].shape); i++) {
            here += pow((double)narrow[i] - (double)wide[i], 2);
            all += pow((double)wide[i], 2);
        }
        wrong += here;
        largest = fmax(largest, here);
    }
    assert_true(wrong > 0 && sqrt(wrong / all) < BF16_GRADIENT_BOUND);
    assert_true(sqrt(largest / all) < BF16_TENSOR_BOUND);
    vww_free(images);
    vww_network_destroy(networks[0]);
    vww_network_destroy(networks[1]);
}

static void compare_every_precision(void)
{
    struct vww_graph *graphs[] = {every_node(), every_branch(17), inverted_residuals(17)};
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++) {
        compare_precisions(graphs[i], 48);
        vww_graph_destroy(graphs[i]);
    }
}

static void bf16_is_near_float32(void **state)
{
    (void)state;
    each_isa(compare_every_precision);
}

/* One thread or three: the same bytes, activations and gradients. */
static void compare_threads(enum vww_execution execution)
{
    enum { count = 21 };
    struct vww_error error;
    struct vww_graph *graph = mobilenet(0.25, 48);
    uint8_t *images = random_images(graph, count);
    const int32_t labels[count] = {0, 1, 1, 0, 1};
    double targets[2 * count];
    draw_targets(targets, count, 2);
    const struct vww_pass pass = {.training = true, .seed = 5};
    struct vww_network *networks[2];
    for (int i = 0; i < 2; i++) {
        vww_threads_use(i == 0 ? 1 : 3);
        assert_ok(vww_network_create(graph, count, execution, &networks[i], &error), &error);
        vww_network_forward(networks[i], images, count, &pass);
        vww_network_backward(networks[i], labels, targets);
    }
    vww_threads_use(0);
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        const size_t elements = (size_t)vww_shape_elements(&graph->tensors[t].shape);
        const float *gradient = vww_network_gradient(networks[0], t);
        if (gradient != NULL)
            assert_memory_equal(gradient, vww_network_gradient(networks[1], t),
                                elements * sizeof *gradient);
    }
    assert_memory_equal(vww_network_probabilities(networks[0]),
                        vww_network_probabilities(networks[1]), count * 2 * sizeof(float));
    vww_network_destroy(networks[0]);
    vww_network_destroy(networks[1]);
    vww_free(images);
    vww_graph_destroy(graph);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    compare_threads(VWW_TRAINING);
    compare_threads(VWW_TRAINING_BF16);
}

/* An evaluated image's result does not depend on its neighbours in the batch. */
static void images_are_evaluated_alone(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = mobilenet(0.25, 32);
    uint8_t *images = random_images(graph, 20);
    const struct vww_pass pass = {.training = false};
    struct vww_network *network;
    assert_ok(vww_network_create(graph, 20, VWW_EVALUATION, &network, &error), &error);
    float together[40];
    vww_network_forward(network, images, 20, &pass);
    memcpy(together, vww_network_probabilities(network), sizeof together);
    for (int32_t i = 0; i < 20; i++) {
        vww_network_forward(network, images + i * 32 * 32 * 3, 1, &pass);
        assert_memory_equal(vww_network_probabilities(network), together + 2 * i,
                            2 * sizeof(float));
    }
    vww_network_destroy(network);
    vww_free(images);
    vww_graph_destroy(graph);
}

/* Fake quantization and batch norm in one network, against the reference. Rounding makes steps, so
 * single values may differ by one: few, and by no more. */
static void fake_quantization_equals_the_reference(void **state)
{
    (void)state;
    enum { count = 9 };
    struct vww_error error;
    struct vww_graph *graph = every_node();
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        struct vww_tensor *tensor = &graph->tensors[t];
        const int32_t axis = tensor->shape.rank == 4 && tensor->shape.dims[0] == 1 ? 3 : 0;
        if (tensor->role != VWW_ROLE_WEIGHT)
            continue;
        assert_ok(vww_tensor_quantize_axis(tensor, axis, tensor->shape.dims[axis], &error), &error);
        const struct vww_channels channels = vww_shape_channels(&tensor->shape, axis);
        vww_quantization_weight_scales(tensor->data, &channels, tensor->quantization.scales);
    }
    const int32_t quantized = graph->ops[6].outputs[0]; /* conv with fused ReLU6 */
    assert_ok(vww_tensor_quantize(&graph->tensors[quantized], 0.5f / 255, -128, &error), &error);
    struct vww_network *network;
    struct vww_reference *reference;
    const struct vww_pass pass = {.training = false};
    assert_ok(vww_network_create(graph, count, VWW_EVALUATION, &network, &error), &error);
    assert_ok(vww_reference_create(graph, count, &reference, &error), &error);
    uint8_t *images = random_images(graph, count);
    vww_network_forward(network, images, count, &pass);
    vww_reference_input(reference, images, count);
    vww_reference_forward(reference, count, &pass);
    const int64_t elements = count * vww_shape_elements(&graph->tensors[quantized].shape);
    float *values = vww_allocate((size_t)elements, sizeof *values);
    vww_network_activation(network, quantized, values);
    const double *wanted = vww_reference_values(reference, quantized);
    int64_t different = 0, at_top = 0;
    for (int64_t i = 0; i < elements; i++) {
        const double steps = fabs((double)values[i] - wanted[i]) / (0.5 / 255);
        assert_true(steps < 1.01);
        different += steps > 0.01;
        at_top += values[i] > 0.4999f;
    }
    assert_true(different * 1000 < elements);
    assert_true(at_top > 0 && at_top < elements);
    vww_free(values);
    vww_free(images);
    vww_reference_destroy(reference);
    vww_network_destroy(network);
    vww_graph_destroy(graph);
}

/* The least and the largest value of a tensor in the network's last batch. */
static void range_of(const struct vww_network *network, const struct vww_graph *graph,
                     int32_t tensor, int32_t count, float *low, float *high)
{
    const int64_t elements = count * vww_shape_elements(&graph->tensors[tensor].shape);
    float *values = vww_allocate((size_t)elements, sizeof *values);
    assert_non_null(values);
    vww_network_activation(network, tensor, values);
    *low = *high = values[0];
    for (int64_t i = 1; i < elements; i++) {
        *low = fminf(*low, values[i]);
        *high = fmaxf(*high, values[i]);
    }
    vww_free(values);
}

/* Tracking: the first batch sets the range, later ones are averaged in. */
static void ranges_are_tracked(void **state)
{
    (void)state;
    enum { count = 9 };
    struct vww_error error;
    struct vww_graph *graph = every_node(), *plain = every_node();
    const int32_t t = graph->ops[8].outputs[0];
    struct vww_tensor *tensor = &graph->tensors[t];
    assert_int_equal(graph->ops[8].kind, VWW_OP_BATCH_NORM);
    assert_ok(vww_tensor_quantize(tensor, 1, 0, &error), &error);
    struct vww_network *network, *plain_network;
    assert_ok(vww_network_create(graph, count, VWW_TRAINING, &network, &error), &error);
    assert_ok(vww_network_create(plain, count, VWW_TRAINING, &plain_network, &error), &error);
    vww_network_track_ranges(network, graph, 0.75);
    uint8_t *images = random_images(graph, 2 * count);
    const struct vww_pass pass = {.training = true};
    float wanted_low = 0, wanted_high = 0;
    for (int batch = 0; batch < 2; batch++) {
        const uint8_t *these = images + batch * count * 17 * 17 * 3;
        float low, high;
        vww_network_forward(network, these, count, &pass);
        vww_network_forward(plain_network, these, count, &pass);
        range_of(plain_network, plain, t, count, &low, &high);
        wanted_low = batch == 0 ? low : 0.75f * wanted_low + 0.25f * low;
        wanted_high = batch == 0 ? high : 0.75f * wanted_high + 0.25f * high;
        assert_true(low < 0 && high > 0);
        assert_true(fabsf(tensor->range_low - wanted_low) < 1e-5f);
        assert_true(fabsf(tensor->range_high - wanted_high) < 1e-5f);
        assert_true(fabsf(tensor->quantization.scales[0] - (wanted_high - wanted_low) / 255) <
                    1e-6f);
        range_of(network, graph, t, count, &low, &high);
        assert_true(low >= wanted_low - tensor->quantization.scales[0]);
    }
    vww_free(images);
    vww_network_destroy(network);
    vww_network_destroy(plain_network);
    vww_graph_destroy(graph);
    vww_graph_destroy(plain);
}

/* Each allocation in turn fails: an error each time, no leak, no crash. */
static void no_memory(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = every_node();
    for (int64_t n = 1;; n++) {
        struct vww_network *network;
        vww_memory_fail_at(n);
        const vww_status status = vww_network_create(graph, 2, VWW_TRAINING_BF16, &network, &error);
        vww_memory_fail_at(0);
        vww_network_destroy(network);
        if (status == VWW_OK)
            break;
        assert_int_equal(status, VWW_ERROR_MEMORY);
        assert_true(n < 2000);
    }
    vww_graph_destroy(graph);
}

static void an_unknown_isa_is_refused(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_network *network;
    struct vww_graph *graph = every_node();
    setenv("VWW_ISA", "avx9", 1);
    assert_int_equal(vww_network_create(graph, 2, VWW_EVALUATION, &network, &error),
                     VWW_ERROR_ARGUMENT);
    assert_non_null(strstr(error.seen, "avx9"));
    unsetenv("VWW_ISA");
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_equal_the_reference),
        cmocka_unit_test(branches_equal_the_reference),
        cmocka_unit_test(families_equal_the_reference),
        cmocka_unit_test(mobilenet_equals_the_reference),
        cmocka_unit_test(bf16_is_near_float32),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(images_are_evaluated_alone),
        cmocka_unit_test(fake_quantization_equals_the_reference),
        cmocka_unit_test(ranges_are_tracked),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(an_unknown_isa_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
