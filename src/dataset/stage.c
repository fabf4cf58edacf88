#include "dataset/stage.h"
#include "base/json.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLAN_NAME "plan"
#define NOTE_BYTES_MAX ((size_t)16 << 20)
#define PLAN_BYTES_MAX ((size_t)4 << 10)

/* --- the folder ---------------------------------------------------------------------------------
 */

static void remove_folder(const char *folder, bool itself)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return;
    char path[VWW_PATH_MAX];
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            vww_path_join(path, folder, entry->d_name, NULL) != VWW_OK || lstat(path, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            remove_folder(path, true);
        else
            unlink(path);
    }
    closedir(directory);
    if (itself)
        rmdir(folder);
}

/* Whether the plan in the folder is this one. */
static bool has_plan(const struct vww_stage *stage, const char *key)
{
    char path[VWW_PATH_MAX];
    struct vww_buffer text;
    if (vww_path_join(path, stage->folder, PLAN_NAME, NULL) != VWW_OK ||
        vww_file_read(path, PLAN_BYTES_MAX, &text, NULL) != VWW_OK)
        return false;
    const char *plan = (const char *)text.data;
    const size_t length = strcspn(plan, "\n");
    const bool same = length == strlen(key) && memcmp(plan, key, length) == 0;
    vww_buffer_fini(&text);
    return same;
}

static vww_status begin(const struct vww_stage *stage, const char *key, struct vww_error *error)
{
    char path[VWW_PATH_MAX], plan[256];
    if (mkdir(stage->folder, 0777) != 0 && errno != EEXIST)
        return vww_fail_io(error, "make the folder", stage->folder);
    if (has_plan(stage, key))
        return VWW_OK;
    remove_folder(stage->folder, false);
    snprintf(plan, sizeof plan, "%s\n", key);
    const vww_status status = vww_path_join(path, stage->folder, PLAN_NAME, error);
    return status == VWW_OK ? vww_file_write(path, plan, strlen(plan), error) : status;
}

vww_status vww_stage_begin(struct vww_stage *stage, const char *output, const char *key,
                           struct vww_error *error)
{
    vww_status status = vww_path_join(stage->folder, output, VWW_STAGE_NAME, error);
    if (status == VWW_OK)
        status = begin(stage, key, error);
    if (status != VWW_OK)
        stage->folder[0] = '\0';
    return status;
}

vww_status vww_stage_join(struct vww_stage *stage, const char *output, const char *key,
                          struct vww_error *error)
{
    const vww_status status = vww_path_join(stage->folder, output, VWW_STAGE_NAME, error);
    if (status != VWW_OK || has_plan(stage, key))
        return status;
    vww_fail(error, VWW_ERROR_NOT_FOUND, "what rank 0 has begun is not to be seen here");
    vww_error_at(error, stage->folder, -1);
    vww_error_remedy(error, "all ranks need the same output folder: one that all machines share");
    stage->folder[0] = '\0';
    return VWW_ERROR_NOT_FOUND;
}

void vww_stage_remove(struct vww_stage *stage)
{
    if (stage->folder[0] != '\0')
        remove_folder(stage->folder, true);
    stage->folder[0] = '\0';
}

/* --- whole shards -------------------------------------------------------------------------------
 */

void vww_staged_shard_fini(struct vww_staged_shard *staged)
{
    for (size_t i = 0; i < staged->skipped_count; i++)
        vww_free(staged->skipped[i]);
    vww_free(staged->skipped);
    vww_free(staged->shard.file);
    *staged = (struct vww_staged_shard){0};
}

static vww_status note_path(const struct vww_stage *stage, const char *name,
                            char path[VWW_PATH_MAX], struct vww_error *error)
{
    char file[600];
    snprintf(file, sizeof file, "%s.done", name);
    return vww_path_join(path, stage->folder, file, error);
}

