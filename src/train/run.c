/* The training loop: data set in, run folder out. */
#include "train/run.h"
#include "base/memory.h"
#include "vww/evaluate.h"
#include "vww/fold.h"
#include "vww/loader.h"
#include "vww/network.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_STEPS 20    /* steps between lines of metrics */
#define SAVE_SECONDS 300 /* between checkpoints within a long epoch */
#define EVALUATION_BATCH 32

struct run {
    struct vww_run_record record;
    struct vww_trainer *trainer;
    struct vww_loader *train, *val; /* val: NULL where the data set has no such images */
    const struct vww_progress *progress;
    char folder[VWW_PATH_MAX];
    char config[VWW_PATH_MAX], metrics[VWW_PATH_MAX], last[VWW_PATH_MAX], best[VWW_PATH_MAX];
    int64_t steps; /* of an epoch */
    size_t cache_bytes;
    uint8_t *images;
    int32_t *labels;
    struct vww_buffer checkpoint_config;
    double line_seconds;         /* spent in steps since the last line */
    double seconds, images_done; /* of this call's steps */
    double saved_at;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void run_fini(struct run *run)
{
    vww_loader_close(run->train);
    vww_loader_close(run->val);
    vww_trainer_destroy(run->trainer);
    vww_run_record_fini(&run->record);
    vww_buffer_fini(&run->checkpoint_config);
    vww_free(run->images);
    vww_free(run->labels);
}

/* --- the folder ----------------------------------------------------------------------------------
 */

static vww_status name_files(struct run *run, const char *folder, struct vww_error *error)
{
    vww_status status = vww_path_join(run->folder, "", folder, error);
    if (status == VWW_OK)
        status = vww_path_join(run->config, folder, VWW_RUN_CONFIG, error);
    if (status == VWW_OK)
        status = vww_path_join(run->metrics, folder, VWW_RUN_METRICS, error);
    if (status == VWW_OK)
        status = vww_path_join(run->last, folder, VWW_CHECKPOINT_LAST, error);
    if (status == VWW_OK)
        status = vww_path_join(run->best, folder, VWW_CHECKPOINT_BEST, error);
    return status;
}

static vww_status take_folder(const struct run *run, bool force, struct vww_error *error)
{
    const char *const files[] = {run->config, run->metrics, run->last, run->best};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (!vww_file_exists(files[i]))
            continue;
        if (!force) {
            vww_fail(error, VWW_ERROR_ARGUMENT, "the folder already holds a run");
            vww_error_at(error, run->folder, -1);
            vww_error_remedy(error,
                             "choose another --out, go on with `vww train --resume %.100s`, or "
                             "replace it with --force",
                             run->folder);
            return VWW_ERROR_ARGUMENT;
        }
        if (unlink(files[i]) != 0)
            return vww_fail_io(error, "remove", files[i]);
    }
    return vww_directory_make(run->folder, error);
}

static vww_status write_config(struct run *run, const char *state, struct vww_error *error)
{
    struct vww_buffer text = {0};
    vww_status status = vww_run_record_write(&run->record, false, state,
                                             vww_trainer_position(run->trainer), &text, error);
    if (status == VWW_OK)
        status = vww_file_write(run->config, text.data, text.size, error);
    vww_buffer_fini(&text);
    return status;
}

static vww_status save_last(struct run *run, struct vww_error *error)
{
    run->saved_at = now();
    return vww_trainer_save(run->trainer, run->last, &run->checkpoint_config, error);
}

/* --- the data ------------------------------------------------------------------------------------
 */

static vww_status open_split(struct run *run, const char *split, bool training,
                             struct vww_loader **loader, struct vww_error *error)
{
    const struct vww_recipe *recipe = &run->record.recipe;
    const struct vww_augmentation augmentation = {.crop = recipe->crop,
                                                  .crop_area_least = recipe->crop_area_least,
                                                  .crop_aspect_most = recipe->crop_aspect_most,
                                                  .flip = recipe->flip,
                                                  .colour = recipe->colour,
                                                  .brightness = recipe->brightness,
                                                  .contrast = recipe->contrast,
                                                  .saturation = recipe->saturation};
    const struct vww_loader_options options = {.directory = run->record.data,
                                               .split = split,
                                               .resolution = (int32_t)run->record.resolution,
                                               .batch = training ? (int32_t)recipe->batch
                                                                 : EVALUATION_BATCH,
                                               .seed = (uint64_t)recipe->seed,
                                               .balance = training && recipe->balance,
                                               .augmentation = training ? &augmentation : NULL,
                                               .cache_bytes = training ? run->cache_bytes : 0};
    return vww_loader_open(&options, run->progress, loader, error);
}

