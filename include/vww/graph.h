/* A network as a graph: tensors and the operators between them. Every room downstream (training,
 * quantization, planning, code generation) works on this one structure.
 *
 * Activations are N,H,W,C with N = 1 in a graph; batches are the executor's business. Weights are
 *   CONV_2D            out channels, kernel height, kernel width, in channels / groups
 *   DEPTHWISE_CONV_2D  1, kernel height, kernel width, out channels (= in channels * multiplier)
 *   FULLY_CONNECTED    out, in
 * which are TensorFlow Lite's layouts. A freshly built zoo graph is float, with BATCH_NORM and
 * activations as operators of their own; quantize/fold turns it into the deployed form, where they
 * are part of the convolution (bias and `activation`). */
#ifndef VWW_GRAPH_H
#define VWW_GRAPH_H

#include "vww/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VWW_NAME_MAX 96
#define VWW_MAX_RANK 4
#define VWW_MAX_INPUTS 16
#define VWW_MAX_OUTPUTS 16

enum vww_dtype { VWW_FLOAT32, VWW_INT8, VWW_UINT8, VWW_INT32, VWW_INT64 };

size_t vww_dtype_bytes(enum vww_dtype dtype);
const char *vww_dtype_name(enum vww_dtype dtype);

struct vww_shape {
    int rank; /* 0 … VWW_MAX_RANK */
    int32_t dims[VWW_MAX_RANK];
};

/* Product of the dimensions; -1 when it does not fit 63 bits or a dimension is not positive. */
int64_t vww_shape_elements(const struct vww_shape *shape);
bool vww_shape_equal(const struct vww_shape *a, const struct vww_shape *b);
/* "1x96x96x3" */
void vww_shape_text(const struct vww_shape *shape, char *text, size_t size);

/* real = scale * (integer - zero_point). count: 0 = not quantized, 1 = per tensor, else one for
 * each index of dimension `axis`. The arrays are owned by the tensor. */
struct vww_quantization {
    int32_t count;
    int32_t axis;
    float *scales;
    int32_t *zero_points;
};

enum vww_role {
    VWW_ROLE_ACTIVATION, /* computed, or the graph's input; has no data */
    VWW_ROLE_WEIGHT,     /* convolution or classifier weights */
    VWW_ROLE_BIAS,
    VWW_ROLE_BN_SCALE,    /* gamma */
    VWW_ROLE_BN_OFFSET,   /* beta */
    VWW_ROLE_BN_MEAN,     /* moving mean; not trained by gradient */
    VWW_ROLE_BN_VARIANCE, /* moving variance; not trained by gradient */
    VWW_ROLE_CONSTANT,    /* shapes, paddings */
};

struct vww_tensor {
    char name[VWW_NAME_MAX];
    enum vww_dtype dtype;
    enum vww_role role;
    struct vww_shape shape;
    /* On a float tensor: the parameters it will have as int8. While training with fake
     * quantization, and when converting, an activation with parameters is rounded to them. */
    struct vww_quantization quantization;
    float range_low, range_high; /* values observed (moving average or calibration); both 0: none */
    void *data; /* owned; elements * dtype bytes; NULL for activations and before initialization */
};

enum vww_padding {
    VWW_PADDING_SAME,     /* TensorFlow: out = ceil(in / stride), the odd pixel after */
    VWW_PADDING_VALID,    /* none */
    VWW_PADDING_EXPLICIT, /* pad_top … pad_right as given (PyTorch) */
};

enum vww_activation {
    VWW_ACTIVATION_NONE,
    VWW_ACTIVATION_RELU,
    VWW_ACTIVATION_RELU6,
    VWW_ACTIVATION_RELU_N1_TO_1, /* -1 … 1; in foreign models, and not trained */
};

/* The operators. Adding one is one line here, its shape rule in model/operator.c and the functions
 * of the rooms that execute it. A room that cannot execute one of them says so by name
 * (VWW_ERROR_UNSUPPORTED); a switch over them has a default.
 * X(NAME, "name", inputs at least, inputs at most, outputs at most) */
