/* Graphs for other images or other classes, with the weights they have. */
#include "vww/adapt.h"
#include "base/memory.h"
#include "base/random.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static vww_status fail_at(const struct vww_op *op, const char *what, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "the network cannot be changed: %s", what);
    vww_error_place(error, "operator %s (%s)", op->name, vww_op_name(op->kind));
    return VWW_ERROR_UNSUPPORTED;
}

/* A window over the whole of its input goes on covering the whole. */
static bool covers(const struct vww_op *op, const struct vww_shape *in)
{
    return (op->kind == VWW_OP_AVERAGE_POOL_2D || op->kind == VWW_OP_MAX_POOL_2D) &&
           in->rank == 4 && op->kernel_h == in->dims[1] && op->kernel_w == in->dims[2];
}

/* A reshape to one row goes on being one. */
static vww_status flatten(struct vww_op *op, const struct vww_shape *in, struct vww_error *error)
{
    struct vww_shape *shape = &op->shape;
    const int64_t elements = vww_shape_elements(in);
    for (int i = 0; i + 1 < shape->rank; i++)
        if (shape->dims[i] != 1)
            return fail_at(op, "its reshape is no flattening", error);
    if (shape->rank < 1 || elements < 1 || elements > INT32_MAX)
        return fail_at(op, "its reshape is no flattening", error);
    shape->dims[shape->rank - 1] = (int32_t)elements;
    return VWW_OK;
}

/* Compute every shape again after the input's, or the classifier's, changed. before: the shapes of
 * the tensors until then. */
static vww_status infer_all(struct vww_graph *graph, const struct vww_shape *before,
                            struct vww_error *error)
{
    for (int32_t i = 0; i < graph->op_count; i++) {
        struct vww_op *op = &graph->ops[i];
        const struct vww_shape *in = &graph->tensors[op->inputs[0]].shape;
        struct vww_shape output;
        vww_status status = VWW_OK;
        if (covers(op, &before[op->inputs[0]])) {
            op->kernel_h = in->dims[1];
            op->kernel_w = in->dims[2];
        } else if (in->rank == 4 && ((op->stride_h > 1 && in->dims[1] == 1) ||
                                     (op->stride_w > 1 && in->dims[2] == 1)))
            status = fail_at(op, "the resolution is too small for its stride", error);
        if (op->kind == VWW_OP_RESHAPE)
            status = flatten(op, in, error);
        if (op->kind == VWW_OP_STRIDED_SLICE || op->kind == VWW_OP_RESIZE_NEAREST)
            status = fail_at(op, "it is made for one size of images", error);
        if (status == VWW_OK)
            status = vww_op_infer(graph, op, &output, error);
        if (status != VWW_OK)
            return status;
        for (int32_t k = 0; k < op->output_count; k++)
            graph->tensors[op->outputs[k]].shape = output;
    }
    return vww_graph_check(graph, false, error);
}

static struct vww_shape *shapes_of(const struct vww_graph *graph, struct vww_error *error)
{
    struct vww_shape *shapes = vww_allocate((size_t)graph->tensor_count, sizeof *shapes);
    if (shapes == NULL)
        vww_fail_memory(error, (size_t)graph->tensor_count * sizeof *shapes);
    for (int32_t i = 0; i < graph->tensor_count && shapes != NULL; i++)
        shapes[i] = graph->tensors[i].shape;
    return shapes;
}

vww_status vww_graph_resize(struct vww_graph *graph, int32_t resolution, struct vww_error *error)
{
    struct vww_shape *input = &graph->tensors[graph->input].shape;
    if (input->rank != 4)
        return vww_fail(error, VWW_ERROR_UNSUPPORTED, "the network's input is no image");
    struct vww_shape *before = shapes_of(graph, error);
    if (before == NULL)
        return VWW_ERROR_MEMORY;
    input->dims[1] = input->dims[2] = resolution;
    const vww_status status = infer_all(graph, before, error);
    if (graph->family[0] != '\0') /* the zoo's names tell the resolution */
        snprintf(graph->name, sizeof graph->name, "%s_%g_%" PRId32, graph->family,
                 graph->depth_multiplier, resolution);
    vww_free(before);
    return status;
}

/* The operator that computes the classes: back from the softmax through what changes no numbers. */
static struct vww_op *find_classifier(struct vww_graph *graph)
{
    int32_t wanted = graph->output;
    for (int32_t i = graph->op_count - 1; i >= 0; i--) {
        struct vww_op *op = &graph->ops[i];
        if (op->outputs[0] != wanted)
            continue;
        if (op->kind == VWW_OP_FULLY_CONNECTED || op->kind == VWW_OP_CONV_2D)
            return op;
        if (op->kind != VWW_OP_SOFTMAX && op->kind != VWW_OP_RESHAPE &&
            op->kind != VWW_OP_DROPOUT && op->kind != VWW_OP_MEAN &&
            op->kind != VWW_OP_AVERAGE_POOL_2D)
            return NULL;
        wanted = op->inputs[0];
    }
    return NULL;
}

static void forget_quantization(struct vww_tensor *tensor)
{
    vww_free(tensor->quantization.scales);
    vww_free(tensor->quantization.zero_points);
    tensor->quantization = (struct vww_quantization){0};
    tensor->range_low = tensor->range_high = 0;
}

/* Zeroed parameters for other outputs, which are a weight's or bias's first dimension. */
static vww_status widen(struct vww_tensor *tensor, int32_t outputs, struct vww_error *error)
{
    vww_free(tensor->data);
    tensor->data = NULL;
    forget_quantization(tensor);
    tensor->shape.dims[0] = outputs;
    return vww_tensor_allocate(tensor, error);
}

static void fill(struct vww_tensor *weights, uint64_t seed, int32_t tensor)
{
    const int64_t elements = vww_shape_elements(&weights->shape);
    const double deviation = sqrt((double)weights->shape.dims[0] / (double)elements);
    struct vww_random random = vww_random_init(seed, VWW_RANDOM_WEIGHTS, 0, (uint64_t)tensor);
    for (int64_t k = 0; k < elements; k++)
        ((float *)weights->data)[k] = (float)(vww_random_normal(&random) * deviation);
}

vww_status vww_graph_renew_classifier(struct vww_graph *graph, int32_t classes, uint64_t seed,
                                      struct vww_error *error)
{
    struct vww_op *op = find_classifier(graph);
    if (op == NULL || op->groups > 1)
        return vww_fail(error, VWW_ERROR_UNSUPPORTED,
                        "the network ends in no classifier that could be renewed");
    if (graph->tensors[op->inputs[1]].dtype != VWW_FLOAT32)
        return fail_at(op, "its weights are integers", error);
    struct vww_shape *before = shapes_of(graph, error);
    if (before == NULL)
        return VWW_ERROR_MEMORY;
    vww_status status = widen(&graph->tensors[op->inputs[1]], classes, error);
    if (status == VWW_OK && op->input_count > 2)
        status = widen(&graph->tensors[op->inputs[2]], classes, error);
    if (status == VWW_OK) {
        fill(&graph->tensors[op->inputs[1]], seed, op->inputs[1]);
        forget_quantization(&graph->tensors[op->outputs[0]]);
        if (op->kind == VWW_OP_FULLY_CONNECTED && op->shape.rank > 0)
            op->shape.dims[op->shape.rank - 1] = classes;
        status = infer_all(graph, before, error);
    }
    vww_free(before);
    return status;
}
