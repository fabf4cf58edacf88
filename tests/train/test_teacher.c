#include "support/check.h"

#include "base/file.h"
#include "train/builder.h"
#include "train/kernels.h"
#include "train/targets.h"
#include "train/teacher.h"
#include "train/trainer.h"
#include "vww/image.h"
#include "vww/zoo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT 37
#define CLASSES 3

static char file[] = "/tmp/vww-teacher-XXXXXX"; /* its bytes are read for their checksum alone */
static const struct vww_graph *taught_by;       /* what "reading" that file gives */
static struct vww_error error;

static vww_status read_graph(const char *path, struct vww_graph **graph, struct vww_error *unused)
{
    (void)unused;
    assert_string_equal(path, file);
    *graph = vww_graph_copy(taught_by);
    assert_non_null(*graph);
    return VWW_OK;
}

static struct vww_teacher *teacher_of(const struct vww_graph *graph, int32_t side)
{
    const struct vww_pupil pupil = {.side = side, .classes = CLASSES};
    struct vww_teacher *teacher;
    char sha256[65];
    taught_by = graph;
    assert_ok(vww_teacher_open(file, read_graph, &pupil, &teacher, sha256, &error), &error);
    assert_int_equal(strlen(sha256), 64);
    return teacher;
}

static struct vww_graph *zoo_graph(const char *family, double multiplier, int32_t resolution)
{
    struct vww_graph *graph;
    const struct vww_zoo_options options = {.family = family,
                                            .depth_multiplier = multiplier,
                                            .resolution = resolution,
                                            .classes = CLASSES};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_graph_initialize(graph, 3, &error), &error);
    return graph;
}

/* Smooth enough that the images differ deep down. */
static uint8_t *draw_images(int32_t side)
{
    const size_t bytes = (size_t)side * (size_t)side * 3;
    uint8_t *images = vww_allocate(COUNT, bytes), level = 0;
    struct vww_random random = vww_random_init(4, VWW_RANDOM_TEST, 0, 0);
    assert_non_null(images);
    for (size_t i = 0; i < COUNT * bytes; i++) {
        if (i % 97 == 0)
            level = (uint8_t)vww_random_below(&random, 200);
        images[i] = (uint8_t)(level + vww_random_below(&random, 56));
    }
    return images;
}

/* Asked about all images at once, about one, about some: the same bits. So each rank can ask about
 * its own. */
static void compare_company(const struct vww_graph *graph)
{
    const int32_t side = graph->tensors[graph->input].shape.dims[1];
    struct vww_teacher *teacher = teacher_of(graph, side);
    uint8_t *images = draw_images(side);
    const size_t bytes = (size_t)side * (size_t)side * 3;
    double together[COUNT * CLASSES], apart[COUNT * CLASSES];
    for (int part = 1; part <= 19; part += part < 3 ? 1 : 8) {
        draw_targets(together, COUNT, CLASSES);
        draw_targets(apart, COUNT, CLASSES);
        assert_ok(vww_teacher_ask(teacher, images, COUNT, 0.7, together, &error), &error);
        for (int n = 0; n < COUNT; n += part)
            assert_ok(vww_teacher_ask(teacher, images + (size_t)n * bytes,
                                      COUNT - n < part ? COUNT - n : part, 0.7, apart + n * CLASSES,
                                      &error),
                      &error);
        assert_memory_equal(together, apart, sizeof apart);
    }
    assert_true(fabs(together[0] - together[CLASSES]) > 1e-6);
    vww_free(images);
    vww_teacher_close(teacher);
}

static void an_image_is_judged_alone(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        double multiplier;
    } rows[] = {{"mobilenet_v1", 0.25}, {"mobilenet_v2", 0.35}, {"shufflenet_v2", 0.5}};
    size_t count;
    const struct vww_kernels *const *tables = vww_kernels_available(&count);
    for (size_t i = 0; i < count; i++) {
        setenv("VWW_ISA", tables[i]->name, 1);
        for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
            struct vww_graph *graph = zoo_graph(rows[r].family, rows[r].multiplier, 40);
            compare_company(graph);
            vww_graph_destroy(graph);
        }
    }
    unsetenv("VWW_ISA");
}

/* (1 - weight) * target + weight * what the predictor says, of images resized for it. */
static void the_answer_is_blended_in(void **state)
{
    (void)state;
    const int32_t from = 24, to = 40;
    const double weight = 0.3;
    struct vww_graph *graph = zoo_graph("mobilenet_v1", 0.25, to);
    struct vww_teacher *teacher = teacher_of(graph, from);
    struct vww_predictor predictor;
    uint8_t *images = draw_images(from);
    struct vww_image small = {from, from, 3, images}, large;
    double targets[COUNT * CLASSES], before[COUNT * CLASSES];
    assert_ok(vww_image_init(&large, to, to, 3, &error), &error);
    assert_ok(vww_network_predictor(graph, 1, &predictor, &error), &error);
    draw_targets(targets, COUNT, CLASSES);
    draw_targets(before, COUNT, CLASSES);
    assert_ok(vww_teacher_ask(teacher, images, COUNT, weight, targets, &error), &error);
    for (int n = 0; n < COUNT; n++, small.pixels += (size_t)from * (size_t)from * 3) {
        float answer[CLASSES];
        double sum = 0;
        assert_ok(vww_image_resize(&small, 0, 0, from, from, &large, &error), &error);
        assert_ok(predictor.predict(predictor.context, large.pixels, 1, answer, &error), &error);
        for (int c = 0; c < CLASSES; c++) {
            const double wanted =
                (1 - weight) * before[n * CLASSES + c] + weight * (double)answer[c];
            assert_true(fabs(targets[n * CLASSES + c] - wanted) < 1e-6);
            sum += targets[n * CLASSES + c];
        }
        assert_true(fabs(sum - 1) < 1e-15);
    }
    vww_predictor_fini(&predictor);
    vww_image_fini(&large);
    vww_free(images);
    vww_teacher_close(teacher);
    vww_graph_destroy(graph);
}

