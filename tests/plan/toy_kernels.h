/* Toy kernels that show whether a plan computes what the graph means. An element of an output is a
 * hash of the elements that the operator reads for its row; each kernel does what the runtime's
 * contract lets it do at worst: it changes every byte of its working memory and its output row
 * before it reads. */
#ifndef TESTS_PLAN_TOY_KERNELS_H
#define TESTS_PLAN_TOY_KERNELS_H

#include "base/memory.h"
#include "plan/rows.h"
#include "vww/plan.h"

#include <string.h>

struct toy {
    const struct vww_graph *graph;
    const struct vww_plan *plan; /* NULL: every tensor has memory of its own */
    const int64_t *scratch_bytes;
    uint8_t *arena;
    uint8_t **own; /* for each tensor, without a plan */
    uint64_t seed;
    uint64_t *seen; /* what was read, in no order: also by operators whose output nobody reads */
};

static int64_t toy_row_bytes(const struct vww_graph *graph, int32_t t)
{
    const struct vww_tensor *tensor = &graph->tensors[t];
    return vww_shape_elements(&tensor->shape) * (int64_t)vww_dtype_bytes(tensor->dtype) /
           vww_tensor_rows(tensor);
}

static uint8_t *toy_row(const struct toy *toy, int32_t t, int32_t y)
{
    const int64_t bytes = toy_row_bytes(toy->graph, t);
    if (toy->plan == NULL)
        return toy->own[t] + y * bytes;
    return toy->arena + toy->plan->placements[t].offset + y % toy->plan->placements[t].rows * bytes;
}

static uint64_t toy_mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t toy_start(const struct toy *toy, int32_t op, int32_t unit)
{
    return toy_mix(toy_mix(toy->seed, (uint64_t)op), (uint64_t)unit);
}

/* Everything that the unit reads, but what it reads element by element. */
static uint64_t toy_read(const struct toy *toy, int32_t index, const struct vww_op_rows *rows,
                         int32_t unit)
{
    const struct vww_op *op = &toy->graph->ops[index];
    uint64_t hash = toy_start(toy, index, unit);
    for (int k = 0; k < op->input_count; k++) {
        const int32_t t = op->inputs[k];
        if (toy->graph->tensors[t].role != VWW_ROLE_ACTIVATION || (rows->exchanged >> k & 1) != 0)
            continue;
        const struct vww_rows window =
            vww_op_reads(rows, k, vww_tensor_rows(&toy->graph->tensors[t]), unit);
        const bool dilated = (rows->own >> k & 1) == 0 && op->dilation_h > 1;
        const int32_t dilation = dilated ? op->dilation_h : 1;
        for (int32_t y = window.first; y < window.end; y++)
            for (int64_t i = 0; i < toy_row_bytes(toy->graph, t); i++)
                if ((y - unit * rows->stride + rows->pad) % dilation == 0)
                    hash = toy_mix(hash, toy_row(toy, t, y)[i]);
    }
    return hash;
}

/* Byte i of the inputs that are read element by element. */
static uint64_t toy_read_byte(const struct toy *toy, int32_t index, const struct vww_op_rows *rows,
                              int32_t unit, int64_t i)
{
    const struct vww_op *op = &toy->graph->ops[index];
    uint64_t hash = (uint64_t)i;
    for (int k = 0; k < op->input_count; k++)
        if ((rows->exchanged >> k & 1) != 0)
            hash = toy_mix(hash, toy_row(toy, op->inputs[k], unit)[i]);
    return hash;
}

/* Every byte of the outputs is changed before anything else is read than the bytes at its place. */
static void toy_unit(const struct toy *toy, int32_t index, const struct vww_op_rows *rows,
                     int32_t unit)
{
    const struct vww_op *op = &toy->graph->ops[index];
    const int64_t elements = toy_row_bytes(toy->graph, op->outputs[0]);
    uint64_t *read = vww_allocate((size_t)elements, sizeof *read), hash = 0;
    if (toy->plan != NULL && toy->scratch_bytes != NULL && toy->scratch_bytes[index] > 0)
        for (int64_t i = 0; i < toy->scratch_bytes[index]; i++)
            toy->arena[toy->plan->scratch[index] + i] ^= 0xff;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1)
            hash = toy_read(toy, index, rows, unit);
        for (int k = 0; k < op->output_count; k++) {
            const int32_t t = op->outputs[k];
            const struct vww_rows window =
                vww_op_writes(rows, vww_tensor_rows(&toy->graph->tensors[t]), unit);
            for (int32_t y = window.first; y < window.end; y++)
                for (int64_t i = 0; i < toy_row_bytes(toy->graph, t); i++) {
                    uint8_t *byte = &toy_row(toy, t, y)[i];
                    if (pass == 0 && rows->exchanged != 0)
                        read[i] = toy_read_byte(toy, index, rows, unit, i);
                    hash = toy_mix(hash, rows->exchanged != 0 ? read[i] : (uint64_t)i);
                    *toy->seen += pass == 0 ? 0 : hash;
                    *byte = pass == 0 ? *byte ^ 0xff : (uint8_t)hash;
                }
        }
    }
    vww_free(read);
}

