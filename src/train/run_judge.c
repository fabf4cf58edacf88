/* What a run does about a loss that runs away: it says so while it goes on, and stops where nothing
 * is left to come back to. */
#include "train/run.h"

#include <math.h>
#include <stdio.h>

double vww_run_guessing_loss(const struct vww_run *run)
{
    return log((double)run->record.classes);
}

/* For the eye. */
static void smooth(struct vww_loss *recent, const struct vww_loss *latest, int64_t batch)
{
    const double weight = recent->loss > 0 ? 0.05 : 1;
    const double right = round(1000.0 * latest->correct / (double)batch);
    recent->loss += weight * (latest->loss - recent->loss);
    recent->correct += (int32_t)lround(weight * (right - recent->correct));
}

static void describe(const struct vww_run *run, struct vww_error *error)
{
    const struct vww_position *position = vww_trainer_position(run->trainer);
    vww_error_at(error, run->folder, -1);
    vww_error_place(error, "epoch %lld, step %lld", (long long)position->epoch + 1,
                    (long long)position->step);
    vww_error_seen(error, "a loss of %.3g in the last steps, at learning rate %g", run->recent.loss,
                   vww_trainer_learning_rate(run->trainer));
    vww_error_allowed(error, "guessing has %.3g", vww_run_guessing_loss(run));
}

/* With what is worth going on from. */
static void advise(const struct vww_run *run, const char *more, struct vww_error *error)
{
    const struct vww_position *position = vww_trainer_position(run->trainer);
    char best[160] = "no epoch was scored yet";
    if (position->best_epoch > 0)
        snprintf(best, sizeof best, "the best checkpoint so far is %.60s (epoch %lld, %.1f %%)",
                 run->best, (long long)position->best_epoch, 100 * position->best_accuracy);
    vww_error_remedy(error, "lower --learning-rate (`vww train --find-lr` suggests one); %s%s",
                     best, more);
}

static vww_status tell(struct vww_run *run, struct vww_error *error)
{
    struct vww_error warning;
    run->has_warned = true;
    if (!vww_run_leads(run))
        return VWW_OK;
    vww_fail(&warning, VWW_ERROR_DIVERGED, "the loss runs away; training goes on");
    describe(run, &warning);
    advise(run, "", &warning);
    vww_progress_warn(run->progress, &warning);
    return vww_run_save_config(run, "running", error);
}

static vww_status give_up(struct vww_run *run, struct vww_error *error)
{
    struct vww_position *position = vww_trainer_position(run->trainer);
    position->divergence.high_steps = 0; /* whoever goes on gets as many steps again */
    run->has_given_up = true;
    vww_fail(error, VWW_ERROR_DIVERGED,
             "the loss has run away and does not come back; training was stopped");
    describe(run, error);
    advise(run, "; --resume goes on all the same", error);
    return VWW_ERROR_DIVERGED;
}

vww_status vww_run_judge(struct vww_run *run, struct vww_error *error)
{
    const struct vww_loss latest = vww_trainer_loss(run->trainer);
    struct vww_position *position = vww_trainer_position(run->trainer);
    struct vww_divergence *divergence = &position->divergence;
    const bool was_away = divergence->step > 0;
    smooth(&run->recent, &latest, run->record.recipe.batch);
    vww_divergence_add(divergence, latest.loss, vww_run_guessing_loss(run), position->step);
    /* Of those that this rank takes: alone a whole epoch's, or an equal part of them. */
    const int64_t steps =
        run->record.recipe.async ? run->steps / vww_ranks_count(run->ranks) : run->steps;
    if (vww_divergence_is_final(divergence, steps))
        return give_up(run, error);
    if (divergence->step > 0 && !run->has_warned)
        return tell(run, error);
    if (was_away != (divergence->step > 0) && vww_run_leads(run))
        return vww_run_save_config(run, "running", error);
    return VWW_OK;
}
