/* Operators of the plain executor that have no weights and keep the order of values: activations,
 * pools, dropout, softmax. */
#include "train/operands.h"

#include <math.h>
#include <string.h>

static enum vww_activation activation_of(enum vww_op_kind kind)
{
    return kind == VWW_OP_RELU6 ? VWW_ACTIVATION_RELU6 : VWW_ACTIVATION_RELU;
}

void vww_reference_relu(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    for (int64_t i = 0; i < elements; i++)
        o->y[i] = activate(activation_of(o->op->kind), o->x[i]);
}

void vww_reference_relu_backward(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    const enum vww_activation activation = activation_of(o->op->kind);
    for (int64_t i = 0; i < elements; i++)
        o->dx[i] += o->dy[i] * activation_slope(activation, activate(activation, o->x[i]));
}

/* The average is over the window's pixels inside the image. */
static void average_pool(const struct operands *o, bool backward)
{
    const struct vww_op *op = o->op;
    const int64_t in_h = o->in->dims[1], in_w = o->in->dims[2], channels = o->in->dims[3];
    const int64_t out_h = o->out->dims[1], out_w = o->out->dims[2];
    for (int64_t n = 0; n < o->count; n++)
        for (int64_t h = 0; h < out_h; h++)
            for (int64_t w = 0; w < out_w; w++) {
                int64_t top = h * op->stride_h - op->pad_top,
                        left = w * op->stride_w - op->pad_left;
                int64_t bottom = top + op->kernel_h, right = left + op->kernel_w;
                top = top < 0 ? 0 : top;
                left = left < 0 ? 0 : left;
                bottom = bottom > in_h ? in_h : bottom;
                right = right > in_w ? in_w : right;
                const double share = 1.0 / (double)((bottom - top) * (right - left));
                for (int64_t c = 0; c < channels; c++) {
                    const int64_t y = ((n * out_h + h) * out_w + w) * channels + c;
                    const double slope = backward ? activation_slope(op->activation, o->y[y]) : 0;
                    double sum = 0;
                    for (int64_t i = top; i < bottom; i++)
                        for (int64_t j = left; j < right; j++) {
                            const int64_t x = ((n * in_h + i) * in_w + j) * channels + c;
                            sum += o->x[x];
                            if (backward)
                                o->dx[x] += o->dy[y] * slope * share;
                        }
                    if (!backward)
                        o->y[y] = activate(op->activation, sum * share);
                }
            }
}

void vww_reference_average_pool(const struct operands *o)
{
    average_pool(o, false);
}

void vww_reference_average_pool_backward(const struct operands *o)
{
    average_pool(o, true);
}

void vww_reference_reshape(const struct operands *o)
{
    memcpy(o->y, o->x, (size_t)out_elements(o) * sizeof *o->y);
}

void vww_reference_reshape_backward(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    for (int64_t i = 0; i < elements; i++)
        o->dx[i] += o->dy[i];
}

static double dropout_factor(const struct operands *o, int64_t element)
{
    if (!o->pass->training)
        return 1;
    return (double)vww_dropout_factor(vww_dropout_random(o->pass, o->index), (uint64_t)element,
                                      o->op->keep_probability);
}

void vww_reference_dropout(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    for (int64_t i = 0; i < elements; i++)
        o->y[i] = o->x[i] * dropout_factor(o, i);
}

void vww_reference_dropout_backward(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    for (int64_t i = 0; i < elements; i++)
        o->dx[i] += o->dy[i] * dropout_factor(o, i);
}

void vww_reference_softmax(const struct operands *o)
{
    const int64_t classes = out_channels(o), rows = out_elements(o) / classes;
    for (int64_t r = 0; r < rows; r++) {
        const double *x = o->x + r * classes;
        double *y = o->y + r * classes;
        double largest = x[0], sum = 0;
        for (int64_t c = 1; c < classes; c++)
            largest = x[c] > largest ? x[c] : largest;
        for (int64_t c = 0; c < classes; c++)
            sum += y[c] = exp((double)o->op->beta * (x[c] - largest));
        for (int64_t c = 0; c < classes; c++)
            y[c] /= sum;
    }
}

/* The loss's gradient enters at softmax's input: see vww_reference_backward. */
void vww_reference_softmax_backward(const struct operands *o)
{
    (void)o;
}

/* Of equal largest values the first has the gradient. */
static void max_pool(const struct operands *o, bool backward)
{
    const struct vww_op *op = o->op;
    const int64_t in_h = o->in->dims[1], in_w = o->in->dims[2], channels = o->in->dims[3];
    const int64_t out_h = o->out->dims[1], out_w = o->out->dims[2];
    const int64_t elements = out_elements(o);
    for (int64_t y = 0; y < elements; y++) {
        const int64_t c = y % channels, w = y / channels % out_w;
        const int64_t h = y / channels / out_w % out_h, n = y / channels / out_w / out_h;
        int64_t best = -1;
        for (int64_t i = 0; i < op->kernel_h; i++)
            for (int64_t j = 0; j < op->kernel_w; j++) {
                const int64_t row = h * op->stride_h - op->pad_top + i;
                const int64_t column = w * op->stride_w - op->pad_left + j;
                const int64_t x = ((n * in_h + row) * in_w + column) * channels + c;
                if (row >= 0 && row < in_h && column >= 0 && column < in_w &&
                    (best < 0 || o->x[x] > o->x[best]))
                    best = x;
            }
        if (backward)
            o->dx[best] += o->dy[y] * activation_slope(op->activation, o->y[y]);
        else
            o->y[y] = activate(op->activation, o->x[best]);
    }
}

void vww_reference_max_pool(const struct operands *o)
{
    max_pool(o, false);
}

void vww_reference_max_pool_backward(const struct operands *o)
{
    max_pool(o, true);
}
