/* The mean shift that rounding weights causes, taken back in the biases. An operator is linear
 * before its activation, so its mean output is the operator applied to its mean input; and the
 * shift of the mean is the rounding errors applied to it. */
#include "vww/quantize.h"

#include "base/memory.h"
#include "quantize/internal.h"
#include "vww/network.h"
#include "vww/quantization.h"

#include <math.h>

struct correction {
    struct vww_graph *graph;
    double **sums;  /* over the images, for tensors that operators with weights and bias read */
    int32_t images; /* in the present batch */
};

static void see(void *context, int32_t tensor, const float *values, int64_t count)
{
    struct correction *c = context;
    double *sums = c->sums[tensor];
    const int64_t each = count / c->images;
    for (int32_t n = 0; n < c->images && sums != NULL; n++)
        for (int64_t i = 0; i < each; i++)
            sums[i] += (double)values[n * each + i];
}

static vww_status run_batch(void *context, const uint8_t *images, int32_t count,
                            struct vww_error *error)
{
    struct correction *c = context;
    c->images = count;
    return vww_network_observe(c->graph, images, count, see, c, error);
}

/* Mean over all output positions of what kernel element (i, j) reads of input channel k. */
static double mean_read(const struct vww_graph *graph, const struct vww_op *op, const double *mean,
                        int32_t i, int32_t j, int32_t k)
{
    const int32_t *in = graph->tensors[op->inputs[0]].shape.dims;
    const int32_t *out = graph->tensors[op->outputs[0]].shape.dims;
    double sum = 0;
    for (int32_t row = 0; row < out[1]; row++) {
        const int32_t y =
            row * op->stride_h - op->pad_top + i * (op->dilation_h > 0 ? op->dilation_h : 1);
        for (int32_t column = 0; column < out[2] && y >= 0 && y < in[1]; column++) {
            const int32_t x = column * op->stride_w - op->pad_left +
                              j * (op->dilation_w > 0 ? op->dilation_w : 1);
            if (x >= 0 && x < in[2])
                sum += mean[((int64_t)y * in[2] + x) * in[3] + k];
        }
    }
    return sum / ((double)out[1] * out[2]);
}

/* What each element of an operator's kernel reads on average: kernel positions x input channels. */
static void mean_reads(const struct vww_graph *graph, const struct vww_op *op, const double *mean,
                       double *reads)
{
    const struct vww_shape *shape = &graph->tensors[op->inputs[1]].shape;
    if (op->kind == VWW_OP_FULLY_CONNECTED) {
        const int64_t rows =
            vww_shape_elements(&graph->tensors[op->inputs[0]].shape) / shape->dims[1];
        for (int32_t k = 0; k < shape->dims[1]; k++) {
            reads[k] = 0;
            for (int64_t row = 0; row < rows; row++)
                reads[k] += mean[row * shape->dims[1] + k] / (double)rows;
        }
        return;
    }
    const int32_t inputs = graph->tensors[op->inputs[0]].shape.dims[3];
    for (int32_t i = 0; i < shape->dims[1]; i++)
        for (int32_t j = 0; j < shape->dims[2]; j++)
            for (int32_t k = 0; k < inputs; k++)
                reads[(i * shape->dims[2] + j) * inputs + k] = mean_read(graph, op, mean, i, j, k);
}

/* The entry of `reads` that element k of output channel c multiplies. */
static int64_t read_by(const struct vww_graph *graph, const struct vww_op *op, int32_t c, int64_t k)
{
    const struct vww_shape *shape = &graph->tensors[op->inputs[1]].shape;
    if (op->kind == VWW_OP_FULLY_CONNECTED)
        return k;
    const int32_t inputs = graph->tensors[op->inputs[0]].shape.dims[3];
    if (op->kind == VWW_OP_DEPTHWISE_CONV_2D)
        return k * inputs + c / (shape->dims[3] / inputs);
    const int32_t each = shape->dims[3]; /* input channels of a group */
    const int32_t group = c / (shape->dims[0] / op->groups);
    return k / each * inputs + (int64_t)group * each + k % each;
}

