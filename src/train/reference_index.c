/* Operators of the plain executor of which an output element's sources are found by index
 * arithmetic. */
#include "train/operands.h"

#include <math.h>

/* The indices of element `at` of one image in each of the shape's dimensions. */
static void coordinates(const struct vww_shape *shape, int64_t at, int64_t *index)
{
    for (int i = shape->rank - 1; i >= 0; i--) {
        index[i] = at % shape->dims[i];
        at /= shape->dims[i];
    }
}

static int64_t place(const struct vww_shape *shape, const int64_t *index)
{
    int64_t at = 0;
    for (int i = 0; i < shape->rank; i++)
        at = at * shape->dims[i] + index[i];
    return at;
}

/* --- two inputs ------------------------------------------------------------------------------ */

/* The element of input k that output element y reads. */
static int64_t operand_of(const struct operands *o, int k, int64_t y)
{
    const struct vww_tensor *tensor = &o->graph->tensors[o->op->inputs[k]];
    const int64_t each = vww_shape_elements(o->out);
    int64_t index[VWW_MAX_RANK] = {0}, own[VWW_MAX_RANK] = {0};
    coordinates(o->out, y % each, index);
    for (int i = 0; i < tensor->shape.rank; i++)
        own[i] = tensor->shape.dims[i] == 1 ? 0 : index[o->out->rank - tensor->shape.rank + i];
    const int64_t image =
        tensor->role == VWW_ROLE_ACTIVATION ? y / each * vww_shape_elements(&tensor->shape) : 0;
    return image + place(&tensor->shape, own);
}

void vww_reference_add(const struct operands *o)
{
    for (int64_t y = 0; y < out_elements(o); y++)
        o->y[y] =
            activate(o->op->activation, o->x[operand_of(o, 0, y)] + o->w[operand_of(o, 1, y)]);
}

void vww_reference_add_backward(const struct operands *o)
{
    for (int64_t y = 0; y < out_elements(o); y++) {
        const double slope = activation_slope(o->op->activation, o->y[y]);
        o->dx[operand_of(o, 0, y)] += o->dy[y] * slope;
        o->dw[operand_of(o, 1, y)] += o->dy[y] * slope;
    }
}

void vww_reference_mul(const struct operands *o)
{
    for (int64_t y = 0; y < out_elements(o); y++)
        o->y[y] =
            activate(o->op->activation, o->x[operand_of(o, 0, y)] * o->w[operand_of(o, 1, y)]);
}

void vww_reference_mul_backward(const struct operands *o)
{
    for (int64_t y = 0; y < out_elements(o); y++) {
        const double slope = activation_slope(o->op->activation, o->y[y]);
        const int64_t a = operand_of(o, 0, y), b = operand_of(o, 1, y);
        const double x = o->x[a], w = o->w[b];
        o->dx[a] += o->dy[y] * slope * w;
        o->dw[b] += o->dy[y] * slope * x;
    }
}

/* --- means ----------------------------------------------------------------------------------- */

static int32_t mean_axes(const struct operands *o)
{
    return o->op->axes != 0 ? o->op->axes : 1 << 1 | 1 << 2;
}

static int64_t mean_terms(const struct operands *o)
{
    int64_t terms = 1;
    for (int i = 0; i < o->in->rank; i++)
        terms *= (mean_axes(o) >> i & 1) != 0 ? o->in->dims[i] : 1;
    return terms;
}

/* The output element that input element x is added to. */
static int64_t mean_of(const struct operands *o, int64_t x)
{
    const int64_t each = vww_shape_elements(o->in);
    int64_t index[VWW_MAX_RANK] = {0}, at = 0;
    coordinates(o->in, x % each, index);
    for (int i = 0; i < o->in->rank; i++)
        if ((mean_axes(o) >> i & 1) == 0)
            at = at * o->in->dims[i] + index[i];
    return x / each * vww_shape_elements(o->out) + at;
}

