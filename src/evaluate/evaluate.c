#include "vww/evaluate.h"
#include "base/memory.h"
#include "evaluate/internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define LEAST_PROBABILITY 1e-7

void vww_predictor_fini(struct vww_predictor *predictor)
{
    if (predictor->destroy != NULL)
        predictor->destroy(predictor->context);
    *predictor = (struct vww_predictor){0};
}

void vww_image_source_fini(struct vww_image_source *source)
{
    if (source->destroy != NULL)
        source->destroy(source->context);
    *source = (struct vww_image_source){0};
}

void vww_evaluation_fini(struct vww_evaluation *evaluation)
{
    vww_free(evaluation->labels);
    vww_free(evaluation->predictions);
    vww_free(evaluation->probabilities);
    vww_free(evaluation->scenes);
    *evaluation = (struct vww_evaluation){0};
}

vww_status vww_evaluation_allocate(struct vww_evaluation *evaluation, struct vww_error *error)
{
    const size_t images = (size_t)evaluation->images;
    const size_t probability_bytes = (size_t)evaluation->classes * sizeof(float);
    evaluation->labels = vww_allocate(images, sizeof(int32_t));
    evaluation->predictions = vww_allocate(images, sizeof(int32_t));
    evaluation->probabilities = vww_allocate(images, probability_bytes);
    if (evaluation->labels == NULL || evaluation->predictions == NULL ||
        evaluation->probabilities == NULL) {
        vww_evaluation_fini(evaluation);
        return vww_fail_memory(error, images * (2 * sizeof(int32_t) + probability_bytes));
    }
    return VWW_OK;
}

vww_status vww_evaluation_allocate_scenes(struct vww_evaluation *evaluation,
                                          struct vww_error *error)
{
    const size_t images = (size_t)evaluation->images;
    evaluation->scenes = vww_allocate(images, sizeof *evaluation->scenes);
    return evaluation->scenes != NULL ? VWW_OK
                                      : vww_fail_memory(error, images * sizeof *evaluation->scenes);
}

void vww_evaluation_count(struct vww_evaluation *evaluation)
{
    double loss = 0;
    memset(evaluation->confusion, 0, sizeof evaluation->confusion);
    evaluation->correct = 0;
    for (int64_t i = 0; i < evaluation->images; i++) {
        const int32_t label = evaluation->labels[i], prediction = evaluation->predictions[i];
        const double probability = evaluation->probabilities[i * evaluation->classes + label];
        evaluation->confusion[label][prediction]++;
        evaluation->correct += label == prediction;
        loss -= log(fmax(probability, LEAST_PROBABILITY));
    }
    const double images = evaluation->images > 0 ? (double)evaluation->images : 1;
    evaluation->accuracy = (double)evaluation->correct / images;
    evaluation->loss = loss / images;
}

static vww_status check(const struct vww_image_source *source,
                        const struct vww_predictor *predictor, struct vww_error *error)
{
    if (predictor->classes < 2 || predictor->classes > VWW_CLASSES_MAX) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "cannot score a model of this many classes");
        vww_error_seen(error, "%" PRId32, predictor->classes);
        vww_error_allowed(error, "2 to %d", VWW_CLASSES_MAX);
        return VWW_ERROR_UNSUPPORTED;
    }
    if (source->classes != predictor->classes) {
        vww_fail(error, VWW_ERROR_MISMATCH, "the model and the data have different classes");
        vww_error_seen(error, "a model of %" PRId32 " classes, data of %" PRId32,
                       predictor->classes, source->classes);
        vww_error_remedy(error, "use the data set that the model was trained for");
        return VWW_ERROR_MISMATCH;
    }
    if (source->resolution != predictor->resolution) {
        vww_fail(error, VWW_ERROR_MISMATCH, "the model and the images have different sizes");
        vww_error_seen(error, "a model of %" PRId32 " pixels, images of %" PRId32,
                       predictor->resolution, source->resolution);
        return VWW_ERROR_MISMATCH;
    }
    if (source->count < 1)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "there are no images to score the model on");
    return VWW_OK;
}

/* The most probable class of image i. */
static vww_status predict_class(struct vww_evaluation *evaluation, int64_t i,
                                struct vww_error *error)
{
    const float *probabilities = evaluation->probabilities + i * evaluation->classes;
    int32_t best = 0;
    for (int32_t c = 0; c < evaluation->classes; c++) {
        /* Written so that NaN fails; a trace above 1 is rounding. */
        if (!(probabilities[c] >= 0 && probabilities[c] <= 1.001f)) {
            vww_fail(error, VWW_ERROR_FORMAT, "the model's output is not a probability");
            vww_error_place(error, "image %" PRId64 ", class %" PRId32, i, c);
            vww_error_seen(error, "%g", (double)probabilities[c]);
            vww_error_allowed(error, "0 to 1");
            vww_error_remedy(error, "its training may have diverged: look at the loss, and train "
                                    "with a lower learning rate");
            return VWW_ERROR_FORMAT;
        }
        if (probabilities[c] > probabilities[best])
            best = c;
    }
    evaluation->predictions[i] = best;
    return VWW_OK;
}

/* Rec. 601, in integers. */
static float brightness_of(const uint8_t *pixels, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++, pixels += 3)
        sum += 299u * pixels[0] + 587u * pixels[1] + 114u * pixels[2];
    return (float)((double)sum / (255000.0 * (double)count));
}

