/* How each operator stands in a .tflite file: one line of the table for each, and the functions
 * that read and write its options. */
#ifndef VWW_TFLITE_OPERATORS_H
#define VWW_TFLITE_OPERATORS_H

#include "tflite/schema.h"
#include "vww/graph.h"

#define TFLITE_MAX_OPTION_SLOTS 8
#define TFLITE_MAX_CONSTANTS 4

/* Integers that the graph's operator has as members and the file as a constant input: a shape,
 * axes, paddings. */
#define TFLITE_MAX_INTEGERS (2 * VWW_MAX_RANK)
struct tflite_integers {
    const char *name;       /* the constant's tensor is called <operator>/<name> */
    struct vww_shape shape; /* of the constant itself */
    int32_t count;          /* 0: the input is no such constant */
    int32_t values[TFLITE_MAX_INTEGERS];
};

/* An operator of a file, for the functions that read it. */
struct tflite_reading {
    const struct fb_table *options;         /* NULL: the file has none */
    const struct vww_shape *input, *output; /* of the first activation read, the first made */
    int32_t output_count;
    struct tflite_integers integers[TFLITE_MAX_CONSTANTS]; /* of the file's first inputs */
};

struct tflite_operator {
    enum vww_op_kind kind;
    int32_t code;
    uint8_t options_type; /* OPTIONS_NONE: the file has none */
    bool needs_options;   /* a file without them is wrong */
    int inputs_least, inputs_most;
    int first_input;  /* where the graph operator's inputs begin among the file's */
    int graph_inputs; /* how many of them the graph's operator has at most */
    enum vww_role roles[VWW_MAX_INPUTS]; /* of the graph's inputs */
    bool takes_constant; /* one of the two activations may be a constant; it becomes the second */
    /* Fill op from the file. Returns NULL, or what is not supported. NULL: nothing to read. */
    const char *(*read)(const struct tflite_reading *from, struct vww_op *op);
    /* Fill slots from op; returns how many. NULL: an empty table, or none. */
    int (*write)(const struct vww_graph *graph, const struct vww_op *op, struct fb_slot *slots);
    /* The constant inputs; returns how many. They stand before the graph's inputs where
     * first_input is not 0, and otherwise after them. NULL: none. */
    int (*constants)(const struct vww_graph *graph, const struct vww_op *op,
                     struct tflite_integers *integers);
    /* The lowest operator version that has what op uses. NULL: 1. */
    int (*version)(const struct vww_graph *graph, const struct vww_op *op);
};

/* NULL: not in the table. */
const struct tflite_operator *tflite_operator_of_code(int32_t code);
const struct tflite_operator *tflite_operator_of_kind(enum vww_op_kind kind);

/* STRIDED_SLICE, for the table. */
const char *tflite_read_strided_slice(const struct tflite_reading *from, struct vww_op *op);
int tflite_write_strided_slice(const struct vww_graph *graph, const struct vww_op *op,
                               struct fb_slot *slots);
int tflite_strided_slice_constants(const struct vww_graph *graph, const struct vww_op *op,
                                   struct tflite_integers *integers);

/* The file's padding that gives op its padding: TFLITE_PADDING_SAME or _VALID; -1: neither. */
int tflite_padding(const struct vww_graph *graph, const struct vww_op *op);

/* "CONV_2D, DEPTHWISE_CONV_2D, …" */
void tflite_operator_list(char *text, size_t size);

#endif
