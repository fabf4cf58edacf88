/* The output folder: what is being built, the files beside the images, and their way into place. */
#include "dataset/build_parts.h"
#include "dataset/manifest.h"
#include "vww/version.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOCK_NAME ".building.lock"

vww_status vww_build_about_output(const struct vww_build *build, const char *file,
                                  vww_status status)
{
    char path[VWW_PATH_MAX];
    if (status != VWW_OK && vww_path_join(path, build->options->output_dir, file, NULL) == VWW_OK)
        vww_error_at(build->error, path, -1);
    return status;
}

vww_status vww_build_write_staged(struct vww_build *build, const char *name, const void *data,
                                  size_t bytes)
{
    char path[VWW_PATH_MAX];
    const vww_status status = vww_path_join(path, build->stage.folder, name, build->error);
    if (status != VWW_OK)
        return status;
    return vww_build_about_output(build, name, vww_file_write(path, data, bytes, build->error));
}

/* The first state of TensorFlow's builder has a name of its own. */
static const char *labels_name(const struct vww_build *build)
{
    return build->options->output == VWW_FORMAT_TFRECORD &&
                   build->options->features == VWW_FEATURES_TF_2019_FIRST
               ? "visualwakewords_labels.txt"
               : VWW_LABELS_NAME;
}

static void append_manifest(const struct vww_build *build, struct vww_buffer *text)
{
    struct vww_manifest_part_draft drafts[2];
    for (int s = 0; s < 2; s++) {
        const struct vww_build_part *part = &build->parts[s];
        drafts[s] = (struct vww_manifest_part_draft){
            .name = part->name,
            .counts = part->counts,
            .shards = part->shards,
            .shard_count = part->shards != NULL ? (size_t)part->shard_count : 0,
            .source = part->source,
            .annotation_sha256 = part->annotation_sha256,
            .skipped = part->skipped,
            .skipped_count = part->skipped_count,
        };
    }
    vww_manifest_write(build->options, &build->classes, drafts, build->result, text);
}

static vww_status write_labels_and_manifest(struct vww_build *build)
{
    struct vww_buffer text = {0};
    for (size_t c = 0; c < build->classes.count; c++)
        vww_buffer_printf(&text, "%zu:%s\n", c, build->classes.names[c]);
    vww_status status =
        text.failed ? vww_fail_memory(build->error, text.size)
                    : vww_build_write_staged(build, labels_name(build), text.data, text.size);
    if (status == VWW_OK) {
        text.size = 0;
        append_manifest(build, &text);
        status = text.failed
                     ? vww_fail_memory(build->error, text.size)
                     : vww_build_write_staged(build, VWW_MANIFEST_NAME, text.data, text.size);
    }
    vww_buffer_fini(&text);
    return status;
}

static bool was_skipped(const struct vww_build_part *part, const char *file_name)
{
    for (size_t i = 0; i < part->skipped_count; i++)
        if (strcmp(part->skipped[i], file_name) == 0)
            return true;
    return false;
}

/* Who made the photographs and under which licence, where the annotations say it. */
static vww_status write_attribution(struct vww_build *build)
{
    struct vww_buffer text = {0};
    if (build->licenses.image_count == 0)
        return VWW_OK;
    vww_attribution_begin(&text);
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < build->parts[s].count; i++) {
            const struct vww_photograph *photograph = &build->parts[s].photographs[i];
            const struct vww_labelled_image *image = &photograph->set->images[photograph->image];
            const char *name = photograph->set->names + image->file_name;
            if (!was_skipped(&build->parts[s], name))
                vww_attribution_row(&build->licenses, image->id, build->parts[s].name, name, &text);
        }
    const vww_status status =
        text.failed ? vww_fail_memory(build->error, text.size)
                    : vww_build_write_staged(build, VWW_ATTRIBUTION_NAME, text.data, text.size);
    vww_buffer_fini(&text);
    return status;
}

/* --- what is being built ------------------------------------------------------------------------
 */

