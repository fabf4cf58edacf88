/* The training loop: data set in, run folder out. With several ranks, all of them run it in step.
 */
#include "train/run.h"
#include "base/memory.h"
#include "train/async.h"
#include "vww/fold.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_STEPS 20 /* steps between lines of metrics */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* --- reports -------------------------------------------------------------------------------------
 */

/* A line about the steps since the last one. */
static vww_status write_line(struct vww_run *run, double val_accuracy, double val_loss,
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
        .images_per_second = run->line_seconds > 0 ? run->line_images / run->line_seconds : NAN,
        .val_accuracy = val_accuracy,
        .val_loss = val_loss};
    position->loss_sum = 0;
    position->correct = position->images = 0;
    run->line_seconds = run->line_images = 0;
    if (!vww_run_leads(run))
        return VWW_OK;
    const vww_status status = vww_run_append(run->metrics, &line, error);
    return status == VWW_OK ? vww_run_watch_line(run, &line, error) : status;
}

static void report(const struct vww_run *run)
{
    const struct vww_position *position = vww_trainer_position(run->trainer);
    char detail[200];
    if (!vww_run_leads(run))
        return;
    int used = snprintf(
        detail, sizeof detail, "epoch %lld/%lld, loss %.3f, accuracy %.1f %%, %.0f images/s",
        (long long)position->epoch + 1, (long long)run->record.recipe.epochs, run->recent.loss,
        0.1 * run->recent.correct, run->seconds > 0 ? run->images_done / run->seconds : 0);
    if (position->best_epoch > 0)
        used += snprintf(detail + used, sizeof detail - (size_t)used, ", best %.1f %%",
                         100 * position->best_accuracy);
    /* After a first epoch there is either room for all images or not. */
    const int64_t all = vww_loader_examples(run->train), kept = vww_loader_cached(run->train);
    if (position->epoch > 0 && kept < all)
        snprintf(detail + used, sizeof detail - (size_t)used, ", %.0f %% of the images in memory",
                 100 * (double)kept / (double)all);
    vww_progress_report(run->progress, "training", position->step,
                        run->steps * run->record.recipe.epochs, "steps", detail);
}

/* --- ends ----------------------------------------------------------------------------------------
 */

/* Save, and say how to go on. */
static vww_status stop(struct vww_run *run, struct vww_error *error)
{
    vww_status status = VWW_OK;
    if (vww_run_leads(run)) {
        status = vww_run_save(run, error);
        if (status == VWW_OK)
            status = vww_run_save_config(run, "stopped", error);
    }
    if (status != VWW_OK)
        return status;
    const struct vww_position *position = vww_trainer_position(run->trainer);
    vww_fail(error, VWW_ERROR_STOPPED, "training was stopped; nothing is lost");
    vww_error_place(error, "epoch %lld of %lld, after %lld steps", (long long)position->epoch + 1,
                    (long long)run->record.recipe.epochs, (long long)position->step);
    vww_error_remedy(error, "go on with `vww train --resume %.200s`", run->folder);
    return VWW_ERROR_STOPPED;
}

/* The training cannot go on. Where its state is still good it is saved; in any case the message
 * says from which checkpoint one can. */
static void fail(struct vww_run *run, vww_status status, struct vww_error *error)
{
    char advice[96] = "";
    const bool diverged = status == VWW_ERROR_DIVERGED;
    if (!vww_run_leads(run))
        return;
    const bool saved =
        (!diverged || run->has_given_up) && !run->is_torn && vww_run_save(run, NULL) == VWW_OK;
    if (diverged || saved)
        vww_run_save_config(run, diverged ? "diverged" : "stopped", NULL);
    if (error == NULL || (saved && diverged))
        return;
    snprintf(advice, sizeof advice, "%.90s", diverged ? "lower --learning-rate" : error->remedy);
    if (saved) {
        vww_error_remedy(error, "%s%snothing is lost: go on with `vww train --resume %.90s`",
                         advice, advice[0] != '\0' ? "; " : "", run->folder);
    } else {
        vww_error_remedy(error, "%s%sthe last good checkpoint is %.120s", advice,
                         advice[0] != '\0' ? "; " : "", run->last);
    }
}

/* --- steps and epochs ----------------------------------------------------------------------------
 */

/* The next batch, or, where batch is NULL, its images alone, as they come; or the reason why not,
 * of whichever rank has one. */
