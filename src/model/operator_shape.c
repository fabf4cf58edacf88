#include "model/operator.h"

/* Dimensions are matched from the last one on; one of 1, or one that is missing, is repeated. */
const char *vww_infer_broadcast(const struct vww_shape *a, const struct vww_shape *b,
                                struct vww_shape *out)
{
    const int rank = a->rank > b->rank ? a->rank : b->rank;
    *out = (struct vww_shape){.rank = rank};
    for (int i = 1; i <= rank; i++) {
        const int32_t from_a = i <= a->rank ? a->dims[a->rank - i] : 1;
        const int32_t from_b = i <= b->rank ? b->dims[b->rank - i] : 1;
        if (from_a != from_b && from_a != 1 && from_b != 1)
            return "the two inputs' shapes do not fit together";
        out->dims[rank - i] = from_a > from_b ? from_a : from_b;
    }
    return NULL;
}

static const char *infer_mean_of_axes(const struct vww_op *op, const struct vww_shape *in,
                                      struct vww_shape *out)
{
    struct vww_shape kept = *in, without = {0};
    if (op->axes < 0 || op->axes >= 1 << in->rank)
        return "one of the axes does not exist";
    for (int i = 0; i < in->rank; i++) {
        if ((op->axes >> i & 1) != 0)
            kept.dims[i] = 1;
        else
            without.dims[without.rank++] = in->dims[i];
    }
    *out = op->shape;
    if (!vww_shape_equal(&op->shape, &kept) && !vww_shape_equal(&op->shape, &without))
        return "the output is the input without the axes, or with 1 in their place";
    return NULL;
}

const char *vww_infer_mean(const struct vww_op *op, const struct vww_shape *in,
                           struct vww_shape *out)
{
    if (op->axes != 0)
        return infer_mean_of_axes(op, in, out);
    if (in->rank != 4)
        return "the input must have four dimensions (N, H, W, C)";
    *out = (struct vww_shape){.rank = 4, .dims = {in->dims[0], 1, 1, in->dims[3]}};
    if (op->shape.rank == 2)
        *out = (struct vww_shape){.rank = 2, .dims = {in->dims[0], in->dims[3]}};
    if (op->shape.rank != 0 && !vww_shape_equal(&op->shape, out))
        return "the output is N,C or N,1,1,C";
    return NULL;
}

/* Whether first and last index read lie inside the dimension. */
static bool is_inside(int64_t begin, int64_t step, int64_t count, int64_t size)
{
    const int64_t last = begin + (count - 1) * step;
    return count >= 1 && begin >= 0 && begin < size && last >= 0 && last < size;
}

const char *vww_infer_strided_slice(const struct vww_op *op, const struct vww_shape *in,
                                    struct vww_shape *out)
{
    int next = 0;
    if (op->dropped < 0 || op->dropped >= 1 << in->rank)
        return "a dimension that does not exist is left out";
    for (int i = 0; i < in->rank; i++) {
        const bool dropped = (op->dropped >> i & 1) != 0;
        if (!dropped && next >= op->shape.rank)
            return "the output has too few dimensions";
        const int32_t count = dropped ? 1 : op->shape.dims[next++];
        if (op->step[i] == 0 || !is_inside(op->begin[i], op->step[i], count, in->dims[i]))
            return "the slice leaves the input";
    }
    if (next != op->shape.rank)
        return "the output has too many dimensions";
    *out = op->shape;
    return NULL;
}

const char *vww_infer_resize(const struct vww_op *op, const struct vww_shape *in,
                             struct vww_shape *out)
{
    if (in->rank != 4 || op->shape.rank != 4)
        return "the input and output must have four dimensions (N, H, W, C)";
    if (op->shape.dims[0] != in->dims[0] || op->shape.dims[3] != in->dims[3])
        return "only height and width can be resized";
    if (op->align_corners && op->half_pixel_centers)
        return "align_corners and half_pixel_centers exclude each other";
    *out = op->shape;
    return NULL;
}
