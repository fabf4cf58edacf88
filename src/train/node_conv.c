/* CONV_2D and FULLY_CONNECTED: products of blocks of input rows with the weights. A 1x1
 * convolution's rows are the pixels themselves; other kernels gather each output pixel's window
 * into a row. */
#include "train/node.h"

#include <string.h>

#define BLOCK_FLOATS                                                                               \
    6144 /* of the wider side of a block: its rows stay in the first-level cache                   \
          */
#define BLOCK_ROWS_MOST 768
#define BLOCK_ROWS_STEP 12 /* a multiple of every tile's rows */
#define COPY 16            /* floats that gather() copies at once */

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
    const bool pointwise = is_pointwise(network, node);
    node->depth =
        pointwise ? in->stride : vww_pad_channels(node->kernel_h * node->kernel_w * in->channels);
    node->columns = out->stride;
    node->partial = node->depth * node->columns;
    int64_t block = BLOCK_FLOATS / vww_larger(node->depth, node->columns);
    block = block > BLOCK_ROWS_MOST ? BLOCK_ROWS_MOST : block;
    node->block = vww_larger(block / BLOCK_ROWS_STEP, 1) * BLOCK_ROWS_STEP;
    sizes->rows = vww_larger(sizes->rows, node->block * node->depth + COPY);
    sizes->through = vww_larger(sizes->through, node->block * node->columns);
    sizes->back = vww_larger(sizes->back, node->block * node->depth);
    if (!pointwise) {
        const int64_t image = vww_node_padded_height(network, node) *
                              vww_node_padded_width(network, node) * in->stride;
        sizes->image = vww_larger(sizes->image, image + COPY);
        sizes->scatter = vww_larger(sizes->scatter, image);
    }
    return VWW_OK;
}

/* A convolution in groups is computed as one without, its weights zero from group to group.
 * Channels of one group's input, and of its output: */
static int64_t group_inputs(const struct vww_network *network, const struct vww_node *node)
{
    return vww_node_in(network, node)->channels / node->op->groups;
}

static int64_t group_outputs(const struct vww_network *network, const struct vww_node *node)
{
    return vww_node_out(network, node)->channels / node->op->groups;
}

/* Weights of output channel c at kernel position p, without groups: where they begin among
 * `channels` inputs. */
static int64_t dense_start(const struct vww_network *network, const struct vww_node *node,
                           int64_t c, int64_t p)
{
    const int64_t channels = vww_node_in(network, node)->channels;
    const int64_t group = c / group_outputs(network, node);
    return (c * node->kernel_h * node->kernel_w + p) * channels +
           group * group_inputs(network, node);
}

static const float *without_groups(const struct vww_network *network, struct vww_node *node,
                                   const float *weights)
{
    if (node->dense == NULL)
        return weights;
    const int64_t size = group_inputs(network, node), places = node->kernel_h * node->kernel_w;
    for (int64_t c = 0; c < vww_node_out(network, node)->channels; c++)
        for (int64_t p = 0; p < places; p++, weights += size)
            memcpy(node->dense + dense_start(network, node, c, p), weights,
                   (size_t)size * sizeof *weights);
    return node->dense;
}

/* Rows of the product's right-hand side that are no padding. */
static int64_t true_depth(const struct vww_network *network, const struct vww_node *node)
{
    return node->kernel_h * node->kernel_w * vww_node_in(network, node)->channels;
}

static void load(struct vww_network *network, struct vww_node *node)
{
    /* weights: columns x depth, unpadded. */
    const float *weights = without_groups(network, node, vww_node_weights(network, node));
    const int64_t columns = vww_node_out(network, node)->channels;
    const int64_t depth = true_depth(network, node);
    network->kernels->pack(weights, depth, columns, 1, depth, node->depth, node->columns,
                           node->forward);
    if (node->backward != NULL)
        network->kernels->pack(weights, columns, depth, depth, 1, node->columns, node->depth,
                               node->backward);
}

