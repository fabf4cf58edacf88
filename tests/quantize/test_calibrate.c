#include "support/check.h"

#include "base/memory.h"
#include "quantize/small_network.h"
#include "vww/quantization.h"
#include "vww/quantize.h"
#include "vww/threads.h"

#define IMAGES 20 /* more than a batch */

static uint8_t images[IMAGES][SMALL_BYTES];

static int make_images(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < IMAGES; n++)
        random_image(n, images[n]);
    return 0;
}

static void calibrate(struct vww_graph *graph, enum vww_calibration method, int64_t count)
{
    const struct vww_calibration_options options = {
        .method = method, .percentile = 99.9, .images = images[0], .count = count};
    assert_ok(vww_quantize_calibrate(graph, &options, NULL, &error), &error);
}

static bool near(float a, float b)
{
    return fabsf(a - b) <= 1e-4f * fmaxf(1, fabsf(b));
}

static void minmax_is_the_extremes(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded(), *wanted = small_folded();
    graph->tensors[graph->output].range_high = 77; /* of earlier; must go */
    assert_ok(vww_tensor_quantize(&graph->tensors[graph->output], 3, 1, &error), &error);
    calibrate(graph, VWW_CALIBRATION_MINMAX, 3);
    for (int n = 0; n < 3; n++) {
        double **values = plain_run(wanted, images[n]);
        for (int32_t i = 0; i < wanted->tensor_count; i++) {
            struct vww_tensor *t = &wanted->tensors[i];
            for (int64_t k = 0; values[i] && k < vww_shape_elements(&t->shape); k++) {
                const float value = (float)values[i][k];
                t->range_low = (n == 0 && k == 0) || value < t->range_low ? value : t->range_low;
                t->range_high = (n == 0 && k == 0) || value > t->range_high ? value : t->range_high;
            }
        }
        plain_free(wanted, values);
    }
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        if (graph->tensors[i].role != VWW_ROLE_ACTIVATION)
            continue;
        assert_true(near(graph->tensors[i].range_low, wanted->tensors[i].range_low));
        assert_true(near(graph->tensors[i].range_high, wanted->tensors[i].range_high));
        assert_int_equal(graph->tensors[i].quantization.count, 0);
    }
    vww_graph_destroy(graph);
    vww_graph_destroy(wanted);
}

static float largest_over(const struct vww_graph *graph, int32_t tensor, int first, int count)
{
    float largest = -INFINITY;
    for (int n = first; n < first + count; n++) {
        double **values = plain_run(graph, images[n]);
        for (int64_t k = 0; k < vww_shape_elements(&graph->tensors[tensor].shape); k++)
            largest = fmaxf(largest, (float)values[tensor][k]);
        plain_free(graph, values);
    }
    return largest;
}

/* 20 images are a batch of 16 and one of 4. */
static void average_weighs_the_batches(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded(), *first = small_folded(), *both = small_folded();
    calibrate(first, VWW_CALIBRATION_AVERAGE, 16);
    calibrate(both, VWW_CALIBRATION_AVERAGE, 20);
    int differ = 0;
    for (int32_t i = 0; i < graph->op_count; i += 3) {
        const int32_t tensor = graph->ops[i].outputs[0];
        const float a = largest_over(graph, tensor, 0, 16), b = largest_over(graph, tensor, 16, 4);
        assert_true(near(first->tensors[tensor].range_high, a));
        assert_true(near(both->tensors[tensor].range_high, (0.99f * a + b) / 1.99f));
        differ += !near(a, b);
    }
    assert_true(differ > 0); /* otherwise this says nothing */
    vww_graph_destroy(graph);
    vww_graph_destroy(first);
    vww_graph_destroy(both);
}

/* 3072 values of the input: 2 at either extreme, the others within 100 … 156. 99.9 % cuts 3. */
static void percentile_cuts_outliers(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded();
    uint8_t image[SMALL_BYTES];
    for (int i = 0; i < SMALL_BYTES; i++)
        image[i] = (uint8_t)(100 + i % 57);
    image[7] = image[70] = 0;
    image[77] = image[777] = 255;
    struct vww_calibration_options options = {
        .method = VWW_CALIBRATION_PERCENTILE, .percentile = 99.9, .images = image, .count = 1};
    assert_ok(vww_quantize_calibrate(graph, &options, NULL, &error), &error);
    const struct vww_tensor *input = &graph->tensors[graph->input];
    const float bin = 2.0f / 2048;
    assert_true(input->range_low <= -28.0f / 128 && input->range_low >= -28.0f / 128 - bin);
    assert_true(input->range_high >= 28.0f / 128 && input->range_high <= 28.0f / 128 + bin);
    options.percentile = 100;
    assert_ok(vww_quantize_calibrate(graph, &options, NULL, &error), &error);
    assert_true(input->range_low == -1);
    assert_true(near(input->range_high, 127.0f / 128));
    vww_graph_destroy(graph);
}

