/* Walking the records of a shard: read in order, looked at on all cores, taken in order. */
#ifndef VWW_DATASET_RECORDS_H
#define VWW_DATASET_RECORDS_H

#include "base/memory.h"
#include "vww/image.h"
#include "vww/status.h"
#include "vww/tfrecord.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VWW_RECORDS_AT_ONCE 64

struct vww_record {
    int64_t number;         /* within its shard, from 0 */
    int64_t offset;         /* of the record in the shard, bytes */
    struct vww_buffer data; /* the Example */
};

struct vww_record_visitor {
    /* Look at a record; called on any thread, so it may write to its slot (below
     * VWW_RECORDS_AT_ONCE) only. NULL: nothing to prepare. */
    void (*prepare)(void *context, size_t slot, const struct vww_record *record);
    /* Called one after the other in the order of the file. An error ends the walk. */
    vww_status (*take)(void *context, size_t slot, const struct vww_record *record,
                       struct vww_error *error);
    void *context;
};

/* Errors: those of vww_tfrecord_open and _next, once everything before them was taken, and those of
 * the visitor. */
vww_status vww_records_walk(const char *path, const struct vww_record_visitor *visitor,
                            struct vww_error *error);

/* The image of an Example. least 0: decoded whole, so that damage anywhere is found; otherwise a
 * JPEG may come smaller, its sides at least so many pixels, which is quicker. */
vww_status vww_record_image(const struct vww_example *example, int32_t least,
                            struct vww_image *image, struct vww_error *error);

#endif
