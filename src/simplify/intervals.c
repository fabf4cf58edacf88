/* The interval of every channel's values. Requantization never falls where its argument grows, as
 * long as nothing wraps; so the outputs of the least and the largest sum bound all others. Where
 * something may wrap, the interval is whatever the activation lets through. */
#include "kernels/requantize.h"
#include "simplify/internal.h"

#include <stdlib.h>

struct interval {
    int32_t low, high;
};

static struct interval hull(struct interval a, struct interval b)
{
    return (struct interval){a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high};
}

static struct interval clamped(struct interval value, int32_t low, int32_t high)
{
    return (struct interval){vwwrt_clamp_to(value.low, low, high),
                             vwwrt_clamp_to(value.high, low, high)};
}

static bool fits(int64_t value)
{
    return value >= INT32_MIN && value <= INT32_MAX;
}

/* The scaled sum with the output's offset; false where the kernel would wrap. */
static bool scale_sum(const struct vww_weighted *w, int32_t o, int64_t sum, int64_t *scaled)
{
    const int32_t multiplier = w->multipliers[o], shift = w->shifts[o];
    if (!fits(sum) || multiplier < 0)
        return false;
    if (w->rounds_once) {
        const int64_t magnitude = llabs(sum * multiplier);
        if (((uint64_t)magnitude + (UINT64_C(1) << (30 - shift))) >> (31 - shift) > INT32_MAX)
            return false;
        *scaled = vwwrt_requantize_once((int32_t)sum, multiplier, shift);
    } else {
        if (shift > 0 && !fits(sum * (INT64_C(1) << shift)))
            return false;
        *scaled = vwwrt_requantize((int32_t)sum, multiplier, shift);
    }
    *scaled += w->output_offset;
    return fits(*scaled);
}

/* Before the activation, within int8; false where anything may wrap. */
static bool free_interval(const struct vww_simplify_work *work, int32_t op, int32_t o,
                          struct interval *value)
{
    const struct vww_weighted *w = &work->weighted[op];
    *value = (struct interval){INT8_MAX, INT8_MIN};
    for (int32_t r = 0; r < w->row_count; r++)
        for (int32_t c = 0; c < w->column_count; c++) {
            int64_t least, most, low, high;
            vww_weighted_bounds(work, op, o, w->rows[r], w->columns[c], &least, &most);
            if (!scale_sum(w, o, least, &low) || !scale_sum(w, o, most, &high))
                return false;
            const struct interval one = {(int32_t)low, (int32_t)high};
            *value = hull(*value, clamped(one, INT8_MIN, INT8_MAX));
        }
    return true;
}

static void put(struct vww_simplify_work *work, int32_t slot, struct interval value, int32_t low,
                int32_t high)
{
    const struct interval cut = clamped(value, low, high);
    work->low[slot] = (int8_t)cut.low;
    work->high[slot] = (int8_t)cut.high;
    work->is_cut[slot] = value.low < low || value.high > high;
}

static struct interval get(const struct vww_simplify_work *work, int32_t slot)
{
    return (struct interval){work->low[slot], work->high[slot]};
}

static void weighted(struct vww_simplify_work *work, int32_t op)
{
    const struct vww_weighted *w = &work->weighted[op];
    const int32_t first = work->first[work->graph->ops[op].outputs[0]];
    for (int32_t o = 0; o < w->outputs; o++) {
        struct interval value;
        if (!free_interval(work, op, o, &value))
            value = (struct interval){INT8_MIN, INT8_MAX};
        put(work, first + o, value, w->low, w->high);
    }
}

/* Pools give a value between the least and the largest that they read. */
static void pool(struct vww_simplify_work *work, int32_t op, int32_t low, int32_t high)
{
    const struct vww_op *o = &work->graph->ops[op];
    const int32_t from = work->first[o->inputs[0]], to = work->first[o->outputs[0]];
    const int32_t channels = vww_channel_count(&work->graph->tensors[o->outputs[0]].shape);
    for (int32_t c = 0; c < channels; c++)
        put(work, to + c, get(work, from + c), low, high);
}

