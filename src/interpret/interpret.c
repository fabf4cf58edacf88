#include "vww/interpret.h"
#include "base/memory.h"
#include "interpret/fast.h"
#include "lower/lower.h"
#include "vww/quantization.h"

#include <string.h>

struct vww_interpreter {
    const struct vww_graph *graph;
    struct vww_lowered *ops;   /* graph->op_count */
    struct vww_fast_op **fast; /* the same; NULL where the reference kernel runs */
    int8_t **tensors;          /* graph->tensor_count; constants are the graph's */
    int8_t *memory;            /* what `tensors` points into */
    void *scratch;             /* as much as any of `fast` takes */
};

#define ALIGNMENT 64

static size_t tensor_bytes(const struct vww_tensor *tensor)
{
    const size_t bytes =
        (size_t)vww_shape_elements(&tensor->shape) * vww_dtype_bytes(tensor->dtype);
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The kernels' indices are 32 bits wide. */
static vww_status check_sizes(const struct vww_graph *graph, struct vww_error *error)
{
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        const struct vww_tensor *tensor = &graph->tensors[i];
        if (vww_shape_elements(&tensor->shape) > INT32_MAX) {
            vww_fail(error, VWW_ERROR_UNSUPPORTED, "the tensor is too large for the kernels");
            vww_error_place(error, "tensor %s", tensor->name);
            vww_error_allowed(error, "at most %d elements", INT32_MAX);
            return VWW_ERROR_UNSUPPORTED;
        }
        if (tensor->role == VWW_ROLE_ACTIVATION && tensor->shape.rank == 4 &&
            tensor->shape.dims[0] != 1) {
            vww_fail(error, VWW_ERROR_UNSUPPORTED, "the kernels work on one image at a time");
            vww_error_place(error, "tensor %s", tensor->name);
            vww_error_seen(error, "a batch of %d", (int)tensor->shape.dims[0]);
            return VWW_ERROR_UNSUPPORTED;
        }
    }
    return VWW_OK;
}

static vww_status allocate_tensors(struct vww_interpreter *interpreter, struct vww_error *error)
{
    const struct vww_graph *graph = interpreter->graph;
    size_t bytes = 0;
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (graph->tensors[i].role == VWW_ROLE_ACTIVATION)
            bytes += tensor_bytes(&graph->tensors[i]);
    interpreter->tensors = vww_allocate((size_t)graph->tensor_count, sizeof *interpreter->tensors);
    interpreter->memory = vww_allocate(1, bytes);
    if (interpreter->tensors == NULL || interpreter->memory == NULL)
        return vww_fail_memory(error, bytes);
    int8_t *next = interpreter->memory;
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        if (graph->tensors[i].role != VWW_ROLE_ACTIVATION) { /* read only */
            interpreter->tensors[i] = graph->tensors[i].data;
            continue;
        }
        interpreter->tensors[i] = next;
        next += tensor_bytes(&graph->tensors[i]);
    }
    return VWW_OK;
}

static vww_status lower_ops(struct vww_interpreter *interpreter, struct vww_error *error)
{
    const struct vww_graph *graph = interpreter->graph;
    const struct vww_fast_kernels *kernels;
    size_t scratch = 0;
    vww_status status = vww_fast_choose(&kernels, error);
    if (status != VWW_OK)
        return status;
    interpreter->ops = vww_allocate((size_t)graph->op_count, sizeof *interpreter->ops);
    interpreter->fast = vww_allocate((size_t)graph->op_count, sizeof(struct vww_fast_op *));
    if (interpreter->ops == NULL || interpreter->fast == NULL)
        return vww_fail_memory(error, (size_t)graph->op_count * sizeof *interpreter->ops);
    for (int32_t i = 0; i < graph->op_count; i++) {
        status = vww_lower_op(graph, i, &interpreter->ops[i], error);
        if (status == VWW_OK)
            status = vww_fast_create(kernels, &interpreter->ops[i], &interpreter->fast[i], error);
        if (status != VWW_OK)
            return status;
        if (interpreter->fast[i] != NULL && vww_fast_scratch(interpreter->fast[i]) > scratch)
            scratch = vww_fast_scratch(interpreter->fast[i]);
    }
    interpreter->scratch = vww_allocate(1, scratch);
    return interpreter->scratch != NULL ? VWW_OK : vww_fail_memory(error, scratch);
}