static vww_status check_classes(const struct run *run, struct vww_error *error)
{
    const int32_t seen = vww_loader_classes(run->train);
    for (int32_t label = 0; label < seen; label++)
        if (vww_loader_class_examples(run->train, label) == 0) {
            vww_fail(error, VWW_ERROR_MISMATCH, "the class %s has no training image",
                     vww_loader_class_name(run->train, label));
            vww_error_at(error, run->record.data, -1);
            vww_error_remedy(error, "build the data set again with images of every class");
            return VWW_ERROR_MISMATCH;
        }
    if (seen == run->record.classes)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "the data set and the network differ in classes");
    vww_error_at(error, run->record.data, -1);
    vww_error_seen(error, "%d classes", (int)seen);
    vww_error_allowed(error, "%lld, which the network tells apart", (long long)run->record.classes);
    return VWW_ERROR_MISMATCH;
}

static vww_status open_data(struct run *run, struct vww_error *error)
{
    vww_status status = open_split(run, "train", true, &run->train, error);
    if (status == VWW_OK)
        status = check_classes(run, error);
    if (status == VWW_OK)
        status = open_split(run, "val", false, &run->val, error);
    if (status != VWW_OK)
        return status;
    if (vww_loader_examples(run->val) == 0) {
        vww_loader_close(run->val);
        run->val = NULL;
    }
    const size_t batch = (size_t)run->record.recipe.batch;
    const size_t image = (size_t)run->record.resolution * (size_t)run->record.resolution * 3;
    run->steps = vww_loader_steps(run->train);
    run->images = vww_allocate(batch, image);
    run->labels = vww_allocate(batch, sizeof *run->labels);
    if (run->images == NULL || run->labels == NULL)
        return vww_fail_memory(error, batch * image);
    if (run->steps > 0)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "there are fewer training images than one batch");
    vww_error_at(error, run->record.data, -1);
    vww_error_seen(error, "%lld images", (long long)vww_loader_examples(run->train));
    vww_error_remedy(error, "choose a --batch below %zu", batch);
    return VWW_ERROR_MISMATCH;
}

/* --- an epoch ------------------------------------------------------------------------------------
 */

static vww_status evaluate(struct run *run, double *accuracy, double *loss, struct vww_error *error)
{
    struct vww_predictor predictor;
    struct vww_evaluation evaluation = {0};
    *accuracy = *loss = NAN;
    if (run->val == NULL)
        return VWW_OK;
    vww_status status =
        vww_network_predictor(vww_trainer_graph(run->trainer), EVALUATION_BATCH, &predictor, error);
    if (status == VWW_OK)
        status = vww_evaluate(run->val, &predictor, NULL, &evaluation, error);
    *accuracy = evaluation.accuracy;
    *loss = evaluation.loss;
    vww_evaluation_fini(&evaluation);
    vww_predictor_fini(&predictor);
    return status;
}

/* A line about the steps since the last one. */
static vww_status write_line(struct run *run, double val_accuracy, double val_loss,
                             struct vww_error *error)
{
    struct vww_position *position = vww_trainer_position(run->trainer);
    const double images = (double)position->images;
    const struct vww_run_line line = {
        .step = position->step,
        .epoch = position->epoch + 1,
        .loss = images > 0 ? position->loss_sum / images : NAN,
        .accuracy = images > 0 ? (double)position->correct / images : NAN,
        .learning_rate = vww_trainer_learning_rate(run->trainer),
        .images_per_second = run->line_seconds > 0 ? images / run->line_seconds : NAN,
        .val_accuracy = val_accuracy,
        .val_loss = val_loss};
    position->loss_sum = 0;
    position->correct = position->images = 0;
    run->line_seconds = 0;
    return vww_run_append(run->metrics, &line, error);
}

