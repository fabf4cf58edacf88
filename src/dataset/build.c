/* Building a data set: everything is written into a folder of its own inside the output folder, and
 * moved to its place at the end, the manifest last. */
#include "base/checksum.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/thread.h"
#include "dataset/manifest.h"
#include "dataset/photograph.h"
#include "dataset/source.h"
#include "vww/dataset.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH 64 /* photographs prepared at once */
#define SHARDS_MAX 99999

/* A split being written. */
struct part {
    const char *name;
    struct vww_photograph *photographs; /* those to write, in the order of the files */
    size_t count, capacity;
    struct vww_dataset_shard *shards;
    int32_t shard_count;
    struct vww_dataset_counts *counts;
    const struct vww_dataset_source *source;
    char (*annotation_sha256)[65];
    char **skipped;
    size_t skipped_count, skipped_capacity;
    int64_t done; /* photographs, for progress */
};

struct build {
    const struct vww_dataset_options *options;
    const struct vww_progress *progress;
    struct vww_dataset_result *result;
    struct vww_error *error;
    struct vww_label_set sets[2];
    struct part parts[2]; /* train, val */
    int64_t *minival;     /* ascending */
    size_t minival_count, minival_capacity;
    char staging[VWW_PATH_MAX];
    bool made_output;
};

/* --- options ------------------------------------------------------------------------------------
 */

static vww_status check_source(const struct vww_dataset_source *source, const char *which,
                               struct vww_error *error)
{
    if (source->annotation_count == 0 || source->image_dir_count == 0)
        return vww_fail(error, VWW_ERROR_ARGUMENT,
                        "the %s set needs at least one annotation file and one image folder",
                        which);
    if (source->image_dir_count != 1 && source->image_dir_count != source->annotation_count) {
        vww_fail(error, VWW_ERROR_ARGUMENT,
                 "the image folders of the %s set do not pair up with its annotation files", which);
        vww_error_seen(error, "%zu folders for %zu files", source->image_dir_count,
                       source->annotation_count);
        vww_error_allowed(error, "one folder for all files, or one for each");
        return VWW_ERROR_ARGUMENT;
    }
    for (size_t i = 0; i < source->image_dir_count; i++)
        if (!vww_directory_exists(source->image_dirs[i])) {
            vww_fail(error, VWW_ERROR_NOT_FOUND, "the image folder does not exist");
            vww_error_at(error, source->image_dirs[i], -1);
            vww_error_remedy(error, "check the path");
            return VWW_ERROR_NOT_FOUND;
        }
    return VWW_OK;
}

static vww_status check_options(const struct vww_dataset_options *options, struct vww_error *error)
{
    vww_status status = check_source(&options->train, "training", error);
    if (status == VWW_OK)
        status = check_source(&options->val, "validation", error);
    if (status != VWW_OK)
        return status;
    if (options->size < 0 || options->size > 4096 || options->train_shards < 1 ||
        options->train_shards > SHARDS_MAX || options->val_shards < 1 ||
        options->val_shards > SHARDS_MAX) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the size or the number of shards is out of range");
        vww_error_seen(error, "size %d, %d and %d shards", options->size, options->train_shards,
                       options->val_shards);
        vww_error_allowed(error, "size 0 to 4096, 1 to %d shards", SHARDS_MAX);
        return VWW_ERROR_ARGUMENT;
    }
    if ((options->split == VWW_SPLIT_MINIVAL) != (options->minival_ids != NULL))
        return vww_fail(error, VWW_ERROR_ARGUMENT,
                        "the split minival and a file of its ids go together");
    return VWW_OK;
}

/* --- which photograph goes where ----------------------------------------------------------------
 */

