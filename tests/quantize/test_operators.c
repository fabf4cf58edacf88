/* A float network of the operators that foreign models have, made int8: a squeeze and excitation,
 * hard swish, constants that are added and multiplied, slices, resizing, means. */
#include "support/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "vww/interpret.h"
#include "vww/network.h"
#include "vww/quantize.h"
#include "vww/tflite.h"

#include <math.h>
#include <string.h>

#define SIDE 16
#define BYTES (SIDE * SIDE * 3)
#define IMAGES 24

static struct vww_error error;

static int32_t parameter(struct vww_graph *graph, enum vww_role role, struct vww_shape shape,
                         double spread)
{
    char name[32];
    snprintf(name, sizeof name, "parameter%d", (int)graph->tensor_count);
    const int32_t index = vww_graph_tensor(graph, name, VWW_FLOAT32, role, &shape);
    assert_true(index >= 0);
    assert_ok(vww_tensor_allocate(&graph->tensors[index], &error), &error);
    struct vww_random random = vww_random_init(4, VWW_RANDOM_TEST, 0, (uint64_t)index);
    for (int64_t i = 0; i < vww_shape_elements(&shape); i++)
        ((float *)graph->tensors[index].data)[i] =
            (float)vww_random_between(&random, -spread, spread);
    return index;
}

static int32_t append(struct vww_graph *graph, struct vww_op op, int32_t a, int32_t b)
{
    snprintf(op.name, sizeof op.name, "%s%d", vww_op_name(op.kind), (int)graph->op_count);
    op.inputs[0] = a;
    op.inputs[1] = b;
    op.input_count = b >= 0 ? 2 : 1;
    op.outputs[0] = -1;
    assert_ok(vww_graph_append(graph, &op, &error), &error);
    return graph->ops[graph->op_count - 1].outputs[0];
}

static int32_t convolution(struct vww_graph *graph, int32_t x, int32_t channels, int32_t kernel,
                           int32_t stride)
{
    const int32_t in = graph->tensors[x].shape.dims[3];
    const struct vww_shape shape = {.rank = 4, .dims = {channels, kernel, kernel, in}};
    return append(graph,
                  (struct vww_op){.kind = VWW_OP_CONV_2D,
                                  .stride_h = stride,
                                  .stride_w = stride,
                                  .dilation_h = 1,
                                  .dilation_w = 1,
                                  .groups = 1},
                  x, parameter(graph, VWW_ROLE_WEIGHT, shape, 2 / sqrt(kernel * kernel * in)));
}

static struct vww_graph *network(void)
{
    struct vww_graph *graph = vww_graph_create("operators");
    assert_non_null(graph);
    const struct vww_shape image = {.rank = 4, .dims = {1, SIDE, SIDE, 3}};
    graph->input = vww_graph_tensor(graph, "image", VWW_FLOAT32, VWW_ROLE_ACTIVATION, &image);
    int32_t x = convolution(graph, graph->input, 8, 3, 2);
    x = append(graph, (struct vww_op){.kind = VWW_OP_HARD_SWISH}, x, -1);
    /* Each channel times a number from 0 to 1 that its mean decides. */
    int32_t gate = append(graph, (struct vww_op){.kind = VWW_OP_MEAN}, x, -1);
    gate = convolution(graph, gate, 8, 1, 1);
    gate = append(graph, (struct vww_op){.kind = VWW_OP_LOGISTIC}, gate, -1);
    x = append(graph, (struct vww_op){.kind = VWW_OP_MUL}, x, gate);
    const struct vww_shape channels = {.rank = 1, .dims = {8}};
    x = append(graph, (struct vww_op){.kind = VWW_OP_ADD}, x,
               parameter(graph, VWW_ROLE_CONSTANT, channels, 1));
    x = append(graph, (struct vww_op){.kind = VWW_OP_MUL}, x,
               parameter(graph, VWW_ROLE_CONSTANT, channels, 2));
    x = append(graph,
               (struct vww_op){.kind = VWW_OP_STRIDED_SLICE,
                               .begin = {0, 1, 0, 0},
                               .step = {1, 2, 2, 1},
                               .shape = {.rank = 4, .dims = {1, 3, 4, 8}}},
               x, -1);
    x = append(
        graph,
        (struct vww_op){.kind = VWW_OP_RESIZE_NEAREST, .shape = {.rank = 4, .dims = {1, 6, 8, 8}}},
        x, -1);
    x = append(graph, (struct vww_op){.kind = VWW_OP_TRANSPOSE, .order = {0, 2, 1, 3}}, x, -1);
    x = append(graph,
               (struct vww_op){
                   .kind = VWW_OP_MEAN, .axes = 1 << 1, .shape = {.rank = 3, .dims = {1, 6, 8}}},
               x, -1);
    x = append(graph,
               (struct vww_op){.kind = VWW_OP_RESHAPE, .shape = {.rank = 2, .dims = {1, 48}}}, x,
               -1);
    const struct vww_shape weights = {.rank = 2, .dims = {5, 48}};
    graph->output = append(graph, (struct vww_op){.kind = VWW_OP_FULLY_CONNECTED}, x,
                           parameter(graph, VWW_ROLE_WEIGHT, weights, 0.5));
    assert_ok(vww_graph_check(graph, true, &error), &error);
    return graph;
}

