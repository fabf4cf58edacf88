/* The one pass over all records with which a loader begins. */
#include "base/ranks.h"
#include "dataset/loader_parts.h"
#include "vww/tfrecord.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static vww_status about_record(const char *path, int64_t offset, int64_t record, vww_status status,
                               struct vww_error *error)
{
    if (status != VWW_OK) {
        vww_error_at(error, path, offset);
        vww_error_place(error, "record %lld", (long long)record);
    }
    return status;
}

/* 0 … classes-1, which every use of a label relies on. */
static vww_status check_label(const struct vww_loader *loader, int64_t label,
                              struct vww_error *error)
{
    if (label >= 0 && label < (int64_t)loader->manifest.class_count)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_FORMAT, "a label is outside the classes of the manifest");
    vww_error_seen(error, "%" PRId64, label);
    vww_error_allowed(error, "0 to %zu", loader->manifest.class_count - 1);
    return VWW_ERROR_FORMAT;
}

static int64_t id_of(const char *text)
{
    char *end;
    errno = 0;
    const long long id = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0 ? id : -1;
}

/* What is known of a record: an entry without its boxes, as it travels between ranks. */
struct record {
    int64_t source_id, offset;
    uint32_t bytes, box_count;
    int32_t label;
};

/* The records of a shard, and the boxes of all of them in the same order. */
struct shard_index {
    struct vww_buffer records, boxes;
};

static vww_status index_record(const struct vww_loader *loader, const uint8_t *data, size_t bytes,
                               int64_t offset, struct shard_index *index, struct vww_error *error)
{
    struct vww_example_read read;
    vww_status status = vww_example_unpack(data, bytes, &read, error);
    if (status != VWW_OK)
        return status;
    status = check_label(loader, read.example.label, error);
    if (status == VWW_OK && bytes > UINT32_MAX)
        status = vww_fail(error, VWW_ERROR_UNSUPPORTED, "a record of more than 4 GiB");
    if (status == VWW_OK) {
        const struct record record = {.source_id = id_of(read.example.source_id),
                                      .offset = offset + VWW_RECORD_HEADER,
                                      .bytes = (uint32_t)bytes,
                                      .box_count = (uint32_t)read.example.box_count,
                                      .label = (int32_t)read.example.label};
        vww_buffer_append(&index->records, &record, sizeof record);
        vww_buffer_append(&index->boxes, read.example.boxes,
                          read.example.box_count * sizeof(struct vww_box));
        if (index->records.failed || index->boxes.failed)
            status = vww_fail_memory(error, index->boxes.size);
    }
    vww_example_fini(&read);
    return status;
}

static vww_status index_shard(const struct vww_loader *loader, size_t shard,
                              struct shard_index *index, struct vww_error *error)
{
    const struct vww_dataset_shard *listed = &loader->part->shards[shard];
    char path[VWW_PATH_MAX];
    struct vww_tfrecord_reader *reader;
    vww_status status = vww_path_join(path, loader->directory, listed->file, error);
    if (status == VWW_OK)
        status = vww_tfrecord_open(path, &reader, error);
    if (status != VWW_OK)
        return status;
    int64_t records = 0;
    for (;; records++) {
        const uint8_t *data;
        size_t bytes;
        int64_t offset;
        status = vww_tfrecord_next(reader, &data, &bytes, &offset, error);
        if (status != VWW_OK || data == NULL)
            break;
        status = about_record(path, offset, records,
                              index_record(loader, data, bytes, offset, index, error), error);
        if (status != VWW_OK)
            break;
    }
    vww_tfrecord_close(reader);
    if (status == VWW_OK && records != listed->records) {
        status = vww_fail(error, VWW_ERROR_MISMATCH, "the shard is not the one of the manifest");
        vww_error_at(error, path, -1);
        vww_error_seen(error, "%lld records", (long long)records);
        vww_error_allowed(error, "%lld", (long long)listed->records);
        vww_error_remedy(error, "build the data set again with `vww dataset build`");
    }
    return status;
}

/* Shards are dealt out to the ranks in turn. */
static int32_t owner_of(const struct vww_loader *loader, size_t shard)
{
    return (int32_t)(shard % (size_t)vww_ranks_count(loader->ranks));
}

