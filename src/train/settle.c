/* Batch norms whose statistics are not those of images get them, with gamma and beta such that the
 * network computes what it did. */
#include "base/memory.h"
#include "vww/loader.h"
#include "vww/network.h"
#include "vww/train.h"

#include <math.h>

#define IMAGES 512
#define BATCH 32

/* Sums over what each batch norm reads: channels from `first` on. */
struct sums {
    const struct vww_graph *graph;
    int64_t *first; /* of tensor t; -1: no batch norm reads it */
    double *sum, *square;
    double *count; /* values of a channel, for each tensor */
};

static void see(void *context, int32_t tensor, const float *values, int64_t values_count)
{
    struct sums *s = context;
    if (s->first[tensor] < 0)
        return;
    const struct vww_shape *shape = &s->graph->tensors[tensor].shape;
    const int32_t channels = shape->dims[shape->rank - 1];
    double *sum = s->sum + s->first[tensor], *square = s->square + s->first[tensor];
    for (int64_t i = 0; i < values_count; i += channels)
        for (int32_t c = 0; c < channels; c++) {
            const double value = (double)values[i + c];
            sum[c] += value;
            square[c] += value * value;
        }
    s->count[tensor] += (double)(values_count / channels);
}

static void free_sums(struct sums *s)
{
    vww_free(s->first);
    vww_free(s->sum);
    vww_free(s->square);
    vww_free(s->count);
}

static vww_status make_sums(struct sums *s, const struct vww_graph *graph, struct vww_error *error)
{
    int64_t channels = 0;
    *s = (struct sums){.graph = graph};
    s->first = vww_allocate((size_t)graph->tensor_count, sizeof *s->first);
    s->count = vww_allocate((size_t)graph->tensor_count, sizeof *s->count);
    for (int32_t i = 0; i < graph->tensor_count && s->first != NULL; i++)
        s->first[i] = -1;
    for (int32_t i = 0; i < graph->op_count && s->first != NULL; i++) {
        const struct vww_op *op = &graph->ops[i];
        if (op->kind != VWW_OP_BATCH_NORM || s->first[op->inputs[0]] >= 0)
            continue;
        s->first[op->inputs[0]] = channels;
        channels += vww_shape_elements(&graph->tensors[op->inputs[1]].shape);
    }
    s->sum = vww_allocate((size_t)channels, sizeof *s->sum);
    s->square = vww_allocate((size_t)channels, sizeof *s->square);
    if (s->first != NULL && s->count != NULL && s->sum != NULL && s->square != NULL)
        return VWW_OK;
    free_sums(s);
    return vww_fail_memory(error, (size_t)channels * sizeof *s->sum);
}

static void settle(struct vww_graph *graph, const struct vww_op *norm, const struct sums *s)
{
    const int32_t in = norm->inputs[0];
    float *gamma = graph->tensors[norm->inputs[1]].data;
    float *beta = graph->tensors[norm->inputs[2]].data;
    float *mean = graph->tensors[norm->inputs[3]].data;
    float *variance = graph->tensors[norm->inputs[4]].data;
    const int64_t channels = vww_shape_elements(&graph->tensors[norm->inputs[1]].shape);
    for (int64_t c = 0; c < channels; c++) {
        const double epsilon = (double)norm->epsilon;
        const double factor = (double)gamma[c] / sqrt((double)variance[c] + epsilon);
        const double offset = (double)beta[c] - (double)mean[c] * factor;
        const double average = s->sum[s->first[in] + c] / s->count[in];
        const double square = s->square[s->first[in] + c] / s->count[in];
        mean[c] = (float)average;
        variance[c] = (float)fmax(square - average * average, 0);
        gamma[c] = (float)(factor * sqrt((double)variance[c] + epsilon));
        beta[c] = (float)(offset + (double)mean[c] * factor);
    }
}

static vww_status observe(const struct vww_graph *graph, struct vww_loader *loader, struct sums *s,
                          const struct vww_progress *progress, struct vww_error *error)
{
    const size_t bytes = (size_t)vww_shape_elements(&graph->tensors[graph->input].shape);
    const int64_t steps = vww_loader_steps(loader), most = IMAGES / BATCH;
    uint8_t *images = vww_allocate(BATCH, bytes);
    int32_t labels[BATCH], count;
    vww_status status = images != NULL ? VWW_OK : vww_fail_memory(error, BATCH * bytes);
    for (int64_t i = 0; i < steps && i < most && status == VWW_OK; i++) {
        status = vww_loader_batch(loader, 0, i, images, labels, &count, error);
        if (status == VWW_OK)
            status = vww_network_observe(graph, images, count, see, s, error);
        if (status == VWW_OK && vww_progress_stop(progress))
            status = vww_fail(error, VWW_ERROR_STOPPED, "stopped before the first step");
    }
    vww_free(images);
    return status;
}

vww_status vww_train_settle(struct vww_graph *graph, const char *data, uint64_t seed,
                            const struct vww_progress *progress, struct vww_error *error)
{
    const struct vww_loader_options options = {.directory = data,
                                               .split = "train",
                                               .resolution =
                                                   graph->tensors[graph->input].shape.dims[1],
                                               .batch = BATCH,
                                               .seed = seed};
    struct vww_loader *loader;
    struct sums s;
    vww_status status = vww_loader_open(&options, progress, &loader, error);
    if (status != VWW_OK)
        return status;
    status = make_sums(&s, graph, error);
    if (status == VWW_OK) {
        status = observe(graph, loader, &s, progress, error);
        for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++)
            if (graph->ops[i].kind == VWW_OP_BATCH_NORM && s.count[graph->ops[i].inputs[0]] > 0)
                settle(graph, &graph->ops[i], &s);
        free_sums(&s);
    }
    vww_loader_close(loader);
    return status;
}
