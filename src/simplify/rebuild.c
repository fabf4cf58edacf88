/* The smaller graph: shapes, weights and biases without the channels that go. */
#include "base/memory.h"
#include "simplify/internal.h"

#include <stdio.h>
#include <string.h>

struct rebuild {
    const struct vww_simplify_work *work;
    struct vww_graph *graph; /* the new one; its tensors have the old one's numbers */
};

static bool is_kept(const struct rebuild *r, int32_t tensor, int32_t channel)
{
    return vww_slot_need(r->work, r->work->first[tensor] + channel) != VWW_UNNEEDED;
}

/* Kept channels among first … end - 1. */
static int32_t kept_among(const struct rebuild *r, int32_t tensor, int32_t first, int32_t end)
{
    int32_t kept = 0;
    for (int32_t c = first; c < end; c++)
        kept += is_kept(r, tensor, c);
    return kept;
}

static int32_t kept_in(const struct rebuild *r, int32_t tensor)
{
    return kept_among(r, tensor, 0, vww_channel_count(&r->work->graph->tensors[tensor].shape));
}

/* Whether the sums of this output are a bias alone. */
static bool is_bare(const struct rebuild *r, int32_t slot)
{
    return vww_slot_need(r->work, slot) == VWW_FILLER || vww_slot_is_constant(r->work, slot);
}

static bool keeps_input(const struct rebuild *r, int32_t op, int32_t o, int32_t i)
{
    const struct vww_weighted *w = &r->work->weighted[op];
    return !w->is_free ||
           vww_slot_need(r->work, vww_weighted_slot(r->work, op, o, i)) != VWW_UNNEEDED;
}

/* One weight as it will be; fillers are multiplied with zeros. */
static int8_t weight_of(const struct rebuild *r, int32_t op, int32_t o, int32_t tap, int32_t i)
{
    const struct vww_weighted *w = &r->work->weighted[op];
    const int32_t slot = r->work->first[r->work->graph->ops[op].outputs[0]] + o;
    const bool from_filler =
        w->is_free && vww_slot_need(r->work, vww_weighted_slot(r->work, op, o, i)) == VWW_FILLER;
    if (is_bare(r, slot) || from_filler)
        return 0;
    return w->weights[(int64_t)o * w->output_step + (int64_t)tap * w->tap_step + i];
}

/* A bias that alone gives the constant: any sum that occurs does. Where sums may wrap the channel
 * is constant because the activation lets one value through. */
static int32_t constant_bias(const struct rebuild *r, int32_t op, int32_t o)
{
    const struct vww_weighted *w = &r->work->weighted[op];
    int64_t least, most;
    vww_weighted_bounds(r->work, op, o, w->rows[0], w->columns[0], &least, &most);
    return least >= INT32_MIN && least <= INT32_MAX ? (int32_t)least : 0;
}

static int32_t bias_of(const struct rebuild *r, int32_t op, int32_t o)
{
    const int32_t slot = r->work->first[r->work->graph->ops[op].outputs[0]] + o;
    if (vww_slot_need(r->work, slot) == VWW_FILLER)
        return 0;
    return vww_slot_is_constant(r->work, slot) ? constant_bias(r, op, o)
                                               : (int32_t)vww_folded_bias(r->work, op, o);
}

/* The operator's own tensor for input k: constants that several operators read are copied. */
static vww_status own_tensor(const struct rebuild *r, int32_t op, int k)
{
    struct vww_graph *graph = r->graph;
    const int32_t shared = graph->ops[op].inputs[k];
    int readers = 0;
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int j = 0; j < graph->ops[i].input_count; j++)
            readers += graph->ops[i].inputs[j] == shared;
    if (readers == 1)
        return VWW_OK;
    char name[VWW_NAME_MAX + 16];
    snprintf(name, sizeof name, "%.60s/%d", graph->ops[op].name, k);
    const struct vww_tensor *from = &graph->tensors[shared];
    const int32_t copy = vww_graph_tensor(graph, name, from->dtype, from->role, &from->shape);
    if (copy < 0)
        return vww_fail_memory(r->work->error, sizeof *from);
    from = &graph->tensors[shared];
    struct vww_tensor *to = &graph->tensors[copy];
    const struct vww_quantization *q = &from->quantization;
    vww_status status = vww_tensor_quantize_axis(to, q->axis, q->count, r->work->error);
    if (status == VWW_OK) {
        memcpy(to->quantization.scales, q->scales, (size_t)q->count * sizeof *q->scales);
        memcpy(to->quantization.zero_points, q->zero_points,
               (size_t)q->count * sizeof *q->zero_points);
    }
    graph->ops[op].inputs[k] = copy;
    return status;
}

