/* What the files of the plain executor (train/reference.h) share. */
#ifndef VWW_TRAIN_OPERANDS_H
#define VWW_TRAIN_OPERANDS_H

#include "train/reference.h"

#include <math.h>

struct vww_reference {
    const struct vww_graph *graph;
    int32_t batch;
    double **values;     /* of each tensor, after fake quantization */
    double **gradients;  /* same sizes */
    double **statistics; /* BN_MEAN and BN_VARIANCE: of the last training batch */
    uint8_t **passes;    /* quantized activations: 1 where the gradient passes the rounding */
};

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

static inline int64_t out_channels(const struct operands *o)
{
    return o->out->dims[o->out->rank - 1];
}

/* Forward and backward of each operator: reference_weights.c, _simple.c, _move.c, _index.c. */
#define VWW_REFERENCE_PAIR(name)                                                                   \
    void vww_reference_##name(const struct operands *o);                                           \
    void vww_reference_##name##_backward(const struct operands *o);
VWW_REFERENCE_PAIR(conv)
VWW_REFERENCE_PAIR(fully_connected)
VWW_REFERENCE_PAIR(batch_norm)
VWW_REFERENCE_PAIR(relu)
VWW_REFERENCE_PAIR(average_pool)
VWW_REFERENCE_PAIR(reshape)
VWW_REFERENCE_PAIR(dropout)
VWW_REFERENCE_PAIR(softmax)
VWW_REFERENCE_PAIR(max_pool)
VWW_REFERENCE_PAIR(concat)
VWW_REFERENCE_PAIR(split)
VWW_REFERENCE_PAIR(shuffle)
VWW_REFERENCE_PAIR(pad)
VWW_REFERENCE_PAIR(add)
VWW_REFERENCE_PAIR(mul)
VWW_REFERENCE_PAIR(mean)
VWW_REFERENCE_PAIR(logistic)
VWW_REFERENCE_PAIR(hard_swish)
VWW_REFERENCE_PAIR(gather) /* TRANSPOSE, STRIDED_SLICE, RESIZE_NEAREST */
#undef VWW_REFERENCE_PAIR

#endif
