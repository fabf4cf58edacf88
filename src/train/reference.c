#include "base/memory.h"
#include "train/operands.h"
#include "vww/quantization.h"

#include <math.h>
#include <string.h>

struct vww_reference {
    const struct vww_graph *graph;
    int32_t batch;
    double **values;     /* of each tensor, after fake quantization */
    double **gradients;  /* same sizes */
    double **statistics; /* BN_MEAN and BN_VARIANCE: of the last training batch */
    uint8_t **passes;    /* quantized activations: 1 where the gradient passes the rounding */
};

static int64_t tensor_elements(const struct vww_reference *reference, int32_t tensor)
{
    const struct vww_tensor *t = &reference->graph->tensors[tensor];
    return vww_shape_elements(&t->shape) * (t->role == VWW_ROLE_ACTIVATION ? reference->batch : 1);
}

static struct operands operands_of(struct vww_reference *reference, int32_t index, int32_t count,
                                   const struct vww_pass *pass)
{
    const struct vww_graph *graph = reference->graph;
    const struct vww_op *op = &graph->ops[index];
    struct operands o = {.graph = graph,
                         .op = op,
                         .index = index,
                         .in = &graph->tensors[op->inputs[0]].shape,
                         .out = &graph->tensors[op->outputs[0]].shape,
                         .x = reference->values[op->inputs[0]],
                         .dx = reference->gradients[op->inputs[0]],
                         .y = reference->values[op->outputs[0]],
                         .dy = reference->gradients[op->outputs[0]],
                         .count = count,
                         .pass = pass,
                         .reference = reference};
    if (op->input_count > 1) {
        o.w = reference->values[op->inputs[1]];
        o.dw = reference->gradients[op->inputs[1]];
    }
    if (op->input_count > 2) {
        o.b = reference->values[op->inputs[2]];
        o.db = reference->gradients[op->inputs[2]];
    }
    return o;
}

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

