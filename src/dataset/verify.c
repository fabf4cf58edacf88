/* Verifying a built data set. Problems are collected; only what makes further search senseless ends
 * it. */
#include "base/file.h"
#include "base/memory.h"
#include "base/thread.h"
#include "dataset/likeness.h"
#include "dataset/manifest.h"
#include "dataset/records.h"
#include "dataset/verify_example.h"
#include "vww/inspect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What is kept of a record. */
struct seen {
    struct vww_likeness likeness;
    size_t file_name, source_id; /* offsets in names */
    uint32_t part;
    bool decoded;
};

/* What a thread finds out about a record. */
struct checked {
    vww_status status;
    struct vww_error error;
    struct vww_example_read read; /* .message NULL: could not be unpacked */
    struct vww_likeness likeness;
    bool decoded;
};

struct verification {
    const struct vww_verify_options *options;
    const struct vww_progress *progress;
    struct vww_verify_result *result;
    struct vww_manifest manifest;
    struct checked checked[VWW_RECORDS_AT_ONCE];
    struct seen *seen;
    size_t seen_count, seen_capacity;
    char *names;
    size_t name_bytes, name_capacity;
    int64_t total_records;
    /* Of the shard being walked: */
    uint32_t part;
    char path[VWW_PATH_MAX];
    int64_t shard_records;
    int64_t *class_images; /* of the part so far, by label */
};

static void note_problem(struct verification *v, const struct vww_error *problem)
{
    if (v->result->problem_count < VWW_VERIFY_KEPT)
        v->result->problems[v->result->problem_count] = *problem;
    v->result->problem_count++;
}

/* --- one record ---------------------------------------------------------------------------------
 */

static void check_record(void *context, size_t slot, const struct vww_record *record)
{
    struct verification *v = context;
    struct checked *checked = &v->checked[slot];
    *checked = (struct checked){0};
    struct vww_likeness *likeness = v->options->duplicate_bits >= 0 ? &checked->likeness : NULL;
    checked->status = vww_record_example(record, &checked->read, &checked->error);
    if (checked->status == VWW_OK) {
        checked->status =
            vww_verify_example(&v->manifest, &checked->read.example, likeness, &checked->error);
        checked->decoded = checked->status == VWW_OK && likeness != NULL;
    }
}

static vww_status keep_name(struct verification *v, const char *name, size_t *offset,
                            struct vww_error *error)
{
    void *names = v->names;
    const size_t bytes = strlen(name) + 1;
    if (vww_array_reserve(&names, &v->name_capacity, v->name_bytes + bytes, 1) != 0)
        return vww_fail_memory(error, v->name_bytes);
    v->names = names;
    *offset = v->name_bytes;
    memcpy(v->names + v->name_bytes, name, bytes);
    v->name_bytes += bytes;
    return VWW_OK;
}

static vww_status keep_seen(struct verification *v, const struct checked *checked,
                            struct vww_error *error)
{
    void *seen = v->seen;
    if (vww_array_reserve(&seen, &v->seen_capacity, v->seen_count + 1, sizeof *v->seen) != 0)
        return vww_fail_memory(error, v->seen_count * sizeof *v->seen);
    v->seen = seen;
    struct seen *kept = &v->seen[v->seen_count];
    *kept =
        (struct seen){.likeness = checked->likeness, .part = v->part, .decoded = checked->decoded};
    vww_status status = keep_name(v, checked->read.example.file_name, &kept->file_name, error);
    if (status == VWW_OK)
        status = keep_name(v, checked->read.example.source_id, &kept->source_id, error);
    v->seen_count += status == VWW_OK;
    return status;
}

static void tell_where(struct checked *checked, const struct vww_record *record)
{
    vww_error_at(&checked->error, record->file, record->offset);
    if (record->status != VWW_OK)
        return; /* it has told the place */
    if (checked->read.message != NULL && checked->read.example.file_name[0] != '\0')
        vww_error_place(&checked->error, "record %" PRId64 ", %.80s", record->number,
                        checked->read.example.file_name);
    else
        vww_error_place(&checked->error, "record %" PRId64, record->number);
}

