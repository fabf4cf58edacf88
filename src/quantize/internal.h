/* What the files of this room share. */
#ifndef VWW_QUANTIZE_INTERNAL_H
#define VWW_QUANTIZE_INTERNAL_H

#include "vww/graph.h"
#include "vww/progress.h"

/* Images are run through the network this many at once; a moving average takes them together. */
#define VWW_QUANTIZE_BATCH 16

/* Hand the images to `run` batch by batch, with progress. */
vww_status vww_quantize_batches(const struct vww_graph *graph, const uint8_t *images, int64_t count,
                                const char *stage, const struct vww_progress *progress,
                                vww_status (*run)(void *context, const uint8_t *images,
                                                  int32_t count, struct vww_error *error),
                                void *context, struct vww_error *error);

#endif
