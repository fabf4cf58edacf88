/* Looking at a built data set: is it whole, what is in it, what does it look like. */
#ifndef VWW_INSPECT_H
#define VWW_INSPECT_H

#include "vww/dataset.h"
#include "vww/progress.h"
#include "vww/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- is it whole */

struct vww_verify_options {
    const char *directory; /* of a data set */
    /* Images of train and of another split look alike when their 64-bit perceptual hashes differ in
     * at most so many bits (and their colours little); -1: do not compare. */
    int32_t duplicate_bits;
};
#define VWW_DUPLICATE_BITS 4

/* An image outside of train, and the image of train that is most like it. */
struct vww_duplicate {
    const char *split, *file_name; /* views into the result */
    const char *train_file_name;
    int32_t distance; /* bits of 64 */
};

#define VWW_VERIFY_KEPT 100 /* problems that are kept; more are only counted */

struct vww_verify_result {
    char manifest_sha256[65];
    enum vww_dataset_format storage;
    int64_t shards, records, bytes; /* looked at */
    struct vww_error *problems;     /* the first VWW_VERIFY_KEPT, in the order of the shards */
    int64_t problem_count;
    struct vww_duplicate *duplicates; /* in the order of the records */
    size_t duplicate_count;
    void *owned;
};

/* Check: each shard's length, SHA-256 and number of records; each record's checksums, features and
 * label; each image's SHA-256 (WebDataset stores none, but that of the shard), that it decodes to
 * the last row and has the size it should; that no source id occurs twice; the counts by class.
 * VWW_OK also where problems were found, which do not end the search. Errors: no readable manifest,
 * no memory, stopped. Memory: about 300 bytes an image. */
vww_status vww_dataset_verify(const struct vww_verify_options *options,
                              const struct vww_progress *progress, struct vww_verify_result *result,
                              struct vww_error *error);
void vww_verify_result_fini(struct vww_verify_result *result);

/* --- what is in it */

/* A histogram: bin i counts values below edges[i] (of the remaining ones), the last all others. */
#define VWW_HISTOGRAM_BINS 12
struct vww_histogram {
    const char *name, *unit;
    bool whole;          /* values are whole numbers */
    const double *edges; /* bins - 1 of them, ascending */
    int32_t bins;
    int64_t counts[VWW_HISTOGRAM_BINS];
};

enum vww_stats_histogram {
    VWW_STATS_BOX_SHARE,       /* of a box in the image's area */
    VWW_STATS_BOXES_PER_IMAGE, /* boxes that made the label 1 */
    VWW_STATS_LONGER_SIDE,     /* of the stored image, pixels */
    VWW_STATS_BRIGHTNESS,      /* mean of 0.299 R + 0.587 G + 0.114 B of an image, 0 … 255 */
    VWW_STATS_IMAGE_BYTES,     /* of the stored file */
    VWW_STATS_HISTOGRAMS
};

struct vww_split_stats {
    const char *name; /* a view into the manifest */
    /* boxes, and what is counted of them below: 0 where !vww_dataset_format_has_boxes(storage) */
    int64_t images, boxes, image_bytes;
    int64_t *class_images;                        /* by label */
    double brightness_mean, brightness_deviation; /* over images */
    struct vww_histogram histograms[VWW_STATS_HISTOGRAMS];
};

/* The images of a licence; a name of "" stands for those without one. */
struct vww_license_stats {
    char *name;
    int64_t images; /* of all splits */
};

struct vww_dataset_stats {
    struct vww_manifest manifest;
    struct vww_split_stats *splits;     /* as many as the manifest has */
    struct vww_license_stats *licenses; /* of the set's attribution.csv, if there is one */
    size_t license_count;
};

/* Read every record of a data set and count. Errors: those of reading a damaged set. */
vww_status vww_dataset_stats_read(const char *directory, const struct vww_progress *progress,
                                  struct vww_dataset_stats *stats, struct vww_error *error);
void vww_dataset_stats_fini(struct vww_dataset_stats *stats);

/* --- what does it look like */

struct vww_show_options {
    const char *directory; /* of a data set */
    const char *out;       /* folder for contact.png and show.html; made if missing */
    const char *split;
    int32_t label; /* images of this class alone; -1: of all */
    int32_t count; /* images, 1 to VWW_SHOW_MOST */
    uint64_t seed; /* of the choice */
};
#define VWW_SHOW_MOST 1000

/* Choose images at random and write a contact sheet (PNG) and a page (HTML, everything in one
 * file) that show them with the boxes that made their label; *shown: how many there were;
 * *has_boxes: whether the set's format stores boxes. */
vww_status vww_dataset_show(const struct vww_show_options *options,
                            const struct vww_progress *progress, int32_t *shown, bool *has_boxes,
                            struct vww_error *error);

#endif
