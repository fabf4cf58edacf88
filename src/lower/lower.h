/* From an operator of an int8 graph to the parameters of the runtime's kernel: the one place where
 * scales and zero points become fixed-point multipliers, shifts, offsets and activation limits. The
 * interpreter calls the kernel with them, the code generator prints them as constants; so host and
 * device cannot disagree.
 *
 *   struct vww_lowered lowered;
 *   status = vww_lower_op(graph, i, &lowered, error);
 *   if (status == VWW_OK)
 *       vww_lowered_run(&lowered, inputs, outputs);   // or print lowered.conv_2d, …
 *   vww_lowered_fini(&lowered);
 *
 * What an int8 graph is: activations (but sums, see vww/graph.h) and weights int8, biases int32;
 * each activation with one scale and zero point, weights with one scale for the tensor or one for
 * each output channel (zero points 0, but in a graph of the older uint8 scheme); batch norm folded,
 * RELU and RELU6 fused or alone; RESHAPE and DROPOUT keep their input's parameters; SOFTMAX's
 * output has scale 1/256 and zero point -128. */
#ifndef VWW_LOWER_LOWER_H
#define VWW_LOWER_LOWER_H

#include "vww/graph.h"
#include "vwwrt.h"

/* Which kernel an operator becomes. COPY moves `copy_bytes` unchanged (RESHAPE, DROPOUT): nothing
 * at all where input and output share their place. */
enum vww_kernel {
    VWW_KERNEL_COPY,
    VWW_KERNEL_CONV_2D,
    VWW_KERNEL_DEPTHWISE_CONV_2D,
    VWW_KERNEL_FULLY_CONNECTED,
    VWW_KERNEL_AVERAGE_POOL_2D,
    VWW_KERNEL_SOFTMAX,
    VWW_KERNEL_CLAMP,
    /* Made of the above by vww_lower_tune. */
    VWW_KERNEL_DSP_CONV_2D,
    VWW_KERNEL_DSP_DEPTHWISE_3X3,
    VWW_KERNEL_DSP_DEPTHWISE_5X5,
    VWW_KERNEL_MAC_CONV_2D,
    VWW_KERNEL_MAC_DEPTHWISE_3X3,
    VWW_KERNEL_MAC_DEPTHWISE_5X5,
    VWW_KERNEL_MAC_ADD,
    VWW_KERNEL_MVE_CONV_2D,
    VWW_KERNEL_MVE_DEPTHWISE_CONV_2D,
    VWW_KERNEL_MVE_DEPTHWISE_3X3,
    VWW_KERNEL_MVE_FULLY_CONNECTED,
    VWW_KERNEL_MVE_AVERAGE_POOL_2D,
    VWW_KERNEL_MVE_MEAN,
    VWW_KERNEL_MVE_ADD,
    VWW_KERNEL_MAX_POOL_2D,
    VWW_KERNEL_MEAN,
    VWW_KERNEL_ADD,
    VWW_KERNEL_MOVE,
    VWW_KERNEL_ADD_BROADCAST,
    VWW_KERNEL_MUL,
    VWW_KERNEL_LOOKUP,
    VWW_KERNEL_RESIZE_NEAREST,
    VWW_KERNEL_PARTIAL_CONV_2D,
    VWW_KERNEL_DSP_PARTIAL_CONV_2D,
};

/* One call of the kernel: the positions in the operator's lists of what it reads and writes. */
struct vww_lowered_call {
    int32_t input, output;
};
#define VWW_LOWERED_CALLS_MAX VWW_MAX_INPUTS