/* The windows of output pixels first … first+count-1 of the padded image: count x depth. */
static void gather(const struct vww_network *network, const struct vww_node *node,
                   const float *image, int64_t first, int64_t count, float *rows)
{
    const struct vww_op *op = node->op;
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t width = vww_node_padded_width(network, node);
    const int64_t out_width = vww_node_out(network, node)->width;
    const bool runs = op->dilation_w <= 1 && in->stride == in->channels;
    const int64_t run = runs ? node->kernel_w * in->channels : in->channels;
    const int64_t runs_in_line = runs ? 1 : node->kernel_w;
    const int64_t dilation_h = vww_larger(op->dilation_h, 1);
    const int64_t dilation_w = vww_larger(op->dilation_w, 1);
    int64_t h = first / out_width, w = first % out_width;
    for (const float *const end = rows + count * node->depth; rows < end; rows += node->depth) {
        const float *corner = image + (h * op->stride_h * width + w * op->stride_w) * in->stride;
        float *to = rows;
        if (++w == out_width) {
            w = 0;
            h++;
        }
        for (int64_t i = 0; i < node->kernel_h; i++)
            for (int64_t j = 0; j < runs_in_line; j++, to += run) {
                const float *from = corner + (i * dilation_h * width + j * dilation_w) * in->stride;
                /* Copying too much is harmless: what follows is written next, or multiplied by
                 * weights of zero. */
                for (int64_t k = 0; k < run; k += COPY)
                    memcpy(to + k, from + k, COPY * sizeof *to);
            }
    }
}

/* The reverse of gather: add rows of gradients to the padded image. */
static void scatter(const struct vww_network *network, const struct vww_node *node,
                    const float *rows, int64_t first, int64_t count, float *image)
{
    const struct vww_op *op = node->op;
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t width = vww_node_padded_width(network, node);
    const int64_t out_width = vww_node_out(network, node)->width;
    const int64_t dilation_h = vww_larger(op->dilation_h, 1);
    const int64_t dilation_w = vww_larger(op->dilation_w, 1);
    for (int64_t p = first; p < first + count; p++, rows += node->depth) {
        float *corner =
            image +
            (p / out_width * op->stride_h * width + p % out_width * op->stride_w) * in->stride;
        for (int64_t i = 0; i < node->kernel_h; i++)
            for (int64_t j = 0; j < node->kernel_w; j++) {
                const float *from = rows + (i * node->kernel_w + j) * in->channels;
                float *to = corner + (i * dilation_h * width + j * dilation_w) * in->stride;
                for (int64_t c = 0; c < in->channels; c++)
                    to[c] += from[c];
            }
    }
}

static void forward_rows(const struct vww_network *network, const struct vww_node *node,
                         const struct vww_chunk *chunk, const float *rows, int64_t first,
                         int64_t count)
{
    const struct vww_value *out = vww_node_out(network, node);
    network->kernels->multiply(rows, node->forward, count, node->depth, node->columns,
                               out->raw + first * out->stride);
    vww_node_watch(network, node, 0, chunk->index, first, count);
}

static void forward(struct vww_network *network, const struct vww_node *node,
                    const struct vww_chunk *chunk)
{
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t pixels = vww_value_pixels(out);
    float *rows = chunk->scratch->rows;
    if (is_pointwise(network, node)) {
        for (int64_t r = chunk->first * pixels, count; r < chunk->last * pixels; r += count) {
            count = chunk->last * pixels - r;
            count = count > node->block ? node->block : count;
            network->kernels->view(&in->view, in->raw + r * in->stride, count, in->stride, rows);
            forward_rows(network, node, chunk, rows, r, count);
        }
        return;
    }
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        vww_node_load_image(network, node, n, chunk->scratch->image);
        for (int64_t p = 0, count; p < pixels; p += count) {
            count = pixels - p > node->block ? node->block : pixels - p;
            gather(network, node, chunk->scratch->image, p, count, rows);
            forward_rows(network, node, chunk, rows, n * pixels + p, count);
        }
    }
}

/* Gradients by `count` raw output rows from row `first` of the batch, and their share of the weight
 * gradient. */
static const float *backward_rows(const struct vww_network *network, const struct vww_node *node,
                                  const struct vww_chunk *chunk, const float *rows, int64_t first,
                                  int64_t count)
{
    const struct vww_value *out = vww_node_out(network, node);
    float *through = chunk->scratch->through;
    network->kernels->through(out->gradient + first * out->stride, out->raw + first * out->stride,
                              out->factor, out->offset, out->slope, count, out->stride, through);
    network->kernels->multiply_transposed(rows, through, count, node->depth, node->columns,
                                          network->partial + chunk->index * node->partial);
    return through;
}

