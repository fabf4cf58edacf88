/* The operators without weights, on the few pixels that a classifier's end has. */
#include "train/node.h"

#include <string.h>

/* --- AVERAGE_POOL_2D, MEAN, MAX_POOL_2D
 * -----------------------------------------------------------
 * ------------------------------------------------------------------------------
 */

struct window {
    int64_t top, bottom, left, right; /* input pixels, the last ones not included */
};

/* The part inside the image of output pixel (h, w)'s window: padding does not count. */
static struct window pool_window(const struct vww_op *op, const struct vww_value *in, int64_t h,
                                 int64_t w)
{
    if (op->kind == VWW_OP_MEAN)
        return (struct window){.bottom = in->height, .right = in->width};
    const int64_t top = h * op->stride_h - op->pad_top, left = w * op->stride_w - op->pad_left;
    const int64_t bottom = top + op->kernel_h, right = left + op->kernel_w;
    return (struct window){.top = top < 0 ? 0 : top,
                           .bottom = bottom > in->height ? in->height : bottom,
                           .left = left < 0 ? 0 : left,
                           .right = right > in->width ? in->width : right};
}

static float pool_share(const struct window *window)
{
    return 1.0f / (float)((window->bottom - window->top) * (window->right - window->left));
}

static vww_status pool_prepare(struct vww_network *network, struct vww_node *node,
                               struct vww_scratch_sizes *sizes, struct vww_error *error)
{
    const struct vww_value *in = vww_node_in(network, node);
    if (vww_value_is_image(in))
        return vww_node_unsupported(node->op, error, "a pool of the image itself");
    const struct vww_value *out = vww_node_out(network, node);
    sizes->image = vww_larger(sizes->image, vww_value_pixels(in) * in->stride);
    sizes->back = vww_larger(sizes->back, vww_value_pixels(in) * in->stride);
    sizes->through = vww_larger(sizes->through, vww_value_pixels(out) * out->stride);
    return VWW_OK;
}

/* Image n of a value, after its view. */
static void view_image(const struct vww_network *network, const struct vww_value *in, int64_t n,
                       float *image)
{
    const int64_t pixels = vww_value_pixels(in);
    network->kernels->view(&in->view, vww_value_row(in, in->raw, n * pixels), pixels, in->stride,
                           image);
}

static void pool_forward(struct vww_network *network, const struct vww_node *node,
                         const struct vww_chunk *chunk)
{
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t pixels = vww_value_pixels(out);
    float *image = chunk->scratch->image;
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        float *made = vww_node_output(network, node, 0, n * pixels, chunk->scratch->through);
        float *to = made;
        view_image(network, in, n, image);
        for (int64_t p = 0; p < pixels; p++, to += out->stride) {
            const struct window window = pool_window(node->op, in, p / out->width, p % out->width);
            const float share = pool_share(&window);
            memset(to, 0, (size_t)out->stride * sizeof *to);
            for (int64_t h = window.top; h < window.bottom; h++)
                for (int64_t w = window.left; w < window.right; w++)
                    for (int64_t c = 0; c < out->stride; c++)
                        to[c] += image[(h * in->width + w) * in->stride + c];
            for (int64_t c = 0; c < out->stride; c++)
                to[c] *= share;
        }
        vww_node_store(network, node, 0, chunk->index, n * pixels, pixels, made);
    }
}

static void pool_backward(struct vww_network *network, const struct vww_node *node,
                          const struct vww_chunk *chunk)
{
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t in_pixels = vww_value_pixels(in), out_pixels = vww_value_pixels(out);
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        float *gradient = vww_node_gradient(network, node, 0, n * in_pixels, chunk->scratch->back);
        const float *from = vww_value_floats(network, out, out->gradient, n * out_pixels,
                                             out_pixels, chunk->scratch->through);
        memset(gradient, 0, (size_t)(in_pixels * in->stride) * sizeof *gradient);
        for (int64_t p = 0; p < out_pixels; p++, from += out->stride) {
            const struct window window = pool_window(node->op, in, p / out->width, p % out->width);
            const float share = pool_share(&window);
            for (int64_t h = window.top; h < window.bottom; h++)
                for (int64_t w = window.left; w < window.right; w++)
                    for (int64_t c = 0; c < out->stride; c++)
                        gradient[(h * in->width + w) * in->stride + c] += from[c] * share;
        }
        vww_node_give(network, node, 0, chunk->index, n * in_pixels, in_pixels, gradient);
    }
}

const struct vww_node_class vww_node_average_pool = {
    .prepare = pool_prepare,
    .forward = pool_forward,
    .backward = pool_backward,
};

/* The pixel of the window where channel c of the image is largest; the first of equals. */
static int64_t largest_pixel(const struct window *window, const struct vww_value *in,
                             const float *image, int64_t c)
{
    int64_t best = window->top * in->width + window->left;
    for (int64_t h = window->top; h < window->bottom; h++)
        for (int64_t w = window->left; w < window->right; w++) {
            const int64_t p = h * in->width + w;
            if (image[p * in->stride + c] > image[best * in->stride + c])
                best = p;
        }
    return best;
}