static int compare_ids(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static vww_status add_minival_id(struct build *build, const char *line, size_t number)
{
    char *end;
    errno = 0;
    const long long id = strtoll(line, &end, 10);
    if (end == line || errno != 0 || end[strspn(end, " \t\r\n")] != '\0') {
        vww_fail(build->error, VWW_ERROR_FORMAT, "a line of the minival ids is not a number");
        vww_error_at(build->error, build->options->minival_ids, -1);
        vww_error_place(build->error, "line %zu", number);
        vww_error_seen(build->error, "%.*s", (int)strcspn(line, "\r\n"), line);
        vww_error_allowed(build->error, "one decimal image id a line");
        return VWW_ERROR_FORMAT;
    }
    void *ids = build->minival;
    if (vww_array_reserve(&ids, &build->minival_capacity, build->minival_count + 1,
                          sizeof *build->minival) != 0)
        return vww_fail_memory(build->error, build->minival_count * sizeof *build->minival);
    build->minival = ids;
    build->minival[build->minival_count++] = id;
    return VWW_OK;
}

static vww_status read_minival(struct build *build)
{
    const char *path = build->options->minival_ids;
    if (path == NULL)
        return VWW_OK;
    FILE *stream = fopen(path, "r");
    if (stream == NULL)
        return vww_fail_io(build->error, "open", path);
    char line[256];
    vww_status status = VWW_OK;
    for (size_t number = 1; status == VWW_OK && fgets(line, sizeof line, stream) != NULL; number++)
        if (line[strspn(line, " \t\r\n")] != '\0')
            status = add_minival_id(build, line, number);
    if (status == VWW_OK && ferror(stream))
        status = vww_fail_io(build->error, "read", path);
    fclose(stream);
    if (status == VWW_OK)
        qsort(build->minival, build->minival_count, sizeof *build->minival, compare_ids);
    return status;
}

static bool in_minival(const struct build *build, int64_t id)
{
    return build->minival_count > 0 && bsearch(&id, build->minival, build->minival_count,
                                               sizeof *build->minival, compare_ids) != NULL;
}

static vww_status check_overlap(const struct build *build)
{
    for (size_t i = 0; i < build->sets[1].count; i++) {
        const int64_t id = build->sets[1].images[i].id;
        const int64_t twin = vww_label_set_find(&build->sets[0], id);
        if (twin < 0)
            continue;
        const struct vww_dataset_options *options = build->options;
        vww_fail(build->error, VWW_ERROR_MISMATCH,
                 "an image is in the training and in the validation set");
        vww_error_at(build->error, options->val.annotations[build->sets[1].images[i].source], -1);
        vww_error_place(build->error, "image %" PRId64, id);
        vww_error_seen(build->error, "the same id in %.200s",
                       options->train.annotations[build->sets[0].images[twin].source]);
        vww_error_remedy(build->error, "accuracy on images that were trained on says nothing: give "
                                       "disjoint files");
        return VWW_ERROR_MISMATCH;
    }
    return VWW_OK;
}

static const char *image_dir(const struct vww_dataset_source *source, size_t file)
{
    return source->image_dirs[source->image_dir_count == 1 ? 0 : file];
}

static vww_status assign(struct build *build, const struct vww_label_set *set, uint32_t image,
                         const struct vww_dataset_source *source, struct part *part)
{
    const struct vww_labelled_image *labelled = &set->images[image];
    if (labelled->label == VWW_LABEL_DROPPED) {
        part->counts->dropped++;
        return VWW_OK;
    }
    void *photographs = part->photographs;
    if (vww_array_reserve(&photographs, &part->capacity, part->count + 1,
                          sizeof *part->photographs) != 0)
        return vww_fail_memory(build->error, part->count * sizeof *part->photographs);
    part->photographs = photographs;
    const size_t file = (size_t)labelled->source;
    part->photographs[part->count++] = (struct vww_photograph){
        .set = set,
        .image = image,
        .directory = image_dir(source, file),
        .annotation = source->annotations[file],
    };
    return VWW_OK;
}

static vww_status assign_all(struct build *build)
{
    const struct vww_dataset_source *sources[2] = {&build->options->train, &build->options->val};
    vww_status status = VWW_OK;
    int64_t found = 0;
    for (int s = 0; s < 2; s++)
        for (uint32_t i = 0; i < build->sets[s].count && status == VWW_OK; i++) {
            int to = s;
            if (build->options->split == VWW_SPLIT_MINIVAL)
                found += to = in_minival(build, build->sets[s].images[i].id);
            status = assign(build, &build->sets[s], i, sources[s], &build->parts[to]);
        }
    build->result->minival_absent = (int64_t)build->minival_count - found;
    for (int s = 0; s < 2 && status == VWW_OK; s++)
        if (build->parts[s].count == 0) {
            status = vww_fail(build->error, VWW_ERROR_ARGUMENT, "the %s split would be empty",
                              build->parts[s].name);
            vww_error_at(build->error, sources[s]->annotations[0], -1);
        }
    return status;
}

static vww_status read_labels(struct build *build, const struct vww_dataset_source *source,
                              const struct vww_source_format *format, struct vww_label_set *set)
{
    struct vww_source *sources = vww_allocate(source->annotation_count, sizeof *sources);
    if (sources == NULL)
        return vww_fail_memory(build->error, source->annotation_count * sizeof *sources);
    for (size_t i = 0; i < source->annotation_count; i++)
        sources[i] = (struct vww_source){source->annotations[i], image_dir(source, i)};
    const vww_status status = vww_label_set_read_sources(format, sources, source->annotation_count,
                                                         &build->options->policy, true,
                                                         build->progress, set, build->error);
    vww_free(sources);
    return status;
}

static vww_status label_source(struct build *build, int s, const struct vww_dataset_source *source)
{
    size_t formats;
    const struct vww_source_format *format = build->options->format;
    if (format == NULL)
        format = &vww_source_formats(&formats)[0];
    vww_status status = read_labels(build, source, format, &build->sets[s]);
    struct part *part = &build->parts[s];
    part->annotation_sha256 =
        vww_allocate(source->annotation_count, sizeof *part->annotation_sha256);
    if (part->annotation_sha256 == NULL)
        return vww_fail_memory(build->error, source->annotation_count * 65);
    for (size_t i = 0; i < source->annotation_count && status == VWW_OK; i++)
        status = vww_source_hash(format, source->annotations[i], part->annotation_sha256[i],
                                 build->error);
    return status;
}

/* An error about a file of the staging folder, told as one about its final place. */
static vww_status about_output(const struct build *build, const char *file, vww_status status)
{
    char path[VWW_PATH_MAX];
    if (status != VWW_OK && vww_path_join(path, build->options->output_dir, file, NULL) == VWW_OK)
        vww_error_at(build->error, path, -1);
    return status;
}

/* --- writing a shard ----------------------------------------------------------------------------
 */

struct prepared {
    struct vww_buffer record;
    vww_status status;
    struct vww_error error;
};

struct batch {
    const struct part *part;
    size_t first, step, count; /* photographs first, first + step, … */
    int32_t size;
    struct prepared *prepared;
};

static void prepare_one(void *context, int64_t i)
{
    struct batch *batch = context;
    struct prepared *prepared = &batch->prepared[i];
    prepared->record.size = 0;
    prepared->status =
        vww_photograph_record(&batch->part->photographs[batch->first + (size_t)i * batch->step],
                              batch->size, &prepared->record, &prepared->error);
}

/* What --on-error skip may leave out: the image's own faults, not the machine's. */
static bool is_bad_image(vww_status status)
{
    return status == VWW_ERROR_FORMAT || status == VWW_ERROR_NOT_FOUND ||
           status == VWW_ERROR_MISMATCH || status == VWW_ERROR_UNSUPPORTED;
}

static vww_status note_skipped(struct build *build, struct part *part,
                               const struct vww_photograph *photograph)
{
    void *skipped = part->skipped;
    const struct vww_labelled_image *image = &photograph->set->images[photograph->image];
    char *name = vww_duplicate(photograph->set->names + image->file_name);
    if (name == NULL || vww_array_reserve(&skipped, &part->skipped_capacity,
                                          part->skipped_count + 1, sizeof *part->skipped) != 0) {
        vww_free(name);
        return vww_fail_memory(build->error, sizeof *part->skipped);
    }
    part->skipped = skipped;
    part->skipped[part->skipped_count++] = name;
    part->counts->skipped++;
    return VWW_OK;
}

static vww_status write_prepared(struct build *build, struct part *part, const struct batch *batch,
                                 FILE *stream, struct vww_sha256 *sha,
                                 struct vww_dataset_shard *shard)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct prepared *prepared = &batch->prepared[i];
        const struct vww_photograph *photograph =
            &part->photographs[batch->first + i * batch->step];
        if (prepared->status != VWW_OK) {
            vww_status status = prepared->status;
            *build->error = prepared->error;
            if (build->options->skip_bad_images && is_bad_image(status))
                status = note_skipped(build, part, photograph);
            if (status != VWW_OK)
                return status;
            continue;
        }
        const struct vww_buffer *record = &prepared->record;
        if (fwrite(record->data, 1, record->size, stream) != record->size)
            return about_output(build, shard->file, vww_fail_io(build->error, "write", ""));
        vww_sha256_update(sha, record->data, record->size);
        shard->bytes += (int64_t)record->size;
        shard->records++;
        if (photograph->set->images[photograph->image].label == 1)
            part->counts->positive++;
        else
            part->counts->negative++;
    }
    return VWW_OK;
}

