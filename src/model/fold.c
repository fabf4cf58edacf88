/* Batch normalization, activations and dropout become part of the operators before them. */
#include "vww/fold.h"

#include "base/memory.h"
#include "vww/quantization.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is known about the graph's tensors while it is copied operator by operator. */
struct folding {
    const struct vww_graph *from;
    struct vww_graph *to;
    struct vww_error *error;
    int32_t *source;  /* tensor -> the tensor it equals when dropout is off (itself mostly) */
    int32_t *readers; /* how many operators read it; the graph's output counts as one */
    int32_t *reader;  /* the last of them, or -1 */
    int32_t *moved;   /* tensor -> its index in `to`, or -1 */
    bool *absorbed;   /* operator -> it is part of an earlier one */
};

static void read_by(struct folding *f, int32_t tensor, int32_t op)
{
    f->readers[f->source[tensor]]++;
    f->reader[f->source[tensor]] = op;
}

static void find_readers(struct folding *f)
{
    const struct vww_graph *graph = f->from;
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        f->source[i] = i;
        f->reader[i] = f->moved[i] = -1;
    }
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        if (op->kind == VWW_OP_DROPOUT)
            f->source[op->outputs[0]] = f->source[op->inputs[0]];
        else
            for (int k = 0; k < op->input_count; k++)
                read_by(f, op->inputs[k], i);
    }
    read_by(f, graph->output, -1);
}

/* The operator that reads the tensor as its first input, if it is the only reader; else NULL. */
static const struct vww_op *only_reader(const struct folding *f, int32_t tensor)
{
    if (f->readers[tensor] != 1 || f->reader[tensor] < 0)
        return NULL;
    const struct vww_op *op = &f->from->ops[f->reader[tensor]];
    return f->source[op->inputs[0]] == tensor ? op : NULL;
}

static vww_status copy_quantization(struct vww_tensor *to, const struct vww_tensor *from,
                                    struct vww_error *error)
{
    const struct vww_quantization *q = &from->quantization;
    to->range_low = from->range_low;
    to->range_high = from->range_high;
    if (q->count == 0)
        return VWW_OK;
    const vww_status status = vww_tensor_quantize_axis(to, q->axis, q->count, error);
    if (status != VWW_OK)
        return status;
    memcpy(to->quantization.scales, q->scales, (size_t)q->count * sizeof *q->scales);
    memcpy(to->quantization.zero_points, q->zero_points, (size_t)q->count * sizeof *q->zero_points);
    return VWW_OK;
}

/* Append an empty tensor like `like`, under a name. */
static vww_status add_tensor(struct folding *f, const struct vww_tensor *like, const char *name,
                             int32_t *index)
{
    *index = vww_graph_tensor(f->to, name, like->dtype, like->role, &like->shape);
    return *index < 0 ? vww_fail_memory(f->error, sizeof *f->to->tensors) : VWW_OK;
}

/* The tensor's index in the new graph; copied there, data and quantization too, when first seen. */
static vww_status move_tensor(struct folding *f, int32_t tensor, int32_t *index)
{
    tensor = f->source[tensor];
    *index = f->moved[tensor];
    if (*index >= 0)
        return VWW_OK;
    const struct vww_tensor *from = &f->from->tensors[tensor];
    vww_status status = add_tensor(f, from, from->name, index);
    if (status != VWW_OK)
        return status;
    f->moved[tensor] = *index;
    struct vww_tensor *to = &f->to->tensors[*index];
    status = copy_quantization(to, from, f->error);
    if (status != VWW_OK || from->data == NULL)
        return status;
    status = vww_tensor_allocate(to, f->error);
    if (status == VWW_OK)
        memcpy(to->data, from->data,
               (size_t)vww_shape_elements(&from->shape) * vww_dtype_bytes(from->dtype));
    return status;
}

/* gamma / sqrt(variance + epsilon) of one channel. */
static vww_status channel_factor(struct folding *f, const struct vww_op *norm, int32_t channel,
                                 double *factor)
{
    const struct vww_tensor *variance = &f->from->tensors[norm->inputs[4]];
    const float *gamma = f->from->tensors[norm->inputs[1]].data;
    const double square = (double)((const float *)variance->data)[channel] + (double)norm->epsilon;
    if (!(square > 0)) {
        vww_fail(f->error, VWW_ERROR_FORMAT, "batch normalization divides by no positive number");
        vww_error_place(f->error, "tensor %s, channel %d", variance->name, (int)channel);
        vww_error_seen(f->error, "variance + epsilon = %g", square);
        vww_error_allowed(f->error, "more than 0");
        vww_error_remedy(f->error, "the training diverged: train with a lower learning rate");
        return VWW_ERROR_FORMAT;
    }
    *factor = (double)gamma[channel] / sqrt(square);
    return VWW_OK;
}

