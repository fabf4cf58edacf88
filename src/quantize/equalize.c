/* Equal weight ranges on both sides of an activation. */
#include "vww/quantize.h"

#include "base/memory.h"
#include "vww/quantization.h"

#include <math.h>

#define SWEEPS 50       /* at most */
#define SETTLED 1e-4    /* a sweep that changes no factor by more is the last */
#define FACTOR_MOST 1e3 /* of one step; keeps channels that are all but dead within floats */

/* Two operators with nothing but an activation between them. */
struct pair {
    struct vww_op *first, *second;
};

static struct vww_op *only_reader(struct vww_graph *graph, int32_t tensor)
{
    struct vww_op *reader = NULL;
    if (tensor == graph->output)
        return NULL;
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int k = 0; k < graph->ops[i].input_count; k++)
            if (graph->ops[i].inputs[k] == tensor) {
                if (reader != NULL || k > 0)
                    return NULL;
                reader = &graph->ops[i];
            }
    return reader;
}

static bool is_scalable(const struct vww_graph *graph, const struct vww_op *op)
{
    return vww_op_weight_axis(op->kind) >= 0 && op->kind != VWW_OP_FULLY_CONNECTED &&
           (op->kind != VWW_OP_CONV_2D || op->groups == 1) &&
           graph->tensors[op->inputs[1]].dtype == VWW_FLOAT32;
}

/* Scaling a channel commutes with the activation. */
static bool is_homogeneous(const struct vww_graph *graph, const struct vww_op *op)
{
    const struct vww_tensor *out = &graph->tensors[op->outputs[0]];
    return op->activation != VWW_ACTIVATION_RELU6 || (out->range_high != 0 && out->range_high < 6);
}

/* The elements of the second operator's weights that read input channel c: `elements` from `at` on,
 * `step` apart. */
struct readers {
    int64_t at, elements, step, run; /* run: neighbouring elements that belong together */
};

static struct readers readers_of(const struct vww_graph *graph, const struct vww_op *second,
                                 int32_t c)
{
    const struct vww_shape *shape = &graph->tensors[second->inputs[1]].shape;
    const int64_t elements = vww_shape_elements(shape);
    const int32_t inputs = graph->tensors[second->inputs[0]].shape.dims[3];
    if (second->kind == VWW_OP_CONV_2D)
        return (struct readers){c, elements / inputs, inputs, 1};
    const int32_t multiplier = shape->dims[3] / inputs;
    return (struct readers){(int64_t)c * multiplier, elements / shape->dims[3], shape->dims[3],
                            multiplier};
}

static double largest_of(const float *weights, int64_t at, int64_t elements, int64_t step,
                         int64_t run)
{
    double largest = 0;
    for (int64_t k = 0; k < elements; k++)
        for (int64_t r = 0; r < run; r++)
            largest = fmax(largest, fabs((double)weights[at + k * step + r]));
    return largest;
}

static void scale(float *weights, int64_t at, int64_t elements, int64_t step, int64_t run,
                  double factor)
{
    for (int64_t k = 0; k < elements; k++)
        for (int64_t r = 0; r < run; r++)
            weights[at + k * step + r] = (float)((double)weights[at + k * step + r] * factor);
}

/* One step for one pair; returns the largest |log| of a factor. */
static double equalize_pair(struct vww_graph *graph, const struct pair *pair)
{
    float *first = graph->tensors[pair->first->inputs[1]].data;
    float *second = graph->tensors[pair->second->inputs[1]].data;
    float *bias = pair->first->input_count > 2 ? graph->tensors[pair->first->inputs[2]].data : NULL;
    const struct vww_channels channels = vww_shape_channels(
        &graph->tensors[pair->first->inputs[1]].shape, vww_op_weight_axis(pair->first->kind));
    double change = 0;
    for (int32_t c = 0; c < channels.count; c++) {
        const struct readers r = readers_of(graph, pair->second, c);
        const int64_t at = c * channels.start;
        const double before = largest_of(first, at, channels.elements, channels.step, 1);
        const double after = largest_of(second, r.at, r.elements, r.step, r.run);
        if (before == 0 || after == 0)
            continue;
        const double factor = fmin(fmax(sqrt(before / after), 1 / FACTOR_MOST), FACTOR_MOST);
        scale(first, at, channels.elements, channels.step, 1, 1 / factor);
        scale(second, r.at, r.elements, r.step, r.run, factor);
        if (bias != NULL)
            bias[c] = (float)((double)bias[c] / factor);
        change = fmax(change, fabs(log(factor)));
    }
    return change;
}

static int32_t find_pairs(struct vww_graph *graph, struct pair *pairs)
{
    int32_t count = 0;
    for (int32_t i = 0; i < graph->op_count; i++) {
        struct vww_op *first = &graph->ops[i];
        struct vww_op *second = only_reader(graph, first->outputs[0]);
        if (second != NULL && is_scalable(graph, first) && is_scalable(graph, second) &&
            is_homogeneous(graph, first))
            pairs[count++] = (struct pair){first, second};
    }
    return count;
}

vww_status vww_quantize_equalize(struct vww_graph *folded, int32_t *pairs, struct vww_error *error)
{
    *pairs = 0;
    const vww_status status = vww_graph_check(folded, true, error);
    if (status != VWW_OK)
        return status;
    struct pair *found = vww_allocate((size_t)folded->op_count, sizeof *found);
    if (found == NULL)
        return vww_fail_memory(error, (size_t)folded->op_count * sizeof *found);
    *pairs = find_pairs(folded, found);
    for (int32_t i = 0; i < *pairs; i++)
        if (found[i].first->activation == VWW_ACTIVATION_RELU6)
            found[i].first->activation = VWW_ACTIVATION_RELU;
    double change = 1;
    for (int sweep = 0; sweep < SWEEPS && change > SETTLED; sweep++) {
        change = 0;
        for (int32_t i = 0; i < *pairs; i++)
            change = fmax(change, equalize_pair(folded, &found[i]));
    }
    vww_free(found);
    vww_quantize_drop(folded);
    for (int32_t i = 0; i < folded->tensor_count; i++)
        folded->tensors[i].range_low = folded->tensors[i].range_high = 0;
    return VWW_OK;
}