static void report(const struct run *run, const struct vww_loss *recent)
{
    const struct vww_position *position = vww_trainer_position(run->trainer);
    char detail[160];
    int used = snprintf(
        detail, sizeof detail, "epoch %lld/%lld, loss %.3f, accuracy %.1f %%, %.0f images/s",
        (long long)position->epoch + 1, (long long)run->record.recipe.epochs, recent->loss,
        0.1 * recent->correct, run->seconds > 0 ? run->images_done / run->seconds : 0);
    if (position->best_epoch > 0)
        snprintf(detail + used, sizeof detail - (size_t)used, ", best %.1f %%",
                 100 * position->best_accuracy);
    vww_progress_report(run->progress, "training", position->step,
                        run->steps * run->record.recipe.epochs, "steps", detail);
}

static vww_status calibrate(struct run *run, struct vww_error *error)
{
    struct vww_position *position = vww_trainer_position(run->trainer);
    const int64_t wanted = run->record.recipe.calibration_batches;
    const int64_t batches = wanted < run->steps ? wanted : run->steps;
    for (int64_t i = 0; i < batches; i++) {
        int32_t count;
        const vww_status status =
            vww_loader_batch(run->train, 0, i, run->images, run->labels, &count, error);
        if (status != VWW_OK)
            return status;
        vww_trainer_calibrate(run->trainer, run->images, count, (int32_t)i);
        vww_progress_report(run->progress, "observing ranges", i + 1, batches, "batches", NULL);
    }
    position->calibrated = true;
    return VWW_OK;
}

/* Save, and say how to go on. */
static vww_status stop(struct run *run, struct vww_error *error)
{
    vww_status status = save_last(run, error);
    if (status == VWW_OK)
        status = write_config(run, "stopped", error);
    if (status != VWW_OK)
        return status;
    const struct vww_position *position = vww_trainer_position(run->trainer);
    vww_fail(error, VWW_ERROR_STOPPED, "training was stopped; nothing is lost");
    vww_error_place(error, "epoch %lld of %lld, after %lld steps", (long long)position->epoch + 1,
                    (long long)run->record.recipe.epochs, (long long)position->step);
    vww_error_remedy(error, "go on with `vww train --resume %.200s`", run->folder);
    return VWW_ERROR_STOPPED;
}

static void name_last_good(const struct run *run, struct vww_error *error)
{
    if (vww_file_exists(run->last))
        vww_error_remedy(error, "lower --learning-rate; the last good checkpoint is %.150s",
                         run->last);
    else
        vww_error_remedy(error, "lower --learning-rate; no checkpoint was written yet");
}

/* One step; *recent: its loss and its share of right answers in thousandths. */
static vww_status step(struct run *run, struct vww_loss *recent, struct vww_error *error)
{
    struct vww_position *position = vww_trainer_position(run->trainer);
    const int64_t epoch = position->epoch, at = position->step_in_epoch;
    const double loss_before = position->loss_sum;
    const int64_t correct_before = position->correct;
    const double start = now();
    int32_t count;
    /* Prepared by all threads and not ahead: training leaves no core free to do it beside. */
    vww_status status =
        vww_loader_batch(run->train, epoch, at, run->images, run->labels, &count, error);
    if (status != VWW_OK)
        return status;
    status = vww_trainer_step(run->trainer, run->images, run->labels, count, run->steps, error);
    if (status != VWW_OK) {
        name_last_good(run, error);
        return status;
    }
    const double taken = now() - start;
    run->line_seconds += taken;
    run->seconds += taken;
    run->images_done += count;
    /* Smoothed for the eye. */
    const double weight = recent->loss > 0 ? 0.05 : 1;
    const double loss = (position->loss_sum - loss_before) / count;
    const double right = 1000.0 * (double)(position->correct - correct_before) / count;
    recent->loss += weight * (loss - recent->loss);
    recent->correct += (int32_t)lround(weight * (right - recent->correct));
    return VWW_OK;
}

