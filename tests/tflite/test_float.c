/* Float models of every operator: through a file and back, and run. The cases are those of
 * support/int8_cases.h with real numbers in place of integers.
 *
 *   test_tflite_float                    the tests
 *   test_tflite_float --write FOLDER N   write N cases of each kind: model, input (float32), our
 * output, for tests/conformance/tflite_float.py */
#include "base/file.h"
#include "base/memory.h"
#include "support/check.h"
#include "support/int8_cases.h"
#include "vww/network.h"
#include "vww/tflite.h"

#include <inttypes.h>

static void to_float(struct vww_tensor *tensor)
{
    const struct vww_quantization q = tensor->quantization;
    const void *integers = tensor->data;
    const enum vww_dtype dtype = tensor->dtype;
    tensor->dtype = VWW_FLOAT32;
    tensor->quantization = (struct vww_quantization){0};
    if (integers != NULL) {
        struct vww_error error;
        tensor->data = NULL;
        assert_ok(vww_tensor_allocate(tensor, &error), &error);
        float *values = tensor->data;
        for (int64_t i = 0; i < vww_shape_elements(&tensor->shape); i++) {
            const int32_t integer = dtype == VWW_INT8 ? ((const int8_t *)integers)[i]
                                                      : ((const int32_t *)integers)[i] % 1000;
            values[i] = (float)integer / 64;
        }
        vww_free((void *)(uintptr_t)integers);
    }
    vww_free(q.scales);
    vww_free(q.zero_points);
}

static struct vww_graph *float_case(enum vww_op_kind kind, uint64_t number)
{
    struct vww_graph *graph = int8_case_operator(kind, number);
    for (int32_t i = 0; i < graph->tensor_count; i++)
        to_float(&graph->tensors[i]);
    return graph;
}

struct played {
    struct vww_buffer file;
    float *input, *output;
    int64_t input_count, output_count;
};

static void play(enum vww_op_kind kind, uint64_t number, struct played *p)
{
    struct vww_error error;
    struct vww_graph *made = float_case(kind, number), *read;
    struct vww_predictor predictor;
    *p = (struct played){0};
    assert_ok(vww_tflite_encode(made, NULL, &p->file, &error), &error);
    assert_ok(vww_tflite_parse(p->file.data, p->file.size, "case", &read, &error), &error);
    struct vww_buffer first = {0}, second = {0};
    assert_ok(vww_graph_serialize(made, &first, &error), &error);
    assert_ok(vww_graph_serialize(read, &second, &error), &error);
    assert_int_equal(first.size, second.size);
    assert_ok(vww_network_predictor(read, 1, &predictor, &error), &error);
    p->input_count = vww_shape_elements(&read->tensors[read->input].shape);
    p->output_count = vww_shape_elements(&read->tensors[read->output].shape);
    int8_t *bytes = vww_allocate((size_t)p->input_count, 1);
    p->input = vww_allocate((size_t)p->input_count, sizeof(float));
    p->output = vww_allocate((size_t)p->output_count, sizeof(float));
    assert_true(bytes != NULL && p->input != NULL && p->output != NULL);
    int8_case_input(read, kind, number, bytes);
    for (int64_t i = 0; i < p->input_count; i++)
        p->input[i] =
            ((float)(uint8_t)bytes[i] - read->preprocessing.mean) * read->preprocessing.scale;
    assert_ok(predictor.predict(predictor.context, (const uint8_t *)bytes, 1, p->output, &error),
              &error);
    vww_predictor_fini(&predictor);
    vww_buffer_fini(&first);
    vww_buffer_fini(&second);
    vww_free(bytes);
    vww_graph_destroy(read);
    vww_graph_destroy(made);
}

static void played_fini(struct played *p)
{
    vww_buffer_fini(&p->file);
    vww_free(p->input);
    vww_free(p->output);
}

/* Every operator comes back from a file as it was, and runs. */
static void every_operator(void **state)
{
    (void)state;
    for (int i = 0; i < INT8_CASE_KINDS; i++)
        for (uint64_t number = 0; number < 20 && int8_case_kinds[i] != VWW_OP_QUANTIZE; number++) {
            struct played p;
            play(int8_case_kinds[i], number, &p);
            for (int64_t k = 0; k < p.output_count; k++)
                assert_true(isfinite(p.output[k]));
            played_fini(&p);
        }
}

static void write_file(const char *folder, const char *name, uint64_t number, const char *end,
                       const void *data, size_t bytes)
{
    struct vww_error error;
    char path[VWW_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s-%" PRIu64 ".%s", folder, name, number, end);
    assert_ok(vww_file_write(path, data, bytes, &error), &error);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--write") == 0) {
        const uint64_t count = strtoull(argv[3], NULL, 10);
        for (int i = 0; i < INT8_CASE_KINDS; i++)
            for (uint64_t n = 0; n < count && int8_case_kinds[i] != VWW_OP_QUANTIZE; n++) {
                const char *name = vww_op_name(int8_case_kinds[i]);
                struct played p;
                play(int8_case_kinds[i], n, &p);
                write_file(argv[2], name, n, "tflite", p.file.data, p.file.size);
                write_file(argv[2], name, n, "in", p.input,
                           (size_t)p.input_count * sizeof *p.input);
                write_file(argv[2], name, n, "out", p.output,
                           (size_t)p.output_count * sizeof *p.output);
                played_fini(&p);
            }
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