/* A network without batch norm and dropout, which computes the same in training as otherwise. */
static struct vww_graph *plain_graph(void)
{
    struct builder b = begin("plain", 16);
    append_conv(&b, 8, 3, 2, 1, false, true, VWW_ACTIVATION_RELU6);
    append_conv(&b, 8, 3, 1, 1, true, true, VWW_ACTIVATION_RELU6);
    append_conv(&b, 16, 1, 1, 1, false, true, VWW_ACTIVATION_RELU6);
    append(&b, (struct vww_op){.kind = VWW_OP_MEAN, .shape = {.rank = 2, .dims = {1, 16}}});
    struct vww_op dense = {.kind = VWW_OP_FULLY_CONNECTED, .input_count = 3};
    dense.inputs[1] = parameter(&b, VWW_ROLE_WEIGHT, 2, CLASSES, 16, 0, 0);
    dense.inputs[2] = parameter(&b, VWW_ROLE_BIAS, 1, CLASSES, 0, 0, 0);
    append(&b, dense);
    append(&b, (struct vww_op){.kind = VWW_OP_SOFTMAX, .beta = 1});
    b.graph->output = b.last;
    assert_ok(vww_graph_initialize(b.graph, 3, &error), &error);
    disturb(b.graph);
    return b.graph;
}

/* Of all parameters, after one pass. */
static double largest_gradient(struct vww_trainer *trainer, const struct vww_batch *batch)
{
    double largest = 0;
    assert_ok(vww_trainer_gradients(trainer, batch, 1, &error), &error);
    for (int32_t i = 0; i < vww_trainer_parameters(trainer); i++) {
        const struct vww_trainable p = vww_trainer_parameter(trainer, i);
        for (int64_t k = 0; k < p.count; k++)
            largest = fmax(largest, fabs((double)p.gradient[k]));
    }
    return largest;
}

/* Taught by itself alone, a network has nothing to learn. */
static void a_network_learns_nothing_from_itself(void **state)
{
    (void)state;
    const struct vww_share alone = {.chunks = 16};
    struct vww_graph *graph = plain_graph();
    struct vww_teacher *teacher = teacher_of(graph, 16);
    uint8_t *images = draw_images(16);
    int32_t labels[COUNT];
    double targets[COUNT * CLASSES];
    struct vww_recipe recipe;
    struct vww_trainer *trainer;
    vww_recipe_init(&recipe);
    recipe.batch = COUNT;
    assert_ok(vww_recipe_resolve(&recipe, &error), &error);
    assert_ok(vww_trainer_create(graph, &recipe, &alone, &trainer, &error), &error);
    for (int n = 0; n < COUNT; n++)
        labels[n] = n % CLASSES;
    vww_targets_fill(labels, COUNT, CLASSES, 0, targets);
    const struct vww_batch batch = {
        .images = images, .labels = labels, .targets = targets, .count = COUNT};
    const double by_labels = largest_gradient(trainer, &batch);
    assert_ok(vww_teacher_ask(teacher, images, COUNT, 0.5, targets, &error), &error);
    const double by_both = largest_gradient(trainer, &batch);
    assert_ok(vww_teacher_ask(teacher, images, COUNT, 1, targets, &error), &error);
    const double by_itself = largest_gradient(trainer, &batch);
    assert_true(by_labels > 1e-2);
    assert_true(fabs(by_both / by_labels - 0.5) < 1e-4); /* the other half is 0 */
    assert_true(by_itself < 1e-6 * by_labels);
    vww_trainer_destroy(trainer);
    vww_free(images);
    vww_teacher_close(teacher);
    vww_graph_destroy(graph);
}

static void assert_refused(struct vww_graph *graph, vww_status status, const char *seen)
{
    const struct vww_pupil pupil = {.side = 16, .classes = CLASSES};
    struct vww_teacher *teacher;
    char sha256[65];
    taught_by = graph;
    assert_int_equal(vww_teacher_open(file, read_graph, &pupil, &teacher, sha256, &error), status);
    assert_null(teacher);
    assert_string_equal(error.file, file);
    assert_non_null(strstr(error.seen, seen));
    vww_graph_destroy(graph);
}

static void who_cannot_teach_is_refused(void **state)
{
    (void)state;
    struct vww_graph *graph = plain_graph();
    graph->tensors[graph->input].dtype = VWW_INT8;
    assert_refused(graph, VWW_ERROR_UNSUPPORTED, "int8");
    graph = plain_graph();
    graph->tensors[graph->input].shape.dims[3] = 1;
    assert_refused(graph, VWW_ERROR_UNSUPPORTED, "input");
    graph = plain_graph();
    graph->op_count--;
    assert_refused(graph, VWW_ERROR_UNSUPPORTED, "softmax");
    graph = plain_graph();
    graph->tensors[graph->output].shape.dims[1] = 2;
    assert_refused(graph, VWW_ERROR_MISMATCH, "2 classes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_is_judged_alone),
        cmocka_unit_test(the_answer_is_blended_in),
        cmocka_unit_test(a_network_learns_nothing_from_itself),
        cmocka_unit_test(who_cannot_teach_is_refused),
    };
    const int descriptor = mkstemp(file);
    if (descriptor < 0)
        return 1;
    close(descriptor);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(file);
    return failed;
}