#define VWW_OP_TABLE(X)                                                                            \
    X(CONV_2D, "conv_2d", 2, 3, 1)                     /* x, weights [, bias or sums] */           \
    X(DEPTHWISE_CONV_2D, "depthwise_conv_2d", 2, 3, 1) /* x, weights [, bias] */                   \
    X(FULLY_CONNECTED, "fully_connected", 2, 3, 1)     /* x, weights [, bias] */                   \
    X(BATCH_NORM, "batch_norm", 5, 5, 1)               /* x, gamma, beta, mean, variance */        \
    X(RELU, "relu", 1, 1, 1)                                                                       \
    X(RELU6, "relu6", 1, 1, 1)                                                                     \
    X(AVERAGE_POOL_2D, "average_pool_2d", 1, 1, 1)                                                 \
    X(RESHAPE, "reshape", 1, 1, 1)                                                                 \
    X(DROPOUT, "dropout", 1, 1, 1) /* identity outside training */                                 \
    X(SOFTMAX, "softmax", 1, 1, 1)                                                                 \
    X(MAX_POOL_2D, "max_pool_2d", 1, 1, 1)                                                         \
    X(MEAN, "mean", 1, 1, 1)                       /* over height and width, or `axes` */          \
    X(ADD, "add", 2, 2, 1)                         /* dimensions of 1 are repeated */              \
    X(CONCAT, "concat", 2, VWW_MAX_INPUTS, 1)      /* along the channels, or `from_last` */        \
    X(SPLIT, "split", 1, 1, VWW_MAX_OUTPUTS)       /* the same, into equal parts */                \
    X(CHANNEL_SHUFFLE, "channel_shuffle", 1, 1, 1) /* out[i*groups + j] = in[j*C/groups + i] */    \
    X(PAD, "pad", 1, 1, 1)                         /* height, width, channels, with zeros */       \
    X(TRANSPOSE, "transpose", 1, 1, 1)             /* dimension i is the input's order[i] */       \
    X(MUL, "mul", 2, 2, 1)                         /* as ADD */                                    \
    X(LOGISTIC, "logistic", 1, 1, 1)               /* 1 / (1 + exp(-x)) */                         \
    X(HARD_SWISH, "hard_swish", 1, 1, 1)           /* x * relu6(x + 3) / 6 */                      \
    X(QUANTIZE, "quantize", 1, 1, 1)     /* the same values with another type or parameters */     \
    X(DEQUANTIZE, "dequantize", 1, 1, 1) /* the same values as float */                            \
    X(STRIDED_SLICE, "strided_slice", 1, 1, 1) /* in[begin + i * step], `shape` of them */         \
    X(RESIZE_NEAREST, "resize_nearest_neighbor", 1, 1, 1) /* to `shape` */

enum vww_op_kind {
#define X(NAME, text, least, most, outputs) VWW_OP_##NAME,
    VWW_OP_TABLE(X)
#undef X
        VWW_OP_COUNT
};

const char *vww_op_name(enum vww_op_kind kind);
int vww_op_outputs_most(enum vww_op_kind kind);

/* A CONV_2D may be one of several that share a sum: its third input, in place of a bias, is then an
 * int32 activation of the output's shape, to which it adds; and an output that is int32 takes the
 * sums as they are, neither scaled nor limited. (plan/paths.h makes these.)
 *
 * Each operator reads the members that concern it; the others are zero. */
struct vww_op {
    enum vww_op_kind kind;
    char name[VWW_NAME_MAX]; /* "pw3", "block2/expand": what tables and generated code call it */
    int32_t inputs[VWW_MAX_INPUTS];
    int32_t input_count;
    int32_t outputs[VWW_MAX_OUTPUTS];
    int32_t output_count;

    int32_t stride_h, stride_w;     /* convolutions and pools, >= 1 */
    int32_t dilation_h, dilation_w; /* convolutions, >= 1 */
    int32_t kernel_h, kernel_w;     /* pools; convolutions have them in the weights' shape */
    int32_t groups;                 /* CONV_2D and CHANNEL_SHUFFLE, >= 1 */
    enum vww_padding padding;
    /* Always filled, whatever `padding`. Averages do not count padding; for PAD what is added. */
    int32_t pad_top, pad_bottom, pad_left, pad_right;
    int32_t pad_front, pad_back;    /* PAD: channels added before and after */
    enum vww_activation activation; /* fused, in a folded graph */
    float epsilon;                  /* BATCH_NORM */
    float momentum;                 /* BATCH_NORM: decay of the moving statistics */
    float keep_probability;         /* DROPOUT */
    float beta;                     /* SOFTMAX */
    int32_t order[VWW_MAX_RANK];    /* TRANSPOSE */
    int32_t axes;                   /* MEAN: bit i for dimension i; 0: height and width */
    int32_t from_last;              /* CONCAT, SPLIT: dimensions behind the one that is joined */
    int32_t begin[VWW_MAX_RANK];    /* STRIDED_SLICE: the first index in each dimension, */
    int32_t step[VWW_MAX_RANK];     /* and the distance to the next, not 0, maybe negative */
    int32_t dropped;                /* STRIDED_SLICE: bit i for a dimension left out of `shape` */
    bool align_corners, half_pixel_centers; /* RESIZE_NEAREST: TensorFlow's, not both */
    /* RESHAPE: the new shape; MEAN: N,C or N,1,1,C (which rank 0 means), or with `axes` the
     * input's without them, or with 1 in their place; FULLY_CONNECTED: rank 0, or that of the
     * input with another last dimension; STRIDED_SLICE, RESIZE_NEAREST: the output's. */
    struct vww_shape shape;
};

