/* Which scale and zero point each tensor of a folded float graph will have as int8. */
#include "vww/quantize.h"

#include "base/memory.h"
#include "vww/quantization.h"

#include <math.h>

static bool has_range(const struct vww_tensor *tensor)
{
    return tensor->range_low != 0 || tensor->range_high != 0;
}

static bool has_fixed_output(const struct vww_op *op)
{
    return op->kind == VWW_OP_SOFTMAX || op->kind == VWW_OP_LOGISTIC;
}

/* The operator computes new values, whose range must be known: it neither moves its input's values
 * nor has an output whose parameters are a rule. */
static bool makes_a_range(const struct vww_op *op)
{
    return !has_fixed_output(op) && op->kind != VWW_OP_CONCAT &&
           !vww_op_keeps_quantization(op->kind);
}

bool vww_quantize_has_ranges(const struct vww_graph *folded)
{
    for (int32_t i = 0; i < folded->op_count; i++) {
        const struct vww_op *op = &folded->ops[i];
        const struct vww_tensor *tensor = &folded->tensors[op->outputs[0]];
        if (makes_a_range(op) && tensor->quantization.count == 0 && !has_range(tensor))
            return false;
    }
    return true;
}

static vww_status fail_tensor(struct vww_error *error, vww_status status,
                              const struct vww_tensor *tensor, const char *what)
{
    vww_fail(error, status, "%s", what);
    vww_error_place(error, "tensor %s", tensor->name);
    return status;
}

/* The parameters of a group of tensors that share them (vww_quantization_groups). */
struct shared {
    bool known, ruled; /* ruled: by the graph's input, SOFTMAX or LOGISTIC; ranges do not matter */
    float scale;
    int32_t zero_point;
    float low, high; /* of all tensors of the group whose values are computed */
};

static vww_status check_parameters(const struct vww_tensor *tensor, struct vww_error *error)
{
    const struct vww_quantization *q = &tensor->quantization;
    if (q->count == 1 && q->scales[0] > 0 && isfinite(q->scales[0]) && q->zero_points[0] >= -128 &&
        q->zero_points[0] <= 127)
        return VWW_OK;
    fail_tensor(error, VWW_ERROR_FORMAT, tensor, "the activation's quantization is not usable");
    vww_error_seen(error, "%d scales, the first %g with zero point %d", (int)q->count,
                   (double)q->scales[0], (int)q->zero_points[0]);
    vww_error_allowed(error, "one scale above 0 with a zero point in -128 … 127");
    return VWW_ERROR_FORMAT;
}

static vww_status check_range(const struct vww_tensor *tensor, struct vww_error *error)
{
    if (!has_range(tensor)) {
        fail_tensor(error, VWW_ERROR_NOT_FOUND, tensor,
                    "the network has no activation ranges to quantize with");
        vww_error_remedy(error, "train with fake quantization, or calibrate with images");
        return VWW_ERROR_NOT_FOUND;
    }
    const float low = tensor->range_low, high = tensor->range_high;
    if (isfinite(low) && isfinite(high) && low <= high)
        return VWW_OK;
    fail_tensor(error, VWW_ERROR_FORMAT, tensor, "the activation's range is not usable");
    vww_error_seen(error, "%g … %g", (double)low, (double)high);
    vww_error_allowed(error, "two finite numbers in order");
    vww_error_remedy(error, "the training diverged: train with a lower learning rate");
    return VWW_ERROR_FORMAT;
}

/* real = (byte - mean) * scale and q = byte - 128 make real = scale * (q - (mean - 128)). */
static vww_status input_parameters(struct vww_graph *graph, struct shared *shared,
                                   struct vww_error *error)
{
    struct vww_preprocessing *preprocessing = &graph->preprocessing;
    if (!(preprocessing->scale > 0) || !isfinite(preprocessing->scale) ||
        !(preprocessing->mean >= 0 && preprocessing->mean <= 255)) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "the input's preprocessing has no int8 form");
        vww_error_seen(error, "real = (byte - %g) * %g", (double)preprocessing->mean,
                       (double)preprocessing->scale);
        vww_error_allowed(error, "a mean of 0 … 255 and a scale above 0");
        return VWW_ERROR_UNSUPPORTED;
    }
    preprocessing->mean = roundf(preprocessing->mean);
    *shared = (struct shared){.known = true,
                              .ruled = true,
                              .scale = preprocessing->scale,
                              .zero_point = (int32_t)preprocessing->mean - 128};
    return VWW_OK;
}

