/* Inside the network: values (what is stored) and nodes (what is computed). */
#ifndef VWW_TRAIN_NODE_H
#define VWW_TRAIN_NODE_H

#include "base/pool.h"
#include "train/kernels.h"
#include "train/network.h"

#include <stdatomic.h>

/* What one node computes, stored raw: the convolution's sums before batch norm, bias and
 * activation, which `view` applies on reading. The network's input is a value without raw: its
 * images. */
struct vww_value {
    int64_t height, width;
    int64_t channels; /* as in the graph */
    int64_t stride;   /* floats from one pixel to the next: channels, padded */
    int32_t producer; /* node, or -1: the input */
    int32_t tensor;   /* whose values the view gives */
    int32_t uses;     /* nodes that read it, and the loss */
    bool bf16;        /* raw and gradient are stored as bfloat16 */
    void *raw;        /* batch x height x width x stride */
    struct vww_view view;
    float *scale, *shift; /* stride each; of the view */

    /* Training. */
    void *gradient; /* like raw: by the value while its readers write it, then, cut, by
                     * scale * raw + shift; shares memory with other values */
    int32_t gradient_buffer;
    float *mean;                    /* stride; of the batch: what `product` is centred on */
    float *variance;                /* stride; biased */
    float *factor, *offset, *slope; /* stride each; gradient by raw = factor * gradient + offset +
                                     * slope * raw */
    double *sum, *product;          /* VWW_CHUNKS x stride each: partial sums of a pass */
    float *low, *high;              /* VWW_CHUNKS x stride each: partial ranges */
};

/* Memory for one chunk at a time. */
struct vww_scratch {
    float *image;        /* an input image, or a ring of its padded lines, after the view */
    float *gradient;     /* a ring of padded lines of gradients by raw outputs, and zeros */
    float *scatter;      /* a padded image of input gradients */
    float *rows;         /* a block of input rows, after the view */
    float *through;      /* a block of outputs, or of gradients by them */
    float *back;         /* a block of input gradients */
    const float **lines; /* the lines of a product's rows */
    atomic_flag taken;
};

struct vww_scratch_sizes {
    int64_t image, gradient, scatter, rows, through, back; /* floats */
    int64_t lines;
};

/* The images of one chunk, among those of this rank: first … last-1. */
struct vww_chunk {
    int32_t index;
    int64_t first, last;
    struct vww_scratch *scratch;
};

struct vww_node;

struct vww_node_class {
    /* Check, and fill the node's sizes; grow the sizes of scratch and of a chunk's partial weight
     * gradient. */
    vww_status (*prepare)(struct vww_network *network, struct vww_node *node,
                          struct vww_scratch_sizes *sizes, struct vww_error *error);
    /* Bring the weights into the kernels' form. NULL: no weights. */
    void (*load)(struct vww_network *network, struct vww_node *node);
    /* Compute the chunk's raw outputs. */
    void (*forward)(struct vww_network *network, const struct vww_node *node,
                    const struct vww_chunk *chunk);
    /* From the output's cut gradient: the input's gradient, and the chunk's partial weight
     * gradient. */
    void (*backward)(struct vww_network *network, const struct vww_node *node,
                     const struct vww_chunk *chunk);
    /* Add the partial weight gradients up into the node's. NULL: no weights. */
    void (*finish)(struct vww_network *network, struct vww_node *node);
};

/* Where an output channel of an operator that only moves values comes from. */
struct vww_move {
    int32_t input;   /* of the node; -1: from nowhere, zeros */
    int32_t channel; /* of that input */
};

struct vww_node {
    const struct vww_node_class *class;
    const struct vww_op *op;
    int32_t op_index;
    const struct vww_op *norm;                                /* or NULL */
    int32_t inputs[VWW_MAX_INPUTS], outputs[VWW_MAX_OUTPUTS]; /* values */
    int32_t input_count, output_count;
    /* For each input: another reader wrote its gradient before this one; and: this is the last to
     * write it, so that the cut follows. */
    bool adds_gradient[VWW_MAX_INPUTS], cuts_gradient[VWW_MAX_INPUTS];

