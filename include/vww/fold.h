/* The deployed form of a network: what training with fake quantization trains, and what is
 * converted. */
#ifndef VWW_FOLD_H
#define VWW_FOLD_H

#include "vww/graph.h"

/* A copy of the graph in its deployed form. A BATCH_NORM whose input is a convolution's or
 * classifier's output, read by nobody else, becomes part of its weights and bias:
 *   w' = w * gamma / sqrt(variance + epsilon)
 *   b' = beta + (b - mean) * gamma / sqrt(variance + epsilon)
 * (in double, rounded once); a RELU or RELU6 that follows it, or an ADD, becomes its `activation`;
 * DROPOUT goes away; tensors that nobody uses go away; everything else is kept, in order. The
 * operator keeps its name and its output's name, and its output gets the observed range and the
 * quantization of the last tensor it absorbed; a bias it did not have is called "<operator>/bias".
 *
 * Works without data too (then the result has none), and on a folded graph (a copy).
 * VWW_ERROR_FORMAT: a channel's variance + epsilon is not positive, or the graph is broken. Release
 * *folded with vww_graph_destroy. */
vww_status vww_quantize_fold(const struct vww_graph *graph, struct vww_graph **folded,
                             struct vww_error *error);

#endif
