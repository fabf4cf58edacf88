/* The annotations of a synthetic set as a COCO instances file. */
#ifndef VWW_DATASET_SYNTH_COCO_H
#define VWW_DATASET_SYNTH_COCO_H

#include "dataset/synth_picture.h"

#define VWW_SYNTH_NAME_MAX 32

/* One picture, once its pixels are written. */
struct vww_synth_record {
    int64_t id;
    int32_t width, height;
    struct vww_visible *visible;
    int visible_count;
    bool written;
};

/* "000000000042.jpg" for id 42, as COCO names its files. */
void vww_synth_file_name(int64_t id, char name[VWW_SYNTH_NAME_MAX]);

/* Write the file, whole or not at all. */
vww_status vww_synth_write_coco(const char *path, uint64_t seed, const char *split,
                                const struct vww_synth_record *records, int64_t count,
                                struct vww_error *error);

#endif