    bool learns; /* the loss depends on it */

    /* Tensors of the graph, or -1. */
    int32_t weights, bias, gamma, beta, mean, variance;
    float *weights_gradient, *bias_gradient, *gamma_gradient, *beta_gradient;

    /* Weights in the kernels' form. */
    int64_t depth, columns;     /* CONV_2D: of the product, padded */
    int64_t kernel_h, kernel_w; /* of convolutions */
    int64_t block;              /* rows in one block of a product */
    int64_t weights_count;
    float *dense;           /* CONV_2D in groups or of padded channels: weights with zeros there */
    struct vww_move *moves; /* operators that only move channels: one for each output channel */
    float *rounded;         /* weights after fake quantization, or NULL: not quantized */
    float *forward;         /* packed depth x columns; DEPTHWISE: kernel_h x kernel_w x stride */
    float *backward;        /* packed columns x depth; DEPTHWISE: none */
    int64_t partial;        /* floats in a chunk's partial weight gradient */

    int64_t bias_at; /* where its sums begin among the network's bias_sums */
    double forward_seconds, backward_seconds;
};

struct vww_network {
    const struct vww_graph *graph;
    const struct vww_kernels *kernels;
    int32_t batch; /* images at most */
    int32_t count; /* images of this pass; in training those of this rank */
    int32_t total; /* images of the whole batch */
    struct vww_share share;
    bool for_training;
    bool bf16; /* values of more than one pixel are stored as bfloat16 */
    struct vww_pass pass;
    const uint8_t *images;
    struct vww_value *values;
    int32_t value_count;
    struct vww_node *nodes;
    int32_t node_count;
    int32_t logits, classes; /* value; its channels */
    int32_t softmax;         /* operator */
    float *probabilities;    /* batch x classes */
    float *partial;          /* VWW_CHUNKS x the largest node's `partial` */
    double *sums;            /* 2 for each channel of the widest value: of the whole batch */
    double *bias_sums;       /* gradients of all biases without batch norm, before rounding */
    int64_t bias_count;
    int32_t gradient_buffer_count;
    struct vww_scratch scratch[VWW_CHUNKS];
    struct vww_pool pool; /* whatever above is an array of numbers */

    /* Per tensor: its value, and which stage of the value it is. */
    int32_t *value_of;
    uint8_t *stage_of;
    int32_t *group; /* of each tensor: vww_quantization_groups */

    struct vww_graph *ranges; /* whose ranges training passes track, or NULL */
    double range_decay;
};

enum vww_stage { VWW_STAGE_RAW, VWW_STAGE_AFFINE, VWW_STAGE_VALUE };

extern const struct vww_node_class vww_node_conv, vww_node_depthwise, vww_node_average_pool,
    vww_node_max_pool, vww_node_dropout, vww_node_add, vww_node_move;

/* --- what the node classes share
 * ------------------------------------------------------------------
 */

static inline int64_t vww_larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t vww_value_pixels(const struct vww_value *value)
{
    return value->height * value->width;
}

/* In training, chunks are this rank's of the whole batch. */
static inline int64_t vww_network_chunks(const struct vww_network *network)
{
    return network->pass.training ? vww_share_chunks(&network->share) : VWW_CHUNKS;
}

static inline const float *vww_network_data(const struct vww_network *network, int32_t tensor)
{
    return network->graph->tensors[tensor].data;
}

/* Of output channel c. */
static inline float vww_node_bias(const struct vww_network *network, const struct vww_node *node,
                                  int64_t c)
{
    return node->bias >= 0 ? vww_network_data(network, node->bias)[c] : 0;
}

/* The first input, and the first output. */
static inline struct vww_value *vww_node_in(const struct vww_network *network,
                                            const struct vww_node *node)
{
    return &network->values[node->inputs[0]];
}

static inline struct vww_value *vww_node_out(const struct vww_network *network,
                                             const struct vww_node *node)
{
    return &network->values[node->outputs[0]];
}

