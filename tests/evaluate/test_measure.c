/* Measures against values worked out by hand. */
#include "support/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "evaluate/internal.h"

#include <math.h>

/* An evaluation of two classes from the probability of class 1; predictions are 1 above a half. */
static void make(struct vww_evaluation *e, const int32_t *labels, const float *of_one,
                 int64_t images)
{
    struct vww_error error;
    *e = (struct vww_evaluation){
        .kind = "float", .classes = 2, .class_names = {"none", "person"}, .images = images};
    assert_ok(vww_evaluation_allocate(e, &error), &error);
    for (int64_t i = 0; i < images; i++) {
        e->labels[i] = labels[i];
        e->probabilities[2 * i] = 1 - of_one[i];
        e->probabilities[2 * i + 1] = of_one[i];
        e->predictions[i] = of_one[i] > 0.5f;
    }
    vww_evaluation_count(e);
}

static struct vww_measures measure(const struct vww_evaluation *e)
{
    struct vww_error error;
    struct vww_measures m;
    assert_ok(vww_measure(e, &m, &error), &error);
    return m;
}

/* Wilson's own arithmetic for 8 of 10, and the ends: 0 of 5 is not 0 to 0. */
static void intervals(void **state)
{
    (void)state;
    struct vww_share_measure m = vww_share_measure(8, 10);
    assert_float_equal(m.share, 0.8, 1e-12);
    assert_float_equal(m.low, 0.4901624715, 1e-9);
    assert_float_equal(m.high, 0.9433178485, 1e-9);
    m = vww_share_measure(0, 5);
    assert_float_equal(m.low, 0, 0);
    assert_float_equal(m.high, 0.4344824792, 1e-9);
    m = vww_share_measure(5, 5);
    assert_float_equal(m.low, 1 - 0.4344824792, 1e-9);
    assert_float_equal(m.high, 1, 0);
    m = vww_share_measure(0, 0);
    assert_true(isnan(m.share) && isnan(m.low) && isnan(m.high));
}

/* Of 3 and 4 images, 12 pairs: persons at 0.9, 0.6, 0.4; others at 0.6, 0.3, 0.4, 0.1. Wins: 4,
 * then 3 and a half, then 2 and a half: 10 of 12. */
static void ties_count_half(void **state)
{
    (void)state;
    static const int32_t labels[7] = {1, 0, 1, 0, 1, 0, 0};
    static const float of_one[7] = {0.9f, 0.6f, 0.6f, 0.3f, 0.4f, 0.4f, 0.1f};
    struct vww_evaluation e;
    make(&e, labels, of_one, 7);
    struct vww_measures m = measure(&e);
    assert_float_equal(m.auc, 10.0 / 12, 1e-15);
    assert_float_equal(m.classes[0].auc, 10.0 / 12, 1e-15); /* seen from the other side */
    static const double corners[][2] = {{0, 0}, {0, 1.0 / 3}, {0.5, 1}, {1, 1}};
    assert_int_equal(m.roc_count, 4); /* 0.6 and 0.4 rise and run alike: one stretch */
    for (int i = 0; i < 4; i++) {
        assert_float_equal(m.roc[i].false_rate, corners[i][0], 1e-15);
        assert_float_equal(m.roc[i].true_rate, corners[i][1], 1e-15);
    }
    assert_true(isinf(m.roc[0].threshold));
    assert_float_equal(m.roc[1].threshold, 0.9f, 0);
    assert_float_equal(m.roc[2].threshold, 0.4f, 0);
    assert_float_equal(m.roc[3].threshold, 0.1f, 0);
    assert_int_equal(m.best.hits, 5); /* 0.9 alone, or everything from 0.4 on: 5 each */
    assert_float_equal(m.best_threshold, 0.9f, 0);
    vww_measures_fini(&m);
    vww_evaluation_fini(&e);
}

static void order_is_all_that_counts(void **state)
{
    (void)state;
    static const int32_t labels[4] = {0, 0, 1, 1};
    static const struct {
        float of_one[4];
        double auc;
    } rows[] = {{{0.1f, 0.2f, 0.3f, 0.4f}, 1},
                {{0.4f, 0.3f, 0.2f, 0.1f}, 0},
                {{0.5f, 0.5f, 0.5f, 0.5f}, 0.5},
                {{0.1f, 0.3f, 0.2f, 0.4f}, 0.75}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vww_evaluation e;
        make(&e, labels, rows[i].of_one, 4);
        struct vww_measures m = measure(&e);
        assert_float_equal(m.auc, rows[i].auc, 0);
        vww_measures_fini(&m);
        vww_evaluation_fini(&e);
    }
}

