/* DEPTHWISE_CONV_2D with as many outputs as inputs: line by line, through rings of padded lines
 * that stay in the first-level cache. */
#include "train/node.h"

#include <string.h>

#define GIVEN_LINES 4     /* of input gradients, at most, are given at a time */
#define STORE_FLOATS 2048 /* outputs are stored and watched this many at a time */

static int64_t dilation_h(const struct vww_node *node)
{
    return vww_larger(node->op->dilation_h, 1);
}

static int64_t dilation_w(const struct vww_node *node)
{
    return vww_larger(node->op->dilation_w, 1);
}

/* Zeros on either side of a line of output gradients: the kernel never leaves it. */
static int64_t side(const struct vww_node *node)
{
    return (node->kernel_w - 1) * dilation_w(node);
}

static struct vww_ring gradient_ring(const struct vww_network *network, const struct vww_node *node,
                                     float *memory)
{
    const struct vww_value *out = vww_node_out(network, node);
    return (struct vww_ring){.memory = memory,
                             .line = (out->width + 2 * side(node)) * out->stride,
                             .slots = vww_node_span(node)};
}

static vww_status prepare(struct vww_network *network, struct vww_node *node,
                          struct vww_scratch_sizes *sizes, struct vww_error *error)
{
    const struct vww_op *op = node->op;
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const struct vww_shape *weights = &network->graph->tensors[node->weights].shape;
    node->kernel_h = weights->dims[1];
    node->kernel_w = weights->dims[2];
    if (out->channels != in->channels)
        return vww_node_unsupported(op, error, "a depthwise convolution that multiplies channels");
    if (vww_value_is_image(in))
        return vww_node_unsupported(op, error, "a depthwise convolution of the image itself");
    if (node->kernel_h > VWW_KERNEL_LINES_MAX || op->stride_h != op->stride_w)
        return vww_node_unsupported(op, error, "a depthwise kernel of this size and stride");
    node->partial = node->kernel_h * node->kernel_w * out->stride;
    const struct vww_ring ring = gradient_ring(network, node, NULL);
    sizes->image = vww_larger(sizes->image, vww_node_ring_floats(network, node));
    sizes->gradient = vww_larger(sizes->gradient, (ring.slots + 1) * ring.line);
    sizes->back = vww_larger(sizes->back, GIVEN_LINES * in->width * in->stride);
    sizes->through = vww_larger(sizes->through, STORE_FLOATS + out->width * out->stride);
    return VWW_OK;
}

static void load(struct vww_network *network, struct vww_node *node)
{
    const float *weights = vww_node_weights(network, node); /* kernel_h x kernel_w x channels */
    const int64_t channels = vww_node_out(network, node)->channels;
    const int64_t stride = vww_node_out(network, node)->stride;
    for (int64_t i = 0; i < node->kernel_h * node->kernel_w; i++)
        memcpy(node->forward + i * stride, weights + i * channels,
               (size_t)channels * sizeof *weights);
}

/* The padded input lines under output line h. */
static void lines_under(const struct vww_node *node, const struct vww_ring *ring, int64_t h,
                        const float **lines)
{
    for (int64_t i = 0; i < node->kernel_h; i++)
        lines[i] = vww_ring_line(ring, h * node->op->stride_h + i * dilation_h(node));
}

static void forward(struct vww_network *network, const struct vww_node *node,
                    const struct vww_chunk *chunk)
{
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t line = out->width * out->stride;
    const float *lines[VWW_KERNEL_LINES_MAX];
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        struct vww_ring ring = vww_node_ring(network, node, chunk->scratch->image);
        float *to = NULL;
        for (int64_t h = 0, stored = 0; h < out->height; h++) {
            const int64_t first = (n * out->height + stored) * out->width;
            if (h == stored)
                to = vww_node_output(network, node, 0, first, chunk->scratch->through);
            vww_node_ring_load(network, node, n, h, &ring);
            lines_under(node, &ring, h, lines);
            network->kernels->depthwise(lines, node->forward, node->kernel_h, node->kernel_w,
                                        node->op->stride_w, dilation_w(node), out->width,
                                        out->stride, to + (h - stored) * line);
            const int64_t done = h + 1;
            if (done < out->height && (done - stored) * line < STORE_FLOATS)
                continue;
            vww_node_store(network, node, 0, chunk->index, first, (done - stored) * out->width, to);
            stored = done;
        }
    }
}

