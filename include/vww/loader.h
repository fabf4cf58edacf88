/* Batches of images from a built data set (TFRecord shards and manifest.json). What a batch holds
 * is a function of (seed, epoch, step) alone: any thread count, any order of calls, any restart
 * gives the same bytes. */
#ifndef VWW_LOADER_H
#define VWW_LOADER_H

#include "vww/progress.h"
#include "vww/ranks.h"
#include "vww/status.h"
#include "vww/tfrecord.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vww_augmentation {
    bool crop;               /* random crop, stretched back to the full size */
    double crop_area_least;  /* of the image's area; slim: 0.05 */
    double crop_aspect_most; /* w/h within 1/x … x relative to the image; slim: 4/3 */
    bool relabel;            /* a crop that shows no object any more becomes class 0 */
    bool flip;               /* left-right with probability 1/2 */
    bool colour;             /* brightness +-brightness, contrast and saturation 1-x … 1+x */
    double brightness, contrast,
        saturation; /* brightness as a share of 255; slim: 32/255, 0, 0.5 */
    /* Turn by up to rotation degrees, move by up to a share `shift` of width and height, scale
     * width and height by 1-zoom … 1+zoom each; outside the image its edge is repeated. Keras's
     * ImageDataGenerator. All 0: none. */
    double rotation, shift, zoom;
};

/* Crop, flip and colour on, with moderate strength.
 *
 * relabel: the boxes that made the photograph's label are cut to the crop. One of which at least
 * VWW_RELABEL_VISIBLE is left, and which then takes more than VWW_RELABEL_SHARE of the crop, keeps
 * the label; a crop with none of them is of class 0, so that the same scene teaches both classes.
 * Crops with only less of an object than that are drawn again, as no label would be right. Images
 * of class 0, or without boxes, keep their label. */
#define VWW_RELABEL_VISIBLE 0.4
#define VWW_RELABEL_SHARE 0.005
extern const struct vww_augmentation vww_augmentation_default;

struct vww_loader_options {
    const char *directory; /* output folder of `vww dataset build` */
    const char *split;     /* "train" or "val" */
    int32_t resolution;    /* images are delivered at resolution x resolution x 3 */
    int32_t batch;
    int32_t share_first, share_count; /* deliver only these images of each batch, where several
                                       * processes train together; share_count 0: all */
    struct vww_ranks *ranks; /* that open the same data set together, or NULL: at the beginning each
                              * reads some of the shards and tells the others what is in them */
    uint64_t seed;
    bool balance; /* sampler: each epoch draws every class equally often (with repeats of the rarer)
                   */
    const struct vww_augmentation *augmentation; /* NULL: none */
    size_t cache_bytes; /* keep decoded images in memory up to this many bytes; the rest is decoded
                         * on each use */
};

struct vww_loader;

/* Reads the manifest, indexes the shards and checks every record's checksum once, with other ranks
 * each a part of them; what one of them cannot read fails on all. */
vww_status vww_loader_open(const struct vww_loader_options *options,
                           const struct vww_progress *progress, struct vww_loader **loader,
                           struct vww_error *error);
void vww_loader_close(struct vww_loader *loader);

int64_t vww_loader_examples(const struct vww_loader *loader);
int32_t vww_loader_classes(const struct vww_loader *loader);
/* Of them, those that are decoded in memory by now. */
int64_t vww_loader_cached(const struct vww_loader *loader);
/* The one it was opened with. */
int32_t vww_loader_resolution(const struct vww_loader *loader);
/* The one its images were built at; 0: each of its own. */
int32_t vww_loader_built_size(const struct vww_loader *loader);
/* Examples of one class. */
int64_t vww_loader_class_examples(const struct vww_loader *loader, int32_t label);
/* SHA-256, in hexadecimal, of the shards' SHA-256 in the manifest. */
void vww_loader_digest(const struct vww_loader *loader, char hex[65]);
const char *vww_loader_class_name(const struct vww_loader *loader, int32_t label);
/* Batches in an epoch; the last, incomplete one is left out when training (augmentation or balance)
 * and kept otherwise. */
int64_t vww_loader_steps(const struct vww_loader *loader);

/* Batch `step` of `epoch`, shuffled: images batch x resolution x resolution x 3 bytes, RGB; labels;
 * *count filled entries. Decodes and augments on all threads. */
vww_status vww_loader_batch(struct vww_loader *loader, int64_t epoch, int64_t step, uint8_t *images,
                            int32_t *labels, int32_t *count, struct vww_error *error);

/* Start preparing a batch on a background thread; vww_loader_batch for the same (epoch, step) then
 * only waits for it. */
void vww_loader_prefetch(struct vww_loader *loader, int64_t epoch, int64_t step);

/* Example i in storage order, neither shuffled nor augmented. source_id: the image id, or NULL. */
vww_status vww_loader_example(struct vww_loader *loader, int64_t i, uint8_t *image, int32_t *label,
                              int64_t *source_id, struct vww_error *error);

/* The label of example i, and the boxes that made it, as shares of its width and height: a view
 * that lives as long as the loader. None for class 0, or where the annotations have none. */
int32_t vww_loader_objects(const struct vww_loader *loader, int64_t i, const struct vww_box **boxes,
                           size_t *count);

#endif
