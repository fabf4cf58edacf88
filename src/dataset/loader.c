#include "vww/loader.h"
#include "base/checksum.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/thread.h"
#include "dataset/augment.h"
#include "dataset/sampler.h"
#include "preprocess/resize.h"
#include "vww/dataset.h"
#include "vww/image.h"
#include "vww/tfrecord.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_HEADER 12 /* TFRecord: the data begins so many bytes after the record */

struct entry {
    int64_t source_id; /* -1 where the record has no number */
    int64_t offset;    /* of the record's data in its shard */
    uint32_t bytes;
    uint32_t shard;
    int32_t label;
    uint32_t box_count;
    size_t first_box;                    /* its place in the loader's boxes */
    _Atomic(struct vww_image *) decoded; /* NULL: not in the cache */
};

enum prefetch_state { PREFETCH_IDLE, PREFETCH_WANTED, PREFETCH_WORKING, PREFETCH_READY };

/* One batch prepared ahead by one thread. */
struct prefetch {
    pthread_t thread;
    bool started;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    enum prefetch_state state;
    bool closing;
    int64_t epoch, step;
    uint8_t *images;
    int32_t *labels;
    int32_t count;
    vww_status status;
    struct vww_error error;
};

struct vww_loader {
    struct vww_manifest manifest;
    const struct vww_dataset_part *part;
    char directory[VWW_PATH_MAX];
    int32_t resolution, batch;
    int32_t share_first, share_count; /* images of a batch that are delivered */
    uint64_t seed;
    bool augment;
    struct vww_augmentation augmentation;
    struct entry *entries;
    uint32_t count;
    struct vww_buffer boxes; /* struct vww_box of all entries, in storage order */
    int64_t *class_examples;
    struct vww_sampler sampler;
    atomic_size_t cache_left; /* bytes */
    struct prefetch prefetch;
};

/* --- opening: one pass over all records ---------------------------------------------------------
 */

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
        struct entry *entry = &loader->entries[loader->count++];
        entry->source_id = id_of(read.example.source_id);
        entry->offset = offset + RECORD_HEADER;
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

static vww_status index_all(struct vww_loader *loader, const struct vww_progress *progress,
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

static bool is_training(const struct vww_loader_options *options)
{
    return options->augmentation != NULL || options->balance;
}

static vww_status check_options(const struct vww_loader_options *options, struct vww_error *error)
{
    if (options->resolution < 1 || options->resolution > 4096 || options->batch < 1 ||
        options->batch > 65536) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the resolution or the batch is out of range");
        vww_error_seen(error, "resolution %d, batch %d", options->resolution, options->batch);
        vww_error_allowed(error, "1 to 4096, 1 to 65536");
        return VWW_ERROR_ARGUMENT;
    }
    const struct vww_augmentation *augmentation = options->augmentation;
    if (augmentation == NULL)
        return VWW_OK;
    const bool crop_ok =
        !augmentation->crop ||
        (augmentation->crop_area_least > 0 && augmentation->crop_area_least <= 1 &&
         augmentation->crop_aspect_most >= 1 && augmentation->crop_aspect_most <= 8);
    const bool colour_ok =
        !augmentation->colour || (augmentation->brightness >= 0 && augmentation->brightness <= 1 &&
                                  augmentation->contrast >= 0 && augmentation->contrast <= 1 &&
                                  augmentation->saturation >= 0 && augmentation->saturation <= 4);
    const bool warp_ok = augmentation->rotation >= 0 && augmentation->rotation <= 180 &&
                         augmentation->shift >= 0 && augmentation->shift <= 0.5 &&
                         augmentation->zoom >= 0 && augmentation->zoom <= 0.9;
    if (crop_ok && colour_ok && warp_ok)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_ARGUMENT, "the augmentation is out of range");
    vww_error_seen(error, "crop %g, %g; colour %g, %g, %g; warp %g, %g, %g",
                   augmentation->crop_area_least, augmentation->crop_aspect_most,
                   augmentation->brightness, augmentation->contrast, augmentation->saturation,
                   augmentation->rotation, augmentation->shift, augmentation->zoom);
    vww_error_allowed(error,
                      "crop area over 0 to 1, aspect 1 to 8; brightness and contrast 0 to 1, "
                      "saturation 0 to 4; rotation 0 to 180, shift 0 to 0.5, zoom 0 to 0.9");
    return VWW_ERROR_ARGUMENT;
}

