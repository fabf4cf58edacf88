/* Photographs, prepared a batch at a time by all threads and written in their order. */
#include "base/thread.h"
#include "dataset/build_parts.h"
#include "dataset/sums.h"

#include <string.h>

#define BATCH 64 /* photographs prepared at once */

struct vww_prepared {
    struct vww_buffer bytes;
    char file_name[VWW_OUTPUT_NAME_MAX];
    vww_status status;
    struct vww_error error;
};

struct batch {
    const struct vww_build_part *part;
    const struct vww_dataset_options *options;
    size_t first, step, count; /* photographs first, first + step, … */
    struct vww_prepared *prepared;
};

vww_status vww_build_prepare(struct vww_build *build)
{
    build->prepared = vww_allocate(BATCH, sizeof *build->prepared);
    return build->prepared != NULL ? VWW_OK
                                   : vww_fail_memory(build->error, BATCH * sizeof *build->prepared);
}

void vww_build_prepare_fini(struct vww_build *build)
{
    for (size_t i = 0; build->prepared != NULL && i < BATCH; i++)
        vww_buffer_fini(&build->prepared[i].bytes);
    vww_free(build->prepared);
}

bool vww_build_in_shards(const struct vww_build *build)
{
    return vww_output_of(build->options->output)->shard_name != NULL;
}

