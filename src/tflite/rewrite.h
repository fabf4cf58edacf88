/* What a graph has as one operator and the format only as several, and the way back.
 *
 *   CHANNEL_SHUFFLE                    RESHAPE, TRANSPOSE, RESHAPE
 *   a window with EXPLICIT padding     PAD, and the window with VALID padding
 *
 * Both compute the same integers. */
#ifndef VWW_TFLITE_REWRITE_H
#define VWW_TFLITE_REWRITE_H

#include "vww/graph.h"

/* A copy of the graph with what the format has; NULL where the graph itself is so. */
vww_status tflite_expand(const struct vww_graph *graph, struct vww_graph **expanded,
                         struct vww_error *error);

/* Replace what tflite_expand makes by what it was made from, and drop the tensors between. */
vww_status tflite_contract(struct vww_graph *graph, struct vww_error *error);

#endif
