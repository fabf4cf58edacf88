#include "vww/simplify.h"
#include "base/memory.h"
#include "lower/tune.h"
#include "simplify/internal.h"

#include <string.h>

/* --- what the work needs ---------------------------------------------------------------------- */

static void number_slots(struct vww_simplify_work *work)
{
    const struct vww_graph *graph = work->graph;
    for (int32_t t = 0; t < graph->tensor_count; t++)
        work->first[t] = -1;
    work->first[graph->input] = 0;
    work->slot_count = vww_channel_count(&graph->tensors[graph->input].shape);
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int32_t k = 0; k < graph->ops[i].output_count; k++) {
            const int32_t tensor = graph->ops[i].outputs[k];
            work->first[tensor] = work->slot_count;
            work->slot_count += vww_channel_count(&graph->tensors[tensor].shape);
        }
}

static vww_status allocate(struct vww_simplify_work *work)
{
    const size_t ops = (size_t)work->graph->op_count;
    work->first = vww_allocate((size_t)work->graph->tensor_count, sizeof *work->first);
    work->ops = vww_allocate(ops, sizeof *work->ops);
    work->weighted = vww_allocate(ops, sizeof *work->weighted);
    work->folds = vww_allocate(ops, sizeof *work->folds);
    if (work->first == NULL || work->ops == NULL || work->weighted == NULL || work->folds == NULL)
        return vww_fail_memory(work->error, ops * sizeof *work->ops);
    number_slots(work);
    const size_t slots = (size_t)work->slot_count;
    work->low = vww_allocate(slots, 1);
    work->high = vww_allocate(slots, 1);
    work->is_cut = vww_allocate(slots, sizeof *work->is_cut);
    work->parent = vww_allocate(slots, sizeof *work->parent);
    work->need = vww_allocate(slots, 1);
    if (work->low == NULL || work->high == NULL || work->is_cut == NULL || work->parent == NULL ||
        work->need == NULL)
        return vww_fail_memory(work->error, slots * sizeof *work->parent);
    return VWW_OK;
}

vww_status vww_simplify_open(struct vww_simplify_work *work)
{
    vww_status status = allocate(work);
    for (int32_t op = 0; op < work->graph->op_count && status == VWW_OK; op++) {
        status = vww_lower_op(work->graph, op, &work->ops[op], work->error);
        if (status == VWW_OK)
            status = vww_weighted_open(work, op);
    }
    return status;
}

void vww_simplify_close(struct vww_simplify_work *work)
{
    for (int32_t op = 0; op < work->graph->op_count; op++) {
        if (work->ops != NULL)
            vww_lowered_fini(&work->ops[op]);
        if (work->weighted != NULL)
            vww_weighted_close(&work->weighted[op]);
    }
    vww_free(work->ops);
    vww_free(work->weighted);
    vww_free(work->folds);
    vww_free(work->first);
    vww_free(work->low);
    vww_free(work->high);
    vww_free(work->is_cut);
    vww_free(work->parent);
    vww_free(work->need);
}

/* --- the report ------------------------------------------------------------------------------- */

static int64_t weights_of(const struct vww_graph *graph, const struct vww_op *op)
{
    int64_t count = 0;
    for (int k = 1; k < op->input_count; k++)
        if (graph->tensors[op->inputs[k]].role == VWW_ROLE_WEIGHT)
            count += vww_shape_elements(&graph->tensors[op->inputs[k]].shape);
    return count;
}

static void count_channels(const struct vww_simplify_work *work, const struct vww_op *op,
                           struct vww_simplified_op *counts)
{
    for (int32_t k = 0; k < op->output_count; k++) {
        const int32_t channels = vww_channel_count(&work->graph->tensors[op->outputs[k]].shape);
        for (int32_t c = 0; c < channels; c++) {
            const int32_t slot = work->first[op->outputs[k]] + c;
            const enum vww_need need = vww_slot_need(work, slot);
            counts->channels_before++;
            counts->channels_after += need != VWW_UNNEEDED;
            counts->filler += need == VWW_FILLER;
            counts->constant += need == VWW_UNNEEDED && vww_slot_is_constant(work, slot);
            counts->unused += need == VWW_UNNEEDED && !vww_slot_is_constant(work, slot);
        }
    }
}