/* Every value of the input's interval goes through the kernel. */
static void clamp(struct vww_simplify_work *work, int32_t op)
{
    const struct vww_op *o = &work->graph->ops[op];
    const int32_t from = work->first[o->inputs[0]], to = work->first[o->outputs[0]];
    const int32_t channels = vww_channel_count(&work->graph->tensors[o->outputs[0]].shape);
    const struct vwwrt_clamp *plain = &work->ops[op].clamp;
    for (int32_t c = 0; c < channels; c++) {
        struct interval value = {INT8_MAX, INT8_MIN};
        for (int32_t x = work->low[from + c]; x <= work->high[from + c]; x++) {
            const int32_t y = vwwrt_output(x, plain->input_offset, plain->multiplier, plain->shift,
                                           plain->output_offset, INT8_MIN, INT8_MAX);
            value = hull(value, (struct interval){y, y});
        }
        put(work, to + c, value, plain->activation_min, plain->activation_max);
    }
}

/* A mean's sum is exact in 32 bits (see lower.c), and its multiplier shrinks it. */
static void mean(struct vww_simplify_work *work, int32_t op)
{
    const struct vww_op *o = &work->graph->ops[op];
    const int32_t from = work->first[o->inputs[0]], to = work->first[o->outputs[0]];
    const int32_t channels = vww_channel_count(&work->graph->tensors[o->outputs[0]].shape);
    const struct vwwrt_mean *plain = &work->ops[op].mean;
    const struct vww_weighted scale = {.multipliers = &plain->multiplier,
                                       .shifts = &(int8_t){(int8_t)plain->shift},
                                       .output_offset = plain->output_offset};
    for (int32_t c = 0; c < channels; c++) {
        const int64_t pixels = (int64_t)plain->sum_count[0] * plain->sum_count[1];
        int64_t low, high;
        struct interval value = {INT8_MIN, INT8_MAX};
        if (scale_sum(&scale, 0, pixels * work->low[from + c] + plain->input_offset, &low) &&
            scale_sum(&scale, 0, pixels * work->high[from + c] + plain->input_offset, &high))
            value = (struct interval){(int32_t)low, (int32_t)high};
        put(work, to + c, clamped(value, INT8_MIN, INT8_MAX), INT8_MIN, INT8_MAX);
    }
}

/* Both inputs' multipliers are at most 1 and positive, so that the sum grows with either. */
static void add(struct vww_simplify_work *work, int32_t op)
{
    const struct vww_op *o = &work->graph->ops[op];
    const int32_t a = work->first[o->inputs[0]], b = work->first[o->inputs[1]];
    const int32_t to = work->first[o->outputs[0]];
    const int32_t channels = vww_channel_count(&work->graph->tensors[o->outputs[0]].shape);
    const struct vwwrt_add *plain = &work->ops[op].add;
    struct vwwrt_add one = *plain;
    one.count = 1;
    one.activation_min = INT8_MIN;
    one.activation_max = INT8_MAX;
    const bool grows = plain->input_multiplier >= 0 && plain->other_multiplier >= 0 &&
                       plain->output_multiplier >= 0 && plain->output_shift <= 0;
    for (int32_t c = 0; c < channels; c++) {
        int8_t low = INT8_MIN, high = INT8_MAX;
        if (grows) {
            vwwrt_add_s8(&one, &work->low[a + c], &work->low[b + c], &low);
            vwwrt_add_s8(&one, &work->high[a + c], &work->high[b + c], &high);
        }
        put(work, to + c, (struct interval){low, high}, plain->activation_min,
            plain->activation_max);
    }
}