/* The gradient by line h of image n's raw outputs, with zeros around. */
static const float *load_gradient(const struct vww_network *network, const struct vww_node *node,
                                  int64_t n, int64_t h, const struct vww_ring *ring)
{
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t inner = out->width * out->stride, zeros = side(node) * out->stride;
    float *line = vww_ring_line(ring, h);
    memset(line, 0, (size_t)zeros * sizeof *line);
    const int64_t first = (n * out->height + h) * out->width;
    network->kernels->through(vww_value_row(out, out->gradient, first),
                              vww_value_row(out, out->raw, first), out->bf16, out->factor,
                              out->offset, out->slope, out->width, out->stride, line + zeros);
    memset(line + zeros + inner, 0, (size_t)zeros * sizeof *line);
    return line + zeros;
}

/* Input line y's gradient from the ring of output gradients. */
static void back_line(const struct vww_network *network, const struct vww_node *node,
                      const struct vww_ring *ring, int64_t y, float *to)
{
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const float *lines[VWW_KERNEL_LINES_MAX], *weights[VWW_KERNEL_LINES_MAX];
    const float *zeros = ring->memory + ring->slots * ring->line;
    const int64_t stride = node->op->stride_h;
    int64_t count = 0;
    for (int64_t i = 0; i < node->kernel_h; i++) {
        const int64_t at = y + node->op->pad_top - i * dilation_h(node);
        if (at % stride != 0)
            continue;
        const bool inside = at >= 0 && at / stride < out->height;
        lines[count] =
            (inside ? vww_ring_line(ring, at / stride) : zeros) + side(node) * out->stride;
        weights[count++] = node->forward + i * node->kernel_w * out->stride;
    }
    network->kernels->depthwise_back(lines, weights, count, node->kernel_w, stride,
                                     dilation_w(node), node->op->pad_left, in->width, in->stride,
                                     to);
}

/* Input lines first … last-1 of image n: their gradient, cut. */
static void back_lines(const struct vww_network *network, const struct vww_node *node,
                       const struct vww_chunk *chunk, int64_t n, const struct vww_ring *ring,
                       int64_t first, int64_t last)
{
    const struct vww_value *in = vww_node_in(network, node);
    for (int64_t y = first, count; y < last; y += count) {
        count = last - y < GIVEN_LINES ? last - y : GIVEN_LINES;
        const int64_t row = (n * in->height + y) * in->width;
        float *to = vww_node_gradient(network, node, 0, row, chunk->scratch->back);
        for (int64_t i = 0; i < count; i++)
            back_line(network, node, ring, y + i, to + i * in->width * in->stride);
        vww_node_give(network, node, 0, chunk->index, row, count * in->width, to);
    }
}

/* Input lines are finished, and cut, some at a time: those that output lines up to h reach last. */
static void backward_image(const struct vww_network *network, const struct vww_node *node,
                           const struct vww_chunk *chunk, int64_t n, float *partial)
{
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const struct vww_op *op = node->op;
    struct vww_ring ring = vww_node_ring(network, node, chunk->scratch->image);
    const struct vww_ring gradients = gradient_ring(network, node, chunk->scratch->gradient);
    const float *lines[VWW_KERNEL_LINES_MAX];
    memset(gradients.memory + gradients.slots * gradients.line, 0,
           (size_t)gradients.line * sizeof(float));
    for (int64_t h = 0, ready = 0; h < out->height; h++) {
        vww_node_ring_load(network, node, n, h, &ring);
        lines_under(node, &ring, h, lines);
        network->kernels->depthwise_weights(lines, load_gradient(network, node, n, h, &gradients),
                                            node->kernel_h, node->kernel_w, op->stride_w,
                                            dilation_w(node), out->width, out->stride, partial);
        if (in->gradient == NULL)
            continue;
        int64_t until = (h + 1) * op->stride_h - op->pad_top;
        until = h + 1 == out->height || until > in->height ? in->height : until;
        if (until <= ready)
            continue;
        back_lines(network, node, chunk, n, &gradients, ready, until);
        ready = until;
    }
}

static void backward(struct vww_network *network, const struct vww_node *node,
                     const struct vww_chunk *chunk)
{
    float *partial = network->partial + chunk->index * node->partial;
    memset(partial, 0, (size_t)node->partial * sizeof *partial);
    for (int64_t n = chunk->first; n < chunk->last; n++)
        backward_image(network, node, chunk, n, partial);
}

static void finish(struct vww_network *network, struct vww_node *node)
{
    const float *sum = vww_node_sum_partials(network, node); /* kernel_h x kernel_w x stride */
    const struct vww_value *out = vww_node_out(network, node);
    for (int64_t i = 0; i < node->kernel_h * node->kernel_w; i++)
        memcpy(node->weights_gradient + i * out->channels, sum + i * out->stride,
               (size_t)out->channels * sizeof *sum);
}

const struct vww_node_class vww_node_depthwise = {
    .prepare = prepare,
    .load = load,
    .forward = forward,
    .backward = backward,
    .finish = finish,
};