static void add_to_total(const struct vww_simplified_op *op, struct vww_simplify_report *report)
{
    struct vww_simplified_op *total = &report->total;
    /* Channels are counted where they are made, by weights. */
    if (op->weights_before > 0) {
        total->channels_before += op->channels_before;
        total->channels_after += op->channels_after;
        total->constant += op->constant;
        total->unused += op->unused;
        total->filler += op->filler;
    }
    total->weights_before += op->weights_before;
    total->weights_after += op->weights_after;
    total->macs_before += op->macs_before;
    total->macs_after += op->macs_after;
    report->clamps_lost += op->lost_clamp;
}

static bool has_clamp(const struct vww_op *op)
{
    return op->activation != VWW_ACTIVATION_NONE || op->kind == VWW_OP_RELU ||
           op->kind == VWW_OP_RELU6;
}

static vww_status make_report(const struct vww_simplify_work *work,
                              const struct vww_graph *simplified,
                              struct vww_simplify_report *report)
{
    const struct vww_graph *graph = work->graph;
    report->ops = vww_allocate((size_t)graph->op_count, sizeof *report->ops);
    if (report->ops == NULL)
        return vww_fail_memory(work->error, (size_t)graph->op_count * sizeof *report->ops);
    report->op_count = graph->op_count;
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *before = &graph->ops[i], *after = &simplified->ops[i];
        struct vww_simplified_op *op = &report->ops[i];
        memcpy(op->name, before->name, sizeof op->name);
        op->kind = before->kind;
        count_channels(work, before, op);
        op->lost_clamp = has_clamp(before) && !has_clamp(after);
        op->weights_before = weights_of(graph, before);
        op->weights_after = weights_of(simplified, after);
        op->macs_before = vww_op_macs(graph, before);
        op->macs_after = vww_op_macs(simplified, after);
        add_to_total(op, report);
    }
    return VWW_OK;
}

void vww_simplify_report_fini(struct vww_simplify_report *report)
{
    vww_free(report->ops);
    *report = (struct vww_simplify_report){0};
}

/* --- the whole -------------------------------------------------------------------------------- */

static vww_status simplify(struct vww_simplify_work *work, const char *target,
                           struct vww_graph *copy, struct vww_simplify_report *report)
{
    const struct vww_tuning *tuning = target != NULL ? vww_tuning_find(target) : NULL;
    vww_status status = vww_simplify_open(work);
    if (status != VWW_OK)
        return status;
    vww_simplify_intervals(work);
    vww_simplify_demand(work, tuning != NULL ? tuning->channel_multiple : 1);
    status = vww_simplify_rebuild(work, copy);
    if (status == VWW_OK)
        status = vww_graph_check(copy, true, work->error);
    if (status == VWW_OK && report != NULL)
        status = make_report(work, copy, report);
    return status;
}

/* Weights without zero points, activations of int8 throughout. */
static bool is_int8(const struct vww_graph *graph)
{
    for (int32_t t = 0; t < graph->tensor_count; t++)
        if (graph->tensors[t].role == VWW_ROLE_ACTIVATION && graph->tensors[t].dtype != VWW_INT8)
            return false;
    return !graph->older_uint8;
}

vww_status vww_simplify(const struct vww_graph *graph, const char *target,
                        struct vww_graph **simplified, struct vww_simplify_report *report,
                        struct vww_error *error)
{
    *simplified = NULL;
    if (report != NULL)
        *report = (struct vww_simplify_report){0};
    vww_status status = vww_graph_check(graph, true, error);
    if (status != VWW_OK)
        return status;
    struct vww_graph *copy = vww_graph_copy(graph);
    if (copy == NULL)
        return vww_fail_memory(error, sizeof *graph);
    if (is_int8(graph)) {
        struct vww_simplify_work work = {.graph = graph, .error = error};
        status = simplify(&work, target, copy, report);
        vww_simplify_close(&work);
    }
    if (status != VWW_OK) {
        vww_graph_destroy(copy);
        return status;
    }
    *simplified = copy;
    return VWW_OK;
}
