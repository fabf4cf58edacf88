/* The shape rules that need more than a line, for vww_op_infer. Each returns NULL and the output's
 * shape, or what is wrong. */
#ifndef VWW_MODEL_OPERATOR_H
#define VWW_MODEL_OPERATOR_H

#include "vww/graph.h"

const char *vww_infer_broadcast(const struct vww_shape *a, const struct vww_shape *b,
                                struct vww_shape *out);
const char *vww_infer_mean(const struct vww_op *op, const struct vww_shape *in,
                           struct vww_shape *out);
const char *vww_infer_strided_slice(const struct vww_op *op, const struct vww_shape *in,
                                    struct vww_shape *out);
const char *vww_infer_resize(const struct vww_op *op, const struct vww_shape *in,
                             struct vww_shape *out);

#endif
