/* The learning rate range test (Smith 2017, "Cyclical learning rates for training neural networks",
 * section 3.3): a short training whose rate rises from step to step. */
#include "base/memory.h"
#include "train/run.h"

#include <math.h>
#include <string.h>

#define SMOOTHING 0.9  /* of the loss, from step to step */
#define SLOPE_STEPS 5  /* over which a fall is measured, on either side */
#define DIVERGED 4.0   /* times the least loss: no need to go on */
#define LEAST_STEPS 10 /* before that is believed */

void vww_rate_search_fini(struct vww_rate_search *search)
{
    vww_free(search->points);
    *search = (struct vww_rate_search){0};
}

/* One step at the point's rate; its loss is the one before the step. */
static vww_status take_point(struct vww_run *run, int64_t step, struct vww_rate_point *point,
                             struct vww_error *error)
{
    struct vww_position *position = vww_trainer_position(run->trainer);
    struct vww_batch batch;
    position->epoch = step / run->steps;
    position->step_in_epoch = step % run->steps;
    position->step = step;
    vww_status status = vww_run_batch(run, position->epoch, position->step_in_epoch, &batch, error);
    if (status == VWW_OK)
        status = vww_trainer_gradients(run->trainer, &batch, run->steps, error);
    if (status != VWW_OK)
        return status;
    point->loss = vww_trainer_loss(run->trainer).loss;
    vww_trainer_use_rate(run->trainer, point->learning_rate);
    for (int32_t i = 0; i < vww_trainer_parameters(run->trainer); i++)
        vww_trainer_apply(run->trainer, i, step + 1);
    vww_trainer_apply_statistics(run->trainer);
    return VWW_OK;
}

/* Where the smoothed loss falls fastest. */
static void suggest(struct vww_rate_search *search)
{
    const int64_t last = (int64_t)search->count - 1;
    int64_t least = 0;
    double steepest = 0;
    for (int64_t i = 1; i <= last; i++)
        if (search->points[i].smoothed < search->points[least].smoothed)
            least = i;
    search->least_loss_rate = search->points[least].learning_rate;
    search->suggestion = NAN;
    for (int64_t i = 0; i <= last; i++) {
        const int64_t a = i - SLOPE_STEPS < 0 ? 0 : i - SLOPE_STEPS;
        const int64_t b = i + SLOPE_STEPS > last ? last : i + SLOPE_STEPS;
        if (a == b)
            continue;
        const double slope =
            (search->points[b].smoothed - search->points[a].smoothed) / (double)(b - a);
        if (slope < steepest) {
            steepest = slope;
            search->suggestion = search->points[i].learning_rate;
        }
    }
}

static vww_status search_rates(struct vww_run *run, const struct vww_rate_range *range,
                               struct vww_rate_search *search, struct vww_error *error)
{
    double average = 0, least = INFINITY;
    for (int64_t i = 0; i < range->steps; i++) {
        struct vww_rate_point *point = &search->points[i];
        point->learning_rate =
            range->low * pow(range->high / range->low, (double)i / (double)(range->steps - 1));
        if (vww_progress_stop(run->progress))
            return vww_fail(error, VWW_ERROR_STOPPED, "stopped before the last learning rate");
        const vww_status status = take_point(run, i, point, error);
        search->diverged = status == VWW_ERROR_DIVERGED;
        if (search->diverged)
            break;
        if (status != VWW_OK)
            return status;
        average = SMOOTHING * average + (1 - SMOOTHING) * point->loss;
        point->smoothed = average / (1 - pow(SMOOTHING, (double)(i + 1)));
        search->count++;
        least = fmin(least, point->smoothed);
        search->diverged = i >= LEAST_STEPS && point->smoothed > DIVERGED * least;
        vww_progress_report(run->progress, "trying learning rates", i + 1, range->steps, "steps",
                            NULL);
        if (search->diverged)
            break;
    }
    if (search->count == 0) {
        vww_fail(error, VWW_ERROR_DIVERGED, "the loss is no number from the first step on");
        vww_error_remedy(error, "look at the weights that --from names");
        return VWW_ERROR_DIVERGED;
    }
    suggest(search);
    return VWW_OK;
}

static vww_status check(const struct vww_train_job *job, const struct vww_train_means *means,
                        const struct vww_rate_range *range, struct vww_error *error)
{
    if (job->recipe.quantize_aware || (means != NULL && means->ranks != NULL))
        return vww_fail(error, VWW_ERROR_UNSUPPORTED,
                        "learning rates are tried in float, and by one process");
    if (range->low > 0 && range->high > range->low && range->steps >= 10 && range->steps <= 100000)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_ARGUMENT, "there is no such range of learning rates");
    vww_error_seen(error, "%g to %g in %lld steps", range->low, range->high,
                   (long long)range->steps);
    vww_error_allowed(error, "a least rate above 0, a larger greatest one, 10 to 100000 steps");
    return VWW_ERROR_ARGUMENT;
}

vww_status vww_train_find_rate(const struct vww_train_job *job, const struct vww_train_means *means,
                               const struct vww_rate_range *range,
                               const struct vww_progress *progress, struct vww_rate_search *search,
                               struct vww_error *error)
{
    struct vww_run run;
    *search = (struct vww_rate_search){0};
    vww_run_init(&run, means, progress);
    vww_status status = check(job, means, range, error);
    if (status == VWW_OK) {
        search->points = vww_allocate((size_t)range->steps, sizeof *search->points);
        if (search->points == NULL)
            status = vww_fail_memory(error, (size_t)range->steps * sizeof *search->points);
    }
    if (status == VWW_OK)
        status = vww_run_prepare(&run, job, job->graph, error);
    if (status == VWW_OK)
        status = search_rates(&run, range, search, error);
    if (status != VWW_OK)
        vww_rate_search_fini(search);
    vww_run_fini(&run);
    return status;
}
