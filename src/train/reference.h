/* The plain executor: a graph forward and backward in double precision, one loop nest for each
 * operator, nothing fused. It is slow and it is the yardstick: its gradients are tested against
 * finite differences, and the fast network (train/network.h) is tested against it. */
#ifndef VWW_TRAIN_REFERENCE_H
#define VWW_TRAIN_REFERENCE_H

#include "train/pass.h"
#include "vww/graph.h"

struct vww_reference;

/* The graph is borrowed; its weights are copied now. */
vww_status vww_reference_create(const struct vww_graph *graph, int32_t batch,
                                struct vww_reference **reference, struct vww_error *error);
void vww_reference_destroy(struct vww_reference *reference);

/* A tensor's values: batch x elements for an activation, elements otherwise. Tests change them. */
double *vww_reference_values(struct vww_reference *reference, int32_t tensor);
/* The loss's derivative by the tensor's values, after backward; same size. */
const double *vww_reference_gradient(const struct vww_reference *reference, int32_t tensor);
/* The last training forward's batch mean or (biased) variance, for a tensor of role BN_MEAN or
 * BN_VARIANCE. */
const double *vww_reference_statistic(const struct vww_reference *reference, int32_t tensor);

/* Fill the input tensor from count images of 8-bit RGB: (byte - mean) * scale. */
void vww_reference_input(struct vww_reference *reference, const uint8_t *images, int32_t count);
/* Compute every activation of the first count images from the input tensor's values. */
void vww_reference_forward(struct vww_reference *reference, int32_t count,
                           const struct vww_pass *pass);
/* Mean softmax cross-entropy of the last forward's first count images, computed from the input of
 * the graph's final SOFTMAX. targets: probabilities, count x classes. */
double vww_reference_loss(const struct vww_reference *reference, const double *targets,
                          int32_t count);
/* Gradients of that loss by every tensor (straight through fake quantization), for the pass given
 * to the last forward. */
void vww_reference_backward(struct vww_reference *reference, const double *targets, int32_t count,
                            const struct vww_pass *pass);

#endif