/* The area is that of counting every pair, and that under the corners. */
static void area_pairs_and_corners_agree(void **state)
{
    (void)state;
    enum { N = 300 };
    int32_t labels[N];
    float of_one[N];
    struct vww_random random = vww_random_init(2, VWW_RANDOM_TEST, 0, 0);
    for (int i = 0; i < N; i++) {
        labels[i] = vww_random_below(&random, 3) == 0;
        of_one[i] = (float)(vww_random_below(&random, 40) + 12u * (uint32_t)labels[i]) / 64;
    }
    struct vww_evaluation e;
    make(&e, labels, of_one, N);
    struct vww_measures m = measure(&e);
    double wins = 0, pairs = 0, under = 0;
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++)
            if (labels[i] == 1 && labels[k] == 0) {
                pairs++;
                wins += of_one[i] > of_one[k] ? 1 : of_one[i] == of_one[k] ? 0.5 : 0;
            }
    for (size_t i = 1; i < m.roc_count; i++) {
        assert_true(m.roc[i].threshold < m.roc[i - 1].threshold);
        under += (m.roc[i].false_rate - m.roc[i - 1].false_rate) *
                 (m.roc[i].true_rate + m.roc[i - 1].true_rate) / 2;
    }
    assert_float_equal(m.auc, wins / pairs, 1e-15);
    assert_float_equal(m.auc, under, 1e-12);
    assert_float_equal(m.roc[m.roc_count - 1].false_rate, 1, 0);
    assert_float_equal(m.roc[m.roc_count - 1].true_rate, 1, 0);
    vww_measures_fini(&m);
    vww_evaluation_fini(&e);
}

/* Three classes, ten images: confusion {3 1 0} {0 2 1} {1 0 2}. */
static void precision_and_recall(void **state)
{
    (void)state;
    static const int32_t labels[10] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2};
    static const int32_t predictions[10] = {0, 0, 0, 1, 1, 1, 2, 0, 2, 2};
    struct vww_error error;
    struct vww_evaluation e = {.classes = 3, .images = 10};
    assert_ok(vww_evaluation_allocate(&e, &error), &error);
    memcpy(e.labels, labels, sizeof labels);
    memcpy(e.predictions, predictions, sizeof predictions);
    for (int i = 0; i < 10; i++)
        e.probabilities[3 * i + predictions[i]] = 1;
    vww_evaluation_count(&e);
    struct vww_measures m = measure(&e);
    static const double wanted[3][3] = {
        {3.0 / 4, 3.0 / 4, 6.0 / 8}, {2.0 / 3, 2.0 / 3, 4.0 / 6}, {2.0 / 3, 2.0 / 3, 4.0 / 6}};
    for (int c = 0; c < 3; c++) {
        assert_float_equal(m.classes[c].precision, wanted[c][0], 1e-15);
        assert_float_equal(m.classes[c].recall, wanted[c][1], 1e-15);
        assert_float_equal(m.classes[c].f1, wanted[c][2], 1e-15);
    }
    assert_float_equal(m.balanced_accuracy, (0.75 + 2 * 2.0 / 3) / 3, 1e-15);
    assert_int_equal(m.roc_count, 0);
    /* Class 0, a score of 1 or 0: of 24 pairs 3 * 5 are won, 3 * 1 + 1 * 5 tied. */
    assert_float_equal(m.classes[0].auc, (15 + 4.0) / 24, 1e-15);
    /* Always sure, 7 of 10 right: 3 times a distance of 2. */
    assert_float_equal(m.calibration_error, 0.3, 1e-15);
    assert_float_equal(m.brier, 3 * 2.0 / 10, 1e-15);
    vww_measures_fini(&m);
    vww_evaluation_fini(&e);
}

