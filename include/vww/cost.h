/* What a network costs, by the rules of the Visual Wake Words paper: parameters by kind,
 * multiply-adds, peak memory of the activations (section 3.2 and, with split paths, section 5.3).
 *
 * Counted are the layers of the deployed network: a convolution together with its batch norm and
 * activation is one layer. A float graph and its folded form therefore cost the same, but for the
 * training parameters. Every activation is 8 bits: bytes are elements. */
#ifndef VWW_COST_H
#define VWW_COST_H

#include "vww/graph.h"

/* Paths that section 5.3 cuts the hidden channels of an inverted residual into. */
#define VWW_COST_PATHS 6

struct vww_cost_layer {
    char name[VWW_NAME_MAX]; /* of the operator that computes: "pw1", not "pw1/bn" */
    enum vww_op_kind kind;
    int32_t first_op, last_op;      /* operators of the graph: a convolution and what is fused */
    struct vww_shape input, output; /* of the first input */
    int32_t kernel_h, kernel_w, stride_h, stride_w; /* 0 where there is none */
    int64_t weights;
    int64_t biases; /* after folding: one for each output channel with batch norm or bias */
    int64_t macs;
    int64_t input_bytes;  /* distinct inputs */
    int64_t output_bytes; /* all outputs */
    int64_t peak_bytes;   /* section 3.2: the largest sum this layer takes part in */
    int64_t live_bytes;  /* exact lifetimes: all tensors alive while this layer runs, in the graph's
                            order, nothing in place */
    int64_t split_bytes; /* section 5.3: of the block the layer belongs to; else peak_bytes */
};

/* The figures of a network; the members from conv_weights to peak_bytes_ignoring_branches are the
 * columns of the truth table, under their names. */
#define VWW_COST_COLUMNS(X)                                                                        \
    X(conv_weights)       /* all but the classifier's, depthwise included */                       \
    X(folded_bn_biases)   /* one for each channel after folding, without the classifier's */       \
    X(classifier_weights) /* the last layer's that has weights */                                  \
    X(classifier_biases)                                                                           \
    X(last_conv_weights) /* of conv_weights: the pointwise convolution between last block and      \
                            pool; 0 where there is none */                                         \
    X(params_deploy)     /* weights and biases of an int8 model */                                 \
    X(params_trainable)  /* with two for each channel of batch norm, and unfolded biases */        \
    X(params_with_stats) /* with its two moving statistics too */                                  \
    X(macs)                                                                                        \
    X(peak_bytes_chain_or_branch)   /* section 3.2 */                                              \
    X(peak_bytes_split6)            /* section 5.3; 0 without inverted residuals */                \
    X(peak_bytes_ignoring_branches) /* the largest input + output of one layer */                  \
    X(peak_bytes_lifetimes)         /* exact lifetimes in the graph's order, nothing in place */   \
    X(model_bytes)                  /* int8 weights and int32 biases in flash, without a file's    \
                                       own overhead */

struct vww_cost {
#define X(column) int64_t column;
    VWW_COST_COLUMNS(X)
#undef X
    char peak_at[VWW_NAME_MAX];   /* the first layer where section 3.2's peak is reached … */
    char peak_with[VWW_NAME_MAX]; /* … and the layer of a parallel branch that counts with it */
    char split6_at[VWW_NAME_MAX];
    char lifetimes_at[VWW_NAME_MAX];
    struct vww_cost_layer *layers; /* in the graph's order */
    int32_t layer_count;
};

/* Count. Peak memory by section 3.2: the distinct inputs and the output of one layer; where
 * branches run side by side up to an ADD or CONCAT, every pair of layers (one of each branch) with
 * each tensor once, a branch without layers contributing its tensor. ADD and CONCAT have an output
 * of their own; the outputs of SPLIT are views. By section 5.3: an inverted residual holds its
 * input, one path's part of the expanded and of the depthwise output, and its output, into which
 * the input is added in place. paths: VWW_COST_PATHS for the paper's figures, at least 1.
 * A count beyond 63 bits is VWW_ERROR_ARGUMENT. Release with vww_cost_fini. */
vww_status vww_cost_count(const struct vww_graph *graph, int32_t paths, struct vww_cost *cost,
                          struct vww_error *error);
void vww_cost_fini(struct vww_cost *cost);

/* The paper's three budgets, 250 KB of memory, 250 KB of model and 60 million multiply-adds, in
 * both readings of KB. */
#define VWW_BUDGET_KB 250
#define VWW_BUDGET_MACS 60000000
#define VWW_BUDGET_COUNT 4

struct vww_budget_check {
    const char *name;   /* "peak_memory", "peak_memory_split", "model_size", "multiply_adds" */
    int64_t value;      /* bytes, or multiply-adds; 0: does not apply (no inverted residuals) */
    int64_t limit_1000; /* KB = 1000 bytes */
    int64_t limit_1024; /* KB = 1024 bytes; for multiply-adds the same */
    bool fits_1000, fits_1024;
};

/* model_size checks model_bytes. */
void vww_cost_check_budgets(const struct vww_cost *cost,
                            struct vww_budget_check checks[VWW_BUDGET_COUNT]);

#endif