static vww_status write_records(struct build *build, struct part *part, size_t number,
                                struct prepared *prepared, FILE *stream)
{
    struct vww_dataset_shard *shard = &part->shards[number];
    const size_t step = (size_t)part->shard_count;
    char stage[32];
    snprintf(stage, sizeof stage, "writing %s", part->name);
    struct vww_sha256 sha;
    vww_sha256_init(&sha);
    for (size_t first = number; first < part->count; first += BATCH * step) {
        struct batch batch = {.part = part,
                              .first = first,
                              .step = step,
                              .count = (part->count - first + step - 1) / step,
                              .size = build->options->size,
                              .prepared = prepared};
        if (batch.count > BATCH)
            batch.count = BATCH;
        vww_parallel_for((int64_t)batch.count, prepare_one, &batch);
        const vww_status status = write_prepared(build, part, &batch, stream, &sha, shard);
        if (status != VWW_OK)
            return status;
        part->done += (int64_t)batch.count;
        vww_progress_report(build->progress, stage, part->done, (int64_t)part->count, "images",
                            NULL);
        if (vww_progress_stop(build->progress))
            return vww_fail(build->error, VWW_ERROR_STOPPED,
                            "stopped; the output folder is as it was");
    }
    vww_sha256_hex(&sha, shard->sha256);
    return VWW_OK;
}

