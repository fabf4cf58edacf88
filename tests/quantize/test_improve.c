/* Cross-layer equalization and bias correction. */
#include "support/check.h"

#include "base/memory.h"
#include "quantize/small_network.h"
#include "vww/quantization.h"
#include "vww/quantize.h"

#define IMAGES 8

static uint8_t images[IMAGES][SMALL_BYTES];

static int make_images(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < IMAGES; n++)
        random_image(n, images[n]);
    return 0;
}

static void calibrate(struct vww_graph *graph)
{
    const struct vww_calibration_options options = {
        .method = VWW_CALIBRATION_MINMAX, .images = images[0], .count = IMAGES};
    assert_ok(vww_quantize_calibrate(graph, &options, NULL, &error), &error);
}

/* Channels whose weights differ a hundredfold, undone by the next layer's: what equalization is
 * for. */
static struct vww_graph *unbalanced(void)
{
    struct vww_graph *graph = small_folded();
    for (int32_t i = 0; i < graph->op_count; i++)
        if (graph->ops[i].activation == VWW_ACTIVATION_RELU6)
            graph->ops[i].activation = VWW_ACTIVATION_RELU;
    for (int32_t i = 0; i < 26; i += 2) { /* conv0 or pw, then dw */
        float *first = graph->tensors[graph->ops[i].inputs[1]].data;
        float *bias = graph->tensors[graph->ops[i].inputs[2]].data;
        float *second = graph->tensors[graph->ops[i + 1].inputs[1]].data;
        const int32_t channels = graph->tensors[graph->ops[i].inputs[2]].shape.dims[0];
        const int64_t each =
            vww_shape_elements(&graph->tensors[graph->ops[i].inputs[1]].shape) / channels;
        for (int32_t c = 0; c < channels; c++) {
            const float factor = c % 2 == 0 ? 0.1f : 10;
            bias[c] *= factor;
            for (int64_t k = 0; k < each; k++)
                first[c * each + k] *= factor;
            for (int k = 0; k < 9; k++)
                second[k * channels + c] /= factor;
        }
    }
    return graph;
}

static double logits_db(const struct vww_graph *graph)
{
    struct vww_quantization_report report;
    double db = 0;
    assert_ok(vww_quantize_report(graph, images[0], IMAGES, NULL, &report, &error), &error);
    for (int32_t i = 0; i < report.count; i++)
        if (strcmp(report.layers[i].name, "classifier") == 0)
            db = report.layers[i].db;
    vww_quantization_report_fini(&report);
    return db;
}

static void equalize(struct vww_graph *graph, int32_t *pairs)
{
    assert_ok(vww_quantize_equalize(graph, images[0], IMAGES, NULL, pairs, &error), &error);
}

static void equalizing_keeps_the_float_network(void **state)
{
    (void)state;
    struct vww_graph *graph = unbalanced(), *equalized = vww_graph_copy(graph);
    int32_t pairs;
    equalize(equalized, &pairs);
    assert_int_equal(pairs, 26);
    const int32_t logits = graph->ops[graph->op_count - 1].inputs[0];
    for (int n = 0; n < 3; n++) {
        double **a = plain_run(graph, images[n]), **b = plain_run(equalized, images[n]);
        for (int c = 0; c < 3; c++)
            assert_true(fabs(a[logits][c] - b[logits][c]) < 1e-4 * fmax(1, fabs(a[logits][c])));
        plain_free(graph, a);
        plain_free(equalized, b);
    }
    vww_graph_destroy(graph);
    vww_graph_destroy(equalized);
}

/* Largest value of each of pw1's channels, and largest weight of dw2's that reads it. */
static void equalizing_balances_and_helps(void **state)
{
    (void)state;
    struct vww_graph *graph = unbalanced(), *equalized = vww_graph_copy(graph);
    int32_t pairs;
    equalize(equalized, &pairs);
    const struct vww_op *pw1 = &equalized->ops[2], *dw2 = &equalized->ops[3];
    const float *weights = equalized->tensors[dw2->inputs[1]].data;
    const int64_t elements = vww_shape_elements(&equalized->tensors[pw1->outputs[0]].shape);
    double values[16] = {0};
    for (int n = 0; n < IMAGES; n++) {
        double **run = plain_run(equalized, images[n]);
        for (int64_t k = 0; k < elements; k++)
            values[k % 16] = fmax(values[k % 16], fabs(run[pw1->outputs[0]][k]));
        plain_free(equalized, run);
    }
    for (int c = 0; c < 16; c++) {
        float largest = 0;
        for (int k = 0; k < 9; k++)
            largest = fmaxf(largest, fabsf(weights[k * 16 + c]));
        assert_true(values[c] == 0 || fabs(values[c] / (double)largest - 1) < 0.01);
    }
    calibrate(graph);
    calibrate(equalized);
    const double was = logits_db(graph), is = logits_db(equalized);
    if (is < was + 6)
        fail_msg("%.1f dB before, %.1f dB after", was, is);
    vww_graph_destroy(graph);
    vww_graph_destroy(equalized);
}

/* A channel that only its bias moves, from weights of 1e-12, and one that nothing reads: neither
 * must be blown up. */