static vww_status take_record(void *context, size_t slot, const struct vww_record *record,
                              struct vww_error *error)
{
    struct verification *v = context;
    struct checked *checked = &v->checked[slot];
    vww_status status = VWW_OK;
    v->shard_records++;
    v->result->records++;
    if (record->offset < 0 && checked->read.message != NULL) /* a file beside the shard */
        v->result->bytes += (int64_t)checked->read.example.encoded_bytes;
    if (checked->status == VWW_ERROR_MEMORY) {
        *error = checked->error;
        status = checked->status;
    } else if (checked->status != VWW_OK) {
        tell_where(checked, record);
        note_problem(v, &checked->error);
    }
    if (status == VWW_OK && checked->read.message != NULL) {
        const int64_t label = checked->read.example.label;
        if (label >= 0 && label < (int64_t)v->manifest.class_count)
            v->class_images[label]++;
        status = keep_seen(v, checked, error);
    }
    if (checked->read.message != NULL)
        vww_example_fini(&checked->read);
    vww_progress_report(v->progress, "verifying", v->result->records, v->total_records, "records",
                        NULL);
    if (status == VWW_OK && vww_progress_stop(v->progress))
        return vww_fail(error, VWW_ERROR_STOPPED, "stopped while verifying");
    return status;
}

/* --- one shard ----------------------------------------------------------------------------------
 */

static bool ends_search(vww_status status)
{
    return status == VWW_ERROR_MEMORY || status == VWW_ERROR_STOPPED;
}

static vww_status check_shard_file(struct verification *v, const struct vww_dataset_shard *shard,
                                   struct vww_error *problem)
{
    char hex[65];
    const int64_t bytes = vww_file_bytes(v->path);
    if (bytes >= 0 && bytes != shard->bytes) {
        vww_fail(problem, VWW_ERROR_MISMATCH, "the shard has not the length of the manifest");
        vww_error_at(problem, v->path, -1);
        vww_error_seen(problem, "%" PRId64 " bytes", bytes);
        vww_error_allowed(problem, "%" PRId64, shard->bytes);
        return VWW_ERROR_MISMATCH;
    }
    const vww_status status = vww_file_sha256(v->path, hex, problem);
    if (status != VWW_OK || strcmp(hex, shard->sha256) == 0)
        return status;
    vww_fail(problem, VWW_ERROR_MISMATCH, "the shard has not the SHA-256 of the manifest");
    vww_error_at(problem, v->path, -1);
    vww_error_seen(problem, "%s", hex);
    vww_error_allowed(problem, "%s", shard->sha256);
    return VWW_ERROR_MISMATCH;
}

static vww_status verify_shard(struct verification *v, const struct vww_dataset_shard *shard,
                               struct vww_error *error)
{
    const struct vww_record_visitor visitor = {check_record, take_record, v};
    struct vww_error problem;
    vww_status status = vww_path_join(v->path, v->options->directory, shard->file, error);
    if (status != VWW_OK)
        return status;
    v->result->shards++;
    v->shard_records = 0;
    if (check_shard_file(v, shard, &problem) != VWW_OK)
        note_problem(v, &problem);
    if (!vww_file_exists(v->path))
        return VWW_OK;
    v->result->bytes += vww_file_bytes(v->path);
    const struct vww_record_place place = {v->options->directory, &v->manifest,
                                           v->manifest.parts[v->part].name, shard->file};
    status = vww_records_walk(&place, &visitor, &problem);
    if (ends_search(status)) {
        if (error != NULL)
            *error = problem;
        return status;
    }
    if (status != VWW_OK) {
        note_problem(v, &problem);
    } else if (v->shard_records != shard->records) {
        vww_fail(&problem, VWW_ERROR_MISMATCH, "the shard has not the records of the manifest");
        vww_error_at(&problem, v->path, -1);
        vww_error_seen(&problem, "%" PRId64, v->shard_records);
        vww_error_allowed(&problem, "%" PRId64, shard->records);
        note_problem(v, &problem);
    }
    return VWW_OK;
}