/* Mean squared error of a tensor's values in the range that calibration chose. */
static double error_in_range(const struct vww_graph *graph, int32_t tensor, double **const *values)
{
    const struct vww_tensor *t = &graph->tensors[tensor];
    float scale;
    int32_t zero_point;
    vww_quantization_from_range(t->range_low, t->range_high, &scale, &zero_point);
    double sum = 0;
    for (int n = 0; n < 4; n++)
        for (int64_t k = 0; k < vww_shape_elements(&t->shape); k++) {
            const double x = values[n][tensor][k];
            const int32_t q = vww_quantize_value((float)x, (double)scale, zero_point, -128, 127);
            sum += pow(x - (double)scale * (q - zero_point), 2);
        }
    return sum;
}

/* No method has a smaller error on the calibration images (but for what binning hides), and for
 * some tensors the others' is clearly larger. */
static void mse_has_the_least_error(void **state)
{
    (void)state;
    struct vww_graph *by[VWW_CALIBRATION_COUNT];
    for (int m = 0; m < VWW_CALIBRATION_COUNT; m++) {
        by[m] = small_folded();
        calibrate(by[m], (enum vww_calibration)m, 4);
    }
    double **values[4];
    for (int n = 0; n < 4; n++)
        values[n] = plain_run(by[0], images[n]);
    int clearly = 0;
    for (int32_t i = 0; i < by[0]->tensor_count; i++) {
        if (by[0]->tensors[i].role != VWW_ROLE_ACTIVATION || i == by[0]->input ||
            vww_shape_elements(&by[0]->tensors[i].shape) < 100)
            continue;
        const double least = error_in_range(by[VWW_CALIBRATION_MSE], i, values);
        for (int m = 0; m < VWW_CALIBRATION_COUNT; m++) {
            const double other = error_in_range(by[m], i, values);
            if (least > 1.05 * other)
                fail_msg("%s: %g, but %g by %s", by[0]->tensors[i].name, least, other,
                         vww_calibration_name((enum vww_calibration)m));
            clearly += least < 0.8 * other;
        }
    }
    assert_true(clearly > 0);
    for (int n = 0; n < 4; n++)
        plain_free(by[0], values[n]);
    for (int m = 0; m < VWW_CALIBRATION_COUNT; m++)
        vww_graph_destroy(by[m]);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    struct vww_buffer bytes[2] = {{0}, {0}};
    for (int k = 0; k < 2; k++) {
        struct vww_graph *graph = small_folded();
        vww_threads_use(k == 0 ? 1 : 4);
        calibrate(graph, VWW_CALIBRATION_MSE, IMAGES);
        vww_threads_use(0);
        assert_ok(vww_graph_serialize(graph, &bytes[k], &error), &error);
        vww_graph_destroy(graph);
    }
    assert_int_equal(bytes[0].size, bytes[1].size);
    assert_memory_equal(bytes[0].data, bytes[1].data, bytes[0].size);
    vww_buffer_fini(&bytes[0]);
    vww_buffer_fini(&bytes[1]);
}

static float *data_of(struct vww_graph *graph, const char *name)
{
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (strcmp(graph->tensors[i].name, name) == 0)
            return graph->tensors[i].data;
    fail_msg("no tensor %s", name);
    return NULL;
}

/* A layer that is 0 for every image still has parameters. */
static void dead_layers_convert(void **state)
{
    (void)state;
    for (int m = 0; m < VWW_CALIBRATION_COUNT; m++) {
        struct vww_graph *graph = small_folded(), *integer;
        float *bias = data_of(graph, "pw12/bias");
        for (int k = 0; k < 256; k++)
            bias[k] = -1000;
        calibrate(graph, (enum vww_calibration)m, 2);
        assert_true(vww_quantize_has_ranges(graph));
        assert_ok(vww_quantize_convert(graph, &integer, &error), &error);
        vww_graph_destroy(graph);
        vww_graph_destroy(integer);
    }
}

static bool stop_now(void *context)
{
    (void)context;
    return true;
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded();
    struct vww_calibration_options options = {.images = images[0], .count = 0};
    assert_int_equal(vww_quantize_calibrate(graph, &options, NULL, &error), VWW_ERROR_ARGUMENT);
    options.count = 1;
    options.method = VWW_CALIBRATION_PERCENTILE;
    assert_int_equal(vww_quantize_calibrate(graph, &options, NULL, &error), VWW_ERROR_ARGUMENT);
    options.method = VWW_CALIBRATION_COUNT;
    assert_int_equal(vww_quantize_calibrate(graph, &options, NULL, &error), VWW_ERROR_ARGUMENT);
    options.method = VWW_CALIBRATION_MINMAX;
    const struct vww_progress stopping = {.stop = stop_now};
    assert_int_equal(vww_quantize_calibrate(graph, &options, &stopping, &error), VWW_ERROR_STOPPED);
    data_of(graph, "dw5/bias")[0] = NAN;
    assert_int_equal(vww_quantize_calibrate(graph, &options, NULL, &error), VWW_ERROR_FORMAT);
    assert_non_null(strstr(error.place, "dw5"));
    vww_graph_destroy(graph);
}

