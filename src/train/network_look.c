/* A look inside the network: activations, and the time of each node. */
#include "train/node.h"

#include <math.h>
#include <string.h>

void vww_network_activation(const struct vww_network *network, int32_t tensor, float *values)
{
    const struct vww_graph *graph = network->graph;
    if (tensor == graph->ops[network->softmax].outputs[0]) {
        memcpy(values, network->probabilities,
               (size_t)(network->count * network->classes) * sizeof *values);
        return;
    }
    const struct vww_value *value = &network->values[network->value_of[tensor]];
    const int64_t rows = network->count * vww_value_pixels(value);
    if (vww_value_is_image(value)) {
        network->kernels->from_bytes(network->images, rows * value->channels,
                                     graph->preprocessing.mean, graph->preprocessing.scale, values);
        return;
    }
    struct vww_view view = value->view;
    if (network->stage_of[tensor] != VWW_STAGE_VALUE) {
        view.low = -INFINITY;
        view.high = INFINITY;
        view.quantized = false;
    }
    for (int64_t r = 0; r < rows; r++, values += value->channels) {
        float *row = network->scratch[0].rows;
        network->kernels->view(&view, vww_value_row(value, value->raw, r), 1, value->stride, row);
        memcpy(values, row, (size_t)value->channels * sizeof *values);
        if (network->stage_of[tensor] != VWW_STAGE_RAW)
            continue;
        const float *raw = vww_value_floats(network, value, value->raw, r, 1, row);
        for (int64_t c = 0; c < value->channels; c++)
            values[c] = raw[c] + vww_node_bias(network, &network->nodes[value->producer], c);
    }
}

/* Bytes of one image's activations that training has to move for this node, at least: forward it
 * reads its input and writes its output; backward it reads both again and the output's gradient,
 * and writes the input's. */
static double node_bytes(const struct vww_network *network, const struct vww_node *node)
{
    double bytes = 0;
    for (int32_t k = 0; k < node->input_count; k++) {
        const struct vww_value *in = &network->values[node->inputs[k]];
        const double elements = (double)(vww_value_pixels(in) * in->stride);
        bytes += vww_value_is_image(in) ? 2 * elements
                                        : 3 * (double)vww_stored_bytes(in->bf16) * elements;
    }
    for (int32_t k = 0; k < node->output_count; k++) {
        const struct vww_value *out = &network->values[node->outputs[k]];
        bytes += 3 * (double)(vww_value_pixels(out) * out->stride * vww_stored_bytes(out->bf16));
    }
    return bytes;
}

int32_t vww_network_times(const struct vww_network *network, struct vww_node_time *times,
                          int32_t room)
{
    for (int32_t i = 0; i < network->node_count && i < room; i++) {
        const struct vww_node *node = &network->nodes[i];
        times[i] = (struct vww_node_time){.name = node->op->name,
                                          .forward_seconds = node->forward_seconds,
                                          .backward_seconds = node->backward_seconds,
                                          .macs = (double)vww_op_macs(network->graph, node->op),
                                          .bytes = node_bytes(network, node)};
    }
    return network->node_count;
}

void vww_network_time_reset(struct vww_network *network)
{
    for (int32_t i = 0; i < network->node_count; i++)
        network->nodes[i].forward_seconds = network->nodes[i].backward_seconds = 0;
}