static bool has_data(const struct folding *f, const struct vww_op *op, const struct vww_op *norm)
{
    for (int k = 1; k < op->input_count; k++)
        if (f->from->tensors[op->inputs[k]].data == NULL)
            return false;
    for (int k = 1; k < norm->input_count; k++)
        if (f->from->tensors[norm->inputs[k]].data == NULL)
            return false;
    return true;
}

static vww_status fold_data(struct folding *f, const struct vww_op *op, const struct vww_op *norm,
                            struct vww_tensor *weights, struct vww_tensor *bias)
{
    vww_status status = vww_tensor_allocate(weights, f->error);
    if (status == VWW_OK)
        status = vww_tensor_allocate(bias, f->error);
    const struct vww_tensor *tensors = f->from->tensors;
    const float *old_weights = tensors[op->inputs[1]].data;
    const float *old_bias = op->input_count > 2 ? tensors[op->inputs[2]].data : NULL;
    const float *beta = tensors[norm->inputs[2]].data, *mean = tensors[norm->inputs[3]].data;
    float *new_weights = weights->data, *new_bias = bias->data;
    const struct vww_channels channels =
        vww_shape_channels(&weights->shape, vww_op_weight_axis(op->kind));
    for (int32_t c = 0; c < channels.count && status == VWW_OK; c++) {
        double factor = 0;
        status = channel_factor(f, norm, c, &factor);
        for (int64_t k = 0; k < channels.elements; k++) {
            const int64_t at = c * channels.start + k * channels.step;
            new_weights[at] = (float)((double)old_weights[at] * factor);
        }
        const double before = old_bias != NULL ? (double)old_bias[c] : 0;
        new_bias[c] = (float)((double)beta[c] + (before - (double)mean[c]) * factor);
    }
    return status;
}

/* Give `op` weights and a bias of its own that include the batch norm. */
static vww_status fold_norm(struct folding *f, const struct vww_op *old, const struct vww_op *norm,
                            struct vww_op *op)
{
    const struct vww_tensor *weights = &f->from->tensors[old->inputs[1]];
    struct vww_tensor bias = f->from->tensors[norm->inputs[2]];
    char name[VWW_NAME_MAX + 8];
    snprintf(name, sizeof name, "%.80s/bias", old->name);
    if (old->input_count > 2)
        snprintf(name, sizeof name, "%s", f->from->tensors[old->inputs[2]].name);
    bias.role = VWW_ROLE_BIAS;
    vww_status status = add_tensor(f, weights, weights->name, &op->inputs[1]);
    if (status == VWW_OK)
        status = add_tensor(f, &bias, name, &op->inputs[2]);
    op->input_count = 3;
    if (status == VWW_OK && has_data(f, old, norm))
        status =
            fold_data(f, old, norm, &f->to->tensors[op->inputs[1]], &f->to->tensors[op->inputs[2]]);
    return status;
}

/* Inputs 1 and up are float parameters: what folding reads as such. */
static bool has_float_parameters(const struct folding *f, const struct vww_op *op)
{
    for (int k = 1; k < op->input_count; k++) {
        const struct vww_tensor *tensor = &f->from->tensors[op->inputs[k]];
        if (tensor->role == VWW_ROLE_ACTIVATION || tensor->dtype != VWW_FLOAT32)
            return false;
    }
    return true;
}

/* The operators after `op` that can become part of it: *norm (or NULL), *activation (or NULL).
 * Returns the tensor that the whole then computes. */
