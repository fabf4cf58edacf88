#include "support/check.h"

#include "base/memory.h"
#include "quantize/small_network.h"
#include "vww/interpret.h"
#include "vww/network.h"
#include "vww/quantization.h"
#include "vww/quantize.h"

/* --- the arithmetic ----------------------------------------------------------------------------
 */

static void scales_and_zero_points(void **state)
{
    (void)state;
    static const struct {
        float low, high, scale;
        int32_t zero_point;
    } rows[] = {
        {0, 255, 1, -128},        {-128, 127, 1, 0},       {-255, 0, 1, 127},
        {0, 6, 6.0f / 255, -128}, {2, 51, 0.2f, -128},     {-51, -2, 0.2f, 127},
        {0, 0, 1.0f / 128, 0},    {-1, 1, 2.0f / 255, -1}, /* -0.5 rounds away from zero */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        float scale;
        int32_t zero_point;
        vww_quantization_from_range(rows[i].low, rows[i].high, &scale, &zero_point);
        assert_true(scale == rows[i].scale);
        assert_int_equal(zero_point, rows[i].zero_point);
    }
    assert_int_equal(vww_quantize_value(0.5f, 1, 0, -128, 127), 1);
    assert_int_equal(vww_quantize_value(-0.5f, 1, 0, -128, 127), -1);
    assert_int_equal(vww_quantize_value(1e30f, 1, 0, -128, 127), 127);
    assert_int_equal(vww_quantize_value(-INFINITY, 1, 0, -128, 127), -128);
    assert_int_equal(vww_quantize_value(NAN, 1, 5, -128, 127), 5);
    assert_true(vww_quantization_weight_scale(254) == 2);
    assert_true(vww_quantization_weight_scale(0) == 1.0f / 127);
}

/* multiplier * 2^(shift - 31) is the nearest such number to `real`. */
static void multipliers(void **state)
{
    (void)state;
    static const double reals[] = {1,      0.5,    0.75,    0.0003, 1.9999999999,
                                   3.7e-9, 123456, 0x1p-31, 0.25,   1.0 / 3};
    int32_t multiplier, shift;
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        vww_quantization_multiplier(reals[i], &multiplier, &shift);
        assert_true(multiplier >= 1 << 30);
        const double value = ldexp(multiplier, shift - 31);
        assert_true(fabs(value - reals[i]) <= ldexp(0.5, shift - 31));
    }
    vww_quantization_multiplier(0.5, &multiplier, &shift);
    assert_int_equal(multiplier, 1 << 30);
    assert_int_equal(shift, 0);
    vww_quantization_multiplier(1 - 0x1p-33, &multiplier, &shift); /* rounds up to 1 */
    assert_int_equal(multiplier, 1 << 30);
    assert_int_equal(shift, 1);
    static const double nothing[] = {0, 0x1p-33, NAN, INFINITY};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        vww_quantization_multiplier(nothing[i], &multiplier, &shift);
        assert_int_equal(multiplier, 0);
        assert_int_equal(shift, 0);
    }
}

/* --- parameters --------------------------------------------------------------------------------
 */

static const struct vww_tensor *output_of(const struct vww_graph *graph, enum vww_op_kind kind)
{
    for (int32_t i = 0; i < graph->op_count; i++)
        if (graph->ops[i].kind == kind)
            return &graph->tensors[graph->ops[i].outputs[0]];
    fail_msg("no %s", vww_op_name(kind));
    return NULL;
}

static const struct vww_tensor *named(const struct vww_graph *graph, const char *name)
{
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (strcmp(graph->tensors[i].name, name) == 0)
            return &graph->tensors[i];
    fail_msg("no tensor %s", name);
    return NULL;
}

static void assert_same_parameters(const struct vww_tensor *a, const struct vww_tensor *b)
{
    assert_int_equal(a->quantization.count, 1);
    assert_int_equal(b->quantization.count, 1);
    assert_true(a->quantization.scales[0] == b->quantization.scales[0]);
    assert_int_equal(a->quantization.zero_points[0], b->quantization.zero_points[0]);
}

