/* A graph becomes a .tflite file. Tables are appended parents first; each reference is pointed at
 * its target once that is written. */
#include "base/file.h"
#include "base/memory.h"
#include "tflite/metadata.h"
#include "tflite/operators.h"
#include "tflite/rewrite.h"
#include "vww/tflite.h"

#include <stdio.h>
#include <string.h>

#define BUFFER_ALIGNMENT 16 /* of constants, required by the format */

/* A constant to be written: a tensor's data, an operator's integers, the metadata. Buffer 0 is
 * empty by convention; constant i of the list below is buffer i + 1. */
struct constant {
    const void *data;
    size_t bytes;
};

struct code {
    int32_t code;
    int version;
};

struct writer {
    const struct vww_graph *graph;
    struct vww_buffer *out;
    struct vww_error *error;
    int32_t *index; /* of each of the graph's tensors in the file; DROPOUT's output is its input */
    int32_t *tensors; /* those of the graph that are written, in the file's order */
    int32_t tensor_count;
    struct constant *constants;
    int32_t constant_count;
    struct code *codes; /* at most one for each operator */
    int32_t code_count;
    int32_t operator_count; /* written */
    /* Those of operator i are integers[TFLITE_MAX_CONSTANTS * i] and on. */
    struct tflite_integers *integers;
    int32_t *integer_count; /* of each operator */
    int32_t integer_tensors;
    struct vww_buffer metadata;
    const int64_t *offsets; /* of the planned graph's tensors, or NULL */
    int32_t offset_count;
    struct vww_buffer plan;
};

static vww_status fail_op(const struct writer *w, const struct vww_op *op, const char *what)
{
    vww_fail(w->error, VWW_ERROR_UNSUPPORTED, "%s", what);
    vww_error_place(w->error, "operator %s (%s)", op->name, vww_op_name(op->kind));
    return VWW_ERROR_UNSUPPORTED;
}

static bool is_padded(enum vww_op_kind kind)
{
    return kind == VWW_OP_CONV_2D || kind == VWW_OP_DEPTHWISE_CONV_2D ||
           kind == VWW_OP_AVERAGE_POOL_2D || kind == VWW_OP_MAX_POOL_2D;
}

static vww_status check_op(const struct writer *w, const struct vww_op *op)
{
    if (tflite_operator_of_kind(op->kind) == NULL) {
        fail_op(w, op, "a .tflite file has no such operator");
        if (op->kind == VWW_OP_BATCH_NORM)
            vww_error_remedy(w->error, "fold batch norm into the convolutions first");
        return VWW_ERROR_UNSUPPORTED;
    }
    if (op->kind == VWW_OP_CONV_2D && op->input_count < 3 &&
        w->graph->tensors[op->inputs[0]].dtype == VWW_INT8) {
        fail_op(w, op, "an int8 convolution in a .tflite file must have a bias");
        vww_error_remedy(w->error, "give it a bias of zeros");
        return VWW_ERROR_UNSUPPORTED;
    }
    if (is_padded(op->kind) && tflite_padding(w->graph, op) < 0) {
        fail_op(w, op, "a .tflite file has only SAME and VALID padding");
        vww_error_seen(w->error, "top %d, bottom %d, left %d, right %d", (int)op->pad_top,
                       (int)op->pad_bottom, (int)op->pad_left, (int)op->pad_right);
        return VWW_ERROR_UNSUPPORTED;
    }
    return VWW_OK;
}

static int32_t code_index(struct writer *w, const struct vww_op *op)
{
    const struct tflite_operator *format = tflite_operator_of_kind(op->kind);
    const int version = format->version != NULL ? format->version(w->graph, op) : 1;
    for (int32_t i = 0; i < w->code_count; i++)
        if (w->codes[i].code == format->code && w->codes[i].version == version)
            return i;
    w->codes[w->code_count] = (struct code){format->code, version};
    return w->code_count++;
}

static void prepare_integers(struct writer *w, int32_t index)
{
    const struct vww_op *op = &w->graph->ops[index];
    const struct tflite_operator *format = tflite_operator_of_kind(op->kind);
    struct tflite_integers *integers = &w->integers[(size_t)index * TFLITE_MAX_CONSTANTS];
    if (format->constants != NULL)
        w->integer_count[index] = format->constants(w->graph, op, integers);
    for (int32_t k = 0; k < w->integer_count[index]; k++)
        w->constants[w->constant_count++] = (struct constant){
            integers[k].values, (size_t)integers[k].count * sizeof integers[k].values[0]};
    w->integer_tensors += w->integer_count[index];
}

