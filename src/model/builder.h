/* Appending layers to a graph: what the zoo and the network text format share, so that both name
 * and order operators and tensors alike. */
#ifndef VWW_MODEL_BUILDER_H
#define VWW_MODEL_BUILDER_H

#include "vww/graph.h"

/* After a failure `status` says so, and every later call does nothing and returns -1. */
struct vww_builder {
    struct vww_graph *graph;
    struct vww_error *error;
    vww_status status;
    float epsilon, momentum; /* of every batch norm */
    enum vww_padding
        padding; /* the zoo's rule for windows: SAME, or EXPLICIT for half the kernel */
};

/* Each function returns the index of its (first) output tensor. */

/* The graph's input, 1 x height x width x channels. */
int32_t vww_build_input(struct vww_builder *builder, const char *name, int32_t height,
                        int32_t width, int32_t channels);

/* A copy of op with new output tensors. A stride on a single pixel is an error: the strides before
 * it used up the image. */
int32_t vww_build_append(struct vww_builder *builder, const struct vww_op *op);

/* CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED with its weights, then batch norm and activation.
 * op: kind, name, inputs[0] and what concerns its window; the rest is filled in. Names: <name>,
 * <name>/weights, <name>/bn, <name>/gamma, <name>/relu6, … */
struct vww_build_weights {
    int32_t kernel_h, kernel_w; /* not of FULLY_CONNECTED */
    int32_t channels;           /* of the output */
    bool bias, batch_norm;
    enum vww_activation activation;
};
int32_t vww_build_weighted(struct vww_builder *builder, const struct vww_op *op,
                           const struct vww_build_weights *layer);

/* BATCH_NORM called op_name, with tensors <layer>/gamma, beta, mean and variance. */
int32_t vww_build_batch_norm(struct vww_builder *builder, int32_t x, const char *op_name,
                             const char *layer);
/* <layer>/relu or <layer>/relu6; x itself for VWW_ACTIVATION_NONE. */
int32_t vww_build_activation(struct vww_builder *builder, int32_t x, const char *layer,
                             enum vww_activation activation);

/* The last dimension of a tensor; 0 after a failure. */
int32_t vww_build_channels(const struct vww_builder *builder, int32_t tensor);

/* EXPLICIT padding of half the kernel on every side, PyTorch's usual one. */
void vww_build_half_padding(struct vww_op *op, int32_t kernel_h, int32_t kernel_w);

#endif