static void prepare_one(void *context, int64_t i)
{
    struct batch *batch = context;
    struct vww_prepared *prepared = &batch->prepared[i];
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

static vww_status note_skipped(struct vww_build *build, struct vww_build_part *part,
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

vww_status vww_build_write(const struct vww_build *build, const struct vww_buffer *bytes,
                           struct vww_build_sink *sink)
{
    if (fwrite(bytes->data, 1, bytes->size, sink->stream) != bytes->size)
        return vww_build_about_output(build, sink->shard->file,
                                      vww_fail_io(build->error, "write", ""));
    vww_sha256_update(&sink->sha, bytes->data, bytes->size);
    sink->shard->bytes += (int64_t)bytes->size;
    sink->shard->records++;
    return VWW_OK;
}

static void list_file(struct vww_build_sink *sink, const char *below,
                      const struct vww_buffer *content)
{
    char hex[65];
    vww_sha256_of(content->data, content->size, hex);
    vww_sums_append(&sink->sums, hex, below);
}

/* Into the staging folder, which is thrown away if this goes wrong. */
static vww_status write_own_file(const struct vww_build *build, const struct vww_build_part *part,
                                 const struct vww_prepared *prepared, int64_t label,
                                 struct vww_build_sink *sink)
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
        return vww_build_about_output(build, below, vww_fail_io(build->error, "create", path));
    const struct vww_buffer *bytes = &prepared->bytes;
    const bool written = fwrite(bytes->data, 1, bytes->size, stream) == bytes->size;
    if (fclose(stream) != 0 || !written)
        return vww_build_about_output(build, below, vww_fail_io(build->error, "write", path));
    if (output->append_index != NULL)
        output->append_index(&sink->index, prepared->file_name, label);
    list_file(sink, below, bytes);
    sink->shard->records++;
    return VWW_OK;
}

static vww_status write_one(struct vww_build *build, struct vww_build_part *part,
                            const struct vww_prepared *prepared,
                            const struct vww_photograph *photograph, struct vww_build_sink *sink)
{
    if (prepared->status != VWW_OK) {
        *build->error = prepared->error;
        if (build->options->skip_bad_images && is_bad_image(prepared->status))
            return note_skipped(build, part, photograph);
        return prepared->status;
    }
    const int32_t label = photograph->set->images[photograph->image].label;
    const vww_status status = sink->stream != NULL
                                  ? vww_build_write(build, &prepared->bytes, sink)
                                  : write_own_file(build, part, prepared, label, sink);
    if (status == VWW_OK)
        part->counts->images[label]++;
    return status;
}

static vww_status stopped(const struct vww_build *build)
{
    return vww_fail(build->error, VWW_ERROR_STOPPED,
                    vww_build_in_shards(build)
                        ? "stopped; whole shards are kept in " VWW_STAGE_NAME
                          " of the output folder, the same command goes on after them"
                        : "stopped; the output folder is as it was");
}

vww_status vww_build_photographs(struct vww_build *build, struct vww_build_part *part, size_t start,
                                 size_t step, struct vww_build_sink *sink)
{
    char stage[32];
    snprintf(stage, sizeof stage, "writing %s", part->name);
    for (size_t first = start; first < part->count; first += BATCH * step) {
        struct batch batch = {.part = part,
                              .options = build->options,
                              .first = first,
                              .step = step,
                              .count = (part->count - first + step - 1) / step,
                              .prepared = build->prepared};
        if (batch.count > BATCH)
            batch.count = BATCH;
        vww_parallel_for((int64_t)batch.count, prepare_one, &batch);
        for (size_t i = 0; i < batch.count; i++) {
            const vww_status status = write_one(build, part, &build->prepared[i],
                                                &part->photographs[first + i * step], sink);
            if (status != VWW_OK)
                return status;
        }
        part->done += (int64_t)batch.count;
        vww_progress_report(build->progress, stage, part->done, part->to_do, "images", NULL);
        if (vww_progress_stop(build->progress))
            return stopped(build);
    }
    return VWW_OK;
}

/* --- a file for each image ---*/

/* The folders that the names of the part's classes ask for. */
static vww_status make_part_folders(const struct vww_build *build,
                                    const struct vww_build_part *part)
{
    vww_status status = VWW_OK;
    const struct vww_listing *classes = &build->classes;
    for (int64_t label = 0; label < (int64_t)classes->count && status == VWW_OK; label++) {
        const struct vww_example example = {.label = label, .source_id = "0", .file_name = "0"};
        char name[VWW_OUTPUT_NAME_MAX], below[VWW_PATH_MAX], path[VWW_PATH_MAX];
        char folder[VWW_OUTPUT_FOLDER_MAX];
        vww_output_folder(folder, classes->names, classes->count, label);
        vww_output_of(build->options->output)->file_name(name, &example, folder);
        status = vww_path_join(below, part->name, name, build->error);
        if (status == VWW_OK)
            status = vww_path_join(path, build->stage.folder, below, build->error);
        if (status != VWW_OK)
            break;
        *strrchr(path, '/') = '\0';
        status = vww_build_about_output(build, below, vww_directory_make(path, build->error));
    }
    return status;
}

/* What stands for a shard: the list of the part's files. */
static vww_status name_list(const struct vww_build *build, struct vww_build_part *part)
{
    char name[VWW_OUTPUT_NAME_MAX];
    snprintf(name, sizeof name, "%s.sha256", part->name);
    part->shard_count = 1;
    part->shards = vww_allocate(1, sizeof *part->shards);
    if (part->shards == NULL)
        return vww_fail_memory(build->error, sizeof *part->shards);
    part->shards->file = vww_duplicate(name);
    return part->shards->file != NULL ? VWW_OK : vww_fail_memory(build->error, sizeof name);
}

static vww_status write_index(struct vww_build *build, const struct vww_build_part *part,
                              const char *name, struct vww_build_sink *sink)
{
    char below[VWW_PATH_MAX];
    vww_status status = sink->index.failed ? vww_fail_memory(build->error, sink->index.size)
                                           : vww_path_join(below, part->name, name, build->error);
    if (status == VWW_OK)
        status = vww_build_write_staged(build, below, sink->index.data, sink->index.size);
    if (status == VWW_OK)
        list_file(sink, below, &sink->index);
    return status;
}

static vww_status write_list(struct vww_build *build, struct vww_build_sink *sink)
{
    if (sink->sums.failed)
        return vww_fail_memory(build->error, sink->sums.size);
    vww_sha256_of(sink->sums.data, sink->sums.size, sink->shard->sha256);
    sink->shard->bytes = (int64_t)sink->sums.size;
    return vww_build_write_staged(build, sink->shard->file, sink->sums.data, sink->sums.size);
}

vww_status vww_build_files(struct vww_build *build, struct vww_build_part *part)
{
    const char *index_name = vww_output_of(build->options->output)->index_name;
    part->to_do = (int64_t)part->count;
    vww_status status = name_list(build, part);
    if (status != VWW_OK)
        return status;
    struct vww_build_sink sink = {.shard = part->shards};
    status = make_part_folders(build, part);
    if (status == VWW_OK)
        status = vww_build_photographs(build, part, 0, 1, &sink);
    if (status == VWW_OK && index_name != NULL)
        status = write_index(build, part, index_name, &sink);
    if (status == VWW_OK)
        status = write_list(build, &sink);
    vww_buffer_fini(&sink.index);
    vww_buffer_fini(&sink.sums);
    return status;
}
