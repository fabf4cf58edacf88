/* Run an int8 graph on the host with the runtime's own kernels: what the chip computes, byte for
 * byte. */
#ifndef VWW_INTERPRET_H
#define VWW_INTERPRET_H

#include "vww/evaluate.h"
#include "vww/graph.h"

struct vww_interpreter;

/* The graph (int8, folded, one image) is borrowed and must outlive the interpreter. Errors name the
 * operator and tensor that the integer kernels cannot do. */
vww_status vww_interpreter_create(const struct vww_graph *graph,
                                  struct vww_interpreter **interpreter, struct vww_error *error);
void vww_interpreter_destroy(struct vww_interpreter *interpreter);

/* input: all integers of the model's input tensor; output: room for those of its output tensor. One
 * interpreter runs on one thread at a time. */
void vww_interpreter_run(struct vww_interpreter *interpreter, const int8_t *input, int8_t *output);
/* The integers of any activation tensor after a run; a view valid until the next. NULL where the
 * index is no activation's. */
const int8_t *vww_interpreter_tensor(const struct vww_interpreter *interpreter, int32_t tensor);

/* RGB bytes to the model's int8 input, `count` bytes: q = round((byte - mean) * scale / input
 * scale) + input zero point, which is byte - 128 for the models vww makes. */
void vww_interpret_input(const struct vww_graph *graph, const uint8_t *bytes, int8_t *input,
                         int64_t count);

/* An int8 predictor over all threads; the graph is borrowed and must outlive it. */
vww_status vww_interpret_predictor(const struct vww_graph *graph, struct vww_predictor *predictor,
                                   struct vww_error *error);

#endif
