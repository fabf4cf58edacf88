#include "report/pictures.h"
#include "vww/image.h"
#include "vww/loader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JPEG_QUALITY 88

void vww_pictures_fini(struct vww_pictures *pictures)
{
    for (size_t i = 0; i < pictures->count; i++)
        vww_buffer_fini(&pictures->items[i].jpeg);
    *pictures = (struct vww_pictures){0};
}

/* --- which --------------------------------------------------------------------------------------
 */

static bool is_right(const struct vww_evaluation *evaluation, int64_t i)
{
    return evaluation->labels[i] == evaluation->predictions[i];
}

/* The best class's lead over the next. */
static double margin(const struct vww_evaluation *evaluation, int64_t i)
{
    const float *p = evaluation->probabilities + i * evaluation->classes;
    const int32_t best = evaluation->predictions[i];
    float next = 0;
    for (int32_t c = 0; c < evaluation->classes; c++)
        if (c != best && p[c] > next)
            next = p[c];
    return (double)(p[best] - next);
}

static bool is_chosen(const struct vww_pictures *pictures, int64_t index)
{
    for (size_t i = 0; i < pictures->count; i++)
        if (pictures->items[i].index == index)
            return true;
    return false;
}

static void choose(struct vww_pictures *pictures, enum vww_picture_group group, int64_t index)
{
    pictures->items[pictures->count++] = (struct vww_picture){.group = group, .index = index};
}

/* The images that `wanted` accepts with the least value of `key`, the earlier of equals first. */
static void choose_least(const struct vww_evaluation *evaluation, struct vww_pictures *pictures,
                         enum vww_picture_group group,
                         bool (*wanted)(const struct vww_evaluation *, int64_t),
                         double (*key)(const struct vww_evaluation *, int64_t))
{
    for (int n = 0; n < VWW_PICTURES_EACH; n++) {
        int64_t best = -1;
        double least = 0;
        for (int64_t i = 0; i < evaluation->images; i++) {
            if (!wanted(evaluation, i) || is_chosen(pictures, i))
                continue;
            const double value = key(evaluation, i);
            if (best < 0 || value < least) {
                best = i;
                least = value;
            }
        }
        if (best < 0)
            return;
        choose(pictures, group, best);
    }
}

static bool is_wrong(const struct vww_evaluation *evaluation, int64_t i)
{
    return !is_right(evaluation, i);
}

static double minus_margin(const struct vww_evaluation *evaluation, int64_t i)
{
    return -margin(evaluation, i);
}

static bool is_any(const struct vww_evaluation *evaluation, int64_t i)
{
    (void)evaluation, (void)i;
    return true;
}

void vww_pictures_choose(const struct vww_evaluation *evaluation, struct vww_pictures *pictures)
{
    *pictures = (struct vww_pictures){0};
    choose_least(evaluation, pictures, VWW_PICTURE_MISTAKE, is_wrong, minus_margin);
    choose_least(evaluation, pictures, VWW_PICTURE_UNSURE, is_any, margin);
    int64_t right = 0;
    for (int64_t i = 0; i < evaluation->images; i++)
        right += is_right(evaluation, i) && !is_chosen(pictures, i);
    const int64_t wanted = right < VWW_PICTURES_EACH ? right : VWW_PICTURES_EACH;
    /* Of the right ones, numbers 0, right / wanted, 2 * right / wanted, … */
    int64_t number = 0, taken = 0;
    for (int64_t i = 0; i < evaluation->images && taken < wanted; i++) {
        if (!is_right(evaluation, i) || is_chosen(pictures, i))
            continue;
        if (number++ == taken * right / wanted) {
            choose(pictures, VWW_PICTURE_RIGHT, i);
            taken++;
        }
    }
}

/* --- their pixels -------------------------------------------------------------------------------
 */

/* The evaluation's data set. *loader is to be closed after the source. */
static vww_status open_source(const struct vww_evaluation *evaluation, int32_t resolution,
                              const struct vww_progress *progress, struct vww_loader **loader,
                              struct vww_image_source *source, struct vww_error *error)
{
    *loader = NULL;
    if (strcmp(evaluation->split, VWW_SPLIT_MLPERF) == 0)
        return vww_image_source_mlperf(source, evaluation->data, resolution, error);
    const struct vww_loader_options options = {.directory = evaluation->data,
                                               .split = evaluation->split,
                                               .resolution = resolution,
                                               .batch = 1};
    const vww_status status = vww_loader_open(&options, progress, loader, error);
    if (status == VWW_OK)
        vww_image_source_loader(source, *loader);
    return status;
}

static vww_status fetch(const struct vww_evaluation *evaluation, struct vww_image_source *source,
                        struct vww_pictures *pictures, struct vww_error *error)
{
    if (source->count < evaluation->images || source->classes != evaluation->classes) {
        vww_fail(error, VWW_ERROR_MISMATCH, "the data set has changed since it was scored");
        vww_error_seen(error, "%" PRId64 " images of %" PRId32 " classes", source->count,
                       source->classes);
        vww_error_allowed(error, "at least %" PRId64 " of %" PRId32, evaluation->images,
                          evaluation->classes);
        return VWW_ERROR_MISMATCH;
    }
    struct vww_image image;
    vww_status status = vww_image_init(&image, source->resolution, source->resolution, 3, error);
    if (status != VWW_OK)
        return status;
    for (size_t i = 0; i < pictures->count && status == VWW_OK; i++) {
        struct vww_picture *picture = &pictures->items[i];
        int32_t label;
        status = source->get(source->context, picture->index, image.pixels, &label, error);
        if (status == VWW_OK && label != evaluation->labels[picture->index])
            status = vww_fail(error, VWW_ERROR_MISMATCH,
                              "the labels have changed since the data set was scored");
        if (status == VWW_OK)
            status = vww_image_encode_jpeg(&image, JPEG_QUALITY, &picture->jpeg, error);
    }
    vww_image_fini(&image);
    return status;
}

vww_status vww_pictures_make(const struct vww_evaluation *evaluation, int32_t resolution,
                             const struct vww_progress *progress, struct vww_pictures *pictures,
                             struct vww_error *error)
{
    struct vww_loader *loader;
    struct vww_image_source source = {0};
    struct vww_error cause;
    vww_error_clear(&cause);
    vww_pictures_choose(evaluation, pictures);
    vww_status status = open_source(evaluation, resolution, progress, &loader, &source, &cause);
    if (status == VWW_OK)
        status = fetch(evaluation, &source, pictures, &cause);
    vww_image_source_fini(&source);
    if (loader != NULL)
        vww_loader_close(loader);
    if (status == VWW_OK)
        return VWW_OK;
    for (size_t i = 0; i < pictures->count; i++)
        vww_buffer_fini(&pictures->items[i].jpeg);
    if (status == VWW_ERROR_MEMORY || status == VWW_ERROR_STOPPED) {
        if (error != NULL)
            *error = cause;
        return status;
    }
    vww_error_format(&cause, pictures->why_none, sizeof pictures->why_none);
    return VWW_OK;
}