static void hash_photograph(struct vww_sha256 *sha, const struct vww_photograph *photograph)
{
    const struct vww_label_set *set = photograph->set;
    const struct vww_labelled_image *image = &set->images[photograph->image];
    const char *name = set->names + image->file_name;
    const int64_t numbers[] = {image->id, image->width, image->height, image->label};
    vww_sha256_update(sha, photograph->directory, strlen(photograph->directory) + 1);
    vww_sha256_update(sha, name, strlen(name) + 1);
    vww_sha256_update(sha, numbers, sizeof numbers);
    for (uint32_t i = 0; i < image->object_count; i++) {
        const struct vww_label_object *object = &set->objects[image->first_object + i];
        const double values[] = {object->x, object->y, object->width, object->height, object->area};
        vww_sha256_update(sha, values, sizeof values);
    }
}

/* A digest of all that the bytes of the shards depend on, but the photographs' own content: the
 * manifest as it is before anything is written, and each photograph's place, label and boxes. */
static vww_status hash_plan(const struct vww_build *build, char key[65])
{
    const struct vww_dataset_options *options = build->options;
    struct vww_buffer text = {0};
    vww_buffer_printf(&text,
                      "vww %s; format %d, features %d, labels %d %d, size %d, shards %d %d, "
                      "skip %d, decode %d\n",
                      VWW_VERSION, (int)options->output, (int)options->features,
                      options->count_objects, options->grid, options->size, options->train_shards,
                      options->val_shards, options->skip_bad_images, options->decode);
    append_manifest(build, &text);
    if (text.failed) {
        const size_t bytes = text.size;
        vww_buffer_fini(&text);
        return vww_fail_memory(build->error, bytes);
    }
    struct vww_sha256 sha;
    vww_sha256_init(&sha);
    vww_sha256_update(&sha, text.data, text.size);
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < build->parts[s].count; i++)
            hash_photograph(&sha, &build->parts[s].photographs[i]);
    vww_sha256_hex(&sha, key);
    vww_buffer_fini(&text);
    return VWW_OK;
}

/* Folders of images are not replaced: nobody can tell whether all in them is ours. */
static vww_status check_vacant(const struct vww_build *build)
{
    vww_status status = VWW_OK;
    for (int s = 0; s < 2 && status == VWW_OK && !vww_build_in_shards(build); s++) {
        char path[VWW_PATH_MAX];
        status =
            vww_path_join(path, build->options->output_dir, build->parts[s].name, build->error);
        if (status == VWW_OK && vww_directory_exists(path)) {
            status = vww_fail(build->error, VWW_ERROR_ARGUMENT, "the folder is there already");
            vww_error_at(build->error, path, -1);
            vww_error_remedy(build->error, "remove it, or choose another output folder");
        }
    }
    return status;
}

/* Formats without shards begin anew: no earlier plan is like theirs. */
static void make_unique(char key[65])
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    snprintf(key, 65, "files-%ld-%lld-%ld", (long)getpid(), (long long)time.tv_sec, time.tv_nsec);
}

/* All ranks build the same: otherwise nobody begins. */
static vww_status compare_keys(const struct vww_build *build, const char key[65])
{
    struct vww_ranks *ranks = build->options->ranks;
    const int32_t count = vww_ranks_count(ranks);
    char(*keys)[65] = vww_allocate((size_t)count, sizeof *keys);
    vww_status status = keys == NULL ? vww_fail_memory(build->error, (size_t)count * 65) : VWW_OK;
    status = vww_ranks_agree(ranks, status, build->error);
    if (status == VWW_OK) {
        vww_ranks_gather(ranks, key, sizeof *keys, keys);
        status = vww_ranks_lost(ranks, build->error);
    }
    for (int32_t r = 1; status == VWW_OK && ranks != NULL && r < count; r++)
        if (strcmp(keys[r], keys[0]) != 0) {
            status = vww_fail(build->error, VWW_ERROR_MISMATCH,
                              "rank %d of %d would build another data set than rank 0", r, count);
            vww_error_remedy(build->error, "give all ranks the same files and options");
        }
    vww_free(keys);
    return status;
}

