/* Channels of an activation brought to like size, at the expense of the weights that read them. */
#include "vww/quantize.h"

#include "base/memory.h"
#include "quantize/internal.h"
#include "vww/network.h"
#include "vww/quantization.h"

#include <math.h>

#define SWEEPS 50       /* at most */
#define SETTLED 1e-4    /* a sweep that changes no factor by more is the last */
#define FACTOR_MOST 1e3 /* keeps channels that are all but unread within floats */

/* Two operators with nothing but an activation between them. */
struct pair {
    struct vww_op *first, *second;
    float *largest; /* of each channel of the first's output, over the images */
    float *factors; /* by which the first's output has been divided so far */
};

struct equalization {
    struct vww_graph *graph;
    struct pair *pairs;
    int32_t count;
};

/* --- which operators ----------------------------------------------------------------------------
 */

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
    return (op->kind == VWW_OP_DEPTHWISE_CONV_2D ||
            (op->kind == VWW_OP_CONV_2D && op->groups == 1)) &&
           graph->tensors[op->inputs[1]].dtype == VWW_FLOAT32;
}

static int32_t channels_of(const struct vww_graph *graph, const struct vww_op *op)
{
    return graph->tensors[op->outputs[0]].shape.dims[3];
}

static vww_status find_pairs(struct equalization *e, struct vww_error *error)
{
    for (int32_t i = 0; i < e->graph->op_count; i++) {
        struct vww_op *first = &e->graph->ops[i];
        struct vww_op *second = only_reader(e->graph, first->outputs[0]);
        if (second == NULL || !is_scalable(e->graph, first) || !is_scalable(e->graph, second))
            continue;
        const size_t channels = (size_t)channels_of(e->graph, first);
        struct pair *pair = &e->pairs[e->count++];
        *pair = (struct pair){.first = first,
                              .second = second,
                              .largest = vww_allocate(channels, sizeof(float)),
                              .factors = vww_allocate(channels, sizeof(float))};
        if (pair->largest == NULL || pair->factors == NULL)
            return vww_fail_memory(error, channels * sizeof(float));
        for (size_t c = 0; c < channels; c++)
            pair->factors[c] = 1;
    }
    return VWW_OK;
}

/* --- how large their channels are ---------------------------------------------------------------
 */

static void see(void *context, int32_t tensor, const float *values, int64_t count)
{
    const struct equalization *e = context;
    for (int32_t i = 0; i < e->count; i++) {
        if (e->pairs[i].first->outputs[0] != tensor)
            continue;
        const int32_t channels = channels_of(e->graph, e->pairs[i].first);
        float *largest = e->pairs[i].largest;
        for (int64_t k = 0; k < count; k++)
            largest[k % channels] = fmaxf(largest[k % channels], fabsf(values[k]));
    }
}

static vww_status run_batch(void *context, const uint8_t *images, int32_t count,
                            struct vww_error *error)
{
    struct equalization *e = context;
    return vww_network_observe(e->graph, images, count, see, e, error);
}

/* Scaling a channel commutes with the activation, as far as the images show. */
static bool is_homogeneous(const struct vww_graph *graph, const struct pair *pair)
{
    const int32_t channels = channels_of(graph, pair->first);
    if (pair->first->activation == VWW_ACTIVATION_RELU_N1_TO_1)
        return false;
    if (pair->first->activation == VWW_ACTIVATION_RELU6)
        for (int32_t c = 0; c < channels; c++)
            if (pair->largest[c] >= 6)
                return false;
    return true;
}

/* --- scaling ------------------------------------------------------------------------------------
 */

/* The weights that read one input channel: `count` runs of `run` neighbours, `step` apart. */
struct column {
    float *first;
    int64_t count, step, run;
};

static struct column column_of(const struct vww_graph *graph, const struct vww_op *op, int32_t c)
{
    const struct vww_tensor *weights = &graph->tensors[op->inputs[1]];
    const int64_t elements = vww_shape_elements(&weights->shape);
    const int32_t inputs = graph->tensors[op->inputs[0]].shape.dims[3];
    float *data = weights->data;
    if (op->kind == VWW_OP_CONV_2D)
        return (struct column){data + c, elements / inputs, inputs, 1};
    const int32_t outputs = weights->shape.dims[3], multiplier = outputs / inputs;
    return (struct column){data + (int64_t)c * multiplier, elements / outputs, outputs, multiplier};
}

