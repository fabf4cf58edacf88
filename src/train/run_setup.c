/* How a run begins: its data, its trainer, and whether all ranks have the same. */
#include "base/checksum.h"
#include "base/memory.h"
#include "train/run_parts.h"

#include <stdio.h>
#include <string.h>

static const struct vww_train_means no_means = {0};

void vww_run_init(struct vww_run *run, const struct vww_train_means *means,
                  const struct vww_progress *progress)
{
    *run = (struct vww_run){.progress = progress,
                            .means = means != NULL ? means : &no_means,
                            .lock = {.descriptor = -1}};
    run->ranks = run->means->ranks;
    vww_ranks_watch(run->ranks, progress);
}

void vww_run_fini(struct vww_run *run)
{
    vww_loader_close(run->train);
    vww_loader_close(run->val);
    vww_trainer_destroy(run->trainer);
    vww_teacher_close(run->teacher);
    vww_run_record_fini(&run->record);
    vww_buffer_fini(&run->checkpoint_config);
    vww_free(run->images);
    vww_free(run->labels);
    vww_free(run->targets);
    vww_lock_release(&run->lock);
}

bool vww_run_leads(const struct vww_run *run)
{
    return vww_ranks_rank(run->ranks) == 0;
}

/* --- the data ------------------------------------------------------------------------------------
 */

#define CACHE_MOST ((int64_t)4 << 30)

static size_t cache_bytes(const struct vww_run *run)
{
    if (run->means->cache_bytes != VWW_CACHE_AUTO)
        return run->means->cache_bytes;
    const struct vww_launch launch = vww_launch_read();
    const int64_t sharers = launch.on_machine > 0 ? launch.on_machine : vww_ranks_count(run->ranks);
    const int64_t quarter = vww_memory_available() / 4 / sharers;
    return (size_t)(quarter < CACHE_MOST ? quarter : CACHE_MOST);
}

static vww_status open_split(struct vww_run *run, const char *split, bool training,
                             struct vww_loader **loader, struct vww_error *error)
{
    const struct vww_recipe *recipe = &run->record.recipe;
    const struct vww_augmentation augmentation = {.crop = recipe->crop,
                                                  .crop_area_least = recipe->crop_area_least,
                                                  .crop_aspect_most = recipe->crop_aspect_most,
                                                  .relabel = recipe->relabel,
                                                  .flip = recipe->flip,
                                                  .colour = recipe->colour,
                                                  .brightness = recipe->brightness,
                                                  .contrast = recipe->contrast,
                                                  .saturation = recipe->saturation,
                                                  .rotation = recipe->rotation,
                                                  .shift = recipe->shift,
                                                  .zoom = recipe->zoom};
    struct vww_loader_options options = {.directory = run->record.data,
                                         .split = split,
                                         .resolution = (int32_t)run->record.resolution,
                                         .batch = VWW_EVALUATION_BATCH,
                                         .ranks = run->ranks,
                                         .seed = (uint64_t)recipe->seed};
    if (training) {
        options.batch = (int32_t)recipe->batch;
        options.share_first = (int32_t)vww_share_image(&run->share, recipe->batch, 0);
        options.share_count = (int32_t)vww_share_images(&run->share, recipe->batch);
        options.balance = recipe->balance;
        options.augmentation = &augmentation;
        options.cache_bytes = cache_bytes(run);
    }
    return vww_loader_open(&options, run->progress, loader, error);
}

static vww_status check_classes(const struct vww_run *run, struct vww_error *error)
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

vww_status vww_run_open_data(struct vww_run *run, struct vww_error *error)
{
    vww_status status = open_split(run, "train", true, &run->train, error);
    if (status == VWW_OK)
        status = check_classes(run, error);
    status = vww_ranks_agree(run->ranks, status, error);
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
    run->targets = vww_allocate(batch * (size_t)run->record.classes, sizeof *run->targets);
    if (run->images == NULL || run->labels == NULL || run->targets == NULL)
        return vww_fail_memory(error, batch * image);
    if (run->steps > 0)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "there are fewer training images than one batch");
    vww_error_at(error, run->record.data, -1);
    vww_error_seen(error, "%lld images", (long long)vww_loader_examples(run->train));
    vww_error_remedy(error, "choose a --batch below %zu", batch);
    return VWW_ERROR_MISMATCH;
}

/* --- the ranks -----------------------------------------------------------------------------------
 */

vww_status vww_run_share_out(struct vww_run *run, struct vww_error *error)
{
    const struct vww_recipe *recipe = &run->record.recipe;
    const bool apart = recipe->async; /* each rank takes whole batches */
    const int32_t ranks = apart ? 1 : vww_ranks_count(run->ranks);
    if (apart && (recipe->quantize_aware || recipe->average_decay > 0)) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED,
                 "ranks that train asynchronously share no ranges and no averaged weights");
        vww_error_remedy(error, "leave out --async, or --quantize-aware and --average-decay");
        return VWW_ERROR_UNSUPPORTED;
    }
    run->share = (struct vww_share){.ranks = apart ? NULL : run->ranks,
                                    .chunks = (int32_t)recipe->chunks,
                                    .local_norm = strcmp(recipe->batch_norm, "local") == 0};
    if (recipe->chunks % ranks == 0 && recipe->chunks / ranks <= VWW_CHUNKS &&
        recipe->batch >= ranks)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_ARGUMENT, "the batch cannot be shared out among the ranks");
    vww_error_seen(error, "%d ranks, a batch of %lld images in %lld chunks", (int)ranks,
                   (long long)recipe->batch, (long long)recipe->chunks);
    vww_error_allowed(error, "an image or more, and as many chunks, for each rank: 1 to %d",
                      VWW_CHUNKS);
    vww_error_remedy(error, "choose --chunks %d, or another number of ranks", 4 * (int)ranks);
    return VWW_ERROR_ARGUMENT;
}

