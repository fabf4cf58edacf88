#include "dataset/stage.h"
#include "base/json.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PLAN_NAME "plan"
#define NOTE_BYTES_MAX ((size_t)16 << 20)
#define SIGN_BYTES_MAX ((size_t)64 << 10)
#define POLL_SECONDS 0.05

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void pause_between_looks(void)
{
    const struct timespec time = {.tv_nsec = (long)(POLL_SECONDS * 1e9)};
    nanosleep(&time, NULL);
}

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

/* The first words of the plan in the folder; empty where there is none. */
static void read_plan(const struct vww_stage *stage, char *plan, size_t size)
{
    char path[VWW_PATH_MAX];
    struct vww_buffer text;
    plan[0] = '\0';
    if (vww_path_join(path, stage->folder, PLAN_NAME, NULL) != VWW_OK ||
        vww_file_read(path, SIGN_BYTES_MAX, &text, NULL) != VWW_OK)
        return;
    snprintf(plan, size, "%s", (const char *)text.data);
    plan[strcspn(plan, "\n")] = '\0';
    vww_buffer_fini(&text);
}

/* What ranks of an earlier job said is of no interest. */
static void remove_signs(const struct vww_stage *stage)
{
    DIR *directory = opendir(stage->folder);
    char path[VWW_PATH_MAX];
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        if (strncmp(entry->d_name, "rank-", 5) == 0 &&
            vww_path_join(path, stage->folder, entry->d_name, NULL) == VWW_OK)
            unlink(path);
    if (directory != NULL)
        closedir(directory);
}

static vww_status begin(struct vww_stage *stage, const char *key, const char *plan,
                        struct vww_error *error)
{
    char old[256], path[VWW_PATH_MAX];
    if (mkdir(stage->folder, 0777) != 0 && errno != EEXIST)
        return vww_fail_io(error, "make the folder", stage->folder);
    read_plan(stage, old, sizeof old);
    if (strncmp(old, key, strlen(key)) != 0)
        remove_folder(stage->folder, false);
    remove_signs(stage);
    const vww_status status = vww_path_join(path, stage->folder, PLAN_NAME, error);
    return status == VWW_OK ? vww_file_write(path, plan, strlen(plan), error) : status;
}

static vww_status follow(const struct vww_stage *stage, const char *key, const char *plan,
                         const struct vww_progress *progress, struct vww_error *error)
{
    const double end = now() + stage->ranks.patience;
    char seen[256];
    for (;;) {
        read_plan(stage, seen, sizeof seen);
        if (strcmp(seen, plan) == 0)
            return VWW_OK;
        if (vww_progress_stop(progress))
            return vww_fail(error, VWW_ERROR_STOPPED, "stopped while waiting for rank 0");
        if (now() > end)
            break;
        pause_between_looks();
    }
    const bool other_input = seen[0] != '\0' && strncmp(seen, key, strlen(key)) != 0;
    vww_fail(error, VWW_ERROR_MISMATCH,
             other_input ? "rank 0 builds another data set than this process"
                         : "rank 0 did not begin");
    vww_error_at(error, stage->folder, -1);
    vww_error_place(error, "rank %d of %d", stage->ranks.rank, stage->ranks.count);
    vww_error_allowed(error, "within %g s", stage->ranks.patience);
    vww_error_remedy(error, other_input
                                ? "give all processes the same files and options"
                                : "all processes need the same output folder, and rank 0 to run");
    return VWW_ERROR_MISMATCH;
}

