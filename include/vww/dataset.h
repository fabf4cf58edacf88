/* A built data set: a folder of shards (or of images), labels.txt and manifest.json. The manifest
 * is written last; a folder without it is no data set. */
#ifndef VWW_DATASET_H
#define VWW_DATASET_H

#include "vww/label.h"
#include "vww/progress.h"
#include "vww/ranks.h"
#include "vww/status.h"
#include "vww/tfrecord.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VWW_JPEG_QUALITY 95 /* of resized images, 4:4:4 */

/* One set of annotation files (or folders) and where their images lie. */
struct vww_dataset_source {
    const char *const *annotations;
    size_t annotation_count;
    const char *const *image_dirs; /* one for all files, or one for each */
    size_t image_dir_count;
};

enum vww_dataset_split {
    VWW_SPLIT_COCO,     /* the train files make train, the val files make val */
    VWW_SPLIT_MINIVAL,  /* the images whose ids are listed make val, all others train */
    VWW_SPLIT_FRACTION, /* a share of the images, chosen by a hash of their ids, makes val */
    VWW_SPLIT_KERAS     /* a share of each class, its first images by file name, makes val */
};
const char *vww_dataset_split_name(enum vww_dataset_split split);

/* How images are brought to a size. */
enum vww_dataset_resize {
    VWW_RESIZE_STRETCH, /* the whole image */
    VWW_RESIZE_COVER    /* the largest square in its middle */
};
/* VWW_RESIZE_NAME or VWW_RESIZE_COVER_NAME. */
const char *vww_resize_name(enum vww_dataset_resize resize);

/* How the images are stored. */
enum vww_dataset_format {
    VWW_FORMAT_TFRECORD,   /* shards of tf.train.Example */
    VWW_FORMAT_FOLDERS,    /* train/<class>/<name>.jpg; for the background train/non_<class> */
    VWW_FORMAT_WEBDATASET, /* tar shards: <id>.cls, <id>.jpg, <id>.json */
    VWW_FORMAT_MLPERF,     /* train/<id>.bin, RGB bytes row by row, and train/y_labels.csv */
};
const char *vww_dataset_format_name(enum vww_dataset_format format);
/* The format of this name; false: there is none. */
bool vww_dataset_format_of(const char *name, enum vww_dataset_format *format);
/* Whether the boxes that made the label are stored. */
bool vww_dataset_format_has_boxes(enum vww_dataset_format format);

struct vww_dataset_options {
    const struct vww_source_format *format; /* of both sources; NULL: COCO */
    struct vww_dataset_source train, val;
    struct vww_label_policy policy;
    bool every_class; /* of class folders: each is a class of its own, in the order of the names;
                       * otherwise the policy's class of interest is told from all else */
    enum vww_dataset_split split;
    const char *minival_ids; /* file of decimal ids, one a line; VWW_SPLIT_MINIVAL only */
    double val_fraction;     /* 0 … 1; VWW_SPLIT_FRACTION and VWW_SPLIT_KERAS only */
    enum vww_dataset_format output;
    enum vww_features features; /* of VWW_FORMAT_TFRECORD */
    bool count_objects;         /* store the number of qualifying objects */
    int32_t grid;               /* store a grid x grid map of where they are; 0: none */
    const char *output_dir;
    int32_t size; /* images are brought to size x size; 0: files pass through unchanged */
    enum vww_dataset_resize resize; /* with a size */
    bool decode; /* decode also the files that pass through, which finds damage in their middle */
    int32_t train_shards, val_shards;
    bool skip_bad_images;        /* leave out images that are missing or damaged, and list them */
    const char *const *licenses; /* ids, names or URLs: only images of these; COCO sources only */
    size_t license_count;        /* 0: of all */
    struct vww_ranks
        *ranks; /* that build together, or NULL: shard i of all shards, train's first, is
                 * written by rank i mod their number. They share the output folder */
};

#define VWW_DATASET_CLASSES_MAX 64

struct vww_dataset_counts {
    int64_t images[VWW_DATASET_CLASSES_MAX]; /* written, by label */
    int64_t dropped;                         /* by the policy */
    int64_t unlicensed;                      /* left out, with options.licenses */
    int64_t skipped;                         /* missing or damaged images, with skip_bad_images */
};
struct vww_dataset_result {
    struct vww_dataset_counts train, val;
    int64_t minival_absent;    /* listed ids that no annotation file has */
    bool minival_is_published; /* the list is mscoco_minival_ids.txt, by its SHA-256 */
    char minival_sha256[65];   /* empty: another split */
};

/* Label, decode, stretch and write. With splits other than VWW_SPLIT_COCO both sources make one
 * pool, and val may be empty. Image k of a split goes to shard k mod shards; the bytes do not
 * depend on the number of threads or ranks. All files appear in the output folder at the end; on
 * any error the folder is as it was before; one process (or one rank 0) at a time writes into it.
 * When stopped or killed, whole shards stay in O/.building: the same call goes on after them, to
 * the same bytes. All ranks return the same status, with the message of the one that failed; the
 * result is rank 0's.
 * Formats with a file for each image need a folder without train/ and val/, begin anew after a
 * stop, and are written by one process. Errors name the file: those of vww_label_set_read, of
 * decoding, of writing; an image whose size differs from its annotation; an image id in both
 * splits; with every_class fewer than two folders, or more than VWW_DATASET_CLASSES_MAX. */
vww_status vww_dataset_build(const struct vww_dataset_options *options,
                             const struct vww_progress *progress, struct vww_dataset_result *result,
                             struct vww_error *error);

/* --- the manifest */

/* Formats with a file for each image have one for each split, "train.sha256" or "val.sha256": the
 * list of its files with their SHA-256, in the form of the tool sha256sum. */
struct vww_dataset_shard {
    char *file; /* within the folder */
    int64_t records, bytes;
    char sha256[65];
};

struct vww_dataset_part {
    char *name; /* "train" or "val" */
    int64_t images;
    int64_t *class_images; /* by label, or NULL where the manifest does not count them */
    struct vww_dataset_shard *shards;
    size_t shard_count;
};

struct vww_manifest {
    char **classes; /* by label: "background", "person" */
    size_t class_count;
    struct vww_dataset_part *parts;
    size_t part_count;
    int32_t size; /* of the stored images, 0: as they came */
    char *resize; /* name of the resize, or "none" */
    char *policy; /* name of the labelling policy */
    enum vww_dataset_format storage;
};

/* Read and check folder/manifest.json. A folder without one: VWW_ERROR_NOT_FOUND that says how to
 * make one. */
vww_status vww_manifest_read(const char *folder, struct vww_manifest *manifest,
                             struct vww_error *error);
void vww_manifest_fini(struct vww_manifest *manifest);
/* The part of this name; NULL with an error that names those that exist. */
const struct vww_dataset_part *vww_manifest_part(const struct vww_manifest *manifest,
                                                 const char *folder, const char *name,
                                                 struct vww_error *error);

#endif
