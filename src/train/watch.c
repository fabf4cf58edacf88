/* What a run tells TensorBoard. */
#include "train/events.h"
#include "train/run.h"

#include <stdio.h>
#include <time.h>

#define IMAGES 8 /* shown of the first batch of an epoch */

static struct vww_event begin(struct vww_run *run)
{
    struct vww_event event;
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    vww_event_begin(&event, vww_trainer_position(run->trainer)->step,
                    (double)time.tv_sec + 1e-9 * (double)time.tv_nsec);
    return event;
}

vww_status vww_run_watch_line(struct vww_run *run, const struct vww_run_line *line,
                              struct vww_error *error)
{
    struct vww_event event = begin(run);
    vww_event_scalar(&event, "train/loss", line->loss);
    vww_event_scalar(&event, "train/accuracy", line->accuracy);
    vww_event_scalar(&event, "train/learning_rate", line->learning_rate);
    vww_event_scalar(&event, "train/images_per_second", line->images_per_second);
    vww_event_scalar(&event, "val/loss", line->val_loss);
    vww_event_scalar(&event, "val/accuracy", line->val_accuracy);
    return vww_event_append(&event, run->events, error);
}

vww_status vww_run_watch_weights(struct vww_run *run, struct vww_error *error)
{
    struct vww_event event = begin(run);
    for (int32_t i = 0; i < vww_trainer_parameters(run->trainer); i++) {
        const struct vww_trainable p = vww_trainer_parameter(run->trainer, i);
        char tag[160];
        snprintf(tag, sizeof tag, "weights/%.140s", p.name);
        vww_event_histogram(&event, tag, p.values, p.count);
        snprintf(tag, sizeof tag, "gradients/%.140s", p.name);
        vww_event_histogram(&event, tag, p.gradient, p.count);
    }
    return vww_event_append(&event, run->events, error);
}

vww_status vww_run_watch_images(struct vww_run *run, struct vww_error *error)
{
    struct vww_event event = begin(run);
    const int32_t side = (int32_t)run->record.resolution;
    const int64_t most = vww_share_images(&run->share, run->record.recipe.batch);
    vww_status status = VWW_OK;
    for (int64_t i = 0; i < IMAGES && i < most && status == VWW_OK; i++) {
        const struct vww_image image = {side, side, 3,
                                        run->images + (size_t)i * (size_t)side * (size_t)side * 3};
        char tag[160];
        snprintf(tag, sizeof tag, "images/%d %.100s", (int)i,
                 vww_loader_class_name(run->train, run->labels[i]));
        status = vww_event_image(&event, tag, &image, error);
    }
    const vww_status written =
        vww_event_append(&event, run->events, status == VWW_OK ? error : NULL);
    return status != VWW_OK ? status : written;
}