/* A class without images, and one that is never named. */
static void figures_that_do_not_exist(void **state)
{
    (void)state;
    static const int32_t labels[3] = {0, 0, 0};
    static const float of_one[3] = {0.1f, 0.2f, 0.3f};
    struct vww_evaluation e;
    make(&e, labels, of_one, 3);
    struct vww_measures m = measure(&e);
    assert_true(isnan(m.auc) && isnan(m.classes[1].precision) && isnan(m.classes[1].recall) &&
                isnan(m.classes[1].f1));
    assert_float_equal(m.balanced_accuracy, 1, 0);
    assert_int_equal(m.roc_count, 0);
    char *text = vww_measures_json(&m, &e);
    assert_non_null(text);
    assert_non_null(strstr(text, "\"auc\": null"));
    assert_null(strstr(text, "nan"));
    vww_measures_free(text);
    vww_measures_fini(&m);
    vww_evaluation_fini(&e);
}

/* Bins are a fifteenth wide, the upper bound belongs to the next, 1 to the last. */
static void reliability(void **state)
{
    (void)state;
    static const int32_t labels[5] = {1, 0, 1, 0, 1};
    static const float of_one[5] = {0.625f, 0.625f, 0.6328125f, 0.25f, 1};
    struct vww_evaluation e;
    make(&e, labels, of_one, 5);
    struct vww_measures m = measure(&e);
    /* 0.625 * 15 = 9.375: bin 9; 0.75 * 15 = 11.25: bin 11; 1: bin 14. */
    assert_int_equal(m.bins[9].right.of, 3);
    assert_int_equal(m.bins[9].right.hits, 2);
    assert_float_equal(m.bins[9].confidence, (0.625 + 0.625 + 0.6328125) / 3, 1e-15);
    assert_int_equal(m.bins[11].right.of, 1);
    assert_int_equal(m.bins[14].right.of, 1);
    assert_int_equal(m.bins[10].right.of, 0);
    assert_true(isnan(m.bins[10].confidence));
    assert_float_equal(m.calibration_error, (fabs(2 - 1.8828125) + 0.25 + 0) / 5, 1e-15);
    const double squares =
        2 * (0.375 * 0.375 + 0.625 * 0.625 + 0.3671875 * 0.3671875 + 0.25 * 0.25);
    assert_float_equal(m.brier, squares / 5, 1e-15);
    vww_measures_fini(&m);
    vww_evaluation_fini(&e);
}

static const struct vww_slice *find(const struct vww_measures *m, enum vww_slice_group group,
                                    const char *name)
{
    for (size_t i = 0; i < m->slice_count; i++)
        if (m->slices[i].group == group && strcmp(m->slices[i].name, name) == 0)
            return &m->slices[i];
    return NULL;
}

static void assert_slice(const struct vww_measures *m, enum vww_slice_group group, const char *name,
                         int64_t hits, int64_t of)
{
    const struct vww_slice *slice = find(m, group, name);
    assert_non_null(slice);
    assert_int_equal(slice->right.hits, hits);
    assert_int_equal(slice->right.of, of);
}

/* Images 0 and 5 are wrong; image 5's boxes are not known. */
static void slices(void **state)
{
    (void)state;
    static const int32_t labels[6] = {1, 1, 1, 0, 0, 1};
    static const float of_one[6] = {0.1f, 0.9f, 0.8f, 0.2f, 0.3f, 0.4f};
    static const struct vww_scene scenes[6] = {{1, 0.009f, false, 0.1f}, {2, 0.01f, true, 0.25f},
                                               {7, 0.30f, false, 0.4f},  {0, 0, false, 0.55f},
                                               {0, 0, false, 1},         {-1, 0, false, 0.3f}};
    struct vww_error error;
    struct vww_evaluation e;
    make(&e, labels, of_one, 6);
    struct vww_measures m = measure(&e);
    assert_int_equal(m.slice_count, 0);
    assert_int_equal(m.without_boxes, 6);
    vww_measures_fini(&m);
    assert_ok(vww_evaluation_allocate_scenes(&e, &error), &error);
    memcpy(e.scenes, scenes, sizeof scenes);
    m = measure(&e);
    assert_int_equal(m.without_boxes, 1);
    assert_slice(&m, VWW_SLICE_LARGEST, "none", 2, 2);
    assert_slice(&m, VWW_SLICE_LARGEST, "under 1 %", 0, 1);
    assert_slice(&m, VWW_SLICE_LARGEST, "1 to 3 %", 1, 1);
    assert_slice(&m, VWW_SLICE_LARGEST, "over 30 %", 1, 1);
    assert_null(find(&m, VWW_SLICE_LARGEST, "3 to 10 %"));
    assert_slice(&m, VWW_SLICE_COUNT, "none", 2, 2);
    assert_slice(&m, VWW_SLICE_COUNT, "1", 0, 1);
    assert_slice(&m, VWW_SLICE_COUNT, "2", 1, 1);
    assert_slice(&m, VWW_SLICE_COUNT, "6 or more", 1, 1);
    assert_slice(&m, VWW_SLICE_BORDER, "whole in the image", 1, 2);
    assert_slice(&m, VWW_SLICE_BORDER, "cut off by the border", 1, 1);
    assert_slice(&m, VWW_SLICE_BRIGHTNESS, "dark, under 25 %", 0, 1);
    assert_slice(&m, VWW_SLICE_BRIGHTNESS, "25 to 40 %", 1, 2);
    assert_slice(&m, VWW_SLICE_BRIGHTNESS, "40 to 55 %", 1, 1);
    assert_slice(&m, VWW_SLICE_BRIGHTNESS, "bright, over 55 %", 2, 2);
    vww_measures_fini(&m);
    vww_evaluation_fini(&e);
}

