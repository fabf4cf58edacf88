/* A batch as the network is to learn it. */
#include "train/run.h"
#include "train/targets.h"

vww_status vww_run_batch(struct vww_run *run, int64_t epoch, int64_t step, struct vww_batch *batch,
                         struct vww_error *error)
{
    const struct vww_recipe *recipe = &run->record.recipe;
    int32_t images;
    const vww_status status =
        vww_loader_batch(run->train, epoch, step, run->images, run->labels, &images, error);
    if (status != VWW_OK)
        return status;
    vww_targets_fill(run->labels, images, (int32_t)run->record.classes, recipe->label_smoothing,
                     run->targets);
    *batch = (struct vww_batch){.images = run->images,
                                .labels = run->labels,
                                .targets = run->targets,
                                .count = (int32_t)recipe->batch};
    return VWW_OK;
}