/* How an 8-bit RGB image becomes the network's input: real = (byte - mean) * scale. */
struct vww_preprocessing {
    float mean, scale;
    char resize[48]; /* how images were brought to size: "stretch-bilinear-antialias" */
};

/* What a model's file has in place of the graph's int8 input or output: the values are the same. */
enum vww_edge { VWW_EDGE_PLAIN, VWW_EDGE_FLOAT, VWW_EDGE_UINT8 };

struct vww_graph {
    char name[VWW_NAME_MAX]; /* "mobilenet_v1_0.25_96" */
    char family[32];         /* zoo name, or empty */
    double depth_multiplier;
    struct vww_tensor *tensors;
    int32_t tensor_count;
    size_t tensor_capacity;
    struct vww_op *ops; /* in an order in which they can be executed */
    int32_t op_count;
    size_t op_capacity;
    int32_t input, output; /* tensor indices; the output is the SOFTMAX's */
    struct vww_preprocessing preprocessing;
    enum vww_edge input_edge, output_edge;
    /* An int8 graph that stands for one of TensorFlow Lite's older uint8 scheme. Its integers are
     * those less 128. AVERAGE_POOL_2D rounds halves upward, FULLY_CONNECTED rounds twice, and
     * weights may have a zero point. */
    bool older_uint8;
};

struct vww_graph *vww_graph_create(const char *name); /* NULL: no memory */
void vww_graph_destroy(struct vww_graph *graph);      /* NULL is fine */
/* A deep copy, weights included; NULL: no memory. */
struct vww_graph *vww_graph_copy(const struct vww_graph *graph);

/* Append a tensor. Returns its index, or -1 without memory. */
int32_t vww_graph_tensor(struct vww_graph *graph, const char *name, enum vww_dtype dtype,
                         enum vww_role role, const struct vww_shape *shape);
/* Append a copy of op after computing its padding and its output's shape, and add its output tensor
 * (float32 activation, named after the op) where op->outputs[0] < 0. Where output_count is more
 * than one, that many are added, "name:0", "name:1", … */
vww_status vww_graph_append(struct vww_graph *graph, const struct vww_op *op,
                            struct vww_error *error);
/* Zeroed data for a tensor. */
vww_status vww_tensor_allocate(struct vww_tensor *tensor, struct vww_error *error);
/* One scale and zero point for the whole tensor. */
vww_status vww_tensor_quantize(struct vww_tensor *tensor, float scale, int32_t zero_point,
                               struct vww_error *error);
/* Room for `count` scales and zero points (zeroed) along axis. */
vww_status vww_tensor_quantize_axis(struct vww_tensor *tensor, int32_t axis, int32_t count,
                                    struct vww_error *error);

/* Fill padding and compute the shape of op's output (of each of them: SPLIT's are equal) from its
 * inputs' shapes. */
vww_status vww_op_infer(const struct vww_graph *graph, struct vww_op *op, struct vww_shape *output,
                        struct vww_error *error);
/* Everything that must hold: indices in range, operators in order, each activation produced once,
 * shapes as the rules say, data present where `with_data`. Names the operator and tensor. */
vww_status vww_graph_check(const struct vww_graph *graph, bool with_data, struct vww_error *error);

/* Multiply-adds of one operator for one image: convolutions and FULLY_CONNECTED only (specs:
 * pooling, batch norm, add, concat and shuffle count 0). -1 when they do not fit 63 bits. */
int64_t vww_op_macs(const struct vww_graph *graph, const struct vww_op *op);

/* First weights, a function of (seed, tensor index) alone: convolutions and classifier
 * truncated-normal He (fan-out for depthwise: kernel area), gamma 1, beta 0, bias 0, mean 0,
 * variance 1. */
vww_status vww_graph_initialize(struct vww_graph *graph, uint64_t seed, struct vww_error *error);

/* A graph as bytes and back (checkpoints). The reader treats the bytes as hostile. */
struct vww_buffer;
vww_status vww_graph_serialize(const struct vww_graph *graph, struct vww_buffer *out,
                               struct vww_error *error);
vww_status vww_graph_deserialize(const void *data, size_t bytes, struct vww_graph **graph,
                                 struct vww_error *error);

#endif
