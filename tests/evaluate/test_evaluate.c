/* Scores against counts made by hand. */
#include "support/check.h"

#include "vww/evaluate.h"

#include <math.h>

#define SIDE 2
#define IMAGE_BYTES (SIDE * SIDE * 3)

/* Ten images of three classes. Image i is filled with the byte i, and the predictor answers row i
 * of `answers`. */
static const int32_t labels[10] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2};
static const float answers[10][3] = {
    {0.7f, 0.2f, 0.1f},   {0.5f, 0.5f, 0.0f}, {0.1f, 0.8f, 0.1f}, {1.0f, 0.0f, 0.0f},
    {0.2f, 0.6f, 0.2f},   {0.0f, 0.0f, 1.0f}, {0.3f, 0.4f, 0.3f}, {0.1f, 0.1f, 0.8f},
    {0.4f, 0.35f, 0.25f}, {0.0f, 0.1f, 0.9f},
};
/* Predicted: 0, 0 (the lower of equals), 1, 0 | 1, 2, 1 | 2, 0, 2. */
static const int64_t confusion[3][3] = {{3, 1, 0}, {0, 2, 1}, {1, 0, 2}};

struct fake {
    int64_t bad_label_at; /* -1: none */
    int64_t calls, largest_batch, seen[10];
    float poison; /* written over class 1 of image 4 unless 0 */
};

static vww_status get(void *context, int64_t i, uint8_t *image, int32_t *label,
                      struct vww_error *error)
{
    (void)error;
    const struct fake *fake = context;
    memset(image, (int)i, IMAGE_BYTES);
    *label = i == fake->bad_label_at ? 3 : labels[i];
    return VWW_OK;
}

static const char *class_name(void *context, int32_t label)
{
    (void)context;
    static const char *const names[] = {"cat", "dog", NULL};
    return names[label];
}

static vww_status predict(void *context, const uint8_t *images, int32_t count, float *probabilities,
                          struct vww_error *error)
{
    (void)error;
    struct fake *fake = context;
    fake->calls++;
    if (count > fake->largest_batch)
        fake->largest_batch = count;
    for (int32_t i = 0; i < count; i++) {
        const uint8_t id = images[i * IMAGE_BYTES];
        for (int b = 0; b < IMAGE_BYTES; b++)
            assert_int_equal(images[i * IMAGE_BYTES + b], id);
        fake->seen[id]++;
        memcpy(probabilities + 3 * i, answers[id], sizeof answers[id]);
        if (id == 4 && fake->poison != 0)
            probabilities[3 * i + 1] = fake->poison;
    }
    return VWW_OK;
}

static struct vww_image_source source_of(struct fake *fake)
{
    return (struct vww_image_source){.get = get,
                                     .class_name = class_name,
                                     .context = fake,
                                     .count = 10,
                                     .resolution = SIDE,
                                     .classes = 3};
}

static struct vww_predictor predictor_of(struct fake *fake, int32_t batch)
{
    return (struct vww_predictor){.predict = predict,
                                  .context = fake,
                                  .resolution = SIDE,
                                  .classes = 3,
                                  .batch = batch,
                                  .kind = "float"};
}

