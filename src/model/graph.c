#include "vww/graph.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

size_t vww_dtype_bytes(enum vww_dtype dtype)
{
    static const size_t bytes[] = {
        [VWW_FLOAT32] = 4, [VWW_INT8] = 1, [VWW_UINT8] = 1, [VWW_INT32] = 4, [VWW_INT64] = 8};
    return bytes[dtype];
}

const char *vww_dtype_name(enum vww_dtype dtype)
{
    static const char *const names[] = {[VWW_FLOAT32] = "float32",
                                        [VWW_INT8] = "int8",
                                        [VWW_UINT8] = "uint8",
                                        [VWW_INT32] = "int32",
                                        [VWW_INT64] = "int64"};
    return names[dtype];
}

int64_t vww_shape_elements(const struct vww_shape *shape)
{
    int64_t product = 1;
    for (int i = 0; i < shape->rank; i++)
        if (shape->dims[i] <= 0 || __builtin_mul_overflow(product, shape->dims[i], &product))
            return -1;
    return product;
}

bool vww_shape_equal(const struct vww_shape *a, const struct vww_shape *b)
{
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i])
            return false;
    return true;
}

void vww_shape_text(const struct vww_shape *shape, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", shape->rank == 0 ? "scalar" : "");
    for (int i = 0; i < shape->rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%d", i > 0 ? "x" : "",
                                 (int)shape->dims[i]);
}

struct vww_graph *vww_graph_create(const char *name)
{
    struct vww_graph *graph = vww_allocate(1, sizeof *graph);
    if (graph != NULL) {
        snprintf(graph->name, sizeof graph->name, "%s", name);
        graph->input = graph->output = -1;
        graph->preprocessing = (struct vww_preprocessing){
            .mean = 128, .scale = 1.0f / 128, .resize = "stretch-bilinear-antialias"};
    }
    return graph;
}

static void tensor_fini(struct vww_tensor *tensor)
{
    vww_free(tensor->data);
    vww_free(tensor->quantization.scales);
    vww_free(tensor->quantization.zero_points);
}

void vww_graph_destroy(struct vww_graph *graph)
{
    if (graph == NULL)
        return;
    for (int32_t i = 0; i < graph->tensor_count; i++)
        tensor_fini(&graph->tensors[i]);
    vww_free(graph->tensors);
    vww_free(graph->ops);
    vww_free(graph);
}

struct vww_graph *vww_graph_copy(const struct vww_graph *graph)
{
    struct vww_graph *copy = vww_graph_create(graph->name);
    if (copy == NULL)
        return NULL;
    memcpy(copy->family, graph->family, sizeof copy->family);
    copy->depth_multiplier = graph->depth_multiplier;
    copy->input = graph->input;
    copy->output = graph->output;
    copy->preprocessing = graph->preprocessing;
    copy->input_edge = graph->input_edge;
    copy->output_edge = graph->output_edge;
    copy->older_uint8 = graph->older_uint8;
    void *ops = NULL;
    if (vww_array_reserve(&ops, &copy->op_capacity, (size_t)graph->op_count, sizeof *copy->ops) !=
        0)
        goto no_memory;
    copy->ops = ops;
    if (graph->op_count > 0)
        memcpy(copy->ops, graph->ops, (size_t)graph->op_count * sizeof *copy->ops);
    copy->op_count = graph->op_count;
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        const struct vww_tensor *from = &graph->tensors[i];
        if (vww_graph_tensor(copy, from->name, from->dtype, from->role, &from->shape) < 0)
            goto no_memory;
        struct vww_tensor *to = &copy->tensors[i];
        const struct vww_quantization *q = &from->quantization;
        to->range_low = from->range_low;
        to->range_high = from->range_high;
        if (q->count > 0) {
            if (vww_tensor_quantize_axis(to, q->axis, q->count, NULL) != VWW_OK)
                goto no_memory;
            memcpy(to->quantization.scales, q->scales, (size_t)q->count * sizeof *q->scales);
            memcpy(to->quantization.zero_points, q->zero_points,
                   (size_t)q->count * sizeof *q->zero_points);
        }
        if (from->data != NULL) {
            if (vww_tensor_allocate(to, NULL) != VWW_OK)
                goto no_memory;
            memcpy(to->data, from->data,
                   (size_t)vww_shape_elements(&from->shape) * vww_dtype_bytes(from->dtype));
        }
    }
    return copy;
no_memory:
    vww_graph_destroy(copy);
    return NULL;
}

