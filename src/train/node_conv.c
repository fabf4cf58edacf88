/* CONV_2D and FULLY_CONNECTED: products of blocks of input rows with the weights. A 1x1
 * convolution's rows are the pixels themselves; other kernels' rows are the windows of one line of
 * outputs, which overlap in the lines of the padded input. */
#include "train/node.h"

#include <string.h>

#define BLOCK_FLOATS                                                                               \
    6144 /* of the wider side of a block: its rows stay in the first-level cache                   \
          */
#define BLOCK_ROWS_MOST 768
#define BLOCK_ROWS_STEP 12 /* a multiple of every tile's rows */

static bool is_pointwise(const struct vww_network *network, const struct vww_node *node)
{
    const struct vww_op *op = node->op;
    return op->kind == VWW_OP_FULLY_CONNECTED ||
           (node->kernel_h == 1 && node->kernel_w == 1 && op->stride_h == 1 && op->stride_w == 1 &&
            !vww_value_is_image(vww_node_in(network, node)));
}

static vww_status prepare(struct vww_network *network, struct vww_node *node,
                          struct vww_scratch_sizes *sizes, struct vww_error *error)
{
    const struct vww_op *op = node->op;
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const struct vww_shape *weights = &network->graph->tensors[node->weights].shape;
    if (op->kind == VWW_OP_FULLY_CONNECTED) {
        if (vww_value_pixels(in) != 1 || weights->dims[1] != in->channels)
            return vww_node_unsupported(op, error, "a dense layer over more than one pixel");
        node->kernel_h = node->kernel_w = 1;
    } else {
        node->kernel_h = weights->dims[1];
        node->kernel_w = weights->dims[2];
    }
    node->depth = node->kernel_h * node->kernel_w * in->stride;
    node->columns = out->stride;
    node->partial = node->depth * node->columns;
    if (is_pointwise(network, node)) {
        int64_t block = BLOCK_FLOATS / vww_larger(node->depth, node->columns);
        block = block > BLOCK_ROWS_MOST ? BLOCK_ROWS_MOST : block;
        node->block = vww_larger(block / BLOCK_ROWS_STEP, 1) * BLOCK_ROWS_STEP;
        sizes->rows = vww_larger(sizes->rows, node->block * node->depth);
    } else {
        node->block = out->width;
        sizes->image = vww_larger(sizes->image, vww_node_ring_floats(network, node));
        sizes->scatter =
            vww_larger(sizes->scatter, vww_node_padded_height(network, node) *
                                           vww_node_padded_width(network, node) * in->stride);
        sizes->lines = vww_larger(sizes->lines, node->kernel_h * node->kernel_w);
    }
    sizes->through = vww_larger(sizes->through, node->block * node->columns);
    sizes->back = vww_larger(sizes->back, node->block * node->depth);
    return VWW_OK;
}

/* A convolution in groups is computed as one without, its weights zero from group to group.
 * Channels of one group's input, and of its output: */
static int64_t group_inputs(const struct vww_network *network, const struct vww_node *node)
{
    return vww_node_in(network, node)->channels / vww_larger(node->op->groups, 1);
}

static int64_t group_outputs(const struct vww_network *network, const struct vww_node *node)
{
    return vww_node_out(network, node)->channels / vww_larger(node->op->groups, 1);
}

/* Where, in the depth of the product, the inputs of output channel c at kernel position p begin. */
static int64_t depth_start(const struct vww_network *network, const struct vww_node *node,
                           int64_t c, int64_t p)
{
    return p * vww_node_in(network, node)->stride +
           c / group_outputs(network, node) * group_inputs(network, node);
}

/* Weights as columns x depth. */
static const float *dense_weights(const struct vww_network *network, struct vww_node *node,
                                  const float *weights)
{
    if (node->dense == NULL)
        return weights;
    const int64_t size = group_inputs(network, node), places = node->kernel_h * node->kernel_w;
    for (int64_t c = 0; c < vww_node_out(network, node)->channels; c++)
        for (int64_t p = 0; p < places; p++, weights += size)
            memcpy(node->dense + c * node->depth + depth_start(network, node, c, p), weights,
                   (size_t)size * sizeof *weights);
    return node->dense;
}