static vww_status fetch(struct vww_run *run, vww_status status, int64_t epoch, int64_t step,
                        struct vww_batch *batch, struct vww_error *error)
{
    if (status == VWW_OK && vww_progress_stop(run->progress))
        status = vww_fail(error, VWW_ERROR_STOPPED, "stopped");
    /* Prepared by all threads and not ahead: training leaves no core free to do it beside. */
    int32_t images;
    if (status == VWW_OK && batch != NULL)
        status = vww_run_batch(run, epoch, step, batch, error);
    else if (status == VWW_OK)
        status =
            vww_loader_batch(run->train, epoch, step, run->images, run->labels, &images, error);
    return vww_ranks_agree(run->ranks, status, error);
}

static vww_status calibrate(struct vww_run *run, struct vww_error *error)
{
    struct vww_position *position = vww_trainer_position(run->trainer);
    const int64_t wanted = run->record.recipe.calibration_batches;
    const int64_t batches = wanted < run->steps ? wanted : run->steps;
    for (int64_t i = 0; i < batches; i++) {
        const vww_status status = fetch(run, VWW_OK, 0, i, NULL, error);
        if (status != VWW_OK)
            return status;
        vww_trainer_calibrate(run->trainer, run->images, (int32_t)run->record.recipe.batch,
                              (int32_t)i);
        if (vww_run_leads(run))
            vww_progress_report(run->progress, "observing ranges", i + 1, batches, "batches", NULL);
    }
    position->calibrated = true;
    return VWW_OK;
}

/* One step; *latest: its loss and its share of right answers in thousandths. */
static vww_status step(struct vww_run *run, const struct vww_batch *batch, double start,
                       struct vww_error *error)
{
    const int32_t count = batch->count;
    const vww_status status = vww_trainer_step(run->trainer, batch, run->steps, error);
    if (status != VWW_OK)
        return status;
    const double taken = now() - start;
    run->line_seconds += taken;
    run->line_images += count;
    run->seconds += taken;
    run->images_done += count;
    return VWW_OK;
}

/* All ranks have changed their weights by the same numbers in the same way. */
static vww_status check_ranks(struct vww_run *run, struct vww_error *error)
{
    const uint32_t mine = vww_trainer_checksum(run->trainer);
    uint32_t first = mine;
    vww_status status = VWW_OK;
    vww_ranks_broadcast(run->ranks, 0, &first, sizeof first);
    if (first != mine) {
        status = vww_fail(error, VWW_ERROR_MISMATCH, "its weights are no longer those of rank 0");
        vww_error_seen(error, "CRC-32C %08x", mine);
        vww_error_allowed(error, "%08x", first);
        vww_error_remedy(error, "check that all machines run the same vww, and their memory");
    }
    return vww_ranks_agree(run->ranks, status, error);
}

/* What follows an epoch's last step. */
static vww_status end_epoch(struct vww_run *run, struct vww_error *error)
{
    struct vww_position *position = vww_trainer_position(run->trainer);
    double accuracy = NAN, loss = NAN;
    vww_status status = vww_trainer_check(run->trainer, error);
    if (status == VWW_OK)
        status = check_ranks(run, error);
    if (status == VWW_OK && run->val != NULL)
        status = vww_run_score(run->val, vww_trainer_graph(run->trainer), run->ranks, &accuracy,
                               &loss, error);
    if (status == VWW_OK)
        status = write_line(run, accuracy, loss, error);
    if (status == VWW_OK && vww_run_leads(run))
        status = vww_run_watch_weights(run, error);
    if (status != VWW_OK)
        return status;
    position->epoch++;
    position->step_in_epoch = 0;
    const bool better = position->best_epoch == 0 || accuracy > position->best_accuracy;
    if (!isnan(accuracy) && better) {
        position->best_accuracy = accuracy;
        position->best_epoch = position->epoch;
        if (vww_run_leads(run))
            status =
                vww_trainer_save_graph(run->trainer, run->best, &run->checkpoint_config, error);
    }
    return status == VWW_OK && vww_run_leads(run) ? vww_run_save(run, error) : status;
}

/* What follows a step within an epoch. */
static vww_status after_step(struct vww_run *run, struct vww_error *error)
{
    const struct vww_position *position = vww_trainer_position(run->trainer);
    const double wanted = run->means->save_seconds;
    vww_status status = VWW_OK;
    if (position->step_in_epoch % LINE_STEPS == 0)
        status = write_line(run, NAN, NAN, error);
    if (status == VWW_OK && vww_run_leads(run) &&
        now() - run->saved_at > (wanted > 0 ? wanted : VWW_SAVE_SECONDS))
        status = vww_run_save(run, error);
    return status;
}