static void figures_are_those_counted_by_hand(void **state)
{
    (void)state;
    static const int32_t batches[] = {1, 3, 10, 1000, 0};
    double loss = 0;
    for (int i = 0; i < 10; i++)
        loss -= log(fmax((double)answers[i][labels[i]], 1e-7)) / 10;
    for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
        struct fake fake = {.bad_label_at = -1};
        const struct vww_image_source source = source_of(&fake);
        const struct vww_predictor predictor = predictor_of(&fake, batches[b]);
        struct vww_evaluation evaluation;
        struct vww_error error;
        assert_ok(vww_evaluate_source(&source, &predictor, NULL, &evaluation, &error), &error);
        assert_int_equal(evaluation.images, 10);
        assert_int_equal(evaluation.correct, 7);
        assert_true(evaluation.accuracy == 0.7);
        assert_true(fabs(evaluation.loss - loss) < 1e-9);
        for (int label = 0; label < 3; label++)
            for (int c = 0; c < 3; c++)
                assert_int_equal(evaluation.confusion[label][c], confusion[label][c]);
        assert_string_equal(evaluation.kind, "float");
        assert_string_equal(evaluation.class_names[1], "dog");
        assert_string_equal(evaluation.class_names[2], "class 2");
        for (int i = 0; i < 10; i++) {
            assert_int_equal(fake.seen[i], 1);
            assert_int_equal(evaluation.labels[i], labels[i]);
            assert_memory_equal(evaluation.probabilities + 3 * i, answers[i], sizeof answers[i]);
        }
        assert_int_equal(evaluation.predictions[1], 0);
        assert_int_equal(evaluation.predictions[5], 2);
        const int64_t batch = batches[b] < 1 ? 1 : batches[b] > 10 ? 10 : batches[b];
        assert_int_equal(fake.largest_batch, batch);
        assert_int_equal(fake.calls, (10 + batch - 1) / batch);
        vww_evaluation_fini(&evaluation);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct fake fake = {.bad_label_at = -1};
    struct vww_image_source source = source_of(&fake);
    struct vww_predictor predictor = predictor_of(&fake, 4);
    struct vww_evaluation evaluation;
    struct vww_error error;
    source.classes = 2;
    assert_int_equal(vww_evaluate_source(&source, &predictor, NULL, &evaluation, &error),
                     VWW_ERROR_MISMATCH);
    assert_non_null(strstr(error.seen, "3 classes"));
    source = source_of(&fake);
    source.resolution = 4;
    assert_int_equal(vww_evaluate_source(&source, &predictor, NULL, &evaluation, &error),
                     VWW_ERROR_MISMATCH);
    source = source_of(&fake);
    source.count = 0;
    assert_int_equal(vww_evaluate_source(&source, &predictor, NULL, &evaluation, &error),
                     VWW_ERROR_ARGUMENT);
    source = source_of(&fake);
    predictor.classes = source.classes = VWW_CLASSES_MAX + 1;
    assert_int_equal(vww_evaluate_source(&source, &predictor, NULL, &evaluation, &error),
                     VWW_ERROR_UNSUPPORTED);
    assert_null(evaluation.labels);
}

static void outputs_that_are_no_probabilities_are_refused(void **state)
{
    (void)state;
    static const float poisons[] = {NAN, INFINITY, -0.25f, 1.5f};
    for (size_t i = 0; i < sizeof poisons / sizeof poisons[0]; i++) {
        struct fake fake = {.bad_label_at = -1, .poison = poisons[i]};
        const struct vww_image_source source = source_of(&fake);
        const struct vww_predictor predictor = predictor_of(&fake, 4);
        struct vww_evaluation evaluation;
        struct vww_error error;
        assert_int_equal(vww_evaluate_source(&source, &predictor, NULL, &evaluation, &error),
                         VWW_ERROR_FORMAT);
        assert_string_equal(error.place, "image 4, class 1");
        assert_null(evaluation.labels);
    }
}

static void a_label_outside_the_classes_is_refused(void **state)
{
    (void)state;
    struct fake fake = {.bad_label_at = 6};
    const struct vww_image_source source = source_of(&fake);
    const struct vww_predictor predictor = predictor_of(&fake, 4);
    struct vww_evaluation evaluation;
    struct vww_error error;
    assert_int_equal(vww_evaluate_source(&source, &predictor, NULL, &evaluation, &error),
                     VWW_ERROR_FORMAT);
    assert_string_equal(error.place, "image 6");
    assert_string_equal(error.seen, "3");
}

static bool stop(void *context)
{
    return *(int *)context <= 0;
}

static void count_report(void *context, const char *stage, int64_t done, int64_t total,
                         const char *unit, const char *detail)
{
    (void)done, (void)detail;
    assert_string_equal(stage, "evaluating");
    assert_string_equal(unit, "images");
    assert_int_equal(total, 10);
    --*(int *)context;
}

static void stops_when_asked(void **state)
{
    (void)state;
    int reports_left = 2;
    struct fake fake = {.bad_label_at = -1};
    const struct vww_image_source source = source_of(&fake);
    const struct vww_predictor predictor = predictor_of(&fake, 4);
    const struct vww_progress progress = {
        .report = count_report, .stop = stop, .context = &reports_left};
    struct vww_evaluation evaluation;
    struct vww_error error;
    assert_int_equal(vww_evaluate_source(&source, &predictor, &progress, &evaluation, &error),
                     VWW_ERROR_STOPPED);
    assert_int_equal(fake.calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_counted_by_hand),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(outputs_that_are_no_probabilities_are_refused),
        cmocka_unit_test(a_label_outside_the_classes_is_refused),
        cmocka_unit_test(stops_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
