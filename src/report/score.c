#include "report/score.h"
#include "vww/measure.h"

#include <math.h>
#include <string.h>

static bool same_folder(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);
    while (a_length > 1 && a[a_length - 1] == '/')
        a_length--;
    while (b_length > 1 && b[b_length - 1] == '/')
        b_length--;
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

int64_t vww_common_images(const struct vww_evaluation *a, const struct vww_evaluation *b)
{
    if (a == NULL || b == NULL || a->classes != b->classes || strcmp(a->split, b->split) != 0 ||
        !same_folder(a->data, b->data))
        return 0;
    const int64_t images = a->images < b->images ? a->images : b->images;
    const bool same = memcmp(a->labels, b->labels, (size_t)images * sizeof a->labels[0]) == 0;
    return same ? images : 0;
}

static int64_t count_correct(const struct vww_evaluation *evaluation, int64_t images)
{
    int64_t correct = 0;
    for (int64_t i = 0; i < images; i++)
        correct += evaluation->labels[i] == evaluation->predictions[i];
    return correct;
}

size_t vww_report_run_scores(const struct vww_report_run *run,
                             struct vww_score scores[VWW_EXECUTION_COUNT])
{
    const struct vww_evaluation *reference = run->evaluations[VWW_EXECUTION_FLOAT];
    size_t count = 0;
    for (int i = 0; i < VWW_EXECUTION_COUNT; i++) {
        const struct vww_evaluation *evaluation = run->evaluations[i];
        if (evaluation == NULL)
            continue;
        struct vww_score *score = &scores[count++];
        *score = (struct vww_score){.execution = i, .evaluation = evaluation};
        const struct vww_share_measure right =
            vww_share_measure(evaluation->correct, evaluation->images);
        score->low = right.low;
        score->high = right.high;
        if (evaluation != reference)
            score->compared = vww_common_images(evaluation, reference);
        if (score->compared > 0)
            score->difference = (double)(count_correct(evaluation, score->compared) -
                                         count_correct(reference, score->compared)) /
                                (double)score->compared;
    }
    return count;
}

bool vww_report_run_agreement(const struct vww_report_run *run, enum vww_execution a,
                              enum vww_execution b, struct vww_agreement *agreement)
{
    const struct vww_evaluation *x = run->evaluations[a], *y = run->evaluations[b];
    *agreement = (struct vww_agreement){.images = vww_common_images(x, y)};
    for (int64_t i = 0; i < agreement->images; i++) {
        agreement->equal += x->predictions[i] == y->predictions[i];
        for (int32_t c = 0; c < x->classes; c++)
            agreement->largest =
                fmax(agreement->largest, fabs((double)x->probabilities[i * x->classes + c] -
                                              (double)y->probabilities[i * x->classes + c]));
    }
    return agreement->images > 0;
}