static bool toy_only_renames(const struct vww_op *op)
{
    return op->kind == VWW_OP_RESHAPE || op->kind == VWW_OP_DROPOUT;
}

static void toy_step(const struct toy *toy, int32_t op, int32_t first, int32_t end)
{
    const struct vww_op_rows rows = vww_op_rows(toy->graph, &toy->graph->ops[op]);
    const struct vww_op *what = &toy->graph->ops[op];
    if (toy_only_renames(what)) {
        *toy->seen += toy_read(toy, op, &rows, 0);
        if (toy->plan == NULL)
            memcpy(toy->own[what->outputs[0]], toy->own[what->inputs[0]],
                   (size_t)vww_shape_elements(&toy->graph->tensors[what->inputs[0]].shape));
        return;
    }
    for (int32_t unit = first; unit < end; unit++)
        toy_unit(toy, op, &rows, unit);
}

static void toy_input(const struct toy *toy, int32_t first, int32_t end)
{
    const int32_t t = toy->graph->input;
    for (int32_t y = first; y < end; y++)
        for (int64_t i = 0; i < toy_row_bytes(toy->graph, t); i++)
            toy_row(toy, t, y)[i] = (uint8_t)toy_mix(toy->seed + (uint64_t)y, (uint64_t)i);
}

/* Whether the steps name every row of every operator once and in order. */
static bool toy_steps_are_complete(const struct vww_graph *graph, const struct vww_plan *plan)
{
    int32_t made[256] = {0};
    for (int32_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].op >= 0) {
            if (plan->steps[i].first != made[plan->steps[i].op] ||
                plan->steps[i].end <= plan->steps[i].first)
                return false;
            made[plan->steps[i].op] = plan->steps[i].end;
        }
    for (int32_t op = 0; op < graph->op_count; op++)
        if (made[op] != vww_op_rows(graph, &graph->ops[op]).units)
            return false;
    return true;
}

static bool toy_computes_the_same(const struct vww_graph *graph, const struct vww_plan *plan,
                                  const int64_t *scratch_bytes, uint64_t seed)
{
    uint64_t seen_in_planes = 0, seen_as_planned = 0;
    struct toy planes = {.graph = graph, .seed = seed, .seen = &seen_in_planes};
    struct toy planned = {.graph = graph,
                          .plan = plan,
                          .scratch_bytes = scratch_bytes,
                          .seed = seed,
                          .seen = &seen_as_planned};
    planes.own = vww_allocate((size_t)graph->tensor_count, sizeof *planes.own);
    for (int32_t t = 0; t < graph->tensor_count; t++)
        planes.own[t] = vww_allocate((size_t)vww_shape_elements(&graph->tensors[t].shape),
                                     vww_dtype_bytes(graph->tensors[t].dtype));
    planned.arena = vww_allocate((size_t)(plan->arena_bytes + plan->scratch_bytes), 1);
    toy_input(&planes, 0, vww_tensor_rows(&graph->tensors[graph->input]));
    for (int32_t op = 0; op < graph->op_count; op++)
        toy_step(&planes, op, 0, vww_op_rows(graph, &graph->ops[op]).units);
    for (int32_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].op == VWW_STEP_INPUT)
            toy_input(&planned, plan->steps[i].first, plan->steps[i].end);
        else
            toy_step(&planned, plan->steps[i].op, plan->steps[i].first, plan->steps[i].end);
    }
    bool same = seen_in_planes == seen_as_planned;
    for (int32_t y = 0; y < vww_tensor_rows(&graph->tensors[graph->output]); y++)
        same =
            same && memcmp(toy_row(&planes, graph->output, y), toy_row(&planned, graph->output, y),
                           (size_t)toy_row_bytes(graph, graph->output)) == 0;
    for (int32_t t = 0; t < graph->tensor_count; t++)
        vww_free(planes.own[t]);
    vww_free(planes.own);
    vww_free(planned.arena);
    return same;
}

#endif