/* The offsets in the file's order. Tensors that only the file has are left to be placed. */
static void prepare_plan(struct writer *w)
{
    const int32_t count = w->tensor_count + w->integer_tensors;
    const int32_t head[] = {1, 0, count}; /* version, subgraph */
    vww_buffer_append(&w->plan, head, sizeof head);
    for (int32_t i = 0; i < count; i++) {
        const int32_t t = i < w->tensor_count ? w->tensors[i] : INT32_MAX;
        const int64_t place = t < w->offset_count ? w->offsets[t] : -1;
        const int32_t offset = place >= 0 && place <= INT32_MAX ? (int32_t)place : -1;
        vww_buffer_append(&w->plan, &offset, sizeof offset);
    }
    w->constants[w->constant_count++] = (struct constant){w->plan.data, w->plan.size};
}

/* Decide what is written, and under which numbers. original: what the metadata speaks of. */
static vww_status prepare(struct writer *w, const struct vww_graph *original,
                          const char *const *labels)
{
    const struct vww_graph *graph = w->graph;
    const size_t tensors = (size_t)graph->tensor_count, ops = (size_t)graph->op_count;
    w->index = vww_allocate(tensors, sizeof *w->index);
    w->tensors = vww_allocate(tensors, sizeof *w->tensors);
    w->constants = vww_allocate(tensors + TFLITE_MAX_CONSTANTS * ops + 2, sizeof *w->constants);
    w->codes = vww_allocate(ops, sizeof *w->codes);
    w->integers = vww_allocate(TFLITE_MAX_CONSTANTS * ops, sizeof *w->integers);
    w->integer_count = vww_allocate(ops, sizeof *w->integer_count);
    if (w->index == NULL || w->tensors == NULL || w->constants == NULL || w->codes == NULL ||
        w->integers == NULL || w->integer_count == NULL)
        return vww_fail_memory(w->error, (tensors + ops) * sizeof *w->constants);
    for (int32_t i = 0; i < graph->op_count; i++)
        if (graph->ops[i].kind == VWW_OP_DROPOUT)
            w->index[graph->ops[i].outputs[0]] = -1;
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        if (w->index[i] < 0)
            continue;
        w->index[i] = w->tensor_count;
        w->tensors[w->tensor_count++] = i;
        if (graph->tensors[i].data != NULL)
            w->constants[w->constant_count++] = (struct constant){
                graph->tensors[i].data, (size_t)vww_shape_elements(&graph->tensors[i].shape) *
                                            vww_dtype_bytes(graph->tensors[i].dtype)};
    }
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        if (op->kind == VWW_OP_DROPOUT) {
            w->index[op->outputs[0]] = w->index[op->inputs[0]];
            continue;
        }
        const vww_status status = check_op(w, op);
        if (status != VWW_OK)
            return status;
        code_index(w, op);
        w->operator_count++;
        prepare_integers(w, i);
    }
    tflite_metadata_write(original, labels, &w->metadata);
    w->constants[w->constant_count++] = (struct constant){w->metadata.data, w->metadata.size};
    if (w->offsets != NULL)
        prepare_plan(w);
    return w->metadata.failed || w->plan.failed ? vww_fail_memory(w->error, w->metadata.size)
                                                : VWW_OK;
}

static void put_codes(struct writer *w, size_t reference)
{
    const size_t vector = fb_put_references(w->out, (size_t)w->code_count);
    fb_point(w->out, reference, vector);
    for (int32_t i = 0; i < w->code_count; i++) {
        const uint64_t code = (uint64_t)w->codes[i].code;
        struct fb_slot slots[] = {
            {CODE_DEPRECATED_BUILTIN, 1, code < 127 ? code : 127, 0},
            {CODE_VERSION, 4, (uint64_t)w->codes[i].version, 0},
            {CODE_BUILTIN, 4, code, 0},
        };
        fb_point(w->out, fb_reference(vector, (size_t)i), fb_put_table(w->out, slots, 3));
    }
}

static uint64_t type_of(enum vww_dtype dtype)
{
    static const uint8_t types[] = {[VWW_FLOAT32] = TYPE_FLOAT32,
                                    [VWW_INT8] = TYPE_INT8,
                                    [VWW_UINT8] = TYPE_UINT8,
                                    [VWW_INT32] = TYPE_INT32,
                                    [VWW_INT64] = TYPE_INT64};
    return types[dtype];
}