vww_status vww_stage_note(const struct vww_stage *stage, const struct vww_staged_shard *staged,
                          struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    struct vww_buffer text = {0};
    struct vww_json json;
    vww_json_begin(&json, &text, true);
    vww_json_object(&json);
    vww_json_put_integer(&json, "records", staged->shard.records);
    vww_json_put_integer(&json, "bytes", staged->shard.bytes);
    vww_json_put_string(&json, "sha256", staged->shard.sha256);
    vww_json_key(&json, "images");
    vww_json_array(&json);
    for (int c = 0; c < VWW_DATASET_CLASSES_MAX; c++)
        vww_json_integer(&json, staged->images[c]);
    vww_json_end(&json);
    vww_json_key(&json, "skipped");
    vww_json_array(&json);
    for (size_t i = 0; i < staged->skipped_count; i++)
        vww_json_string(&json, staged->skipped[i]);
    vww_json_end(&json);
    vww_json_end(&json);
    vww_status status = note_path(stage, staged->shard.file, path, error);
    if (status == VWW_OK && text.failed)
        status = vww_fail_memory(error, text.size);
    if (status == VWW_OK)
        status = vww_file_write(path, text.data, text.size, error);
    vww_buffer_fini(&text);
    return status;
}

static bool take_skipped(yajl_val list, struct vww_staged_shard *staged)
{
    if (!YAJL_IS_ARRAY(list))
        return false;
    staged->skipped = vww_allocate(list->u.array.len, sizeof *staged->skipped);
    for (size_t i = 0; staged->skipped != NULL && i < list->u.array.len; i++) {
        const char *name = YAJL_GET_STRING(list->u.array.values[i]);
        char *copy = name != NULL ? vww_duplicate(name) : NULL;
        if (copy == NULL)
            return false;
        staged->skipped[staged->skipped_count++] = copy;
    }
    return staged->skipped != NULL;
}

static bool take_images(yajl_val list, struct vww_staged_shard *staged)
{
    if (!YAJL_IS_ARRAY(list) || list->u.array.len != VWW_DATASET_CLASSES_MAX)
        return false;
    for (int c = 0; c < VWW_DATASET_CLASSES_MAX; c++) {
        if (!YAJL_IS_INTEGER(list->u.array.values[c]))
            return false;
        staged->images[c] = YAJL_GET_INTEGER(list->u.array.values[c]);
    }
    return true;
}

static bool take_note(yajl_val root, struct vww_staged_shard *staged)
{
    const char *sha256;
    if (!vww_json_get_integer(root, "records", &staged->shard.records) ||
        !vww_json_get_integer(root, "bytes", &staged->shard.bytes) ||
        !take_images(vww_json_get(root, "images"), staged) ||
        !vww_json_get_string(root, "sha256", &sha256) || strlen(sha256) != 64)
        return false;
    memcpy(staged->shard.sha256, sha256, sizeof staged->shard.sha256);
    return take_skipped(vww_json_get(root, "skipped"), staged);
}

static bool is_whole(const char *path, bool verify, const struct vww_dataset_shard *shard)
{
    char hex[65];
    if (vww_file_bytes(path) != shard->bytes)
        return false;
    return !verify ||
           (vww_file_sha256(path, hex, NULL) == VWW_OK && strcmp(hex, shard->sha256) == 0);
}

bool vww_stage_find(const struct vww_stage *stage, const char *name, bool verify,
                    struct vww_staged_shard *staged)
{
    char note[VWW_PATH_MAX], path[VWW_PATH_MAX];
    struct vww_buffer text;
    yajl_val root = NULL;
    *staged = (struct vww_staged_shard){0};
    if (note_path(stage, name, note, NULL) != VWW_OK ||
        vww_path_join(path, stage->folder, name, NULL) != VWW_OK ||
        vww_file_read(note, NOTE_BYTES_MAX, &text, NULL) != VWW_OK)
        return false;
    staged->shard.file = vww_duplicate(name);
    const bool found = staged->shard.file != NULL &&
                       vww_json_parse(text.data, text.size, note, &root, NULL) == VWW_OK &&
                       take_note(root, staged) && is_whole(path, verify, &staged->shard);
    yajl_tree_free(root);
    vww_buffer_fini(&text);
    if (!found)
        vww_staged_shard_fini(staged);
    return found;
}
