/* Models that other tools make and vww does not: the older uint8 scheme with zero points of
 * weights, int8 models with float or uint8 ends. tests/golden/foreign.txt has a line for each, made
 * by tests/golden/record.sh: number, model, input bytes, the output of LiteRT's built-in reference
 * kernels, in hexadecimal. */
#include "base/file.h"
#include "base/memory.h"
#include "support/check.h"
#include "vww/interpret.h"
#include "vww/tflite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct vww_buffer from_hex(const char *hex)
{
    struct vww_buffer bytes = {0};
    for (; hex[0] != '\0'; hex += 2) {
        unsigned byte;
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        const uint8_t one = (uint8_t)byte;
        vww_buffer_append(&bytes, &one, 1);
    }
    assert_false(bytes.failed);
    return bytes;
}

/* The graph's output as the file's output tensor has it. */
static struct vww_buffer run(const struct vww_graph *graph, const struct vww_buffer *input)
{
    struct vww_error error;
    struct vww_interpreter *interpreter;
    struct vww_buffer made = {0};
    const struct vww_tensor *out = &graph->tensors[graph->output];
    const int64_t count = vww_shape_elements(&out->shape);
    int8_t *integers = vww_allocate(1, input->size), *output = vww_allocate(1, (size_t)count);
    assert_true(integers != NULL && output != NULL);
    assert_int_equal(vww_shape_elements(&graph->tensors[graph->input].shape), input->size);
    assert_ok(vww_interpreter_create(graph, &interpreter, &error), &error);
    vww_interpret_input(graph, input->data, integers, (int64_t)input->size);
    vww_interpreter_run(interpreter, integers, output);
    const bool is_uint8 = graph->output_edge == VWW_EDGE_UINT8 ||
                          (graph->older_uint8 && graph->output_edge == VWW_EDGE_PLAIN);
    for (int64_t i = 0; i < count; i++) {
        const float real =
            out->quantization.scales[0] * (float)(output[i] - out->quantization.zero_points[0]);
        const uint8_t byte = (uint8_t)(output[i] + (is_uint8 ? 128 : 0));
        if (graph->output_edge == VWW_EDGE_FLOAT)
            vww_buffer_append(&made, &real, sizeof real);
        else
            vww_buffer_append(&made, &byte, 1);
    }
    vww_interpreter_destroy(interpreter);
    vww_free(integers);
    vww_free(output);
    return made;
}

/* What is written after reading gives the same graph, and the same bytes. */
static struct vww_graph *through_a_file(const struct vww_graph *graph)
{
    struct vww_error error;
    struct vww_graph *again;
    struct vww_buffer file = {0}, first = {0}, second = {0};
    assert_ok(vww_tflite_encode(graph, NULL, &file, &error), &error);
    assert_ok(vww_tflite_parse(file.data, file.size, graph->name, &again, &error), &error);
    assert_ok(vww_graph_serialize(graph, &first, &error), &error);
    assert_ok(vww_graph_serialize(again, &second, &error), &error);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    vww_buffer_fini(&file);
    vww_buffer_fini(&first);
    vww_buffer_fini(&second);
    return again;
}

static void same_as_record(void **state)
{
    (void)state;
    char path[VWW_PATH_MAX];
    const char *source = getenv("VWW_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/tests/golden/foreign.txt", source != NULL ? source : ".");
    FILE *record = fopen(path, "r");
    if (record == NULL)
        fail_msg("cannot open %s", path);
    static char model[8192], input[8192], output[32768];
    int number, older = 0, edges = 0, checked = 0;
    while (fscanf(record, "%d %8191s %8191s %32767s", &number, model, input, output) == 4) {
        struct vww_error error;
        struct vww_graph *graph;
        struct vww_buffer file = from_hex(model), in = from_hex(input), wanted = from_hex(output);
        assert_ok(vww_tflite_parse(file.data, file.size, "foreign", &graph, &error), &error);
        struct vww_graph *again = through_a_file(graph);
        for (int k = 0; k < 2; k++) {
            struct vww_buffer made = run(k == 0 ? graph : again, &in);
            assert_int_equal(made.size, wanted.size);
            if (memcmp(made.data, wanted.data, made.size) != 0)
                fail_msg("model %d differs%s", number, k == 0 ? "" : " after writing");
            vww_buffer_fini(&made);
        }
        older += graph->older_uint8;
        edges += graph->input_edge != VWW_EDGE_PLAIN || graph->output_edge != VWW_EDGE_PLAIN;
        vww_buffer_fini(&file);
        vww_buffer_fini(&in);
        vww_buffer_fini(&wanted);
        vww_graph_destroy(graph);
        vww_graph_destroy(again);
        checked++;
    }
    assert_true(feof(record));
    fclose(record);
    assert_true(checked >= 30 && older >= 10 && edges >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
