/* Which channels must stay. Slots that can only stay or go together are joined into sets; a set is
 * needed where the graph's input or output or an operator without channels of its own has a part in
 * it, or where a needed sum of a convolution changes with it. */
#include "simplify/internal.h"

static int32_t root_of(const struct vww_simplify_work *work, int32_t slot)
{
    while (work->parent[slot] != slot)
        slot = work->parent[slot];
    return slot;
}

static void join(struct vww_simplify_work *work, int32_t a, int32_t b)
{
    const int32_t first = root_of(work, a), second = root_of(work, b);
    if (first < second)
        work->parent[second] = first;
    else
        work->parent[first] = second;
}

enum vww_need vww_slot_need(const struct vww_simplify_work *work, int32_t slot)
{
    return work->need[root_of(work, slot)];
}

static int32_t channels_of(const struct vww_simplify_work *work, int32_t tensor)
{
    return vww_channel_count(&work->graph->tensors[tensor].shape);
}

/* Raise a slot's need; whether that was news. */
static bool raise_need(struct vww_simplify_work *work, int32_t slot, enum vww_need need)
{
    uint8_t *seen = &work->need[root_of(work, slot)];
    if (*seen >= need)
        return false;
    *seen = (uint8_t)need;
    return true;
}

static void pin(struct vww_simplify_work *work, int32_t tensor)
{
    for (int32_t c = 0; c < channels_of(work, tensor); c++)
        raise_need(work, work->first[tensor] + c, VWW_NEEDED);
}

/* Channel c of one input with channel c of the output. */
static void join_channels(struct vww_simplify_work *work, int32_t from, int32_t to)
{
    for (int32_t c = 0; c < channels_of(work, to); c++)
        join(work, work->first[from] + c, work->first[to] + c);
}

/* An operator that moves channels (vww_moves_channels). The parts of a SPLIT and the groups of a
 * shuffle have to stay equal in number. */
static void join_moved(struct vww_simplify_work *work, const struct vww_op *op)
{
    const int32_t in = channels_of(work, op->inputs[0]), out = channels_of(work, op->outputs[0]);
    const int32_t from = work->first[op->inputs[0]];
    int32_t to = work->first[op->outputs[0]];
    switch (op->kind) {
    case VWW_OP_CONCAT:
        for (int32_t i = 0; i < op->input_count; i++)
            for (int32_t c = 0; c < channels_of(work, op->inputs[i]); c++)
                join(work, work->first[op->inputs[i]] + c, to++);
        break;
    case VWW_OP_SPLIT:
        for (int32_t i = 0; i < op->output_count; i++)
            for (int32_t c = 0; c < out; c++) {
                join(work, from + i * out + c, work->first[op->outputs[i]] + c);
                join(work, from + c, from + i * out + c);
            }
        break;
    case VWW_OP_CHANNEL_SHUFFLE:
        for (int32_t c = 0; c < out; c++) {
            join(work, from + c % op->groups * (in / op->groups) + c / op->groups, to + c);
            join(work, to + c / op->groups * op->groups, to + c);
        }
        break;
    case VWW_OP_PAD:
        for (int32_t c = 0; c < in; c++)
            join(work, from + c, to + op->pad_front + c);
        break;
    case VWW_OP_RESHAPE:
        for (int32_t c = 0; c < out; c++)
            join(work, from + c % in, to + c);
        break;
    default: /* one by one */
        for (int32_t i = 0; i < op->input_count; i++)
            join_channels(work, op->inputs[i], op->outputs[0]);
        break;
    }
}

bool vww_moves_channels(const struct vww_simplify_work *work, int32_t index)
{
    const struct vww_graph *graph = work->graph;
    const struct vww_op *op = &graph->ops[index];
    const int32_t height_and_width = 1 << 1 | 1 << 2;
    for (int32_t i = 0; i < op->input_count; i++)
        if (work->first[op->inputs[i]] < 0)
            return false;
    switch (op->kind) {
    case VWW_OP_AVERAGE_POOL_2D:
    case VWW_OP_MAX_POOL_2D:
    case VWW_OP_RELU:
    case VWW_OP_RELU6:
    case VWW_OP_DROPOUT:
    case VWW_OP_CHANNEL_SHUFFLE:
    case VWW_OP_PAD:
        return true;
    case VWW_OP_MEAN:
        return op->axes == 0 || op->axes == height_and_width;
    case VWW_OP_ADD:
        return work->ops[index].kernel == VWW_KERNEL_ADD;
    case VWW_OP_CONCAT:
    case VWW_OP_SPLIT:
        return op->from_last == 0;
    case VWW_OP_RESHAPE:
        return channels_of(work, op->outputs[0]) % channels_of(work, op->inputs[0]) == 0;
    default:
        return false;
    }
}