vww_status vww_interpreter_create(const struct vww_graph *graph,
                                  struct vww_interpreter **interpreter, struct vww_error *error)
{
    *interpreter = NULL;
    vww_status status = vww_graph_check(graph, true, error);
    if (status == VWW_OK)
        status = check_sizes(graph, error);
    if (status != VWW_OK)
        return status;
    struct vww_interpreter *made = vww_allocate(1, sizeof *made);
    if (made == NULL)
        return vww_fail_memory(error, sizeof *made);
    made->graph = graph;
    status = lower_ops(made, error);
    if (status == VWW_OK)
        status = allocate_tensors(made, error);
    if (status != VWW_OK) {
        vww_interpreter_destroy(made);
        return status;
    }
    *interpreter = made;
    return VWW_OK;
}

void vww_interpreter_destroy(struct vww_interpreter *interpreter)
{
    if (interpreter == NULL)
        return;
    if (interpreter->ops != NULL)
        for (int32_t i = 0; i < interpreter->graph->op_count; i++)
            vww_lowered_fini(&interpreter->ops[i]);
    if (interpreter->fast != NULL)
        for (int32_t i = 0; i < interpreter->graph->op_count; i++)
            vww_fast_destroy(interpreter->fast[i]);
    vww_free(interpreter->ops);
    vww_free(interpreter->fast);
    vww_free(interpreter->scratch);
    vww_free(interpreter->tensors);
    vww_free(interpreter->memory);
    vww_free(interpreter);
}

void vww_interpreter_run(struct vww_interpreter *interpreter, const int8_t *input, int8_t *output)
{
    const struct vww_graph *graph = interpreter->graph;
    memcpy(interpreter->tensors[graph->input], input,
           (size_t)vww_shape_elements(&graph->tensors[graph->input].shape));
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        const int8_t *from[VWW_MAX_INPUTS];
        int8_t *to[VWW_MAX_OUTPUTS];
        for (int32_t k = 0; k < op->input_count; k++)
            from[k] = interpreter->tensors[op->inputs[k]];
        for (int32_t k = 0; k < op->output_count; k++)
            to[k] = interpreter->tensors[op->outputs[k]];
        if (interpreter->fast[i] != NULL)
            vww_fast_run(interpreter->fast[i], from[0], to[0], interpreter->scratch);
        else
            vww_lowered_run(&interpreter->ops[i], from, to);
    }
    memcpy(output, interpreter->tensors[graph->output],
           (size_t)vww_shape_elements(&graph->tensors[graph->output].shape));
}

const int8_t *vww_interpreter_tensor(const struct vww_interpreter *interpreter, int32_t tensor)
{
    if (tensor < 0 || tensor >= interpreter->graph->tensor_count ||
        interpreter->graph->tensors[tensor].role != VWW_ROLE_ACTIVATION)
        return NULL;
    return interpreter->tensors[tensor];
}

void vww_interpret_input(const struct vww_graph *graph, const uint8_t *bytes, int8_t *input,
                         int64_t count)
{
    const struct vww_quantization *q = &graph->tensors[graph->input].quantization;
    int8_t table[256];
    for (int byte = 0; byte < 256; byte++) {
        const float real = ((float)byte - graph->preprocessing.mean) * graph->preprocessing.scale;
        /* TensorFlow Lite's QUANTIZE divides in single precision. */
        const float steps = real / q->scales[0];
        table[byte] =
            (int8_t)(graph->input_edge == VWW_EDGE_FLOAT
                         ? vww_quantize_value(steps, 1, q->zero_points[0], -128, 127)
                         : vww_quantize_value(real, q->scales[0], q->zero_points[0], -128, 127));
    }
    for (int64_t i = 0; i < count; i++)
        input[i] = table[bytes[i]];
}