static vww_status open_sampler(struct vww_loader *loader, const struct vww_loader_options *options,
                               struct vww_error *error)
{
    int32_t *labels = vww_allocate(loader->count, sizeof *labels);
    if (labels == NULL)
        return vww_fail_memory(error, loader->count * sizeof *labels);
    for (uint32_t i = 0; i < loader->count; i++)
        labels[i] = loader->entries[i].label;
    const vww_status status =
        vww_sampler_init(&loader->sampler, options->seed, options->balance, labels, loader->count,
                         vww_loader_classes(loader), error);
    vww_free(labels);
    if (status == VWW_OK && is_training(options) &&
        loader->sampler.length < (uint32_t)options->batch) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the data set has fewer images than one batch");
        vww_error_at(error, options->directory, -1);
        vww_error_seen(error, "%u images of the split %s, batch %d", loader->sampler.length,
                       options->split, options->batch);
        vww_error_remedy(error, "choose a smaller batch");
        return VWW_ERROR_ARGUMENT;
    }
    return status;
}

static vww_status open_loader(struct vww_loader *loader, const struct vww_loader_options *options,
                              const struct vww_progress *progress, struct vww_error *error)
{
    vww_status status = check_options(options, error);
    if (status == VWW_OK)
        status = vww_path_join(loader->directory, options->directory, "", error);
    if (status == VWW_OK)
        status = vww_manifest_read(options->directory, &loader->manifest, error);
    if (status != VWW_OK)
        return status;
    loader->resolution = options->resolution;
    loader->batch = options->batch;
    loader->share_first = options->share_count > 0 ? options->share_first : 0;
    loader->share_count = options->share_count > 0 ? options->share_count : options->batch;
    loader->seed = options->seed;
    loader->augment = options->augmentation != NULL;
    if (loader->augment)
        loader->augmentation = *options->augmentation;
    atomic_init(&loader->cache_left, options->cache_bytes);
    loader->part = vww_manifest_part(&loader->manifest, options->directory, options->split, error);
    if (loader->part == NULL)
        return VWW_ERROR_NOT_FOUND;
    status = index_all(loader, progress, error);
    return status == VWW_OK ? open_sampler(loader, options, error) : status;
}

vww_status vww_loader_open(const struct vww_loader_options *options,
                           const struct vww_progress *progress, struct vww_loader **loader,
                           struct vww_error *error)
{
    *loader = vww_allocate(1, sizeof **loader);
    if (*loader == NULL)
        return vww_fail_memory(error, sizeof **loader);
    pthread_mutex_init(&(*loader)->prefetch.mutex, NULL);
    pthread_cond_init(&(*loader)->prefetch.changed, NULL);
    const vww_status status = open_loader(*loader, options, progress, error);
    if (status != VWW_OK) {
        vww_loader_close(*loader);
        *loader = NULL;
    }
    return status;
}

static void close_prefetch(struct prefetch *prefetch)
{
    if (prefetch->started) {
        pthread_mutex_lock(&prefetch->mutex);
        prefetch->closing = true;
        pthread_cond_broadcast(&prefetch->changed);
        pthread_mutex_unlock(&prefetch->mutex);
        pthread_join(prefetch->thread, NULL);
    }
    pthread_mutex_destroy(&prefetch->mutex);
    pthread_cond_destroy(&prefetch->changed);
    vww_free(prefetch->images);
    vww_free(prefetch->labels);
}

static void free_image(struct vww_image *image)
{
    if (image != NULL)
        vww_image_fini(image);
    vww_free(image);
}

