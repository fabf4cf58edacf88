/* Inside of the loader: loader.c opens it, loader_index.c reads where every record is,
 * loader_image.c delivers one image, loader_batch.c batches, also ahead. */
#ifndef VWW_DATASET_LOADER_PARTS_H
#define VWW_DATASET_LOADER_PARTS_H

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "dataset/sampler.h"
#include "vww/dataset.h"
#include "vww/image.h"
#include "vww/loader.h"

#include <pthread.h>
#include <stdatomic.h>

#define VWW_RECORD_HEADER 12 /* TFRecord: the data begins so many bytes after the record */
#define VWW_RECORD_FOOTER 4  /* and its checksum follows it */

struct vww_loader_entry {
    int64_t source_id; /* -1 where the record has no number */
    int64_t offset;    /* of the record's data in its shard */
    uint32_t bytes;
    uint32_t shard;
    int32_t label;
    uint32_t box_count;
    size_t first_box;                    /* its place in the loader's boxes */
    _Atomic(struct vww_image *) decoded; /* NULL: not in the cache */
};

enum vww_prefetch_state {
    VWW_PREFETCH_IDLE,
    VWW_PREFETCH_WANTED,
    VWW_PREFETCH_WORKING,
    VWW_PREFETCH_READY
};

/* One batch prepared ahead by one thread. */
struct vww_prefetch {
    pthread_t thread;
    bool started;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    enum vww_prefetch_state state;
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
    struct vww_ranks *ranks;          /* or NULL */
    uint64_t seed;
    bool augment;
    struct vww_augmentation augmentation;
    struct vww_loader_entry *entries;
    uint32_t count;
    struct vww_buffer boxes; /* struct vww_box of all entries, in storage order */
    int64_t *class_examples;
    struct vww_sampler sampler;
    atomic_size_t cache_left;     /* bytes */
    _Atomic(int64_t) cache_count; /* images in it */
    struct vww_prefetch prefetch;
};

/* One pass over all records of loader->part: entries, boxes, class_examples, count. Called by all
 * ranks; fails on all where it fails on one. */
vww_status vww_loader_index(struct vww_loader *loader, const struct vww_progress *progress,
                            struct vww_error *error);

/* Example `index` at the loader's resolution, from the cache or decoded. random: for augmentation,
 * or NULL for none. */
vww_status vww_loader_deliver(struct vww_loader *loader, uint32_t index, struct vww_random *random,
                              uint8_t *to, int32_t *label, struct vww_error *error);
/* Release an image of the cache, or NULL. */
void vww_loader_image_free(struct vww_image *image);

/* End the thread that prepares batches, where there is one, and release what it used. */
void vww_loader_prefetch_close(struct vww_prefetch *prefetch);

#endif