int32_t vww_graph_tensor(struct vww_graph *graph, const char *name, enum vww_dtype dtype,
                         enum vww_role role, const struct vww_shape *shape)
{
    void *tensors = graph->tensors;
    if (vww_array_reserve(&tensors, &graph->tensor_capacity, (size_t)graph->tensor_count + 1,
                          sizeof *graph->tensors) != 0)
        return -1;
    graph->tensors = tensors;
    struct vww_tensor *tensor = &graph->tensors[graph->tensor_count];
    *tensor = (struct vww_tensor){.dtype = dtype, .role = role, .shape = *shape};
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    return graph->tensor_count++;
}

static vww_status add_outputs(struct vww_graph *graph, struct vww_op *op,
                              const struct vww_shape *shape, struct vww_error *error)
{
    if (op->output_count == 0)
        op->output_count = 1;
    for (int i = 0; i < op->output_count; i++) {
        char name[VWW_NAME_MAX];
        if (op->output_count > 1)
            snprintf(name, sizeof name, "%.80s:%d", op->name, i);
        else
            snprintf(name, sizeof name, "%s", op->name);
        op->outputs[i] = vww_graph_tensor(graph, name, VWW_FLOAT32, VWW_ROLE_ACTIVATION, shape);
        if (op->outputs[i] < 0)
            return vww_fail_memory(error, sizeof *graph->tensors);
    }
    return VWW_OK;
}

vww_status vww_graph_append(struct vww_graph *graph, const struct vww_op *op,
                            struct vww_error *error)
{
    struct vww_op appended = *op;
    struct vww_shape shape;
    const vww_status status = vww_op_infer(graph, &appended, &shape, error);
    if (status != VWW_OK)
        return status;
    void *ops = graph->ops;
    if (vww_array_reserve(&ops, &graph->op_capacity, (size_t)graph->op_count + 1,
                          sizeof *graph->ops) != 0)
        return vww_fail_memory(error, sizeof *graph->ops);
    graph->ops = ops;
    if (appended.output_count == 0 || appended.outputs[0] < 0) {
        const vww_status made = add_outputs(graph, &appended, &shape, error);
        if (made != VWW_OK)
            return made;
    }
    graph->ops[graph->op_count++] = appended;
    return VWW_OK;
}

vww_status vww_tensor_allocate(struct vww_tensor *tensor, struct vww_error *error)
{
    const int64_t elements = vww_shape_elements(&tensor->shape);
    if (elements < 0) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "tensor %s has an impossible shape", tensor->name);
        return VWW_ERROR_ARGUMENT;
    }
    vww_free(tensor->data);
    tensor->data = vww_allocate((size_t)elements, vww_dtype_bytes(tensor->dtype));
    if (tensor->data == NULL)
        return vww_fail_memory(error, (size_t)elements * vww_dtype_bytes(tensor->dtype));
    return VWW_OK;
}

vww_status vww_tensor_quantize_axis(struct vww_tensor *tensor, int32_t axis, int32_t count,
                                    struct vww_error *error)
{
    struct vww_quantization *q = &tensor->quantization;
    vww_free(q->scales);
    vww_free(q->zero_points);
    q->axis = axis;
    q->count = count;
    q->scales = vww_allocate((size_t)count, sizeof *q->scales);
    q->zero_points = vww_allocate((size_t)count, sizeof *q->zero_points);
    if (q->scales != NULL && q->zero_points != NULL)
        return VWW_OK;
    vww_free(q->scales);
    vww_free(q->zero_points);
    *q = (struct vww_quantization){0};
    return vww_fail_memory(error, (size_t)count * sizeof *q->scales);
}

vww_status vww_tensor_quantize(struct vww_tensor *tensor, float scale, int32_t zero_point,
                               struct vww_error *error)
{
    const vww_status status = vww_tensor_quantize_axis(tensor, 0, 1, error);
    if (status == VWW_OK) {
        tensor->quantization.scales[0] = scale;
        tensor->quantization.zero_points[0] = zero_point;
    }
    return status;
}