void vww_loader_close(struct vww_loader *loader)
{
    if (loader == NULL)
        return;
    close_prefetch(&loader->prefetch);
    for (uint32_t i = 0; i < loader->count; i++)
        free_image(atomic_load(&loader->entries[i].decoded));
    vww_sampler_fini(&loader->sampler);
    vww_manifest_fini(&loader->manifest);
    vww_free(loader->entries);
    vww_buffer_fini(&loader->boxes);
    vww_free(loader->class_examples);
    vww_free(loader);
}

int64_t vww_loader_examples(const struct vww_loader *loader)
{
    return loader->count;
}

int32_t vww_loader_resolution(const struct vww_loader *loader)
{
    return loader->resolution;
}

int32_t vww_loader_classes(const struct vww_loader *loader)
{
    return (int32_t)loader->manifest.class_count;
}

int64_t vww_loader_class_examples(const struct vww_loader *loader, int32_t label)
{
    return label >= 0 && label < vww_loader_classes(loader) ? loader->class_examples[label] : 0;
}

void vww_loader_digest(const struct vww_loader *loader, char hex[65])
{
    struct vww_sha256 sha;
    vww_sha256_init(&sha);
    for (size_t i = 0; i < loader->part->shard_count; i++)
        vww_sha256_update(&sha, loader->part->shards[i].sha256, 64);
    for (uint32_t i = 0; i < loader->count; i++) {
        vww_sha256_update(&sha, &loader->entries[i].source_id, sizeof(int64_t));
        vww_sha256_update(&sha, &loader->entries[i].label, sizeof(int32_t));
    }
    vww_sha256_hex(&sha, hex);
}

const char *vww_loader_class_name(const struct vww_loader *loader, int32_t label)
{
    return label >= 0 && label < vww_loader_classes(loader) ? loader->manifest.classes[label] : "";
}

int64_t vww_loader_steps(const struct vww_loader *loader)
{
    const int64_t length = loader->sampler.length, batch = loader->batch;
    const bool training = loader->augment || loader->sampler.balance;
    return training ? length / batch : (length + batch - 1) / batch;
}

/* --- one image ----------------------------------------------------------------------------------
 */

static vww_status read_exactly(const char *path, int64_t offset, uint8_t *to, size_t bytes,
                               struct vww_error *error)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return vww_fail_io(error, "open", path);
    vww_status status = VWW_OK;
    while (bytes > 0 && status == VWW_OK) {
        errno = EIO; /* what a file that became shorter is called */
        const ssize_t got = pread(file, to, bytes, (off_t)offset);
        if (got <= 0) {
            status = vww_fail_io(error, "read", path);
            break;
        }
        to += got;
        offset += got;
        bytes -= (size_t)got;
    }
    close(file);
    return status;
}

/* The stored image, at its stored size. */
static vww_status decode_entry(const struct vww_loader *loader, const struct entry *entry,
                               struct vww_image *image, struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    vww_status status =
        vww_path_join(path, loader->directory, loader->part->shards[entry->shard].file, error);
    if (status != VWW_OK)
        return status;
    uint8_t *data = vww_allocate(entry->bytes, 1);
    if (data == NULL)
        return vww_fail_memory(error, entry->bytes);
    struct vww_example_read read = {.message = NULL};
    status = read_exactly(path, entry->offset, data, entry->bytes, error);
    if (status == VWW_OK)
        status = vww_example_unpack(data, entry->bytes, &read, error);
    if (status == VWW_OK)
        status =
            vww_image_decode(read.example.encoded, read.example.encoded_bytes, path, image, error);
    if (status != VWW_OK) {
        vww_error_at(error, path, entry->offset - RECORD_HEADER);
        vww_error_place(error, "image %" PRId64, entry->source_id);
    }
    vww_example_fini(&read);
    vww_free(data);
    return status;
}