static void check_counts(struct verification *v, const struct vww_dataset_part *part)
{
    for (size_t c = 0; part->class_images != NULL && c < v->manifest.class_count; c++) {
        if (part->class_images[c] == v->class_images[c])
            continue;
        struct vww_error problem;
        vww_fail(&problem, VWW_ERROR_MISMATCH, "the images of a class are not as many as counted");
        vww_error_at(&problem, v->options->directory, -1);
        vww_error_place(&problem, "split %.40s, class %.60s", part->name, v->manifest.classes[c]);
        vww_error_seen(&problem, "%" PRId64 " records", v->class_images[c]);
        vww_error_allowed(&problem, "%" PRId64 ", by the manifest", part->class_images[c]);
        note_problem(v, &problem);
    }
}

static vww_status verify_parts(struct verification *v, struct vww_error *error)
{
    for (size_t p = 0; p < v->manifest.part_count; p++)
        v->total_records += v->manifest.parts[p].images;
    for (size_t p = 0; p < v->manifest.part_count; p++) {
        const struct vww_dataset_part *part = &v->manifest.parts[p];
        v->part = (uint32_t)p;
        memset(v->class_images, 0, v->manifest.class_count * sizeof *v->class_images);
        for (size_t i = 0; i < part->shard_count; i++) {
            const vww_status status = verify_shard(v, &part->shards[i], error);
            if (status != VWW_OK)
                return status;
        }
        check_counts(v, part);
    }
    return VWW_OK;
}

/* --- all records together -----------------------------------------------------------------------
 */

struct id_entry {
    const char *source_id;
    const struct seen *seen;
};

static int compare_ids(const void *a, const void *b)
{
    const struct id_entry *x = a, *y = b;
    const int order = strcmp(x->source_id, y->source_id);
    return order != 0 ? order : x->seen < y->seen ? -1 : x->seen > y->seen;
}

/* Every photograph is in the set once; in train and in another split would be the worst. */
static vww_status check_ids(struct verification *v, struct vww_error *error)
{
    struct id_entry *entries = vww_allocate(v->seen_count, sizeof *entries);
    if (entries == NULL)
        return vww_fail_memory(error, v->seen_count * sizeof *entries);
    size_t count = 0;
    for (size_t i = 0; i < v->seen_count; i++)
        if (v->names[v->seen[i].source_id] != '\0')
            entries[count++] = (struct id_entry){v->names + v->seen[i].source_id, &v->seen[i]};
    qsort(entries, count, sizeof *entries, compare_ids);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(entries[i - 1].source_id, entries[i].source_id) != 0)
            continue;
        struct vww_error problem;
        vww_fail(&problem, VWW_ERROR_MISMATCH, "two records have the same source id");
        vww_error_at(&problem, v->options->directory, -1);
        vww_error_place(&problem, "image %.60s", entries[i].source_id);
        vww_error_seen(&problem, "one in %.60s, one in %.60s",
                       v->manifest.parts[entries[i - 1].seen->part].name,
                       v->manifest.parts[entries[i].seen->part].name);
        note_problem(v, &problem);
    }
    vww_free(entries);
    return VWW_OK;
}

/* The search for copies: for each image outside of train, the nearest image of train. */
struct comparison {
    const struct verification *v;
    uint32_t train;    /* part */
    int64_t *nearest;  /* by record: index in seen, or -1 */
    int64_t block_end; /* records below it are compared in this call */
    int64_t block_start;
};

#define BLOCK 1024 /* images compared between two looks at the progress */

static void find_nearest(void *context, int64_t i)
{
    const struct comparison *c = context;
    const struct verification *v = c->v;
    const int64_t index = c->block_start + i;
    const struct seen *image = &v->seen[index];
    int best = v->options->duplicate_bits + 1;
    c->nearest[index] = -1;
    if (image->part == c->train || !image->decoded)
        return;
    for (size_t k = 0; k < v->seen_count; k++) {
        const struct seen *other = &v->seen[k];
        if (other->part != c->train || !other->decoded ||
            !vww_likeness_same(&image->likeness, &other->likeness, best - 1))
            continue;
        best = vww_likeness_distance(&image->likeness, &other->likeness);
        c->nearest[index] = (int64_t)k;
        if (best == 0)
            return;
    }
}

