/* What the zoo's families are built from. One file per family: zoo_<family>.c. */
#ifndef VWW_MODEL_ZOO_H
#define VWW_MODEL_ZOO_H

#include "vww/zoo.h"

/* Appends operators to a graph. After a failure `status` says so, every later call does nothing and
 * returns -1, and the family's function returns `status` at its end. */
struct vww_zoo_builder {
    struct vww_graph *graph;
    struct vww_error *error;
    vww_status status;
    float epsilon, momentum; /* of every batch norm */
};

struct vww_zoo_conv {
    int32_t channels; /* output channels; ignored by depthwise */
    int32_t kernel, stride;
    bool depthwise;
    bool bias, batch_norm;
    enum vww_activation activation;
};

/* The RGB image, 1 x resolution x resolution x 3. Each function returns a tensor's index. */
int32_t vww_zoo_input(struct vww_zoo_builder *builder, int32_t resolution);
int32_t vww_zoo_append(struct vww_zoo_builder *builder, struct vww_op *op);
/* Convolution, then batch norm and activation where asked for. SAME padding. */
int32_t vww_zoo_conv(struct vww_zoo_builder *builder, int32_t x, const char *name,
                     const struct vww_zoo_conv *conv);

vww_status vww_zoo_mobilenet_v1(const struct vww_zoo_options *options, struct vww_graph *graph,
                                struct vww_error *error);

#endif
