/* What the files of the plain executor (train/reference.h) share. */
#ifndef VWW_TRAIN_OPERANDS_H
#define VWW_TRAIN_OPERANDS_H

#include "train/reference.h"

#include <math.h>

/* One operator's view of the tensors it touches. */
struct operands {
    const struct vww_graph *graph;
    const struct vww_op *op;
    int32_t index; /* of the operator */
    const struct vww_shape *in, *out;
    double *x, *w, *b, *y;     /* values: first, second, third input; output */
    double *dx, *dw, *db, *dy; /* gradients of the same */
    int32_t count;             /* images */
    const struct vww_pass *pass;
    struct vww_reference *reference;
};

static inline double activation_low(enum vww_activation activation)
{
    return activation == VWW_ACTIVATION_RELU_N1_TO_1 ? -1 : 0;
}

static inline double activation_high(enum vww_activation activation)
{
    if (activation == VWW_ACTIVATION_RELU)
        return INFINITY;
    return activation == VWW_ACTIVATION_RELU6 ? 6 : 1;
}

static inline double activate(enum vww_activation activation, double value)
{
    if (activation == VWW_ACTIVATION_NONE)
        return value;
    if (value < activation_low(activation))
        return activation_low(activation);
    return value > activation_high(activation) ? activation_high(activation) : value;
}

/* Zero or one, from the activation's output: strictly between its limits. */
static inline double activation_slope(enum vww_activation activation, double output)
{
    return activation == VWW_ACTIVATION_NONE ||
           (output > activation_low(activation) && output < activation_high(activation));
}

static inline int64_t out_elements(const struct operands *o)
{
    return vww_shape_elements(o->out) * o->count;
}

/* Forward and backward of operators that are index arithmetic or functions of one number. */
#define VWW_REFERENCE_PAIR(name)                                                                   \
    void vww_reference_##name(const struct operands *o);                                           \
    void vww_reference_##name##_backward(const struct operands *o);
VWW_REFERENCE_PAIR(add)
VWW_REFERENCE_PAIR(mul)
VWW_REFERENCE_PAIR(mean)
VWW_REFERENCE_PAIR(logistic)
VWW_REFERENCE_PAIR(hard_swish)
VWW_REFERENCE_PAIR(gather) /* TRANSPOSE, STRIDED_SLICE, RESIZE_NEAREST */
#undef VWW_REFERENCE_PAIR

#endif