static vww_status fail_op(struct vww_error *error, const struct vww_op *op, const char *what)
{
    vww_fail(error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_place(error, "operator %s (%s)", op->name,
                    (unsigned)op->kind < VWW_OP_COUNT ? vww_op_name(op->kind) : "?");
    return VWW_ERROR_FORMAT;
}

static bool same_padding(const struct vww_op *a, const struct vww_op *b)
{
    return a->pad_top == b->pad_top && a->pad_bottom == b->pad_bottom &&
           a->pad_left == b->pad_left && a->pad_right == b->pad_right;
}

vww_status vww_graph_check(const struct vww_graph *graph, bool with_data, struct vww_error *error)
{
    if (graph->input < 0 || graph->input >= graph->tensor_count || graph->output < 0 ||
        graph->output >= graph->tensor_count)
        return vww_fail(error, VWW_ERROR_FORMAT, "the graph has no input or no output");
    if (graph->tensors[graph->input].role != VWW_ROLE_ACTIVATION ||
        graph->tensors[graph->output].role != VWW_ROLE_ACTIVATION)
        return vww_fail(error, VWW_ERROR_FORMAT, "the graph's input or output is a constant");
    bool *ready = vww_allocate((size_t)graph->tensor_count, sizeof *ready);
    if (ready == NULL)
        return vww_fail_memory(error, (size_t)graph->tensor_count);
    vww_status status = VWW_OK;
    for (int32_t i = 0; i < graph->tensor_count && status == VWW_OK; i++) {
        const struct vww_tensor *tensor = &graph->tensors[i];
        ready[i] = tensor->role != VWW_ROLE_ACTIVATION || i == graph->input;
        if (vww_shape_elements(&tensor->shape) < 0 ||
            (with_data && tensor->role != VWW_ROLE_ACTIVATION && tensor->data == NULL)) {
            status = vww_fail(error, VWW_ERROR_FORMAT, "the tensor has no valid %s",
                              vww_shape_elements(&tensor->shape) < 0 ? "shape" : "data");
            vww_error_place(error, "tensor %s", tensor->name);
        }
    }
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++) {
        struct vww_op op = graph->ops[i];
        struct vww_shape shape;
        for (int k = 0; k < op.input_count && status == VWW_OK; k++)
            if (op.inputs[k] < 0 || op.inputs[k] >= graph->tensor_count || !ready[op.inputs[k]])
                status = fail_op(error, &op, "an input is missing or not computed yet");
        if (status == VWW_OK)
            status = vww_op_infer(graph, &op, &shape, error);
        if (status == VWW_OK && !same_padding(&op, &graph->ops[i]))
            status = fail_op(error, &op, "the padding is not what the operator's rule gives");
        if (status == VWW_OK && op.output_count < 1)
            status = fail_op(error, &op, "the operator has no output");
        for (int k = 0; k < op.output_count && status == VWW_OK; k++) {
            if (op.outputs[k] < 0 || op.outputs[k] >= graph->tensor_count || ready[op.outputs[k]]) {
                status = fail_op(error, &op, "an output is missing or computed twice");
                break;
            }
            ready[op.outputs[k]] = true;
            if (!vww_shape_equal(&shape, &graph->tensors[op.outputs[k]].shape)) {
                char seen[64], wanted[64];
                vww_shape_text(&graph->tensors[op.outputs[k]].shape, seen, sizeof seen);
                vww_shape_text(&shape, wanted, sizeof wanted);
                status = fail_op(error, &op, "the output's shape is not what the operator makes");
                vww_error_seen(error, "%s", seen);
                vww_error_allowed(error, "%s", wanted);
            }
        }
    }
    if (status == VWW_OK && !ready[graph->output])
        status = vww_fail(error, VWW_ERROR_FORMAT, "nothing computes the graph's output");
    vww_free(ready);
    return status;
}

vww_status vww_graph_initialize(struct vww_graph *graph, uint64_t seed, struct vww_error *error)
{
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        struct vww_tensor *tensor = &graph->tensors[i];
        if (tensor->role == VWW_ROLE_ACTIVATION || tensor->role == VWW_ROLE_CONSTANT)
            continue;
        const vww_status status = vww_tensor_allocate(tensor, error);
        if (status != VWW_OK)
            return status;
        float *values = tensor->data;
        const int64_t elements = vww_shape_elements(&tensor->shape);
        if (tensor->role == VWW_ROLE_BN_SCALE || tensor->role == VWW_ROLE_BN_VARIANCE) {
            for (int64_t k = 0; k < elements; k++)
                values[k] = 1;
        } else if (tensor->role == VWW_ROLE_WEIGHT) {
            /* Fan-in is everything but the output channels: the first dimension, or the last of a
             * depthwise kernel, whose first is 1. He et al. 2015: standard deviation
             * sqrt(2/fan-in), cut at two deviations. */
            const bool depthwise = tensor->shape.rank == 4 && tensor->shape.dims[0] == 1;
            const int64_t outputs = tensor->shape.dims[depthwise ? 3 : 0];
            const double deviation = sqrt(2.0 * (double)outputs / (double)elements);
            struct vww_random random = vww_random_init(seed, VWW_RANDOM_WEIGHTS, 0, (uint64_t)i);
            for (int64_t k = 0; k < elements; k++) {
                double value;
                do {
                    value = vww_random_normal(&random);
                } while (fabs(value) > 2);
                values[k] = (float)(value * deviation);
            }
        }
    }
    return VWW_OK;
}
