/* Operators that move integers unchanged. */
#include "base/memory.h"
#include "lower/lowering.h"

static vww_status same_quantization_of(const struct lowering *l, const struct vww_tensor *input,
                                       const struct vww_tensor *output)
{
    struct lowering pair = *l;
    pair.input = input;
    pair.output = output;
    vww_status status = check_activation(l, input);
    if (status == VWW_OK)
        status = check_activation(l, output);
    return status == VWW_OK ? same_quantization(&pair) : status;
}

/* Rows of `width` elements, `steps` apart where they are read and where they are written. */
static struct vwwrt_move move_rows(int64_t rows, int32_t width, int32_t input_step,
                                   int32_t output_step)
{
    return (struct vwwrt_move){.count = {1, 1, (int32_t)rows, width},
                               .input_step = {0, 0, input_step, 1},
                               .output_step = {0, 0, output_step, 1}};
}

/* The dimension that is joined or split and those behind it, as one. */
static int32_t run_of(const struct lowering *l, const struct vww_tensor *tensor)
{
    int32_t elements = 1;
    for (int32_t i = 0; i <= l->op->from_last; i++)
        elements *= tensor->shape.dims[tensor->shape.rank - 1 - i];
    return elements;
}

vww_status vww_lower_concat(const struct lowering *l)
{
    const int32_t all = run_of(l, l->output);
    const int64_t rows = vww_shape_elements(&l->output->shape) / all;
    int32_t start = 0;
    l->lowered->kernel = VWW_KERNEL_MOVE;
    l->lowered->call_count = l->op->input_count;
    for (int32_t i = 0; i < l->op->input_count; i++) {
        const struct vww_tensor *input = &l->graph->tensors[l->op->inputs[i]];
        const vww_status status = same_quantization_of(l, input, l->output);
        if (status != VWW_OK)
            return status;
        struct vwwrt_move *move = &l->lowered->moves[i];
        *move = move_rows(rows, run_of(l, input), run_of(l, input), all);
        move->output_start = start;
        start += run_of(l, input);
        l->lowered->calls[i] = (struct vww_lowered_call){.input = i, .output = 0};
    }
    return VWW_OK;
}

vww_status vww_lower_split(const struct lowering *l)
{
    const int32_t all = run_of(l, l->input), part = run_of(l, l->output);
    const int64_t rows = vww_shape_elements(&l->input->shape) / all;
    l->lowered->kernel = VWW_KERNEL_MOVE;
    l->lowered->call_count = l->op->output_count;
    for (int32_t i = 0; i < l->op->output_count; i++) {
        const struct vww_tensor *output = &l->graph->tensors[l->op->outputs[i]];
        const vww_status status = same_quantization_of(l, l->input, output);
        if (status != VWW_OK)
            return status;
        l->lowered->moves[i] = move_rows(rows, part, all, part);
        l->lowered->moves[i].input_start = i * part;
        l->lowered->calls[i] = (struct vww_lowered_call){.input = 0, .output = i};
    }
    return VWW_OK;
}

vww_status vww_lower_channel_shuffle(const struct lowering *l)
{
    const int32_t all = channels_of(l->input), groups = l->op->groups;
    const int32_t each = all / groups;
    const int32_t rows = (int32_t)(vww_shape_elements(&l->input->shape) / all);
    l->lowered->kernel = VWW_KERNEL_MOVE;
    l->lowered->moves[0] = (struct vwwrt_move){.count = {1, rows, each, groups},
                                               .input_step = {0, all, 1, each},
                                               .output_step = {0, all, groups, 1}};
    return same_quantization(l);
}