static float largest_in(const struct column *column)
{
    float largest = 0;
    for (int64_t k = 0; k < column->count; k++)
        for (int64_t r = 0; r < column->run; r++)
            largest = fmaxf(largest, fabsf(column->first[k * column->step + r]));
    return largest;
}

static void scale_column(const struct column *column, float factor)
{
    for (int64_t k = 0; k < column->count; k++)
        for (int64_t r = 0; r < column->run; r++)
            column->first[k * column->step + r] *= factor;
}

/* Divide one output channel of an operator. */
static void divide_channel(struct vww_graph *graph, const struct vww_op *op, int32_t c, float by)
{
    const struct vww_tensor *weights = &graph->tensors[op->inputs[1]];
    const struct vww_channels channels =
        vww_shape_channels(&weights->shape, vww_op_weight_axis(op->kind));
    float *first = (float *)weights->data + c * channels.start;
    for (int64_t k = 0; k < channels.elements; k++)
        first[k * channels.step] /= by;
    if (op->input_count > 2)
        ((float *)graph->tensors[op->inputs[2]].data)[c] /= by;
}

/* One step for one pair; returns the largest |log| of a factor. */
static double equalize_pair(struct vww_graph *graph, struct pair *pair)
{
    double change = 0;
    for (int32_t c = 0; c < channels_of(graph, pair->first); c++) {
        const struct column column = column_of(graph, pair->second, c);
        const double values = (double)pair->largest[c] / (double)pair->factors[c];
        const double weights = (double)largest_in(&column);
        if (values == 0 || weights == 0)
            continue;
        const double before = (double)pair->factors[c];
        const double wanted = before * sqrt(values / weights);
        const float factor = (float)(fmin(fmax(wanted, 1 / FACTOR_MOST), FACTOR_MOST) / before);
        divide_channel(graph, pair->first, c, factor);
        scale_column(&column, factor);
        pair->factors[c] *= factor;
        change = fmax(change, fabs(log((double)factor)));
    }
    return change;
}

static void equalize_all(struct equalization *e, int32_t *pairs)
{
    bool done = false;
    for (int32_t i = 0; i < e->count; i++)
        *pairs += is_homogeneous(e->graph, &e->pairs[i]);
    for (int sweep = 0; sweep < SWEEPS && !done; sweep++) {
        done = true;
        for (int32_t i = 0; i < e->count; i++)
            if (is_homogeneous(e->graph, &e->pairs[i]))
                done &= equalize_pair(e->graph, &e->pairs[i]) <= SETTLED;
    }
    for (int32_t i = 0; i < e->count; i++) {
        struct vww_op *first = e->pairs[i].first;
        if (first->activation == VWW_ACTIVATION_RELU6 && is_homogeneous(e->graph, &e->pairs[i]))
            first->activation = VWW_ACTIVATION_RELU;
    }
    for (int32_t i = 0; i < e->graph->tensor_count; i++)
        e->graph->tensors[i].range_low = e->graph->tensors[i].range_high = 0;
}

vww_status vww_quantize_equalize(struct vww_graph *folded, const uint8_t *images, int64_t count,
                                 const struct vww_progress *progress, int32_t *pairs,
                                 struct vww_error *error)
{
    *pairs = 0;
    if (count < 1)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "equalization needs at least one image");
    vww_status status = vww_graph_check(folded, true, error);
    if (status != VWW_OK)
        return status;
    struct equalization e = {.graph = folded};
    e.pairs = vww_allocate((size_t)folded->op_count, sizeof *e.pairs);
    if (e.pairs == NULL)
        return vww_fail_memory(error, (size_t)folded->op_count * sizeof *e.pairs);
    vww_quantize_drop(folded);
    status = find_pairs(&e, error);
    if (status == VWW_OK)
        status = vww_quantize_batches(folded, images, count, "observing channels", progress,
                                      run_batch, &e, error);
    if (status == VWW_OK)
        equalize_all(&e, pairs);
    for (int32_t i = 0; i < e.count; i++) {
        vww_free(e.pairs[i].largest);
        vww_free(e.pairs[i].factors);
    }
    vww_free(e.pairs);
    return status;
}