static void put_zero_points(struct writer *w, size_t reference, const struct vww_quantization *q)
{
    fb_point(w->out, reference, fb_put_vector_head(w->out, (size_t)q->count, 8));
    for (int32_t i = 0; i < q->count; i++) {
        const int64_t zero = q->zero_points[i];
        vww_buffer_append(w->out, &zero, sizeof zero);
    }
}

static void put_quantization(struct writer *w, size_t reference, const struct vww_tensor *tensor)
{
    const struct vww_quantization *q = &tensor->quantization;
    const bool has_range = tensor->range_low != 0 || tensor->range_high != 0;
    struct fb_slot slots[5] = {
        {QUANTIZATION_DIMENSION, 4, q->count > 0 ? (uint64_t)q->axis : 0, 0}};
    int count = 1;
    if (has_range) {
        slots[count++] = (struct fb_slot)FB_REFERENCE(QUANTIZATION_MIN);
        slots[count++] = (struct fb_slot)FB_REFERENCE(QUANTIZATION_MAX);
    }
    if (q->count > 0) {
        slots[count++] = (struct fb_slot)FB_REFERENCE(QUANTIZATION_SCALE);
        slots[count++] = (struct fb_slot)FB_REFERENCE(QUANTIZATION_ZERO_POINT);
    }
    fb_point(w->out, reference, fb_put_table(w->out, slots, count));
    int next = 1;
    if (has_range) {
        fb_point(w->out, slots[next++].at, fb_put_vector(w->out, &tensor->range_low, 1, 4, 4));
        fb_point(w->out, slots[next++].at, fb_put_vector(w->out, &tensor->range_high, 1, 4, 4));
    }
    if (q->count > 0) {
        fb_point(w->out, slots[next++].at,
                 fb_put_vector(w->out, q->scales, (size_t)q->count, 4, 4));
        put_zero_points(w, slots[next].at, q);
    }
}

/* buffer: its number, 0 for an activation. */
static void put_tensor(struct writer *w, size_t reference, const struct vww_tensor *tensor,
                       int32_t buffer)
{
    struct fb_slot slots[] = {
        {TENSOR_TYPE, 1, type_of(tensor->dtype), 0},
        {TENSOR_BUFFER, 4, (uint64_t)buffer, 0},
        FB_REFERENCE(TENSOR_SHAPE),
        FB_REFERENCE(TENSOR_NAME),
        FB_REFERENCE(TENSOR_QUANTIZATION),
    };
    fb_point(w->out, reference, fb_put_table(w->out, slots, 5));
    fb_point(w->out, slots[2].at,
             fb_put_vector(w->out, tensor->shape.dims, (size_t)tensor->shape.rank, 4, 4));
    fb_point(w->out, slots[3].at, fb_put_string(w->out, tensor->name));
    put_quantization(w, slots[4].at, tensor);
}

/* The graph's tensors, then one for each constant of an operator. */
static void put_tensors(struct writer *w, size_t reference)
{
    const struct vww_graph *graph = w->graph;
    const size_t vector =
        fb_put_references(w->out, (size_t)w->tensor_count + (size_t)w->integer_tensors);
    size_t next = 0;
    int32_t buffer = 1;
    fb_point(w->out, reference, vector);
    for (int32_t i = 0; i < w->tensor_count; i++) {
        const struct vww_tensor *tensor = &graph->tensors[w->tensors[i]];
        put_tensor(w, fb_reference(vector, next++), tensor, tensor->data != NULL ? buffer : 0);
        buffer += tensor->data != NULL;
    }
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int32_t k = 0; k < w->integer_count[i]; k++) {
            const struct tflite_integers *integers = &w->integers[i * TFLITE_MAX_CONSTANTS + k];
            struct vww_tensor tensor = {.dtype = VWW_INT32, .shape = integers->shape};
            snprintf(tensor.name, sizeof tensor.name, "%.70s/%s", graph->ops[i].name,
                     integers->name);
            put_tensor(w, fb_reference(vector, next++), &tensor, buffer++);
        }
}

