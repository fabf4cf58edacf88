/* Where fine-tuning begins: float models of the zoo in folded form come apart again, networks take
 * other images and other classes, and batch norms get statistics without changing what is computed.
 */
#include "dataset/tiny_set.h"
#include "train/builder.h"

#include "vww/adapt.h"
#include "vww/fold.h"
#include "vww/network.h"
#include "vww/tflite.h"
#include "vww/train.h"

#include <math.h>

static struct tiny_set set;

#define COUNT 4

static void draw(uint8_t *images, size_t bytes)
{
    struct vww_random random = vww_random_init(5, VWW_RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < bytes; i++)
        images[i] = (uint8_t)vww_random_below(&random, 256);
}

static void predict(const struct vww_graph *graph, float *probabilities)
{
    struct vww_error error;
    struct vww_predictor predictor;
    const size_t bytes = (size_t)vww_shape_elements(&graph->tensors[graph->input].shape);
    uint8_t *images = vww_allocate(COUNT, bytes);
    assert_non_null(images);
    draw(images, COUNT * bytes);
    assert_ok(vww_network_predictor(graph, COUNT, &predictor, &error), &error);
    assert_ok(predictor.predict(predictor.context, images, COUNT, probabilities, &error), &error);
    vww_predictor_fini(&predictor);
    vww_free(images);
}

/* The two compute the same, to 1e-5. */
static void assert_equal_outputs(const struct vww_graph *a, const struct vww_graph *b)
{
    float left[COUNT * 3], right[COUNT * 3];
    const int64_t classes = vww_shape_elements(&a->tensors[a->output].shape);
    assert_true(classes <= 3);
    assert_int_equal(vww_shape_elements(&b->tensors[b->output].shape), classes);
    predict(a, left);
    predict(b, right);
    for (int64_t i = 0; i < COUNT * classes; i++)
        assert_float_equal(left[i], right[i], 1e-5);
}

static struct vww_graph *build(const char *family, double multiplier, int32_t resolution,
                               int32_t classes, enum vww_padding padding)
{
    struct vww_error error;
    struct vww_graph *graph;
    const struct vww_zoo_options options = {.family = family,
                                            .depth_multiplier = multiplier,
                                            .resolution = resolution,
                                            .classes = classes,
                                            .padding = padding};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_graph_initialize(graph, 7, &error), &error);
    disturb(graph);
    return graph;
}

static struct vww_graph *fold(const struct vww_graph *graph)
{
    struct vww_error error;
    struct vww_graph *folded;
    assert_ok(vww_quantize_fold(graph, &folded, &error), &error);
    return folded;
}

/* As a float .tflite file would give it. */
static struct vww_graph *through_tflite(const struct vww_graph *graph)
{
    struct vww_error error;
    struct vww_graph *folded = fold(graph), *read;
    struct vww_buffer file = {0};
    assert_ok(vww_tflite_encode(folded, NULL, &file, &error), &error);
    assert_ok(vww_tflite_parse(file.data, file.size, "memory", &read, &error), &error);
    vww_buffer_fini(&file);
    vww_graph_destroy(folded);
    return read;
}

static bool has_norm(const struct vww_graph *graph)
{
    for (int32_t i = 0; i < graph->op_count; i++)
        if (graph->ops[i].kind == VWW_OP_BATCH_NORM)
            return true;
    return false;
}

/* --- adopting ------------------------------------------------------------------------------------
 */

static void assert_comes_apart(const struct vww_zoo_family *family, const struct vww_graph *model)
{
    struct vww_error error;
    struct vww_graph *adopted;
    const double multiplier = family->in_grid ? 0.35 : 1;
    assert_false(has_norm(model));
    assert_ok(vww_zoo_adopt(model, family->name, multiplier, &adopted, &error), &error);
    assert_string_equal(adopted->family, family->name);
    assert_true(has_norm(adopted));
    assert_equal_outputs(model, adopted);
    vww_graph_destroy(adopted);
    /* Without a name: families may share widths, so that the first of them is found. */
    assert_ok(vww_zoo_adopt(model, NULL, 1, &adopted, &error), &error);
    assert_equal_outputs(model, adopted);
    vww_graph_destroy(adopted);
}

/* Padded as TensorFlow does, by way of a file; as PyTorch does, without (.tflite has no such
 * pools).
 */
static void every_family_comes_apart_again(void **state)
{
    (void)state;
    size_t count;
    const struct vww_zoo_family *family = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++, family++) {
        const int32_t resolution = family->in_grid ? 64 : family->resolution;
        const double multiplier = family->in_grid ? 0.35 : 1;
        struct vww_graph *same = build(family->name, multiplier, resolution, 2, VWW_PADDING_SAME);
        struct vww_graph *half =
            build(family->name, multiplier, resolution, 2, VWW_PADDING_EXPLICIT);
        struct vww_graph *same_model = through_tflite(same), *half_model = fold(half);
        assert_comes_apart(family, same_model);
        assert_comes_apart(family, half_model);
        vww_graph_destroy(half_model);
        vww_graph_destroy(same_model);
        vww_graph_destroy(half);
        vww_graph_destroy(same);
    }
}

