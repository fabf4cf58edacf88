/* A graph compiled for training and float evaluation in batches. Convolution, batch norm and
 * activation become one node; everything is allocated when the network is made, so that a training
 * step allocates nothing. Work is cut into a fixed number of chunks of images, whose partial sums
 * are added in chunk order: the results do not depend on the number of threads. */
#ifndef VWW_TRAIN_NETWORK_H
#define VWW_TRAIN_NETWORK_H

#include "train/pass.h"
#include "train/share.h"
#include "vww/graph.h"

struct vww_network;

enum vww_execution {
    VWW_EVALUATION,
    VWW_TRAINING,      /* with gradients */
    VWW_TRAINING_BF16, /* which stores activations and their gradients as bfloat16, but those of a
                        * single pixel; weights, sums and arithmetic stay float32 and double */
};

/* The graph is borrowed: it must outlive the network, and its tensors must not move. Operators or
 * arrangements that cannot be executed: VWW_ERROR_UNSUPPORTED naming the operator. Loads the
 * weights. */
vww_status vww_network_create(const struct vww_graph *graph, int32_t batch,
                              enum vww_execution execution, struct vww_network **network,
                              struct vww_error *error);
void vww_network_destroy(struct vww_network *network);

/* From now on the network computes this rank's share of each training batch. Gradients, sums and
 * the loss are those of the whole batch all the same, and so are batch statistics where they are
 * synchronized. */
void vww_network_share(struct vww_network *network, const struct vww_share *share);

/* Read the graph's weights again, after they changed. */
void vww_network_load_weights(struct vww_network *network);

/* Compute a batch of count images: 8-bit RGB, height x width x 3 each. In training, `images` are
 * this rank's share of them. They must stay until after the backward pass. */
void vww_network_forward(struct vww_network *network, const uint8_t *images, int32_t count,
                         const struct vww_pass *pass);
/* Softmax of the last forward: count x classes. */
const float *vww_network_probabilities(const struct vww_network *network);
int32_t vww_network_classes(const struct vww_network *network);

struct vww_loss {
    double loss;     /* mean cross-entropy against the targets, natural logarithm */
    int32_t correct; /* images whose most probable class is their label */
};

/* Loss of the last training forward and the gradient of every parameter by it. labels, and targets
 * (probabilities, images x classes): of the images that forward was given. While it works back
 * through the nodes, gradients that are whole travel to the other ranks. */
struct vww_loss vww_network_backward(struct vww_network *network, const int32_t *labels,
                                     const double *targets);
/* Gradient of a parameter tensor, in the tensor's own layout; NULL where there is none. */
const float *vww_network_gradient(const struct vww_network *network, int32_t tensor);

/* moving = decay * moving + (1 - decay) * statistic of the last training batch, for each batch norm
 * of `graph`, which must be the network's. The variance is the unbiased one. */
void vww_network_update_statistics(const struct vww_network *network, struct vww_graph *graph,
                                   double decay);

/* From now on, training passes over this graph (the network's) observe the range of every
 * activation that has quantization parameters of its own, average it, and set the parameters: range
 * = decay * range + (1 - decay) * range of the batch (the first time: the range of the batch). */
void vww_network_track_ranges(struct vww_network *network, struct vww_graph *graph, double decay);

/* An activation tensor of the last forward: count x elements of the tensor, in its own layout. */
void vww_network_activation(const struct vww_network *network, int32_t tensor, float *values);

/* Time spent in each node, for the benchmark. */
struct vww_node_time {
    const char *name;
    double forward_seconds, backward_seconds; /* of work, of all threads together */
    double macs;                              /* multiply-adds of one image, forward */
    double bytes; /* activation and gradient bytes that one image's training moves, at least */
};
/* Times of all passes since the last call to vww_network_time_reset; returns the number of nodes.
 */
int32_t vww_network_times(const struct vww_network *network, struct vww_node_time *times,
                          int32_t room);
void vww_network_time_reset(struct vww_network *network);

#endif