static void parameters_by_rule(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded();
    assert_false(vww_quantize_has_ranges(graph));
    observe_plainly(graph, 2);
    assert_true(vww_quantize_has_ranges(graph));
    struct vww_tensor *first = &graph->tensors[graph->ops[0].outputs[0]];
    assert_ok(vww_tensor_quantize(first, 0.03125f, -128, &error), &error);
    assert_ok(vww_quantize_parameters(graph, &error), &error);
    const struct vww_tensor *input = &graph->tensors[graph->input];
    assert_true(input->quantization.scales[0] == 1.0f / 128);
    assert_int_equal(input->quantization.zero_points[0], 0);
    assert_true(first->quantization.scales[0] == 0.03125f); /* its own, not the range's */
    const struct vww_tensor *softmax = &graph->tensors[graph->output];
    assert_true(softmax->quantization.scales[0] == 1.0f / 256);
    assert_int_equal(softmax->quantization.zero_points[0], -128);
    assert_same_parameters(output_of(graph, VWW_OP_AVERAGE_POOL_2D), named(graph, "pw13"));
    assert_same_parameters(output_of(graph, VWW_OP_RESHAPE), named(graph, "classifier"));
    const struct vww_tensor *pw1 = named(graph, "pw1");
    assert_true(pw1->quantization.scales[0] == (float)((double)pw1->range_high / 255));
    assert_int_equal(pw1->quantization.zero_points[0], -128);
    const struct vww_tensor *conv = named(graph, "conv0/weights");
    const struct vww_tensor *depthwise = named(graph, "dw1/weights");
    assert_int_equal(conv->quantization.count, 8);
    assert_int_equal(conv->quantization.axis, 0);
    assert_int_equal(depthwise->quantization.count, 8);
    assert_int_equal(depthwise->quantization.axis, 3);
    float largest = 0;
    for (int k = 0; k < 9; k++)
        largest = fmaxf(largest, fabsf(((float *)depthwise->data)[8 * k + 3]));
    assert_true(depthwise->quantization.scales[3] == largest / 127);
    vww_graph_destroy(graph);
}

/* ShuffleNet V2 moves values through splits, concatenations and shuffles: what they connect shares
 * one scale, which covers the ranges of all. */
static void connected_tensors_share_parameters(void **state)
{
    (void)state;
    struct vww_graph *built, *graph;
    const struct vww_zoo_options options = {
        .family = "shufflenet_v2", .depth_multiplier = 0.5, .resolution = 64, .classes = 2};
    assert_ok(vww_zoo_build(&options, &built, &error), &error);
    assert_ok(vww_graph_initialize(built, 7, &error), &error);
    assert_ok(vww_quantize_fold(built, &graph, &error), &error);
    for (int32_t i = 0; i < graph->op_count; i++)
        if (vww_op_weight_axis(graph->ops[i].kind) >= 0)
            graph->tensors[graph->ops[i].outputs[0]].range_high = 1 + (float)(i % 7);
    for (int again = 0; again < 2; again++) { /* the second time changes nothing */
        assert_ok(vww_quantize_parameters(graph, &error), &error);
        int concats = 0;
        for (int32_t i = 0; i < graph->op_count; i++) {
            const struct vww_op *op = &graph->ops[i];
            if (op->kind != VWW_OP_CONCAT && !vww_op_keeps_quantization(op->kind))
                continue;
            concats += op->kind == VWW_OP_CONCAT;
            const struct vww_tensor *first = &graph->tensors[op->inputs[0]];
            for (int k = 1; k < op->input_count; k++)
                assert_same_parameters(first, &graph->tensors[op->inputs[k]]);
            for (int k = 0; k < op->output_count; k++)
                assert_same_parameters(first, &graph->tensors[op->outputs[k]]);
            for (int k = 0; k < op->input_count && op->kind == VWW_OP_CONCAT; k++)
                assert_true(graph->tensors[op->inputs[k]].quantization.scales[0] * 255 >=
                            graph->tensors[op->inputs[k]].range_high * 0.999f);
        }
        assert_true(concats > 4);
    }
    vww_graph_destroy(built);
    vww_graph_destroy(graph);
}

