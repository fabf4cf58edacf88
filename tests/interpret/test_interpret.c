#include "base/memory.h"
#include "support/check.h"
#include "support/int8_cases.h"
#include "vww/interpret.h"
#include "vww/threads.h"

/* A small image network: 12x12 RGB in, 3 classes out, with usual scales. */
static struct vww_graph *image_network(void)
{
    static const enum vww_op_kind kinds[] = {VWW_OP_CONV_2D, VWW_OP_DEPTHWISE_CONV_2D,
                                             VWW_OP_RESHAPE, VWW_OP_FULLY_CONNECTED,
                                             VWW_OP_SOFTMAX};
    struct int8_case c = int8_case_begin(INT8_CASE_NETWORK, 77);
    const struct vww_shape shape = {.rank = 4, .dims = {1, 12, 12, 3}};
    c.graph->input = c.next = int8_case_activation(&c, "input", &shape, 1.0f / 128, 0);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        int8_case_append(&c, kinds[i]);
    c.graph->preprocessing.mean = 128;
    c.graph->preprocessing.scale = 1.0f / 128;
    return c.graph;
}

/* vww's own models: the integer is the byte less 128; others by their scale and zero point. */
static void bytes_to_integers(void **state)
{
    (void)state;
    struct vww_graph *graph = image_network();
    uint8_t bytes[256];
    int8_t integers[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    vww_interpret_input(graph, bytes, integers, 256);
    for (int i = 0; i < 256; i++)
        assert_int_equal(integers[i], i - 128);
    graph->tensors[graph->input].quantization.scales[0] = 1.0f / 64;
    graph->tensors[graph->input].quantization.zero_points[0] = 10;
    vww_interpret_input(graph, bytes, integers, 256);
    assert_int_equal(integers[128], 10);
    assert_int_equal(integers[0], -54);
    assert_int_equal(integers[255], 74); /* 63.5 rounds away from zero */
    vww_graph_destroy(graph);
}

/* One image after another, by the interpreter, and all at once, by the predictor: the same, with
 * any number of threads. */
static void predictor_is_the_interpreter(void **state)
{
    (void)state;
    enum { COUNT = 37, PIXELS = 12 * 12 * 3 };
    struct vww_error error;
    struct vww_graph *graph = image_network();
    struct vww_interpreter *interpreter;
    static uint8_t images[COUNT * PIXELS];
    const int64_t classes = vww_shape_elements(&graph->tensors[graph->output].shape);
    struct vww_random random = vww_random_init(3, VWW_RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < sizeof images; i++)
        images[i] = (uint8_t)vww_random_below(&random, 256);
    float *expected = vww_allocate(COUNT * (size_t)classes, sizeof *expected);
    float *got = vww_allocate(COUNT * (size_t)classes, sizeof *got);
    int8_t input[PIXELS], output[64];
    assert_true(expected != NULL && got != NULL && classes <= 64);
    assert_ok(vww_interpreter_create(graph, &interpreter, &error), &error);
    for (int i = 0; i < COUNT; i++) {
        vww_interpret_input(graph, images + i * PIXELS, input, PIXELS);
        vww_interpreter_run(interpreter, input, output);
        assert_memory_equal(vww_interpreter_tensor(interpreter, graph->output), output,
                            (size_t)classes);
        assert_memory_equal(vww_interpreter_tensor(interpreter, graph->input), input, PIXELS);
        for (int64_t c = 0; c < classes; c++)
            expected[i * classes + c] = (float)(output[c] + 128) / 256;
    }
    assert_null(vww_interpreter_tensor(interpreter, graph->ops[0].inputs[1]));
    assert_null(vww_interpreter_tensor(interpreter, -1));
    assert_null(vww_interpreter_tensor(interpreter, graph->tensor_count));
    vww_interpreter_destroy(interpreter);
    for (int threads = 1; threads <= 4; threads++) {
        struct vww_predictor predictor;
        vww_threads_use(threads);
        assert_ok(vww_interpret_predictor(graph, &predictor, &error), &error);
        assert_int_equal(predictor.resolution, 12);
        assert_int_equal(predictor.classes, classes);
        memset(got, 0xff, COUNT * (size_t)classes * sizeof *got);
        assert_ok(predictor.predict(predictor.context, images, COUNT, got, &error), &error);
        assert_memory_equal(got, expected, COUNT * (size_t)classes * sizeof *got);
        vww_predictor_fini(&predictor);
    }
    vww_threads_use(0);
    vww_free(expected);
    vww_free(got);
    vww_graph_destroy(graph);
}

/* The interpreter refuses the graph, and speaks of that. */
static void refused(struct vww_graph *graph, const char *text)
{
    struct vww_error error;
    struct vww_interpreter *interpreter;
    char message[2048];
    assert_int_not_equal(vww_interpreter_create(graph, &interpreter, &error), VWW_OK);
    assert_null(interpreter);
    vww_error_format(&error, message, sizeof message);
    if (strstr(message, text) == NULL)
        fail_msg("\"%s\" does not speak of \"%s\"", message, text);
    vww_graph_destroy(graph);
}

static void what_it_refuses(void **state)
{
    (void)state;
    struct vww_graph *graph = image_network();
    graph->tensors[graph->input].dtype = VWW_FLOAT32;
    refused(graph, "quantize the model first");

    graph = image_network();
    graph->tensors[graph->input].quantization.scales[0] = 0;
    refused(graph, "tensor input");

    graph = image_network();
    graph->tensors[graph->ops[0].inputs[1]].quantization.zero_points[0] = 3;
    refused(graph, "weights must be symmetric");

    graph = image_network();
    graph->tensors[graph->output].quantization.scales[0] = 0.1f;
    refused(graph, "fixed scales");

    graph = image_network();
    graph->ops[graph->op_count - 1].beta = 0;
    refused(graph, "too small for an integer softmax");

    graph = int8_case_operator(VWW_OP_AVERAGE_POOL_2D, 1);
    graph->tensors[graph->output].quantization.zero_points[0] ^= 1;
    refused(graph, "must be the input's");

    graph = image_network();
    graph->tensors[graph->ops[0].inputs[1]].quantization.count--;
    refused(graph, "scales");
}

/* What the int8 output stands for is near what the operator computes on real numbers. */
static void near_real_arithmetic(void **state)
{
    (void)state;
    int checked = 0;
    for (uint64_t number = 0; number < 200; number++) {
        struct vww_error error;
        struct vww_interpreter *interpreter;
        struct vww_graph *graph = int8_case_operator(VWW_OP_FULLY_CONNECTED, number);
        const struct vww_op *op = &graph->ops[0];
        const struct vww_tensor *in = &graph->tensors[op->inputs[0]];
        const struct vww_tensor *weights = &graph->tensors[op->inputs[1]];
        const struct vww_tensor *out = &graph->tensors[graph->output];
        const int32_t *bias =
            op->input_count > 2 ? graph->tensors[op->inputs[2]].data : (const int32_t *)NULL;
        int8_t input[100], output[60]; /* several rows, of which the first is looked at */
        int8_case_input(graph, VWW_OP_FULLY_CONNECTED, number, input);
        assert_ok(vww_interpreter_create(graph, &interpreter, &error), &error);
        vww_interpreter_run(interpreter, input, output);
        for (int32_t c = 0; c < weights->shape.dims[0]; c++) {
            const float scale =
                weights->quantization.scales[weights->quantization.count > 1 ? c : 0];
            double sum = bias != NULL ? bias[c] : 0;
            for (int32_t i = 0; i < weights->shape.dims[1]; i++)
                sum += (input[i] - in->quantization.zero_points[0]) *
                       (double)((const int8_t *)weights->data)[c * weights->shape.dims[1] + i];
            double real = sum * in->quantization.scales[0] * scale;
            const bool both = op->activation == VWW_ACTIVATION_RELU_N1_TO_1;
            if (op->activation != VWW_ACTIVATION_NONE)
                real = fmax(real, both ? -1 : 0);
            if (op->activation == VWW_ACTIVATION_RELU6 || both)
                real = fmin(real, both ? 1 : 6);
            double steps = real / out->quantization.scales[0] + out->quantization.zero_points[0];
            if (fabs(steps) > 1e9) /* beyond 32 bits */
                continue;
            steps = steps > 127 ? 127 : (steps < -128 ? -128 : steps);
            assert_true(fabs(output[c] - steps) <= 0.51);
            checked++;
        }
        vww_interpreter_destroy(interpreter);
        vww_graph_destroy(graph);
    }
    assert_true(checked > 500);
}

/* Each allocation in turn fails: an error each time, no leak, no crash. */
static void no_memory(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = image_network();
    for (int64_t n = 1;; n++) {
        struct vww_predictor predictor;
        vww_memory_fail_at(n);
        const vww_status status = vww_interpret_predictor(graph, &predictor, &error);
        vww_memory_fail_at(0);
        if (status == VWW_OK) {
            vww_predictor_fini(&predictor);
            break;
        }
        assert_int_equal(status, VWW_ERROR_MEMORY);
        assert_true(n < 1000);
    }
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_to_integers), cmocka_unit_test(predictor_is_the_interpreter),
        cmocka_unit_test(what_it_refuses),   cmocka_unit_test(near_real_arithmetic),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