/* This rank's shards. */
static vww_status index_own(const struct vww_loader *loader, struct shard_index *indexes,
                            const struct vww_progress *progress, struct vww_error *error)
{
    const int32_t rank = vww_ranks_rank(loader->ranks);
    vww_status status = VWW_OK;
    int64_t records = 0;
    for (size_t i = 0; i < loader->part->shard_count && status == VWW_OK; i++) {
        records += loader->part->shards[i].records;
        if (owner_of(loader, i) != rank)
            continue;
        status = index_shard(loader, i, &indexes[i], error);
        if (rank == 0)
            vww_progress_report(progress, "checking records", records, loader->part->images,
                                "records", NULL);
        if (status == VWW_OK && vww_progress_stop(progress))
            status = vww_fail(error, VWW_ERROR_STOPPED, "stopped while checking the data set");
    }
    return status;
}

/* The bytes that rank `root` has. False: no memory for them; they have travelled all the same. */
static bool tell(struct vww_ranks *ranks, int32_t root, struct vww_buffer *buffer)
{
    uint64_t bytes = buffer->size;
    vww_ranks_broadcast(ranks, root, &bytes, sizeof bytes);
    if (vww_ranks_rank(ranks) != root) {
        vww_buffer_fini(buffer);
        buffer->data = vww_allocate((size_t)bytes + 1, 1);
        buffer->size = buffer->capacity = (size_t)bytes;
    }
    if (buffer->data == NULL && bytes > 0)
        return false;
    vww_ranks_broadcast(ranks, root, buffer->data, (size_t)bytes);
    return true;
}

static vww_status take_shard(struct vww_loader *loader, size_t shard,
                             const struct shard_index *index, struct vww_error *error)
{
    const struct record *record = (const void *)index->records.data;
    const size_t count = index->records.size / sizeof *record;
    size_t box = loader->boxes.size / sizeof(struct vww_box);
    if ((int64_t)loader->count + (int64_t)count > loader->part->images)
        return vww_fail(error, VWW_ERROR_MISMATCH, "more records than the manifest says");
    for (size_t i = 0; i < count; i++, record++) {
        struct vww_loader_entry *entry = &loader->entries[loader->count++];
        entry->source_id = record->source_id;
        entry->offset = record->offset;
        entry->bytes = record->bytes;
        entry->shard = (uint32_t)shard;
        entry->label = record->label;
        entry->box_count = record->box_count;
        entry->first_box = box;
        box += record->box_count;
        loader->class_examples[record->label]++;
    }
    vww_buffer_append(&loader->boxes, index->boxes.data, index->boxes.size);
    return loader->boxes.failed ? vww_fail_memory(error, loader->boxes.size) : VWW_OK;
}

/* All shards in order, each from the rank that read it. */
static vww_status exchange(struct vww_loader *loader, struct shard_index *indexes,
                           struct vww_error *error)
{
    vww_status status = VWW_OK;
    for (size_t i = 0; i < loader->part->shard_count && status == VWW_OK; i++) {
        struct shard_index *index = &indexes[i];
        bool whole = true;
        if (vww_ranks_count(loader->ranks) > 1)
            whole = tell(loader->ranks, owner_of(loader, i), &index->records) &&
                    tell(loader->ranks, owner_of(loader, i), &index->boxes);
        status =
            whole ? take_shard(loader, i, index, error) : vww_fail_memory(error, index->boxes.size);
        status = vww_ranks_agree(loader->ranks, status, error);
        vww_buffer_fini(&index->records);
        vww_buffer_fini(&index->boxes);
    }
    return status;
}

static vww_status allocate(struct vww_loader *loader, struct shard_index **indexes,
                           struct vww_error *error)
{
    const size_t images = (size_t)loader->part->images, classes = loader->manifest.class_count;
    *indexes = vww_allocate(loader->part->shard_count, sizeof **indexes);
    if (loader->part->images > INT32_MAX)
        return vww_fail(error, VWW_ERROR_UNSUPPORTED, "the data set has too many images");
    loader->entries = vww_allocate(images, sizeof *loader->entries);
    loader->class_examples = vww_allocate(classes, sizeof *loader->class_examples);
    if (*indexes == NULL || loader->entries == NULL || loader->class_examples == NULL)
        return vww_fail_memory(error, images * sizeof *loader->entries);
    return VWW_OK;
}

vww_status vww_loader_index(struct vww_loader *loader, const struct vww_progress *progress,
                            struct vww_error *error)
{
    struct shard_index *indexes;
    vww_status status = allocate(loader, &indexes, error);
    if (status == VWW_OK)
        status = index_own(loader, indexes, progress, error);
    status = vww_ranks_agree(loader->ranks, status, error);
    if (status == VWW_OK)
        status = exchange(loader, indexes, error);
    for (size_t i = 0; indexes != NULL && i < loader->part->shard_count; i++) {
        vww_buffer_fini(&indexes[i].records);
        vww_buffer_fini(&indexes[i].boxes);
    }
    vww_free(indexes);
    return status;
}