static vww_status keep_duplicates(struct verification *v, const struct comparison *comparison,
                                  struct vww_error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < v->seen_count; i++)
        count += comparison->nearest[i] >= 0;
    v->result->duplicates = vww_allocate(count, sizeof *v->result->duplicates);
    if (v->result->duplicates == NULL)
        return vww_fail_memory(error, count * sizeof *v->result->duplicates);
    for (size_t i = 0; i < v->seen_count; i++) {
        if (comparison->nearest[i] < 0)
            continue;
        const struct seen *image = &v->seen[i], *twin = &v->seen[comparison->nearest[i]];
        v->result->duplicates[v->result->duplicate_count++] = (struct vww_duplicate){
            .split = v->manifest.parts[image->part].name,
            .file_name = v->names + image->file_name,
            .train_file_name = v->names + twin->file_name,
            .distance = vww_likeness_distance(&image->likeness, &twin->likeness),
        };
    }
    return VWW_OK;
}

static vww_status find_duplicates(struct verification *v, struct vww_error *error)
{
    struct comparison comparison = {.v = v, .train = UINT32_MAX};
    for (size_t p = 0; p < v->manifest.part_count; p++)
        if (strcmp(v->manifest.parts[p].name, "train") == 0)
            comparison.train = (uint32_t)p;
    if (v->options->duplicate_bits < 0 || comparison.train == UINT32_MAX)
        return VWW_OK;
    comparison.nearest = vww_allocate(v->seen_count, sizeof *comparison.nearest);
    if (comparison.nearest == NULL)
        return vww_fail_memory(error, v->seen_count * sizeof *comparison.nearest);
    const int64_t total = (int64_t)v->seen_count;
    vww_status status = VWW_OK;
    for (int64_t start = 0; start < total && status == VWW_OK; start += BLOCK) {
        const int64_t count = total - start < BLOCK ? total - start : BLOCK;
        comparison.block_start = start;
        vww_parallel_for(count, find_nearest, &comparison);
        vww_progress_report(v->progress, "comparing with train", start + count, total, "images",
                            NULL);
        if (vww_progress_stop(v->progress))
            status = vww_fail(error, VWW_ERROR_STOPPED, "stopped while comparing images");
    }
    if (status == VWW_OK)
        status = keep_duplicates(v, &comparison, error);
    vww_free(comparison.nearest);
    return status;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static vww_status run(struct verification *v, struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    vww_status status = vww_manifest_read(v->options->directory, &v->manifest, error);
    if (status == VWW_OK)
        status = vww_path_join(path, v->options->directory, VWW_MANIFEST_NAME, error);
    if (status == VWW_OK)
        status = vww_file_sha256(path, v->result->manifest_sha256, error);
    if (status != VWW_OK)
        return status;
    v->result->storage = v->manifest.storage;
    v->result->problems = vww_allocate(VWW_VERIFY_KEPT, sizeof *v->result->problems);
    v->class_images = vww_allocate(v->manifest.class_count, sizeof *v->class_images);
    if (v->result->problems == NULL || v->class_images == NULL)
        return vww_fail_memory(error, VWW_VERIFY_KEPT * sizeof *v->result->problems);
    status = verify_parts(v, error);
    if (status == VWW_OK)
        status = check_ids(v, error);
    if (status == VWW_OK)
        status = find_duplicates(v, error);
    return status;
}

static void release(struct verification *v)
{
    if (v == NULL)
        return;
    vww_manifest_fini(&v->manifest);
    vww_free(v->class_images);
    vww_free(v->seen);
    vww_free(v->names);
    vww_free(v);
}

vww_status vww_dataset_verify(const struct vww_verify_options *options,
                              const struct vww_progress *progress, struct vww_verify_result *result,
                              struct vww_error *error)
{
    *result = (struct vww_verify_result){0};
    struct verification *v = vww_allocate(1, sizeof *v);
    if (v == NULL)
        return vww_fail_memory(error, sizeof *v);
    v->options = options;
    v->progress = progress;
    v->result = result;
    result->owned = v;
    const vww_status status = run(v, error);
    if (status != VWW_OK)
        vww_verify_result_fini(result);
    return status;
}

void vww_verify_result_fini(struct vww_verify_result *result)
{
    vww_free(result->problems);
    vww_free(result->duplicates);
    release(result->owned);
    *result = (struct vww_verify_result){0};
}
