/* What the parts of reading a .tflite file share: the file, verified as a FlatBuffer, and the graph
 * that is made of it. Every failure names the file, and the tensor or operator. */
#ifndef VWW_TFLITE_READER_H
#define VWW_TFLITE_READER_H

#include "tflite/flatbuffer.h"
#include "tflite/operators.h"
#include "vww/graph.h"

struct tflite_reader {
    const char *name;  /* of the file */
    size_t bytes_left; /* that may still be copied into the graph */
    struct fb_table model, subgraph;
    uint32_t tensor_count;
    /* For each of the file's tensors. */
    int32_t *index;       /* in the graph; -1: not used */
    enum vww_role *roles; /* what the operators use it as */
    bool *used;
    struct vww_graph *graph;
    struct vww_error *error;
};

/* An operator as the file has it. */
struct tflite_file_operator {
    uint32_t index;
    struct fb_table table;
    int32_t code;
    const struct tflite_operator *format;
    struct fb_vector inputs, outputs;
};

/* Each returns the status it is given. */
vww_status tflite_fail(const struct tflite_reader *r, vww_status status, const char *what);
vww_status tflite_fail_tensor(const struct tflite_reader *r, vww_status status, int32_t tensor,
                              const char *what);
vww_status tflite_fail_operator(const struct tflite_reader *r, vww_status status,
                                const struct tflite_file_operator *op, const char *what);

struct fb_table tflite_file_tensor(const struct tflite_reader *r, int32_t index);
const char *tflite_tensor_name(const struct tflite_reader *r, int32_t index);
bool tflite_is_tensor(const struct tflite_reader *r, int32_t tensor);
/* The constant of a tensor, count 0 where it has none. */
vww_status tflite_constant(const struct tflite_reader *r, int32_t tensor, struct fb_vector *data);

/* Fill in what the operator is, from its table: known, and supported. */
vww_status tflite_find_code(const struct tflite_reader *r, struct tflite_file_operator *op);
/* The file's operator of this number; the tensors it names exist. */
vww_status tflite_get_operator(const struct tflite_reader *r, uint32_t index,
                               struct tflite_file_operator *op);
/* Note which tensors the operator uses, and as what. */
vww_status tflite_mark_tensors(struct tflite_reader *r, const struct tflite_file_operator *op);
/* Add a tensor that is used to the graph. */
vww_status tflite_read_tensor(struct tflite_reader *r, int32_t tensor);
/* Add an operator, whose tensors are there, to the graph. */
vww_status tflite_read_operator(struct tflite_reader *r, uint32_t index);

#endif
