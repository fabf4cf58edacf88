/* The teacher of a run: when it begins, and when it goes on. */
#include "base/memory.h"
#include "train/run.h"

#include <math.h>
#include <string.h>

/* How much of the targets is its answer, as long as the recipe does not say. */
static vww_status choose_distill(const char *teacher, struct vww_recipe *recipe,
                                 struct vww_error *error)
{
    if (teacher != NULL && isnan(recipe->distill))
        recipe->distill = 0.5;
    if (teacher == NULL && recipe->distill > 0) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the recipe learns from a teacher, and there is none");
        vww_error_seen(error, "distill %g", recipe->distill);
        vww_error_remedy(error, "name one with --teacher, or leave out distill");
        return VWW_ERROR_ARGUMENT;
    }
    if (teacher != NULL && recipe->distill == 0) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "there is a teacher, and nothing is learnt from it");
        vww_error_seen(error, "distill 0");
        vww_error_remedy(error, "choose a --distill above 0, or leave out --teacher");
        return VWW_ERROR_ARGUMENT;
    }
    return VWW_OK;
}

static vww_status open_file(struct vww_run *run, char sha256[65], struct vww_error *error)
{
    vww_graph_reader *const read = run->means->read_teacher;
    const struct vww_pupil pupil = {.side = (int32_t)run->record.resolution,
                                    .classes = (int32_t)run->record.classes};
    if (run->record.teacher == NULL)
        return VWW_OK;
    return vww_teacher_open(run->record.teacher, read != NULL ? read : vww_checkpoint_graph, &pupil,
                            &run->teacher, sha256, error);
}

vww_status vww_run_open_teacher(struct vww_run *run, struct vww_error *error)
{
    const vww_status status = choose_distill(run->record.teacher, &run->record.recipe, error);
    return status == VWW_OK ? open_file(run, run->record.teacher_sha256, error) : status;
}

vww_status vww_run_recall_teacher(struct vww_run *run, const char *path, struct vww_error *error)
{
    struct vww_run_record *record = &run->record;
    char seen[65];
    if (path != NULL && record->teacher == NULL) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the run learns from no teacher");
        vww_error_at(error, run->folder, -1);
        vww_error_remedy(error, "leave out --teacher");
        return VWW_ERROR_ARGUMENT;
    }
    const vww_status chosen = choose_distill(record->teacher, &record->recipe, error);
    if (chosen != VWW_OK || record->teacher == NULL)
        return chosen;
    if (path != NULL) {
        vww_free(record->teacher);
        record->teacher = vww_duplicate(path);
        if (record->teacher == NULL)
            return vww_fail_memory(error, strlen(path));
    }
    vww_status status = open_file(run, seen, error);
    if (status == VWW_OK && strcmp(seen, record->teacher_sha256) == 0)
        return VWW_OK;
    if (status == VWW_OK) {
        status = vww_fail(error, VWW_ERROR_MISMATCH,
                          "the teacher is not the one that the run began with");
        vww_error_at(error, record->teacher, -1);
        vww_error_seen(error, "SHA-256 %.16s", seen);
        vww_error_allowed(error, "%.16s", record->teacher_sha256);
    }
    vww_error_remedy(error, "nothing is lost: put its file back, or say with --teacher where it is "
                            "now");
    return status;
}