vww_status vww_stage_enter(struct vww_stage *stage, const char *output, const char *key,
                           const struct vww_dataset_ranks *ranks,
                           const struct vww_progress *progress, struct vww_error *error)
{
    char plan[256];
    *stage = (struct vww_stage){.ranks = *ranks};
    vww_status status = vww_path_join(stage->folder, output, VWW_STAGE_NAME, error);
    snprintf(plan, sizeof plan, "%s %.60s", key, ranks->job != NULL ? ranks->job : "");
    if (status == VWW_OK)
        status = ranks->rank == 0 ? begin(stage, key, plan, error)
                                  : follow(stage, key, plan, progress, error);
    if (status != VWW_OK)
        stage->folder[0] = '\0';
    return status;
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
    vww_json_put_integer(&json, "positive", staged->positive);
    vww_json_put_integer(&json, "negative", staged->negative);
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

static bool take_note(yajl_val root, struct vww_staged_shard *staged)
{
    const char *sha256;
    if (!vww_json_get_integer(root, "records", &staged->shard.records) ||
        !vww_json_get_integer(root, "bytes", &staged->shard.bytes) ||
        !vww_json_get_integer(root, "positive", &staged->positive) ||
        !vww_json_get_integer(root, "negative", &staged->negative) ||
        !vww_json_get_string(root, "sha256", &sha256) || strlen(sha256) != 64)
        return false;
    memcpy(staged->shard.sha256, sha256, sizeof staged->shard.sha256);
    return take_skipped(vww_json_get(root, "skipped"), staged);
}

static bool is_whole(const char *path, const struct vww_dataset_shard *shard)
{
    char hex[65];
    return vww_file_bytes(path) == shard->bytes && vww_file_sha256(path, hex, NULL) == VWW_OK &&
           strcmp(hex, shard->sha256) == 0;
}

bool vww_stage_find(const struct vww_stage *stage, const char *name,
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
                       take_note(root, staged) && is_whole(path, &staged->shard);
    yajl_tree_free(root);
    vww_buffer_fini(&text);
    if (!found)
        vww_staged_shard_fini(staged);
    return found;
}

/* --- signs of life ------------------------------------------------------------------------------
 */

static void write_sign(const struct vww_stage *stage, const char *text)
{
    char name[32], path[VWW_PATH_MAX];
    snprintf(name, sizeof name, "rank-%d", stage->ranks.rank);
    /* A sign that cannot be written is one that is missed: rank 0 says so in time. */
    if (vww_path_join(path, stage->folder, name, NULL) == VWW_OK)
        vww_file_write(path, text, strlen(text), NULL);
}

void vww_stage_sign(struct vww_stage *stage)
{
    char text[40];
    if (stage->ranks.rank == 0 || stage->folder[0] == '\0')
        return;
    snprintf(text, sizeof text, "working %" PRId64 "\n", ++stage->signs);
    write_sign(stage, text);
}

void vww_stage_sign_end(struct vww_stage *stage, vww_status status, const struct vww_error *error)
{
    char text[2200] = "finished\n", message[2048];
    if (stage->ranks.rank == 0 || stage->folder[0] == '\0')
        return;
    if (status != VWW_OK) {
        vww_error_format(error, message, sizeof message);
        snprintf(text, sizeof text, "failed\n%s", message);
    }
    write_sign(stage, text);
}

static vww_status fail_rank(const struct vww_stage *stage, int32_t rank, const char *what,
                            const char *seen, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_IO, "rank %d of %d %s", rank, stage->ranks.count, what);
    vww_error_at(error, stage->folder, -1);
    if (seen != NULL)
        vww_error_seen(error, "%.250s", seen);
    return VWW_ERROR_IO;
}

/* Look at a rank's sign again and again until it says the end, or nothing new in time. */
static vww_status wait_for(const struct vww_stage *stage, int32_t rank,
                           const struct vww_progress *progress, struct vww_error *error)
{
    char name[32], path[VWW_PATH_MAX], last[64] = "";
    snprintf(name, sizeof name, "rank-%d", rank);
    vww_status status = vww_path_join(path, stage->folder, name, error);
    for (double end = now() + stage->ranks.patience; status == VWW_OK;) {
        struct vww_buffer text = {0};
        vww_file_read(path, SIGN_BYTES_MAX, &text, NULL);
        const char *sign = text.size > 0 ? (const char *)text.data : "";
        const bool finished = strncmp(sign, "finished", 8) == 0;
        if (strncmp(sign, "failed\n", 7) == 0)
            status = fail_rank(stage, rank, "failed", sign + 7, error);
        if (strncmp(sign, last, sizeof last - 1) != 0) {
            snprintf(last, sizeof last, "%s", sign);
            end = now() + stage->ranks.patience;
        }
        vww_buffer_fini(&text);
        if (finished || status != VWW_OK)
            break;
        if (vww_progress_stop(progress))
            status = vww_fail(error, VWW_ERROR_STOPPED, "stopped while waiting for rank %d", rank);
        else if (now() > end) {
            status = fail_rank(stage, rank, "gives no sign of life", NULL, error);
            vww_error_allowed(error, "one in %g s", stage->ranks.patience);
            vww_error_remedy(error, "its own messages may say why; the same command goes on with "
                                    "the shards that are whole");
        } else {
            pause_between_looks();
        }
    }
    return status;
}

vww_status vww_stage_wait(const struct vww_stage *stage, const struct vww_progress *progress,
                          struct vww_error *error)
{
    vww_status status = VWW_OK;
    for (int32_t rank = 1; rank < stage->ranks.count && status == VWW_OK; rank++) {
        status = wait_for(stage, rank, progress, error);
        vww_progress_report(progress, "waiting for the other ranks", rank, stage->ranks.count - 1,
                            "ranks", NULL);
    }
    return status;
}
