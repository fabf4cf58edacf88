#include "eval_print.h"
#include "model_option.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static void print_figures(const struct vww_evaluation *evaluation)
{
    printf("{\"images\": %" PRId64 ", \"accuracy\": %.17g, \"loss\": %.17g, \"confusion\": [",
           evaluation->images, evaluation->accuracy, evaluation->loss);
    for (int32_t label = 0; label < evaluation->classes; label++) {
        printf("%s[", label > 0 ? ", " : "");
        for (int32_t c = 0; c < evaluation->classes; c++)
            printf("%s%" PRId64, c > 0 ? ", " : "", evaluation->confusion[label][c]);
        printf("]");
    }
    printf("], \"kind\": \"%s\", \"classes\": [", evaluation->kind);
    for (int32_t c = 0; c < evaluation->classes; c++) {
        printf("%s", c > 0 ? ", " : "");
        print_json_string(evaluation->class_names[c]);
    }
    printf("]");
}

vww_status eval_print_json(const struct vww_evaluation *evaluation, struct vww_error *error)
{
    struct vww_measures measures;
    const vww_status status = vww_measure(evaluation, &measures, error);
    if (status != VWW_OK)
        return status;
    char *text = vww_measures_json(&measures, evaluation);
    vww_measures_fini(&measures);
    if (text == NULL)
        return vww_fail(error, VWW_ERROR_MEMORY, "out of memory");
    print_figures(evaluation);
    printf(", \"measures\": %s}\n", text);
    vww_measures_free(text);
    return VWW_OK;
}

static void print_confusion(const struct vww_evaluation *evaluation)
{
    printf("%-20s", "is \\ says");
    for (int32_t c = 0; c < evaluation->classes; c++)
        printf(" %14.14s", evaluation->class_names[c]);
    for (int32_t label = 0; label < evaluation->classes; label++) {
        printf("\n%-20.20s", evaluation->class_names[label]);
        for (int32_t c = 0; c < evaluation->classes; c++)
            printf(" %14" PRId64, evaluation->confusion[label][c]);
    }
    printf("\n");
}

/* "74.2 %", or "-" where there is none. */
static const char *percent(char text[16], double share)
{
    if (isnan(share))
        snprintf(text, 16, "-");
    else
        snprintf(text, 16, "%.1f %%", 100 * share);
    return text;
}

static void print_classes(const struct vww_measures *m, const struct vww_evaluation *evaluation)
{
    char precision[16], recall[16], f1[16];
    printf("\n%-20s %9s %9s %9s %9s %7s\n", "class", "images", "precision", "recall", "F1", "AUC");
    for (int32_t c = 0; c < m->class_count; c++) {
        const struct vww_class_measures *class = &m->classes[c];
        char auc[16] = "-";
        if (!isnan(class->auc))
            snprintf(auc, sizeof auc, "%.4f", class->auc);
        printf("%-20.20s %9" PRId64 " %9s %9s %9s %7s\n", evaluation->class_names[c], class->images,
               percent(precision, class->precision), percent(recall, class->recall),
               percent(f1, class->f1), auc);
    }
    if (m->class_count > 2)
        printf("mean of the classes: precision %s, recall %s, F1 %s; AUC %.4f\n"
               "(AUC: of one class against all others; the ROC curve is for two classes)\n",
               percent(precision, m->macro_precision), percent(recall, m->balanced_accuracy),
               percent(f1, m->macro_f1), m->auc);
}

static void print_calibration(const struct vww_measures *m)
{
    char confidence[16], share[16], error[16];
    printf("\nhow sure it is, and how often it is right then (off by %s on average; Brier %.4f)\n",
           percent(error, m->calibration_error), m->brier);
    for (int b = 0; b < VWW_CALIBRATION_BINS; b++) {
        const struct vww_calibration_bin *bin = &m->bins[b];
        if (bin->right.of > 0)
            printf("  %3.0f to %3.0f %%  %7" PRId64 " images  sure %7s  right %7s\n",
                   100 * bin->low, 100 * bin->high, bin->right.of,
                   percent(confidence, bin->confidence), percent(share, bin->right.share));
    }
}

static void print_slices(const struct vww_measures *m, const struct vww_evaluation *evaluation)
{
    char share[16], low[16], high[16];
    for (size_t i = 0; i < m->slice_count; i++) {
        const struct vww_slice *slice = &m->slices[i];
        if (i == 0 || slice->group != m->slices[i - 1].group)
            printf("\n%s%s\n", vww_slice_group_title(slice->group),
                   slice->group == VWW_SLICE_BRIGHTNESS ? "" : ", by the boxes");
        printf("  %-22s %7" PRId64 " images  right %7s  (95 %%: %s to %s)\n", slice->name,
               slice->right.of, percent(share, slice->right.share), percent(low, slice->right.low),
               percent(high, slice->right.high));
    }
    if (m->without_boxes == evaluation->images)
        printf("\nThe images come without boxes: nothing is known of how large or how many the "
               "objects are.\n");
    else if (m->without_boxes > 0)
        printf("\n%" PRId64 " images come without boxes and are in no slice by them.\n",
               m->without_boxes);
}

vww_status eval_print_text(const struct vww_evaluation *evaluation, struct vww_error *error)
{
    struct vww_measures m;
    char low[16], high[16];
    const vww_status status = vww_measure(evaluation, &m, error);
    if (status != VWW_OK)
        return status;
    printf("%s: %" PRId64 " of %" PRId64 " images right, %.2f %% (95 %%: %s to %s); loss %.4f\n",
           evaluation->kind, evaluation->correct, evaluation->images, 100 * evaluation->accuracy,
           percent(low, m.accuracy.low), percent(high, m.accuracy.high), evaluation->loss);
    print_confusion(evaluation);
    print_classes(&m, evaluation);
    if (!isnan(m.best_threshold) && isfinite(m.best_threshold))
        printf(
            "right most often, %s, when it says %s from a probability of %.3f on (chosen on these "
            "images)\n",
            percent(low, m.best.share), evaluation->class_names[1], m.best_threshold);
    print_calibration(&m);
    print_slices(&m, evaluation);
    vww_measures_fini(&m);
    return VWW_OK;
}