static vww_status write_shard(struct build *build, struct part *part, size_t number,
                              struct prepared *prepared)
{
    struct vww_dataset_shard *shard = &part->shards[number];
    char name[64], path[VWW_PATH_MAX];
    snprintf(name, sizeof name, "%s.record-%05zu-of-%05d", part->name, number, part->shard_count);
    shard->file = vww_duplicate(name);
    if (shard->file == NULL)
        return vww_fail_memory(build->error, sizeof name);
    vww_status status = vww_path_join(path, build->staging, name, build->error);
    if (status != VWW_OK)
        return status;
    struct vww_atomic_file file;
    status = vww_atomic_open(&file, path, build->error);
    if (status != VWW_OK)
        return about_output(build, name, status);
    status = write_records(build, part, number, prepared, file.stream);
    if (status == VWW_OK)
        return about_output(build, name, vww_atomic_commit(&file, build->error));
    vww_atomic_abort(&file);
    return status;
}

static vww_status write_part(struct build *build, struct part *part)
{
    part->shards = vww_allocate((size_t)part->shard_count, sizeof *part->shards);
    struct prepared *prepared = vww_allocate(BATCH, sizeof *prepared);
    vww_status status = VWW_OK;
    if (part->shards == NULL || prepared == NULL)
        status = vww_fail_memory(build->error, BATCH * sizeof *prepared);
    for (size_t i = 0; i < (size_t)part->shard_count && status == VWW_OK; i++)
        status = write_shard(build, part, i, prepared);
    for (size_t i = 0; prepared != NULL && i < BATCH; i++)
        vww_buffer_fini(&prepared[i].record);
    vww_free(prepared);
    return status;
}

