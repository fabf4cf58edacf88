/* The integer kernels against recorded outputs of LiteRT's built-in reference kernels. The cases
 * are those of support/int8_cases.h, a function of (kind, number); the record, tests/golden/
 * int8.txt, has a line for each: kind, number, CRC-32C of the model file and input, output in
 * hexadecimal. tests/golden/record.sh makes it anew.
 *
 *   test_interpret_golden                       check the record
 *   test_interpret_golden --write FOLDER N      write N cases of each kind: model, input, our
 * output test_interpret_golden --write-networks FOLDER N   the same for N chains of operators */
#include "base/checksum.h"
#include "base/file.h"
#include "base/memory.h"
#include "interpret/fast.h"
#include "support/check.h"
#include "support/int8_cases.h"
#include "vww/interpret.h"
#include "vww/tflite.h"

#include <inttypes.h>

#define CASES_EACH 60

/* A case's graph after it went through a file, with its input and the interpreter's output. */
struct played {
    struct vww_graph *graph;
    struct vww_buffer file;
    int8_t *input, *output;
    size_t input_bytes, output_bytes;
    uint32_t crc;
};

/* The interpreter's output with the kernels that VWW_ISA names. */
static void run_with(const struct played *p, const char *isa, int8_t *output)
{
    struct vww_error error;
    struct vww_interpreter *interpreter;
    setenv("VWW_ISA", isa, 1);
    assert_ok(vww_interpreter_create(p->graph, &interpreter, &error), &error);
    vww_interpreter_run(interpreter, p->input, output);
    vww_interpreter_destroy(interpreter);
    unsetenv("VWW_ISA");
}

static void play(struct played *p, struct vww_graph *made, enum vww_op_kind kind, uint64_t number)
{
    struct vww_error error;
    *p = (struct played){0};
    assert_ok(vww_tflite_encode(made, NULL, &p->file, &error), &error);
    assert_ok(vww_tflite_parse(p->file.data, p->file.size, "case", &p->graph, &error), &error);
    vww_graph_destroy(made);
    p->input_bytes = (size_t)vww_shape_elements(&p->graph->tensors[p->graph->input].shape);
    p->output_bytes = (size_t)vww_shape_elements(&p->graph->tensors[p->graph->output].shape);
    p->input = vww_allocate(1, p->input_bytes);
    p->output = vww_allocate(1, p->output_bytes);
    assert_true(p->input != NULL && p->output != NULL);
    int8_case_input(p->graph, kind, number, p->input);
    run_with(p, "portable", p->output);
    size_t count;
    const struct vww_fast_kernels *const *tuned = vww_fast_available(&count);
    for (size_t i = 0; i < count; i++) {
        int8_t *output = vww_allocate(1, p->output_bytes);
        assert_non_null(output);
        run_with(p, tuned[i]->name, output);
        assert_memory_equal(output, p->output, p->output_bytes);
        vww_free(output);
    }
    p->crc = vww_crc32c(vww_crc32c(0, p->file.data, p->file.size), p->input, p->input_bytes);
}

static void played_fini(struct played *p)
{
    vww_graph_destroy(p->graph);
    vww_buffer_fini(&p->file);
    vww_free(p->input);
    vww_free(p->output);
}

static int kind_index(const char *name)
{
    for (int i = 0; i < INT8_CASE_KINDS; i++)
        if (strcmp(vww_op_name(int8_case_kinds[i]), name) == 0)
            return i;
    return -1;
}

static void same_as_record(void **state)
{
    (void)state;
    char path[VWW_PATH_MAX];
    const char *source = getenv("VWW_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/tests/golden/int8.txt", source != NULL ? source : ".");
    FILE *record = fopen(path, "r");
    if (record == NULL)
        fail_msg("cannot open %s", path);
    static char name[64], hex[1 << 16];
    uint64_t number;
    uint32_t crc;
    int checked = 0;
    while (fscanf(record, "%63s %" SCNu64 " %" SCNx32 " %65535s", name, &number, &crc, hex) == 4) {
        const int index = kind_index(name);
        if (index < 0)
            fail_msg("%s: unknown kind %s", path, name);
        const enum vww_op_kind kind = int8_case_kinds[index];
        struct played p;
        play(&p, int8_case_operator(kind, number), kind, number);
        if (p.crc != crc)
            fail_msg("%s %" PRIu64 ": the case is not the one that was recorded: the generator or "
                     "the writer has changed; run tests/golden/record.sh",
                     name, number);
        assert_int_equal(strlen(hex), 2 * p.output_bytes);
        for (size_t i = 0; i < p.output_bytes; i++) {
            unsigned byte;
            assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
            if ((uint8_t)p.output[i] != byte)
                fail_msg("%s %" PRIu64 ": output %zu is %d, recorded %d", name, number, i,
                         p.output[i], (int8_t)byte);
        }
        played_fini(&p);
        checked++;
    }
    assert_true(feof(record));
    fclose(record);
    assert_int_equal(checked, CASES_EACH * INT8_CASE_KINDS);
}

static void write_case(const char *folder, const char *name, uint64_t number,
                       const struct played *p)
{
    struct vww_error error;
    char path[VWW_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s-%" PRIu64 "-%08" PRIx32 ".tflite", folder, name, number,
             p->crc);
    assert_ok(vww_file_write(path, p->file.data, p->file.size, &error), &error);
    strcpy(strrchr(path, '.'), ".in");
    assert_ok(vww_file_write(path, p->input, p->input_bytes, &error), &error);
    strcpy(strrchr(path, '.'), ".out");
    assert_ok(vww_file_write(path, p->output, p->output_bytes, &error), &error);
}

static int write_operators(const char *folder, uint64_t count)
{
    for (int i = 0; i < INT8_CASE_KINDS; i++)
        for (uint64_t number = 0; number < count; number++) {
            struct played p;
            play(&p, int8_case_operator(int8_case_kinds[i], number), int8_case_kinds[i], number);
            write_case(folder, vww_op_name(int8_case_kinds[i]), number, &p);
            played_fini(&p);
        }
    return 0;
}

static int write_networks(const char *folder, uint64_t count)
{
    for (uint64_t number = 0; number < count; number++) {
        struct played p;
        play(&p, int8_case_network(number), INT8_CASE_NETWORK, number);
        write_case(folder, "network", number, &p);
        played_fini(&p);
    }
    return 0;
}

static int write_image_model(const char *folder)
{
    struct vww_error error;
    char path[VWW_PATH_MAX];
    struct int8_case c = int8_case_begin(INT8_CASE_NETWORK, 77);
    const struct vww_shape shape = {.rank = 4, .dims = {1, 12, 12, 3}};
    c.graph->input = c.next = int8_case_activation(&c, "input", &shape, 1.0f / 128, 0);
    int8_case_append(&c, VWW_OP_CONV_2D);
    int8_case_append(&c, VWW_OP_RESHAPE);
    int8_case_append(&c, VWW_OP_FULLY_CONNECTED);
    int8_case_append(&c, VWW_OP_SOFTMAX);
    snprintf(path, sizeof path, "%s/image.tflite", folder);
    assert_ok(vww_tflite_write(c.graph, path, NULL, &error), &error);
    vww_graph_destroy(c.graph);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--write") == 0)
        return write_operators(argv[2], strtoull(argv[3], NULL, 10));
    if (argc == 4 && strcmp(argv[1], "--write-networks") == 0)
        return write_networks(argv[2], strtoull(argv[3], NULL, 10));
    if (argc == 3 && strcmp(argv[1], "--write-images") == 0)
        return write_image_model(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