/* How bytes become the input is the model's. */
static void preprocessing_is_kept(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = build("mobilenet_v1", 0.25, 32, 2, VWW_PADDING_SAME), *adopted;
    graph->preprocessing.mean = 0;
    graph->preprocessing.scale = 1.0f / 255;
    assert_ok(vww_zoo_adopt(graph, NULL, 1, &adopted, &error), &error);
    assert_float_equal(adopted->preprocessing.mean, 0, 0);
    assert_float_equal(adopted->preprocessing.scale, 1.0f / 255, 0);
    assert_equal_outputs(graph, adopted);
    vww_graph_destroy(adopted);
    vww_graph_destroy(graph);
}

static struct vww_op *find_op(struct vww_graph *graph, const char *name)
{
    for (int32_t i = 0; i < graph->op_count; i++)
        if (strcmp(graph->ops[i].name, name) == 0)
            return &graph->ops[i];
    fail_msg("no operator %s", name);
    return NULL;
}

static void the_first_difference_is_named(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = build("mobilenet_v1", 0.25, 64, 2, VWW_PADDING_SAME);
    struct vww_graph *model = through_tflite(graph), *adopted;
    find_op(model, "pw3")->activation = VWW_ACTIVATION_RELU;
    assert_int_equal(vww_zoo_adopt(model, "mobilenet_v1", 0.25, &adopted, &error),
                     VWW_ERROR_MISMATCH);
    assert_null(adopted);
    assert_non_null(strstr(error.place, "operator pw3 (conv_2d), after 6 that fit"));
    assert_string_equal(error.seen, "relu");
    assert_non_null(strstr(error.allowed, "relu6, as in pw3"));
    assert_int_equal(vww_zoo_adopt(model, NULL, 1, &adopted, &error), VWW_ERROR_MISMATCH);
    assert_non_null(strstr(error.what, "mobilenet_v1 0.25 is the nearest"));
    assert_non_null(strstr(error.place, "operator pw3"));
    find_op(model, "pw3")->activation = VWW_ACTIVATION_RELU6;

    assert_int_equal(vww_zoo_adopt(model, "mobilenet_v1", 0.5, &adopted, &error),
                     VWW_ERROR_MISMATCH);
    assert_non_null(strstr(error.place, "operator conv0"));
    assert_non_null(strstr(error.seen, "weights 8x3x3x3"));
    assert_non_null(strstr(error.allowed, "weights 16x3x3x3"));
    assert_int_equal(vww_zoo_adopt(model, "mobilenet_v2", 0.25, &adopted, &error),
                     VWW_ERROR_MISMATCH);
    assert_int_equal(vww_zoo_adopt(model, "alexnet", 1, &adopted, &error), VWW_ERROR_NOT_FOUND);
    vww_graph_destroy(model);
    vww_graph_destroy(graph);
}

static void integers_are_refused(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = build("mobilenet_v1", 0.25, 32, 2, VWW_PADDING_SAME), *adopted;
    graph->tensors[graph->input].dtype = VWW_INT8;
    assert_int_equal(vww_zoo_adopt(graph, NULL, 1, &adopted, &error), VWW_ERROR_UNSUPPORTED);
    assert_string_equal(error.seen, "int8");
    assert_null(adopted);
    vww_graph_destroy(graph);
}

/* --- other images, other classes -----------------------------------------------------------------
 */

static void every_family_takes_other_images(void **state)
{
    (void)state;
    size_t count;
    const struct vww_zoo_family *family = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++, family++) {
        struct vww_error error;
        const double multiplier = family->in_grid ? 0.35 : 1;
        struct vww_graph *graph = build(family->name, multiplier, 128, 2, VWW_PADDING_SAME);
        struct vww_graph *wanted = build(family->name, multiplier, 96, 2, VWW_PADDING_SAME);
        assert_ok(vww_graph_resize(graph, 96, &error), &error);
        assert_string_equal(graph->name, wanted->name);
        assert_int_equal(graph->tensor_count, wanted->tensor_count);
        for (int32_t t = 0; t < graph->tensor_count; t++)
            assert_true(vww_shape_equal(&graph->tensors[t].shape, &wanted->tensors[t].shape));
        assert_equal_outputs(graph, wanted);
        vww_graph_destroy(wanted);
        vww_graph_destroy(graph);
    }
}

static void a_size_that_strides_use_up_is_refused(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = begin("valid", 9).graph;
    struct builder b = {.graph = graph, .last = graph->input};
    struct vww_op pool = {.kind = VWW_OP_MAX_POOL_2D,
                          .kernel_h = 5,
                          .kernel_w = 5,
                          .stride_h = 1,
                          .stride_w = 1,
                          .padding = VWW_PADDING_VALID};
    append(&b, pool);
    graph->output = b.last;
    assert_int_not_equal(vww_graph_resize(graph, 4, &error), VWW_OK);
    assert_non_null(strstr(error.place, "max_pool_2d"));
    vww_graph_destroy(graph);
    graph = build("mobilenet_v1", 0.25, 32, 2, VWW_PADDING_SAME);
    assert_int_equal(vww_graph_resize(graph, 16, &error), VWW_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.place, "operator dw12 "));
    vww_graph_destroy(graph);
}

