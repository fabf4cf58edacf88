/* What a graph knows that the format has no place for, as one JSON object in the file's metadata
 * under the name "vww":
 *
 *   {"format": 1, "name": "mobilenet_v1_0.25_96", "family": "mobilenet_v1",
 *    "depth_multiplier": 0.25, "labels": ["no person", "person"],
 *    "input": {"height": 96, "width": 96, "color_order": "RGB", "mean": 128, "scale": 0.0078125,
 *              "resize": "stretch-bilinear-antialias"},
 *    "operators": ["conv0", "dw1", …]}
 *
 * An input's real value is (byte - mean) * scale. */
#ifndef VWW_TFLITE_METADATA_H
#define VWW_TFLITE_METADATA_H

#include "base/memory.h"
#include "vww/tflite.h"

#define TFLITE_METADATA_NAME "vww"
#define TFLITE_PLAN_NAME "OfflineMemoryAllocation"

/* Append the JSON. labels: or NULL. */
void tflite_metadata_write(const struct vww_graph *graph, const char *const *labels,
                           struct vww_buffer *out);
/* Take over what the JSON says about the graph, all of whose operators are there. */
vww_status tflite_metadata_read(const void *json, size_t bytes, const char *name,
                                struct vww_graph *graph, struct vww_error *error);
vww_status tflite_metadata_labels(const void *json, size_t bytes, const char *name,
                                  struct vww_labels *labels, struct vww_error *error);

#endif