/* A channel of the output that is one of the input, wherever; see the operators in vww/graph.h. */
static void move(struct vww_simplify_work *work, int32_t op)
{
    const struct vww_graph *graph = work->graph;
    const struct vww_op *o = &graph->ops[op];
    const struct vww_tensor *output = &graph->tensors[o->outputs[0]];
    const int32_t in = vww_channel_count(&graph->tensors[o->inputs[0]].shape);
    const int32_t out = vww_channel_count(&output->shape),
                  zero = output->quantization.zero_points[0];
    const int32_t from = work->first[o->inputs[0]], to = work->first[o->outputs[0]];
    const bool pads = o->pad_top + o->pad_bottom + o->pad_left + o->pad_right > 0;
    int32_t start = to;
    switch (o->kind) {
    case VWW_OP_CONCAT:
        for (int32_t i = 0; i < o->input_count; i++) {
            const int32_t channels = vww_channel_count(&graph->tensors[o->inputs[i]].shape);
            for (int32_t c = 0; c < channels; c++)
                put(work, start++, get(work, work->first[o->inputs[i]] + c), INT8_MIN, INT8_MAX);
        }
        return;
    case VWW_OP_SPLIT:
        for (int32_t i = 0; i < o->output_count; i++)
            for (int32_t c = 0; c < out; c++)
                put(work, work->first[o->outputs[i]] + c, get(work, from + i * out + c), INT8_MIN,
                    INT8_MAX);
        return;
    case VWW_OP_CHANNEL_SHUFFLE:
        for (int32_t c = 0; c < out; c++)
            put(work, to + c, get(work, from + c % o->groups * (in / o->groups) + c / o->groups),
                INT8_MIN, INT8_MAX);
        return;
    case VWW_OP_PAD:
        for (int32_t c = 0; c < out; c++) {
            const bool added = c < o->pad_front || c >= o->pad_front + in;
            struct interval value = {zero, zero};
            if (!added)
                value = pads ? hull(value, get(work, from + c - o->pad_front))
                             : get(work, from + c - o->pad_front);
            put(work, to + c, value, INT8_MIN, INT8_MAX);
        }
        return;
    default: /* RESHAPE, DROPOUT, TRANSPOSE */
        for (int32_t c = 0; c < out; c++) {
            struct interval value = {INT8_MAX, INT8_MIN};
            if (o->kind != VWW_OP_TRANSPOSE && out % in == 0)
                value = get(work, from + c % in);
            else
                for (int32_t i = 0; i < in; i++)
                    value = hull(value, get(work, from + i));
            put(work, to + c, value, INT8_MIN, INT8_MAX);
        }
    }
}

static void any_op(struct vww_simplify_work *work, int32_t op)
{
    const struct vww_lowered *lowered = &work->ops[op];
    if (work->weighted[op].weights == NULL && !vww_moves_channels(work, op))
        return; /* all of int8 and maybe cut, as every slot begins */
    switch (lowered->kernel) {
    case VWW_KERNEL_CONV_2D:
    case VWW_KERNEL_DEPTHWISE_CONV_2D:
    case VWW_KERNEL_FULLY_CONNECTED:
        weighted(work, op);
        return;
    case VWW_KERNEL_AVERAGE_POOL_2D:
        pool(work, op, lowered->average_pool_2d.activation_min,
             lowered->average_pool_2d.activation_max);
        return;
    case VWW_KERNEL_MAX_POOL_2D:
        pool(work, op, lowered->max_pool_2d.activation_min, lowered->max_pool_2d.activation_max);
        return;
    case VWW_KERNEL_MEAN:
        mean(work, op);
        return;
    case VWW_KERNEL_ADD:
        add(work, op);
        return;
    case VWW_KERNEL_CLAMP:
        clamp(work, op);
        return;
    case VWW_KERNEL_MOVE:
    case VWW_KERNEL_COPY:
        move(work, op);
        return;
    default:
        return;
    }
}

void vww_simplify_intervals(struct vww_simplify_work *work)
{
    for (int32_t slot = 0; slot < work->slot_count; slot++) {
        work->low[slot] = INT8_MIN;
        work->high[slot] = INT8_MAX;
        work->is_cut[slot] = true;
    }
    for (int32_t op = 0; op < work->graph->op_count; op++)
        any_op(work, op);
}