static vww_status correct(struct correction *c, const struct vww_op *op, float *largest,
                          struct vww_error *error)
{
    const struct vww_tensor *weights = &c->graph->tensors[op->inputs[1]];
    const float *w = weights->data;
    float *bias = c->graph->tensors[op->inputs[2]].data;
    const struct vww_channels channels =
        vww_shape_channels(&weights->shape, vww_op_weight_axis(op->kind));
    const size_t most = (size_t)vww_shape_elements(&weights->shape); /* of kernel x inputs */
    float *scales = vww_allocate((size_t)channels.count, sizeof *scales);
    double *reads = vww_allocate(most, sizeof *reads);
    vww_status status = VWW_OK;
    if (scales == NULL || reads == NULL) {
        status = vww_fail_memory(error, most * sizeof *reads);
    } else {
        vww_quantization_weight_scales(w, &channels, scales);
        mean_reads(c->graph, op, c->sums[op->inputs[0]], reads);
    }
    for (int32_t channel = 0; channel < channels.count && status == VWW_OK; channel++) {
        double shift = 0;
        for (int64_t k = 0; k < channels.elements; k++) {
            const double weight = (double)w[channel * channels.start + k * channels.step];
            const double scale = (double)scales[channel];
            const double rounded = scale * vww_quantize_value((float)weight, scale, 0, -127, 127);
            shift += (rounded - weight) * reads[read_by(c->graph, op, channel, k)];
        }
        bias[channel] = (float)((double)bias[channel] - shift);
        *largest = fmaxf(*largest, (float)fabs(shift));
    }
    vww_free(scales);
    vww_free(reads);
    return status;
}

static bool is_corrected(const struct vww_op *op)
{
    return vww_op_weight_axis(op->kind) >= 0 && op->input_count > 2;
}

static vww_status allocate_sums(struct correction *c, struct vww_error *error)
{
    for (int32_t i = 0; i < c->graph->op_count; i++) {
        const struct vww_op *op = &c->graph->ops[i];
        if (!is_corrected(op) || c->sums[op->inputs[0]] != NULL)
            continue;
        const int64_t elements = vww_shape_elements(&c->graph->tensors[op->inputs[0]].shape);
        c->sums[op->inputs[0]] = vww_allocate((size_t)elements, sizeof(double));
        if (c->sums[op->inputs[0]] == NULL)
            return vww_fail_memory(error, (size_t)elements * sizeof(double));
    }
    return VWW_OK;
}

/* The mean inputs of the plain network, then every operator's bias. */
static vww_status correct_all(struct correction *c, struct vww_graph *folded, const uint8_t *images,
                              int64_t count, const struct vww_progress *progress, float *largest,
                              struct vww_error *error)
{
    vww_status status = allocate_sums(c, error);
    vww_quantize_drop(c->graph);
    if (status == VWW_OK)
        status = vww_quantize_batches(c->graph, images, count, "observing means", progress,
                                      run_batch, c, error);
    for (int32_t i = 0; i < folded->tensor_count && status == VWW_OK; i++) {
        const int64_t elements = vww_shape_elements(&folded->tensors[i].shape);
        for (int64_t k = 0; k < elements && c->sums[i] != NULL; k++)
            c->sums[i][k] /= (double)count;
    }
    c->graph = folded;
    for (int32_t i = 0; i < folded->op_count && status == VWW_OK; i++)
        if (is_corrected(&folded->ops[i]))
            status = correct(c, &folded->ops[i], largest, error);
    return status;
}

vww_status vww_quantize_correct_bias(struct vww_graph *folded, const uint8_t *images, int64_t count,
                                     const struct vww_progress *progress, float *largest,
                                     struct vww_error *error)
{
    *largest = 0;
    if (count < 1)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "bias correction needs at least one image");
    vww_status status = vww_graph_check(folded, true, error);
    if (status != VWW_OK)
        return status;
    const size_t tensors = (size_t)folded->tensor_count;
    struct vww_graph *plain = vww_graph_copy(folded);
    struct correction c = {.graph = plain, .sums = vww_allocate(tensors, sizeof *c.sums)};
    if (plain == NULL || c.sums == NULL)
        status = vww_fail_memory(error, tensors * sizeof *c.sums);
    else
        status = correct_all(&c, folded, images, count, progress, largest, error);
    for (size_t i = 0; c.sums != NULL && i < tensors; i++)
        vww_free(c.sums[i]);
    vww_free(c.sums);
    vww_graph_destroy(plain);
    return status;
}
