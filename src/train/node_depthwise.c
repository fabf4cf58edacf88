/* DEPTHWISE_CONV_2D with as many outputs as inputs: line by line over padded images. */
#include "train/node.h"

#include <string.h>

static int64_t dilation_h(const struct vww_node *node)
{
    return vww_larger(node->op->dilation_h, 1);
}

static int64_t dilation_w(const struct vww_node *node)
{
    return vww_larger(node->op->dilation_w, 1);
}

/* With stride 1 and no dilation, the input's gradient is itself a depthwise convolution: of the
 * output's gradient, padded, with the kernel turned by 180 degrees. */
static bool turns(const struct vww_node *node)
{
    return node->op->stride_h == 1 && dilation_h(node) == 1 && dilation_w(node) == 1;
}

/* The output's gradient with kernel - 1 zeros around, so that every window lies inside. */
static int64_t turned_height(const struct vww_network *network, const struct vww_node *node)
{
    return vww_node_out(network, node)->height + 2 * (node->kernel_h - 1);
}

static int64_t turned_width(const struct vww_network *network, const struct vww_node *node)
{
    return vww_node_out(network, node)->width + 2 * (node->kernel_w - 1);
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
    const int64_t image =
        vww_node_padded_height(network, node) * vww_node_padded_width(network, node) * in->stride;
    sizes->image = vww_larger(sizes->image, image);
    sizes->scatter = vww_larger(sizes->scatter, image);
    sizes->gradient = vww_larger(sizes->gradient, turned_height(network, node) *
                                                      turned_width(network, node) * out->stride);
    return VWW_OK;
}

static void load(struct vww_network *network, struct vww_node *node)
{
    const float *weights = vww_node_weights(network, node); /* kernel_h x kernel_w x channels */
    const int64_t channels = vww_node_out(network, node)->channels;
    const int64_t stride = vww_node_out(network, node)->stride;
    const int64_t taps = node->kernel_h * node->kernel_w;
    for (int64_t i = 0; i < taps; i++) {
        memcpy(node->forward + i * stride, weights + i * channels,
               (size_t)channels * sizeof *weights);
        if (node->backward != NULL)
            memcpy(node->backward + (taps - 1 - i) * stride, weights + i * channels,
                   (size_t)channels * sizeof *weights);
    }
}

/* The padded input lines under output line h. */
static void lines_under(const struct vww_network *network, const struct vww_node *node,
                        float *image, int64_t h, float **lines)
{
    const int64_t line = vww_node_padded_width(network, node) * vww_node_in(network, node)->stride;
    for (int64_t i = 0; i < node->kernel_h; i++)
        lines[i] = image + (h * node->op->stride_h + i * dilation_h(node)) * line;
}

static void forward(struct vww_network *network, const struct vww_node *node,
                    const struct vww_chunk *chunk)
{
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t pixels = vww_value_pixels(out);
    float *lines[VWW_KERNEL_LINES_MAX];
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        float *image = vww_value_image(out, out->raw, n);
        vww_node_load_image(network, node, n, chunk->scratch->image);
        for (int64_t h = 0; h < out->height; h++) {
            lines_under(network, node, chunk->scratch->image, h, lines);
            network->kernels->depthwise((const float *const *)lines, node->forward, node->kernel_h,
                                        node->kernel_w, node->op->stride_w, dilation_w(node),
                                        out->width, out->stride,
                                        image + h * out->width * out->stride);
        }
        vww_node_watch(network, node, 0, chunk->index, n * pixels, pixels);
    }
}

/* The gradient by image n's raw outputs, with zeros around. */
static void load_gradient(const struct vww_network *network, const struct vww_node *node, int64_t n,
                          float *padded)
{
    const struct vww_value *out = vww_node_out(network, node);
    const int64_t width = turned_width(network, node), height = turned_height(network, node);
    const int64_t line = width * out->stride, side = (node->kernel_w - 1) * out->stride;
    const int64_t inner = out->width * out->stride;
    const float *gradient = vww_value_image(out, out->gradient, n);
    const float *raw = vww_value_image(out, out->raw, n);
    for (int64_t h = 0; h < height; h++, padded += line) {
        const int64_t from = h - (node->kernel_h - 1);
        if (from < 0 || from >= out->height) {
            memset(padded, 0, (size_t)line * sizeof *padded);
            continue;
        }
        memset(padded, 0, (size_t)side * sizeof *padded);
        network->kernels->through(gradient + from * inner, raw + from * inner, out->factor,
                                  out->offset, out->slope, out->width, out->stride, padded + side);
        memset(padded + side + inner, 0, (size_t)side * sizeof *padded);
    }
}

/* One line of outputs' gradients inside load_gradient's image. */
static const float *gradient_line(const struct vww_network *network, const struct vww_node *node,
                                  const float *padded, int64_t h)
{
    return padded + ((h + node->kernel_h - 1) * turned_width(network, node) + node->kernel_w - 1) *
                        vww_node_out(network, node)->stride;
}