/* What follows an epoch's last step. */
static vww_status end_epoch(struct run *run, struct vww_error *error)
{
    struct vww_position *position = vww_trainer_position(run->trainer);
    double accuracy, loss;
    vww_status status = evaluate(run, &accuracy, &loss, error);
    if (status == VWW_OK)
        status = write_line(run, accuracy, loss, error);
    if (status != VWW_OK)
        return status;
    position->epoch++;
    position->step_in_epoch = 0;
    const bool better = position->best_epoch == 0 || accuracy > position->best_accuracy;
    if (!isnan(accuracy) && better) {
        position->best_accuracy = accuracy;
        position->best_epoch = position->epoch;
        status = vww_trainer_save_graph(run->trainer, run->best, &run->checkpoint_config, error);
    }
    if (status == VWW_OK)
        status = save_last(run, error);
    return status;
}

static vww_status train(struct run *run, struct vww_error *error)
{
    struct vww_position *position = vww_trainer_position(run->trainer);
    const struct vww_recipe *recipe = &run->record.recipe;
    struct vww_loss recent = {0};
    vww_status status = VWW_OK;
    if (recipe->quantize_aware && !position->calibrated)
        status = calibrate(run, error);
    while (status == VWW_OK && position->epoch < recipe->epochs) {
        if (position->step_in_epoch == run->steps) {
            status = end_epoch(run, error);
            continue;
        }
        if (vww_progress_stop(run->progress))
            return stop(run, error);
        status = step(run, &recent, error);
        if (status != VWW_OK)
            break;
        report(run, &recent);
        const bool ends = position->step_in_epoch == run->steps;
        if (!ends && position->step_in_epoch % LINE_STEPS == 0)
            status = write_line(run, NAN, NAN, error);
        if (status == VWW_OK && !ends && now() - run->saved_at > SAVE_SECONDS)
            status = save_last(run, error);
    }
    return status == VWW_OK ? write_config(run, "finished", error) : status;
}

static void summarize(struct run *run, struct vww_train_summary *summary)
{
    const struct vww_position *position = vww_trainer_position(run->trainer);
    *summary = (struct vww_train_summary){
        .epochs = position->epoch,
        .steps = position->step,
        .best_accuracy = position->best_accuracy,
        .best_epoch = position->best_epoch,
        .images_per_second = run->seconds > 0 ? run->images_done / run->seconds : NAN};
    snprintf(summary->folder, sizeof summary->folder, "%.*s", (int)sizeof summary->folder - 1,
             run->folder);
}

/* --- beginning and going on ----------------------------------------------------------------------
 */

static vww_status fill_record(struct run *run, const struct vww_train_job *job,
                              const struct vww_graph *graph, struct vww_error *error)
{
    struct vww_run_record *record = &run->record;
    const struct vww_shape *in = &graph->tensors[graph->input].shape;
    const struct vww_shape *out = &graph->tensors[graph->output].shape;
    if (in->rank != 4 || in->dims[1] != in->dims[2] || in->dims[3] != 3) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "training wants square colour images as input");
        vww_error_place(error, "tensor %s", graph->tensors[graph->input].name);
        return VWW_ERROR_UNSUPPORTED;
    }
    record->recipe = job->recipe;
    record->model = vww_duplicate(graph->family[0] != '\0' ? graph->family : graph->name);
    record->depth_multiplier = graph->depth_multiplier;
    record->resolution = in->dims[1];
    record->classes = vww_shape_elements(out);
    record->data = vww_duplicate(job->data);
    record->from = job->from != NULL ? vww_duplicate(job->from) : NULL;
    record->command = job->command != NULL ? vww_duplicate(job->command) : NULL;
    if (record->model == NULL || record->data == NULL ||
        (record->from == NULL) != (job->from == NULL) ||
        (record->command == NULL) != (job->command == NULL))
        return vww_fail_memory(error, VWW_PATH_MAX);
    return vww_recipe_resolve(&record->recipe, error);
}

static vww_status begin(struct run *run, const struct vww_train_job *job,
                        const struct vww_graph *graph, struct vww_error *error)
{
    vww_status status = fill_record(run, job, graph, error);
    if (status == VWW_OK)
        status = name_files(run, job->out, error);
    if (status == VWW_OK)
        status =
            vww_run_record_write(&run->record, true, NULL, NULL, &run->checkpoint_config, error);
    if (status == VWW_OK)
        status = vww_trainer_create(graph, &run->record.recipe, &run->trainer, error);
    if (status == VWW_OK)
        status = open_data(run, error);
    /* Nothing is written before everything is known to fit. */
    if (status == VWW_OK)
        status = take_folder(run, job->force, error);
    if (status == VWW_OK)
        status = write_config(run, "running", error);
    return status;
}