static void join_op(struct vww_simplify_work *work, int32_t index)
{
    const struct vww_op *op = &work->graph->ops[index];
    const struct vww_weighted *w = &work->weighted[index];
    if (op->kind == VWW_OP_DEPTHWISE_CONV_2D && w->weights != NULL) {
        for (int32_t o = 0; o < w->outputs; o++)
            join(work, vww_weighted_slot(work, index, o, 0), work->first[op->outputs[0]] + o);
        return;
    }
    if (w->is_free)
        return;
    if (w->weights == NULL && vww_moves_channels(work, index)) {
        join_moved(work, op);
        return;
    }
    /* An operator that mixes its channels: all of them stay. */
    for (int32_t i = 0; i < op->input_count; i++)
        if (work->first[op->inputs[i]] >= 0)
            pin(work, op->inputs[i]);
    for (int32_t i = 0; i < op->output_count && !w->is_opaque; i++)
        pin(work, op->outputs[i]);
}

/* Whether output o changes with the channel of input i in a way that no bias can stand for. */
static bool depends(const struct vww_simplify_work *work, int32_t op, int32_t o, int32_t i)
{
    int64_t sum;
    return !vww_weighted_constant(work, op, o, i, &sum) || (sum != 0 && !work->folds[op]);
}

/* The inputs of every output that is needed and not constant; whether that was news. */
static bool need_inputs(struct vww_simplify_work *work, int32_t op)
{
    const struct vww_weighted *w = &work->weighted[op];
    const int32_t first = work->first[work->graph->ops[op].outputs[0]];
    bool news = false;
    for (int32_t o = 0; o < w->outputs && w->is_free; o++) {
        if (vww_slot_need(work, first + o) != VWW_NEEDED || vww_slot_is_constant(work, first + o))
            continue;
        for (int32_t i = 0; i < w->inputs; i++) {
            const int32_t slot = vww_weighted_slot(work, op, o, i);
            if (vww_slot_need(work, slot) != VWW_NEEDED && depends(work, op, o, i))
                news = raise_need(work, slot, VWW_NEEDED) || news;
        }
    }
    return news;
}

static void spread(struct vww_simplify_work *work)
{
    bool news = true;
    while (news) {
        news = false;
        for (int32_t op = work->graph->op_count - 1; op >= 0; op--)
            news = need_inputs(work, op) || news;
    }
}

int64_t vww_folded_bias(const struct vww_simplify_work *work, int32_t op, int32_t o)
{
    const struct vww_weighted *w = &work->weighted[op];
    int64_t bias = w->bias != NULL ? w->bias[o] : 0;
    for (int32_t i = 0; i < w->inputs && w->is_free; i++) {
        int64_t sum;
        if (vww_slot_need(work, vww_weighted_slot(work, op, o, i)) != VWW_NEEDED &&
            vww_weighted_constant(work, op, o, i, &sum))
            bias += sum;
    }
    return bias;
}

/* Operators whose biases would not fit 32 bits fold nothing; whether there was one. */
static bool refuse_overflow(struct vww_simplify_work *work)
{
    bool news = false;
    for (int32_t op = 0; op < work->graph->op_count; op++) {
        const int32_t first = work->first[work->graph->ops[op].outputs[0]];
        for (int32_t o = 0; o < work->weighted[op].outputs && work->folds[op]; o++) {
            const int64_t bias = vww_folded_bias(work, op, o);
            if (vww_slot_need(work, first + o) == VWW_NEEDED &&
                !vww_slot_is_constant(work, first + o) && (bias < INT32_MIN || bias > INT32_MAX)) {
                work->folds[op] = false;
                news = true;
            }
        }
    }
    return news;
}

static int32_t kept_channels(const struct vww_simplify_work *work, int32_t tensor)
{
    int32_t kept = 0;
    for (int32_t c = 0; c < channels_of(work, tensor); c++)
        kept += vww_slot_need(work, work->first[tensor] + c) != VWW_UNNEEDED;
    return kept;
}

/* No tensor loses all its channels, and counts are multiples where there are channels for it. */
static void fill_up(struct vww_simplify_work *work, int32_t tensor, int32_t multiple)
{
    int32_t kept = kept_channels(work, tensor);
    for (int32_t c = 0; c < channels_of(work, tensor) && (kept == 0 || kept % multiple != 0); c++)
        if (raise_need(work, work->first[tensor] + c, VWW_FILLER))
            kept = kept_channels(work, tensor);
}

void vww_simplify_demand(struct vww_simplify_work *work, int32_t multiple)
{
    const struct vww_graph *graph = work->graph;
    for (int32_t slot = 0; slot < work->slot_count; slot++) {
        work->parent[slot] = slot;
        work->need[slot] = VWW_UNNEEDED;
    }
    for (int32_t op = 0; op < graph->op_count; op++)
        work->folds[op] = true;
    /* Needs are kept by root: those of the first pass may be lost to later joins, so the second
     * states them again. */
    for (int pass = 0; pass < 2; pass++)
        for (int32_t op = 0; op < graph->op_count; op++)
            join_op(work, op);
    pin(work, graph->input);
    pin(work, graph->output);
    do
        spread(work);
    while (refuse_overflow(work));
    for (int pass = 0; pass < 2; pass++)
        for (int32_t t = 0; t < graph->tensor_count; t++)
            if (work->first[t] >= 0)
                fill_up(work, t, multiple);
}