vww_status vww_lower_pad(const struct lowering *l)
{
    const struct vww_op *op = l->op;
    const int32_t *in = l->input->shape.dims, *out = l->output->shape.dims;
    struct vwwrt_move *move = &l->lowered->moves[0];
    l->lowered->kernel = VWW_KERNEL_MOVE;
    *move = (struct vwwrt_move){
        .count = {1, in[1], in[2], in[3]},
        .input_step = {0, in[2] * in[3], in[3], 1},
        .output_step = {0, out[2] * out[3], out[3], 1},
        .output_start = (op->pad_top * out[2] + op->pad_left) * out[3] + op->pad_front,
        .fill_count = (int32_t)vww_shape_elements(&l->output->shape),
        .fill_value = l->output->quantization.zero_points[0],
    };
    return same_quantization(l);
}
/* The output's dimensions one after another; the input's steps in that order. */
vww_status vww_lower_transpose(const struct lowering *l)
{
    const struct vww_shape *in = &l->input->shape, *out = &l->output->shape;
    struct vwwrt_move *move = &l->lowered->moves[0];
    l->lowered->kernel = VWW_KERNEL_MOVE;
    int32_t steps[VWW_MAX_RANK] = {0}, step = 1;
    for (int i = in->rank - 1; i >= 0; i--) {
        steps[i] = step;
        step *= in->dims[i];
    }
    step = 1;
    for (int loop = 3; loop >= 0; loop--) {
        const int i = loop - (4 - out->rank);
        move->count[loop] = i >= 0 ? out->dims[i] : 1;
        move->input_step[loop] = i >= 0 ? steps[l->op->order[i]] : 0;
        move->output_step[loop] = step;
        step *= move->count[loop];
    }
    return same_quantization(l);
}

static void steps_of(const struct vww_shape *shape, int32_t *steps)
{
    int32_t step = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        steps[i] = step;
        step *= shape->dims[i];
    }
}

/* Every dimension of the input, those that the output leaves out as one index. */
vww_status vww_lower_strided_slice(const struct lowering *l)
{
    const struct vww_op *op = l->op;
    const struct vww_shape *in = &l->input->shape;
    struct vwwrt_move *move = &l->lowered->moves[0];
    int32_t steps[VWW_MAX_RANK] = {0}, next = l->output->shape.rank - 1, step = 1;
    l->lowered->kernel = VWW_KERNEL_MOVE;
    steps_of(in, steps);
    for (int loop = 3; loop >= 0; loop--) {
        const int i = loop - (4 - in->rank);
        move->count[loop] = 1;
        if (i >= 0) {
            const bool dropped = (op->dropped >> i & 1) != 0;
            move->count[loop] = dropped ? 1 : l->output->shape.dims[next--];
            move->input_step[loop] = dropped || move->count[loop] == 1 ? 0 : op->step[i] * steps[i];
            move->input_start += op->begin[i] * steps[i];
        }
        move->output_step[loop] = step;
        step *= move->count[loop];
    }
    return same_quantization(l);
}

/* The input's row or column for one of the output, in single precision as TensorFlow Lite does. */
static int32_t nearest(const struct vww_op *op, int32_t at, int32_t in, int32_t out)
{
    const bool corners = op->align_corners;
    const float scale =
        corners && out > 1 ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
    const float place = ((float)at + (op->half_pixel_centers ? 0.5f : 0.0f)) * scale;
    const int32_t source = (int32_t)(corners ? roundf(place) : floorf(place));
    return source < in - 1 ? source : in - 1;
}

vww_status vww_lower_resize_nearest(const struct lowering *l)
{
    const int32_t *in = l->input->shape.dims, *out = l->output->shape.dims;
    const int64_t count = (int64_t)out[1] + out[2];
    int32_t *sources = vww_allocate((size_t)count, sizeof *sources);
    if (sources == NULL)
        return vww_fail_memory(l->error, (size_t)count * sizeof *sources);
    for (int32_t y = 0; y < out[1]; y++)
        sources[y] = nearest(l->op, y, in[1], out[1]);
    for (int32_t x = 0; x < out[2]; x++)
        sources[out[1] + x] = nearest(l->op, x, in[2], out[2]);
    l->lowered->kernel = VWW_KERNEL_RESIZE_NEAREST;
    l->lowered->sources = sources;
    l->lowered->resize_nearest = (struct vwwrt_resize_nearest){
        .input_w = in[2],
        .output_h = out[1],
        .output_w = out[2],
        .channels = out[3],
        .sources = sources,
    };
    return same_quantization(l);
}
