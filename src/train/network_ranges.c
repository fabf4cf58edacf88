/* Quantization-aware training: the ranges that activations have, batch by batch. */
#include "train/fake.h"
#include "train/node.h"
#include "vww/quantization.h"

#include <float.h>
#include <math.h>

static void batch_range(const struct vww_network *network, const struct vww_value *value,
                        float *low, float *high)
{
    *low = FLT_MAX;
    *high = -FLT_MAX;
    for (int64_t c = 0; c < value->channels; c++)
        for (int64_t chunk = 0; chunk < vww_network_chunks(network); chunk++) {
            const float least = value->low[chunk * value->stride + c];
            const float most = value->high[chunk * value->stride + c];
            if (least > most)
                continue; /* an empty chunk */
            const float a = value->scale[c] * least + value->shift[c];
            const float b = value->scale[c] * most + value->shift[c];
            *low = fminf(*low, fminf(a, b));
            *high = fmaxf(*high, fmaxf(a, b));
        }
    *low = fminf(fmaxf(*low, value->view.low), value->view.high);
    *high = fminf(fmaxf(*high, value->view.low), value->view.high);
}

void vww_network_track_range(struct vww_network *network, const struct vww_node *node,
                             const struct vww_value *out)
{
    struct vww_tensor *tensor = &network->ranges->tensors[out->tensor];
    float low, high;
    if (tensor->quantization.count != 1 || !vww_fake_makes_range(node->op))
        return;
    batch_range(network, out, &low, &high);
    vww_ranks_range(network->share.ranks, &low, &high);
    const bool first = tensor->range_low == 0 && tensor->range_high == 0;
    const double keep = first ? 0 : network->range_decay;
    tensor->range_low = (float)(keep * (double)tensor->range_low + (1 - keep) * (double)low);
    tensor->range_high = (float)(keep * (double)tensor->range_high + (1 - keep) * (double)high);
    const int32_t which = network->group[out->tensor];
    vww_fake_share(network->ranges, network->group, which);
    for (int32_t i = 0; i < network->value_count; i++)
        if (network->group[network->values[i].tensor] == which)
            vww_value_set_grid(network, &network->values[i]);
}

void vww_network_track_ranges(struct vww_network *network, struct vww_graph *graph, double decay)
{
    network->ranges = graph;
    network->range_decay = decay;
}