/* --- the output folder --------------------------------------------------------------------------
 */

static vww_status write_staged(struct build *build, const char *name, const void *data,
                               size_t bytes)
{
    char path[VWW_PATH_MAX];
    const vww_status status = vww_path_join(path, build->staging, name, build->error);
    if (status != VWW_OK)
        return status;
    return about_output(build, name, vww_file_write(path, data, bytes, build->error));
}

static vww_status write_labels_and_manifest(struct build *build)
{
    struct vww_buffer text = {0};
    vww_buffer_printf(&text, "0:background\n1:%s\n", build->options->policy.foreground_class);
    vww_status status = text.failed ? vww_fail_memory(build->error, text.size)
                                    : write_staged(build, VWW_LABELS_NAME, text.data, text.size);
    if (status == VWW_OK) {
        struct vww_manifest_part_draft drafts[2];
        for (int s = 0; s < 2; s++) {
            const struct part *part = &build->parts[s];
            drafts[s] = (struct vww_manifest_part_draft){
                .name = part->name,
                .counts = part->counts,
                .shards = part->shards,
                .shard_count = (size_t)part->shard_count,
                .source = part->source,
                .annotation_sha256 = part->annotation_sha256,
                .skipped = part->skipped,
                .skipped_count = part->skipped_count,
            };
        }
        text.size = 0;
        vww_manifest_write(build->options, drafts, 2, build->result->minival_absent, &text);
        status = text.failed ? vww_fail_memory(build->error, text.size)
                             : write_staged(build, VWW_MANIFEST_NAME, text.data, text.size);
    }
    vww_buffer_fini(&text);
    return status;
}

static vww_status make_staging(struct build *build)
{
    const char *output = build->options->output_dir;
    build->made_output = !vww_directory_exists(output);
    vww_status status = vww_directory_make(output, build->error);
    if (status == VWW_OK)
        status = vww_path_join(build->staging, output, ".building-XXXXXX", build->error);
    if (status != VWW_OK) {
        build->staging[0] = '\0';
        return status;
    }
    if (mkdtemp(build->staging) == NULL) {
        build->staging[0] = '\0';
        return vww_fail_io(build->error, "write into the folder", output);
    }
    return VWW_OK;
}

/* Remove the staging folder, and the output folder if this run made it and it is still empty. */
static void remove_staging(const struct build *build)
{
    if (build->staging[0] != '\0') {
        DIR *folder = opendir(build->staging);
        char path[VWW_PATH_MAX];
        for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                vww_path_join(path, build->staging, entry->d_name, NULL) == VWW_OK)
                unlink(path);
        if (folder != NULL)
            closedir(folder);
        rmdir(build->staging);
    }
    if (build->made_output)
        rmdir(build->options->output_dir);
}

static vww_status move_to_output(const struct build *build, const char *name)
{
    char from[VWW_PATH_MAX], to[VWW_PATH_MAX];
    vww_status status = vww_path_join(from, build->staging, name, build->error);
    if (status == VWW_OK)
        status = vww_path_join(to, build->options->output_dir, name, build->error);
    if (status == VWW_OK && rename(from, to) != 0)
        status = vww_fail_io(build->error, "move into place", to);
    return status;
}