/* One scale for each output that stays, where there is one for each. */
static void keep_scales(const struct rebuild *r, int32_t op, struct vww_quantization *q)
{
    const int32_t outputs = r->work->weighted[op].outputs;
    const int32_t tensor = r->work->graph->ops[op].outputs[0];
    int32_t kept = 0;
    if (q->count != outputs || q->count == 1)
        return;
    for (int32_t o = 0; o < outputs; o++)
        if (is_kept(r, tensor, o)) {
            q->scales[kept] = q->scales[o];
            q->zero_points[kept++] = q->zero_points[o];
        }
    q->count = kept;
}

/* The shape's dimensions that count outputs and inputs; -1: none. */
static void weight_axes(enum vww_op_kind kind, int *output_axis, int *input_axis)
{
    *output_axis = kind == VWW_OP_DEPTHWISE_CONV_2D ? 3 : 0;
    *input_axis = kind == VWW_OP_CONV_2D ? 3 : (kind == VWW_OP_FULLY_CONNECTED ? 1 : -1);
}

static vww_status rebuild_weights(const struct rebuild *r, int32_t op)
{
    const struct vww_weighted *w = &r->work->weighted[op];
    const int32_t output = r->graph->ops[op].outputs[0];
    const int32_t outputs = kept_in(r, output), taps = w->kernel_h * w->kernel_w;
    int32_t inputs = 0;
    for (int32_t i = 0; i < w->inputs; i++)
        inputs += keeps_input(r, op, 0, i) || r->graph->ops[op].kind == VWW_OP_DEPTHWISE_CONV_2D;
    vww_status status = own_tensor(r, op, 1);
    if (status != VWW_OK)
        return status;
    struct vww_tensor *tensor = &r->graph->tensors[r->graph->ops[op].inputs[1]];
    int output_axis, input_axis;
    weight_axes(r->graph->ops[op].kind, &output_axis, &input_axis);
    tensor->shape.dims[output_axis] = outputs;
    if (input_axis >= 0)
        tensor->shape.dims[input_axis] = inputs;
    status = vww_tensor_allocate(tensor, r->work->error);
    int8_t *to = tensor->data;
    const bool depthwise = input_axis < 0;
    for (int32_t o = 0, kept = 0; o < w->outputs && status == VWW_OK; o++) {
        if (!is_kept(r, output, o))
            continue;
        for (int32_t tap = 0; tap < taps; tap++)
            for (int32_t i = 0; i < w->inputs; i++)
                if (depthwise)
                    to[(int64_t)tap * outputs + kept] = weight_of(r, op, o, tap, i);
                else if (keeps_input(r, op, o, i))
                    *to++ = weight_of(r, op, o, tap, i);
        kept++;
    }
    keep_scales(r, op, &tensor->quantization);
    return status;
}

/* A bias of zeros for an operator that has none but needs one. */
static vww_status add_bias(const struct rebuild *r, int32_t op)
{
    struct vww_graph *graph = r->graph;
    struct vww_op *o = &graph->ops[op];
    char name[VWW_NAME_MAX + 16];
    snprintf(name, sizeof name, "%.60s/bias", o->name);
    const struct vww_shape shape = {.rank = 1, .dims = {r->work->weighted[op].outputs}};
    const int32_t bias = vww_graph_tensor(graph, name, VWW_INT32, VWW_ROLE_BIAS, &shape);
    if (bias < 0)
        return vww_fail_memory(r->work->error, sizeof *graph->tensors);
    const struct vww_quantization *weights =
        &r->work->graph->tensors[r->work->graph->ops[op].inputs[1]].quantization;
    const float in = graph->tensors[o->inputs[0]].quantization.scales[0];
    struct vww_tensor *tensor = &graph->tensors[bias];
    const vww_status status = vww_tensor_quantize_axis(tensor, 0, weights->count, r->work->error);
    for (int32_t i = 0; i < weights->count && status == VWW_OK; i++)
        tensor->quantization.scales[i] = in * weights->scales[i];
    o->inputs[2] = bias;
    o->input_count = 3;
    return status;
}

