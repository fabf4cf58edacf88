/* Photographs in shards, and shards among ranks. */
#include "dataset/build_parts.h"

static vww_status write_shard_content(struct vww_build *build, struct vww_build_part *part,
                                      size_t number, struct vww_build_sink *sink)
{
    static const char zeros[1024];
    const struct vww_buffer trailer = {.data = (uint8_t *)(uintptr_t)zeros,
                                       .size = vww_output_of(build->options->output)->trailer};
    vww_sha256_init(&sink->sha);
    vww_status status = vww_build_photographs(build, part, number, (size_t)part->shard_count, sink);
    if (status == VWW_OK && trailer.size > 0) {
        status = vww_build_write(build, &trailer, sink);
        sink->shard->records--; /* it is none */
    }
    vww_sha256_hex(&sink->sha, sink->shard->sha256);
    return status;
}

static vww_status write_shard(struct vww_build *build, struct vww_build_part *part, size_t number)
{
    struct vww_dataset_shard *shard = &part->shards[number];
    struct vww_build_sink sink = {.shard = shard};
    char path[VWW_PATH_MAX];
    vww_status status = vww_path_join(path, build->stage.folder, shard->file, build->error);
    if (status != VWW_OK)
        return status;
    struct vww_atomic_file file;
    status = vww_atomic_open(&file, path, build->error);
    if (status != VWW_OK)
        return vww_build_about_output(build, shard->file, status);
    sink.stream = file.stream;
    status = write_shard_content(build, part, number, &sink);
    if (status == VWW_OK)
        return vww_build_about_output(build, shard->file, vww_atomic_commit(&file, build->error));
    vww_atomic_abort(&file);
    return status;
}

/* Note that the shard is whole; before: the part's counts when it was begun. */
static vww_status note_shard(const struct vww_build *build, const struct vww_build_part *part,
                             size_t number, const struct vww_dataset_counts *before)
{
    struct vww_staged_shard staged = {
        .shard = part->shards[number],
        .skipped = part->skipped + before->skipped,
        .skipped_count = (size_t)(part->counts->skipped - before->skipped),
    };
    for (int c = 0; c < VWW_DATASET_CLASSES_MAX; c++)
        staged.images[c] = part->counts->images[c] - before->images[c];
    return vww_build_about_output(build, staged.shard.file,
                                  vww_stage_note(&build->stage, &staged, build->error));
}

/* Count a shard that lies there whole; takes what is in `staged`. */
static vww_status adopt_shard(struct vww_build *build, struct vww_build_part *part, size_t number,
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
    for (int c = 0; c < VWW_DATASET_CLASSES_MAX; c++)
        part->counts->images[c] += staged->images[c];
    part->counts->skipped += (int64_t)staged->skipped_count;
    vww_free(part->shards[number].file);
    part->shards[number] = staged->shard;
    vww_free(staged->skipped);
    return VWW_OK;
}

static bool is_mine(const struct vww_build *build, const struct vww_build_part *part, size_t number)
{
    return (part->first_shard + (int32_t)number) % vww_ranks_count(build->options->ranks) ==
           vww_ranks_rank(build->options->ranks);
}

static size_t photographs_of(const struct vww_build_part *part, size_t number)
{
    const size_t step = (size_t)part->shard_count;
    return part->count > number ? (part->count - number + step - 1) / step : 0;
}

/* Write a shard, unless an earlier run of the same build did. */
static vww_status ensure_shard(struct vww_build *build, struct vww_build_part *part, size_t number)
{
    const struct vww_dataset_counts before = *part->counts;
    struct vww_staged_shard staged;
    if (vww_stage_find(&build->stage, part->shards[number].file, true, &staged)) {
        part->done += (int64_t)photographs_of(part, number);
        return adopt_shard(build, part, number, &staged);
    }
    const vww_status status = write_shard(build, part, number);
    return status == VWW_OK ? note_shard(build, part, number, &before) : status;
}

static vww_status name_shards(struct vww_build *build, struct vww_build_part *part)
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

/* Count the shards of all ranks anew, in their order, so that the manifest is that of one process.
 */
static vww_status collect_part(struct vww_build *build, struct vww_build_part *part)
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
        if (vww_stage_find(&build->stage, part->shards[i].file, false, &staged)) {
            status = adopt_shard(build, part, i, &staged);
        } else {
            status = vww_fail(build->error, VWW_ERROR_IO, "a shard of another rank is not whole");
            vww_build_about_output(build, part->shards[i].file, status);
        }
        vww_progress_report(build->progress, "checking shards", (int64_t)i + 1, part->shard_count,
                            "shards", NULL);
    }
    return status;
}

static vww_status collect(struct vww_build *build)
{
    vww_status status = VWW_OK;
    for (int s = 0; s < 2 && status == VWW_OK; s++)
        status = collect_part(build, &build->parts[s]);
    return status;
}

/* The shard of this number, of those of both parts. */
static vww_status ensure(struct vww_build *build, int32_t number)
{
    struct vww_build_part *part = &build->parts[number >= build->parts[1].first_shard];
    return ensure_shard(build, part, (size_t)(number - part->first_shard));
}

/* After each round, in which every rank has written one shard, all ranks say how they fared: so the
 * failure of one is soon known to all. */
vww_status vww_build_shards(struct vww_build *build)
{
    struct vww_ranks *ranks = build->options->ranks;
    const int32_t rank = vww_ranks_rank(ranks), count = vww_ranks_count(ranks);
    const int32_t total = build->parts[0].shard_count + build->parts[1].shard_count;
    vww_status status = name_shards(build, &build->parts[0]);
    if (status == VWW_OK)
        status = name_shards(build, &build->parts[1]);
    for (int32_t first = 0; first < total; first += count) {
        if (status == VWW_OK && total - first > rank)
            status = ensure(build, first + rank);
        status = vww_ranks_agree(ranks, status, build->error);
        if (status != VWW_OK)
            return status;
    }
    return count > 1 && rank == 0 ? collect(build) : VWW_OK;
}
