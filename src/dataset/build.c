/* Building a data set: everything is written into a folder of its own inside the output folder
 * (dataset/stage.h), and moved to its place at the end, the manifest last. */
#include "base/checksum.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/memory.h"
#include "base/thread.h"
#include "dataset/license.h"
#include "dataset/manifest.h"
#include "dataset/output.h"
#include "dataset/photograph.h"
#include "dataset/source.h"
#include "dataset/split.h"
#include "dataset/stage.h"
#include "vww/dataset.h"
#include "vww/version.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64 /* photographs prepared at once */
#define SHARDS_MAX 99999
#define GRID_MAX 64
#define LOCK_NAME ".building.lock"

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
    int64_t done, to_do; /* photographs of this process, for progress */
    int32_t first_shard; /* number of its first shard among all */
};

struct build {
    const struct vww_dataset_options *options;
    const struct vww_progress *progress;
    struct vww_dataset_result *result;
    struct vww_error *error;
    struct vww_label_set sets[2];
    struct part parts[2]; /* train, val */
    struct vww_id_list minival;
    bool *in_val[2]; /* VWW_SPLIT_KERAS: of each set's images */
    struct vww_lock lock;
    struct vww_license_table licenses;
    struct vww_stage stage;
    struct vww_dataset_ranks ranks;
    bool made_output;
    bool keep_stage; /* for the same build to go on */
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

static vww_status check_output(const struct vww_dataset_options *options, struct vww_error *error)
{
    if (vww_output_of(options->output)->raw_pixels && options->size == 0)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "the format %s needs a size",
                        vww_dataset_format_name(options->output));
    const struct vww_dataset_ranks *ranks = &options->ranks;
    if (ranks->count > 1 && vww_output_of(options->output)->shard_name == NULL)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "the format %s is written by one process",
                        vww_dataset_format_name(options->output));
    if (ranks->count > 0 && (ranks->rank < 0 || ranks->rank >= ranks->count)) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "there is no such rank");
        vww_error_seen(error, "rank %d of %d", ranks->rank, ranks->count);
        return VWW_ERROR_ARGUMENT;
    }
    if (options->grid < 0 || options->grid > GRID_MAX) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the grid is out of range");
        vww_error_seen(error, "%d", options->grid);
        vww_error_allowed(error, "0 to %d cells a side", GRID_MAX);
        return VWW_ERROR_ARGUMENT;
    }
    if ((options->split == VWW_SPLIT_FRACTION || options->split == VWW_SPLIT_KERAS) &&
        !(options->val_fraction > 0 && options->val_fraction < 1)) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the share of the validation images is out of range");
        vww_error_seen(error, "%g", options->val_fraction);
        vww_error_allowed(error, "between 0 and 1");
        return VWW_ERROR_ARGUMENT;
    }
    return VWW_OK;
}