/* A tensor's own parameters or range become the group's; where several tensors are computed into
 * one group (CONCAT), equal parameters stay, and otherwise the group gets the range of them all. */
static vww_status add_computed(const struct vww_tensor *tensor, struct shared *shared,
                               struct vww_error *error)
{
    const struct vww_quantization *q = &tensor->quantization;
    const vww_status status =
        q->count > 0 ? check_parameters(tensor, error) : check_range(tensor, error);
    if (status != VWW_OK || shared->ruled)
        return status;
    struct shared own = {.known = true, .low = tensor->range_low, .high = tensor->range_high};
    vww_quantization_from_range(own.low, own.high, &own.scale, &own.zero_point);
    if (q->count > 0) {
        own.scale = q->scales[0];
        own.zero_point = q->zero_points[0];
        own.low = own.scale * (float)(-128 - own.zero_point);
        own.high = own.scale * (float)(127 - own.zero_point);
    }
    if (!shared->known || (shared->scale == own.scale && shared->zero_point == own.zero_point)) {
        *shared = own;
        return VWW_OK;
    }
    shared->low = fminf(shared->low, own.low);
    shared->high = fmaxf(shared->high, own.high);
    vww_quantization_from_range(shared->low, shared->high, &shared->scale, &shared->zero_point);
    return VWW_OK;
}

static vww_status find_shared(struct vww_graph *graph, const int32_t *group, struct shared *shared,
                              struct vww_error *error)
{
    vww_status status = input_parameters(graph, &shared[group[graph->input]], error);
    for (int32_t i = 0; i < graph->op_count; i++)
        if (has_fixed_output(&graph->ops[i]))
            shared[group[graph->ops[i].outputs[0]]] =
                (struct shared){.known = true,
                                .ruled = true,
                                .scale = VWW_SOFTMAX_SCALE,
                                .zero_point = VWW_SOFTMAX_ZERO_POINT};
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++) {
        const int32_t output = graph->ops[i].outputs[0];
        if (makes_a_range(&graph->ops[i]))
            status = add_computed(&graph->tensors[output], &shared[group[output]], error);
    }
    return status;
}

static vww_status activation_parameters(struct vww_graph *graph, struct vww_error *error)
{
    const size_t tensors = (size_t)graph->tensor_count;
    int32_t *group = vww_allocate(tensors, sizeof *group);
    struct shared *shared = vww_allocate(tensors, sizeof *shared);
    vww_status status = VWW_OK;
    if (group == NULL || shared == NULL) {
        status = vww_fail_memory(error, tensors * sizeof *shared);
    } else {
        vww_quantization_groups(graph, group);
        status = find_shared(graph, group, shared, error);
    }
    for (int32_t i = 0; i < graph->tensor_count && status == VWW_OK; i++)
        if (shared[group[i]].known)
            status = vww_tensor_quantize(&graph->tensors[i], shared[group[i]].scale,
                                         shared[group[i]].zero_point, error);
    vww_free(group);
    vww_free(shared);
    return status;
}

static vww_status check_finite(const struct vww_tensor *tensor, struct vww_error *error)
{
    const float *values = tensor->data;
    const int64_t elements = vww_shape_elements(&tensor->shape);
    if (tensor->dtype != VWW_FLOAT32 || values == NULL) {
        fail_tensor(error, VWW_ERROR_FORMAT, tensor, "quantizing needs float32 values");
        vww_error_seen(error, "%s", values == NULL ? "no data" : vww_dtype_name(tensor->dtype));
        return VWW_ERROR_FORMAT;
    }
    for (int64_t i = 0; i < elements; i++)
        if (!isfinite(values[i])) {
            fail_tensor(error, VWW_ERROR_FORMAT, tensor, "the network holds an impossible value");
            vww_error_seen(error, "%g at element %lld", (double)values[i], (long long)i);
            vww_error_allowed(error, "finite numbers");
            vww_error_remedy(error, "the training diverged: train with a lower learning rate");
            return VWW_ERROR_FORMAT;
        }
    return VWW_OK;
}