/* q = byte - 128 whatever the preprocessing: the zero point takes the mean. */
static void input_bytes_keep_their_order(void **state)
{
    (void)state;
    static const struct {
        float mean, scale, used;
    } rows[] = {{128, 1.0f / 128, 128}, {0, 1.0f / 255, 0}, {127.5f, 1 / 127.5f, 128}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vww_graph *graph = small_folded(), *integer;
        observe_plainly(graph, 1);
        graph->preprocessing.mean = rows[i].mean;
        graph->preprocessing.scale = rows[i].scale;
        assert_ok(vww_quantize_convert(graph, &integer, &error), &error);
        assert_true(integer->preprocessing.mean == rows[i].used);
        uint8_t bytes[256];
        int8_t integers[256];
        for (int k = 0; k < 256; k++)
            bytes[k] = (uint8_t)k;
        vww_interpret_input(integer, bytes, integers, 256);
        for (int k = 0; k < 256; k++)
            assert_int_equal(integers[k], k - 128);
        vww_graph_destroy(graph);
        vww_graph_destroy(integer);
    }
}

/* --- integers ----------------------------------------------------------------------------------
 */

static void integers_stand_for_the_floats(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded(), *integer;
    observe_plainly(graph, 2);
    assert_ok(vww_quantize_convert(graph, &integer, &error), &error);
    assert_int_equal(integer->tensor_count, graph->tensor_count);
    for (int32_t i = 0; i < integer->op_count; i++) {
        const struct vww_op *op = &integer->ops[i];
        if (vww_op_weight_axis(op->kind) < 0)
            continue;
        const struct vww_tensor *weights = &integer->tensors[op->inputs[1]];
        const struct vww_tensor *bias = &integer->tensors[op->inputs[2]];
        assert_int_equal(weights->dtype, VWW_INT8);
        assert_int_equal(bias->dtype, VWW_INT32);
        const float *float_weights = graph->tensors[op->inputs[1]].data;
        const float *float_bias = graph->tensors[op->inputs[2]].data;
        const double in = (double)integer->tensors[op->inputs[0]].quantization.scales[0];
        const struct vww_channels channels =
            vww_shape_channels(&weights->shape, vww_op_weight_axis(op->kind));
        for (int32_t c = 0; c < channels.count; c++) {
            const double scale = (double)weights->quantization.scales[c];
            int largest = 0;
            for (int64_t k = 0; k < channels.elements; k++) {
                const int64_t at = c * channels.start + k * channels.step;
                const int q = ((int8_t *)weights->data)[at];
                assert_true(fabs(q * scale - (double)float_weights[at]) <= scale * 0.500001);
                largest = abs(q) > largest ? abs(q) : largest;
            }
            assert_int_equal(largest, 127);
            assert_true(bias->quantization.scales[c] == (float)(in * scale));
            assert_true(fabs(((int32_t *)bias->data)[c] * in * scale - (double)float_bias[c]) <=
                        in * scale * 0.500001);
        }
    }
    for (int32_t i = 0; i < integer->tensor_count; i++)
        if (integer->tensors[i].role == VWW_ROLE_ACTIVATION)
            assert_int_equal(integer->tensors[i].dtype, VWW_INT8);
    vww_graph_destroy(graph);
    vww_graph_destroy(integer);
}

static double real_of(const struct vww_tensor *tensor, int8_t q)
{
    return (double)tensor->quantization.scales[0] * (q - tensor->quantization.zero_points[0]);
}

/* The float operator with the integers' reals, then rounded as a fake-quantized network rounds it:
 * the interpreter, which computes with fixed-point multipliers, may be one integer beside it. The
 * softmax computes its exponentials in fixed point and gets the same bound. Returns how many
 * integers differ. */