static vww_status check_options(const struct vww_dataset_options *options, struct vww_error *error)
{
    const bool val_is_needed =
        options->split == VWW_SPLIT_COCO || options->val.annotation_count > 0;
    vww_status status = check_source(&options->train, "training", error);
    if (status == VWW_OK && val_is_needed)
        status = check_source(&options->val, "validation", error);
    if (status == VWW_OK)
        status = check_output(options, error);
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

static vww_status read_minival(struct build *build)
{
    const char *path = build->options->minival_ids;
    struct vww_dataset_result *result = build->result;
    if (path == NULL)
        return VWW_OK;
    const vww_status status = vww_id_list_read(path, &build->minival, build->error);
    memcpy(result->minival_sha256, build->minival.sha256, sizeof result->minival_sha256);
    result->minival_is_published = strcmp(result->minival_sha256, VWW_MINIVAL_SHA256) == 0;
    return status;
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
    if (!vww_license_allowed(&build->licenses, labelled->id)) {
        part->counts->unlicensed++;
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

static bool is_wanted(const struct build *build, const struct vww_labelled_image *image)
{
    return image->label != VWW_LABEL_DROPPED && vww_license_allowed(&build->licenses, image->id);
}

static vww_status choose_keras(struct build *build)
{
    const size_t all = build->sets[0].count + build->sets[1].count;
    struct vww_split_file *files = vww_allocate(all + 1, sizeof *files);
    bool *chosen = vww_allocate(all + 1, sizeof *chosen);
    size_t count = 0;
    for (int s = 0; s < 2; s++)
        build->in_val[s] = vww_allocate(build->sets[s].count + 1, sizeof *build->in_val[s]);
    const bool failed =
        files == NULL || chosen == NULL || build->in_val[0] == NULL || build->in_val[1] == NULL;
    for (uint32_t s = 0; s < 2 && !failed; s++)
        for (uint32_t i = 0; i < build->sets[s].count; i++) {
            const struct vww_labelled_image *image = &build->sets[s].images[i];
            if (is_wanted(build, image))
                files[count++] = (struct vww_split_file){build->sets[s].names + image->file_name,
                                                         image->label, s, i};
        }
    if (!failed)
        vww_split_keras(files, count, build->options->val_fraction, chosen);
    for (size_t i = 0; i < count; i++)
        build->in_val[files[i].set][files[i].image] = chosen[i];
    vww_free(files);
    vww_free(chosen);
    return failed ? vww_fail_memory(build->error, all * (sizeof *files + 1)) : VWW_OK;
}

/* 0: training, 1: validation. s: the source that the image is in. */
static int part_of(const struct build *build, int s, uint32_t image)
{
    const int64_t id = build->sets[s].images[image].id;
    switch (build->options->split) {
    case VWW_SPLIT_MINIVAL:
        return vww_id_list_has(&build->minival, id);
    case VWW_SPLIT_FRACTION:
        return vww_split_place(id) < build->options->val_fraction;
    case VWW_SPLIT_KERAS:
        return build->in_val[s][image];
    default:
        return s;
    }
}

static vww_status assign_all(struct build *build)
{
    const struct vww_dataset_source *sources[2] = {&build->options->train, &build->options->val};
    vww_status status = build->options->split == VWW_SPLIT_KERAS ? choose_keras(build) : VWW_OK;
    int64_t found = 0;
    for (int s = 0; s < 2; s++)
        for (uint32_t i = 0; i < build->sets[s].count && status == VWW_OK; i++) {
            const int to = part_of(build, s, i);
            found += to;
            status = assign(build, &build->sets[s], i, sources[s], &build->parts[to]);
        }
    if (build->options->split == VWW_SPLIT_MINIVAL)
        build->result->minival_absent = (int64_t)build->minival.count - found;
    for (int s = 0; s < 2 && status == VWW_OK; s++)
        if (build->parts[s].count == 0) {
            status = vww_fail(build->error, VWW_ERROR_ARGUMENT, "the %s split would be empty",
                              build->parts[s].name);
            if (sources[s]->annotation_count > 0)
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

static vww_status read_licenses(struct build *build)
{
    const struct vww_dataset_options *options = build->options;
    const struct vww_dataset_source *sources[2] = {&options->train, &options->val};
    size_t formats;
    const bool is_coco =
        options->format == NULL || options->format == &vww_source_formats(&formats)[0];
    if (!is_coco && options->license_count > 0)
        return vww_fail(build->error, VWW_ERROR_UNSUPPORTED,
                        "only COCO annotations say under which licence an image is");
    vww_status status = VWW_OK;
    for (int s = 0; s < 2 && is_coco; s++)
        for (size_t i = 0; i < sources[s]->annotation_count && status == VWW_OK; i++)
            status = vww_license_table_add(&build->licenses, sources[s]->annotations[i],
                                           build->progress, build->error);
    vww_license_table_sort(&build->licenses);
    if (status == VWW_OK && options->license_count > 0)
        status = vww_license_table_choose(&build->licenses, options->licenses,
                                          options->license_count, build->error);
    return status;
}

static vww_status label_source(struct build *build, int s, const struct vww_dataset_source *source)
{
    size_t formats;
    const struct vww_source_format *format = build->options->format;
    if (source->annotation_count == 0)
        return VWW_OK;
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

/* --- writing ------------------------------------------------------------------------------------
 */

struct prepared {
    struct vww_buffer bytes;
    char file_name[VWW_OUTPUT_NAME_MAX];
    vww_status status;
    struct vww_error error;
};

struct batch {
    const struct part *part;
    const struct vww_dataset_options *options;
    size_t first, step, count; /* photographs first, first + step, … */
    struct prepared *prepared;
};

/* Where a batch goes: the stream of a shard, or, where that is NULL, a file for each image. */
struct sink {
    struct vww_dataset_shard *shard;
    FILE *stream;
    struct vww_sha256 sha;
    struct vww_buffer index;
};

static void prepare_one(void *context, int64_t i)
{
    struct batch *batch = context;
    struct prepared *prepared = &batch->prepared[i];
    prepared->bytes.size = 0;
    prepared->status = vww_photograph_store(
        &batch->part->photographs[batch->first + (size_t)i * batch->step], batch->options,
        &prepared->bytes, prepared->file_name, &prepared->error);
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

static vww_status write_to_shard(const struct build *build, const struct vww_buffer *bytes,
                                 struct sink *sink)
{
    if (fwrite(bytes->data, 1, bytes->size, sink->stream) != bytes->size)
        return about_output(build, sink->shard->file, vww_fail_io(build->error, "write", ""));
    vww_sha256_update(&sink->sha, bytes->data, bytes->size);
    sink->shard->bytes += (int64_t)bytes->size;
    sink->shard->records++;
    return VWW_OK;
}

/* Into the staging folder, which is thrown away if this goes wrong. */
static vww_status write_own_file(const struct build *build, const struct part *part,
                                 const struct prepared *prepared, int64_t label, struct sink *sink)
{
    char below[VWW_PATH_MAX], path[VWW_PATH_MAX];
    const struct vww_output *output = vww_output_of(build->options->output);
    vww_status status = vww_path_join(below, part->name, prepared->file_name, build->error);
    if (status == VWW_OK)
        status = vww_path_join(path, build->stage.folder, below, build->error);
    if (status != VWW_OK)
        return status;
    FILE *stream = fopen(path, "wbx");
    if (stream == NULL)
        return about_output(build, below, vww_fail_io(build->error, "create", path));
    const struct vww_buffer *bytes = &prepared->bytes;
    const bool written = fwrite(bytes->data, 1, bytes->size, stream) == bytes->size;
    if (fclose(stream) != 0 || !written)
        return about_output(build, below, vww_fail_io(build->error, "write", path));
    if (output->append_index != NULL)
        output->append_index(&sink->index, prepared->file_name, label);
    return VWW_OK;
}

static vww_status write_one(struct build *build, struct part *part, const struct prepared *prepared,
                            const struct vww_photograph *photograph, struct sink *sink)
{
    if (prepared->status != VWW_OK) {
        *build->error = prepared->error;
        if (build->options->skip_bad_images && is_bad_image(prepared->status))
            return note_skipped(build, part, photograph);
        return prepared->status;
    }
    const int32_t label = photograph->set->images[photograph->image].label;
    const vww_status status = sink->stream != NULL
                                  ? write_to_shard(build, &prepared->bytes, sink)
                                  : write_own_file(build, part, prepared, label, sink);
    if (status == VWW_OK && label == 1)
        part->counts->positive++;
    else if (status == VWW_OK)
        part->counts->negative++;
    return status;
}

static bool in_shards(const struct build *build)
{
    return vww_output_of(build->options->output)->shard_name != NULL;
}

static vww_status stopped(struct build *build)
{
    build->keep_stage = in_shards(build);
    return vww_fail(build->error, VWW_ERROR_STOPPED,
                    build->keep_stage ? "stopped; whole shards are kept in " VWW_STAGE_NAME
                                        " of the output folder, the same command goes on after them"
                                      : "stopped; the output folder is as it was");
}

/* Photographs first, first + step, … in their order. */
static vww_status write_photographs(struct build *build, struct part *part, size_t start,
                                    size_t step, struct prepared *prepared, struct sink *sink)
{
    char stage[32];
    snprintf(stage, sizeof stage, "writing %s", part->name);
    for (size_t first = start; first < part->count; first += BATCH * step) {
        struct batch batch = {.part = part,
                              .options = build->options,
                              .first = first,
                              .step = step,
                              .count = (part->count - first + step - 1) / step,
                              .prepared = prepared};
        if (batch.count > BATCH)
            batch.count = BATCH;
        vww_parallel_for((int64_t)batch.count, prepare_one, &batch);
        for (size_t i = 0; i < batch.count; i++) {
            const vww_status status =
                write_one(build, part, &prepared[i], &part->photographs[first + i * step], sink);
            if (status != VWW_OK)
                return status;
        }
        part->done += (int64_t)batch.count;
        vww_progress_report(build->progress, stage, part->done, part->to_do, "images", NULL);
        vww_stage_sign(&build->stage);
        if (vww_progress_stop(build->progress))
            return stopped(build);
    }
    return VWW_OK;
}

static vww_status write_shard_content(struct build *build, struct part *part, size_t number,
                                      struct prepared *prepared, struct sink *sink)
{
    static const char zeros[1024];
    const struct vww_buffer trailer = {.data = (uint8_t *)(uintptr_t)zeros,
                                       .size = vww_output_of(build->options->output)->trailer};
    vww_sha256_init(&sink->sha);
    vww_status status =
        write_photographs(build, part, number, (size_t)part->shard_count, prepared, sink);
    if (status == VWW_OK && trailer.size > 0) {
        status = write_to_shard(build, &trailer, sink);
        sink->shard->records--; /* it is none */
    }
    vww_sha256_hex(&sink->sha, sink->shard->sha256);
    return status;
}

static vww_status write_shard(struct build *build, struct part *part, size_t number,
                              struct prepared *prepared)
{
    struct vww_dataset_shard *shard = &part->shards[number];
    struct sink sink = {.shard = shard};
    char path[VWW_PATH_MAX];
    vww_status status = vww_path_join(path, build->stage.folder, shard->file, build->error);
    if (status != VWW_OK)
        return status;
    struct vww_atomic_file file;
    status = vww_atomic_open(&file, path, build->error);
    if (status != VWW_OK)
        return about_output(build, shard->file, status);
    sink.stream = file.stream;
    status = write_shard_content(build, part, number, prepared, &sink);
    if (status == VWW_OK)
        return about_output(build, shard->file, vww_atomic_commit(&file, build->error));
    vww_atomic_abort(&file);
    return status;
}

/* Note that the shard is whole; before: the part's counts when it was begun. */
static vww_status note_shard(const struct build *build, const struct part *part, size_t number,
                             const struct vww_dataset_counts *before)
{
    const struct vww_staged_shard staged = {
        .shard = part->shards[number],
        .positive = part->counts->positive - before->positive,
        .negative = part->counts->negative - before->negative,
        .skipped = part->skipped + before->skipped,
        .skipped_count = (size_t)(part->counts->skipped - before->skipped),
    };
    return about_output(build, staged.shard.file,
                        vww_stage_note(&build->stage, &staged, build->error));
}

/* Count a shard that lies there whole; takes what is in `staged`. */
static vww_status adopt_shard(struct build *build, struct part *part, size_t number,
                              struct vww_staged_shard *staged)
{
    void *skipped = part->skipped;
    const size_t names = part->skipped_count + staged->skipped_count;
    if (vww_array_reserve(&skipped, &part->skipped_capacity, names, sizeof *part->skipped) != 0) {
        vww_staged_shard_fini(staged);
        return vww_fail_memory(build->error, names * sizeof *part->skipped);
    }
    part->skipped = skipped;
    for (size_t i = 0; i < staged->skipped_count; i++)
        part->skipped[part->skipped_count++] = staged->skipped[i];
    part->counts->positive += staged->positive;
    part->counts->negative += staged->negative;
    part->counts->skipped += (int64_t)staged->skipped_count;
    vww_free(part->shards[number].file);
    part->shards[number] = staged->shard;
    vww_free(staged->skipped);
    return VWW_OK;
}

static bool is_mine(const struct build *build, const struct part *part, size_t number)
{
    return (part->first_shard + (int32_t)number) % build->ranks.count == build->ranks.rank;
}

static size_t photographs_of(const struct part *part, size_t number)
{
    const size_t step = (size_t)part->shard_count;
    return part->count > number ? (part->count - number + step - 1) / step : 0;
}

/* Write a shard, unless an earlier run of the same build did. */
static vww_status ensure_shard(struct build *build, struct part *part, size_t number,
                               struct prepared *prepared)
{
    const struct vww_dataset_counts before = *part->counts;
    struct vww_staged_shard staged;
    if (vww_stage_find(&build->stage, part->shards[number].file, &staged)) {
        part->done += (int64_t)photographs_of(part, number);
        return adopt_shard(build, part, number, &staged);
    }
    const vww_status status = write_shard(build, part, number, prepared);
    return status == VWW_OK ? note_shard(build, part, number, &before) : status;
}

static vww_status name_shards(struct build *build, struct part *part)
{
    part->shards = vww_allocate((size_t)part->shard_count, sizeof *part->shards);
    if (part->shards == NULL)
        return vww_fail_memory(build->error, (size_t)part->shard_count * sizeof *part->shards);
    for (size_t i = 0; i < (size_t)part->shard_count; i++) {
        char name[VWW_OUTPUT_NAME_MAX];
        vww_output_of(build->options->output)->shard_name(name, part->name, i, part->shard_count);
        part->shards[i].file = vww_duplicate(name);
        if (part->shards[i].file == NULL)
            return vww_fail_memory(build->error, sizeof name);
        if (is_mine(build, part, i))
            part->to_do += (int64_t)photographs_of(part, i);
    }
    return VWW_OK;
}

static vww_status write_shards(struct build *build, struct part *part, struct prepared *prepared)
{
    vww_status status = name_shards(build, part);
    for (size_t i = 0; i < (size_t)part->shard_count && status == VWW_OK; i++)
        if (is_mine(build, part, i))
            status = ensure_shard(build, part, i, prepared);
    return status;
}

/* Count the shards of all ranks anew, in their order, so that the manifest is that of one process.
 */
static vww_status collect_part(struct build *build, struct part *part)
{
    const struct vww_dataset_counts before = *part->counts;
    for (size_t i = 0; i < part->skipped_count; i++)
        vww_free(part->skipped[i]);
    part->skipped_count = 0;
    *part->counts =
        (struct vww_dataset_counts){.dropped = before.dropped, .unlicensed = before.unlicensed};
    vww_status status = VWW_OK;
    for (size_t i = 0; i < (size_t)part->shard_count && status == VWW_OK; i++) {
        struct vww_staged_shard staged;
        if (vww_stage_find(&build->stage, part->shards[i].file, &staged)) {
            status = adopt_shard(build, part, i, &staged);
        } else {
            status = vww_fail(build->error, VWW_ERROR_IO, "a shard of another rank is not whole");
            about_output(build, part->shards[i].file, status);
        }
        vww_progress_report(build->progress, "checking shards", (int64_t)i + 1, part->shard_count,
                            "shards", NULL);
    }
    return status;
}

static vww_status collect(struct build *build)
{
    vww_status status = vww_stage_wait(&build->stage, build->progress, build->error);
    build->keep_stage = status != VWW_OK; /* what is whole is whole, whoever was lost */
    for (int s = 0; s < 2 && status == VWW_OK; s++)
        status = collect_part(build, &build->parts[s]);
    return status;
}

/* The folders that the names of the part's two classes ask for. */
static vww_status make_part_folders(const struct build *build, const struct part *part)
{
    vww_status status = VWW_OK;
    for (int64_t label = 0; label < 2 && status == VWW_OK; label++) {
        const struct vww_example example = {.label = label, .source_id = "0"};
        char name[VWW_OUTPUT_NAME_MAX], below[VWW_PATH_MAX], path[VWW_PATH_MAX];
        vww_output_of(build->options->output)
            ->file_name(name, &example, build->options->policy.foreground_class);
        status = vww_path_join(below, part->name, name, build->error);
        if (status == VWW_OK)
            status = vww_path_join(path, build->stage.folder, below, build->error);
        if (status != VWW_OK)
            break;
        *strrchr(path, '/') = '\0';
        status = about_output(build, below, vww_directory_make(path, build->error));
    }
    return status;
}

static vww_status write_staged(struct build *build, const char *name, const void *data,
                               size_t bytes)
{
    char path[VWW_PATH_MAX];
    const vww_status status = vww_path_join(path, build->stage.folder, name, build->error);
    if (status != VWW_OK)
        return status;
    return about_output(build, name, vww_file_write(path, data, bytes, build->error));
}

static vww_status write_files(struct build *build, struct part *part, struct prepared *prepared)
{
    struct sink sink = {0};
    const char *index_name = vww_output_of(build->options->output)->index_name;
    part->shard_count = 0;
    part->to_do = (int64_t)part->count;
    vww_status status = make_part_folders(build, part);
    if (status == VWW_OK)
        status = write_photographs(build, part, 0, 1, prepared, &sink);
    if (status == VWW_OK && index_name != NULL) {
        char below[VWW_PATH_MAX];
        status = sink.index.failed ? vww_fail_memory(build->error, sink.index.size)
                                   : vww_path_join(below, part->name, index_name, build->error);
        if (status == VWW_OK)
            status = write_staged(build, below, sink.index.data, sink.index.size);
    }
    vww_buffer_fini(&sink.index);
    return status;
}

static vww_status write_part(struct build *build, struct part *part)
{
    struct prepared *prepared = vww_allocate(BATCH, sizeof *prepared);
    if (prepared == NULL)
        return vww_fail_memory(build->error, BATCH * sizeof *prepared);
    const vww_status status =
        in_shards(build) ? write_shards(build, part, prepared) : write_files(build, part, prepared);
    for (size_t i = 0; i < BATCH; i++)
        vww_buffer_fini(&prepared[i].bytes);
    vww_free(prepared);
    return status;
}

/* --- the output folder --------------------------------------------------------------------------
 */

/* The first state of TensorFlow's builder has a name of its own. */
static const char *labels_name(const struct build *build)
{
    return build->options->output == VWW_FORMAT_TFRECORD &&
                   build->options->features == VWW_FEATURES_TF_2019_FIRST
               ? "visualwakewords_labels.txt"
               : VWW_LABELS_NAME;
}

static void append_manifest(const struct build *build, struct vww_buffer *text)
{
    struct vww_manifest_part_draft drafts[2];
    for (int s = 0; s < 2; s++) {
        const struct part *part = &build->parts[s];
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
    vww_manifest_write(build->options, drafts, 2, build->result, text);
}

static vww_status write_labels_and_manifest(struct build *build)
{
    struct vww_buffer text = {0};
    vww_buffer_printf(&text, "0:background\n1:%s\n", build->options->policy.foreground_class);
    vww_status status = text.failed ? vww_fail_memory(build->error, text.size)
                                    : write_staged(build, labels_name(build), text.data, text.size);
    if (status == VWW_OK) {
        text.size = 0;
        append_manifest(build, &text);
        status = text.failed ? vww_fail_memory(build->error, text.size)
                             : write_staged(build, VWW_MANIFEST_NAME, text.data, text.size);
    }
    vww_buffer_fini(&text);
    return status;
}

static bool was_skipped(const struct part *part, const char *file_name)
{
    for (size_t i = 0; i < part->skipped_count; i++)
        if (strcmp(part->skipped[i], file_name) == 0)
            return true;
    return false;
}

/* Who made the photographs and under which licence, where the annotations say it. */
static vww_status write_attribution(struct build *build)
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
    const vww_status status = text.failed
                                  ? vww_fail_memory(build->error, text.size)
                                  : write_staged(build, VWW_ATTRIBUTION_NAME, text.data, text.size);
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
static vww_status hash_plan(const struct build *build, char key[65])
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
static vww_status check_vacant(const struct build *build)
{
    vww_status status = VWW_OK;
    for (int s = 0; s < 2 && status == VWW_OK && !in_shards(build); s++) {
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

static vww_status enter_stage(struct build *build)
{
    const char *output = build->options->output_dir;
    char key[65];
    vww_status status = hash_plan(build, key);
    if (!in_shards(build))
        make_unique(key);
    if (status == VWW_OK && build->ranks.rank == 0) {
        build->made_output = !vww_directory_exists(output);
        status = vww_directory_make(output, build->error);
        if (status == VWW_OK)
            status = vww_lock_take(&build->lock, output, LOCK_NAME, build->error);
        if (status == VWW_OK)
            status = check_vacant(build);
    }
    if (status == VWW_OK)
        status = vww_stage_enter(&build->stage, output, key, &build->ranks, build->progress,
                                 build->error);
    return status;
}

/* Remove the staging folder, and the output folder if this run made it and it is still empty. */
static void leave_stage(struct build *build)
{
    if (build->ranks.rank > 0)
        return;
    if (!build->keep_stage)
        vww_stage_remove(&build->stage);
    vww_lock_release(&build->lock);
    if (build->made_output)
        rmdir(build->options->output_dir);
}

static vww_status move_to_output(const struct build *build, const char *name)
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
static vww_status remove_old(const struct build *build)
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

static vww_status publish(const struct build *build)
{
    vww_status status = remove_old(build);
    for (int s = 0; s < 2 && status == VWW_OK; s++) {
        for (int32_t i = 0; i < build->parts[s].shard_count && status == VWW_OK; i++)
            status = move_to_output(build, build->parts[s].shards[i].file);
        if (status == VWW_OK && !in_shards(build))
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

/* --- the whole ----------------------------------------------------------------------------------
 */

/* Tell rank 0 how it went. Where rank 0 has thrown the folder away, its message is the one to read.
 */
static vww_status end_rank(struct build *build, vww_status status)
{
    const char *folder = build->stage.folder;
    if (status == VWW_ERROR_NOT_FOUND && folder[0] != '\0' && !vww_directory_exists(folder)) {
        status = vww_fail(build->error, VWW_ERROR_STOPPED, "rank 0 has ended the build");
        vww_error_at(build->error, build->options->output_dir, -1);
        return status;
    }
    vww_stage_sign_end(&build->stage, status, build->error);
    return status;
}

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
        status = read_licenses(build);
    if (status == VWW_OK)
        status = assign_all(build);
    if (status == VWW_OK)
        status = enter_stage(build);
    for (int s = 0; s < 2 && status == VWW_OK; s++)
        status = write_part(build, &build->parts[s]);
    if (build->ranks.rank > 0)
        return end_rank(build, status);
    if (status == VWW_OK && build->ranks.count > 1)
        status = collect(build);
    if (status == VWW_OK)
        status = write_attribution(build);
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
    vww_id_list_fini(&build->minival);
    vww_free(build->in_val[0]);
    vww_free(build->in_val[1]);
    vww_license_table_fini(&build->licenses);
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
    build->lock.descriptor = -1;
    build->ranks = options->ranks;
    if (build->ranks.count < 1)
        build->ranks = (struct vww_dataset_ranks){.count = 1, .patience = VWW_RANK_PATIENCE};
    build->result = result;
    build->error = error != NULL ? error : &ignored;
    build->parts[0] = (struct part){.name = "train",
                                    .counts = &result->train,
                                    .shard_count = options->train_shards,
                                    .source = &options->train};
    build->parts[1] = (struct part){.name = "val",
                                    .counts = &result->val,
                                    .shard_count = options->val_shards,
                                    .first_shard = options->train_shards,
                                    .source = &options->val};
    const vww_status status = run(build);
    leave_stage(build);
    release(build);
    vww_free(build);
    return status;
}