static void put_options(struct writer *w, size_t reference, const struct vww_op *op)
{
    const struct tflite_operator *format = tflite_operator_of_kind(op->kind);
    struct fb_slot slots[TFLITE_MAX_OPTION_SLOTS] = {FB_REFERENCE(RESHAPE_NEW_SHAPE)};
    int count = op->kind == VWW_OP_RESHAPE ? 1 : 0;
    if (format->write != NULL)
        count = format->write(w->graph, op, slots);
    fb_point(w->out, reference, fb_put_table(w->out, slots, count));
    if (op->kind == VWW_OP_RESHAPE)
        fb_point(w->out, slots[0].at,
                 fb_put_vector(w->out, op->shape.dims, (size_t)op->shape.rank, 4, 4));
}

/* The operator's inputs in the file; *next: the tensor of its first constant. */
static int32_t file_inputs(const struct writer *w, int32_t index, int32_t *next,
                           int32_t inputs[VWW_MAX_INPUTS + TFLITE_MAX_CONSTANTS])
{
    const struct vww_op *op = &w->graph->ops[index];
    const bool constants_first = tflite_operator_of_kind(op->kind)->first_input > 0;
    int32_t count = 0;
    for (int32_t k = 0; constants_first && k < w->integer_count[index]; k++)
        inputs[count++] = (*next)++;
    for (int32_t i = 0; i < op->input_count; i++)
        inputs[count++] = w->index[op->inputs[i]];
    for (int32_t k = 0; !constants_first && k < w->integer_count[index]; k++)
        inputs[count++] = (*next)++;
    return count;
}

static void put_operator(struct writer *w, size_t reference, int32_t index, int32_t *next)
{
    const struct vww_op *op = &w->graph->ops[index];
    const struct tflite_operator *format = tflite_operator_of_kind(op->kind);
    int32_t inputs[VWW_MAX_INPUTS + TFLITE_MAX_CONSTANTS], outputs[VWW_MAX_OUTPUTS];
    const int32_t input_count = file_inputs(w, index, next, inputs);
    for (int32_t i = 0; i < op->output_count; i++)
        outputs[i] = w->index[op->outputs[i]];
    struct fb_slot slots[] = {
        {OPERATOR_CODE_INDEX, 4, (uint64_t)code_index(w, op), 0},
        FB_REFERENCE(OPERATOR_INPUTS),
        FB_REFERENCE(OPERATOR_OUTPUTS),
        {OPERATOR_OPTIONS_TYPE, 1, format->options_type, 0},
        FB_REFERENCE(OPERATOR_OPTIONS),
    };
    const bool has_options = format->options_type != OPTIONS_NONE;
    fb_point(w->out, reference, fb_put_table(w->out, slots, has_options ? 5 : 3));
    fb_point(w->out, slots[1].at, fb_put_vector(w->out, inputs, (size_t)input_count, 4, 4));
    fb_point(w->out, slots[2].at, fb_put_vector(w->out, outputs, (size_t)op->output_count, 4, 4));
    if (has_options)
        put_options(w, slots[4].at, op);
}

static void put_operators(struct writer *w, size_t reference)
{
    const size_t vector = fb_put_references(w->out, (size_t)w->operator_count);
    size_t written = 0;
    int32_t next = w->tensor_count;
    fb_point(w->out, reference, vector);
    for (int32_t i = 0; i < w->graph->op_count; i++)
        if (w->graph->ops[i].kind != VWW_OP_DROPOUT)
            put_operator(w, fb_reference(vector, written++), i, &next);
}

static void put_subgraph(struct writer *w, size_t reference)
{
    struct fb_slot slots[] = {
        FB_REFERENCE(SUBGRAPH_TENSORS), FB_REFERENCE(SUBGRAPH_INPUTS),
        FB_REFERENCE(SUBGRAPH_OUTPUTS), FB_REFERENCE(SUBGRAPH_OPERATORS),
        FB_REFERENCE(SUBGRAPH_NAME),
    };
    const size_t vector = fb_put_references(w->out, 1);
    fb_point(w->out, reference, vector);
    fb_point(w->out, fb_reference(vector, 0), fb_put_table(w->out, slots, 5));
    put_tensors(w, slots[0].at);
    fb_point(w->out, slots[1].at, fb_put_vector(w->out, &w->index[w->graph->input], 1, 4, 4));
    fb_point(w->out, slots[2].at, fb_put_vector(w->out, &w->index[w->graph->output], 1, 4, 4));
    put_operators(w, slots[3].at);
    fb_point(w->out, slots[4].at, fb_put_string(w->out, "main"));
}

