/* Operators of the plain executor that have weights: convolutions, fully connected, batch norm. */
#include "train/operands.h"

#include <math.h>
#include <string.h>

/* --- convolutions ------------------------------------------------------------------------------
 */

/* Calls each(o, x index, w index, y index) for every multiply-add. */
static void each_conv_product(const struct operands *o,
                              void (*each)(const struct operands *o, int64_t x, int64_t w,
                                           int64_t y))
{
    const struct vww_op *op = o->op;
    const struct vww_shape *weights = &o->graph->tensors[op->inputs[1]].shape;
    const bool depthwise = op->kind == VWW_OP_DEPTHWISE_CONV_2D;
    const int64_t in_h = o->in->dims[1], in_w = o->in->dims[2], in_c = o->in->dims[3];
    const int64_t out_h = o->out->dims[1], out_w = o->out->dims[2], out_c = o->out->dims[3];
    const int64_t kernel_h = weights->dims[1], kernel_w = weights->dims[2];
    const int64_t group_in = depthwise ? 1 : weights->dims[3];
    const int64_t group_out = depthwise ? out_c / in_c : out_c / op->groups;
    for (int64_t n = 0; n < o->count; n++)
        for (int64_t h = 0; h < out_h; h++)
            for (int64_t w = 0; w < out_w; w++)
                for (int64_t c = 0; c < out_c; c++)
                    for (int64_t i = 0; i < kernel_h; i++)
                        for (int64_t j = 0; j < kernel_w; j++) {
                            const int64_t row = h * op->stride_h + i * op->dilation_h - op->pad_top;
                            const int64_t column =
                                w * op->stride_w + j * op->dilation_w - op->pad_left;
                            if (row < 0 || row >= in_h || column < 0 || column >= in_w)
                                continue;
                            const int64_t y = ((n * out_h + h) * out_w + w) * out_c + c;
                            const int64_t x0 = ((n * in_h + row) * in_w + column) * in_c +
                                               c / group_out * group_in;
                            const int64_t w0 = depthwise
                                                   ? (i * kernel_w + j) * out_c + c
                                                   : ((c * kernel_h + i) * kernel_w + j) * group_in;
                            for (int64_t k = 0; k < group_in; k++)
                                each(o, x0 + k, w0 + k, y);
                        }
}

static void product_forward(const struct operands *o, int64_t x, int64_t w, int64_t y)
{
    o->y[y] += o->x[x] * o->w[w];
}

static void product_backward(const struct operands *o, int64_t x, int64_t w, int64_t y)
{
    o->dx[x] += o->dy[y] * o->w[w];
    o->dw[w] += o->dy[y] * o->x[x];
}

static void add_bias(const struct operands *o)
{
    const int64_t elements = out_elements(o), channels = out_channels(o);
    for (int64_t i = 0; i < elements; i++)
        o->y[i] = activate(o->op->activation, o->y[i] + (o->b != NULL ? o->b[i % channels] : 0));
}

static void bias_backward(const struct operands *o)
{
    const int64_t elements = out_elements(o), channels = out_channels(o);
    for (int64_t i = 0; i < elements; i++) {
        o->dy[i] *= activation_slope(o->op->activation, o->y[i]);
        if (o->db != NULL)
            o->db[i % channels] += o->dy[i];
    }
}

void vww_reference_conv(const struct operands *o)
{
    memset(o->y, 0, (size_t)out_elements(o) * sizeof *o->y);
    each_conv_product(o, product_forward);
    add_bias(o);
}

void vww_reference_conv_backward(const struct operands *o)
{
    bias_backward(o);
    each_conv_product(o, product_backward);
}

void vww_reference_fully_connected(const struct operands *o)
{
    const int64_t in = o->graph->tensors[o->op->inputs[1]].shape.dims[1], out = out_channels(o);
    const int64_t rows = out_elements(o) / out;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < out; c++) {
            double sum = 0;
            for (int64_t k = 0; k < in; k++)
                sum += o->x[r * in + k] * o->w[c * in + k];
            o->y[r * out + c] = sum;
        }
    add_bias(o);
}

void vww_reference_fully_connected_backward(const struct operands *o)
{
    const int64_t in = o->graph->tensors[o->op->inputs[1]].shape.dims[1], out = out_channels(o);
    const int64_t rows = out_elements(o) / out;
    bias_backward(o);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < out; c++)
            for (int64_t k = 0; k < in; k++) {
                o->dx[r * in + k] += o->dy[r * out + c] * o->w[c * in + k];
                o->dw[c * in + k] += o->dy[r * out + c] * o->x[r * in + k];
            }
}

/* --- batch norm (Ioffe and Szegedy 2015) ---------------------------------------------------------
 */

/* The mean and biased variance that normalize channel c in this pass. */
static void batch_norm_moments(const struct operands *o, int64_t c, double *mean, double *variance)
{
    const int32_t *inputs = o->op->inputs;
    struct vww_reference *reference = o->reference;
    *mean = reference->values[inputs[3]][c];
    *variance = reference->values[inputs[4]][c];
    if (!o->pass->training)
        return;
    const int64_t channels = out_channels(o), elements = out_elements(o);
    const double rows = (double)(elements / channels);
    double sum = 0, squares = 0;
    for (int64_t i = c; i < elements; i += channels)
        sum += o->x[i];
    *mean = sum / rows;
    for (int64_t i = c; i < elements; i += channels)
        squares += (o->x[i] - *mean) * (o->x[i] - *mean);
    *variance = squares / rows;
    reference->statistics[inputs[3]][c] = *mean;
    reference->statistics[inputs[4]][c] = *variance;
}

void vww_reference_batch_norm(const struct operands *o)
{
    const int64_t channels = out_channels(o), elements = out_elements(o);
    for (int64_t c = 0; c < channels; c++) {
        double mean, variance;
        batch_norm_moments(o, c, &mean, &variance);
        const double inverse = 1 / sqrt(variance + (double)o->op->epsilon);
        for (int64_t i = c; i < elements; i += channels)
            o->y[i] = (o->x[i] - mean) * inverse * o->w[c] + o->b[c];
    }
}

void vww_reference_batch_norm_backward(const struct operands *o)
{
    const int64_t channels = out_channels(o), elements = out_elements(o);
    const double rows = (double)(elements / channels);
    for (int64_t c = 0; c < channels; c++) {
        double mean, variance, sum = 0, product = 0;
        batch_norm_moments(o, c, &mean, &variance);
        const double inverse = 1 / sqrt(variance + (double)o->op->epsilon);
        for (int64_t i = c; i < elements; i += channels) {
            sum += o->dy[i];
            product += o->dy[i] * (o->x[i] - mean) * inverse;
        }
        o->dw[c] += product;
        o->db[c] += sum;
        const double share = o->pass->training ? 1 / rows : 0;
        for (int64_t i = c; i < elements; i += channels)
            o->dx[i] += o->w[c] * inverse *
                        (o->dy[i] - sum * share - (o->x[i] - mean) * inverse * product * share);
    }
}
