/* What is wrong with one image of a data set. */
#ifndef VWW_DATASET_VERIFY_EXAMPLE_H
#define VWW_DATASET_VERIFY_EXAMPLE_H

#include "dataset/likeness.h"
#include "vww/dataset.h"
#include "vww/status.h"
#include "vww/tfrecord.h"

/* Check label, boxes, the image's SHA-256 where the record has one, that it decodes to the last
 * row, and its size. likeness: of the image, or NULL. */
vww_status vww_verify_example(const struct vww_manifest *manifest,
                              const struct vww_example *example, struct vww_likeness *likeness,
                              struct vww_error *error);

#endif