/* Input line h's gradient, where turns(). */
static void turned_line(const struct vww_network *network, const struct vww_node *node,
                        const struct vww_scratch *scratch, int64_t h, float *to)
{
    const struct vww_value *in = vww_node_in(network, node);
    /* Input pixel (h, w) is under tap i of output h + pad_top - i: the turned kernel's first line
     * lies on padded line h + pad_top. */
    const float *lines[VWW_KERNEL_LINES_MAX];
    for (int64_t i = 0; i < node->kernel_h; i++)
        lines[i] = scratch->gradient + ((h + node->op->pad_top + i) * turned_width(network, node) +
                                        node->op->pad_left) *
                                           in->stride;
    network->kernels->depthwise(lines, node->backward, node->kernel_h, node->kernel_w, 1, 1,
                                in->width, in->stride, to);
}

/* With stride 2 and no dilation an input line lies under half the kernel's lines. */
static bool comes_apart(const struct vww_node *node)
{
    return node->op->stride_h == 2 && dilation_h(node) == 1 && dilation_w(node) == 1;
}

/* Input line h's gradient, where comes_apart(). */
static void apart_line(const struct vww_network *network, const struct vww_node *node,
                       const struct vww_scratch *scratch, int64_t h, float *to)
{
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const float *lines[VWW_KERNEL_LINES_MAX];
    int64_t taps[VWW_KERNEL_LINES_MAX], count = 0;
    const int64_t padded = h + node->op->pad_top;
    for (int64_t i = padded % 2; i < node->kernel_h; i += 2) {
        const int64_t from = (padded - i) / 2;
        if (from < 0 || from >= out->height)
            continue;
        lines[count] = gradient_line(network, node, scratch->gradient, from);
        taps[count++] = i;
    }
    network->kernels->depthwise_apart(lines, taps, count, node->forward, node->kernel_w,
                                      node->op->pad_left, in->width, in->stride, to);
}

/* All of the padded input image's gradient, for any stride and dilation. */
static void scatter_image(const struct vww_network *network, const struct vww_node *node,
                          const struct vww_scratch *scratch)
{
    const struct vww_value *out = vww_node_out(network, node);
    float *lines[VWW_KERNEL_LINES_MAX];
    memset(scratch->scatter, 0,
           (size_t)(vww_node_padded_height(network, node) * vww_node_padded_width(network, node) *
                    out->stride) *
               sizeof *scratch->scatter);
    for (int64_t h = 0; h < out->height; h++) {
        lines_under(network, node, scratch->scatter, h, lines);
        network->kernels->depthwise_scatter(
            gradient_line(network, node, scratch->gradient, h), node->forward, node->kernel_h,
            node->kernel_w, node->op->stride_w, dilation_w(node), out->width, out->stride, lines);
    }
}

/* Image n's input gradient, from scratch->gradient. */
static void backward_image(const struct vww_network *network, const struct vww_node *node,
                           const struct vww_scratch *scratch, int64_t n)
{
    const struct vww_value *in = vww_node_in(network, node);
    const int64_t width = vww_node_padded_width(network, node), line = in->width * in->stride;
    const bool turned = turns(node), apart = comes_apart(node);
    if (!turned && !apart)
        scatter_image(network, node, scratch);
    for (int64_t h = 0; h < in->height; h++) {
        float *to = vww_value_image(in, in->gradient, n) + h * line;
        /* One line of room in scatter is enough where lines are made one by one. */
        float *made = node->adds_gradient[0] ? scratch->scatter : to;
        if (turned)
            turned_line(network, node, scratch, h, made);
        else if (apart)
            apart_line(network, node, scratch, h, made);
        else
            made = scratch->scatter +
                   ((h + node->op->pad_top) * width + node->op->pad_left) * in->stride;
        if (node->adds_gradient[0])
            for (int64_t i = 0; i < line; i++)
                to[i] += made[i];
        else if (made != to)
            memcpy(to, made, (size_t)line * sizeof *to);
    }
}

static void backward(struct vww_network *network, const struct vww_node *node,
                     const struct vww_chunk *chunk)
{
    const struct vww_value *in = vww_node_in(network, node);
    const struct vww_value *out = vww_node_out(network, node);
    const struct vww_scratch *scratch = chunk->scratch;
    float *partial = network->partial + chunk->index * node->partial;
    float *lines[VWW_KERNEL_LINES_MAX];
    memset(partial, 0, (size_t)node->partial * sizeof *partial);
    for (int64_t n = chunk->first; n < chunk->last; n++) {
        vww_node_load_image(network, node, n, scratch->image);
        load_gradient(network, node, n, scratch->gradient);
        for (int64_t h = 0; h < out->height; h++) {
            lines_under(network, node, scratch->image, h, lines);
            network->kernels->depthwise_weights((const float *const *)lines,
                                                gradient_line(network, node, scratch->gradient, h),
                                                node->kernel_h, node->kernel_w, node->op->stride_w,
                                                dilation_w(node), out->width, out->stride, partial);
        }
        if (in->gradient == NULL)
            continue;
        backward_image(network, node, scratch, n);
        vww_node_cut(network, node, 0, chunk->index, n * vww_value_pixels(in),
                     vww_value_pixels(in));
    }
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
