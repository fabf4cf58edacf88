/* Precision and recall, ROC and calibration of an evaluation. */
#include "vww/measure.h"
#include "base/memory.h"
#include "evaluate/internal.h"

#include <math.h>
#include <stdlib.h>

struct vww_share_measure vww_share_measure(int64_t hits, int64_t of)
{
    if (of < 1)
        return (struct vww_share_measure){.share = NAN, .low = NAN, .high = NAN};
    const double z = 1.959963984540054, n = (double)of, p = (double)hits / n;
    const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return (struct vww_share_measure){.hits = hits,
                                      .of = of,
                                      .share = p,
                                      .low = fmax(0, middle - half),
                                      .high = fmin(1, middle + half)};
}

/* --- ROC -----------------------------------------------------------------------------------------
 */

struct scored {
    float score;
    bool is_class;
};

static int by_score_descending(const void *a, const void *b)
{
    const float x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* The area by counting pairs: an image of the class beats another where its score is higher, and
 * half beats it where equal (Mann and Whitney). Twice the count is an integer, so it is exact. */
static double area(const struct scored *sorted, int64_t count, int64_t of_class)
{
    const int64_t others = count - of_class;
    int64_t twice = 0, class_before = 0;
    if (of_class == 0 || others == 0)
        return NAN;
    for (int64_t i = 0, end; i < count; i = end) {
        int64_t class_here = 0;
        for (end = i; end < count && sorted[end].score == sorted[i].score; end++)
            class_here += sorted[end].is_class;
        twice += (end - i - class_here) * (2 * class_before + class_here);
        class_before += class_here;
    }
    return (double)twice / 2 / ((double)of_class * (double)others);
}

/* Room for count + 1 points. Points in the middle of a straight stretch are left out. */
static size_t curve(const struct scored *sorted, int64_t count, int64_t of_class,
                    struct vww_roc_point *points)
{
    const int64_t others = count - of_class;
    int64_t hits = 0, alarms = 0, last_rise = -1, last_run = -1;
    size_t made = 0;
    points[made++] = (struct vww_roc_point){.threshold = INFINITY};
    for (int64_t i = 0, end; i < count; i = end) {
        int64_t rise = 0;
        for (end = i; end < count && sorted[end].score == sorted[i].score; end++)
            rise += sorted[end].is_class;
        const int64_t run = end - i - rise;
        hits += rise;
        alarms += run;
        if (rise * last_run == run * last_rise && made > 1) /* the same slope: one stretch */
            made--;
        points[made++] = (struct vww_roc_point){.threshold = (double)sorted[i].score,
                                                .false_rate = (double)alarms / (double)others,
                                                .true_rate = (double)hits / (double)of_class};
        last_rise = rise;
        last_run = run;
    }
    return made;
}

static void find_best(struct vww_measures *m, int64_t count, int64_t of_class)
{
    int64_t most = -1;
    m->best_threshold = NAN;
    m->best = vww_share_measure(0, 0);
    for (size_t i = 0; i < m->roc_count; i++) {
        const struct vww_roc_point *p = &m->roc[i];
        const int64_t right = llround(p->true_rate * (double)of_class) +
                              llround((1 - p->false_rate) * (double)(count - of_class));
        if (right <= most)
            continue;
        most = right;
        m->best_threshold = p->threshold;
        m->best = vww_share_measure(right, count);
    }
}

static int64_t sort_class(const struct vww_evaluation *e, int32_t class, struct scored *sorted)
{
    int64_t of_class = 0;
    for (int64_t i = 0; i < e->images; i++) {
        sorted[i] = (struct scored){.score = e->probabilities[i * e->classes + class],
                                    .is_class = e->labels[i] == class};
        of_class += sorted[i].is_class;
    }
    qsort(sorted, (size_t)e->images, sizeof *sorted, by_score_descending);
    return of_class;
}

static vww_status measure_roc(const struct vww_evaluation *e, struct vww_measures *m,
                              struct vww_error *error)
{
    struct scored *sorted = vww_allocate((size_t)e->images, sizeof *sorted);
    if (sorted == NULL)
        return vww_fail_memory(error, (size_t)e->images * sizeof *sorted);
    double sum = 0;
    find_best(m, 0, 0); /* none */
    for (int32_t c = 0; c < e->classes; c++) {
        const int64_t of_class = sort_class(e, c, sorted);
        m->classes[c].auc = area(sorted, e->images, of_class);
        sum += m->classes[c].auc;
        if (e->classes != 2 || c != 1 || isnan(m->classes[c].auc))
            continue;
        m->roc = vww_allocate((size_t)e->images + 1, sizeof *m->roc);
        if (m->roc != NULL)
            m->roc_count = curve(sorted, e->images, of_class, m->roc);
        find_best(m, e->images, of_class);
    }
    m->auc = e->classes == 2 ? m->classes[1].auc : sum / e->classes;
    vww_free(sorted);
    return m->roc == NULL && e->classes == 2 && !isnan(m->auc)
               ? vww_fail_memory(error, ((size_t)e->images + 1) * sizeof *m->roc)
               : VWW_OK;
}

/* --- classes -------------------------------------------------------------------------------------
 */

static double ratio(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : NAN;
}

static void measure_classes(const struct vww_evaluation *e, struct vww_measures *m)
{
    double precisions = 0, recalls = 0, f1s = 0;
    int32_t with_precision = 0, with_recall = 0, with_f1 = 0;
    m->class_count = e->classes;
    for (int32_t c = 0; c < e->classes; c++) {
        struct vww_class_measures *class = &m->classes[c];
        class->correct = e->confusion[c][c];
        for (int32_t k = 0; k < e->classes; k++) {
            class->images += e->confusion[c][k];
            class->predicted += e->confusion[k][c];
        }
        class->precision = ratio(class->correct, class->predicted);
        class->recall = ratio(class->correct, class->images);
        class->f1 = ratio(2 * class->correct, class->images + class->predicted);
        if (class->images > 0) {
            recalls += class->recall;
            with_recall++;
        }
        if (!isnan(class->precision)) {
            precisions += class->precision;
            with_precision++;
        }
        if (!isnan(class->f1)) {
            f1s += class->f1;
            with_f1++;
        }
    }
    m->balanced_accuracy = recalls / with_recall;
    m->macro_precision = precisions / with_precision;
    m->macro_f1 = f1s / with_f1;
}

/* --- calibration ---------------------------------------------------------------------------------
 */

static void measure_calibration(const struct vww_evaluation *e, struct vww_measures *m)
{
    int64_t images[VWW_CALIBRATION_BINS] = {0}, right[VWW_CALIBRATION_BINS] = {0};
    double confidence[VWW_CALIBRATION_BINS] = {0}, squares = 0;
    for (int64_t i = 0; i < e->images; i++) {
        const float *p = e->probabilities + i * e->classes;
        const double sure = (double)p[e->predictions[i]];
        int bin = (int)(sure * VWW_CALIBRATION_BINS);
        bin = bin < VWW_CALIBRATION_BINS ? bin : VWW_CALIBRATION_BINS - 1;
        images[bin]++;
        right[bin] += e->labels[i] == e->predictions[i];
        confidence[bin] += sure;
        for (int32_t c = 0; c < e->classes; c++) {
            const double off = (double)p[c] - (c == e->labels[i] ? 1 : 0);
            squares += off * off;
        }
    }
    m->brier = squares / (double)e->images;
    for (int b = 0; b < VWW_CALIBRATION_BINS; b++) {
        struct vww_calibration_bin *bin = &m->bins[b];
        bin->low = (double)b / VWW_CALIBRATION_BINS;
        bin->high = (double)(b + 1) / VWW_CALIBRATION_BINS;
        bin->right = vww_share_measure(right[b], images[b]);
        bin->confidence = images[b] > 0 ? confidence[b] / (double)images[b] : NAN;
        m->calibration_error += fabs((double)right[b] - confidence[b]) / (double)e->images;
    }
}

vww_status vww_measure(const struct vww_evaluation *evaluation, struct vww_measures *measures,
                       struct vww_error *error)
{
    *measures = (struct vww_measures){
        .accuracy = vww_share_measure(evaluation->correct, evaluation->images)};
    if (evaluation->images < 1)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "there are no images to measure");
    measure_classes(evaluation, measures);
    measure_calibration(evaluation, measures);
    vww_measure_slices(evaluation, measures);
    const vww_status status = measure_roc(evaluation, measures, error);
    if (status != VWW_OK)
        vww_measures_fini(measures);
    return status;
}

void vww_measures_fini(struct vww_measures *measures)
{
    vww_free(measures->roc);
    *measures = (struct vww_measures){0};
}
