/* TensorFlow Lite model files: an int8 or float graph in folded form, out and in. */
#ifndef VWW_TFLITE_H
#define VWW_TFLITE_H

#include "vww/graph.h"

/* The reader checks everything before it is used and treats the file as hostile: errors name
 * operator and tensor, or the byte offset. What it takes: one subgraph with one input and one
 * output, one image at a time, constant weights, the operators of src/tflite/operators.c. Tensors
 * that no operator uses are dropped. Files written by vww give the graph back as it was; in others
 * operators are called by kind and number ("conv_2d_3"), and the preprocessing is what turns bytes
 * into the input's integers one to one (int8), or 0 … 1 (float). */
vww_status vww_tflite_read(const char *path, struct vww_graph **graph, struct vww_error *error);
/* The same from memory; name is for errors. */
vww_status vww_tflite_parse(const void *data, size_t bytes, const char *name,
                            struct vww_graph **graph, struct vww_error *error);

/* The names of the classes, in the order of the model's outputs. */
#define VWW_LABELS_MAX 1024
struct vww_labels {
    int32_t count; /* 0: the file has none */
    char (*names)[64];
};

/* The labels that vww_tflite_write put into a file; other files have none. Release with
 * vww_labels_fini. */
vww_status vww_tflite_read_labels(const char *path, struct vww_labels *labels,
                                  struct vww_error *error);
void vww_labels_fini(struct vww_labels *labels);

/* The graph must be folded and have data; DROPOUT is left out. labels: class names, one for each
 * output element, or NULL. Metadata "vww" of the file, a JSON object, holds the labels, the
 * preprocessing and the operators' names. */
vww_status vww_tflite_write(const struct vww_graph *graph, const char *path,
                            const char *const *labels, struct vww_error *error);

/* The same with a memory plan. offsets: for each of the graph's tensors its place in the arena, -1
 * where it has none; or NULL. It becomes the metadata "OfflineMemoryAllocation", from which
 * TensorFlow Lite Micro places the tensors without planning (its docs/memory_management.md):
 * integers of 32 bits, 1 (the version), 0 (the subgraph), how many tensors the file has, and the
 * offset of each, -1 for those that have none. */
vww_status vww_tflite_write_planned(const struct vww_graph *graph, const char *path,
                                    const char *const *labels, const int64_t *offsets,
                                    struct vww_error *error);

/* The same into memory, appended to an empty buffer. */
struct vww_buffer;
vww_status vww_tflite_encode(const struct vww_graph *graph, const char *const *labels,
                             struct vww_buffer *out, struct vww_error *error);
vww_status vww_tflite_encode_planned(const struct vww_graph *graph, const char *const *labels,
                                     const int64_t *offsets, struct vww_buffer *out,
                                     struct vww_error *error);

#endif
