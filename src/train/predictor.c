/* The float network as a predictor, and its activations laid open. */
#include "base/memory.h"
#include "train/network.h"
#include "train/reference.h"
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

/* --- the plain executor, which knows more operators ------------------------------------------ */

struct plain_predictor {
    struct vww_reference *reference;
    const struct vww_graph *graph;
};

static vww_status predict_plainly(void *context, const uint8_t *images, int32_t count,
                                  float *probabilities, struct vww_error *error)
{
    (void)error;
    const struct plain_predictor *plain = context;
    const struct vww_graph *graph = plain->graph;
    vww_reference_input(plain->reference, images, count);
    vww_reference_forward(plain->reference, count, &evaluation);
    const double *values = vww_reference_values(plain->reference, graph->output);
    const int64_t elements = count * vww_shape_elements(&graph->tensors[graph->output].shape);
    for (int64_t i = 0; i < elements; i++)
        probabilities[i] = (float)values[i];
    return VWW_OK;
}

static void destroy_plain(void *context)
{
    struct plain_predictor *plain = context;
    vww_reference_destroy(plain->reference);
    vww_free(plain);
}

static vww_status plain_predictor(const struct vww_graph *graph, int32_t batch,
                                  struct vww_predictor *predictor, struct vww_error *error)
{
    struct plain_predictor *plain = vww_allocate(1, sizeof *plain);
    if (plain == NULL)
        return vww_fail_memory(error, sizeof *plain);
    plain->graph = graph;
    const vww_status status = vww_reference_create(graph, batch, &plain->reference, error);
    if (status != VWW_OK) {
        vww_free(plain);
        return status;
    }
    *predictor = (struct vww_predictor){
        .predict = predict_plainly,
        .destroy = destroy_plain,
        .context = plain,
        .resolution = graph->tensors[graph->input].shape.dims[1],
        .classes = (int32_t)vww_shape_elements(&graph->tensors[graph->output].shape),
        .batch = batch,
        .kind = "float",
    };
    return VWW_OK;
}

vww_status vww_network_predictor(const struct vww_graph *graph, int32_t batch,
                                 struct vww_predictor *predictor, struct vww_error *error)
{
    *predictor = (struct vww_predictor){0};
    struct vww_network *network;
    const vww_status status = vww_network_create(graph, batch, VWW_EVALUATION, &network, error);
    if (status == VWW_ERROR_UNSUPPORTED)
        return plain_predictor(graph, batch, predictor, error);
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

/* What observing a network asks for. */
struct observation {
    const struct vww_graph *graph;
    const uint8_t *images;
    int32_t count;
    void (*see)(void *context, int32_t tensor, const float *values, int64_t values_count);
    void *context;
    float *values; /* room for the largest tensor of all images */
};

static int64_t values_of(const struct observation *o, int32_t tensor)
{
    return o->count * vww_shape_elements(&o->graph->tensors[tensor].shape);
}

static vww_status observe_network(const struct observation *o, struct vww_error *error)
{
    struct vww_network *network;
    const vww_status status =
        vww_network_create(o->graph, o->count, VWW_EVALUATION, &network, error);
    if (status != VWW_OK)
        return status;
    vww_network_forward(network, o->images, o->count, &evaluation);
    for (int32_t i = 0; i < o->graph->tensor_count; i++) {
        if (o->graph->tensors[i].role != VWW_ROLE_ACTIVATION)
            continue;
        vww_network_activation(network, i, o->values);
        o->see(o->context, i, o->values, values_of(o, i));
    }
    vww_network_destroy(network);
    return VWW_OK;
}

/* The plain executor knows operators that the fast network does not. */
static vww_status observe_reference(const struct observation *o, struct vww_error *error)
{
    struct vww_reference *reference;
    const vww_status status = vww_reference_create(o->graph, o->count, &reference, error);
    if (status != VWW_OK)
        return status;
    vww_reference_input(reference, o->images, o->count);
    vww_reference_forward(reference, o->count, &evaluation);
    for (int32_t i = 0; i < o->graph->tensor_count; i++) {
        if (o->graph->tensors[i].role != VWW_ROLE_ACTIVATION)
            continue;
        const double *values = vww_reference_values(reference, i);
        for (int64_t k = 0; k < values_of(o, i); k++)
            o->values[k] = (float)values[k];
        o->see(o->context, i, o->values, values_of(o, i));
    }
    vww_reference_destroy(reference);
    return VWW_OK;
}

vww_status vww_network_observe(const struct vww_graph *graph, const uint8_t *images, int32_t count,
                               void (*see)(void *context, int32_t tensor, const float *values,
                                           int64_t values_count),
                               void *context, struct vww_error *error)
{
    struct observation o = {
        .graph = graph, .images = images, .count = count, .see = see, .context = context};
    int64_t largest = 0;
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (vww_shape_elements(&graph->tensors[i].shape) > largest)
            largest = vww_shape_elements(&graph->tensors[i].shape);
    o.values = vww_allocate((size_t)largest * (size_t)count, sizeof *o.values);
    if (o.values == NULL)
        return vww_fail_memory(error, (size_t)largest * (size_t)count * sizeof *o.values);
    vww_status status = observe_network(&o, error);
    if (status == VWW_ERROR_UNSUPPORTED)
        status = observe_reference(&o, error);
    vww_free(o.values);
    return status;
}
