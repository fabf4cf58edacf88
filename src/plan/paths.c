#include "plan/paths.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* Kernels take channels by fours. */
#define CHANNEL_UNIT 4

/* --- finding ---------------------------------------------------------------------------------- */

/* The only reader of a tensor; -1: none, several, or the caller. */
static int32_t only_reader(const struct vww_graph *graph, int32_t tensor)
{
    int32_t reader = -1, readings = tensor == graph->output ? 1 : 0;
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int k = 0; k < graph->ops[i].input_count; k++)
            if (graph->ops[i].inputs[k] == tensor) {
                reader = i;
                readings++;
            }
    return readings == 1 ? reader : -1;
}

static bool is_int8_image(const struct vww_tensor *tensor)
{
    return tensor->role == VWW_ROLE_ACTIVATION && tensor->dtype == VWW_INT8 &&
           tensor->shape.rank == 4 && tensor->shape.dims[0] == 1;
}

/* A convolution that can make or add up channels in parts. */
static bool is_product(const struct vww_graph *graph, const struct vww_op *op)
{
    return op->kind == VWW_OP_CONV_2D && op->groups == 1 &&
           is_int8_image(&graph->tensors[op->inputs[0]]) &&
           is_int8_image(&graph->tensors[op->outputs[0]]) &&
           graph->tensors[op->inputs[1]].role == VWW_ROLE_WEIGHT &&
           (op->input_count < 3 || graph->tensors[op->inputs[2]].role != VWW_ROLE_ACTIVATION);
}

/* Each output channel is made of the input channel of the same number. */
static bool keeps_channels_apart(const struct vww_graph *graph, const struct vww_op *op)
{
    const struct vww_tensor *in = &graph->tensors[op->inputs[0]];
    const struct vww_tensor *out = &graph->tensors[op->outputs[0]];
    switch (op->kind) {
    case VWW_OP_DEPTHWISE_CONV_2D:
    case VWW_OP_AVERAGE_POOL_2D:
    case VWW_OP_MAX_POOL_2D:
    case VWW_OP_RELU:
    case VWW_OP_RELU6:
    case VWW_OP_LOGISTIC:
    case VWW_OP_HARD_SWISH:
    case VWW_OP_QUANTIZE:
        return is_int8_image(in) && is_int8_image(out) && in->shape.dims[3] == out->shape.dims[3];
    default:
        return false;
    }
}

static int32_t channels_of(const struct vww_graph *graph, const struct vww_paths_run *run)
{
    return graph->tensors[graph->ops[run->ops[0]].outputs[0]].shape.dims[3];
}

bool vww_paths_run_at(const struct vww_graph *graph, int32_t op, struct vww_paths_run *run)
{
    *run = (struct vww_paths_run){.ops = {op}, .op_count = 1};
    if (!is_product(graph, &graph->ops[op]))
        return false;
    while (run->op_count < VWW_PATHS_OPS_MOST) {
        const int32_t before = run->ops[run->op_count - 1];
        const int32_t next = only_reader(graph, graph->ops[before].outputs[0]);
        if (next < 0 || graph->ops[next].inputs[0] != graph->ops[before].outputs[0])
            return false;
        run->ops[run->op_count++] = next;
        run->most = (channels_of(graph, run) + CHANNEL_UNIT - 1) / CHANNEL_UNIT;
        if (is_product(graph, &graph->ops[next]))
            return run->most > 1;
        if (!keeps_channels_apart(graph, &graph->ops[next]))
            return false;
    }
    return false;
}

/* --- slices ----------------------------------------------------------------------------------- */

/* A path's channels. */
struct range {
    int32_t first, end;
};

static int32_t path_start(int32_t channels, int32_t paths, int32_t path)
{
    const int64_t units = (channels + CHANNEL_UNIT - 1) / CHANNEL_UNIT;
    const int32_t start = (int32_t)(units * path / paths) * CHANNEL_UNIT;
    return start < channels ? start : channels;
}

static vww_status slice_quantization(struct vww_tensor *to, const struct vww_quantization *from,
                                     int axis, struct range range, struct vww_error *error)
{
    const bool sliced = from->count > 1 && from->axis == axis;
    const int32_t first = sliced ? range.first : 0;
    const int32_t count = sliced ? range.end - range.first : from->count;
    if (count == 0)
        return VWW_OK;
    const vww_status status = vww_tensor_quantize_axis(to, from->axis, count, error);
    for (int32_t i = 0; i < count && status == VWW_OK; i++) {
        to->quantization.scales[i] = from->scales[first + i];
        to->quantization.zero_points[i] = from->zero_points[first + i];
    }
    return status;
}