static void put_buffers(struct writer *w, size_t reference)
{
    const size_t vector = fb_put_references(w->out, (size_t)w->constant_count + 1);
    fb_point(w->out, reference, vector);
    fb_point(w->out, fb_reference(vector, 0), fb_put_table(w->out, NULL, 0));
    for (int32_t i = 0; i < w->constant_count; i++) {
        struct fb_slot slots[] = {FB_REFERENCE(BUFFER_DATA)};
        fb_point(w->out, fb_reference(vector, (size_t)i + 1), fb_put_table(w->out, slots, 1));
        fb_point(w->out, slots[0].at,
                 fb_put_vector(w->out, w->constants[i].data, w->constants[i].bytes, 1,
                               BUFFER_ALIGNMENT));
    }
}

/* Their buffers are the last. */
static void put_metadata(struct writer *w, size_t reference)
{
    static const char *const names[] = {TFLITE_METADATA_NAME, TFLITE_PLAN_NAME};
    const int32_t count = w->offsets != NULL ? 2 : 1;
    const size_t vector = fb_put_references(w->out, (size_t)count);
    fb_point(w->out, reference, vector);
    for (int32_t i = 0; i < count; i++) {
        struct fb_slot slots[] = {
            FB_REFERENCE(METADATA_NAME),
            {METADATA_BUFFER, 4, (uint64_t)(w->constant_count - count + i + 1), 0},
        };
        fb_point(w->out, fb_reference(vector, (size_t)i), fb_put_table(w->out, slots, 2));
        fb_point(w->out, slots[0].at, fb_put_string(w->out, names[i]));
    }
}

static void put_model(struct writer *w)
{
    struct fb_slot slots[] = {
        {MODEL_VERSION, 4, TFLITE_VERSION, 0}, FB_REFERENCE(MODEL_OPERATOR_CODES),
        FB_REFERENCE(MODEL_SUBGRAPHS),         FB_REFERENCE(MODEL_DESCRIPTION),
        FB_REFERENCE(MODEL_BUFFERS),           FB_REFERENCE(MODEL_METADATA),
    };
    fb_begin(w->out, TFLITE_IDENTIFIER);
    fb_point(w->out, 0, fb_put_table(w->out, slots, 6));
    put_codes(w, slots[1].at);
    put_subgraph(w, slots[2].at);
    fb_point(w->out, slots[3].at, fb_put_string(w->out, "vww"));
    put_metadata(w, slots[5].at);
    put_buffers(w, slots[4].at);
}

vww_status vww_tflite_encode_planned(const struct vww_graph *graph, const char *const *labels,
                                     const int64_t *offsets, struct vww_buffer *out,
                                     struct vww_error *error)
{
    vww_status status = vww_graph_check(graph, true, error);
    if (status != VWW_OK)
        return status;
    struct vww_graph *expanded;
    status = tflite_expand(graph, &expanded, error);
    if (status != VWW_OK)
        return status;
    struct writer w = {.graph = expanded != NULL ? expanded : graph,
                       .out = out,
                       .error = error,
                       .offsets = offsets,
                       .offset_count = graph->tensor_count};
    status = prepare(&w, graph, labels);
    if (status == VWW_OK) {
        put_model(&w);
        if (out->failed)
            status = vww_fail_memory(error, out->size);
    }
    vww_free(w.index);
    vww_free(w.tensors);
    vww_free(w.constants);
    vww_free(w.codes);
    vww_free(w.integers);
    vww_free(w.integer_count);
    vww_graph_destroy(expanded);
    vww_buffer_fini(&w.metadata);
    vww_buffer_fini(&w.plan);
    return status;
}

vww_status vww_tflite_encode(const struct vww_graph *graph, const char *const *labels,
                             struct vww_buffer *out, struct vww_error *error)
{
    return vww_tflite_encode_planned(graph, labels, NULL, out, error);
}

vww_status vww_tflite_write_planned(const struct vww_graph *graph, const char *path,
                                    const char *const *labels, const int64_t *offsets,
                                    struct vww_error *error)
{
    struct vww_buffer file = {0};
    vww_status status = vww_tflite_encode_planned(graph, labels, offsets, &file, error);
    if (status == VWW_OK)
        status = vww_file_write(path, file.data, file.size, error);
    vww_buffer_fini(&file);
    return status;
}

vww_status vww_tflite_write(const struct vww_graph *graph, const char *path,
                            const char *const *labels, struct vww_error *error)
{
    return vww_tflite_write_planned(graph, path, labels, NULL, error);
}