/* Put a decoded image into the cache if it has room. Two threads may meet at the same entry, as the
 * balanced sampler repeats examples within a batch: the first one wins, the other keeps its own. */
static bool into_cache(struct vww_loader *loader, struct entry *entry, struct vww_image *image)
{
    const size_t bytes = sizeof *image + (size_t)image->width * (size_t)image->height * 3;
    size_t left = atomic_load(&loader->cache_left);
    do {
        if (left < bytes)
            return false;
    } while (!atomic_compare_exchange_weak(&loader->cache_left, &left, left - bytes));
    struct vww_image *none = NULL;
    if (atomic_compare_exchange_strong(&entry->decoded, &none, image))
        return true;
    atomic_fetch_add(&loader->cache_left, bytes);
    return false;
}

static vww_status stretch(const struct vww_image *image, struct vww_rectangle from,
                          int32_t resolution, uint8_t *to, struct vww_error *error)
{
    struct vww_image target = {resolution, resolution, 3, to};
    return vww_image_resize(image, from.x, from.y, from.width, from.height, &target, error);
}

static struct vww_objects objects_of(const struct vww_loader *loader, const struct entry *entry)
{
    const struct vww_box *all = (const struct vww_box *)(const void *)loader->boxes.data;
    return (struct vww_objects){entry->box_count > 0 ? all + entry->first_box : NULL,
                                entry->box_count};
}

/* The rectangle of the image at the loader's resolution, turned, moved and scaled where that is
 * asked for. */
static vww_status stretch_and_warp(const struct vww_loader *loader, const struct vww_image *image,
                                   struct vww_rectangle from, struct vww_random *random,
                                   uint8_t *to, struct vww_error *error)
{
    const int32_t resolution = loader->resolution;
    if (random == NULL || !vww_augment_warps(&loader->augmentation))
        return stretch(image, from, resolution, to, error);
    const size_t bytes = (size_t)resolution * (size_t)resolution * 3;
    uint8_t *upright = vww_allocate(bytes, 1);
    if (upright == NULL)
        return vww_fail_memory(error, bytes);
    const vww_status status = stretch(image, from, resolution, upright, error);
    if (status == VWW_OK)
        vww_augment_warp(&loader->augmentation, random, resolution, resolution, upright, to);
    vww_free(upright);
    return status;
}

/* The image at the loader's resolution. random: for augmentation, or NULL for none. */
static vww_status deliver(struct vww_loader *loader, uint32_t index, struct vww_random *random,
                          uint8_t *to, int32_t *label, struct vww_error *error)
{
    struct entry *entry = &loader->entries[index];
    struct vww_image *image = atomic_load(&entry->decoded), *own = NULL;
    if (image == NULL) {
        image = own = vww_allocate(1, sizeof *own);
        if (own == NULL)
            return vww_fail_memory(error, sizeof *own);
        const vww_status status = decode_entry(loader, entry, own, error);
        if (status != VWW_OK) {
            free_image(own);
            return status;
        }
        if (into_cache(loader, entry, own))
            own = NULL;
    }
    struct vww_rectangle from = {0, 0, image->width, image->height};
    const struct vww_objects objects = objects_of(loader, entry);
    *label = entry->label;
    if (random != NULL)
        from = vww_augment_crop(&loader->augmentation, random, image->width, image->height,
                                &objects, label);
    const vww_status status = stretch_and_warp(loader, image, from, random, to, error);
    if (status == VWW_OK && random != NULL)
        vww_augment_pixels(&loader->augmentation, random, loader->resolution, loader->resolution,
                           to);
    free_image(own);
    return status;
}

vww_status vww_loader_example(struct vww_loader *loader, int64_t i, uint8_t *image, int32_t *label,
                              int64_t *source_id, struct vww_error *error)
{
    if (i < 0 || i >= (int64_t)loader->count) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "no such example");
        vww_error_seen(error, "%" PRId64, i);
        vww_error_allowed(error, "0 to %" PRId64, (int64_t)loader->count - 1);
        return VWW_ERROR_ARGUMENT;
    }
    const vww_status status = deliver(loader, (uint32_t)i, NULL, image, label, error);
    if (source_id != NULL)
        *source_id = loader->entries[i].source_id;
    return status;
}