static bool needs_bias(const struct rebuild *r, int32_t op)
{
    const int32_t output = r->graph->ops[op].outputs[0];
    bool needed = r->graph->ops[op].input_count > 2;
    for (int32_t o = 0; o < r->work->weighted[op].outputs && !needed; o++)
        needed = is_kept(r, output, o) && bias_of(r, op, o) != 0;
    return needed;
}

static vww_status rebuild_bias(const struct rebuild *r, int32_t op)
{
    if (!needs_bias(r, op))
        return VWW_OK;
    const int32_t output = r->graph->ops[op].outputs[0];
    vww_status status = r->graph->ops[op].input_count > 2 ? own_tensor(r, op, 2) : add_bias(r, op);
    if (status != VWW_OK)
        return status;
    struct vww_tensor *tensor = &r->graph->tensors[r->graph->ops[op].inputs[2]];
    tensor->shape = (struct vww_shape){.rank = 1, .dims = {kept_in(r, output)}};
    status = vww_tensor_allocate(tensor, r->work->error);
    int32_t *to = tensor->data;
    for (int32_t o = 0; o < r->work->weighted[op].outputs && status == VWW_OK; o++)
        if (is_kept(r, output, o))
            *to++ = bias_of(r, op, o);
    keep_scales(r, op, &tensor->quantization);
    return status;
}

/* What an operator says about its channels beside its tensors' shapes. */
static void rebuild_members(const struct rebuild *r, struct vww_op *op)
{
    const struct vww_shape *before = &r->work->graph->tensors[op->outputs[0]].shape;
    const int32_t channels = vww_channel_count(before);
    if ((op->kind == VWW_OP_RESHAPE || op->kind == VWW_OP_MEAN ||
         op->kind == VWW_OP_FULLY_CONNECTED) &&
        op->shape.rank > 0)
        op->shape.dims[op->shape.rank - 1] = kept_in(r, op->outputs[0]);
    if (op->kind == VWW_OP_PAD) {
        const int32_t back = channels - op->pad_back;
        op->pad_back = kept_among(r, op->outputs[0], back, channels);
        op->pad_front = kept_among(r, op->outputs[0], 0, op->pad_front);
    }
}

/* Whether the activation changes no output that anyone needs. */
static bool never_clamps(const struct rebuild *r, const struct vww_op *op)
{
    const int32_t first = r->work->first[op->outputs[0]];
    const int32_t channels = vww_channel_count(&r->work->graph->tensors[op->outputs[0]].shape);
    for (int32_t c = 0; c < channels; c++)
        if (vww_slot_need(r->work, first + c) == VWW_NEEDED && r->work->is_cut[first + c])
            return false;
    return true;
}

static bool same_parameters(const struct vww_tensor *a, const struct vww_tensor *b)
{
    return a->quantization.scales[0] == b->quantization.scales[0] &&
           a->quantization.zero_points[0] == b->quantization.zero_points[0];
}

/* A fused activation is dropped; RELU and RELU6 standing alone become their input's own bytes where
 * they do not requantize either. */
static void drop_clamp(const struct rebuild *r, struct vww_op *op)
{
    struct vww_graph *graph = r->graph;
    if (!never_clamps(r, op))
        return;
    op->activation = VWW_ACTIVATION_NONE;
    if ((op->kind == VWW_OP_RELU || op->kind == VWW_OP_RELU6) &&
        same_parameters(&graph->tensors[op->inputs[0]], &graph->tensors[op->outputs[0]])) {
        op->kind = VWW_OP_RESHAPE;
        op->shape = graph->tensors[op->outputs[0]].shape;
    }
}

vww_status vww_simplify_rebuild(const struct vww_simplify_work *work, struct vww_graph *graph)
{
    const struct rebuild r = {.work = work, .graph = graph};
    vww_status status = VWW_OK;
    for (int32_t t = 0; t < work->graph->tensor_count; t++) {
        struct vww_shape *shape = &graph->tensors[t].shape;
        if (work->first[t] >= 0 && shape->rank > 0)
            shape->dims[shape->rank - 1] = kept_in(&r, t);
    }
    for (int32_t op = 0; op < graph->op_count && status == VWW_OK; op++) {
        rebuild_members(&r, &graph->ops[op]);
        drop_clamp(&r, &graph->ops[op]);
        if (work->weighted[op].weights == NULL)
            continue;
        status = rebuild_weights(&r, op);
        if (status == VWW_OK)
            status = rebuild_bias(&r, op);
    }
    return status;
}
