/* The plain executor: its memory, fake quantization, and the passes over the graph. Operators are
 * in reference_weights.c, reference_simple.c, reference_move.c and reference_index.c. */
#include "base/memory.h"
#include "train/operands.h"
#include "vww/quantization.h"

#include <math.h>
#include <string.h>

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

static const struct {
    void (*forward)(const struct operands *o);
    void (*backward)(const struct operands *o);
} operators[VWW_OP_COUNT] = {
    [VWW_OP_CONV_2D] = {vww_reference_conv, vww_reference_conv_backward},
    [VWW_OP_DEPTHWISE_CONV_2D] = {vww_reference_conv, vww_reference_conv_backward},
    [VWW_OP_FULLY_CONNECTED] = {vww_reference_fully_connected,
                                vww_reference_fully_connected_backward},
    [VWW_OP_BATCH_NORM] = {vww_reference_batch_norm, vww_reference_batch_norm_backward},
    [VWW_OP_RELU] = {vww_reference_relu, vww_reference_relu_backward},
    [VWW_OP_RELU6] = {vww_reference_relu, vww_reference_relu_backward},
    [VWW_OP_AVERAGE_POOL_2D] = {vww_reference_average_pool, vww_reference_average_pool_backward},
    [VWW_OP_RESHAPE] = {vww_reference_reshape, vww_reference_reshape_backward},
    [VWW_OP_DROPOUT] = {vww_reference_dropout, vww_reference_dropout_backward},
    [VWW_OP_SOFTMAX] = {vww_reference_softmax, vww_reference_softmax_backward},
    [VWW_OP_ADD] = {vww_reference_add, vww_reference_add_backward},
    [VWW_OP_MUL] = {vww_reference_mul, vww_reference_mul_backward},
    [VWW_OP_LOGISTIC] = {vww_reference_logistic, vww_reference_logistic_backward},
    [VWW_OP_HARD_SWISH] = {vww_reference_hard_swish, vww_reference_hard_swish_backward},
    [VWW_OP_TRANSPOSE] = {vww_reference_gather, vww_reference_gather_backward},
    [VWW_OP_STRIDED_SLICE] = {vww_reference_gather, vww_reference_gather_backward},
    [VWW_OP_RESIZE_NEAREST] = {vww_reference_gather, vww_reference_gather_backward},
    [VWW_OP_MAX_POOL_2D] = {vww_reference_max_pool, vww_reference_max_pool_backward},
    [VWW_OP_MEAN] = {vww_reference_mean, vww_reference_mean_backward},
    [VWW_OP_CONCAT] = {vww_reference_concat, vww_reference_concat_backward},
    [VWW_OP_SPLIT] = {vww_reference_split, vww_reference_split_backward},
    [VWW_OP_CHANNEL_SHUFFLE] = {vww_reference_shuffle, vww_reference_shuffle_backward},
    [VWW_OP_PAD] = {vww_reference_pad, vww_reference_pad_backward},
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