vww_status vww_train(const struct vww_train_job *job, const struct vww_progress *progress,
                     struct vww_train_summary *summary, struct vww_error *error)
{
    struct run run = {.progress = progress, .cache_bytes = job->cache_bytes, .saved_at = now()};
    struct vww_graph *folded = NULL;
    vww_status status = VWW_OK;
    *summary = (struct vww_train_summary){.best_accuracy = NAN};
    if (job->recipe.quantize_aware)
        status = vww_quantize_fold(job->graph, &folded, error);
    if (status == VWW_OK)
        status = begin(&run, job, folded != NULL ? folded : job->graph, error);
    if (status == VWW_OK) {
        status = train(&run, error);
        summarize(&run, summary);
    }
    vww_graph_destroy(folded);
    run_fini(&run);
    return status;
}

/* The command of an existing config.json is kept; a checkpoint has none. */
static void recall_command(struct run *run)
{
    struct vww_buffer text;
    struct vww_run_record old;
    if (vww_file_read(run->config, (size_t)1 << 20, &text, NULL) != VWW_OK)
        return;
    if (vww_run_record_parse(text.data, text.size, run->config, &old, NULL) == VWW_OK) {
        run->record.command = old.command;
        old.command = NULL;
        vww_run_record_fini(&old);
    }
    vww_buffer_fini(&text);
}

static vww_status recall(struct run *run, const struct vww_training *training, const char *data,
                         struct vww_error *error)
{
    const char *text = (const char *)training->config.data;
    const size_t bytes = training->config.size - 1; /* without the NUL */
    vww_status status = vww_run_record_parse(text, bytes, run->last, &run->record, error);
    if (status != VWW_OK)
        return status;
    recall_command(run);
    vww_buffer_append(&run->checkpoint_config, text, bytes);
    if (data != NULL) {
        vww_free(run->record.data);
        run->record.data = vww_duplicate(data);
    }
    if (run->checkpoint_config.failed || run->record.data == NULL)
        return vww_fail_memory(error, bytes);
    status = vww_trainer_restore(training, run->last, &run->record.recipe, &run->trainer, error);
    if (status == VWW_OK)
        status = open_data(run, error);
    if (status != VWW_OK)
        return status;
    const struct vww_position *position = vww_trainer_position(run->trainer);
    const struct vww_recipe *recipe = &run->record.recipe;
    if (position->step_in_epoch > run->steps ||
        position->epoch * run->steps + position->step_in_epoch != position->step) {
        vww_fail(error, VWW_ERROR_MISMATCH, "the data set is not the one the run began with");
        vww_error_at(error, run->record.data, -1);
        vww_error_seen(error, "%lld batches of %lld images", (long long)run->steps,
                       (long long)recipe->batch);
        vww_error_remedy(error, "name the run's data set with --data");
        return VWW_ERROR_MISMATCH;
    }
    return vww_run_keep_lines(run->metrics, position->step, error);
}

vww_status vww_train_resume(const char *folder, const char *data, size_t cache_bytes,
                            const struct vww_progress *progress, struct vww_train_summary *summary,
                            struct vww_error *error)
{
    struct run run = {.progress = progress, .cache_bytes = cache_bytes, .saved_at = now()};
    struct vww_checkpoint checkpoint = {0};
    struct vww_training training = {0};
    *summary = (struct vww_train_summary){.best_accuracy = NAN};
    vww_status status = name_files(&run, folder, error);
    if (status == VWW_OK)
        status = vww_checkpoint_open(run.last, &checkpoint, error);
    if (status == VWW_ERROR_NOT_FOUND)
        vww_error_remedy(error, "name a folder that `vww train --out` wrote; a run that was "
                                "stopped before its first checkpoint begins again with --force");
    if (status == VWW_OK)
        status = vww_training_parse(&checkpoint, &training, error);
    vww_checkpoint_fini(&checkpoint);
    if (status == VWW_OK)
        status = recall(&run, &training, data, error);
    vww_training_fini(&training);
    if (status == VWW_OK) {
        status = train(&run, error);
        summarize(&run, summary);
    }
    run_fini(&run);
    return status;
}
