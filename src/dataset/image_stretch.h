/* The rows of a picture in memory, stretched as runtime/preprocess/resize.h says; on this machine
 * by its instructions, to the same bytes. */
#ifndef VWW_DATASET_IMAGE_STRETCH_H
#define VWW_DATASET_IMAGE_STRETCH_H

#include "preprocess/resize.h"

/* As vwwrt_resize_row: take the next input row, write the output rows that it completes. */
void vww_stretch_row(struct vwwrt_resize *resize, const uint8_t *row, uint8_t *out,
                     size_t out_stride);

#endif
