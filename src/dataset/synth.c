/* Drawing a set: pictures on all threads, batch by batch, and at the end the annotations. */
#include "vww/synth.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/thread.h"
#include "dataset/synth_coco.h"
#include "dataset/synth_picture.h"
#include "dataset/synth_scene.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BATCH 64 /* pictures between two looks at progress and stop */

struct synth {
    const struct vww_synth_options *options;
    struct vww_noise noise;
    char train_dir[VWW_PATH_MAX], val_dir[VWW_PATH_MAX];
    char train_json[VWW_PATH_MAX], val_json[VWW_PATH_MAX];
    struct vww_synth_record *records;
    int64_t train_count; /* the pictures before it are for training, the others for validation */
    int64_t first;       /* of the batch at work */
    vww_status status[BATCH];
    struct vww_error errors[BATCH];
};

struct vww_synth_options vww_synth_defaults(void)
{
    return (struct vww_synth_options){
        .images = 3000, .seed = 1, .val_fraction = 0.2, .side_least = 150, .side_most = 240};
}

/* --- checks ----------------------------------------------------------------------------------- */

static vww_status check_side(const char *what, int32_t value, bool may_be_zero,
                             struct vww_error *error)
{
    if ((may_be_zero && value == 0) ||
        (value >= VWW_SYNTH_SIDE_LEAST && value <= VWW_SYNTH_SIDE_MOST))
        return VWW_OK;
    vww_fail(error, VWW_ERROR_ARGUMENT, "the %s of the images is out of range", what);
    vww_error_seen(error, "%d pixels", value);
    vww_error_allowed(error, "%d to %d%s", VWW_SYNTH_SIDE_LEAST, VWW_SYNTH_SIDE_MOST,
                      may_be_zero ? ", or 0 to vary it" : "");
    return VWW_ERROR_ARGUMENT;
}

static vww_status check_options(const struct vww_synth_options *options, struct vww_error *error)
{
    if (options->images < 1 || options->images > VWW_SYNTH_IMAGES_MOST) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the number of images is out of range");
        vww_error_seen(error, "%lld", (long long)options->images);
        vww_error_allowed(error, "1 to %d", VWW_SYNTH_IMAGES_MOST);
        return VWW_ERROR_ARGUMENT;
    }
    if (!(options->val_fraction >= 0 && options->val_fraction <= 0.9)) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the share of validation images is out of range");
        vww_error_seen(error, "%g", options->val_fraction);
        vww_error_allowed(error, "0 to 0.9");
        return VWW_ERROR_ARGUMENT;
    }
    vww_status status = check_side("width", options->width, true, error);
    if (status == VWW_OK)
        status = check_side("height", options->height, true, error);
    if (status == VWW_OK)
        status = check_side("shortest side", options->side_least, false, error);
    if (status == VWW_OK)
        status = check_side("longest side", options->side_most, false, error);
    if (status == VWW_OK && options->side_least > options->side_most) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the shortest side is longer than the longest");
        vww_error_seen(error, "%d and %d pixels", options->side_least, options->side_most);
        return VWW_ERROR_ARGUMENT;
    }
    return status;
}

/* Never mix with files that are there already, unless the caller says so. */
static vww_status check_empty(const char *path, struct vww_error *error)
{
    DIR *const directory = opendir(path);
    if (directory == NULL)
        return VWW_OK; /* does not exist yet, or making it will say what is wrong */
    char found[256] = "";
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            snprintf(found, sizeof found, "%s", entry->d_name);
    closedir(directory);
    if (found[0] == '\0')
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "the output folder is not empty");
    vww_error_at(error, path, -1);
    vww_error_seen(error, "%s", found);
    vww_error_remedy(error, "choose another folder, or replace the set in it with --force");
    return VWW_ERROR_MISMATCH;
}

static vww_status prepare(struct synth *synth, struct vww_error *error)
{
    const struct vww_synth_options *const options = synth->options;
    const char *const output = options->output_dir;
    vww_status status = options->force ? VWW_OK : check_empty(output, error);
    if (status == VWW_OK)
        status = vww_path_join(synth->train_dir, output, "train", error);
    if (status == VWW_OK)
        status = vww_path_join(synth->val_dir, output, "val", error);
    if (status == VWW_OK)
        status = vww_path_join(synth->train_json, output, "instances_train.json", error);
    if (status == VWW_OK)
        status = vww_path_join(synth->val_json, output, "instances_val.json", error);
    if (status != VWW_OK)
        return status;
    synth->records = vww_allocate((size_t)options->images, sizeof *synth->records);
    if (synth->records == NULL)
        return vww_fail_memory(error, (size_t)options->images * sizeof *synth->records);
    const int64_t val = (int64_t)floor((double)options->images * options->val_fraction + 0.5);
    synth->train_count = options->images - val;
    vww_noise_init(&synth->noise);
    status = vww_directory_make(synth->train_dir, error);
    if (status == VWW_OK)
        status = vww_directory_make(synth->val_dir, error);
    return status;
}

/* --- drawing ---------------------------------------------------------------------------------- */

static vww_status picture_path(const struct synth *synth, int64_t index, char path[VWW_PATH_MAX],
                               struct vww_error *error)
{
    char name[VWW_SYNTH_NAME_MAX];
    vww_synth_file_name(index + 1, name);
    return vww_path_join(path, index < synth->train_count ? synth->train_dir : synth->val_dir, name,
                         error);
}

