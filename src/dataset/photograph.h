/* One photograph of a label set as it is stored. */
#ifndef VWW_DATASET_PHOTOGRAPH_H
#define VWW_DATASET_PHOTOGRAPH_H

#include "base/memory.h"
#include "dataset/output.h"
#include "dataset/source.h"
#include "vww/label.h"

struct vww_photograph {
    const struct vww_label_set *set;
    uint32_t image;         /* index in set->images */
    const char *directory;  /* where its file lies */
    const char *annotation; /* the file that lists it, for messages */
    const struct vww_listing *classes;
};

/* Read and decode the file, check its size against the annotation, stretch it to size x size and
 * encode it again (size 0: keep the file's bytes, which must be a JPEG), and append the bytes in
 * which it is stored. file_name: of its own file, where the output has one for each image. */
vww_status vww_photograph_store(const struct vww_photograph *photograph,
                                const struct vww_dataset_options *options, struct vww_buffer *out,
                                char file_name[VWW_OUTPUT_NAME_MAX], struct vww_error *error);

#endif