/* The classifier alone is new, and its weights are a function of the seed. */
static void the_classifier_is_renewed(void **state)
{
    (void)state;
    static const char *const families[] = {"mobilenet_v1", "mobilenet_v2", "shufflenet_v2"};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        struct vww_error error;
        struct vww_graph *two = build(families[i], 0.5, 64, 2, VWW_PADDING_SAME);
        struct vww_graph *three = vww_graph_copy(two), *again = vww_graph_copy(two);
        float outputs[COUNT * 3];
        assert_ok(vww_graph_renew_classifier(three, 3, 9, &error), &error);
        assert_ok(vww_graph_renew_classifier(again, 3, 9, &error), &error);
        assert_ok(vww_graph_check(three, true, &error), &error);
        assert_equal_outputs(three, again);
        predict(three, outputs);
        assert_float_equal(outputs[0] + outputs[1] + outputs[2], 1, 1e-5);
        int32_t changed = 0;
        for (int32_t t = 0; t < two->tensor_count; t++) {
            const struct vww_tensor *a = &two->tensors[t], *b = &three->tensors[t];
            if (a->data != NULL && !vww_shape_equal(&a->shape, &b->shape))
                changed++;
            else if (a->data != NULL)
                assert_memory_equal(a->data, b->data,
                                    (size_t)vww_shape_elements(&a->shape) * sizeof(float));
        }
        assert_int_equal(changed, 2); /* weights and bias */
        vww_graph_destroy(again);
        vww_graph_destroy(three);
        vww_graph_destroy(two);
    }
}

/* --- statistics ----------------------------------------------------------------------------------
 */

/* After settling, a network computes what it did before; its first batch norm has the mean and
 * variance of its convolution's output. */
static void settling_changes_no_output(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = build("mobilenet_v2", 0.35, 32, 2, VWW_PADDING_SAME);
    struct vww_graph *model = through_tflite(graph), *adopted, *settled;
    assert_ok(vww_zoo_adopt(model, NULL, 1, &adopted, &error), &error);
    settled = vww_graph_copy(adopted);
    assert_ok(vww_train_settle(settled, set.output, 1, NULL, &error), &error);
    assert_equal_outputs(adopted, settled);
    const struct vww_op *norm = NULL;
    for (int32_t i = 0; i < settled->op_count && norm == NULL; i++)
        if (settled->ops[i].kind == VWW_OP_BATCH_NORM)
            norm = &settled->ops[i];
    assert_non_null(norm);
    const float *before = adopted->tensors[norm->inputs[3]].data;
    const float *after = settled->tensors[norm->inputs[3]].data;
    const float *variance = settled->tensors[norm->inputs[4]].data;
    double moved = 0;
    for (int64_t c = 0; c < vww_shape_elements(&settled->tensors[norm->inputs[3]].shape); c++) {
        moved += fabs((double)after[c] - (double)before[c]);
        assert_true(variance[c] >= 0 && variance[c] != 1);
    }
    assert_true(moved > 0.01);
    /* Settled statistics are those of the data: settling again changes next to nothing. */
    struct vww_graph *twice = vww_graph_copy(settled);
    assert_ok(vww_train_settle(twice, set.output, 1, NULL, &error), &error);
    for (int32_t t = 0; t < twice->tensor_count; t++)
        for (int64_t k = 0;
             twice->tensors[t].data != NULL && k < vww_shape_elements(&twice->tensors[t].shape);
             k++) {
            const float a = ((float *)settled->tensors[t].data)[k];
            assert_float_equal(a, ((float *)twice->tensors[t].data)[k], 1e-4 * (1 + fabsf(a)));
        }
    vww_graph_destroy(twice);
    vww_graph_destroy(settled);
    vww_graph_destroy(adopted);
    vww_graph_destroy(model);
    vww_graph_destroy(graph);
}

int main(void)
{
    struct vww_error error;
    struct vww_dataset_result result;
    tiny_set_make(&set);
    const struct vww_dataset_options options = TINY_OPTIONS(&set);
    if (vww_dataset_build(&options, NULL, &result, &error) != VWW_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_family_comes_apart_again),
        cmocka_unit_test(preprocessing_is_kept),
        cmocka_unit_test(the_first_difference_is_named),
        cmocka_unit_test(integers_are_refused),
        cmocka_unit_test(every_family_takes_other_images),
        cmocka_unit_test(a_size_that_strides_use_up_is_refused),
        cmocka_unit_test(the_classifier_is_renewed),
        cmocka_unit_test(settling_changes_no_output),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    tiny_remove(set.folder);
    return failed;
}
