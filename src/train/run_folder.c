/* A run's folder: which files it has, taking it, writing what a run can be gone on with from. */
#include "train/events.h"
#include "train/run_parts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

vww_status vww_run_name_files(struct vww_run *run, const char *folder, struct vww_error *error)
{
    vww_status status = vww_path_join(run->folder, "", folder, error);
    if (status == VWW_OK)
        status = vww_path_join(run->config, folder, VWW_RUN_CONFIG, error);
    if (status == VWW_OK)
        status = vww_path_join(run->text, folder, VWW_RUN_RECIPE, error);
    if (status == VWW_OK)
        status = vww_path_join(run->metrics, folder, VWW_RUN_METRICS, error);
    if (status == VWW_OK)
        status = vww_path_join(run->last, folder, VWW_CHECKPOINT_LAST, error);
    if (status == VWW_OK)
        status = vww_path_join(run->best, folder, VWW_CHECKPOINT_BEST, error);
    if (status == VWW_OK)
        status = vww_path_join(run->events, folder, VWW_EVENTS_NAME, error);
    return status;
}

vww_status vww_run_take_folder(struct vww_run *run, bool force, struct vww_error *error)
{
    vww_status status = vww_directory_make(run->folder, error);
    if (status == VWW_OK)
        status = vww_lock_take(&run->lock, run->folder, VWW_RUN_LOCK, error);
    if (status != VWW_OK)
        return status;
    /* What a run can be resumed from goes first: a half-removed run is never taken for a whole one.
     */
    const char *const files[] = {run->last,    run->config, run->text,
                                 run->metrics, run->best,   run->events};
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
    return VWW_OK;
}

vww_status vww_run_save_config(struct vww_run *run, const char *state, struct vww_error *error)
{
    struct vww_buffer text = {0};
    vww_status status = vww_run_record_write(&run->record, false, state,
                                             vww_trainer_position(run->trainer), &text, error);
    if (status == VWW_OK)
        status = vww_file_write(run->config, text.data, text.size, error);
    vww_buffer_fini(&text);
    return status;
}

vww_status vww_run_save_recipe(const struct vww_run *run, struct vww_error *error)
{
    struct vww_recipe_title title = {0};
    const char *name = run->record.recipe_name;
    char *text;
    if (name != NULL)
        snprintf(title.name, sizeof title.name, "%s", name);
    vww_status status = vww_recipe_write(&run->record.recipe, &title, &text, error);
    if (status != VWW_OK)
        return status;
    status = vww_file_write(run->text, text, strlen(text), error);
    vww_recipe_free(text);
    return status;
}

vww_status vww_run_save(struct vww_run *run, struct vww_error *error)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    run->saved_at = (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
    const vww_status status = vww_trainer_check(run->trainer, error);
    return status == VWW_OK
               ? vww_trainer_save(run->trainer, run->last, &run->checkpoint_config, error)
               : status;
}