/* --- the report --------------------------------------------------------------------------------
 */

static const struct vww_quantized_layer *layer(const struct vww_quantization_report *report,
                                               const char *name)
{
    for (int32_t i = 0; i < report->count; i++)
        if (strcmp(report->layers[i].name, name) == 0)
            return &report->layers[i];
    fail_msg("no layer %s", name);
    return NULL;
}

static void report_without_images(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded();
    struct vww_quantization_report report;
    assert_int_equal(vww_quantize_report(graph, NULL, 0, NULL, &report, &error),
                     VWW_ERROR_NOT_FOUND);
    calibrate(graph, VWW_CALIBRATION_MINMAX, 2);
    assert_ok(vww_quantize_report(graph, NULL, 0, NULL, &report, &error), &error);
    assert_int_equal(report.count, graph->op_count);
    assert_int_equal(report.images, 0);
    assert_string_equal(report.layers[0].name, "conv0");
    assert_int_equal(report.layers[0].channels, 8);
    assert_true(report.layers[0].weight_scale_least > 0 &&
                report.layers[0].weight_scale_least < report.layers[0].weight_scale_most);
    assert_true(near(report.layers[0].scale, report.layers[0].high / 255));
    assert_int_equal(layer(&report, "pool")->channels, 0);
    assert_int_equal(layer(&report, "probabilities")->zero_point, -128);
    vww_quantization_report_fini(&report);
    vww_graph_destroy(graph);
}

/* Saturation and own noise of a layer whose range is made too narrow, against a count by hand. */
static void report_measures_each_layer(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded();
    calibrate(graph, VWW_CALIBRATION_MINMAX, IMAGES);
    int32_t pw2 = 0;
    while (strcmp(graph->tensors[pw2].name, "pw2") != 0)
        pw2++;
    graph->tensors[pw2].range_high /= 8;
    struct vww_quantization_report report;
    assert_ok(vww_quantize_report(graph, images[0], IMAGES, NULL, &report, &error), &error);
    assert_int_equal(report.images, IMAGES);
    for (int32_t i = 1; i < report.count; i++)
        assert_true(report.layers[i - 1].db <= report.layers[i].db);
    const int64_t elements = vww_shape_elements(&graph->tensors[pw2].shape);
    const double high = (double)graph->tensors[pw2].range_high, step = high / 255;
    double beyond = 0, signal = 0, noise = 0;
    for (int n = 0; n < IMAGES; n++) {
        double **values = plain_run(graph, images[n]);
        for (int64_t k = 0; k < elements; k++) {
            const double x = values[pw2][k];
            const double rounded = x > high ? high : round(x / step) * step;
            beyond += x > high + step / 2;
            signal += x * x;
            noise += (x - rounded) * (x - rounded);
        }
        plain_free(graph, values);
    }
    const struct vww_quantized_layer *narrow = layer(&report, "pw2");
    assert_true(beyond > 100);
    assert_true(fabs(narrow->saturated - beyond / (double)(IMAGES * elements)) < 1e-4);
    assert_true(fabs(narrow->own_db - 10 * log10(signal / noise)) < 0.01);
    assert_true(narrow->db < layer(&report, "dw2")->db); /* the damage begins here */
    assert_true(layer(&report, "conv0")->saturated == 0);
    assert_true(layer(&report, "conv0")->db > 30);
    vww_quantization_report_fini(&report);
    vww_graph_destroy(graph);
}

/* Each allocation in turn fails: an error each time, no leak, no crash. */
static void no_memory(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded();
    struct vww_quantization_report report;
    const struct vww_calibration_options options = {
        .method = VWW_CALIBRATION_MSE, .images = images[0], .count = 1};
    vww_status status = VWW_ERROR_MEMORY;
    for (int64_t n = 1; status != VWW_OK; n += 7) {
        vww_memory_fail_at(n);
        status = vww_quantize_calibrate(graph, &options, NULL, &error);
        vww_memory_fail_at(0);
        assert_true(status == VWW_OK || status == VWW_ERROR_MEMORY);
    }
    status = VWW_ERROR_MEMORY;
    for (int64_t n = 1; status != VWW_OK; n += 7) {
        vww_memory_fail_at(n);
        status = vww_quantize_report(graph, images[0], 1, NULL, &report, &error);
        vww_memory_fail_at(0);
        assert_true(status == VWW_OK || status == VWW_ERROR_MEMORY);
    }
    vww_quantization_report_fini(&report);
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minmax_is_the_extremes),     cmocka_unit_test(average_weighs_the_batches),
        cmocka_unit_test(percentile_cuts_outliers),   cmocka_unit_test(mse_has_the_least_error),
        cmocka_unit_test(threads_change_nothing),     cmocka_unit_test(dead_layers_convert),
        cmocka_unit_test(wrong_input_is_refused),     cmocka_unit_test(report_without_images),
        cmocka_unit_test(report_measures_each_layer), cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, make_images, NULL);
}