#define BORDER 0.005f

/* Shares of the image outside of it do not count. */
static float within(float share)
{
    return share > 0 ? fminf(share, 1) : 0;
}

static void look(const struct vww_image_source *source, int64_t i, const uint8_t *pixels,
                 struct vww_scene *scene)
{
    const struct vww_box *boxes;
    size_t count;
    *scene =
        (struct vww_scene){.objects = -1,
                           .brightness = brightness_of(pixels, (size_t)source->resolution *
                                                                   (size_t)source->resolution)};
    if (source->objects == NULL || !source->objects(source->context, i, &boxes, &count))
        return;
    scene->objects = (int32_t)count;
    for (size_t k = 0; k < count; k++) {
        const float left = within(boxes[k].xmin), right = within(boxes[k].xmax);
        const float top = within(boxes[k].ymin), bottom = within(boxes[k].ymax);
        const float share = right > left && bottom > top ? (right - left) * (bottom - top) : 0;
        if (k > 0 && share <= scene->largest)
            continue;
        scene->largest = share;
        scene->is_cut_off =
            left < BORDER || top < BORDER || right > 1 - BORDER || bottom > 1 - BORDER;
    }
}

/* Images first … first+count-1. pixels: room for count images. */
static vww_status score_batch(const struct vww_image_source *source,
                              const struct vww_predictor *predictor, uint8_t *pixels, int64_t first,
                              int32_t count, struct vww_evaluation *evaluation,
                              struct vww_error *error)
{
    const size_t image_bytes = (size_t)source->resolution * (size_t)source->resolution * 3;
    for (int32_t i = 0; i < count; i++) {
        int32_t *label = &evaluation->labels[first + i];
        const vww_status status =
            source->get(source->context, first + i, pixels + (size_t)i * image_bytes, label, error);
        if (status != VWW_OK)
            return status;
        if (*label < 0 || *label >= source->classes) {
            vww_fail(error, VWW_ERROR_FORMAT, "the label names no class");
            vww_error_place(error, "image %" PRId64, first + i);
            vww_error_seen(error, "%" PRId32, *label);
            vww_error_allowed(error, "0 to %" PRId32, source->classes - 1);
            return VWW_ERROR_FORMAT;
        }
        look(source, first + i, pixels + (size_t)i * image_bytes, &evaluation->scenes[first + i]);
    }
    vww_status status =
        predictor->predict(predictor->context, pixels, count,
                           evaluation->probabilities + first * evaluation->classes, error);
    for (int32_t i = 0; i < count && status == VWW_OK; i++)
        status = predict_class(evaluation, first + i, error);
    return status;
}

static vww_status score_all(const struct vww_image_source *source,
                            const struct vww_predictor *predictor,
                            const struct vww_progress *progress, struct vww_evaluation *evaluation,
                            struct vww_error *error)
{
    int64_t batch = predictor->batch > 0 ? predictor->batch : 1;
    if (batch > source->count)
        batch = source->count;
    const size_t image_bytes = (size_t)source->resolution * (size_t)source->resolution * 3;
    uint8_t *pixels = vww_allocate((size_t)batch, image_bytes);
    if (pixels == NULL)
        return vww_fail_memory(error, (size_t)batch * image_bytes);
    vww_status status = VWW_OK;
    for (int64_t first = 0; first < source->count && status == VWW_OK; first += batch) {
        vww_progress_report(progress, "evaluating", first, source->count, "images", NULL);
        if (vww_progress_stop(progress)) {
            status =
                vww_fail(error, VWW_ERROR_STOPPED,
                         "stopped after %" PRId64 " of %" PRId64 " images", first, source->count);
            break;
        }
        const int64_t left = source->count - first;
        status = score_batch(source, predictor, pixels, first,
                             (int32_t)(left < batch ? left : batch), evaluation, error);
    }
    if (status == VWW_OK)
        vww_progress_report(progress, "evaluating", source->count, source->count, "images", NULL);
    vww_free(pixels);
    return status;
}

vww_status vww_evaluate_source(const struct vww_image_source *source,
                               const struct vww_predictor *predictor,
                               const struct vww_progress *progress,
                               struct vww_evaluation *evaluation, struct vww_error *error)
{
    *evaluation = (struct vww_evaluation){0};
    vww_status status = check(source, predictor, error);
    if (status != VWW_OK)
        return status;
    snprintf(evaluation->kind, sizeof evaluation->kind, "%s",
             predictor->kind != NULL ? predictor->kind : "unknown");
    evaluation->classes = source->classes;
    evaluation->images = source->count;
    for (int32_t c = 0; c < source->classes; c++) {
        const char *name = source->class_name(source->context, c);
        if (name != NULL)
            snprintf(evaluation->class_names[c], sizeof evaluation->class_names[c], "%s", name);
        else
            snprintf(evaluation->class_names[c], sizeof evaluation->class_names[c],
                     "class %" PRId32, c);
    }
    status = vww_evaluation_allocate(evaluation, error);
    if (status == VWW_OK)
        status = vww_evaluation_allocate_scenes(evaluation, error);
    if (status == VWW_OK)
        status = score_all(source, predictor, progress, evaluation, error);
    if (status != VWW_OK) {
        vww_evaluation_fini(evaluation);
        return status;
    }
    vww_evaluation_count(evaluation);
    return VWW_OK;
}
