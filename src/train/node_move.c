/* Operators that add values or only move them: ADD, CONCAT, SPLIT, CHANNEL_SHUFFLE, PAD. */
#include "base/memory.h"
#include "train/node.h"

#include <string.h>

static vww_status refuse_image(const struct vww_network *network, const struct vww_node *node,
                               struct vww_error *error)
{
    for (int32_t k = 0; k < node->input_count; k++)
        if (vww_value_is_image(&network->values[node->inputs[k]]))
            return vww_node_unsupported(node->op, error, "this operator on the image itself");
    return VWW_OK;
}

/* --- ADD -----------------------------------------------------------------------------------------
 */

static vww_status add_prepare(struct vww_network *network, struct vww_node *node,
                              struct vww_scratch_sizes *sizes, struct vww_error *error)
{
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t floats = vww_value_pixels(in) * in->stride;
    sizes->image = vww_larger(sizes->image, floats);
    sizes->back = vww_larger(sizes->back, floats);
    sizes->through = vww_larger(sizes->through, floats);
    return refuse_image(network, node, error);
}

static void add_forward(struct vww_network *network, const struct vww_node *node,
                        const struct vww_chunk *chunk)
{
    const struct vww_value *out = vww_node_out(network, node);
    const struct vww_value *a = &network->values[node->inputs[0]];
    const struct vww_value *b = &network->values[node->inputs[1]];
    const int64_t pixels = vww_value_pixels(out);
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        const int64_t first = n * pixels;
        float *to = vww_node_output(network, node, 0, first, chunk->scratch->through);
        float *other = chunk->scratch->image;
        network->kernels->view(&a->view, vww_value_row(a, a->raw, first), pixels, out->stride, to);
        network->kernels->view(&b->view, vww_value_row(b, b->raw, first), pixels, out->stride,
                               other);
        for (int64_t i = 0; i < pixels * out->stride; i++)
            to[i] += other[i];
        vww_node_store(network, node, 0, chunk->index, first, pixels, to);
    }
}

static void add_backward(struct vww_network *network, const struct vww_node *node,
                         const struct vww_chunk *chunk)
{
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t pixels = vww_value_pixels(out), floats = pixels * out->stride;
    for (int k = 0; k < 2; k++)
        for (int64_t n = chunk->first; n < chunk->last; n++) {
            float *to = vww_node_gradient(network, node, k, n * pixels, chunk->scratch->back);
            const float *from = vww_value_floats(network, out, out->gradient, n * pixels, pixels,
                                                 chunk->scratch->through);
            memcpy(to, from, (size_t)floats * sizeof *to);
            vww_node_give(network, node, k, chunk->index, n * pixels, pixels, to);
        }
}

const struct vww_node_class vww_node_add = {
    .prepare = add_prepare,
    .forward = add_forward,
    .backward = add_backward,
};

/* --- moving --------------------------------------------------------------------------------------
 * Every output channel is one channel of one input, or zeros; every input channel goes to at most
 * one output channel. PAD moves pixels as well. */

/* Where channel c of output k comes from. */
static struct vww_move source_of(const struct vww_network *network, const struct vww_node *node,
                                 int32_t k, int64_t c)
{
    const struct vww_op *op = node->op;
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t size = op->groups > 0 ? in->channels / op->groups : 0;
    switch (op->kind) {
    case VWW_OP_SPLIT:
        return (struct vww_move){0, (int32_t)(k * network->values[node->outputs[k]].channels + c)};
    case VWW_OP_CHANNEL_SHUFFLE:
        return (struct vww_move){0, (int32_t)(c % op->groups * size + c / op->groups)};
    case VWW_OP_PAD:
        if (c < op->pad_front || c >= op->pad_front + in->channels)
            return (struct vww_move){-1, 0};
        return (struct vww_move){0, (int32_t)(c - op->pad_front)};
    default: /* CONCAT */
        for (int32_t i = 0; i < node->input_count; i++) {
            const int64_t channels = network->values[node->inputs[i]].channels;
            if (c < channels)
                return (struct vww_move){i, (int32_t)c};
            c -= channels;
        }
        return (struct vww_move){-1, 0};
    }
}

static vww_status move_prepare(struct vww_network *network, struct vww_node *node,
                               struct vww_scratch_sizes *sizes, struct vww_error *error)
{
    int64_t floats = 0, channels = 0;
    for (int32_t k = 0; k < node->output_count; k++)
        channels += network->values[node->outputs[k]].channels;
    node->moves = vww_allocate((size_t)channels, sizeof *node->moves);
    if (node->moves == NULL)
        return vww_fail_memory(error, (size_t)channels * sizeof *node->moves);
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct vww_value *in = &network->values[node->inputs[i]];
        floats += vww_value_pixels(in) * in->stride;
    }
    sizes->image = vww_larger(sizes->image, floats);
    sizes->back = vww_larger(sizes->back, floats);
    for (int32_t k = 0; k < node->output_count; k++) {
        const struct vww_value *out = &network->values[node->outputs[k]];
        sizes->through = vww_larger(sizes->through, vww_value_pixels(out) * out->stride);
    }
    for (int32_t k = 0, at = 0; k < node->output_count; k++)
        for (int64_t c = 0; c < network->values[node->outputs[k]].channels; c++)
            node->moves[at++] = source_of(network, node, k, c);
    return refuse_image(network, node, error);
}