static vww_status train(struct vww_run *run, struct vww_error *error)
{
    struct vww_position *position = vww_trainer_position(run->trainer);
    const struct vww_recipe *recipe = &run->record.recipe;
    struct vww_batch batch;
    vww_status status = VWW_OK;
    if (recipe->quantize_aware && !position->calibrated)
        status = calibrate(run, error);
    while (position->epoch < recipe->epochs) {
        const double start = now();
        if (status == VWW_OK && position->step_in_epoch == run->steps) {
            status = end_epoch(run, error);
            continue;
        }
        status = fetch(run, status, position->epoch, position->step_in_epoch, &batch, error);
        if (status == VWW_OK)
            status = step(run, &batch, start, error);
        if (status != VWW_OK)
            return status;
        status = vww_run_judge(run, error);
        report(run);
        if (status == VWW_OK && position->step == 1 && vww_run_leads(run))
            status = vww_run_watch_images(run, error);
        if (status == VWW_OK && position->step_in_epoch < run->steps)
            status = after_step(run, error);
    }
    if (status == VWW_OK && vww_run_leads(run))
        status = vww_run_save_config(run, "finished", error);
    return vww_ranks_agree(run->ranks, status, error);
}

/* The same by ranks that do not wait for one another. */
static vww_status train_asynchronously(struct vww_run *run, struct vww_error *error)
{
    const struct vww_position *position = vww_trainer_position(run->trainer);
    struct vww_async *async;
    vww_status status = vww_async_create(run, &async, error);
    while (status == VWW_OK && position->epoch < run->record.recipe.epochs) {
        if (position->step_in_epoch < run->steps)
            status = vww_async_epoch(async, error);
        if (status == VWW_OK)
            status = vww_ranks_agree(run->ranks, end_epoch(run, error), error);
    }
    vww_async_destroy(async);
    if (status == VWW_OK && vww_run_leads(run))
        status = vww_run_save_config(run, "finished", error);
    return vww_ranks_agree(run->ranks, status, error);
}

static void finish(struct vww_run *run, vww_status status, struct vww_error *error,
                   struct vww_train_summary *summary)
{
    const struct vww_position *position = vww_trainer_position(run->trainer);
    if (status != VWW_OK && status != VWW_ERROR_STOPPED)
        fail(run, status, error);
    *summary = (struct vww_train_summary){
        .epochs = position->epoch,
        .steps = position->step,
        .best_accuracy = position->best_accuracy,
        .best_epoch = position->best_epoch,
        .diverged_step = position->divergence.step,
        .images_per_second = run->seconds > 0 ? run->images_done / run->seconds : NAN};
    snprintf(summary->folder, sizeof summary->folder, "%.*s", (int)sizeof summary->folder - 1,
             run->folder);
}

/* From here on there is a run to go on with. */
static vww_status go(struct vww_run *run, struct vww_train_summary *summary,
                     struct vww_error *error)
{
    const bool apart = run->record.recipe.async && run->ranks != NULL;
    vww_status status = apart ? train_asynchronously(run, error) : train(run, error);
    if (status == VWW_ERROR_STOPPED)
        status = stop(run, error);
    finish(run, status, error, summary);
    return status;
}

vww_status vww_train(const struct vww_train_job *job, const struct vww_train_means *means,
                     const struct vww_progress *progress, struct vww_train_summary *summary,
                     struct vww_error *error)
{
    struct vww_run run;
    struct vww_graph *folded = NULL;
    vww_status status = VWW_OK;
    *summary = (struct vww_train_summary){.best_accuracy = NAN};
    vww_run_init(&run, means, progress);
    if (job->recipe.quantize_aware)
        status = vww_quantize_fold(job->graph, &folded, error);
    status = vww_ranks_agree(run.ranks, status, error);
    if (status == VWW_OK)
        status = vww_run_begin(&run, job, folded != NULL ? folded : job->graph, error);
    if (status == VWW_OK)
        status = go(&run, summary, error);
    vww_graph_destroy(folded);
    vww_run_fini(&run);
    return status;
}

vww_status vww_train_resume(const char *folder, const char *data, const char *teacher,
                            const struct vww_train_means *means,
                            const struct vww_progress *progress, struct vww_train_summary *summary,
                            struct vww_error *error)
{
    struct vww_run run;
    *summary = (struct vww_train_summary){.best_accuracy = NAN};
    vww_run_init(&run, means, progress);
    vww_status status = vww_run_recall(&run, folder, data, teacher, error);
    if (status == VWW_OK)
        status = go(&run, summary, error);
    vww_run_fini(&run);
    return status;
}
