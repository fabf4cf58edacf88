/* Measures as a JSON object. */
#include "base/json.h"
#include "vww/measure.h"

static void put_share(struct vww_json *json, const struct vww_share_measure *measure)
{
    vww_json_put_integer(json, "images", measure->of);
    vww_json_put_integer(json, "correct", measure->hits);
    vww_json_put_number(json, "accuracy", measure->share);
    vww_json_put_number(json, "accuracy_low", measure->low);
    vww_json_put_number(json, "accuracy_high", measure->high);
}

static void put_classes(struct vww_json *json, const struct vww_measures *m,
                        const struct vww_evaluation *evaluation)
{
    vww_json_key(json, "classes");
    vww_json_array(json);
    for (int32_t c = 0; c < m->class_count; c++) {
        const struct vww_class_measures *class = &m->classes[c];
        vww_json_object(json);
        vww_json_put_string(json, "name", evaluation->class_names[c]);
        vww_json_put_integer(json, "images", class->images);
        vww_json_put_integer(json, "predicted", class->predicted);
        vww_json_put_integer(json, "correct", class->correct);
        vww_json_put_number(json, "precision", class->precision);
        vww_json_put_number(json, "recall", class->recall);
        vww_json_put_number(json, "f1", class->f1);
        vww_json_put_number(json, "auc", class->auc);
        vww_json_end(json);
    }
    vww_json_end(json);
}

static void put_calibration(struct vww_json *json, const struct vww_measures *m)
{
    vww_json_key(json, "reliability");
    vww_json_array(json);
    for (int b = 0; b < VWW_CALIBRATION_BINS; b++) {
        const struct vww_calibration_bin *bin = &m->bins[b];
        if (bin->right.of == 0)
            continue;
        vww_json_object(json);
        vww_json_put_number(json, "low", bin->low);
        vww_json_put_number(json, "high", bin->high);
        vww_json_put_number(json, "confidence", bin->confidence);
        put_share(json, &bin->right);
        vww_json_end(json);
    }
    vww_json_end(json);
}

static void put_roc(struct vww_json *json, const struct vww_measures *m)
{
    vww_json_key(json, "roc");
    vww_json_array(json);
    for (size_t i = 0; i < m->roc_count; i++) {
        vww_json_array(json);
        vww_json_number(json, m->roc[i].false_rate);
        vww_json_number(json, m->roc[i].true_rate);
        vww_json_number(json, m->roc[i].threshold); /* the first, infinite one: null */
        vww_json_end(json);
    }
    vww_json_end(json);
}

static void put_slices(struct vww_json *json, const struct vww_measures *m)
{
    vww_json_put_integer(json, "without_boxes", m->without_boxes);
    vww_json_key(json, "slices");
    vww_json_array(json);
    for (size_t i = 0; i < m->slice_count; i++) {
        const struct vww_slice *slice = &m->slices[i];
        vww_json_object(json);
        vww_json_put_string(json, "by", vww_slice_group_key(slice->group));
        vww_json_put_string(json, "slice", slice->name);
        put_share(json, &slice->right);
        vww_json_end(json);
    }
    vww_json_end(json);
}

char *vww_measures_json(const struct vww_measures *measures,
                        const struct vww_evaluation *evaluation)
{
    struct vww_buffer text = {0};
    struct vww_json json;
    vww_json_begin(&json, &text, false);
    vww_json_object(&json);
    put_share(&json, &measures->accuracy);
    vww_json_put_number(&json, "balanced_accuracy", measures->balanced_accuracy);
    vww_json_put_number(&json, "macro_precision", measures->macro_precision);
    vww_json_put_number(&json, "macro_f1", measures->macro_f1);
    vww_json_put_number(&json, "auc", measures->auc);
    vww_json_put_number(&json, "brier", measures->brier);
    vww_json_put_number(&json, "calibration_error", measures->calibration_error);
    put_classes(&json, measures, evaluation);
    put_calibration(&json, measures);
    put_roc(&json, measures);
    vww_json_put_number(&json, "best_threshold", measures->best_threshold);
    vww_json_put_number(&json, "best_accuracy", measures->best.share);
    put_slices(&json, measures);
    vww_json_end(&json);
    vww_buffer_append(&text, "", 1);
    if (text.failed) {
        vww_buffer_fini(&text);
        return NULL;
    }
    return (char *)text.data;
}

void vww_measures_free(char *text)
{
    vww_free(text);
}