/* The output pixel under which input pixel 0 of line h lies. */
static int64_t first_pixel(const struct vww_node *node, const struct vww_value *out, int64_t h)
{
    return (h + node->op->pad_top) * out->width + node->op->pad_left;
}

/* Channel c of an input image, pixel by pixel, to channel `to` of an output image. */
static void move_channel(const struct vww_node *node, const struct vww_value *in,
                         const float *input, int64_t c, const struct vww_value *out, float *output,
                         int64_t to)
{
    for (int64_t h = 0; h < in->height; h++) {
        const float *x = input + h * in->width * in->stride + c;
        float *y = output + first_pixel(node, out, h) * out->stride + to;
        for (int64_t w = 0; w < in->width; w++, x += in->stride, y += out->stride)
            *y = *x;
    }
}

/* The reverse: the output's gradient is the input's. */
static void move_channel_back(const struct vww_node *node, const struct vww_value *in, float *input,
                              int64_t c, const struct vww_value *out, const float *output,
                              int64_t to)
{
    for (int64_t h = 0; h < in->height; h++) {
        float *x = input + h * in->width * in->stride + c;
        const float *y = output + first_pixel(node, out, h) * out->stride + to;
        for (int64_t w = 0; w < in->width; w++, x += in->stride, y += out->stride)
            *x = *y;
    }
}

static void move_forward(struct vww_network *network, const struct vww_node *node,
                         const struct vww_chunk *chunk)
{
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        float *images[VWW_MAX_INPUTS], *image = chunk->scratch->image;
        for (int32_t i = 0; i < node->input_count; i++) {
            const struct vww_value *in = &network->values[node->inputs[i]];
            images[i] = image;
            network->kernels->view(&in->view, vww_value_row(in, in->raw, n * vww_value_pixels(in)),
                                   vww_value_pixels(in), in->stride, image);
            image += vww_value_pixels(in) * in->stride;
        }
        const struct vww_move *move = node->moves;
        for (int32_t k = 0; k < node->output_count; k++) {
            const struct vww_value *out = &network->values[node->outputs[k]];
            const int64_t pixels = vww_value_pixels(out);
            float *to = vww_node_output(network, node, k, n * pixels, chunk->scratch->through);
            memset(to, 0, (size_t)(pixels * out->stride) * sizeof *to);
            for (int64_t c = 0; c < out->channels; c++, move++)
                if (move->input >= 0)
                    move_channel(node, &network->values[node->inputs[move->input]],
                                 images[move->input], move->channel, out, to, c);
            vww_node_store(network, node, k, chunk->index, n * pixels, pixels, to);
        }
    }
}

static void move_backward(struct vww_network *network, const struct vww_node *node,
                          const struct vww_chunk *chunk)
{
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        float *gradients[VWW_MAX_INPUTS], *scratch = chunk->scratch->back;
        for (int32_t i = 0; i < node->input_count; i++) {
            const struct vww_value *in = &network->values[node->inputs[i]];
            const int64_t pixels = vww_value_pixels(in);
            gradients[i] = vww_node_gradient(network, node, i, n * pixels, scratch);
            memset(gradients[i], 0, (size_t)(pixels * in->stride) * sizeof *gradients[i]);
            scratch += pixels * in->stride;
        }
        const struct vww_move *move = node->moves;
        for (int32_t k = 0; k < node->output_count; k++) {
            const struct vww_value *out = &network->values[node->outputs[k]];
            if (out->gradient == NULL) { /* nobody reads it */
                move += out->channels;
                continue;
            }
            const int64_t pixels = vww_value_pixels(out);
            const float *from = vww_value_floats(network, out, out->gradient, n * pixels, pixels,
                                                 chunk->scratch->through);
            for (int64_t c = 0; c < out->channels; c++, move++)
                if (move->input >= 0)
                    move_channel_back(node, &network->values[node->inputs[move->input]],
                                      gradients[move->input], move->channel, out, from, c);
        }
        for (int32_t i = 0; i < node->input_count; i++) {
            const int64_t pixels = vww_value_pixels(&network->values[node->inputs[i]]);
            vww_node_give(network, node, i, chunk->index, n * pixels, pixels, gradients[i]);
        }
    }
}

const struct vww_node_class vww_node_move = {
    .prepare = move_prepare,
    .forward = move_forward,
    .backward = move_backward,
};