/* The quality of picture `index`: cameras differ. Above 90 the encoder keeps full colour. */
static int quality_of(const struct vww_synth_options *options, int64_t index)
{
    struct vww_random random = vww_random_init(options->seed, VWW_RANDOM_SYNTH, 1, (uint64_t)index);
    return 78 + (int)vww_random_below(&random, 18);
}

static vww_status write_picture(struct synth *synth, int64_t index, struct vww_error *error)
{
    struct vww_picture picture;
    struct vww_buffer jpeg = {0};
    char path[VWW_PATH_MAX];
    struct vww_synth_record *const record = &synth->records[index];
    vww_status status = vww_picture_draw(synth->options, index, &synth->noise, &picture, error);
    if (status != VWW_OK)
        return status;
    status = vww_image_encode_jpeg(&picture.image, quality_of(synth->options, index), &jpeg, error);
    if (status == VWW_OK)
        status = picture_path(synth, index, path, error);
    if (status == VWW_OK)
        status = vww_file_write(path, jpeg.data, jpeg.size, error);
    if (status == VWW_OK) {
        *record = (struct vww_synth_record){.id = index + 1,
                                            .width = picture.image.width,
                                            .height = picture.image.height,
                                            .visible = picture.visible,
                                            .visible_count = picture.visible_count,
                                            .written = true};
        picture.visible = NULL;
        picture.visible_count = 0;
    }
    vww_buffer_fini(&jpeg);
    vww_picture_fini(&picture);
    return status;
}

static void write_one(void *context, int64_t i)
{
    struct synth *const synth = context;
    synth->status[i] = write_picture(synth, synth->first + i, &synth->errors[i]);
}

static vww_status write_pictures(struct synth *synth, const struct vww_progress *progress,
                                 struct vww_error *error)
{
    const int64_t images = synth->options->images;
    for (synth->first = 0; synth->first < images; synth->first += BATCH) {
        const int64_t left = images - synth->first, count = left < BATCH ? left : BATCH;
        if (vww_progress_stop(progress))
            return vww_fail(error, VWW_ERROR_STOPPED, "stopped; nothing is left of the set");
        vww_parallel_for(count, write_one, synth);
        for (int64_t i = 0; i < count; i++)
            if (synth->status[i] != VWW_OK) {
                if (error != NULL)
                    *error = synth->errors[i];
                return synth->status[i];
            }
        vww_progress_report(progress, "drawing scenes", synth->first + count, images, "images",
                            NULL);
    }
    return VWW_OK;
}

/* --- the set ---------------------------------------------------------------------------------- */

static bool shows_person(const struct vww_synth_record *record)
{
    const double pixels = (double)record->width * record->height;
    for (int i = 0; i < record->visible_count; i++) {
        const struct vww_visible *const v = &record->visible[i];
        if (v->category == VWW_CATEGORY_PERSON && (double)v->width * v->height > 0.005 * pixels)
            return true;
    }
    return false;
}

static struct vww_synth_counts count_records(const struct vww_synth_record *records, int64_t count)
{
    struct vww_synth_counts counts = {.images = count};
    for (int64_t i = 0; i < count; i++) {
        counts.annotations += records[i].visible_count;
        counts.people += shows_person(&records[i]);
    }
    return counts;
}

/* Take back what was written. Folders go too, if nothing else is in them. */
static void remove_pictures(const struct synth *synth)
{
    char path[VWW_PATH_MAX];
    for (int64_t i = 0; synth->records != NULL && i < synth->options->images; i++)
        if (synth->records[i].written && picture_path(synth, i, path, NULL) == VWW_OK)
            unlink(path);
    unlink(synth->train_json);
    unlink(synth->val_json);
    rmdir(synth->train_dir);
    rmdir(synth->val_dir);
    rmdir(synth->options->output_dir);
}

static vww_status write_set(struct synth *synth, const struct vww_progress *progress,
                            struct vww_synth_result *result, struct vww_error *error)
{
    const struct vww_synth_options *const options = synth->options;
    const int64_t train = synth->train_count, val = options->images - train;
    /* Annotations of a set that is about to be replaced would soon be wrong. */
    unlink(synth->train_json);
    unlink(synth->val_json);
    vww_status status = write_pictures(synth, progress, error);
    if (status == VWW_OK)
        status = vww_synth_write_coco(synth->train_json, options->seed, "training", synth->records,
                                      train, error);
    if (status == VWW_OK)
        status = vww_synth_write_coco(synth->val_json, options->seed, "validation",
                                      synth->records + train, val, error);
    if (status != VWW_OK) {
        remove_pictures(synth);
        return status;
    }
    result->train = count_records(synth->records, train);
    result->val = count_records(synth->records + train, val);
    return VWW_OK;
}

vww_status vww_synth_write(const struct vww_synth_options *options,
                           const struct vww_progress *progress, struct vww_synth_result *result,
                           struct vww_error *error)
{
    vww_status status = check_options(options, error);
    if (status != VWW_OK)
        return status;
    struct synth *const synth = vww_allocate(1, sizeof *synth);
    if (synth == NULL)
        return vww_fail_memory(error, sizeof *synth);
    synth->options = options;
    status = prepare(synth, error);
    if (status == VWW_OK)
        status = write_set(synth, progress, result, error);
    for (int64_t i = 0; synth->records != NULL && i < options->images; i++)
        vww_visible_free(synth->records[i].visible, synth->records[i].visible_count);
    vww_free(synth->records);
    vww_free(synth);
    return status;
}