static int64_t compare_layer(const struct vww_graph *reals, const struct vww_graph *integer,
                             const struct vww_interpreter *interpreter, const struct vww_op *op)
{
    const struct vww_tensor *in = &integer->tensors[op->inputs[0]];
    const struct vww_tensor *out = &integer->tensors[op->outputs[0]];
    const int64_t in_elements = vww_shape_elements(&in->shape);
    const int64_t out_elements = vww_shape_elements(&out->shape);
    const int8_t *x = vww_interpreter_tensor(interpreter, op->inputs[0]);
    const int8_t *y = vww_interpreter_tensor(interpreter, op->outputs[0]);
    double *inputs = malloc((size_t)in_elements * sizeof *inputs);
    double *wanted = malloc((size_t)out_elements * sizeof *wanted);
    for (int64_t i = 0; i < in_elements; i++)
        inputs[i] = real_of(in, x[i]);
    plain_op(reals, op, inputs, wanted);
    int64_t differ = 0;
    for (int64_t i = 0; i < out_elements; i++) {
        const int q = vww_quantize_value((float)wanted[i], (double)out->quantization.scales[0],
                                         out->quantization.zero_points[0], -128, 127);
        if (abs(y[i] - q) > 1)
            fail_msg("%s, element %lld: %d, but %d in floats", op->name, (long long)i, y[i], q);
        differ += y[i] != q;
    }
    free(inputs);
    free(wanted);
    return differ;
}

/* The float graph whose parameters are exactly the integers' reals. */
static struct vww_graph *reals_of(const struct vww_graph *folded, const struct vww_graph *integer)
{
    struct vww_graph *reals = vww_graph_copy(folded);
    for (int32_t i = 0; i < reals->tensor_count; i++) {
        const struct vww_tensor *from = &integer->tensors[i];
        float *to = reals->tensors[i].data;
        if (to == NULL)
            continue;
        const struct vww_channels channels =
            vww_shape_channels(&from->shape, from->quantization.axis);
        for (int32_t c = 0; c < channels.count; c++)
            for (int64_t k = 0; k < channels.elements; k++) {
                const int64_t at = c * channels.start + k * channels.step;
                to[at] = from->quantization.scales[c] * (float)(from->dtype == VWW_INT8
                                                                    ? ((int8_t *)from->data)[at]
                                                                    : ((int32_t *)from->data)[at]);
            }
    }
    return reals;
}

static void each_layer_equals_its_float_form(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded(), *integer;
    observe_plainly(graph, 4);
    assert_ok(vww_quantize_convert(graph, &integer, &error), &error);
    struct vww_graph *reals = reals_of(graph, integer);
    struct vww_interpreter *interpreter;
    assert_ok(vww_interpreter_create(integer, &interpreter, &error), &error);
    int64_t differ = 0, elements = 0;
    for (uint64_t n = 0; n < 6; n++) { /* the last two were not observed: they may saturate */
        uint8_t image[SMALL_BYTES];
        int8_t input[SMALL_BYTES], output[3];
        random_image(n, image);
        vww_interpret_input(integer, image, input, SMALL_BYTES);
        vww_interpreter_run(interpreter, input, output);
        for (int32_t i = 0; i < integer->op_count; i++) {
            const struct vww_op *op = &integer->ops[i];
            differ += compare_layer(reals, integer, interpreter, op);
            elements += vww_shape_elements(&integer->tensors[op->outputs[0]].shape);
        }
        double **values = plain_run(graph, image);
        for (int c = 0; c < 3; c++)
            assert_true(fabs(values[graph->output][c] - (output[c] + 128) / 256.0) < 0.05);
        plain_free(graph, values);
    }
    /* The kernels round twice, so only values next to a rounding border differ: 0.2 % here. */
    assert_true(differ * 200 <= elements);
    vww_interpreter_destroy(interpreter);
    vww_graph_destroy(graph);
    vww_graph_destroy(integer);
    vww_graph_destroy(reals);
}

/* The network that training with fake quantization sees, against the integers, from the same image
 * on: here rounding differences travel on through 31 layers. */
struct fake_values {
    const struct vww_graph *graph;
    const struct vww_interpreter *interpreter;
    int64_t elements, differ, by_more;
    int most;
};

static void compare_integers(void *context, int32_t tensor, const float *values, int64_t count)
{
    struct fake_values *f = context;
    const struct vww_quantization *q = &f->graph->tensors[tensor].quantization;
    const int8_t *integers = vww_interpreter_tensor(f->interpreter, tensor);
    for (int64_t i = 0; i < count; i++) {
        const double step = (double)values[i] / (double)q->scales[0];
        const double integer = round(step) + q->zero_points[0];
        assert_true(fabs(step - round(step)) < 1e-3); /* on the grid: it was rounded */
        const int off = abs((int)integer - integers[i]);
        f->elements++;
        f->differ += off > 0;
        f->by_more += off > 1;
        f->most = off > f->most ? off : f->most;
    }
}