/* The integers stand for the float network's outputs. */
static void operators_become_int8(void **state)
{
    (void)state;
    static uint8_t images[IMAGES * BYTES];
    static float real[IMAGES * 5];
    struct vww_random random = vww_random_init(5, VWW_RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < sizeof images; i++) {
        const uint32_t contrast = 32 + 9 * (uint32_t)(i / BYTES);
        images[i] = (uint8_t)(vww_random_below(&random, contrast) + (i / BYTES % 2) * 10);
    }
    struct vww_graph *graph = network(), *folded, *integer, *read;
    struct vww_predictor predictor;
    assert_ok(vww_network_predictor(graph, IMAGES, &predictor, &error), &error);
    assert_ok(predictor.predict(predictor.context, images, IMAGES, real, &error), &error);
    vww_predictor_fini(&predictor);
    assert_ok(vww_quantize_fold(graph, &folded, &error), &error);
    const struct vww_calibration_options options = {
        .method = VWW_CALIBRATION_MINMAX, .images = images, .count = IMAGES};
    assert_ok(vww_quantize_calibrate(folded, &options, NULL, &error), &error);
    assert_ok(vww_quantize_convert(folded, &integer, &error), &error);
    struct vww_buffer file = {0};
    assert_ok(vww_tflite_encode(integer, NULL, &file, &error), &error);
    assert_ok(vww_tflite_parse(file.data, file.size, "operators", &read, &error), &error);
    struct vww_interpreter *interpreter;
    assert_ok(vww_interpreter_create(read, &interpreter, &error), &error);
    const struct vww_quantization *q = &read->tensors[read->output].quantization;
    double signal = 0, noise = 0;
    for (int n = 0; n < IMAGES; n++) {
        int8_t input[BYTES], output[5];
        vww_interpret_input(read, images + n * BYTES, input, BYTES);
        vww_interpreter_run(interpreter, input, output);
        for (int c = 0; c < 5; c++) {
            const double wanted = (double)real[5 * n + c];
            const double seen = (double)q->scales[0] * (output[c] - q->zero_points[0]);
            signal += wanted * wanted;
            noise += (seen - wanted) * (seen - wanted);
        }
    }
    const double decibels = 10 * log10(signal / noise);
    if (!(decibels > 25))
        fail_msg("%.1f dB", decibels);
    vww_interpreter_destroy(interpreter);
    vww_buffer_fini(&file);
    vww_graph_destroy(graph);
    vww_graph_destroy(folded);
    vww_graph_destroy(integer);
    vww_graph_destroy(read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_become_int8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