/* --- what is seen while scoring ------------------------------------------------------------------
 */

static const struct vww_box boxes[3] = {{0.2f, 0.4f, 0.2f, 0.4f, 9},
                                        {0.5f, 1.01f, 0.1f, 0.9f, 9}, /* beyond the right border */
                                        {0, 0.1f, 0.3f, 0.5f, 9}};

static vww_status get(void *context, int64_t i, uint8_t *image, int32_t *label,
                      struct vww_error *error)
{
    (void)context;
    (void)error;
    static const uint8_t colours[3][3] = {{255, 255, 255}, {255, 0, 0}, {0, 0, 0}};
    for (int p = 0; p < 4; p++)
        memcpy(image + 3 * p, colours[i], 3);
    *label = i < 2;
    return VWW_OK;
}

static const char *class_name(void *context, int32_t label)
{
    (void)context;
    return label == 0 ? "none" : "person";
}

static bool objects(void *context, int64_t i, const struct vww_box **found, size_t *count)
{
    (void)context;
    *found = boxes;
    *count = i == 0 ? 3 : 0;
    return i != 1;
}

static vww_status predict(void *context, const uint8_t *images, int32_t count, float *probabilities,
                          struct vww_error *error)
{
    (void)context;
    (void)images;
    (void)error;
    for (int32_t i = 0; i < 2 * count; i++)
        probabilities[i] = 0.5f;
    return VWW_OK;
}

static void scenes_are_seen(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_evaluation e;
    struct vww_image_source source = {.get = get,
                                      .class_name = class_name,
                                      .objects = objects,
                                      .count = 3,
                                      .resolution = 2,
                                      .classes = 2};
    const struct vww_predictor predictor = {
        .predict = predict, .resolution = 2, .classes = 2, .batch = 2, .kind = "float"};
    assert_ok(vww_evaluate_source(&source, &predictor, NULL, &e, &error), &error);
    assert_int_equal(e.scenes[0].objects, 3);
    assert_float_equal(e.scenes[0].largest, 0.5f * 0.8f, 1e-6); /* cut at the border */
    assert_true(e.scenes[0].is_cut_off);
    assert_int_equal(e.scenes[1].objects, -1);
    assert_int_equal(e.scenes[2].objects, 0);
    assert_false(e.scenes[2].is_cut_off);
    assert_float_equal(e.scenes[0].brightness, 1, 0);
    assert_float_equal(e.scenes[1].brightness, 0.299f, 1e-7);
    assert_float_equal(e.scenes[2].brightness, 0, 0);
    vww_evaluation_fini(&e);
    source.objects = NULL;
    assert_ok(vww_evaluate_source(&source, &predictor, NULL, &e, &error), &error);
    assert_int_equal(e.scenes[0].objects, -1);
    vww_evaluation_fini(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals),
        cmocka_unit_test(ties_count_half),
        cmocka_unit_test(order_is_all_that_counts),
        cmocka_unit_test(area_pairs_and_corners_agree),
        cmocka_unit_test(precision_and_recall),
        cmocka_unit_test(figures_that_do_not_exist),
        cmocka_unit_test(reliability),
        cmocka_unit_test(slices),
        cmocka_unit_test(scenes_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