/* --- one batch ----------------------------------------------------------------------------------
 */

struct batch {
    struct vww_loader *loader;
    const uint32_t *examples; /* of this batch */
    int64_t epoch, first;     /* first: position within the epoch */
    uint8_t *images;
    int32_t *labels;
    pthread_mutex_t mutex; /* of what follows: the failure that comes first in the batch */
    int64_t failed;
    struct vww_error *error;
    vww_status status;
};

static void fail_batch(struct batch *batch, int64_t i, vww_status status,
                       const struct vww_error *error)
{
    pthread_mutex_lock(&batch->mutex);
    if (batch->status == VWW_OK || i < batch->failed) {
        batch->failed = i;
        batch->status = status;
        if (batch->error != NULL)
            *batch->error = *error;
    }
    pthread_mutex_unlock(&batch->mutex);
}

static void fill_one(void *context, int64_t i)
{
    struct batch *batch = context;
    struct vww_loader *loader = batch->loader;
    const int32_t resolution = loader->resolution;
    const size_t image_bytes = (size_t)resolution * (size_t)resolution * 3;
    const uint32_t index = batch->examples[i];
    struct vww_random random = vww_random_init(
        loader->seed, VWW_RANDOM_AUGMENT, (uint64_t)batch->epoch, (uint64_t)(batch->first + i));
    struct vww_error error;
    const vww_status status =
        deliver(loader, index, loader->augment ? &random : NULL,
                batch->images + (size_t)i * image_bytes, &batch->labels[i], &error);
    if (status != VWW_OK)
        fail_batch(batch, i, status, &error);
}

/* in_background: on this thread alone, as the others are busy training. */
static vww_status fill_batch(struct vww_loader *loader, int64_t epoch, int64_t step,
                             bool in_background, uint8_t *images, int32_t *labels, int32_t *count,
                             struct vww_error *error)
{
    const uint32_t *order = vww_sampler_epoch(&loader->sampler, epoch);
    struct batch batch = {.loader = loader,
                          .epoch = epoch,
                          .first = step * loader->batch + loader->share_first,
                          .images = images,
                          .labels = labels,
                          .error = error,
                          .status = VWW_OK};
    const int64_t left = (int64_t)loader->sampler.length - batch.first;
    *count = (int32_t)(left < loader->share_count ? left : loader->share_count);
    batch.examples = order + batch.first;
    pthread_mutex_init(&batch.mutex, NULL);
    if (in_background)
        for (int64_t i = 0; i < *count; i++)
            fill_one(&batch, i);
    else
        vww_parallel_for(*count, fill_one, &batch);
    pthread_mutex_destroy(&batch.mutex);
    return batch.status;
}

/* --- the batch prepared ahead -------------------------------------------------------------------
 */

static void *prefetch_main(void *context)
{
    struct vww_loader *loader = context;
    struct prefetch *prefetch = &loader->prefetch;
    pthread_mutex_lock(&prefetch->mutex);
    for (;;) {
        while (!prefetch->closing && prefetch->state != PREFETCH_WANTED)
            pthread_cond_wait(&prefetch->changed, &prefetch->mutex);
        if (prefetch->closing)
            break;
        prefetch->state = PREFETCH_WORKING;
        pthread_mutex_unlock(&prefetch->mutex);
        prefetch->status =
            fill_batch(loader, prefetch->epoch, prefetch->step, true, prefetch->images,
                       prefetch->labels, &prefetch->count, &prefetch->error);
        pthread_mutex_lock(&prefetch->mutex);
        prefetch->state = PREFETCH_READY;
        pthread_cond_broadcast(&prefetch->changed);
    }
    pthread_mutex_unlock(&prefetch->mutex);
    return NULL;
}

