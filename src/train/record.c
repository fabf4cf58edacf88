/* config.json and metrics.jsonl. */
#include "base/json.h"
#include "train/recipe.h"
#include "train/run.h"
#include "vww/version.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void vww_run_record_fini(struct vww_run_record *record)
{
    vww_free(record->model);
    vww_free(record->data);
    vww_free(record->from);
    vww_free(record->command);
    vww_free(record->teacher);
    vww_free(record->recipe_name);
    *record = (struct vww_run_record){0};
}

vww_status vww_run_record_write(const struct vww_run_record *record, bool for_checkpoint,
                                const char *state, const struct vww_position *position,
                                struct vww_buffer *out, struct vww_error *error)
{
    struct vww_json json;
    vww_json_begin(&json, out, true);
    vww_json_object(&json);
    vww_json_put_string(&json, "vww", VWW_VERSION);
    if (!for_checkpoint)
        vww_json_put_string(&json, "commit", VWW_COMMIT);
    if (!for_checkpoint && record->command != NULL)
        vww_json_put_string(&json, "command", record->command);
    vww_json_put_string(&json, "model", record->model);
    vww_json_put_number(&json, "depth_multiplier", record->depth_multiplier);
    vww_json_put_integer(&json, "resolution", record->resolution);
    vww_json_put_integer(&json, "classes", record->classes);
    vww_json_put_string(&json, "data", record->data);
    if (record->from != NULL)
        vww_json_put_string(&json, "from", record->from);
    if (record->teacher != NULL)
        vww_json_put_string(&json, "teacher", record->teacher);
    if (record->teacher_sha256[0] != '\0')
        vww_json_put_string(&json, "teacher_sha256", record->teacher_sha256);
    if (record->recipe_name != NULL)
        vww_json_put_string(&json, "recipe", record->recipe_name);
    vww_recipe_put(&record->recipe, &json);
    if (!for_checkpoint) {
        vww_json_put_string(&json, "state", state);
        vww_json_put_integer(&json, "epochs_done", position->epoch);
        vww_json_put_integer(&json, "steps_done", position->step);
        if (position->divergence.step > 0)
            vww_json_put_integer(&json, "diverged_step", position->divergence.step);
        if (position->best_epoch > 0) {
            vww_json_put_integer(&json, "best_epoch", position->best_epoch);
            vww_json_put_number(&json, "best_accuracy", position->best_accuracy);
        }
    }
    vww_json_end(&json);
    return out->failed ? vww_fail_memory(error, out->size) : VWW_OK;
}

static char *copy_text(yajl_val object, const char *key)
{
    const char *text;
    return vww_json_get_string(object, key, &text) ? vww_duplicate(text) : NULL;
}

/* The teacher and its checksum, which are both there or neither. */
static bool get_teacher(yajl_val tree, struct vww_run_record *record)
{
    const char *text = NULL;
    const bool has_sum = vww_json_get_string(tree, "teacher_sha256", &text);
    record->teacher = copy_text(tree, "teacher");
    if (has_sum)
        snprintf(record->teacher_sha256, sizeof record->teacher_sha256, "%s", text);
    return has_sum == (record->teacher != NULL) && (!has_sum || strlen(text) == 64);
}

vww_status vww_run_record_parse(const void *text, size_t bytes, const char *name,
                                struct vww_run_record *record, struct vww_error *error)
{
    *record = (struct vww_run_record){0};
    yajl_val tree;
    vww_status status = vww_json_parse(text, bytes, name, &tree, error);
    if (status != VWW_OK)
        return status;
    record->model = copy_text(tree, "model");
    record->data = copy_text(tree, "data");
    record->from = copy_text(tree, "from");
    record->command = copy_text(tree, "command");
    record->recipe_name = copy_text(tree, "recipe");
    if (record->model == NULL || record->data == NULL ||
        !vww_json_get_number(tree, "depth_multiplier", &record->depth_multiplier) ||
        !vww_json_get_integer(tree, "resolution", &record->resolution) ||
        !vww_json_get_integer(tree, "classes", &record->classes) || !get_teacher(tree, record)) {
        status = vww_fail(error, VWW_ERROR_FORMAT, "the run's configuration is incomplete");
        vww_error_at(error, name, -1);
        vww_error_allowed(error, "model, data, depth_multiplier, resolution and classes; with a "
                                 "teacher its teacher_sha256");
    }
    if (status == VWW_OK)
        status = vww_recipe_get(tree, name, &record->recipe, error);
    yajl_tree_free(tree);
    if (status != VWW_OK)
        vww_run_record_fini(record);
    return status;
}

vww_status vww_run_append(const char *path, const struct vww_run_line *line,
                          struct vww_error *error)
{
    struct vww_buffer text = {0};
    struct vww_json json;
    vww_json_begin(&json, &text, false);
    vww_json_object(&json);
    vww_json_put_integer(&json, "step", line->step);
    vww_json_put_integer(&json, "epoch", line->epoch);
    vww_json_put_number(&json, "loss", line->loss);
    vww_json_put_number(&json, "accuracy", line->accuracy);
    vww_json_put_number(&json, "learning_rate", line->learning_rate);
    vww_json_put_number(&json, "images_per_second", line->images_per_second);
    if (!isnan(line->val_accuracy)) {
        vww_json_put_number(&json, "val_accuracy", line->val_accuracy);
        vww_json_put_number(&json, "val_loss", line->val_loss);
    }
    vww_json_end(&json);
    vww_buffer_text(&text, "\n");
    if (text.failed) {
        vww_buffer_fini(&text);
        return vww_fail_memory(error, 256);
    }
    const vww_status status = vww_file_append(path, text.data, text.size, error);
    vww_buffer_fini(&text);
    return status;
}

/* The step of a line; -1 where the line is not whole. */
static int64_t line_step(const char *line, size_t bytes)
{
    yajl_val tree;
    int64_t step = -1;
    if (vww_json_parse(line, bytes, "", &tree, NULL) != VWW_OK)
        return -1;
    if (!vww_json_get_integer(tree, "step", &step))
        step = -1;
    yajl_tree_free(tree);
    return step;
}

vww_status vww_run_keep_lines(const char *path, int64_t step, struct vww_error *error)
{
    struct vww_buffer content;
    if (!vww_file_exists(path))
        return VWW_OK;
    vww_status status = vww_file_read(path, (size_t)1 << 30, &content, error);
    if (status != VWW_OK)
        return status;
    size_t kept = 0;
    const char *const start = (const char *)content.data;
    while (kept < content.size) {
        const char *end = memchr(start + kept, '\n', content.size - kept);
        if (end == NULL)
            break;
        const size_t bytes = (size_t)(end - (start + kept));
        const int64_t at = line_step(start + kept, bytes);
        if (at < 0 || at > step)
            break;
        kept += bytes + 1;
    }
    if (kept < content.size)
        status = vww_file_write(path, content.data, kept, error);
    vww_buffer_fini(&content);
    return status;
}