static int64_t out_channels(const struct operands *o)
{
    return o->out->dims[o->out->rank - 1];
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

static void conv_forward(const struct operands *o)
{
    memset(o->y, 0, (size_t)out_elements(o) * sizeof *o->y);
    each_conv_product(o, product_forward);
    add_bias(o);
}

static void conv_backward(const struct operands *o)
{
    bias_backward(o);
    each_conv_product(o, product_backward);
}

static void fully_connected_forward(const struct operands *o)
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

static void fully_connected_backward(const struct operands *o)
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

static void batch_norm_forward(const struct operands *o)
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

static void batch_norm_backward(const struct operands *o)
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

/* --- the rest ----------------------------------------------------------------------------------
 */

static enum vww_activation activation_of(enum vww_op_kind kind)
{
    return kind == VWW_OP_RELU6 ? VWW_ACTIVATION_RELU6 : VWW_ACTIVATION_RELU;
}

static void relu_forward(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    for (int64_t i = 0; i < elements; i++)
        o->y[i] = activate(activation_of(o->op->kind), o->x[i]);
}

static void relu_backward(const struct operands *o)
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

static void average_pool_forward(const struct operands *o)
{
    average_pool(o, false);
}

static void average_pool_backward(const struct operands *o)
{
    average_pool(o, true);
}

static void reshape_forward(const struct operands *o)
{
    memcpy(o->y, o->x, (size_t)out_elements(o) * sizeof *o->y);
}

static void reshape_backward(const struct operands *o)
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

static void dropout_forward(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    for (int64_t i = 0; i < elements; i++)
        o->y[i] = o->x[i] * dropout_factor(o, i);
}

static void dropout_backward(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    for (int64_t i = 0; i < elements; i++)
        o->dx[i] += o->dy[i] * dropout_factor(o, i);
}

static void softmax_forward(const struct operands *o)
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
static void softmax_backward(const struct operands *o)
{
    (void)o;
}

/* --- residual and branching networks -------------------------------------------------------------
 */

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

static void max_pool_forward(const struct operands *o)
{
    max_pool(o, false);
}

static void max_pool_backward(const struct operands *o)
{
    max_pool(o, true);
}

/* The dimension that is joined and those behind it. */
static int64_t run_of(const struct operands *o, const struct vww_shape *shape)
{
    int64_t elements = 1;
    for (int32_t i = 0; i <= o->op->from_last; i++)
        elements *= shape->dims[shape->rank - 1 - i];
    return elements;
}

/* CONCAT, and SPLIT the other way round: the whole has the parts' channels one after another. */
static void join(const struct operands *o, double **values, const int32_t *parts, int32_t count,
                 int32_t whole, bool to_whole, bool adds)
{
    const struct vww_shape *shape = &o->graph->tensors[whole].shape;
    const int64_t all = run_of(o, shape);
    const int64_t rows = vww_shape_elements(shape) / all * o->count;
    int64_t start = 0;
    for (int32_t i = 0; i < count; i++) {
        const struct vww_shape *part = &o->graph->tensors[parts[i]].shape;
        const int64_t width = run_of(o, part);
        for (int64_t k = 0; k < rows * width; k++) {
            double *in_part = &values[parts[i]][k];
            double *in_whole = &values[whole][k / width * all + start + k % width];
            const double value = to_whole ? *in_part : *in_whole;
            double *to = to_whole ? in_whole : in_part;
            *to = adds ? *to + value : value;
        }
        start += width;
    }
}

static void concat_forward(const struct operands *o)
{
    join(o, o->reference->values, o->op->inputs, o->op->input_count, o->op->outputs[0], true,
         false);
}

static void concat_backward(const struct operands *o)
{
    join(o, o->reference->gradients, o->op->inputs, o->op->input_count, o->op->outputs[0], false,
         true);
}

static void split_forward(const struct operands *o)
{
    join(o, o->reference->values, o->op->outputs, o->op->output_count, o->op->inputs[0], false,
         false);
}

static void split_backward(const struct operands *o)
{
    join(o, o->reference->gradients, o->op->outputs, o->op->output_count, o->op->inputs[0], true,
         true);
}

/* The input's element that output element y is. */
static int64_t shuffled(const struct operands *o, int64_t y)
{
    const int64_t channels = out_channels(o), each = channels / o->op->groups;
    const int64_t c = y % channels;
    return y - c + c % o->op->groups * each + c / o->op->groups;
}

static void shuffle_forward(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    for (int64_t y = 0; y < elements; y++)
        o->y[y] = o->x[shuffled(o, y)];
}

static void shuffle_backward(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    for (int64_t y = 0; y < elements; y++)
        o->dx[shuffled(o, y)] += o->dy[y];
}

/* The output's element that input element x becomes. */
static int64_t padded(const struct operands *o, int64_t x)
{
    const int64_t c = x % o->in->dims[3] + o->op->pad_front;
    const int64_t pixel = x / o->in->dims[3];
    const int64_t w = pixel % o->in->dims[2] + o->op->pad_left;
    const int64_t row = pixel / o->in->dims[2];
    const int64_t h = row % o->in->dims[1] + o->op->pad_top, n = row / o->in->dims[1];
    return ((n * o->out->dims[1] + h) * o->out->dims[2] + w) * o->out->dims[3] + c;
}

static void pad_forward(const struct operands *o)
{
    const int64_t elements = vww_shape_elements(o->in) * o->count;
    memset(o->y, 0, (size_t)out_elements(o) * sizeof *o->y);
    for (int64_t x = 0; x < elements; x++)
        o->y[padded(o, x)] = o->x[x];
}

static void pad_backward(const struct operands *o)
{
    const int64_t elements = vww_shape_elements(o->in) * o->count;
    for (int64_t x = 0; x < elements; x++)
        o->dx[x] += o->dy[padded(o, x)];
}

static const struct {
    void (*forward)(const struct operands *o);
    void (*backward)(const struct operands *o);
} operators[VWW_OP_COUNT] = {
    [VWW_OP_CONV_2D] = {conv_forward, conv_backward},
    [VWW_OP_DEPTHWISE_CONV_2D] = {conv_forward, conv_backward},
    [VWW_OP_FULLY_CONNECTED] = {fully_connected_forward, fully_connected_backward},
    [VWW_OP_BATCH_NORM] = {batch_norm_forward, batch_norm_backward},
    [VWW_OP_RELU] = {relu_forward, relu_backward},
    [VWW_OP_RELU6] = {relu_forward, relu_backward},
    [VWW_OP_AVERAGE_POOL_2D] = {average_pool_forward, average_pool_backward},
    [VWW_OP_RESHAPE] = {reshape_forward, reshape_backward},
    [VWW_OP_DROPOUT] = {dropout_forward, dropout_backward},
    [VWW_OP_SOFTMAX] = {softmax_forward, softmax_backward},
    [VWW_OP_ADD] = {vww_reference_add, vww_reference_add_backward},
    [VWW_OP_MUL] = {vww_reference_mul, vww_reference_mul_backward},
    [VWW_OP_LOGISTIC] = {vww_reference_logistic, vww_reference_logistic_backward},
    [VWW_OP_HARD_SWISH] = {vww_reference_hard_swish, vww_reference_hard_swish_backward},
    [VWW_OP_TRANSPOSE] = {vww_reference_gather, vww_reference_gather_backward},
    [VWW_OP_STRIDED_SLICE] = {vww_reference_gather, vww_reference_gather_backward},
    [VWW_OP_RESIZE_NEAREST] = {vww_reference_gather, vww_reference_gather_backward},
    [VWW_OP_MAX_POOL_2D] = {max_pool_forward, max_pool_backward},
    [VWW_OP_MEAN] = {vww_reference_mean, vww_reference_mean_backward},
    [VWW_OP_CONCAT] = {concat_forward, concat_backward},
    [VWW_OP_SPLIT] = {split_forward, split_backward},
    [VWW_OP_CHANNEL_SHUFFLE] = {shuffle_forward, shuffle_backward},
    [VWW_OP_PAD] = {pad_forward, pad_backward},
};

/* --- fake quantization ---------------------------------------------------------------------------
 */

static double rounded(double value, float scale, int32_t zero_point)
{
    return (double)scale *
           (vww_quantize_value((float)value, scale, zero_point, -128, 127) - zero_point);
}

static void quantize_activation(struct vww_reference *reference, int32_t tensor, int64_t elements)
{
    const struct vww_quantization *q = &reference->graph->tensors[tensor].quantization;
    if (q->count != 1)
        return;
    const double low = (double)q->scales[0] * (-128 - q->zero_points[0]);
    const double high = (double)q->scales[0] * (127 - q->zero_points[0]);
    double *values = reference->values[tensor];
    for (int64_t i = 0; i < elements; i++) {
        reference->passes[tensor][i] = values[i] > low && values[i] < high;
        values[i] = rounded(values[i], q->scales[0], q->zero_points[0]);
    }
}

/* Weights with parameters are rounded to the grid of their largest magnitude, channel by channel;
 * the stored scales are not looked at. */
static void quantize_weights(struct vww_reference *reference, int32_t tensor)
{
    const struct vww_tensor *t = &reference->graph->tensors[tensor];
    double *values = reference->values[tensor];
    const int64_t elements = vww_shape_elements(&t->shape);
    const bool last = t->quantization.axis == t->shape.rank - 1 && t->shape.rank > 1;
    const int64_t channels = t->shape.dims[t->quantization.axis];
    const int64_t stride = last ? channels : 1, run = elements / channels;
    for (int64_t c = 0; c < channels; c++) {
        double *first = values + (last ? c : c * run);
        double largest = 0;
        for (int64_t i = 0; i < run; i++)
            largest = fmax(largest, fabs(first[i * stride]));
        const float scale = vww_quantization_weight_scale((float)largest);
        for (int64_t i = 0; i < run; i++)
            first[i * stride] =
                (double)scale * vww_quantize_value((float)first[i * stride], scale, 0, -127, 127);
    }
}

/* --- the whole graph -----------------------------------------------------------------------------
 */

void vww_reference_destroy(struct vww_reference *reference)
{
    if (reference == NULL)
        return;
    for (int32_t i = 0; i < reference->graph->tensor_count; i++) {
        if (reference->values != NULL)
            vww_free(reference->values[i]);
        if (reference->gradients != NULL)
            vww_free(reference->gradients[i]);
        if (reference->statistics != NULL)
            vww_free(reference->statistics[i]);
        if (reference->passes != NULL)
            vww_free(reference->passes[i]);
    }
    vww_free(reference->values);
    vww_free(reference->gradients);
    vww_free(reference->statistics);
    vww_free(reference->passes);
    vww_free(reference);
}

static bool allocate_tensor(struct vww_reference *reference, int32_t tensor)
{
    const struct vww_tensor *t = &reference->graph->tensors[tensor];
    const size_t elements = (size_t)tensor_elements(reference, tensor);
    reference->values[tensor] = vww_allocate(elements, sizeof(double));
    reference->gradients[tensor] = vww_allocate(elements, sizeof(double));
    if (t->role == VWW_ROLE_BN_MEAN || t->role == VWW_ROLE_BN_VARIANCE)
        reference->statistics[tensor] = vww_allocate(elements, sizeof(double));
    else
        reference->passes[tensor] = vww_allocate(elements, 1);
    return reference->values[tensor] != NULL && reference->gradients[tensor] != NULL &&
           (reference->statistics[tensor] != NULL || reference->passes[tensor] != NULL);
}

vww_status vww_reference_create(const struct vww_graph *graph, int32_t batch,
                                struct vww_reference **reference, struct vww_error *error)
{
    *reference = NULL;
    const vww_status status = vww_graph_check(graph, true, error);
    if (status != VWW_OK)
        return status;
    for (int32_t i = 0; i < graph->op_count; i++)
        if (operators[graph->ops[i].kind].forward == NULL) {
            vww_fail(error, VWW_ERROR_UNSUPPORTED, "float execution does not know this operator");
            vww_error_place(error, "operator %s (%s)", graph->ops[i].name,
                            vww_op_name(graph->ops[i].kind));
            return VWW_ERROR_UNSUPPORTED;
        }
    struct vww_reference *made = vww_allocate(1, sizeof *made);
    if (made == NULL)
        return vww_fail_memory(error, sizeof *made);
    const size_t tensors = (size_t)graph->tensor_count;
    made->graph = graph;
    made->batch = batch;
    made->values = vww_allocate(tensors, sizeof *made->values);
    made->gradients = vww_allocate(tensors, sizeof *made->gradients);
    made->statistics = vww_allocate(tensors, sizeof *made->statistics);
    made->passes = vww_allocate(tensors, sizeof *made->passes);
    bool good = made->values != NULL && made->gradients != NULL && made->statistics != NULL &&
                made->passes != NULL;
    for (int32_t i = 0; i < graph->tensor_count && good; i++) {
        const struct vww_tensor *tensor = &graph->tensors[i];
        good = allocate_tensor(made, i);
        if (!good || tensor->data == NULL || tensor->dtype != VWW_FLOAT32)
            continue;
        const int64_t elements = vww_shape_elements(&tensor->shape);
        for (int64_t k = 0; k < elements; k++)
            made->values[i][k] = (double)((const float *)tensor->data)[k];
        if (tensor->role == VWW_ROLE_WEIGHT && tensor->quantization.count > 0)
            quantize_weights(made, i);
        if (tensor->role == VWW_ROLE_CONSTANT)
            quantize_activation(made, i, elements);
    }
    if (!good) {
        vww_reference_destroy(made);
        return vww_fail_memory(error, tensors);
    }
    *reference = made;
    return VWW_OK;
}

double *vww_reference_values(struct vww_reference *reference, int32_t tensor)
{
    return reference->values[tensor];
}

const double *vww_reference_gradient(const struct vww_reference *reference, int32_t tensor)
{
    return reference->gradients[tensor];
}

const double *vww_reference_statistic(const struct vww_reference *reference, int32_t tensor)
{
    return reference->statistics[tensor];
}

void vww_reference_input(struct vww_reference *reference, const uint8_t *images, int32_t count)
{
    const struct vww_graph *graph = reference->graph;
    const int64_t elements = vww_shape_elements(&graph->tensors[graph->input].shape) * count;
    for (int64_t i = 0; i < elements; i++)
        reference->values[graph->input][i] =
            ((double)images[i] - (double)graph->preprocessing.mean) *
            (double)graph->preprocessing.scale;
    quantize_activation(reference, graph->input, elements);
}

void vww_reference_forward(struct vww_reference *reference, int32_t count,
                           const struct vww_pass *pass)
{
    for (int32_t i = 0; i < reference->graph->op_count; i++) {
        const struct operands o = operands_of(reference, i, count, pass);
        operators[o.op->kind].forward(&o);
        for (int k = 0; k < o.op->output_count; k++)
            quantize_activation(reference, o.op->outputs[k], out_elements(&o));
    }
}

/* The input of the SOFTMAX that ends the graph: count x classes. */
static int32_t logits_of(const struct vww_graph *graph)
{
    return graph->ops[graph->op_count - 1].inputs[0];
}

double vww_reference_loss(const struct vww_reference *reference, const double *targets,
                          int32_t count)
{
    const struct vww_graph *graph = reference->graph;
    const int32_t logits = logits_of(graph);
    const int64_t classes = vww_shape_elements(&graph->tensors[logits].shape);
    double loss = 0;
    for (int32_t n = 0; n < count; n++) {
        const double *x = reference->values[logits] + n * classes;
        double largest = x[0], sum = 0;
        for (int64_t c = 1; c < classes; c++)
            largest = fmax(largest, x[c]);
        for (int64_t c = 0; c < classes; c++)
            sum += exp(x[c] - largest);
        for (int64_t c = 0; c < classes; c++)
            loss -= targets[n * classes + c] * (x[c] - largest - log(sum));
    }
    return loss / count;
}

void vww_reference_backward(struct vww_reference *reference, const double *targets, int32_t count,
                            const struct vww_pass *pass)
{
    const struct vww_graph *graph = reference->graph;
    const int32_t logits = logits_of(graph);
    const int64_t classes = vww_shape_elements(&graph->tensors[logits].shape);
    for (int32_t i = 0; i < graph->tensor_count; i++)
        memset(reference->gradients[i], 0, (size_t)tensor_elements(reference, i) * sizeof(double));
    const double *probabilities = reference->values[graph->output];
    for (int64_t i = 0; i < count * classes; i++)
        reference->gradients[logits][i] = (probabilities[i] - targets[i]) / count;
    for (int32_t i = graph->op_count - 1; i >= 0; i--) {
        const struct operands o = operands_of(reference, i, count, pass);
        for (int output = 0; output < o.op->output_count; output++) {
            const int32_t t = o.op->outputs[output];
            for (int64_t k = 0; graph->tensors[t].quantization.count == 1 && k < out_elements(&o);
                 k++)
                reference->gradients[t][k] *= reference->passes[t][k];
        }
        operators[o.op->kind].backward(&o);
    }
}
