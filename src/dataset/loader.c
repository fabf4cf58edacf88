/* A loader's opening and closing, and what it tells of itself. */
#include "vww/loader.h"
#include "base/checksum.h"
#include "base/ranks.h"
#include "dataset/augment.h"
#include "dataset/loader_parts.h"

#include <string.h>

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

/* Ranks whose manifests differ would tell one another about different images. */
static vww_status compare_manifests(const struct vww_loader *loader,
                                    const struct vww_loader_options *options,
                                    struct vww_error *error)
{
    char mine[65], first[65];
    vww_loader_digest(loader, mine);
    memcpy(first, mine, sizeof first);
    vww_ranks_broadcast(loader->ranks, 0, first, sizeof first);
    if (memcmp(first, mine, sizeof first) == 0)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "its %s images are not those of rank 0",
             strcmp(options->split, "train") == 0 ? "training" : options->split);
    vww_error_at(error, options->directory, -1);
    vww_error_seen(error, "digest %.16s", mine);
    vww_error_allowed(error, "%.16s", first);
    vww_error_remedy(error, "give all ranks the same data set, or copies of it");
    return VWW_ERROR_MISMATCH;
}

/* Batches need records at random, which no other format gives quickly. */
static vww_status check_storage(const struct vww_loader *loader, struct vww_error *error)
{
    if (loader->manifest.storage == VWW_FORMAT_TFRECORD)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "the data set is not stored as TFRecords");
    vww_error_at(error, loader->directory, -1);
    vww_error_seen(error, "%s", vww_dataset_format_name(loader->manifest.storage));
    vww_error_remedy(error, "build one with --format tfrecord");
    return VWW_ERROR_UNSUPPORTED;
}

static vww_status read_manifest(struct vww_loader *loader, const struct vww_loader_options *options,
                                struct vww_error *error)
{
    vww_status status = check_options(options, error);
    if (status == VWW_OK)
        status = vww_path_join(loader->directory, options->directory, "", error);
    if (status == VWW_OK)
        status = vww_manifest_read(options->directory, &loader->manifest, error);
    if (status == VWW_OK)
        status = check_storage(loader, error);
    if (status == VWW_OK) {
        loader->part =
            vww_manifest_part(&loader->manifest, options->directory, options->split, error);
        status = loader->part != NULL ? VWW_OK : VWW_ERROR_NOT_FOUND;
    }
    status = vww_ranks_agree(loader->ranks, status, error);
    if (status == VWW_OK)
        status = compare_manifests(loader, options, error);
    return vww_ranks_agree(loader->ranks, status, error);
}

static vww_status open_loader(struct vww_loader *loader, const struct vww_loader_options *options,
                              const struct vww_progress *progress, struct vww_error *error)
{
    loader->ranks = options->ranks;
    loader->resolution = options->resolution;
    loader->batch = options->batch;
    loader->share_first = options->share_count > 0 ? options->share_first : 0;
    loader->share_count = options->share_count > 0 ? options->share_count : options->batch;
    loader->seed = options->seed;
    loader->augment = options->augmentation != NULL;
    if (loader->augment)
        loader->augmentation = *options->augmentation;
    atomic_init(&loader->cache_left, options->cache_bytes);
    vww_status status = read_manifest(loader, options, error);
    if (status == VWW_OK)
        status = vww_loader_index(loader, progress, error);
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

void vww_loader_close(struct vww_loader *loader)
{
    if (loader == NULL)
        return;
    vww_loader_prefetch_close(&loader->prefetch);
    for (uint32_t i = 0; i < loader->count; i++)
        vww_loader_image_free(atomic_load(&loader->entries[i].decoded));
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

int64_t vww_loader_cached(const struct vww_loader *loader)
{
    return atomic_load(&loader->cache_count);
}

int32_t vww_loader_resolution(const struct vww_loader *loader)
{
    return loader->resolution;
}

int32_t vww_loader_built_size(const struct vww_loader *loader)
{
    return loader->manifest.size;
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