void vww_reference_mean(const struct operands *o)
{
    const int64_t elements = vww_shape_elements(o->in) * o->count;
    for (int64_t y = 0; y < out_elements(o); y++)
        o->y[y] = 0;
    for (int64_t x = 0; x < elements; x++)
        o->y[mean_of(o, x)] += o->x[x];
    for (int64_t y = 0; y < out_elements(o); y++)
        o->y[y] /= (double)mean_terms(o);
}

void vww_reference_mean_backward(const struct operands *o)
{
    const int64_t elements = vww_shape_elements(o->in) * o->count;
    for (int64_t x = 0; x < elements; x++)
        o->dx[x] += o->dy[mean_of(o, x)] / (double)mean_terms(o);
}

/* --- functions of one number ----------------------------------------------------------------- */

void vww_reference_logistic(const struct operands *o)
{
    for (int64_t i = 0; i < out_elements(o); i++)
        o->y[i] = 1 / (1 + exp(-o->x[i]));
}

void vww_reference_logistic_backward(const struct operands *o)
{
    for (int64_t i = 0; i < out_elements(o); i++)
        o->dx[i] += o->dy[i] * o->y[i] * (1 - o->y[i]);
}

void vww_reference_hard_swish(const struct operands *o)
{
    for (int64_t i = 0; i < out_elements(o); i++)
        o->y[i] = o->x[i] * fmin(fmax(o->x[i] + 3, 0), 6) / 6;
}

void vww_reference_hard_swish_backward(const struct operands *o)
{
    for (int64_t i = 0; i < out_elements(o); i++) {
        const double x = o->x[i];
        o->dx[i] += o->dy[i] * (x <= -3 ? 0 : (x >= 3 ? 1 : (2 * x + 3) / 6));
    }
}

/* --- elements moved unchanged ---------------------------------------------------------------- */

static void slice_source(const struct operands *o, const int64_t *to, int64_t *from)
{
    int next = 0;
    for (int i = 0; i < o->in->rank; i++) {
        const bool dropped = (o->op->dropped >> i & 1) != 0;
        from[i] = o->op->begin[i] + (dropped ? 0 : to[next++] * o->op->step[i]);
    }
}

/* In single precision, in which TensorFlow defines it. */
static int64_t nearest(const struct vww_op *op, int64_t at, int32_t in, int32_t out)
{
    const bool corners = op->align_corners;
    const float scale =
        corners && out > 1 ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
    const float source = ((float)at + (op->half_pixel_centers ? 0.5f : 0.0f)) * scale;
    const int64_t found = (int64_t)(corners ? roundf(source) : floorf(source));
    return found < in - 1 ? found : in - 1;
}

/* The input's element that output element y is. */
static int64_t source_of(const struct operands *o, int64_t y)
{
    const int64_t each = vww_shape_elements(o->out);
    int64_t to[VWW_MAX_RANK] = {0}, from[VWW_MAX_RANK] = {0};
    coordinates(o->out, y % each, to);
    if (o->op->kind == VWW_OP_STRIDED_SLICE) {
        slice_source(o, to, from);
    } else if (o->op->kind == VWW_OP_TRANSPOSE) {
        for (int i = 0; i < o->in->rank; i++)
            from[o->op->order[i]] = to[i];
    } else {
        from[1] = nearest(o->op, to[1], o->in->dims[1], o->out->dims[1]);
        from[2] = nearest(o->op, to[2], o->in->dims[2], o->out->dims[2]);
        from[3] = to[3];
    }
    return y / each * vww_shape_elements(o->in) + place(o->in, from);
}

void vww_reference_gather(const struct operands *o)
{
    for (int64_t y = 0; y < out_elements(o); y++)
        o->y[y] = o->x[source_of(o, y)];
}

void vww_reference_gather_backward(const struct operands *o)
{
    for (int64_t y = 0; y < out_elements(o); y++)
        o->dx[source_of(o, y)] += o->dy[y];
}
