/* The float network as a predictor, and its activations laid open. */
#include "base/memory.h"
#include "train/reference.h"
#include "vww/network.h"

#include <string.h>

struct predictor {
    const struct vww_graph *graph;
    struct vww_reference *reference;
};

static const struct vww_pass evaluation = {.training = false};

static vww_status predict(void *context, const uint8_t *images, int32_t count, float *probabilities,
                          struct vww_error *error)
{
    (void)error;
    struct predictor *predictor = context;
    const struct vww_graph *graph = predictor->graph;
    vww_reference_input(predictor->reference, images, count);
    vww_reference_forward(predictor->reference, count, &evaluation);
    const double *values = vww_reference_values(predictor->reference, graph->output);
    const int64_t elements = count * vww_shape_elements(&graph->tensors[graph->output].shape);
    for (int64_t i = 0; i < elements; i++)
        probabilities[i] = (float)values[i];
    return VWW_OK;
}

static void destroy(void *context)
{
    struct predictor *predictor = context;
    vww_reference_destroy(predictor->reference);
    vww_free(predictor);
}

vww_status vww_network_predictor(const struct vww_graph *graph, int32_t batch,
                                 struct vww_predictor *predictor, struct vww_error *error)
{
    *predictor = (struct vww_predictor){0};
    struct predictor *made = vww_allocate(1, sizeof *made);
    if (made == NULL)
        return vww_fail_memory(error, sizeof *made);
    made->graph = graph;
    const vww_status status = vww_reference_create(graph, batch, &made->reference, error);
    if (status != VWW_OK) {
        vww_free(made);
        return status;
    }
    *predictor = (struct vww_predictor){
        .predict = predict,
        .destroy = destroy,
        .context = made,
        .resolution = graph->tensors[graph->input].shape.dims[1],
        .classes = (int32_t)vww_shape_elements(&graph->tensors[graph->output].shape),
        .batch = batch,
        .kind = "float",
    };
    return VWW_OK;
}

vww_status vww_network_observe(const struct vww_graph *graph, const uint8_t *images, int32_t count,
                               void (*see)(void *context, int32_t tensor, const float *values,
                                           int64_t values_count),
                               void *context, struct vww_error *error)
{
    struct vww_reference *reference;
    const vww_status status = vww_reference_create(graph, count, &reference, error);
    if (status != VWW_OK)
        return status;
    int64_t largest = 0;
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (vww_shape_elements(&graph->tensors[i].shape) > largest)
            largest = vww_shape_elements(&graph->tensors[i].shape);
    float *values = vww_allocate((size_t)largest * (size_t)count, sizeof *values);
    if (values == NULL) {
        vww_reference_destroy(reference);
        return vww_fail_memory(error, (size_t)largest * (size_t)count * sizeof *values);
    }
    vww_reference_input(reference, images, count);
    vww_reference_forward(reference, count, &evaluation);
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        if (graph->tensors[i].role != VWW_ROLE_ACTIVATION)
            continue;
        const int64_t elements = count * vww_shape_elements(&graph->tensors[i].shape);
        const double *from = vww_reference_values(reference, i);
        for (int64_t k = 0; k < elements; k++)
            values[k] = (float)from[k];
        see(context, i, values, elements);
    }
    vww_free(values);
    vww_reference_destroy(reference);
    return VWW_OK;
}