static vww_status slice_data(struct vww_tensor *to, const struct vww_tensor *from, int axis,
                             struct range range, struct vww_error *error)
{
    const vww_status status = vww_tensor_allocate(to, error);
    if (status != VWW_OK)
        return status;
    size_t outer = 1, inner = vww_dtype_bytes(from->dtype);
    for (int i = 0; i < axis; i++)
        outer *= (size_t)from->shape.dims[i];
    for (int i = axis + 1; i < from->shape.rank; i++)
        inner *= (size_t)from->shape.dims[i];
    const size_t row = inner * (size_t)from->shape.dims[axis];
    const size_t part = inner * (size_t)(range.end - range.first);
    for (size_t i = 0; i < outer; i++)
        memcpy((char *)to->data + i * part,
               (const char *)from->data + i * row + inner * (size_t)range.first, part);
    return VWW_OK;
}

/* A new tensor with indices first … end - 1 of dimension `axis` of another one; -1: no memory. */
static int32_t slice(struct vww_graph *graph, int32_t tensor, int axis, struct range range,
                     int32_t path, struct vww_error *error)
{
    char name[VWW_NAME_MAX];
    struct vww_shape shape = graph->tensors[tensor].shape;
    snprintf(name, sizeof name, "%.80s.%d", graph->tensors[tensor].name, (int)path);
    shape.dims[axis] = range.end - range.first;
    const int32_t made = vww_graph_tensor(graph, name, graph->tensors[tensor].dtype,
                                          graph->tensors[tensor].role, &shape);
    if (made < 0) {
        vww_fail_memory(error, sizeof *graph->tensors);
        return -1;
    }
    const struct vww_tensor *from = &graph->tensors[tensor];
    struct vww_tensor *to = &graph->tensors[made];
    vww_status status = slice_quantization(to, &from->quantization, axis, range, error);
    if (status == VWW_OK && from->data != NULL)
        status = slice_data(to, from, axis, range, error);
    return status == VWW_OK ? made : -1;
}

/* --- rewriting -------------------------------------------------------------------------------- */

struct rewriting {
    const struct vww_graph *graph;
    struct vww_graph *split;
    int32_t *origin;
    size_t origin_capacity;
    struct vww_error *error;
};

static vww_status append(struct rewriting *r, const struct vww_op *op, int32_t origin)
{
    void *origins = r->origin;
    if (vww_array_reserve(&origins, &r->origin_capacity, (size_t)r->split->op_count + 1,
                          sizeof *r->origin) != 0)
        return vww_fail_memory(r->error, r->origin_capacity * 2 * sizeof *r->origin);
    r->origin = origins;
    r->origin[r->split->op_count] = origin;
    return vww_graph_append(r->split, op, r->error);
}

/* Operator `op` for one path. input: the path's own. Inputs behind the first are sliced along
 * the channels, of weights `weights_axis`. */
static vww_status append_part(struct rewriting *r, int32_t op, int32_t input, int weights_axis,
                              struct range range, int32_t path, int32_t *output)
{
    const struct vww_op *whole = &r->graph->ops[op];
    struct vww_op part = *whole;
    snprintf(part.name, sizeof part.name, "%.80s.%d", whole->name, (int)path);
    part.inputs[0] = input;
    for (int k = 1; k < whole->input_count; k++) {
        part.inputs[k] =
            slice(r->split, whole->inputs[k], k == 1 ? weights_axis : 0, range, path, r->error);
        if (part.inputs[k] < 0)
            return VWW_ERROR_MEMORY;
    }
    part.outputs[0] = *output = slice(r->split, whole->outputs[0], 3, range, path, r->error);
    return *output >= 0 ? append(r, &part, op) : VWW_ERROR_MEMORY;
}

/* The projection of one path. sums: those of the paths before, -1 for the first; becomes its
 * own. */
