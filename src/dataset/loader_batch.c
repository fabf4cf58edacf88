/* A loader's batches, and the one prepared ahead. */
#include "base/thread.h"
#include "dataset/loader_parts.h"

#include <inttypes.h>
#include <string.h>

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
        vww_loader_deliver(loader, index, loader->augment ? &random : NULL,
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

void vww_loader_prefetch_close(struct vww_prefetch *prefetch)
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

static void *prefetch_main(void *context)
{
    struct vww_loader *loader = context;
    struct vww_prefetch *prefetch = &loader->prefetch;
    pthread_mutex_lock(&prefetch->mutex);
    for (;;) {
        while (!prefetch->closing && prefetch->state != VWW_PREFETCH_WANTED)
            pthread_cond_wait(&prefetch->changed, &prefetch->mutex);
        if (prefetch->closing)
            break;
        prefetch->state = VWW_PREFETCH_WORKING;
        pthread_mutex_unlock(&prefetch->mutex);
        prefetch->status =
            fill_batch(loader, prefetch->epoch, prefetch->step, true, prefetch->images,
                       prefetch->labels, &prefetch->count, &prefetch->error);
        pthread_mutex_lock(&prefetch->mutex);
        prefetch->state = VWW_PREFETCH_READY;
        pthread_cond_broadcast(&prefetch->changed);
    }
    pthread_mutex_unlock(&prefetch->mutex);
    return NULL;
}

/* False where there is no memory or no thread for it: batches are then prepared when asked for. */
static bool start_prefetch(struct vww_loader *loader)
{
    struct vww_prefetch *prefetch = &loader->prefetch;
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
    struct vww_prefetch *prefetch = &loader->prefetch;
    if (!step_exists(loader, epoch, step) || !start_prefetch(loader))
        return;
    pthread_mutex_lock(&prefetch->mutex);
    while (prefetch->state == VWW_PREFETCH_WANTED || prefetch->state == VWW_PREFETCH_WORKING)
        pthread_cond_wait(&prefetch->changed, &prefetch->mutex);
    if (prefetch->state != VWW_PREFETCH_READY || prefetch->epoch != epoch ||
        prefetch->step != step) {
        prefetch->epoch = epoch;
        prefetch->step = step;
        prefetch->state = VWW_PREFETCH_WANTED;
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
    struct vww_prefetch *prefetch = &loader->prefetch;
    if (!prefetch->started)
        return false;
    pthread_mutex_lock(&prefetch->mutex);
    while (prefetch->state == VWW_PREFETCH_WANTED || prefetch->state == VWW_PREFETCH_WORKING)
        pthread_cond_wait(&prefetch->changed, &prefetch->mutex);
    const bool same =
        prefetch->state == VWW_PREFETCH_READY && prefetch->epoch == epoch && prefetch->step == step;
    prefetch->state = VWW_PREFETCH_IDLE;
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
