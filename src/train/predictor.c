/* The float network as a predictor, and its activations laid open. */
#include "base/memory.h"
#include "train/network.h"
#include "vww/network.h"

#include <string.h>

static const struct vww_pass evaluation = {.training = false};

static vww_status predict(void *context, const uint8_t *images, int32_t count, float *probabilities,
                          struct vww_error *error)
{
    (void)error;
    struct vww_network *network = context;
    vww_network_forward(network, images, count, &evaluation);
    memcpy(probabilities, vww_network_probabilities(network),
           (size_t)count * (size_t)vww_network_classes(network) * sizeof *probabilities);
    return VWW_OK;
}

static void destroy(void *context)
{
    vww_network_destroy(context);
}

vww_status vww_network_predictor(const struct vww_graph *graph, int32_t batch,
                                 struct vww_predictor *predictor, struct vww_error *error)
{
    *predictor = (struct vww_predictor){0};
    struct vww_network *network;
    const vww_status status = vww_network_create(graph, batch, false, &network, error);
    if (status != VWW_OK)
        return status;
    *predictor = (struct vww_predictor){
        .predict = predict,
        .destroy = destroy,
        .context = network,
        .resolution = graph->tensors[graph->input].shape.dims[1],
        .classes = vww_network_classes(network),
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
    struct vww_network *network;
    const vww_status status = vww_network_create(graph, count, false, &network, error);
    if (status != VWW_OK)
        return status;
    int64_t largest = 0;
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (vww_shape_elements(&graph->tensors[i].shape) > largest)
            largest = vww_shape_elements(&graph->tensors[i].shape);
    float *values = vww_allocate((size_t)largest * (size_t)count, sizeof *values);
    if (values == NULL) {
        vww_network_destroy(network);
        return vww_fail_memory(error, (size_t)largest * (size_t)count * sizeof *values);
    }
    vww_network_forward(network, images, count, &evaluation);
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        if (graph->tensors[i].role != VWW_ROLE_ACTIVATION)
            continue;
        vww_network_activation(network, i, values);
        see(context, i, values, count * vww_shape_elements(&graph->tensors[i].shape));
    }
    vww_free(values);
    vww_network_destroy(network);
    return VWW_OK;
}
