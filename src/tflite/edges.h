/* Between the types that a file's tensors have and those of a graph, which is all float or all
 * int8.
 *
 *   file                                               graph
 *   QUANTIZE of a float input; DEQUANTIZE before       input_edge, output_edge = VWW_EDGE_FLOAT
 *     the output
 *   a uint8 input, QUANTIZE to int8 with the same      VWW_EDGE_UINT8
 *     scale; the like before the output
 *   operators on uint8 (the older scheme)              int8 with integers and zero points less 128,
 *                                                      older_uint8
 *
 * Both compute the same values. */
#ifndef VWW_TFLITE_EDGES_H
#define VWW_TFLITE_EDGES_H

#include "vww/graph.h"

/* Bring a graph that was read to the graph's types. Errors name the operator and tensor where types
 * are mixed otherwise. Tensors may be left that nothing uses. */
vww_status tflite_settle_types(struct vww_graph *graph, struct vww_error *error);

/* Whether the graph's file has other types than the graph. */
bool tflite_has_edges(const struct vww_graph *graph);
/* Append the operators that the file has before the first. */
vww_status tflite_append_input_edge(struct vww_graph *graph, struct vww_error *error);
/* Append the operators that it has behind the last, and give the tensors the file's types. */
vww_status tflite_finish_edges(struct vww_graph *graph, struct vww_error *error);

#endif
