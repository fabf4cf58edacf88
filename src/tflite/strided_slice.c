/* STRIDED_SLICE: the file's begins, ends, strides and masks, and the graph's begins and steps. */
#include "tflite/operators.h"

#include <stdlib.h>
#include <string.h>

struct masks {
    int32_t begin, end, shrink;
};

static bool has(int32_t mask, int32_t axis)
{
    return (mask >> axis & 1) != 0;
}

/* A position in a dimension: negative ones count from the end; what lies outside is moved to the
 * nearest place from which a step leads in, or which ends the slice. */
static int64_t position(int64_t at, int64_t size, int64_t step)
{
    const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    if (at < 0)
        at += size;
    return at < low ? low : (at > high ? high : at);
}

/* How many elements dimension `axis` has in the output; *first: the first's index. */
static int64_t count_along(const struct tflite_reading *from, const struct masks *masks,
                           int32_t axis, int64_t step, int64_t *first)
{
    const int64_t size = from->input->dims[axis];
    *first = has(masks->begin, axis) ? (step > 0 ? 0 : size - 1)
                                     : position(from->integers[1].values[axis], size, step);
    if (has(masks->shrink, axis))
        return 1;
    const int64_t end = has(masks->end, axis)
                            ? (step > 0 ? size : -1)
                            : position(from->integers[2].values[axis], size, step);
    const int64_t span = step > 0 ? end - *first : *first - end, stride = llabs(step);
    return span <= 0 ? 0 : (span + stride - 1) / stride;
}

static const char *read_dimensions(const struct tflite_reading *from, const struct masks *masks,
                                   struct vww_op *op)
{
    op->dropped = masks->shrink;
    for (int32_t i = 0; i < from->input->rank; i++) {
        const int32_t step = from->integers[3].values[i];
        int64_t first;
        if (step == 0 || step == INT32_MIN)
            return "one of its strides is impossible";
        const int64_t count = count_along(from, masks, i, step, &first);
        if (count < 1 || first < 0 || first >= from->input->dims[i])
            return "its slice is empty or lies outside the input";
        op->begin[i] = (int32_t)first;
        op->step[i] = step;
        if (!has(masks->shrink, i))
            op->shape.dims[op->shape.rank++] = (int32_t)count;
    }
    return NULL;
}

const char *tflite_read_strided_slice(const struct tflite_reading *from, struct vww_op *op)
{
    const struct fb_table options = *from->options;
    const int32_t all = (1 << from->input->rank) - 1;
    const struct masks masks = {
        .begin = (int32_t)fb_integer(options, SLICE_BEGIN_MASK, 4, 0) & all,
        .end = (int32_t)fb_integer(options, SLICE_END_MASK, 4, 0) & all,
        .shrink = (int32_t)fb_integer(options, SLICE_SHRINK_MASK, 4, 0) & all,
    };
    for (int i = 1; i < 4; i++)
        if (from->integers[i].count != from->input->rank)
            return "its begins, ends and strides are not constant, or not of all dimensions";
    if (fb_integer(options, SLICE_ELLIPSIS_MASK, 4, 0) != 0 ||
        fb_integer(options, SLICE_NEW_MASK, 4, 0) != 0 || fb_u8(options, SLICE_OFFSET, 0) != 0)
        return "its ellipsis_mask, new_axis_mask or offset is not supported";
    return read_dimensions(from, &masks, op);
}

/* Ends need no mask but where a slice runs backwards to the first index: -1 would be the last. */
static int64_t end_of(const struct vww_op *op, int32_t axis, int32_t count)
{
    return op->begin[axis] + (int64_t)count * op->step[axis];
}

static int32_t count_of(const struct vww_op *op, int32_t axis)
{
    int next = 0;
    for (int32_t i = 0; i < axis; i++)
        next += !has(op->dropped, i);
    return has(op->dropped, axis) ? 1 : op->shape.dims[next];
}

int tflite_write_strided_slice(const struct vww_graph *graph, const struct vww_op *op,
                               struct fb_slot *slots)
{
    uint64_t open = 0;
    for (int32_t i = 0; i < graph->tensors[op->inputs[0]].shape.rank; i++)
        if (end_of(op, i, count_of(op, i)) < 0)
            open |= UINT64_C(1) << i;
    slots[0] = (struct fb_slot){SLICE_END_MASK, 4, open, 0};
    slots[1] = (struct fb_slot){SLICE_SHRINK_MASK, 4, (uint64_t)op->dropped, 0};
    return 2;
}

int tflite_strided_slice_constants(const struct vww_graph *graph, const struct vww_op *op,
                                   struct tflite_integers *integers)
{
    static const char *const names[] = {"begin", "end", "strides"};
    const struct vww_shape *in = &graph->tensors[op->inputs[0]].shape;
    for (int k = 0; k < 3; k++)
        integers[k] = (struct tflite_integers){
            .name = names[k], .shape = {.rank = 1, .dims = {in->rank}}, .count = in->rank};
    memcpy(integers[0].values, op->begin, sizeof op->begin);
    for (int32_t i = 0; i < in->rank; i++) {
        const int64_t end = end_of(op, i, count_of(op, i));
        integers[1].values[i] = end < 0 ? 0 : (int32_t)(end < in->dims[i] ? end : in->dims[i]);
    }
    memcpy(integers[2].values, op->step, sizeof op->step);
    return 3;
}