static void add(const float *from, int64_t count, float *to)
{
    for (int64_t i = 0; i < count; i++)
        to[i] += from[i];
}

static void backward_pointwise(const struct vww_network *network, const struct vww_node *node,
                               const struct vww_chunk *chunk)
{
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t pixels = vww_value_pixels(in);
    float *rows = chunk->scratch->rows;
    for (int64_t r = chunk->first * pixels, count; r < chunk->last * pixels; r += count) {
        count = chunk->last * pixels - r;
        count = count > node->block ? node->block : count;
        network->kernels->view(&in->view, in->raw + r * in->stride, count, in->stride, rows);
        const float *through = backward_rows(network, node, chunk, rows, r, count);
        float *gradient = in->gradient + r * in->stride;
        float *to = node->adds_gradient[0] ? chunk->scratch->back : gradient;
        network->kernels->multiply(through, node->backward, count, node->columns, node->depth, to);
        if (node->adds_gradient[0])
            add(to, count * in->stride, gradient);
        vww_node_cut(network, node, 0, chunk->index, r, count);
    }
}

/* Take the inner part of the scattered image as image n's gradient. */
static void take_scattered(const struct vww_network *network, const struct vww_node *node,
                           const struct vww_chunk *chunk, int64_t n)
{
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t width = vww_node_padded_width(network, node);
    float *gradient = vww_value_image(in, in->gradient, n);
    for (int64_t h = 0; h < in->height; h++) {
        const float *from = chunk->scratch->scatter +
                            ((h + node->op->pad_top) * width + node->op->pad_left) * in->stride;
        float *to = gradient + h * in->width * in->stride;
        if (node->adds_gradient[0])
            add(from, in->width * in->stride, to);
        else
            memcpy(to, from, (size_t)(in->width * in->stride) * sizeof *to);
    }
    const int64_t pixels = vww_value_pixels(in);
    vww_node_cut(network, node, 0, chunk->index, n * pixels, pixels);
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
    const int64_t pixels = vww_value_pixels(vww_node_out(network, node));
    const int64_t image =
        vww_node_padded_height(network, node) * vww_node_padded_width(network, node) * in->stride;
    const struct vww_scratch *scratch = chunk->scratch;
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        vww_node_load_image(network, node, n, scratch->image);
        if (in->gradient != NULL)
            memset(scratch->scatter, 0, (size_t)image * sizeof *scratch->scatter);
        for (int64_t p = 0, count; p < pixels; p += count) {
            count = pixels - p > node->block ? node->block : pixels - p;
            gather(network, node, scratch->image, p, count, scratch->rows);
            const float *through =
                backward_rows(network, node, chunk, scratch->rows, n * pixels + p, count);
            if (in->gradient == NULL)
                continue;
            network->kernels->multiply(through, node->backward, count, node->columns, node->depth,
                                       scratch->back);
            scatter(network, node, scratch->back, p, count, scratch->scatter);
        }
        if (in->gradient != NULL)
            take_scattered(network, node, chunk, n);
    }
}

static void finish(struct vww_network *network, struct vww_node *node)
{
    const float *sum = vww_node_sum_partials(network, node); /* depth x columns */
    const bool grouped = node->dense != NULL;
    const int64_t columns = vww_node_out(network, node)->channels;
    const int64_t places = grouped ? node->kernel_h * node->kernel_w : 1;
    const int64_t run = grouped ? group_inputs(network, node) : true_depth(network, node);
    float *to = node->weights_gradient;
    for (int64_t c = 0; c < columns; c++)
        for (int64_t p = 0; p < places; p++) {
            const int64_t all = true_depth(network, node);
            const int64_t first = grouped ? dense_start(network, node, c, p) - c * all : 0;
            for (int64_t d = first; d < first + run; d++)
                *to++ = sum[d * node->columns + c];
        }
}

const struct vww_node_class vww_node_conv = {
    .prepare = prepare,
    .load = load,
    .forward = forward,
    .backward = backward,
    .finish = finish,
};