static void the_fake_quantized_network_is_the_integer_one(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded(), *integer;
    observe_plainly(graph, 4);
    assert_ok(vww_quantize_parameters(graph, &error), &error);
    assert_ok(vww_quantize_convert(graph, &integer, &error), &error);
    struct fake_values f = {.graph = graph};
    struct vww_interpreter *interpreter;
    assert_ok(vww_interpreter_create(integer, &interpreter, &error), &error);
    f.interpreter = interpreter;
    for (uint64_t n = 0; n < 6; n++) {
        uint8_t image[SMALL_BYTES];
        int8_t input[SMALL_BYTES], output[3];
        random_image(n, image);
        vww_interpret_input(integer, image, input, SMALL_BYTES);
        vww_interpreter_run(interpreter, input, output);
        assert_ok(vww_network_observe(graph, image, 1, compare_integers, &f, &error), &error);
    }
    /* 8 % differ, 1.3 % by more than one integer, none by more than 7. */
    assert_int_equal(f.elements, 6 * (SMALL_BYTES + 25993));
    assert_true(f.differ * 10 < f.elements);
    assert_true(f.by_more * 50 < f.elements);
    assert_true(f.most <= 10);
    vww_interpreter_destroy(interpreter);
    vww_graph_destroy(graph);
    vww_graph_destroy(integer);
}

/* A channel that training switched off: weights of 1e-12 beside a bias of 0.5 would need a bias
 * integer of 10^14. */
static void bias_of_a_dead_channel_fits(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded(), *integer;
    observe_plainly(graph, 1);
    const struct vww_op *op = &graph->ops[2];
    const int64_t each = vww_shape_elements(&graph->tensors[op->inputs[1]].shape) /
                         graph->tensors[op->inputs[1]].shape.dims[0];
    for (int64_t k = 0; k < each; k++)
        ((float *)graph->tensors[op->inputs[1]].data)[k] = 1e-12f;
    ((float *)graph->tensors[op->inputs[2]].data)[0] = 0.5f;
    for (int64_t k = each; k < 2 * each; k++)
        ((float *)graph->tensors[op->inputs[1]].data)[k] = 0;
    assert_ok(vww_quantize_convert(graph, &integer, &error), &error);
    const struct vww_tensor *weights = &integer->tensors[op->inputs[1]];
    const struct vww_tensor *bias = &integer->tensors[op->inputs[2]];
    const int32_t q = ((int32_t *)bias->data)[0];
    assert_true(q > 1 << 29 && q <= (1 << 30) + 128);
    assert_true(fabs(q * (double)bias->quantization.scales[0] - 0.5) < 1e-6);
    assert_int_equal(((int8_t *)weights->data)[0], 0);
    assert_int_equal(((int8_t *)weights->data)[each], 0);
    assert_true(weights->quantization.scales[1] >= 1.0f / 127);
    vww_graph_destroy(graph);
    vww_graph_destroy(integer);
}

/* Two layers read one kernel, and one of them has no bias. */
static void shared_weights_become_two(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded(), *integer;
    observe_plainly(graph, 1);
    const struct vww_tensor *a = named(graph, "pw8/weights"), *b = named(graph, "pw9/weights");
    const int32_t shared = (int32_t)(a - graph->tensors), other = (int32_t)(b - graph->tensors);
    struct vww_op *second = NULL;
    for (int32_t i = 0; i < graph->op_count; i++)
        if (graph->ops[i].inputs[1] == other)
            second = &graph->ops[i];
    second->inputs[1] = shared;
    second->input_count = 2;
    assert_ok(vww_quantize_convert(graph, &integer, &error), &error);
    assert_int_equal(integer->tensor_count, graph->tensor_count + 2);
    const struct vww_op *op = &integer->ops[second - graph->ops];
    assert_int_equal(op->inputs[1], graph->tensor_count);
    assert_int_equal(op->inputs[2], graph->tensor_count + 1);
    const struct vww_tensor *own = &integer->tensors[op->inputs[1]];
    assert_memory_equal(own->data, integer->tensors[shared].data,
                        (size_t)vww_shape_elements(&own->shape));
    assert_int_equal(((int32_t *)integer->tensors[op->inputs[2]].data)[0], 0);
    vww_graph_destroy(graph);
    vww_graph_destroy(integer);
}