/* False where there is no memory or no thread for it: batches are then prepared when asked for. */
static bool start_prefetch(struct vww_loader *loader)
{
    struct prefetch *prefetch = &loader->prefetch;
    if (prefetch->started)
        return true;
    const size_t image_bytes = (size_t)loader->resolution * (size_t)loader->resolution * 3;
    if (prefetch->images == NULL)
        prefetch->images = vww_allocate((size_t)loader->batch, image_bytes);
    if (prefetch->labels == NULL)
        prefetch->labels = vww_allocate((size_t)loader->batch, sizeof *prefetch->labels);
    prefetch->started = prefetch->images != NULL && prefetch->labels != NULL &&
                        pthread_create(&prefetch->thread, NULL, prefetch_main, loader) == 0;
    return prefetch->started;
}

static bool step_exists(const struct vww_loader *loader, int64_t epoch, int64_t step)
{
    return epoch >= 0 && step >= 0 && step < vww_loader_steps(loader);
}

void vww_loader_prefetch(struct vww_loader *loader, int64_t epoch, int64_t step)
{
    struct prefetch *prefetch = &loader->prefetch;
    if (!step_exists(loader, epoch, step) || !start_prefetch(loader))
        return;
    pthread_mutex_lock(&prefetch->mutex);
    while (prefetch->state == PREFETCH_WANTED || prefetch->state == PREFETCH_WORKING)
        pthread_cond_wait(&prefetch->changed, &prefetch->mutex);
    if (prefetch->state != PREFETCH_READY || prefetch->epoch != epoch || prefetch->step != step) {
        prefetch->epoch = epoch;
        prefetch->step = step;
        prefetch->state = PREFETCH_WANTED;
        pthread_cond_broadcast(&prefetch->changed);
    }
    pthread_mutex_unlock(&prefetch->mutex);
}

/* True where the batch was prepared ahead, well or not: images, labels, count and status are then
 * taken from it. In any case no prefetch is at work afterwards. */
static bool take_prefetched(struct vww_loader *loader, int64_t epoch, int64_t step, uint8_t *images,
                            int32_t *labels, int32_t *count, vww_status *status,
                            struct vww_error *error)
{
    struct prefetch *prefetch = &loader->prefetch;
    if (!prefetch->started)
        return false;
    pthread_mutex_lock(&prefetch->mutex);
    while (prefetch->state == PREFETCH_WANTED || prefetch->state == PREFETCH_WORKING)
        pthread_cond_wait(&prefetch->changed, &prefetch->mutex);
    const bool same =
        prefetch->state == PREFETCH_READY && prefetch->epoch == epoch && prefetch->step == step;
    prefetch->state = PREFETCH_IDLE;
    pthread_mutex_unlock(&prefetch->mutex);
    if (!same)
        return false;
    const int32_t resolution = loader->resolution;
    const size_t image_bytes = (size_t)resolution * (size_t)resolution * 3;
    *count = prefetch->count;
    *status = prefetch->status;
    memcpy(images, prefetch->images, (size_t)prefetch->count * image_bytes);
    memcpy(labels, prefetch->labels, (size_t)prefetch->count * sizeof *labels);
    if (*status != VWW_OK && error != NULL)
        *error = prefetch->error;
    return true;
}

vww_status vww_loader_batch(struct vww_loader *loader, int64_t epoch, int64_t step, uint8_t *images,
                            int32_t *labels, int32_t *count, struct vww_error *error)
{
    *count = 0;
    if (!step_exists(loader, epoch, step)) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "no such batch");
        vww_error_seen(error, "epoch %" PRId64 ", step %" PRId64, epoch, step);
        vww_error_allowed(error, "step 0 to %" PRId64, vww_loader_steps(loader) - 1);
        return VWW_ERROR_ARGUMENT;
    }
    vww_status status;
    if (take_prefetched(loader, epoch, step, images, labels, count, &status, error))
        return status;
    return fill_batch(loader, epoch, step, false, images, labels, count, error);
}
