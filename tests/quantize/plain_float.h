/* Every operator of a float graph in double precision, by its definition and nothing else: what the
 * tests of this folder compare with. Batch norm by moving statistics, dropout off. */
#ifndef VWW_TESTS_PLAIN_FLOAT_H
#define VWW_TESTS_PLAIN_FLOAT_H

#include "support/check.h"
#include "vww/graph.h"
#include "vww/quantization.h"

#include <math.h>

static inline double plain_activation(double value, enum vww_activation activation)
{
    if (activation != VWW_ACTIVATION_NONE && value < 0)
        return 0;
    return activation == VWW_ACTIVATION_RELU6 && value > 6 ? 6 : value;
}

static inline double plain_window(const struct vww_graph *graph, const struct vww_op *op,
                                  const double *x, int row, int column, int channel)
{
    const int32_t *in = graph->tensors[op->inputs[0]].shape.dims;
    const bool pool = op->kind == VWW_OP_AVERAGE_POOL_2D;
    const bool depthwise = op->kind == VWW_OP_DEPTHWISE_CONV_2D;
    const int32_t *shape = pool ? NULL : graph->tensors[op->inputs[1]].shape.dims;
    const float *weights = pool ? NULL : graph->tensors[op->inputs[1]].data;
    const int kernel_h = pool ? op->kernel_h : shape[1], kernel_w = pool ? op->kernel_w : shape[2];
    double sum = 0;
    int inside = 0;
    for (int i = 0; i < kernel_h; i++)
        for (int j = 0; j < kernel_w; j++) {
            const int y = row * op->stride_h - op->pad_top + i;
            const int z = column * op->stride_w - op->pad_left + j;
            if (y < 0 || y >= in[1] || z < 0 || z >= in[2])
                continue;
            const double *pixel = x + ((size_t)y * (size_t)in[2] + (size_t)z) * (size_t)in[3];
            inside++;
            if (pool)
                sum += pixel[channel];
            else if (depthwise)
                sum += pixel[channel / (shape[3] / in[3])] *
                       (double)weights[(i * kernel_w + j) * shape[3] + channel];
            else
                for (int c = 0; c < in[3]; c++)
                    sum += pixel[c] *
                           (double)weights[((channel * kernel_h + i) * kernel_w + j) * in[3] + c];
        }
    return pool ? sum / inside : sum;
}

static inline void plain_op(const struct vww_graph *graph, const struct vww_op *op, const double *x,
                            double *y)
{
    const struct vww_tensor *out = &graph->tensors[op->outputs[0]];
    const int64_t elements = vww_shape_elements(&out->shape);
    const int channels = out->shape.dims[out->shape.rank - 1];
    const float *p[5] = {NULL};
    for (int k = 1; k < op->input_count; k++)
        p[k] = graph->tensors[op->inputs[k]].data;
    double total = 0;
    for (int64_t at = 0; at < elements; at++) {
        const int c = (int)(at % channels);
        switch (op->kind) {
        case VWW_OP_CONV_2D:
        case VWW_OP_DEPTHWISE_CONV_2D:
        case VWW_OP_AVERAGE_POOL_2D: {
            const int width = out->shape.dims[2];
            const int pixel = (int)(at / channels);
            y[at] = plain_window(graph, op, x, pixel / width, pixel % width, c);
            break;
        }
        case VWW_OP_FULLY_CONNECTED: {
            const int in = graph->tensors[op->inputs[1]].shape.dims[1];
            y[at] = 0;
            for (int k = 0; k < in; k++)
                y[at] += x[k] * (double)p[1][c * in + k];
            break;
        }
        case VWW_OP_BATCH_NORM:
            y[at] = (x[at] - (double)p[3][c]) / sqrt((double)p[4][c] + (double)op->epsilon) *
                        (double)p[1][c] +
                    (double)p[2][c];
            break;
        case VWW_OP_RELU:
            y[at] = plain_activation(x[at], VWW_ACTIVATION_RELU);
            break;
        case VWW_OP_RELU6:
            y[at] = plain_activation(x[at], VWW_ACTIVATION_RELU6);
            break;
        case VWW_OP_SOFTMAX:
            total += y[at] = exp((double)op->beta * x[at]);
            break;
        case VWW_OP_RESHAPE:
        case VWW_OP_DROPOUT:
            y[at] = x[at];
            break;
        default:
            fail_msg("no plain form of %s", vww_op_name(op->kind));
        }
        if (vww_op_weight_axis(op->kind) >= 0)
            y[at] = plain_activation(y[at] + (p[2] != NULL ? (double)p[2][c] : 0), op->activation);
    }
    for (int64_t at = 0; at < elements && op->kind == VWW_OP_SOFTMAX; at++)
        y[at] /= total;
}

/* values[tensor] for every activation tensor (the caller frees each and the array); image: the
 * input's elements as bytes. */
static inline double **plain_run(const struct vww_graph *graph, const uint8_t *image)
{
    double **values = calloc((size_t)graph->tensor_count, sizeof *values);
    const int64_t pixels = vww_shape_elements(&graph->tensors[graph->input].shape);
    values[graph->input] = malloc((size_t)pixels * sizeof(double));
    for (int64_t i = 0; i < pixels; i++)
        values[graph->input][i] =
            (image[i] - (double)graph->preprocessing.mean) * (double)graph->preprocessing.scale;
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        const int64_t elements = vww_shape_elements(&graph->tensors[op->outputs[0]].shape);
        values[op->outputs[0]] = malloc((size_t)elements * sizeof(double));
        plain_op(graph, op, values[op->inputs[0]], values[op->outputs[0]]);
    }
    return values;
}

static inline void plain_free(const struct vww_graph *graph, double **values)
{
    for (int32_t i = 0; i < graph->tensor_count; i++)
        free(values[i]);
    free(values);
}

#endif
