/* TensorFlow Lite model files: an int8 or float graph in folded form, out and in. */
#ifndef VWW_TFLITE_H
#define VWW_TFLITE_H

#include "vww/graph.h"

/* The reader checks everything before it is used and treats the file as hostile: errors name
 * operator and tensor, or the byte offset. The input tensor's quantization fixes the preprocessing.
 */
vww_status vww_tflite_read(const char *path, struct vww_graph **graph, struct vww_error *error);
vww_status vww_tflite_parse(const void *data, size_t bytes, const char *name,
                            struct vww_graph **graph, struct vww_error *error);

/* labels: class names for the metadata, or NULL. */
vww_status vww_tflite_write(const struct vww_graph *graph, const char *path,
                            const char *const *labels, struct vww_error *error);

#endif