static void load(struct vww_network *network, struct vww_node *node)
{
    const float *weights = dense_weights(network, node, vww_node_weights(network, node));
    const int64_t columns = vww_node_out(network, node)->channels, depth = node->depth;
    network->kernels->pack(weights, depth, columns, 1, depth, depth, node->columns, node->forward);
    if (node->backward != NULL)
        network->kernels->pack(weights, columns, depth, depth, 1, node->columns, depth,
                               node->backward);
}

/* The windows of output line h, whose lines are in the ring. */
static struct vww_rows windows(const struct vww_network *network, const struct vww_node *node,
                               const struct vww_ring *ring, int64_t h, const float **lines)
{
    const struct vww_op *op = node->op;
    const int64_t stride = vww_node_in(network, node)->stride;
    const int64_t dilation_h = vww_larger(op->dilation_h, 1);
    const bool whole = op->dilation_w <= 1; /* a kernel line's inputs are neighbours */
    const int64_t in_line = whole ? 1 : node->kernel_w, distance = op->dilation_w * stride;
    for (int64_t i = 0; i < node->kernel_h; i++)
        for (int64_t j = 0; j < in_line; j++)
            lines[i * in_line + j] =
                vww_ring_line(ring, h * op->stride_h + i * dilation_h) + j * distance;
    return (struct vww_rows){.lines = lines,
                             .count = node->kernel_h * in_line,
                             .run = whole ? node->kernel_w * stride : stride,
                             .step = op->stride_w * stride};
}

/* A block of pixels. */
static struct vww_rows plain_rows(const struct vww_node *node, const float *const *rows)
{
    return (struct vww_rows){.lines = rows, .count = 1, .run = node->depth, .step = node->depth};
}

/* Add the gradients of output line h's windows to the padded image. */
static void scatter(const struct vww_network *network, const struct vww_node *node,
                    const float *windows, int64_t h, float *image)
{
    const struct vww_op *op = node->op;
    const int64_t stride = vww_node_in(network, node)->stride;
    const int64_t line = vww_node_padded_width(network, node) * stride;
    const int64_t dilation_h = vww_larger(op->dilation_h, 1);
    const int64_t dilation_w = vww_larger(op->dilation_w, 1);
    for (int64_t w = 0; w < vww_node_out(network, node)->width; w++)
        for (int64_t i = 0; i < node->kernel_h; i++)
            for (int64_t j = 0; j < node->kernel_w; j++, windows += stride) {
                float *to = image + (h * op->stride_h + i * dilation_h) * line +
                            (w * op->stride_w + j * dilation_w) * stride;
                for (int64_t c = 0; c < stride; c++)
                    to[c] += windows[c];
            }
}

static void forward_rows(const struct vww_network *network, const struct vww_node *node,
                         const struct vww_chunk *chunk, const struct vww_rows *rows, int64_t first,
                         int64_t count)
{
    float *to = vww_node_output(network, node, 0, first, chunk->scratch->through);
    network->kernels->multiply(rows, node->forward, count, node->columns, to);
    vww_node_store(network, node, 0, chunk->index, first, count, to);
}

static void forward_pointwise(const struct vww_network *network, const struct vww_node *node,
                              const struct vww_chunk *chunk)
{
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t pixels = vww_value_pixels(in);
    float *block = chunk->scratch->rows;
    const float *const line = block;
    const struct vww_rows rows = plain_rows(node, &line);
    for (int64_t r = chunk->first * pixels, count; r < chunk->last * pixels; r += count) {
        count = chunk->last * pixels - r;
        count = count > node->block ? node->block : count;
        network->kernels->view(&in->view, vww_value_row(in, in->raw, r), count, in->stride, block);
        forward_rows(network, node, chunk, &rows, r, count);
    }
}

static void forward(struct vww_network *network, const struct vww_node *node,
                    const struct vww_chunk *chunk)
{
    if (is_pointwise(network, node)) {
        forward_pointwise(network, node, chunk);
        return;
    }
    const struct vww_value *out = vww_node_out(network, node);
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        struct vww_ring ring = vww_node_ring(network, node, chunk->scratch->image);
        for (int64_t h = 0; h < out->height; h++) {
            vww_node_ring_load(network, node, n, h, &ring);
            const struct vww_rows rows = windows(network, node, &ring, h, chunk->scratch->lines);
            forward_rows(network, node, chunk, &rows, (n * out->height + h) * out->width,
                         out->width);
        }
    }
}

/* Gradients by `count` raw output rows from row `first` of the batch, and their share of the weight
 * gradient. */