struct vww_lowered {
    enum vww_kernel kernel;
    /* The member that `kernel` names. Weights and bias point into the graph, multipliers and shifts
     * to the arrays below; a code generator prints names of its own in their place. */
    union {
        int64_t copy_bytes;
        struct vwwrt_conv_2d conv_2d;
        struct vwwrt_depthwise_conv_2d depthwise_conv_2d;
        struct vwwrt_fully_connected fully_connected;
        struct vwwrt_average_pool_2d average_pool_2d;
        struct vwwrt_softmax softmax;
        struct vwwrt_clamp clamp;
        struct vwwrt_tuned_conv_2d tuned_conv_2d;
        struct vwwrt_tuned_depthwise tuned_depthwise;
        struct vwwrt_mac_add mac_add;
        struct vwwrt_mve_depthwise_conv_2d mve_depthwise_conv_2d;
        struct vwwrt_mve_fully_connected mve_fully_connected;
        struct vwwrt_max_pool_2d max_pool_2d;
        struct vwwrt_mean mean;
        struct vwwrt_add add;
        struct vwwrt_add_broadcast add_broadcast;
        struct vwwrt_mul mul;
        struct vwwrt_lookup lookup;
        struct vwwrt_resize_nearest resize_nearest;
        struct vwwrt_partial_conv_2d partial_conv_2d;
        struct vwwrt_dsp_partial_conv_2d dsp_partial_conv_2d;
        struct vwwrt_move moves[VWW_LOWERED_CALLS_MAX]; /* one for each call */
    };
    /* One, from the first input to the first output; but of a MOVE as many as CONCAT has inputs and
     * SPLIT outputs. A kernel of two inputs reads the operator's second as well. */
    int32_t call_count;
    struct vww_lowered_call calls[VWW_LOWERED_CALLS_MAX];
    int32_t channels; /* entries of multipliers and shifts; 0 for kernels without */
    int32_t *multipliers;
    int8_t *shifts;
    int8_t *table;    /* of LOOKUP: 256 */
    int32_t *sources; /* of RESIZE_NEAREST: output_h + output_w */
    /* Of tuned kernels only: what lies in flash in place of the graph's weights, biases and the
     * arrays above, and the memory that the kernel works in. */
    int32_t *weights;
    int64_t weight_words;
    uint32_t *scratch;
    int64_t scratch_bytes;
};

/* Errors name the operator and tensor: VWW_ERROR_UNSUPPORTED for what no kernel can do,
 * VWW_ERROR_FORMAT for missing or impossible quantization. On failure nothing is left to release.
 */
vww_status vww_lower_op(const struct vww_graph *graph, int32_t op, struct vww_lowered *lowered,
                        struct vww_error *error);
void vww_lowered_fini(struct vww_lowered *lowered);

/* The position in the operator's inputs of what its kernel reads beside the first: 1 for ADD and
 * MUL (it may be a constant of the graph), 2 for a convolution that adds to sums; 0: nothing. */
int vww_lowered_other(const struct vww_lowered *lowered);
/* Whether the kernel takes sums as its second input; without them it is called with NULL. */
bool vww_kernel_takes_sums(enum vww_kernel kernel);

/* Of a kernel over windows, which is called with a range of output rows: how many there are, and
 * the parameters that say how many rows of its planes are kept (vwwrt.h, "Rows"). Lowering sets
 * them to the whole planes. */
struct vww_lowered_rows {
    int32_t output_h;
    int32_t *input_rows, *output_rows;
    int32_t *other_rows; /* of sums that are read; NULL: there are none */
};

/* False: the kernel has no rows. */
bool vww_lowered_rows(struct vww_lowered *lowered, struct vww_lowered_rows *rows);
/* output_h of such a kernel, otherwise 0. */
int32_t vww_lowered_output_rows(const struct vww_lowered *lowered);
/* Call such a kernel, but a partial convolution, for the output rows first … end - 1. */
void vww_lowered_run_rows(const struct vww_lowered *lowered, const int8_t *input, int8_t *output,
                          int32_t first, int32_t end);

/* Call the kernel. inputs, outputs: the operator's, in its order. */
void vww_lowered_run(const struct vww_lowered *lowered, const int8_t *const *inputs,
                     int8_t *const *outputs);

/* An elementwise kernel over one of the image's `rows` rows instead of all of them. */
void vww_lowered_to_row(struct vww_lowered *lowered, int32_t rows);

#endif
