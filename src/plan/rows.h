/* An operator as units of work: those that go over an image row by row have one unit for each row
 * of their output, all others one unit for everything. The kernels promise (runtime/vwwrt.h) that
 * units are computed in ascending order and that one reads and writes no rows but its own. */
#ifndef VWW_PLAN_ROWS_H
#define VWW_PLAN_ROWS_H

#include "vww/graph.h"

/* Rows first … end - 1. */
struct vww_rows {
    int32_t first, end;
};

struct vww_op_rows {
    int32_t units;
    bool by_rows;
    uint32_t own;       /* bit k: of inputs[k] unit u reads row u alone, or the only row */
    uint32_t exchanged; /* bit k: each element of it is read before the one at the same place of the
                           output is written, so that both may be the same bytes */
    int32_t stride, pad, window; /* of any other input: `window` rows from u * stride - pad on */
};

/* The height of an image 1,H,W,C; 1 for every other shape. */
int32_t vww_tensor_rows(const struct vww_tensor *tensor);

struct vww_op_rows vww_op_rows(const struct vww_graph *graph, const struct vww_op *op);

/* The rows that `unit` reads of inputs[k], which has `rows` rows; none where it lies in the
 * padding.
 */
struct vww_rows vww_op_reads(const struct vww_op_rows *op, int k, int32_t rows, int32_t unit);
/* The rows that `unit` writes of an output of `rows` rows. */
struct vww_rows vww_op_writes(const struct vww_op_rows *op, int32_t rows, int32_t unit);

#endif
