/* When each tensor is live, and which tensors are the same bytes. */
#include "base/memory.h"
#include "plan/plan.h"

static vww_status fail_tensor(struct vww_error *error, const struct vww_tensor *tensor)
{
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "the tensor is too large for a microcontroller");
    vww_error_place(error, "tensor %s", tensor->name);
    vww_error_seen(error, "%lld elements", (long long)vww_shape_elements(&tensor->shape));
    vww_error_allowed(error, "at most %lld bytes", (long long)VWW_PLAN_BYTES_MOST);
    return VWW_ERROR_UNSUPPORTED;
}

/* RESHAPE and DROPOUT (the identity outside training) copy nothing. */
static bool only_renames(const struct vww_op *op)
{
    return op->kind == VWW_OP_RESHAPE || op->kind == VWW_OP_DROPOUT;
}

static void extend(struct vww_placement *placement, int32_t from, int32_t to)
{
    if (from < placement->first)
        placement->first = from;
    if (to > placement->last)
        placement->last = to;
}

vww_status vww_plan_lifetimes(const struct vww_graph *graph, struct vww_plan *plan,
                              struct vww_error *error)
{
    plan->tensor_count = graph->tensor_count;
    plan->placements = vww_allocate((size_t)graph->tensor_count, sizeof *plan->placements);
    if (plan->placements == NULL)
        return vww_fail_memory(error, (size_t)graph->tensor_count * sizeof *plan->placements);
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        const struct vww_tensor *tensor = &graph->tensors[t];
        const int64_t elements = vww_shape_elements(&tensor->shape);
        const int64_t size = (int64_t)vww_dtype_bytes(tensor->dtype);
        if (elements < 0 || elements > VWW_PLAN_BYTES_MOST / size)
            return fail_tensor(error, tensor);
        plan->placements[t] = (struct vww_placement){.offset = -1,
                                                     .bytes = elements * size,
                                                     .first = INT32_MAX,
                                                     .last = INT32_MIN,
                                                     .alias_of = -1};
    }
    extend(&plan->placements[graph->input], -1, -1);
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        for (int k = 0; k < op->output_count; k++)
            extend(&plan->placements[op->outputs[k]], i, i);
        for (int k = 0; k < op->input_count; k++)
            if (graph->tensors[op->inputs[k]].role == VWW_ROLE_ACTIVATION)
                extend(&plan->placements[op->inputs[k]], i, i);
        struct vww_placement *out = &plan->placements[op->outputs[0]];
        const struct vww_placement *in = &plan->placements[op->inputs[0]];
        if (only_renames(op) && in->bytes == out->bytes &&
            graph->tensors[op->inputs[0]].role == VWW_ROLE_ACTIVATION)
            out->alias_of = in->alias_of >= 0 ? in->alias_of : op->inputs[0];
    }
    extend(&plan->placements[graph->output], graph->op_count, graph->op_count);
    /* Tensors that share bytes share the union of their lifetimes. */
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        const struct vww_placement *alias = &plan->placements[t];
        if (alias->alias_of >= 0)
            extend(&plan->placements[alias->alias_of], alias->first, alias->last);
    }
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        struct vww_placement *alias = &plan->placements[t];
        if (alias->alias_of >= 0)
            extend(alias, plan->placements[alias->alias_of].first,
                   plan->placements[alias->alias_of].last);
    }
    return VWW_OK;
}
