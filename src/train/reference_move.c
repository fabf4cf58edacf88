/* Operators of the plain executor that only move values: concat, split, shuffle, pad. */
#include "train/operands.h"

#include <string.h>

/* The dimension that is joined and those behind it. */
static int64_t run_of(const struct operands *o, const struct vww_shape *shape)
{
    int64_t elements = 1;
    for (int32_t i = 0; i <= o->op->from_last; i++)
        elements *= shape->dims[shape->rank - 1 - i];
    return elements;
}

/* CONCAT, and SPLIT the other way round: the whole has the parts' channels one after another. */
static void join(const struct operands *o, double **values, const int32_t *parts, int32_t count,
                 int32_t whole, bool to_whole, bool adds)
{
    const struct vww_shape *shape = &o->graph->tensors[whole].shape;
    const int64_t all = run_of(o, shape);
    const int64_t rows = vww_shape_elements(shape) / all * o->count;
    int64_t start = 0;
    for (int32_t i = 0; i < count; i++) {
        const struct vww_shape *part = &o->graph->tensors[parts[i]].shape;
        const int64_t width = run_of(o, part);
        for (int64_t k = 0; k < rows * width; k++) {
            double *in_part = &values[parts[i]][k];
            double *in_whole = &values[whole][k / width * all + start + k % width];
            const double value = to_whole ? *in_part : *in_whole;
            double *to = to_whole ? in_whole : in_part;
            *to = adds ? *to + value : value;
        }
        start += width;
    }
}

void vww_reference_concat(const struct operands *o)
{
    join(o, o->reference->values, o->op->inputs, o->op->input_count, o->op->outputs[0], true,
         false);
}

void vww_reference_concat_backward(const struct operands *o)
{
    join(o, o->reference->gradients, o->op->inputs, o->op->input_count, o->op->outputs[0], false,
         true);
}

void vww_reference_split(const struct operands *o)
{
    join(o, o->reference->values, o->op->outputs, o->op->output_count, o->op->inputs[0], false,
         false);
}

void vww_reference_split_backward(const struct operands *o)
{
    join(o, o->reference->gradients, o->op->outputs, o->op->output_count, o->op->inputs[0], true,
         true);
}

/* The input's element that output element y is. */
static int64_t shuffled(const struct operands *o, int64_t y)
{
    const int64_t channels = out_channels(o), each = channels / o->op->groups;
    const int64_t c = y % channels;
    return y - c + c % o->op->groups * each + c / o->op->groups;
}

void vww_reference_shuffle(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    for (int64_t y = 0; y < elements; y++)
        o->y[y] = o->x[shuffled(o, y)];
}

void vww_reference_shuffle_backward(const struct operands *o)
{
    const int64_t elements = out_elements(o);
    for (int64_t y = 0; y < elements; y++)
        o->dx[shuffled(o, y)] += o->dy[y];
}

/* The output's element that input element x becomes. */
static int64_t padded(const struct operands *o, int64_t x)
{
    const int64_t c = x % o->in->dims[3] + o->op->pad_front;
    const int64_t pixel = x / o->in->dims[3];
    const int64_t w = pixel % o->in->dims[2] + o->op->pad_left;
    const int64_t row = pixel / o->in->dims[2];
    const int64_t h = row % o->in->dims[1] + o->op->pad_top, n = row / o->in->dims[1];
    return ((n * o->out->dims[1] + h) * o->out->dims[2] + w) * o->out->dims[3] + c;
}

void vww_reference_pad(const struct operands *o)
{
    const int64_t elements = vww_shape_elements(o->in) * o->count;
    memset(o->y, 0, (size_t)out_elements(o) * sizeof *o->y);
    for (int64_t x = 0; x < elements; x++)
        o->y[padded(o, x)] = o->x[x];
}

void vww_reference_pad_backward(const struct operands *o)
{
    const int64_t elements = vww_shape_elements(o->in) * o->count;
    for (int64_t x = 0; x < elements; x++)
        o->dx[x] += o->dy[padded(o, x)];
}