static inline bool vww_value_is_image(const struct vww_value *value)
{
    return value->producer < 0;
}

/* Row `row` of the batch's pixels; from: the value's raw or gradient. */
static inline void *vww_value_row(const struct vww_value *value, const void *from, int64_t row)
{
    return vww_stored_at(from, value->bf16, row * value->stride);
}

/* One output element's input window must lie in the padded image: its height and width. */
int64_t vww_node_padded_height(const struct vww_network *network, const struct vww_node *node);
int64_t vww_node_padded_width(const struct vww_network *network, const struct vww_node *node);
/* The newest `slots` lines of an image: line p lies in slot p % slots. */
struct vww_ring {
    float *memory;
    int64_t line; /* floats */
    int64_t slots, next;
};

static inline float *vww_ring_line(const struct vww_ring *ring, int64_t p)
{
    return ring->memory + p % ring->slots * ring->line;
}

/* Lines of the padded input under one output line: the kernel's height, dilated. */
int64_t vww_node_span(const struct vww_node *node);
/* Floats that a ring of these lines takes. */
int64_t vww_node_ring_floats(const struct vww_network *network, const struct vww_node *node);
struct vww_ring vww_node_ring(const struct vww_network *network, const struct vww_node *node,
                              float *memory);
/* Bring the lines under output line h of image n into the ring: the input through its view, with
 * the operator's padding of zeros around it. Output lines are asked for in ascending order. */
void vww_node_ring_load(const struct vww_network *network, const struct vww_node *node, int64_t n,
                        int64_t h, struct vww_ring *ring);
/* The weights to compute with: rounded where they are fake-quantized, else the graph's own. */
const float *vww_node_weights(const struct vww_network *network, struct vww_node *node);

/* --- reading and writing stored values: nodes compute in float32. Rows are counted from the
 * batch's first pixel on. */

/* Where to make the k-th output's raw values from row `first` on: in place where they are stored as
 * they are, else in `scratch`. */
float *vww_node_output(const struct vww_network *network, const struct vww_node *node, int k,
                       int64_t first, float *scratch);
/* The node has made `rows` rows there: store them, and add them to the chunk's statistics, as far
 * as this pass wants any. */
void vww_node_store(const struct vww_network *network, const struct vww_node *node, int k,
                    int32_t chunk, int64_t first, int64_t rows, const float *made);
/* `rows` rows of a stored value or gradient: where they lie, or widened into `scratch`. */
const float *vww_value_floats(const struct vww_network *network, const struct vww_value *value,
                              const void *from, int64_t first, int64_t rows, float *scratch);
/* Where to make this node's part of the k-th input's gradient. */
float *vww_node_gradient(const struct vww_network *network, const struct vww_node *node, int k,
                         int64_t first, float *scratch);
/* The node has made `rows` rows there, or elsewhere: store them, added to what other readers wrote
 * before, and cut when this node is the last to write. `made` may be changed. */
void vww_node_give(const struct vww_network *network, const struct vww_node *node, int k,
                   int32_t chunk, int64_t first, int64_t rows, float *made);

/* Take over the grid that the value's tensor is quantized to. */
void vww_value_set_grid(const struct vww_network *network, struct vww_value *value);
/* Average what this batch's chunks saw of an output into its tensor's range, which changes the
 * parameters of all tensors that share them. */
void vww_network_track_range(struct vww_network *network, const struct vww_node *node,
                             const struct vww_value *out);
/* Sum the chunks' partial weight gradients, by the tree, into the first one; returns it. */
const float *vww_node_sum_partials(struct vww_network *network, const struct vww_node *node);

/* Give every value, node and scratch its arrays. The nodes are prepared, gradients planned. */
vww_status vww_network_reserve(struct vww_network *network, const struct vww_scratch_sizes *sizes,
                               struct vww_error *error);

vww_status vww_node_unsupported(const struct vww_op *op, struct vww_error *error, const char *what);

#endif
