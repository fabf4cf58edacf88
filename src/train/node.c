#include "train/node.h"
#include "base/thread.h"
#include "base/tree.h"
#include "vww/quantization.h"

#include <math.h>
#include <string.h>

vww_status vww_node_unsupported(const struct vww_op *op, struct vww_error *error, const char *what)
{
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "float execution does not know %s", what);
    vww_error_place(error, "operator %s (%s)", op->name, vww_op_name(op->kind));
    return VWW_ERROR_UNSUPPORTED;
}

int64_t vww_node_padded_height(const struct vww_network *network, const struct vww_node *node)
{
    return vww_node_in(network, node)->height + node->op->pad_top + node->op->pad_bottom;
}

int64_t vww_node_padded_width(const struct vww_network *network, const struct vww_node *node)
{
    return vww_node_in(network, node)->width + node->op->pad_left + node->op->pad_right;
}

/* One line of image n's pixels, after the view. */
static void load_line(const struct vww_network *network, const struct vww_value *in, int64_t n,
                      int64_t h, float *line)
{
    const int64_t floats = in->width * in->stride;
    if (!vww_value_is_image(in)) {
        network->kernels->view(&in->view,
                               vww_value_row(in, in->raw, (n * in->height + h) * in->width),
                               in->width, in->stride, line);
        return;
    }
    const struct vww_preprocessing *p = &network->graph->preprocessing;
    network->kernels->from_bytes(network->images + (n * in->height + h) * floats, floats, p->mean,
                                 p->scale, line);
}

static int64_t padded_line(const struct vww_network *network, const struct vww_node *node)
{
    return vww_node_padded_width(network, node) * vww_node_in(network, node)->stride;
}

int64_t vww_node_span(const struct vww_node *node)
{
    return (node->kernel_h - 1) * vww_larger(node->op->dilation_h, 1) + 1;
}

int64_t vww_node_ring_floats(const struct vww_network *network, const struct vww_node *node)
{
    return vww_node_span(node) * padded_line(network, node);
}

struct vww_ring vww_node_ring(const struct vww_network *network, const struct vww_node *node,
                              float *memory)
{
    return (struct vww_ring){
        .memory = memory, .line = padded_line(network, node), .slots = vww_node_span(node)};
}

/* Padded line p of image n. */
static void load_padded_line(const struct vww_network *network, const struct vww_node *node,
                             int64_t n, int64_t p, float *line)
{
    const struct vww_op *op = node->op;
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t left = op->pad_left * in->stride, inner = in->width * in->stride;
    const int64_t right = op->pad_right * in->stride, h = p - op->pad_top;
    if (h < 0 || h >= in->height) {
        memset(line, 0, (size_t)(left + inner + right) * sizeof *line);
        return;
    }
    memset(line, 0, (size_t)left * sizeof *line);
    load_line(network, in, n, h, line + left);
    memset(line + left + inner, 0, (size_t)right * sizeof *line);
}

void vww_node_ring_load(const struct vww_network *network, const struct vww_node *node, int64_t n,
                        int64_t h, struct vww_ring *ring)
{
    const int64_t first = h * node->op->stride_h, last = first + ring->slots;
    for (int64_t p = vww_larger(ring->next, first); p < last; p++)
        load_padded_line(network, node, n, p, vww_ring_line(ring, p));
    ring->next = last;
}

/* Round weights to the grid of their output channel. While they train its scale follows them;
 * otherwise it is the tensor's. */
static void round_weights(const struct vww_tensor *tensor, bool follow, float *rounded)
{
    const float *weights = tensor->data;
    const struct vww_channels channels =
        vww_shape_channels(&tensor->shape, tensor->quantization.axis);
    for (int32_t c = 0; c < channels.count; c++) {
        float largest = 0, scale = tensor->quantization.scales[c];
        for (int64_t k = 0; follow && k < channels.elements; k++)
            largest = fmaxf(largest, fabsf(weights[c * channels.start + k * channels.step]));
        if (follow)
            scale = vww_quantization_weight_scale(largest);
        for (int64_t k = 0; k < channels.elements; k++) {
            const int64_t at = c * channels.start + k * channels.step;
            rounded[at] = scale * (float)vww_quantize_value(weights[at], scale, 0, -127, 127);
        }
    }
}

