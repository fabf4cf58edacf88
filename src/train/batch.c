/* A batch as the network is to learn it. */
#include "base/thread.h"
#include "train/mix.h"
#include "train/run.h"
#include "train/targets.h"

struct mixing {
    struct vww_run *run;
    struct vww_mix mix;
    int64_t epoch, step;
};

/* Pairs are made within a chunk, which no number of ranks and threads cuts in two. */
static void mix_chunk(void *context, int64_t chunk)
{
    const struct mixing *mixing = context;
    const struct vww_run *run = mixing->run;
    const struct vww_mix *mix = &mixing->mix;
    const int64_t batch = run->record.recipe.batch, bytes = (int64_t)mix->side * mix->side * 3;
    const int64_t first = vww_share_image(&run->share, batch, chunk);
    const int64_t count = vww_share_image(&run->share, batch, chunk + 1) - first;
    const int64_t at = first - vww_share_image(&run->share, batch, 0);
    vww_mix_pairs(mix, mixing->epoch, mixing->step * batch + first, count, run->images + at * bytes,
                  run->labels + at, run->targets + at * mix->classes);
}

static void mix(struct vww_run *run, int64_t epoch, int64_t step)
{
    const struct vww_recipe *recipe = &run->record.recipe;
    struct mixing mixing = {.run = run,
                            .mix = {.mixup = recipe->mixup,
                                    .cutmix = recipe->cutmix,
                                    .seed = (uint64_t)recipe->seed,
                                    .side = (int32_t)run->record.resolution,
                                    .classes = (int32_t)run->record.classes},
                            .epoch = epoch,
                            .step = step};
    if (recipe->mixup > 0 || recipe->cutmix > 0)
        vww_parallel_for(vww_share_chunks(&run->share), mix_chunk, &mixing);
}

vww_status vww_run_batch(struct vww_run *run, int64_t epoch, int64_t step, struct vww_batch *batch,
                         struct vww_error *error)
{
    const struct vww_recipe *recipe = &run->record.recipe;
    int32_t images;
    vww_status status =
        vww_loader_batch(run->train, epoch, step, run->images, run->labels, &images, error);
    if (status != VWW_OK)
        return status;
    vww_targets_fill(run->labels, images, (int32_t)run->record.classes, recipe->label_smoothing,
                     run->targets);
    mix(run, epoch, step);
    if (run->teacher != NULL)
        status = vww_teacher_ask(run->teacher, run->images, images, recipe->distill, run->targets,
                                 error);
    *batch = (struct vww_batch){.images = run->images,
                                .labels = run->labels,
                                .targets = run->targets,
                                .count = (int32_t)recipe->batch};
    return status;
}
