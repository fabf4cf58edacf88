/* The memory of a network whose nodes are prepared: all in one block, so that a step's many passes
 * over it cross few pages. */
#include "train/node.h"

static int64_t value_bytes(const struct vww_network *network, const struct vww_value *value)
{
    return network->batch * vww_value_pixels(value) * value->stride * vww_stored_bytes(value->bf16);
}

static float *take_floats(struct vww_pool *pool, int64_t count)
{
    return vww_pool_take(pool, count, sizeof(float));
}

static void take_value(struct vww_network *network, struct vww_value *value)
{
    struct vww_pool *pool = &network->pool;
    value->scale = take_floats(pool, value->stride);
    value->shift = take_floats(pool, value->stride);
    value->view.scale = value->scale;
    value->view.shift = value->shift;
    value->raw = vww_pool_take(pool, value_bytes(network, value), 1);
    if (!network->for_training)
        return;
    value->mean = take_floats(pool, value->stride);
    value->variance = take_floats(pool, value->stride);
    value->factor = take_floats(pool, value->stride);
    value->offset = take_floats(pool, value->stride);
    value->slope = take_floats(pool, value->stride);
    value->sum = vww_pool_take(pool, VWW_CHUNKS * value->stride, sizeof(double));
    value->product = vww_pool_take(pool, VWW_CHUNKS * value->stride, sizeof(double));
    value->low = take_floats(pool, VWW_CHUNKS * value->stride);
    value->high = take_floats(pool, VWW_CHUNKS * value->stride);
    for (int64_t c = 0; value->factor != NULL && c < value->channels; c++)
        value->factor[c] = 1;
}

/* Each buffer is as large as the largest of the values whose gradients it holds in turn. */
static void take_gradients(struct vww_network *network)
{
    for (int32_t i = 0; i < network->gradient_buffer_count; i++) {
        int64_t bytes = 1;
        for (int32_t k = 0; k < network->value_count; k++)
            if (network->values[k].gradient_buffer == i)
                bytes = vww_larger(bytes, value_bytes(network, &network->values[k]));
        void *buffer = vww_pool_take(&network->pool, bytes, 1);
        for (int32_t k = 0; k < network->value_count; k++)
            if (network->values[k].gradient_buffer == i)
                network->values[k].gradient = buffer;
    }
}

static void take_node(struct vww_network *network, struct vww_node *node)
{
    struct vww_pool *pool = &network->pool;
    if (node->weights < 0)
        return;
    const bool product = node->columns > 0;
    const int64_t packed = product ? node->depth * node->columns : node->partial;
    const struct vww_value *in = vww_node_in(network, node), *out = vww_node_out(network, node);
    if (product && (node->op->groups > 1 || in->stride != in->channels))
        node->dense = take_floats(pool, out->channels * node->depth);
    if (network->graph->tensors[node->weights].quantization.count > 0)
        node->rounded = take_floats(pool, node->weights_count);
    node->forward = take_floats(pool, packed);
    if (!network->for_training)
        return;
    if (product && !vww_value_is_image(in))
        node->backward = take_floats(pool, packed);
    node->weights_gradient = take_floats(pool, node->weights_count);
    if (node->bias >= 0) {
        node->bias_gradient = take_floats(pool, out->channels);
        node->bias_at = network->bias_count;
        network->bias_count += out->channels;
    }
    if (node->norm != NULL) {
        node->gamma_gradient = take_floats(pool, out->channels);
        node->beta_gradient = take_floats(pool, out->channels);
    }
}

static void take_scratch(struct vww_network *network, const struct vww_scratch_sizes *sizes)
{
    struct vww_pool *pool = &network->pool;
    for (int i = 0; i < VWW_CHUNKS; i++) {
        struct vww_scratch *scratch = &network->scratch[i];
        atomic_flag_clear(&scratch->taken);
        scratch->image = take_floats(pool, sizes->image);
        scratch->rows = take_floats(pool, sizes->rows);
        scratch->lines = vww_pool_take(pool, sizes->lines, sizeof *scratch->lines);
        if (!network->for_training)
            continue;
        scratch->gradient = take_floats(pool, sizes->gradient);
        scratch->scatter = take_floats(pool, sizes->scatter);
        scratch->through = take_floats(pool, sizes->through);
        scratch->back = take_floats(pool, sizes->back);
    }
}

static int64_t most_channels(const struct vww_network *network)
{
    int64_t most = 1;
    for (int32_t i = 0; i < network->value_count; i++)
        most = vww_larger(most, network->values[i].channels);
    return most;
}

static void take_all(struct vww_network *network, const struct vww_scratch_sizes *sizes)
{
    struct vww_pool *pool = &network->pool;
    int64_t partial = 1;
    network->bias_count = 0;
    for (int32_t i = 1; i < network->value_count; i++)
        take_value(network, &network->values[i]);
    for (int32_t i = 0; i < network->node_count; i++) {
        take_node(network, &network->nodes[i]);
        partial = vww_larger(partial, network->nodes[i].partial);
    }
    take_scratch(network, sizes);
    network->probabilities = take_floats(pool, (int64_t)network->batch * network->classes);
    if (!network->for_training)
        return;
    take_gradients(network);
    network->sums = vww_pool_take(pool, 2 * most_channels(network), sizeof *network->sums);
    network->bias_sums = vww_pool_take(pool, network->bias_count, sizeof *network->bias_sums);
    network->partial = take_floats(pool, VWW_CHUNKS * partial);
}

vww_status vww_network_reserve(struct vww_network *network, const struct vww_scratch_sizes *sizes,
                               struct vww_error *error)
{
    take_all(network, sizes);
    if (!vww_pool_allocate(&network->pool)) {
        vww_fail_memory(error, network->pool.used);
        vww_error_remedy(error, "choose a smaller --batch");
        return VWW_ERROR_MEMORY;
    }
    take_all(network, sizes);
    return VWW_OK;
}
