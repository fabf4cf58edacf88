/* Walking the images of a built data set, whatever the format it is stored in: read in order,
 * looked at on all cores, taken in order. A format is one struct vww_record_format, which the table
 * of formats (dataset/output.h) names. */
#ifndef VWW_DATASET_RECORDS_H
#define VWW_DATASET_RECORDS_H

#include "base/file.h"
#include "base/memory.h"
#include "vww/dataset.h"
#include "vww/image.h"
#include "vww/status.h"
#include "vww/tfrecord.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VWW_RECORDS_AT_ONCE 64

/* image/format of images that are RGB bytes row by row. */
#define VWW_RAW_PIXELS "rgb"

struct vww_record {
    int64_t number;          /* within its shard, from 0 */
    char file[VWW_PATH_MAX]; /* the shard, or the image's own file */
    int64_t offset;          /* of the record in the file, bytes; -1: the file is nothing else */
    struct vww_buffer data;  /* the Example; that of another format is what TFRecords would hold */
    vww_status status;       /* not VWW_OK: this image alone cannot be read, and error says why */
    struct vww_error error;
};

/* The shard whose images are wanted. Formats with a file for each image have one shard for each
 * split, the list of its files (dataset/sums.h). */
struct vww_record_place {
    const char *directory; /* of the set */
    const struct vww_manifest *manifest;
    const char *part, *shard; /* name of the split; file name of the shard */
};

/* How the images of a shard of one format are read. */
struct vww_record_format {
    /* path: of the shard. */
    vww_status (*open)(const struct vww_record_place *place, const char *path, void **reader,
                       struct vww_error *error);
    /* The next image into file, offset, data (emptied before), or status and error. *ended: there
     * was none. An error returned ends the walk: nothing can be found after it. */
    vww_status (*next)(void *reader, struct vww_record *record, bool *ended,
                       struct vww_error *error);
    void (*close)(void *reader);
};
extern const struct vww_record_format vww_records_tfrecord, vww_records_webdataset,
    vww_records_files;

struct vww_record_visitor {
    /* Look at a record; called on any thread, so it may write to its slot (below
     * VWW_RECORDS_AT_ONCE) only. NULL: nothing to prepare. */
    void (*prepare)(void *context, size_t slot, const struct vww_record *record);
    /* Called one after the other in the order of the file. An error ends the walk. */
    vww_status (*take)(void *context, size_t slot, const struct vww_record *record,
                       struct vww_error *error);
    void *context;
};

/* Errors: those of the format, once everything before them was taken, and those of the visitor. */
vww_status vww_records_walk(const struct vww_record_place *place,
                            const struct vww_record_visitor *visitor, struct vww_error *error);

/* The Example of a record; release with vww_example_fini. Errors: record->error, and those of
 * vww_example_unpack. */
vww_status vww_record_example(const struct vww_record *record, struct vww_example_read *read,
                              struct vww_error *error);

/* The image of an Example. least 0: decoded whole, so that damage anywhere is found; otherwise a
 * JPEG may come smaller, its sides at least so many pixels, which is quicker. */
vww_status vww_record_image(const struct vww_example *example, int32_t least,
                            struct vww_image *image, struct vww_error *error);

/* --- the format WebDataset, for tests */

struct vww_tar_reader;
/* The three files of the next image, id.cls, id.jpg and id.json, as vww writes them. */
vww_status vww_records_web_next(struct vww_tar_reader *tar, struct vww_record *record, bool *ended,
                                struct vww_error *error);

#endif