/* Rank 0 alone. */
static vww_status begin(struct vww_build *build, const char *key)
{
    const char *output = build->options->output_dir;
    build->made_output = !vww_directory_exists(output);
    vww_status status = vww_directory_make(output, build->error);
    if (status == VWW_OK)
        status = vww_lock_take(&build->lock, output, LOCK_NAME, build->error);
    if (status == VWW_OK)
        status = check_vacant(build);
    return status == VWW_OK ? vww_stage_begin(&build->stage, output, key, build->error) : status;
}

vww_status vww_build_enter(struct vww_build *build)
{
    struct vww_ranks *ranks = build->options->ranks;
    const bool leads = vww_ranks_rank(ranks) == 0;
    char key[65] = "";
    vww_status status = vww_ranks_agree(ranks, hash_plan(build, key), build->error);
    if (status == VWW_OK)
        status = compare_keys(build, key);
    if (status != VWW_OK)
        return status;
    if (!vww_build_in_shards(build))
        make_unique(key);
    if (leads)
        status = begin(build, key);
    status = vww_ranks_agree(ranks, status, build->error);
    if (status == VWW_OK && !leads)
        status = vww_stage_join(&build->stage, build->options->output_dir, key, build->error);
    return vww_ranks_agree(ranks, status, build->error);
}

void vww_build_leave(struct vww_build *build)
{
    if (vww_ranks_rank(build->options->ranks) > 0)
        return;
    if (!build->keep_stage)
        vww_stage_remove(&build->stage);
    vww_lock_release(&build->lock);
    if (build->made_output)
        rmdir(build->options->output_dir);
}

static vww_status move_to_output(const struct vww_build *build, const char *name)
{
    char from[VWW_PATH_MAX], to[VWW_PATH_MAX];
    vww_status status = vww_path_join(from, build->stage.folder, name, build->error);
    if (status == VWW_OK)
        status = vww_path_join(to, build->options->output_dir, name, build->error);
    if (status == VWW_OK && rename(from, to) != 0)
        status = vww_fail_io(build->error, "move into place", to);
    return status;
}

/* The data set that stood here before goes away: first its manifest, so that it is none any more.
 */
static vww_status remove_old(const struct vww_build *build)
{
    const char *output = build->options->output_dir;
    char path[VWW_PATH_MAX];
    struct vww_manifest old;
    const bool readable = vww_manifest_read(output, &old, NULL) == VWW_OK;
    vww_status status = vww_path_join(path, output, VWW_MANIFEST_NAME, build->error);
    if (status == VWW_OK && unlink(path) != 0 && errno != ENOENT)
        status = vww_fail_io(build->error, "replace", path);
    if (readable && vww_path_join(path, output, VWW_ATTRIBUTION_NAME, NULL) == VWW_OK)
        unlink(path);
    for (size_t p = 0; readable && status == VWW_OK && p < old.part_count; p++)
        for (size_t i = 0; i < old.parts[p].shard_count; i++)
            if (vww_path_join(path, output, old.parts[p].shards[i].file, NULL) == VWW_OK)
                unlink(path);
    if (readable)
        vww_manifest_fini(&old);
    return status;
}

static vww_status move_all(const struct vww_build *build)
{
    vww_status status = remove_old(build);
    for (int s = 0; s < 2 && status == VWW_OK; s++) {
        for (int32_t i = 0; i < build->parts[s].shard_count && status == VWW_OK; i++)
            status = move_to_output(build, build->parts[s].shards[i].file);
        if (status == VWW_OK && !vww_build_in_shards(build))
            status = move_to_output(build, build->parts[s].name);
    }
    if (status == VWW_OK)
        status = move_to_output(build, labels_name(build));
    if (status == VWW_OK && build->licenses.image_count > 0)
        status = move_to_output(build, VWW_ATTRIBUTION_NAME);
    if (status == VWW_OK)
        status = move_to_output(build, VWW_MANIFEST_NAME);
    return status;
}

vww_status vww_build_publish(struct vww_build *build)
{
    vww_status status = write_attribution(build);
    if (status == VWW_OK)
        status = write_labels_and_manifest(build);
    return status == VWW_OK ? move_all(build) : status;
}