/* What must be equal on all ranks, each under its own digest so that a difference has a name. */
enum sameness { SAME_RECIPE, SAME_WEIGHTS, SAME_COUNT };

/* Of the record without paths, which may differ from machine to machine. */
static vww_status digest_recipe(struct vww_run *run, char hex[65], struct vww_error *error)
{
    struct vww_run_record record = run->record;
    struct vww_buffer text = {0};
    char nowhere[] = "";
    record.data = nowhere;
    record.from = record.command = record.teacher = NULL;
    const vww_status status = vww_run_record_write(&record, true, NULL, NULL, &text, error);
    vww_sha256_of(text.data, text.size, hex);
    vww_buffer_fini(&text);
    return status;
}

vww_status vww_run_compare_ranks(struct vww_run *run, struct vww_error *error)
{
    static const char *const names[SAME_COUNT] = {"options", "first weights"};
    char mine[SAME_COUNT][65] = {0}, first[SAME_COUNT][65];
    if (run->ranks == NULL)
        return VWW_OK;
    vww_status status = digest_recipe(run, mine[SAME_RECIPE], error);
    snprintf(mine[SAME_WEIGHTS], sizeof mine[0], "%08x", vww_trainer_checksum(run->trainer));
    memcpy(first, mine, sizeof mine);
    vww_ranks_broadcast(run->ranks, 0, first, sizeof first);
    for (int i = 0; i < SAME_COUNT && status == VWW_OK; i++) {
        if (strcmp(mine[i], first[i]) == 0)
            continue;
        status = vww_fail(error, VWW_ERROR_MISMATCH, "its %s are not those of rank 0", names[i]);
        vww_error_seen(error, "digest %.16s", mine[i]);
        vww_error_allowed(error, "%.16s", first[i]);
        vww_error_remedy(error, "start all ranks with the same command and the same vww");
    }
    return vww_ranks_agree(run->ranks, status, error);
}

/* --- beginning -----------------------------------------------------------------------------------
 */

static vww_status fill_record(struct vww_run *run, const struct vww_train_job *job,
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
    record->teacher = job->teacher != NULL ? vww_duplicate(job->teacher) : NULL;
    record->recipe_name = job->recipe_name != NULL ? vww_duplicate(job->recipe_name) : NULL;
    if (record->model == NULL || record->data == NULL ||
        (record->from == NULL) != (job->from == NULL) ||
        (record->command == NULL) != (job->command == NULL) ||
        (record->teacher == NULL) != (job->teacher == NULL) ||
        (record->recipe_name == NULL) != (job->recipe_name == NULL))
        return vww_fail_memory(error, VWW_PATH_MAX);
    return vww_recipe_resolve(&record->recipe, error);
}

vww_status vww_run_prepare(struct vww_run *run, const struct vww_train_job *job,
                           const struct vww_graph *graph, struct vww_error *error)
{
    vww_status status = fill_record(run, job, graph, error);
    if (status == VWW_OK)
        status = vww_run_share_out(run, error);
    if (status == VWW_OK && job->out != NULL)
        status = vww_run_name_files(run, job->out, error);
    if (status == VWW_OK)
        status = vww_run_open_teacher(run, error);
    if (status == VWW_OK)
        status =
            vww_run_record_write(&run->record, true, NULL, NULL, &run->checkpoint_config, error);
    if (status == VWW_OK)
        status = vww_trainer_create(graph, &run->record.recipe, &run->share, &run->trainer, error);
    if (status == VWW_OK)
        status = vww_trainer_check(run->trainer, error);
    status = vww_ranks_agree(run->ranks, status, error);
    if (status == VWW_OK)
        status = vww_run_open_data(run, error);
    return vww_ranks_agree(run->ranks, status, error);
}

vww_status vww_run_begin(struct vww_run *run, const struct vww_train_job *job,
                         const struct vww_graph *graph, struct vww_error *error)
{
    vww_status status = vww_run_prepare(run, job, graph, error);
    if (status == VWW_OK)
        status = vww_run_compare_ranks(run, error);
    if (status != VWW_OK)
        return status;
    /* Nothing is written before everything is known to fit. */
    if (vww_run_leads(run)) {
        status = vww_run_take_folder(run, job->force, error);
        if (status == VWW_OK)
            status = vww_run_save(run, error);
        if (status == VWW_OK)
            status = vww_run_save_recipe(run, error);
        if (status == VWW_OK)
            status = vww_run_save_config(run, "running", error);
    }
    return vww_ranks_agree(run->ranks, status, error);
}