/* The data set that stood here before goes away: first its manifest, so that it is none any more.
 */
static vww_status remove_old(const struct build *build)
{
    const char *output = build->options->output_dir;
    char path[VWW_PATH_MAX];
    struct vww_manifest old;
    const bool readable = vww_manifest_read(output, &old, NULL) == VWW_OK;
    vww_status status = vww_path_join(path, output, VWW_MANIFEST_NAME, build->error);
    if (status == VWW_OK && unlink(path) != 0 && errno != ENOENT)
        status = vww_fail_io(build->error, "replace", path);
    for (size_t p = 0; readable && status == VWW_OK && p < old.part_count; p++)
        for (size_t i = 0; i < old.parts[p].shard_count; i++)
            if (vww_path_join(path, output, old.parts[p].shards[i].file, NULL) == VWW_OK)
                unlink(path);
    if (readable)
        vww_manifest_fini(&old);
    return status;
}

static vww_status publish(const struct build *build)
{
    vww_status status = remove_old(build);
    for (int s = 0; s < 2; s++)
        for (int32_t i = 0; i < build->parts[s].shard_count && status == VWW_OK; i++)
            status = move_to_output(build, build->parts[s].shards[i].file);
    if (status == VWW_OK)
        status = move_to_output(build, VWW_LABELS_NAME);
    if (status == VWW_OK)
        status = move_to_output(build, VWW_MANIFEST_NAME);
    return status;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static vww_status run(struct build *build)
{
    vww_status status = check_options(build->options, build->error);
    if (status == VWW_OK)
        status = read_minival(build);
    if (status == VWW_OK)
        status = label_source(build, 0, &build->options->train);
    if (status == VWW_OK)
        status = label_source(build, 1, &build->options->val);
    if (status == VWW_OK)
        status = check_overlap(build);
    if (status == VWW_OK)
        status = assign_all(build);
    if (status == VWW_OK)
        status = make_staging(build);
    for (int s = 0; s < 2 && status == VWW_OK; s++)
        status = write_part(build, &build->parts[s]);
    if (status == VWW_OK)
        status = write_labels_and_manifest(build);
    if (status == VWW_OK)
        status = publish(build);
    return status;
}

static void release(struct build *build)
{
    for (int s = 0; s < 2; s++) {
        struct part *part = &build->parts[s];
        for (int32_t i = 0; part->shards != NULL && i < part->shard_count; i++)
            vww_free(part->shards[i].file);
        for (size_t i = 0; i < part->skipped_count; i++)
            vww_free(part->skipped[i]);
        vww_free(part->shards);
        vww_free(part->skipped);
        vww_free(part->photographs);
        vww_free(part->annotation_sha256);
        vww_label_set_fini(&build->sets[s]);
    }
    vww_free(build->minival);
}

vww_status vww_dataset_build(const struct vww_dataset_options *options,
                             const struct vww_progress *progress, struct vww_dataset_result *result,
                             struct vww_error *error)
{
    struct vww_error ignored = {.status = VWW_OK};
    *result = (struct vww_dataset_result){0};
    struct build *build = vww_allocate(1, sizeof *build);
    if (build == NULL)
        return vww_fail_memory(error, sizeof *build);
    build->options = options;
    build->progress = progress;
    build->result = result;
    build->error = error != NULL ? error : &ignored;
    build->parts[0] = (struct part){.name = "train",
                                    .counts = &result->train,
                                    .shard_count = options->train_shards,
                                    .source = &options->train};
    build->parts[1] = (struct part){.name = "val",
                                    .counts = &result->val,
                                    .shard_count = options->val_shards,
                                    .source = &options->val};
    const vww_status status = run(build);
    remove_staging(build);
    release(build);
    vww_free(build);
    return status;
}