static int32_t find_absorbed(const struct folding *f, const struct vww_op *op,
                             const struct vww_op **norm, const struct vww_op **activation)
{
    *norm = *activation = NULL;
    int32_t last = op->outputs[0];
    const bool weighted = vww_op_weight_axis(op->kind) >= 0;
    if ((!weighted && op->kind != VWW_OP_ADD) || op->activation != VWW_ACTIVATION_NONE)
        return last;
    const struct vww_op *next = only_reader(f, last);
    if (weighted && next != NULL && next->kind == VWW_OP_BATCH_NORM &&
        has_float_parameters(f, op) && has_float_parameters(f, next)) {
        *norm = next;
        last = next->outputs[0];
        next = only_reader(f, last);
    }
    if (next != NULL && (next->kind == VWW_OP_RELU || next->kind == VWW_OP_RELU6)) {
        *activation = next;
        last = next->outputs[0];
    }
    return last;
}

static vww_status add_outputs(struct folding *f, const struct vww_op *old, int32_t last,
                              struct vww_op *op)
{
    for (int k = 0; k < old->output_count; k++) {
        const int32_t ends_as = k == 0 ? last : old->outputs[k];
        const struct vww_tensor *from = &f->from->tensors[ends_as];
        vww_status status =
            add_tensor(f, from, f->from->tensors[old->outputs[k]].name, &op->outputs[k]);
        if (status == VWW_OK)
            status = copy_quantization(&f->to->tensors[op->outputs[k]], from, f->error);
        if (status != VWW_OK)
            return status;
        f->moved[ends_as] = op->outputs[k];
    }
    return VWW_OK;
}

static vww_status fold_op(struct folding *f, int32_t index)
{
    const struct vww_op *old = &f->from->ops[index], *norm, *activation;
    if (f->absorbed[index] || old->kind == VWW_OP_DROPOUT)
        return VWW_OK;
    const int32_t last = find_absorbed(f, old, &norm, &activation);
    struct vww_op op = *old;
    vww_status status = VWW_OK;
    for (int k = 0; k < old->input_count && status == VWW_OK; k++)
        if (norm == NULL || k == 0)
            status = move_tensor(f, old->inputs[k], &op.inputs[k]);
    if (status == VWW_OK && norm != NULL) {
        f->absorbed[norm - f->from->ops] = true;
        status = fold_norm(f, old, norm, &op);
    }
    if (activation != NULL) {
        f->absorbed[activation - f->from->ops] = true;
        op.activation =
            activation->kind == VWW_OP_RELU6 ? VWW_ACTIVATION_RELU6 : VWW_ACTIVATION_RELU;
    }
    if (status == VWW_OK)
        status = add_outputs(f, old, last, &op);
    return status == VWW_OK ? vww_graph_append(f->to, &op, f->error) : status;
}

static vww_status fold_all(struct folding *f)
{
    const struct vww_graph *graph = f->from;
    memcpy(f->to->family, graph->family, sizeof f->to->family);
    f->to->depth_multiplier = graph->depth_multiplier;
    f->to->preprocessing = graph->preprocessing;
    find_readers(f);
    vww_status status = move_tensor(f, graph->input, &f->to->input);
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++)
        status = fold_op(f, i);
    f->to->output = f->moved[f->source[graph->output]];
    return status == VWW_OK ? vww_graph_check(f->to, false, f->error) : status;
}

vww_status vww_quantize_fold(const struct vww_graph *graph, struct vww_graph **folded,
                             struct vww_error *error)
{
    *folded = NULL;
    vww_status status = vww_graph_check(graph, false, error);
    if (status != VWW_OK)
        return status;
    const size_t tensors = (size_t)graph->tensor_count;
    struct folding f = {
        .from = graph,
        .to = vww_graph_create(graph->name),
        .error = error,
        .source = vww_allocate(tensors, sizeof *f.source),
        .readers = vww_allocate(tensors, sizeof *f.readers),
        .reader = vww_allocate(tensors, sizeof *f.reader),
        .moved = vww_allocate(tensors, sizeof *f.moved),
        .absorbed = vww_allocate((size_t)graph->op_count, sizeof *f.absorbed),
    };
    if (f.to == NULL || f.source == NULL || f.readers == NULL || f.reader == NULL ||
        f.moved == NULL || f.absorbed == NULL)
        status = vww_fail_memory(error, 4 * tensors * sizeof(int32_t));
    else
        status = fold_all(&f);
    vww_free(f.source);
    vww_free(f.readers);
    vww_free(f.reader);
    vww_free(f.moved);
    vww_free(f.absorbed);
    if (status != VWW_OK)
        vww_graph_destroy(f.to);
    else
        *folded = f.to;
    return status;
}
