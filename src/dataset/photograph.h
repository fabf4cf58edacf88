/* One photograph of a label set as one TFRecord record. */
#ifndef VWW_DATASET_PHOTOGRAPH_H
#define VWW_DATASET_PHOTOGRAPH_H

#include "base/memory.h"
#include "vww/label.h"

struct vww_photograph {
    const struct vww_label_set *set;
    uint32_t image;         /* index in set->images */
    const char *directory;  /* where its file lies */
    const char *annotation; /* the file that lists it, for messages */
};

/* Read and decode the file, check its size against the annotation, stretch it to size x size and
 * encode it again (size 0: keep the file's bytes, which must be a JPEG), and append the record. */
vww_status vww_photograph_record(const struct vww_photograph *photograph, int32_t size,
                                 struct vww_buffer *record, struct vww_error *error);

#endif
