/* Scores, agreement, Pareto fronts and the choice of pictures, against values found by hand. */
#include "support/check.h"

#include "evaluate/internal.h"
#include "report/compare.h"
#include "report/pictures.h"
#include "report/score.h"

#include <math.h>

/* Two classes; image i is a 1 where ones[i] is '1', and has this probability of class 1. */
static struct vww_evaluation *evaluation_of(const char *ones, const float *probabilities)
{
    struct vww_evaluation *evaluation = vww_allocate(1, sizeof *evaluation);
    struct vww_error error;
    assert_non_null(evaluation);
    evaluation->classes = 2;
    evaluation->images = (int64_t)strlen(ones);
    strcpy(evaluation->data, "data");
    strcpy(evaluation->split, "val");
    assert_ok(vww_evaluation_allocate(evaluation, &error), &error);
    for (int64_t i = 0; i < evaluation->images; i++) {
        evaluation->labels[i] = ones[i] == '1';
        evaluation->predictions[i] = probabilities[i] > 0.5f;
        evaluation->probabilities[2 * i] = 1 - probabilities[i];
        evaluation->probabilities[2 * i + 1] = probabilities[i];
    }
    vww_evaluation_count(evaluation);
    return evaluation;
}

static void differences_are_those_of_the_same_images(void **state)
{
    (void)state;
    struct vww_report_run *run = vww_allocate(1, sizeof *run);
    assert_non_null(run);
    /* Float is right on 2 of the first 4: 0 and 3. int8 is right on 3 of these: 0, 1 and 3. */
    run->evaluations[VWW_EXECUTION_FLOAT] =
        evaluation_of("110011", (const float[]){0.9f, 0.2f, 0.8f, 0.1f, 0.7f, 0.6f});
    run->evaluations[VWW_EXECUTION_INT8] =
        evaluation_of("1100", (const float[]){0.9f, 0.7f, 0.75f, 0.1f});
    struct vww_score scores[VWW_EXECUTION_COUNT];
    assert_int_equal(vww_report_run_scores(run, scores), 2);
    assert_int_equal(scores[0].compared, 0);
    assert_int_equal(scores[1].execution, VWW_EXECUTION_INT8);
    assert_int_equal(scores[1].compared, 4);
    assert_true(fabs(scores[1].difference - 0.25) < 1e-12);
    /* Wilson's interval for 3 of 4. */
    assert_true(fabs(scores[1].low - 0.30064) < 1e-4 && fabs(scores[1].high - 0.95442) < 1e-4);
    struct vww_agreement agreement;
    assert_true(vww_report_run_agreement(run, VWW_EXECUTION_FLOAT, VWW_EXECUTION_INT8, &agreement));
    assert_int_equal(agreement.images, 4);
    assert_int_equal(agreement.equal, 3);
    assert_true(fabs(agreement.largest - 0.5) < 1e-6);
    assert_false(
        vww_report_run_agreement(run, VWW_EXECUTION_INT8, VWW_EXECUTION_DEVICE, &agreement));
    assert_ptr_equal(vww_report_run_judged(run), run->evaluations[VWW_EXECUTION_INT8]);
    /* A folder's name does not depend on its last slash; other labels are other images. */
    strcpy(run->evaluations[VWW_EXECUTION_INT8]->data, "data/");
    vww_report_run_scores(run, scores);
    assert_int_equal(scores[1].compared, 4);
    run->evaluations[VWW_EXECUTION_INT8]->labels[2] = 1;
    vww_report_run_scores(run, scores);
    assert_int_equal(scores[1].compared, 0);
    vww_report_run_fini(run);
    vww_free(run);
}

static void the_front_is_what_nothing_beats(void **state)
{
    (void)state;
    static const struct {
        int64_t macs;
        int right; /* of 8 */
        bool on_front;
    } cases[] = {{400, 8, true},  {100, 4, true}, {200, 4, false}, {300, 6, true},
                 {350, 5, false}, {300, 6, true}, {50, 0, true},   {0, 0, false}};
    const size_t count = sizeof cases / sizeof cases[0];
    struct vww_report_run *runs = vww_allocate(count, sizeof *runs);
    assert_non_null(runs);
    for (size_t i = 0; i < count; i++) {
        float probabilities[8];
        for (int p = 0; p < 8; p++)
            probabilities[p] = p < cases[i].right ? 0.9f : 0.1f;
        runs[i].has_model = cases[i].macs > 0;
        runs[i].cost.macs = cases[i].macs;
        runs[i].evaluations[VWW_EXECUTION_FLOAT] = evaluation_of("11111111", probabilities);
    }
    struct vww_comparison rows[sizeof cases / sizeof cases[0]];
    vww_compare_runs(runs, count, rows);
    for (size_t i = 0; i + 2 < count; i++)
        assert_true(rows[i].run->cost.macs <= rows[i + 1].run->cost.macs);
    assert_ptr_equal(rows[count - 1].run, &runs[count - 1]);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rows[i].on_front, cases[rows[i].run - runs].on_front);
    assert_false(vww_compare_is_uneven(rows, count));
    rows[3].run->evaluations[VWW_EXECUTION_FLOAT]->labels[2] = 0;
    assert_true(vww_compare_is_uneven(rows, count));
    for (size_t i = 0; i < count; i++)
        vww_report_run_fini(&runs[i]);
    vww_free(runs);
}

static void pictures_are_chosen_by_margin(void **state)
{
    (void)state;
    /* Wrong are 5 (95 % sure), 1 (90 %) and 3 (60 %). */
    struct vww_evaluation *evaluation = evaluation_of(
        "10101011", (const float[]){0.8f, 0.9f, 0.51f, 0.6f, 0.99f, 0.95f, 0.7f, 0.6f});
    struct vww_pictures pictures;
    vww_pictures_choose(evaluation, &pictures);
    static const int64_t mistakes[] = {5, 1, 3}, unsure[] = {2, 7, 6, 0, 4};
    assert_int_equal(pictures.count, 8);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pictures.items[i].group, VWW_PICTURE_MISTAKE);
        assert_int_equal(pictures.items[i].index, mistakes[i]);
    }
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(pictures.items[3 + i].group, VWW_PICTURE_UNSURE);
        assert_int_equal(pictures.items[3 + i].index, unsure[i]);
    }
    vww_evaluation_fini(evaluation);
    vww_free(evaluation);
}

static void right_pictures_are_spread_evenly(void **state)
{
    (void)state;
    char ones[121];
    float probabilities[120];
    for (int i = 0; i < 120; i++) {
        ones[i] = '1';
        probabilities[i] = i < 12 ? 0.51f : 0.9f; /* the first twelve are the least certain */
    }
    ones[120] = '\0';
    struct vww_evaluation *evaluation = evaluation_of(ones, probabilities);
    struct vww_pictures pictures;
    vww_pictures_choose(evaluation, &pictures);
    assert_int_equal(pictures.count, 2 * VWW_PICTURES_EACH);
    for (int i = 0; i < VWW_PICTURES_EACH; i++) {
        assert_int_equal(pictures.items[VWW_PICTURES_EACH + i].group, VWW_PICTURE_RIGHT);
        assert_int_equal(pictures.items[VWW_PICTURES_EACH + i].index, 12 + 9 * i);
    }
    vww_evaluation_fini(evaluation);
    vww_free(evaluation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_are_those_of_the_same_images),
        cmocka_unit_test(the_front_is_what_nothing_beats),
        cmocka_unit_test(pictures_are_chosen_by_margin),
        cmocka_unit_test(right_pictures_are_spread_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