static const float *backward_rows(const struct vww_network *network, const struct vww_node *node,
                                  const struct vww_chunk *chunk, const struct vww_rows *rows,
                                  int64_t first, int64_t count)
{
    const struct vww_value *out = vww_node_out(network, node);
    float *through = chunk->scratch->through;
    network->kernels->through(vww_value_row(out, out->gradient, first),
                              vww_value_row(out, out->raw, first), out->bf16, out->factor,
                              out->offset, out->slope, count, out->stride, through);
    network->kernels->multiply_transposed(rows, through, count, node->columns,
                                          network->partial + chunk->index * node->partial);
    return through;
}

/* The gradient by those rows' inputs. */
static void multiply_back(const struct vww_network *network, const struct vww_node *node,
                          const float *through, int64_t count, float *to)
{
    const struct vww_rows rows = {
        .lines = &through, .count = 1, .run = node->columns, .step = node->columns};
    network->kernels->multiply(&rows, node->backward, count, node->depth, to);
}

static void backward_pointwise(const struct vww_network *network, const struct vww_node *node,
                               const struct vww_chunk *chunk)
{
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t pixels = vww_value_pixels(in);
    float *block = chunk->scratch->rows;
    const float *const line = block;
    const struct vww_rows rows = plain_rows(node, &line);
    for (int64_t r = chunk->first * pixels, count; r < chunk->last * pixels; r += count) {
        count = chunk->last * pixels - r;
        count = count > node->block ? node->block : count;
        network->kernels->view(&in->view, vww_value_row(in, in->raw, r), count, in->stride, block);
        const float *through = backward_rows(network, node, chunk, &rows, r, count);
        float *to = vww_node_gradient(network, node, 0, r, chunk->scratch->back);
        multiply_back(network, node, through, count, to);
        vww_node_give(network, node, 0, chunk->index, r, count, to);
    }
}

/* Take the inner part of the scattered image as image n's gradient. */
static void take_scattered(const struct vww_network *network, const struct vww_node *node,
                           const struct vww_chunk *chunk, int64_t n)
{
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t width = vww_node_padded_width(network, node);
    for (int64_t h = 0; h < in->height; h++) {
        float *from = chunk->scratch->scatter +
                      ((h + node->op->pad_top) * width + node->op->pad_left) * in->stride;
        vww_node_give(network, node, 0, chunk->index, (n * in->height + h) * in->width, in->width,
                      from);
    }
}

static void backward(struct vww_network *network, const struct vww_node *node,
                     const struct vww_chunk *chunk)
{
    memset(network->partial + chunk->index * node->partial, 0,
           (size_t)node->partial * sizeof *network->partial);
    if (is_pointwise(network, node)) {
        backward_pointwise(network, node, chunk);
        return;
    }
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t image =
        vww_node_padded_height(network, node) * vww_node_padded_width(network, node) * in->stride;
    const struct vww_scratch *scratch = chunk->scratch;
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        struct vww_ring ring = vww_node_ring(network, node, scratch->image);
        if (in->gradient != NULL)
            memset(scratch->scatter, 0, (size_t)image * sizeof *scratch->scatter);
        for (int64_t h = 0; h < out->height; h++) {
            vww_node_ring_load(network, node, n, h, &ring);
            const struct vww_rows rows = windows(network, node, &ring, h, scratch->lines);
            const float *through = backward_rows(network, node, chunk, &rows,
                                                 (n * out->height + h) * out->width, out->width);
            if (in->gradient == NULL)
                continue;
            multiply_back(network, node, through, out->width, scratch->back);
            scatter(network, node, scratch->back, h, scratch->scatter);
        }
        if (in->gradient != NULL)
            take_scattered(network, node, chunk, n);
    }
}

static void finish(struct vww_network *network, struct vww_node *node)
{
    const float *sum = vww_node_sum_partials(network, node); /* depth x columns */
    const int64_t size = group_inputs(network, node), places = node->kernel_h * node->kernel_w;
    float *to = node->weights_gradient;
    for (int64_t c = 0; c < vww_node_out(network, node)->channels; c++)
        for (int64_t p = 0; p < places; p++) {
            const float *from = sum + depth_start(network, node, c, p) * node->columns + c;
            for (int64_t d = 0; d < size; d++)
                *to++ = from[d * node->columns];
        }
}

const struct vww_node_class vww_node_conv = {
    .prepare = prepare,
    .load = load,
    .forward = forward,
    .backward = backward,
    .finish = finish,
};