static void equalizing_leaves_dead_channels_alone(void **state)
{
    (void)state;
    struct vww_graph *graph = unbalanced();
    int32_t pairs;
    float *first = graph->tensors[graph->ops[2].inputs[1]].data;
    float *bias = graph->tensors[graph->ops[2].inputs[2]].data;
    float *second = graph->tensors[graph->ops[3].inputs[1]].data;
    for (int k = 0; k < 8; k++)
        first[k] = 1e-12f;
    bias[0] = 0.5f;
    for (int k = 0; k < 9; k++)
        second[k * 16 + 1] = 0;
    equalize(graph, &pairs);
    assert_true(bias[0] > 0.01f && bias[0] < 10);
    calibrate(graph);
    assert_true(logits_db(graph) > 15);
    vww_graph_destroy(graph);
}

/* RELU6 is no obstacle where nothing reaches 6, and is one where something does. */
static void relu6_is_replaced_only_below_6(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded();
    int32_t pairs;
    calibrate(graph);
    bool below[26];
    int count = 0;
    for (int i = 0; i < 26; i++)
        count += below[i] = graph->tensors[graph->ops[i].outputs[0]].range_high < 6;
    assert_true(count > 0 && count < 26);
    equalize(graph, &pairs);
    assert_int_equal(pairs, count);
    for (int i = 0; i < 26; i++)
        assert_int_equal(graph->ops[i].activation,
                         below[i] ? VWW_ACTIVATION_RELU : VWW_ACTIVATION_RELU6);
    assert_false(vww_quantize_has_ranges(graph));
    vww_graph_destroy(graph);
}

/* The mean before the activation, per channel, of operator `op` on the plain network's inputs. */
static void mean_outputs(const struct vww_graph *plain, const struct vww_graph *weights, int32_t op,
                         double *means)
{
    struct vww_op linear = weights->ops[op];
    linear.activation = VWW_ACTIVATION_NONE;
    const struct vww_shape *shape = &weights->tensors[linear.outputs[0]].shape;
    const int64_t elements = vww_shape_elements(shape);
    const int32_t channels = shape->dims[3];
    double *outputs = malloc((size_t)elements * sizeof *outputs);
    for (int32_t c = 0; c < channels; c++)
        means[c] = 0;
    for (int n = 0; n < IMAGES; n++) {
        double **values = plain_run(plain, images[n]);
        plain_op(weights, &linear, values[linear.inputs[0]], outputs);
        for (int64_t k = 0; k < elements; k++)
            means[k % channels] += outputs[k] / (double)(elements / channels * IMAGES);
        plain_free(plain, values);
    }
    free(outputs);
}

static void round_weights(struct vww_graph *graph)
{
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        if (vww_op_weight_axis(op->kind) < 0)
            continue;
        struct vww_tensor *tensor = &graph->tensors[op->inputs[1]];
        float *w = tensor->data, scales[1024];
        const struct vww_channels channels =
            vww_shape_channels(&tensor->shape, vww_op_weight_axis(op->kind));
        vww_quantization_weight_scales(w, &channels, scales);
        for (int32_t c = 0; c < channels.count; c++)
            for (int64_t k = 0; k < channels.elements; k++) {
                float *value = w + c * channels.start + k * channels.step;
                *value =
                    scales[c] * (float)vww_quantize_value(*value, (double)scales[c], 0, -127, 127);
            }
    }
}

static void correction_restores_each_mean(void **state)
{
    (void)state;
    struct vww_graph *plain = small_folded(), *rounded = small_folded(), *corrected;
    round_weights(rounded);
    corrected = vww_graph_copy(plain);
    float largest;
    assert_ok(vww_quantize_correct_bias(corrected, images[0], IMAGES, NULL, &largest, &error),
              &error);
    assert_true(largest > 1e-4f);
    round_weights(corrected);
    static const int32_t ops[] = {0, 1, 2, 3, 9, 16, 28}; /* both kinds, strides, classifier */
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        double wanted[256], without[256], with[256], off = 0;
        mean_outputs(plain, plain, ops[i], wanted);
        mean_outputs(plain, rounded, ops[i], without);
        mean_outputs(plain, corrected, ops[i], with);
        const int32_t channels = plain->tensors[plain->ops[ops[i]].outputs[0]].shape.dims[3];
        for (int32_t c = 0; c < channels; c++) {
            off = fmax(off, fabs(without[c] - wanted[c]));
            assert_true(fabs(with[c] - wanted[c]) < 2e-6);
        }
        assert_true(off > 2e-5); /* otherwise there was nothing to correct */
    }
    vww_graph_destroy(plain);
    vww_graph_destroy(rounded);
    vww_graph_destroy(corrected);
}

/* Each allocation in turn fails: an error each time, no leak, no crash. */
static void no_memory(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded();
    float largest;
    int32_t pairs;
    vww_status status = VWW_ERROR_MEMORY;
    for (int64_t n = 1; status != VWW_OK; n += 5) {
        vww_memory_fail_at(n);
        status = vww_quantize_equalize(graph, images[0], 1, NULL, &pairs, &error);
        vww_memory_fail_at(0);
        assert_true(status == VWW_OK || status == VWW_ERROR_MEMORY);
    }
    status = VWW_ERROR_MEMORY;
    for (int64_t n = 1; status != VWW_OK; n += 5) {
        vww_memory_fail_at(n);
        status = vww_quantize_correct_bias(graph, images[0], 1, NULL, &largest, &error);
        vww_memory_fail_at(0);
        assert_true(status == VWW_OK || status == VWW_ERROR_MEMORY);
    }
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equalizing_keeps_the_float_network),
        cmocka_unit_test(equalizing_balances_and_helps),
        cmocka_unit_test(equalizing_leaves_dead_channels_alone),
        cmocka_unit_test(relu6_is_replaced_only_below_6),
        cmocka_unit_test(correction_restores_each_mean),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, make_images, NULL);
}
