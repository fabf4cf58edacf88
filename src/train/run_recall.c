/* How a run goes on: from its last checkpoint, with its own recipe and data. */
#include "base/memory.h"
#include "train/events.h"
#include "train/run_parts.h"

#include <string.h>

static vww_status other_model(const struct vww_run *run, const struct vww_run_record *config,
                              struct vww_error *error)
{
    const struct vww_run_record *record = &run->record;
    vww_fail(error, VWW_ERROR_MISMATCH, "the checkpoint is of another model than the run's %s says",
             VWW_RUN_CONFIG);
    vww_error_at(error, run->last, -1);
    vww_error_seen(error, "%.60s %g, %lld pixels, %lld classes", record->model,
                   record->depth_multiplier, (long long)record->resolution,
                   (long long)record->classes);
    vww_error_allowed(error, "%.60s %g, %lld pixels, %lld classes", config->model,
                      config->depth_multiplier, (long long)config->resolution,
                      (long long)config->classes);
    vww_error_remedy(error, "put the run's own checkpoint back, or begin a run from this one with "
                            "--from");
    return VWW_ERROR_MISMATCH;
}

/* Where there is a config.json, its command is kept, which a checkpoint has not, and its model must
 * be the checkpoint's. */
static vww_status recall_config(struct vww_run *run, struct vww_error *error)
{
    struct vww_buffer text;
    struct vww_run_record old;
    vww_status status = VWW_OK;
    if (vww_file_read(run->config, (size_t)1 << 20, &text, NULL) != VWW_OK)
        return VWW_OK;
    if (vww_run_record_parse(text.data, text.size, run->config, &old, NULL) == VWW_OK) {
        const struct vww_run_record *record = &run->record;
        if (strcmp(old.model, record->model) != 0 || old.resolution != record->resolution ||
            old.classes != record->classes || old.depth_multiplier != record->depth_multiplier)
            status = other_model(run, &old, error);
        run->record.command = old.command;
        old.command = NULL;
        vww_run_record_fini(&old);
    }
    vww_buffer_fini(&text);
    return status;
}

/* The checkpoint's bytes, which the first rank alone has to be able to read. */
static vww_status read_last(struct vww_run *run, struct vww_buffer *content,
                            struct vww_error *error)
{
    vww_status status = VWW_OK;
    if (vww_run_leads(run)) {
        if (vww_directory_exists(run->folder))
            status = vww_lock_take(&run->lock, run->folder, VWW_RUN_LOCK, error);
        if (status == VWW_OK)
            status = vww_file_read(run->last, (size_t)INT32_MAX, content, error);
        if (status == VWW_ERROR_NOT_FOUND)
            vww_error_remedy(error, "name a folder that `vww train --out` wrote");
    }
    status = vww_ranks_agree(run->ranks, status, error);
    if (status != VWW_OK || run->ranks == NULL)
        return status;
    uint64_t bytes = content->size;
    vww_ranks_broadcast(run->ranks, 0, &bytes, sizeof bytes);
    if (!vww_run_leads(run)) {
        content->data = vww_allocate((size_t)bytes, 1);
        content->size = content->capacity = (size_t)bytes;
        if (content->data == NULL)
            status = vww_fail_memory(error, (size_t)bytes);
    }
    status = vww_ranks_agree(run->ranks, status, error);
    if (status == VWW_OK)
        vww_ranks_broadcast(run->ranks, 0, content->data, (size_t)bytes);
    return status;
}

static vww_status other_data(const struct vww_run *run, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_MISMATCH, "the data set is not the one the run began with");
    vww_error_at(error, run->record.data, -1);
    vww_error_seen(error, "%lld batches of %lld images", (long long)run->steps,
                   (long long)run->record.recipe.batch);
    vww_error_remedy(error, "name the run's data set with --data");
    return VWW_ERROR_MISMATCH;
}

static vww_status restore_trainer(struct vww_run *run, const struct vww_training *training,
                                  const char *data, const char *teacher, struct vww_error *error)
{
    const char *text = (const char *)training->config.data;
    const size_t bytes = training->config.size - 1; /* without the NUL */
    vww_status status = vww_run_record_parse(text, bytes, run->last, &run->record, error);
    if (status != VWW_OK)
        return status;
    status = recall_config(run, error);
    if (status != VWW_OK)
        return status;
    vww_buffer_append(&run->checkpoint_config, text, bytes);
    if (data != NULL) {
        vww_free(run->record.data);
        run->record.data = vww_duplicate(data);
    }
    if (run->checkpoint_config.failed || run->record.data == NULL)
        return vww_fail_memory(error, bytes);
    status = vww_run_share_out(run, error);
    if (status == VWW_OK)
        status = vww_run_recall_teacher(run, teacher, error);
    if (status == VWW_OK)
        status = vww_trainer_restore(training, run->last, &run->record.recipe, &run->share,
                                     &run->trainer, error);
    return status;
}

static vww_status restore(struct vww_run *run, const struct vww_training *training,
                          const char *data, const char *teacher, struct vww_error *error)
{
    vww_status status = restore_trainer(run, training, data, teacher, error);
    status = vww_ranks_agree(run->ranks, status, error);
    if (status == VWW_OK)
        status = vww_run_open_data(run, error);
    if (status != VWW_OK)
        return status;
    const struct vww_position *position = vww_trainer_position(run->trainer);
    if (position->step_in_epoch > run->steps ||
        position->epoch * run->steps + position->step_in_epoch != position->step)
        return other_data(run, error);
    return VWW_OK;
}

vww_status vww_run_recall(struct vww_run *run, const char *folder, const char *data,
                          const char *teacher, struct vww_error *error)
{
    struct vww_buffer content = {0};
    struct vww_checkpoint checkpoint = {0};
    struct vww_training training = {0};
    vww_status status = vww_run_name_files(run, folder, error);
    if (status == VWW_OK)
        status = read_last(run, &content, error);
    if (status == VWW_OK) {
        status = vww_checkpoint_parse(content.data, content.size, run->last, &checkpoint, error);
        if (status == VWW_OK)
            status = vww_training_parse(&checkpoint, &training, error);
        vww_checkpoint_fini(&checkpoint);
        if (status == VWW_OK)
            status = restore(run, &training, data, teacher, error);
        vww_training_fini(&training);
        status = vww_ranks_agree(run->ranks, status, error);
    }
    vww_buffer_fini(&content);
    if (status == VWW_OK)
        status = vww_run_compare_ranks(run, error);
    if (status == VWW_OK && vww_run_leads(run)) {
        const int64_t step = vww_trainer_position(run->trainer)->step;
        status = vww_run_keep_lines(run->metrics, step, error);
        if (status == VWW_OK)
            status = vww_events_keep(run->events, step, error);
    }
    return vww_ranks_agree(run->ranks, status, error);
}
