/* Between counting (cost.c) and the three memory rules (cost_memory.c). */
#ifndef VWW_MODEL_COST_H
#define VWW_MODEL_COST_H

#include "vww/cost.h"

/* The tensors of one layer. Tensors are named by the one that stands for all that share its bytes:
 * batch norm, activation, dropout and reshape work on their input's. */
struct vww_cost_step {
    int32_t inputs[VWW_MAX_INPUTS]; /* distinct activations */
    int32_t input_count;
    int32_t output;
    bool activated; /* ends in an activation function */
    int32_t groups; /* CONV_2D */
};

/* What the memory rules work on. */
struct vww_cost_steps {
    struct vww_cost_step *steps; /* one for each layer */
    int32_t count;
    int32_t tensor_count;
    int32_t *producer; /* of each tensor: the layer that computes it; -1 for the graph's input */
    int32_t *view_of;  /* of each tensor: the tensor whose bytes it shows a part of, or -1 */
    int32_t *users;    /* of each tensor: how many layers read it */
    int64_t *bytes;    /* of each tensor, 8 bits an element */
    int32_t input, output; /* of the graph */
};

/* Each fills its member of every layer (peak_bytes, live_bytes, split_bytes) and the figures that
 * follow from it. false: out of memory. */
bool vww_cost_branches(const struct vww_cost_steps *steps, struct vww_cost *cost);
bool vww_cost_lifetimes(const struct vww_cost_steps *steps, struct vww_cost *cost);
void vww_cost_split(const struct vww_cost_steps *steps, int32_t paths, struct vww_cost *cost);

#endif