static void max_pool_forward(struct vww_network *network, const struct vww_node *node,
                             const struct vww_chunk *chunk)
{
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t pixels = vww_value_pixels(out);
    float *image = chunk->scratch->image;
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        float *made = vww_node_output(network, node, 0, n * pixels, chunk->scratch->through);
        float *to = made;
        view_image(network, in, n, image);
        for (int64_t p = 0; p < pixels; p++, to += out->stride) {
            const struct window window = pool_window(node->op, in, p / out->width, p % out->width);
            for (int64_t c = 0; c < out->stride; c++)
                to[c] = image[largest_pixel(&window, in, image, c) * in->stride + c];
        }
        vww_node_store(network, node, 0, chunk->index, n * pixels, pixels, made);
    }
}

static void max_pool_backward(struct vww_network *network, const struct vww_node *node,
                              const struct vww_chunk *chunk)
{
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t in_pixels = vww_value_pixels(in), out_pixels = vww_value_pixels(out);
    float *image = chunk->scratch->image;
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        float *gradient = vww_node_gradient(network, node, 0, n * in_pixels, chunk->scratch->back);
        const float *from = vww_value_floats(network, out, out->gradient, n * out_pixels,
                                             out_pixels, chunk->scratch->through);
        view_image(network, in, n, image);
        memset(gradient, 0, (size_t)(in_pixels * in->stride) * sizeof *gradient);
        for (int64_t p = 0; p < out_pixels; p++, from += out->stride) {
            const struct window window = pool_window(node->op, in, p / out->width, p % out->width);
            for (int64_t c = 0; c < out->channels; c++)
                gradient[largest_pixel(&window, in, image, c) * in->stride + c] += from[c];
        }
        vww_node_give(network, node, 0, chunk->index, n * in_pixels, in_pixels, gradient);
    }
}

const struct vww_node_class vww_node_max_pool = {
    .prepare = pool_prepare,
    .forward = max_pool_forward,
    .backward = max_pool_backward,
};

/* --- DROPOUT (Srivastava et al. 2014), inverted: the kept values grow in training
 * -----------------
 */

static vww_status dropout_prepare(struct vww_network *network, struct vww_node *node,
                                  struct vww_scratch_sizes *sizes, struct vww_error *error)
{
    const struct vww_value *in = vww_node_in(network, node);
    if (vww_value_is_image(in))
        return vww_node_unsupported(node->op, error, "a dropout of the image itself");
    sizes->back = vww_larger(sizes->back, vww_value_pixels(in) * in->stride);
    sizes->through = vww_larger(sizes->through, vww_value_pixels(in) * in->stride);
    return VWW_OK;
}

/* Multiply image n's values by their factors. */
static void drop(const struct vww_network *network, const struct vww_node *node, int64_t n,
                 float *values)
{
    const struct vww_value *out = vww_node_out(network, node);
    const float keep = node->op->keep_probability;
    if (!network->pass.training || keep >= 1)
        return;
    const int64_t pixels = vww_value_pixels(out), elements = pixels * out->channels;
    const struct vww_random random = vww_dropout_random(&network->pass, node->op_index);
    n += vww_share_image(&network->share, network->total, 0); /* among the whole batch */
    for (int64_t p = 0; p < pixels; p++)
        for (int64_t c = 0; c < out->channels; c++)
            values[p * out->stride + c] *=
                vww_dropout_factor(random, (uint64_t)(n * elements + p * out->channels + c), keep);
}

static void dropout_forward(struct vww_network *network, const struct vww_node *node,
                            const struct vww_chunk *chunk)
{
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t pixels = vww_value_pixels(in);
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        float *to = vww_node_output(network, node, 0, n * pixels, chunk->scratch->through);
        view_image(network, in, n, to);
        drop(network, node, n, to);
        vww_node_store(network, node, 0, chunk->index, n * pixels, pixels, to);
    }
}

static void dropout_backward(struct vww_network *network, const struct vww_node *node,
                             const struct vww_chunk *chunk)
{
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t pixels = vww_value_pixels(out), floats = pixels * out->stride;
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        float *to = vww_node_gradient(network, node, 0, n * pixels, chunk->scratch->back);
        const float *from = vww_value_floats(network, out, out->gradient, n * pixels, pixels,
                                             chunk->scratch->through);
        memcpy(to, from, (size_t)floats * sizeof *to);
        drop(network, node, n, to);
        vww_node_give(network, node, 0, chunk->index, n * pixels, pixels, to);
    }
}

const struct vww_node_class vww_node_dropout = {
    .prepare = dropout_prepare,
    .forward = dropout_forward,
    .backward = dropout_backward,
};