/* --- what cannot be converted ------------------------------------------------------------------
 */

static void assert_refused(struct vww_graph *graph, vww_status status, const char *place)
{
    struct vww_graph *integer;
    assert_int_equal(vww_quantize_convert(graph, &integer, &error), status);
    assert_null(integer);
    if (strstr(error.place, place) == NULL)
        fail_msg("the error's place is \"%s\"", error.place);
}

static void refusals_name_the_tensor(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded();
    assert_refused(graph, VWW_ERROR_NOT_FOUND, "tensor conv0");
    assert_non_null(strstr(error.remedy, "calibrate"));
    observe_plainly(graph, 1);
    struct vww_tensor *pw3 = &graph->tensors[named(graph, "pw3") - graph->tensors];
    const float high = pw3->range_high;
    pw3->range_high = INFINITY;
    assert_refused(graph, VWW_ERROR_FORMAT, "tensor pw3");
    pw3->range_high = NAN;
    assert_refused(graph, VWW_ERROR_FORMAT, "tensor pw3");
    pw3->range_low = 2 * high;
    pw3->range_high = high;
    assert_refused(graph, VWW_ERROR_FORMAT, "tensor pw3");
    pw3->range_low = 0;
    float *weights = named(graph, "dw4/weights")->data;
    const float kept = weights[5];
    weights[5] = NAN;
    assert_refused(graph, VWW_ERROR_FORMAT, "tensor dw4/weights");
    assert_non_null(strstr(error.seen, "element 5"));
    weights[5] = kept;
    ((float *)named(graph, "dw4/bias")->data)[0] = INFINITY;
    assert_refused(graph, VWW_ERROR_FORMAT, "tensor dw4/bias");
    ((float *)named(graph, "dw4/bias")->data)[0] = 0;
    assert_ok(vww_tensor_quantize(pw3, 0.1f, 300, &error), &error);
    assert_refused(graph, VWW_ERROR_FORMAT, "tensor pw3");
    assert_ok(vww_tensor_quantize(pw3, 0.1f, 0, &error), &error);
    graph->preprocessing.mean = 300;
    assert_refused(graph, VWW_ERROR_UNSUPPORTED, "");
    graph->preprocessing.mean = 128;
    struct vww_graph *integer, *again;
    assert_ok(vww_quantize_convert(graph, &integer, &error), &error);
    assert_int_equal(vww_quantize_convert(integer, &again, &error), VWW_ERROR_FORMAT);
    vww_graph_destroy(integer);
    vww_graph_destroy(graph);
    graph = small_network(); /* not folded */
    assert_refused(graph, VWW_ERROR_UNSUPPORTED, "operator conv0/bn");
    vww_graph_destroy(graph);
}

/* Each allocation in turn fails: an error each time, no leak, no crash. */
static void no_memory(void **state)
{
    (void)state;
    struct vww_graph *graph = small_folded(), *integer;
    observe_plainly(graph, 1);
    for (int64_t n = 1;; n++) {
        vww_memory_fail_at(n);
        const vww_status status = vww_quantize_convert(graph, &integer, &error);
        vww_memory_fail_at(0);
        vww_graph_destroy(integer);
        if (status == VWW_OK)
            break;
        assert_int_equal(status, VWW_ERROR_MEMORY);
        assert_true(n < 10000);
    }
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scales_and_zero_points),
        cmocka_unit_test(multipliers),
        cmocka_unit_test(parameters_by_rule),
        cmocka_unit_test(connected_tensors_share_parameters),
        cmocka_unit_test(input_bytes_keep_their_order),
        cmocka_unit_test(integers_stand_for_the_floats),
        cmocka_unit_test(each_layer_equals_its_float_form),
        cmocka_unit_test(the_fake_quantized_network_is_the_integer_one),
        cmocka_unit_test(bias_of_a_dead_channel_fits),
        cmocka_unit_test(shared_weights_become_two),
        cmocka_unit_test(refusals_name_the_tensor),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