const float *vww_node_weights(const struct vww_network *network, struct vww_node *node)
{
    const struct vww_tensor *tensor = &network->graph->tensors[node->weights];
    if (tensor->quantization.count == 0)
        return tensor->data;
    round_weights(tensor, network->for_training, node->rounded);
    return node->rounded;
}

float *vww_node_output(const struct vww_network *network, const struct vww_node *node, int k,
                       int64_t first, float *scratch)
{
    const struct vww_value *out = &network->values[node->outputs[k]];
    return out->bf16 ? scratch : vww_value_row(out, out->raw, first);
}

void vww_node_store(const struct vww_network *network, const struct vww_node *node, int k,
                    int32_t chunk, int64_t first, int64_t rows, const float *made)
{
    const struct vww_value *out = &network->values[node->outputs[k]];
    void *raw = vww_value_row(out, out->raw, first);
    const int64_t sums = chunk * out->stride;
    if (out->bf16)
        network->kernels->narrow(made, rows * out->stride, raw);
    if (!network->pass.training)
        return;
    if (node->norm != NULL)
        network->kernels->moments(raw, out->bf16, rows, out->stride, out->sum + sums,
                                  out->product + sums);
    if (network->ranges != NULL)
        network->kernels->range(raw, out->bf16, rows, out->stride, out->low + sums,
                                out->high + sums);
}

const float *vww_value_floats(const struct vww_network *network, const struct vww_value *value,
                              const void *from, int64_t first, int64_t rows, float *scratch)
{
    const void *stored = vww_value_row(value, from, first);
    if (!value->bf16)
        return stored;
    network->kernels->widen(stored, rows * value->stride, scratch);
    return scratch;
}

float *vww_node_gradient(const struct vww_network *network, const struct vww_node *node, int k,
                         int64_t first, float *scratch)
{
    const struct vww_value *in = &network->values[node->inputs[k]];
    const bool apart = in->bf16 || node->adds_gradient[k];
    return apart ? scratch : vww_value_row(in, in->gradient, first);
}

/* made += stored */
static void add_stored(const void *stored, bool bf16, int64_t count, float *made)
{
    const float *wide = stored;
    const uint16_t *upper = stored;
    for (int64_t i = 0; i < count && !bf16; i++)
        made[i] += wide[i];
    for (int64_t i = 0; i < count && bf16; i++)
        made[i] += vww_float_from_bf16(upper[i]);
}

void vww_node_give(const struct vww_network *network, const struct vww_node *node, int k,
                   int32_t chunk, int64_t first, int64_t rows, float *made)
{
    const struct vww_value *in = &network->values[node->inputs[k]];
    void *stored = vww_value_row(in, in->gradient, first);
    const int64_t count = rows * in->stride;
    if (node->adds_gradient[k])
        add_stored(stored, in->bf16, count, made);
    if (node->cuts_gradient[k])
        network->kernels->cut(&in->view, vww_value_row(in, in->raw, first), in->mean, rows,
                              in->stride, made, stored, in->sum + chunk * in->stride,
                              in->product + chunk * in->stride);
    else if (in->bf16)
        network->kernels->narrow(made, count, stored);
    else if (made != stored)
        memcpy(stored, made, (size_t)count * sizeof *made);
}

#define SUM_BLOCK 4096 /* floats; cut by data, so that any thread may add any block */

struct sum {
    float *partial;
    int64_t floats, chunks;
};

static void add_block(void *context, int64_t index)
{
    const struct sum *sum = context;
    const int64_t first = index * SUM_BLOCK;
    const int64_t last = first + SUM_BLOCK < sum->floats ? first + SUM_BLOCK : sum->floats;
    vww_tree_sum_rows(sum->partial, sum->chunks, sum->floats, first, last);
}

const float *vww_node_sum_partials(struct vww_network *network, const struct vww_node *node)
{
    struct sum sum = {.partial = network->partial,
                      .floats = node->partial,
                      .chunks = vww_share_chunks(&network->share)};
    vww_parallel_for((sum.floats + SUM_BLOCK - 1) / SUM_BLOCK, add_block, &sum);
    return sum.partial;
}
