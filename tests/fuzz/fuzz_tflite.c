/* Hostile .tflite files: what parses can be written and parsed again, and runs. */
#include "base/memory.h"
#include "vww/interpret.h"
#include "vww/network.h"
#include "vww/tflite.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_WORK 2000000 /* multiply-adds and elements of a model that is also run */

static bool is_small(const struct vww_graph *graph)
{
    int64_t work = 0;
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        const int64_t elements = vww_shape_elements(&graph->tensors[i].shape);
        if (elements > MOST_WORK || (work += elements) > MOST_WORK)
            return false;
    }
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        int64_t each = vww_op_macs(graph, op);
        if (op->kind == VWW_OP_AVERAGE_POOL_2D || op->kind == VWW_OP_MAX_POOL_2D)
            each = (int64_t)op->kernel_h * op->kernel_w *
                   vww_shape_elements(&graph->tensors[op->outputs[0]].shape);
        if (each > MOST_WORK || (work += each) > MOST_WORK)
            return false;
    }
    return true;
}

static void run_float(const struct vww_graph *graph)
{
    struct vww_predictor predictor;
    struct vww_error error;
    if (vww_network_predictor(graph, 1, &predictor, &error) != VWW_OK)
        return;
    uint8_t *input =
        vww_allocate(1, (size_t)vww_shape_elements(&graph->tensors[graph->input].shape));
    float *output = vww_allocate((size_t)predictor.classes, sizeof *output);
    if (input != NULL && output != NULL)
        (void)predictor.predict(predictor.context, input, 1, output, &error);
    vww_free(input);
    vww_free(output);
    vww_predictor_fini(&predictor);
}

static void run(const struct vww_graph *graph)
{
    struct vww_interpreter *interpreter;
    struct vww_error error;
    if (graph->tensors[graph->input].dtype == VWW_FLOAT32) {
        run_float(graph);
        return;
    }
    if (vww_interpreter_create(graph, &interpreter, &error) != VWW_OK)
        return;
    int8_t *input =
        vww_allocate(1, (size_t)vww_shape_elements(&graph->tensors[graph->input].shape));
    int8_t *output =
        vww_allocate(1, (size_t)vww_shape_elements(&graph->tensors[graph->output].shape));
    if (input != NULL && output != NULL)
        vww_interpreter_run(interpreter, input, output);
    vww_free(input);
    vww_free(output);
    vww_interpreter_destroy(interpreter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vww_graph *graph, *again;
    struct vww_error error;
    struct vww_buffer file = {0};
    if (vww_tflite_parse(data, size, "fuzz", &graph, &error) != VWW_OK)
        return 0;
    if (is_small(graph))
        run(graph);
    /* What was read may not be writable (a bias that is missing), but what is written is readable.
     */
    if (vww_tflite_encode(graph, NULL, &file, &error) == VWW_OK) {
        if (vww_tflite_parse(file.data, file.size, "again", &again, &error) != VWW_OK)
            abort();
        vww_graph_destroy(again);
    }
    vww_buffer_fini(&file);
    vww_graph_destroy(graph);
    return 0;
}
