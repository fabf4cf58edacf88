/* The one pass over all records with which a loader begins. */
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

static vww_status index_record(struct vww_loader *loader, uint32_t shard, const uint8_t *data,
                               size_t bytes, int64_t offset, struct vww_error *error)
{
    struct vww_example_read read;
    vww_status status = vww_example_unpack(data, bytes, &read, error);
    if (status != VWW_OK)
        return status;
    status = check_label(loader, read.example.label, error);
    if (status == VWW_OK && (bytes > UINT32_MAX || loader->count >= loader->part->images))
        status = vww_fail(error, VWW_ERROR_MISMATCH, "more records than the manifest says");
    if (status == VWW_OK) {
        struct vww_loader_entry *entry = &loader->entries[loader->count++];
        entry->source_id = id_of(read.example.source_id);
        entry->offset = offset + VWW_RECORD_HEADER;
        entry->bytes = (uint32_t)bytes;
        entry->shard = shard;
        entry->label = (int32_t)read.example.label;
        entry->first_box = loader->boxes.size / sizeof(struct vww_box);
        entry->box_count = (uint32_t)read.example.box_count;
        vww_buffer_append(&loader->boxes, read.example.boxes,
                          read.example.box_count * sizeof(struct vww_box));
        loader->class_examples[entry->label]++;
        if (loader->boxes.failed)
            status = vww_fail_memory(error, loader->boxes.size);
    }
    vww_example_fini(&read);
    return status;
}

static vww_status index_shard(struct vww_loader *loader, uint32_t shard, struct vww_error *error)
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
                              index_record(loader, shard, data, bytes, offset, error), error);
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

vww_status vww_loader_index(struct vww_loader *loader, const struct vww_progress *progress,
                            struct vww_error *error)
{
    if (loader->part->images > INT32_MAX)
        return vww_fail(error, VWW_ERROR_UNSUPPORTED, "the data set has too many images");
    loader->entries = vww_allocate((size_t)loader->part->images, sizeof *loader->entries);
    loader->class_examples =
        vww_allocate(loader->manifest.class_count, sizeof *loader->class_examples);
    if (loader->entries == NULL || loader->class_examples == NULL)
        return vww_fail_memory(error, (size_t)loader->part->images * sizeof *loader->entries);
    vww_status status = VWW_OK;
    for (size_t i = 0; i < loader->part->shard_count && status == VWW_OK; i++) {
        status = index_shard(loader, (uint32_t)i, error);
        vww_progress_report(progress, "checking records", loader->count, loader->part->images,
                            "records", NULL);
        if (status == VWW_OK && vww_progress_stop(progress))
            status = vww_fail(error, VWW_ERROR_STOPPED, "stopped while checking the data set");
    }
    return status;
}
