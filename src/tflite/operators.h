/* How each operator stands in a .tflite file: one line of the table for each, and the functions
 * that read and write its options. */
#ifndef VWW_TFLITE_OPERATORS_H
#define VWW_TFLITE_OPERATORS_H

#include "tflite/schema.h"
#include "vww/graph.h"

#define TFLITE_MAX_OPTION_SLOTS 8

struct tflite_operator {
    enum vww_op_kind kind;
    int32_t code;
    uint8_t options_type; /* OPTIONS_NONE: the file has none */
    int inputs_least, inputs_most;
    int graph_inputs; /* how many of them the graph's operator has at most; the rest is dropped */
    enum vww_role roles[3]; /* of the inputs */
    /* Fill op from the options. Returns NULL, or what is not supported. NULL: nothing to read. */
    const char *(*read)(struct fb_table options, struct vww_op *op);
    /* Fill slots from op; returns how many. NULL: an empty table, or none. */
    int (*write)(const struct vww_graph *graph, const struct vww_op *op, struct fb_slot *slots);
    /* The lowest operator version that has what op uses. NULL: 1. */
    int (*version)(const struct vww_graph *graph, const struct vww_op *op);
};

/* NULL: not in the table. */
const struct tflite_operator *tflite_operator_of_code(int32_t code);
const struct tflite_operator *tflite_operator_of_kind(enum vww_op_kind kind);

/* The file's padding that gives op its padding: TFLITE_PADDING_SAME or _VALID; -1: neither. */
int tflite_padding(const struct vww_graph *graph, const struct vww_op *op);

/* "CONV_2D, DEPTHWISE_CONV_2D, …" */
void tflite_operator_list(char *text, size_t size);

#endif