static vww_status append_projection(struct rewriting *r, int32_t op, int32_t input,
                                    struct range range, int32_t path, bool is_last, int32_t *sums)
{
    const struct vww_op *whole = &r->graph->ops[op];
    struct vww_op part = *whole;
    char name[VWW_NAME_MAX];
    snprintf(part.name, sizeof part.name, "%.80s.%d", whole->name, (int)path);
    part.inputs[0] = input;
    part.inputs[1] = slice(r->split, whole->inputs[1], 3, range, path, r->error);
    if (part.inputs[1] < 0)
        return VWW_ERROR_MEMORY;
    if (*sums >= 0) {
        part.inputs[2] = *sums;
        part.input_count = 3;
    }
    if (!is_last) {
        const struct vww_tensor *output = &r->split->tensors[whole->outputs[0]];
        const struct vww_shape shape = output->shape;
        snprintf(name, sizeof name, "%.75s.sums%d", output->name, (int)path);
        part.outputs[0] = *sums =
            vww_graph_tensor(r->split, name, VWW_INT32, VWW_ROLE_ACTIVATION, &shape);
        part.activation = VWW_ACTIVATION_NONE;
        if (*sums < 0)
            return vww_fail_memory(r->error, sizeof *r->split->tensors);
    }
    return append(r, &part, op);
}

static vww_status append_path(struct rewriting *r, const struct vww_paths_run *run,
                              struct range range, int32_t path, int32_t begun, bool is_last,
                              int32_t *sums)
{
    vww_status status = VWW_OK;
    int32_t x = begun;
    if (begun < 0)
        status =
            append_part(r, run->ops[0], r->graph->ops[run->ops[0]].inputs[0], 0, range, path, &x);
    for (int32_t i = 1; i < run->op_count - 1 && status == VWW_OK; i++)
        status = append_part(r, run->ops[i], x, 3, range, path, &x);
    if (status == VWW_OK)
        status = append_projection(r, run->ops[run->op_count - 1], x, range, path, is_last, sums);
    return status;
}

static vww_status append_run(struct rewriting *r, const struct vww_paths_run *run,
                             const struct vww_paths *paths)
{
    const int32_t channels = channels_of(r->graph, run);
    int32_t *begun = vww_allocate((size_t)paths->count, sizeof *begun), sums = -1;
    vww_status status =
        begun != NULL ? VWW_OK : vww_fail_memory(r->error, (size_t)paths->count * sizeof *begun);
    for (int32_t path = 0; path < paths->count && status == VWW_OK; path++) {
        const struct range range = {path_start(channels, paths->count, path),
                                    path_start(channels, paths->count, path + 1)};
        begun[path] = -1;
        if (paths->abreast)
            status = append_part(r, run->ops[0], r->graph->ops[run->ops[0]].inputs[0], 0, range,
                                 path, &begun[path]);
    }
    for (int32_t path = 0; path < paths->count && status == VWW_OK; path++) {
        const struct range range = {path_start(channels, paths->count, path),
                                    path_start(channels, paths->count, path + 1)};
        status = append_path(r, run, range, path, begun[path], path + 1 == paths->count, &sums);
    }
    vww_free(begun);
    return status;
}

/* A run takes the place of its last operator. */
static vww_status rewrite(struct rewriting *r, const struct vww_paths *paths, int32_t *head)
{
    const struct vww_graph *graph = r->graph;
    struct vww_paths_run run;
    for (int32_t i = 0; i < graph->op_count; i++)
        head[i] = -1;
    for (int32_t i = 0; i < graph->op_count; i++)
        if (paths[i].count > 1 && vww_paths_run_at(graph, i, &run) && paths[i].count <= run.most)
            for (int32_t k = 0; k < run.op_count; k++)
                head[run.ops[k]] = i;
    vww_status status = VWW_OK;
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++) {
        if (head[i] < 0) {
            status = append(r, &graph->ops[i], i);
            continue;
        }
        vww_paths_run_at(graph, head[i], &run);
        if (i == run.ops[run.op_count - 1])
            status = append_run(r, &run, &paths[head[i]]);
    }
    return status;
}

vww_status vww_paths_apply(const struct vww_graph *graph, const struct vww_paths *paths,
                           struct vww_graph **split, int32_t **origin, struct vww_error *error)
{
    struct rewriting r = {.graph = graph, .split = vww_graph_copy(graph), .error = error};
    int32_t *head = vww_allocate((size_t)graph->op_count, sizeof *head);
    vww_status status = VWW_OK;
    if (r.split == NULL || head == NULL)
        status = vww_fail_memory(error, (size_t)graph->op_count * sizeof *head);
    if (status == VWW_OK) {
        r.split->op_count = 0;
        status = rewrite(&r, paths, head);
    }
    vww_free(head);
    if (status != VWW_OK) {
        vww_graph_destroy(r.split);
        vww_free(r.origin);
        r.split = NULL;
        r.origin = NULL;
    }
    *split = r.split;
    *origin = r.origin;
    return status;
}