static vww_status weight_parameters(struct vww_graph *graph, const struct vww_op *op,
                                    struct vww_error *error)
{
    const int32_t axis = vww_op_weight_axis(op->kind);
    struct vww_tensor *weights = &graph->tensors[op->inputs[1]];
    vww_status status = check_finite(weights, error);
    if (status == VWW_OK && op->input_count > 2)
        status = check_finite(&graph->tensors[op->inputs[2]], error);
    if (status != VWW_OK)
        return status;
    const struct vww_channels channels = vww_shape_channels(&weights->shape, axis);
    status = vww_tensor_quantize_axis(weights, axis, channels.count, error);
    if (status != VWW_OK)
        return status;
    vww_quantization_weight_scales(weights->data, &channels, weights->quantization.scales);
    const float input_scale = graph->tensors[op->inputs[0]].quantization.scales[0];
    const float *bias = op->input_count > 2 ? graph->tensors[op->inputs[2]].data : NULL;
    float *scales = weights->quantization.scales;
    for (int32_t c = 0; c < channels.count && bias != NULL; c++)
        scales[c] = vww_quantization_scale_for_bias(scales[c], bias[c], input_scale);
    return VWW_OK;
}

/* A constant that is added or multiplied. */
static vww_status constant_parameters(struct vww_graph *graph, const struct vww_op *op,
                                      struct vww_error *error)
{
    struct vww_tensor *constant = op->input_count > 1 ? &graph->tensors[op->inputs[1]] : NULL;
    if (constant == NULL || constant->role != VWW_ROLE_CONSTANT || constant->quantization.count > 0)
        return VWW_OK;
    const vww_status status = check_finite(constant, error);
    if (status != VWW_OK)
        return status;
    const float *values = constant->data;
    float low = values[0], high = values[0], scale;
    int32_t zero_point;
    for (int64_t i = 1; i < vww_shape_elements(&constant->shape); i++) {
        low = fminf(low, values[i]);
        high = fmaxf(high, values[i]);
    }
    vww_quantization_from_range(low, high, &scale, &zero_point);
    return vww_tensor_quantize(constant, scale, zero_point, error);
}

static vww_status check_operator(const struct vww_op *op, struct vww_error *error)
{
    if (op->kind != VWW_OP_BATCH_NORM && op->kind != VWW_OP_DROPOUT)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "the operator has no int8 form");
    vww_error_place(error, "operator %s (%s)", op->name, vww_op_name(op->kind));
    vww_error_allowed(error, "batch normalization directly after a convolution or classifier "
                             "that nobody else reads, which can be folded");
    return VWW_ERROR_UNSUPPORTED;
}

vww_status vww_quantize_parameters(struct vww_graph *folded, struct vww_error *error)
{
    vww_status status = VWW_OK;
    for (int32_t i = 0; i < folded->op_count && status == VWW_OK; i++)
        status = check_operator(&folded->ops[i], error);
    if (status == VWW_OK)
        status = activation_parameters(folded, error);
    for (int32_t i = 0; i < folded->op_count && status == VWW_OK; i++)
        if (vww_op_weight_axis(folded->ops[i].kind) >= 0)
            status = weight_parameters(folded, &folded->ops[i], error);
        else
            status = constant_parameters(folded, &folded->ops[i], error);
    return status;
}

void vww_quantize_drop(struct vww_graph *graph)
{
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        struct vww_quantization *q = &graph->tensors[i].quantization;
        vww_free(q->scales);
        vww_free(q->zero_points);
        *q = (struct vww_quantization){0};
    }
}
