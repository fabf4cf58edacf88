/* Files and back; and files that are damaged or outside what is supported.
 *
 *   test_tflite_tflite                     the tests
 *   test_tflite_tflite --rewrite IN OUT    read a model and write it again
 *   test_tflite_tflite --write-wrong DIR   write models that are not supported, by what is wrong */
#include "base/file.h"
#include "base/memory.h"
#include "support/check.h"
#include "support/int8_cases.h"
#include "tflite/schema.h"
#include "vww/interpret.h"
#include "vww/tflite.h"
#include "vww/zoo.h"

static struct vww_graph *parse(const struct vww_buffer *file)
{
    struct vww_error error;
    struct vww_graph *graph;
    assert_ok(vww_tflite_parse(file->data, file->size, "test", &graph, &error), &error);
    return graph;
}

static void assert_same_graph(const struct vww_graph *a, const struct vww_graph *b)
{
    struct vww_buffer first = {0}, second = {0};
    struct vww_error error;
    assert_ok(vww_graph_serialize(a, &first, &error), &error);
    assert_ok(vww_graph_serialize(b, &second, &error), &error);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    vww_buffer_fini(&first);
    vww_buffer_fini(&second);
}

static struct vww_buffer encode(const struct vww_graph *graph)
{
    struct vww_error error;
    struct vww_buffer file = {0};
    assert_ok(vww_tflite_encode(graph, NULL, &file, &error), &error);
    return file;
}

/* Parsing fails; the whole message. */
static const char *refusal(const void *data, size_t bytes)
{
    static char message[2048];
    struct vww_error error;
    struct vww_graph *graph;
    assert_int_not_equal(vww_tflite_parse(data, bytes, "test", &graph, &error), VWW_OK);
    assert_null(graph);
    vww_error_format(&error, message, sizeof message);
    return message;
}

#define assert_refused(file, text)                                                                 \
    do {                                                                                           \
        const char *said = refusal((file)->data, (file)->size);                                    \
        if (strstr(said, text) == NULL)                                                            \
            fail_msg("\"%s\" does not speak of \"%s\"", said, text);                               \
    } while (0)

static void graphs_come_back(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < 40; number++) {
        struct vww_graph *made = int8_case_network(number);
        snprintf(made->family, sizeof made->family, "family \"quoted\"");
        made->depth_multiplier = 0.1 * (double)number;
        made->preprocessing.mean = 127.5f;
        made->preprocessing.scale = 1.0f / 127.5f;
        made->tensors[made->input].range_low = -1;
        made->tensors[made->input].range_high = 1;
        /* What the file does not tell from one another. */
        for (int32_t i = 0; i < made->op_count; i++)
            if (made->ops[i].kind != VWW_OP_CONV_2D &&
                made->ops[i].kind != VWW_OP_DEPTHWISE_CONV_2D)
                made->ops[i].dilation_h = made->ops[i].dilation_w = 0;
        struct vww_buffer file = encode(made);
        struct vww_graph *read = parse(&file);
        assert_same_graph(made, read);
        vww_graph_destroy(made);
        vww_graph_destroy(read);
        vww_buffer_fini(&file);
    }
}

/* Constants lie at multiples of 16, as the format asks; the identifier and version are right. */
static void layout(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *made = int8_case_network(1);
    struct vww_buffer file = encode(made);
    struct fb_table model;
    assert_memory_equal(file.data + 4, "TFL3", 4);
    assert_ok(fb_verify(file.data, file.size, &tflite_model_schema, "test", &model, &error),
              &error);
    assert_int_equal(fb_u32(model, MODEL_VERSION, 0), 3);
    const uint32_t buffers = fb_vector(model, MODEL_BUFFERS).count;
    assert_true(buffers > 3);
    assert_int_equal(fb_vector(fb_table_at(model, MODEL_BUFFERS, 0), BUFFER_DATA).count, 0);
    for (uint32_t i = 1; i < buffers; i++) {
        const struct fb_vector data = fb_vector(fb_table_at(model, MODEL_BUFFERS, i), BUFFER_DATA);
        assert_true(data.count > 0);
        assert_int_equal((size_t)(data.data - file.data) % 16, 0);
    }
    vww_graph_destroy(made);
    vww_buffer_fini(&file);
}

static void labels_come_back(void **state)
{
    (void)state;
    static const char *const names[] = {"no person", "person \xc3\xa9\"", "third"};
    struct vww_error error;
    struct vww_labels labels;
    struct vww_graph *made = int8_case_operator(VWW_OP_RELU, 3);
    made->tensors[made->input].shape = (struct vww_shape){.rank = 2, .dims = {1, 3}};
    made->tensors[made->output].shape = made->tensors[made->input].shape;
    char path[] = "/tmp/vww-test-XXXXXX";
    const int handle = mkstemp(path);
    assert_true(handle >= 0);
    assert_ok(vww_tflite_write(made, path, names, &error), &error);
    assert_ok(vww_tflite_read_labels(path, &labels, &error), &error);
    assert_int_equal(labels.count, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(labels.names[i], names[i]);
    vww_labels_fini(&labels);
    assert_ok(vww_tflite_write(made, path, NULL, &error), &error);
    assert_ok(vww_tflite_read_labels(path, &labels, &error), &error);
    assert_int_equal(labels.count, 0);
    vww_labels_fini(&labels);
    remove(path);
    vww_graph_destroy(made);
}

/* Dropout is the identity outside training: the file has no trace of it. */
static void dropout_is_left_out(void **state)
{
    (void)state;
    struct int8_case c = int8_case_begin(VWW_OP_RELU, 9);
    const struct vww_shape shape = {.rank = 2, .dims = {1, 10}};
    c.graph->input = c.next = int8_case_activation(&c, "input", &shape, 0.5f, 3);
    int8_case_append(&c, VWW_OP_RELU);
    int8_case_append(&c, VWW_OP_DROPOUT);
    int8_case_append(&c, VWW_OP_SOFTMAX);
    struct vww_buffer file = encode(c.graph);
    struct vww_graph *read = parse(&file);
    assert_int_equal(read->op_count, 2);
    assert_int_equal(read->ops[1].kind, VWW_OP_SOFTMAX);
    assert_int_equal(read->ops[1].inputs[0], read->ops[0].outputs[0]);
    vww_graph_destroy(c.graph);
    vww_graph_destroy(read);
    vww_buffer_fini(&file);
}

/* Every truncation, and every byte of a small file replaced: an error or a graph, never more.
 * Under the sanitizers this shows that nothing outside the file is read. */
static void damage(enum vww_op_kind kind, uint64_t number)
{
    struct vww_graph *made = int8_case_operator(kind, number);
    struct vww_buffer file = encode(made);
    struct vww_error error;
    struct vww_graph *graph;
    for (size_t bytes = 0; bytes < file.size; bytes++) {
        uint8_t *cut = malloc(bytes + 1);
        assert_non_null(cut);
        memcpy(cut, file.data, bytes);
        assert_int_not_equal(vww_tflite_parse(cut, bytes, "cut", &graph, &error), VWW_OK);
        assert_int_not_equal(error.what[0], 0);
        if (bytes >= 8) /* below that it is no .tflite file at all */
            assert_true(error.byte >= 0 && error.byte < (int64_t)bytes);
        free(cut);
    }
    static const uint8_t changes[] = {0x01, 0x80, 0xff, 0x10};
    int refused = 0;
    for (size_t at = 0; at < file.size; at++)
        for (size_t k = 0; k < sizeof changes; k++) {
            file.data[at] ^= changes[k];
            if (vww_tflite_parse(file.data, file.size, "flipped", &graph, &error) == VWW_OK) {
                vww_graph_destroy(graph);
            } else {
                assert_int_not_equal(error.what[0], 0);
                refused++;
            }
            file.data[at] ^= changes[k];
        }
    assert_true(refused > 100);
    vww_graph_destroy(made);
    vww_buffer_fini(&file);
}

static void damaged_files(void **state)
{
    (void)state;
    for (int i = 0; i < INT8_CASE_KINDS; i++)
        damage(int8_case_kinds[i], 5);
}

/* A memory plan stands in the file as TensorFlow Lite Micro reads it. */
static void plan_is_written(void **state)
{
    (void)state;
    struct vww_error error;
    struct fb_table model;
    struct vww_buffer file = {0};
    struct vww_graph *made = int8_case_network(4);
    int64_t *offsets = vww_allocate((size_t)made->tensor_count, sizeof *offsets);
    assert_non_null(offsets);
    for (int32_t t = 0; t < made->tensor_count; t++)
        offsets[t] = made->tensors[t].data == NULL ? 100 * t : -1;
    assert_ok(vww_tflite_encode_planned(made, NULL, offsets, &file, &error), &error);
    assert_ok(fb_verify(file.data, file.size, &tflite_model_schema, "test", &model, &error),
              &error);
    assert_int_equal(fb_vector(model, MODEL_METADATA).count, 2);
    const struct fb_table plan = fb_table_at(model, MODEL_METADATA, 1);
    assert_string_equal(fb_string(plan, METADATA_NAME), "OfflineMemoryAllocation");
    struct fb_vector data =
        fb_vector(fb_table_at(model, MODEL_BUFFERS, fb_u32(plan, METADATA_BUFFER, 0)), BUFFER_DATA);
    const struct fb_table subgraph = fb_table_at(model, MODEL_SUBGRAPHS, 0);
    const uint32_t tensors = fb_vector(subgraph, SUBGRAPH_TENSORS).count;
    assert_int_equal(data.count, 4 * (3 + tensors));
    data.count /= 4;
    assert_int_equal(fb_i32_at(data, 0), 1);
    assert_int_equal(fb_i32_at(data, 1), 0);
    assert_int_equal(fb_i32_at(data, 2), tensors);
    int32_t placed = 0;
    for (uint32_t i = 0; i < tensors; i++) {
        const char *name = fb_string(fb_table_at(subgraph, SUBGRAPH_TENSORS, i), TENSOR_NAME);
        int64_t expected = -1; /* the shape of RESHAPE */
        for (int32_t t = 0; t < made->tensor_count; t++)
            if (strcmp(made->tensors[t].name, name) == 0)
                expected = offsets[t];
        assert_int_equal(fb_i32_at(data, 3 + i), expected);
        placed += expected >= 0;
    }
    assert_true(placed > 3 && (uint32_t)placed < tensors);
    struct vww_graph *read = parse(&file);
    assert_int_equal(read->op_count, made->op_count);
    vww_graph_destroy(read);
    vww_graph_destroy(made);
    vww_free(offsets);
    vww_buffer_fini(&file);
}

/* The offset of a field in a file, to damage it at a known place. */
static size_t place_of(const struct vww_buffer *file, struct fb_table table, int field)
{
    int32_t back;
    uint16_t place;
    memcpy(&back, file->data + table.at, 4);
    memcpy(&place, file->data + table.at - back + 4 + 2 * field, 2);
    assert_int_not_equal(place, 0);
    return table.at + place;
}

static void put_u32(struct vww_buffer *file, size_t at, uint32_t value)
{
    memcpy(file->data + at, &value, 4);
}

static uint32_t get_u32(const struct vww_buffer *file, size_t at)
{
    uint32_t value;
    memcpy(&value, file->data + at, 4);
    return value;
}

/* Files that are wrong in one place each; the message names the place. */
static void wrong_in_one_place(void **state)
{
    (void)state;
    struct vww_error error;
    struct fb_table model;
    struct vww_graph *made = int8_case_network(2);
    struct vww_buffer file = encode(made);
    assert_ok(fb_verify(file.data, file.size, &tflite_model_schema, "test", &model, &error),
              &error);
    const struct fb_table graph = fb_table_at(model, MODEL_SUBGRAPHS, 0);
    const struct fb_table tensor = fb_table_at(graph, SUBGRAPH_TENSORS, 1);
    const struct fb_table input = fb_table_at(graph, SUBGRAPH_TENSORS, 0);
    const struct fb_table op = fb_table_at(graph, SUBGRAPH_OPERATORS, 0);
    const struct fb_table code = fb_table_at(model, MODEL_OPERATOR_CODES, 0);
    const size_t shape = (size_t)(fb_vector(input, TENSOR_SHAPE).data - file.data);
    const size_t inputs = (size_t)(fb_vector(op, OPERATOR_INPUTS).data - file.data);
    const size_t graph_inputs = (size_t)(fb_vector(graph, SUBGRAPH_INPUTS).data - file.data);
    const struct {
        size_t at;
        uint32_t value;
        const char *message;
    } changes[] = {
        {place_of(&file, model, MODEL_VERSION), 2, "another version"},
        {place_of(&file, model, MODEL_SUBGRAPHS), 0x7ffffff0, "byte "},
        {place_of(&file, tensor, TENSOR_BUFFER), 100000, "its buffer does not exist"},
        {place_of(&file, tensor, TENSOR_NAME), 0, "subgraphs[0].tensors[1].name"},
        {place_of(&file, op, OPERATOR_CODE_INDEX), 77, "operator 0"},
        {place_of(&file, code, CODE_BUILTIN), 119, "WHILE"},
        {place_of(&file, code, CODE_BUILTIN), 32, "CUSTOM"},
        {place_of(&file, code, CODE_BUILTIN), 9999, "operator code 9999"},
        {shape, 0xffffffff, "dynamic"},
        {shape, 7, "one image at a time"},
        {shape + 4, 0x7fffffff, "operator"},
        {inputs, 500, "one of its inputs does not exist"},
        {inputs, 0x80000000, "one of its inputs does not exist"},
        {graph_inputs, 500, "input or output does not exist"},
        {shape - 4, 0x40000000, "longer than the file"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const uint32_t before = get_u32(&file, changes[i].at);
        put_u32(&file, changes[i].at, changes[i].value);
        assert_refused(&file, changes[i].message);
        put_u32(&file, changes[i].at, before);
    }
    vww_graph_destroy(parse(&file)); /* all repaired */
    vww_graph_destroy(made);
    vww_buffer_fini(&file);
}

/* A vector of references to one table, again and again, must not multiply the work. */
static void shared_tables_are_bounded(void **state)
{
    (void)state;
    enum { LEVEL = 4096 };
    struct vww_buffer file = {0};
    struct fb_slot model[] = {{MODEL_VERSION, 4, TFLITE_VERSION, 0}, FB_REFERENCE(MODEL_SUBGRAPHS)};
    struct fb_slot graph[] = {FB_REFERENCE(SUBGRAPH_TENSORS)};
    fb_begin(&file, TFLITE_IDENTIFIER);
    fb_point(&file, 0, fb_put_table(&file, model, 2));
    const size_t graphs = fb_put_references(&file, LEVEL);
    fb_point(&file, model[1].at, graphs);
    const size_t graph_table = fb_put_table(&file, graph, 1);
    const size_t tensors = fb_put_references(&file, LEVEL);
    fb_point(&file, graph[0].at, tensors);
    const size_t tensor = fb_put_table(&file, NULL, 0);
    for (size_t i = 0; i < LEVEL; i++) {
        fb_point(&file, fb_reference(graphs, i), graph_table);
        fb_point(&file, fb_reference(tensors, i), tensor);
    }
    assert_refused(&file, "more tables than it can hold");
    vww_buffer_fini(&file);
}

static void not_writable(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_buffer file = {0};
    struct vww_graph *graph;
    const struct vww_zoo_options options = {
        .family = "mobilenet_v1", .depth_multiplier = 0.25, .resolution = 32, .classes = 2};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_graph_initialize(graph, 1, &error), &error);
    assert_int_equal(vww_tflite_encode(graph, NULL, &file, &error), VWW_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.place, "batch_norm"));
    assert_int_equal(file.size, 0);
    vww_graph_destroy(graph);

    graph = int8_case_operator(VWW_OP_AVERAGE_POOL_2D, 4);
    graph->ops[0].padding = VWW_PADDING_EXPLICIT;
    graph->ops[0].stride_h = 1;
    graph->ops[0].pad_top = graph->ops[0].pad_bottom = 2;
    graph->ops[0].kernel_h = 3;
    struct vww_shape shape;
    assert_ok(vww_op_infer(graph, &graph->ops[0], &shape, &error), &error);
    graph->tensors[graph->output].shape = shape;
    assert_int_equal(vww_tflite_encode(graph, NULL, &file, &error), VWW_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.seen, "top 2"));
    vww_graph_destroy(graph);
}

/* Each allocation in turn fails: an error each time, no leak, no crash. */
static void no_memory(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *made = int8_case_network(3), *read = NULL;
    for (int64_t n = 1;; n++) {
        struct vww_buffer file = {0};
        vww_memory_fail_at(n);
        vww_status status = vww_tflite_encode(made, NULL, &file, &error);
        if (status == VWW_OK)
            status = vww_tflite_parse(file.data, file.size, "test", &read, &error);
        vww_memory_fail_at(0);
        vww_buffer_fini(&file);
        vww_graph_destroy(read);
        read = NULL;
        if (status == VWW_OK)
            break;
        assert_true(n < 2000);
    }
    vww_graph_destroy(made);
}

static int rewrite(const char *from, const char *to)
{
    struct vww_error error;
    struct vww_graph *graph;
    vww_status status = vww_tflite_read(from, &graph, &error);
    if (status == VWW_OK)
        status = vww_tflite_write(graph, to, NULL, &error);
    vww_graph_destroy(graph);
    if (status == VWW_OK)
        return 0;
    char message[2048];
    vww_error_format(&error, message, sizeof message);
    fprintf(stderr, "%s\n", message);
    return 1;
}

static void write_file(const char *folder, const char *name, const struct vww_buffer *file)
{
    struct vww_error error;
    char path[VWW_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.tflite", folder, name);
    assert_ok(vww_file_write(path, file->data, file->size, &error), &error);
}

/* Write the file with another 32-bit number at a place. */
static void write_changed(const char *folder, const char *name, struct vww_buffer *file, size_t at,
                          uint32_t value)
{
    const uint32_t before = get_u32(file, at);
    put_u32(file, at, value);
    write_file(folder, name, file);
    put_u32(file, at, before);
}

static void write_graph(const char *folder, const char *name, struct vww_graph *graph)
{
    struct vww_buffer file = encode(graph);
    write_file(folder, name, &file);
    vww_buffer_fini(&file);
    vww_graph_destroy(graph);
}

/* A model of two subgraphs, both empty. */
/* Two subgraphs, empty or with one operator that calls another, WHILE, and makes a tensor "loop".
 */
static void write_two_subgraphs(const char *folder, const char *name, bool loop)
{
    struct vww_buffer file = {0};
    struct fb_slot model[] = {{MODEL_VERSION, 4, TFLITE_VERSION, 0},
                              FB_REFERENCE(MODEL_SUBGRAPHS),
                              FB_REFERENCE(MODEL_OPERATOR_CODES)};
    struct fb_slot code[] = {{CODE_DEPRECATED_BUILTIN, 1, CODE_WHILE, 0}};
    fb_begin(&file, TFLITE_IDENTIFIER);
    fb_point(&file, 0, fb_put_table(&file, model, 3));
    const size_t codes = fb_put_references(&file, 1);
    fb_point(&file, model[2].at, codes);
    fb_point(&file, fb_reference(codes, 0), fb_put_table(&file, code, 1));
    const size_t graphs = fb_put_references(&file, 2);
    fb_point(&file, model[1].at, graphs);
    for (size_t i = 0; i < 2; i++) {
        struct fb_slot graph[] = {FB_REFERENCE(SUBGRAPH_TENSORS), FB_REFERENCE(SUBGRAPH_OPERATORS)};
        struct fb_slot tensor[] = {FB_REFERENCE(TENSOR_NAME)};
        struct fb_slot op[] = {FB_REFERENCE(OPERATOR_OUTPUTS)};
        const int32_t output = 0;
        fb_point(&file, fb_reference(graphs, i), fb_put_table(&file, graph, loop ? 2 : 0));
        if (!loop)
            continue;
        const size_t tensors = fb_put_references(&file, 1);
        fb_point(&file, graph[0].at, tensors);
        fb_point(&file, fb_reference(tensors, 0), fb_put_table(&file, tensor, 1));
        fb_point(&file, tensor[0].at, fb_put_string(&file, "loop"));
        const size_t operators = fb_put_references(&file, 1);
        fb_point(&file, graph[1].at, operators);
        fb_point(&file, fb_reference(operators, 0), fb_put_table(&file, op, 1));
        fb_point(&file, op[0].at, fb_put_vector(&file, &output, 1, 4, 4));
    }
    write_file(folder, name, &file);
    vww_buffer_fini(&file);
}

/* A convolution of 3 channels to 4 by windows of 4 x 4, so that scales fit several dimensions. */
static struct vww_graph *square_convolution(void)
{
    struct int8_case c = int8_case_begin(VWW_OP_CONV_2D, 1);
    const struct vww_shape shape = {.rank = 4, .dims = {1, 8, 8, 3}};
    const struct vww_shape weights = {.rank = 4, .dims = {4, 4, 4, 3}};
    const int32_t window[2] = {4, 4};
    c.graph->input = c.next = int8_case_activation(&c, "input", &shape, 0.5f, 0);
    struct vww_op op = int8_case_op(&c, VWW_OP_CONV_2D, c.next);
    op.groups = 1;
    int8_case_window(&c, &op, shape.dims, window, false);
    int8_case_weights(&c, &op, &weights, 0, 48, 0.5f);
    int8_case_put(&c, &op, 0.5f, 0);
    return c.graph;
}

static int write_wrong(const char *folder)
{
    struct vww_error error;
    struct fb_table model;
    struct vww_graph *graph = square_convolution();
    struct vww_buffer file = encode(graph);
    assert_ok(fb_verify(file.data, file.size, &tflite_model_schema, "test", &model, &error),
              &error);
    const struct fb_table subgraph = fb_table_at(model, MODEL_SUBGRAPHS, 0);
    const struct fb_table input = fb_table_at(subgraph, SUBGRAPH_TENSORS, 0);
    const struct fb_table code = fb_table_at(model, MODEL_OPERATOR_CODES, 0);
    const size_t builtin = place_of(&file, code, CODE_BUILTIN);
    write_file(folder, "good", &file);
    write_changed(folder, "while", &file, builtin, 119);
    write_changed(folder, "custom", &file, builtin, 32);
    write_changed(folder, "unpool", &file, builtin, 77);
    write_changed(folder, "dynamic", &file,
                  (size_t)(fb_vector(input, TENSOR_SHAPE).data - file.data) + 4, 0xffffffff);
    vww_buffer_fini(&file);
    struct vww_tensor *weights = &graph->tensors[graph->ops[0].inputs[1]];
    assert_ok(vww_tensor_quantize_axis(weights, 1, 4, &error), &error);
    for (int i = 0; i < 4; i++)
        weights->quantization.scales[i] = 0.01f;
    write_graph(folder, "axis", graph);
    graph = square_convolution();
    graph->tensors[graph->output].quantization.count = 0;
    write_graph(folder, "unquantized", graph);
    write_two_subgraphs(folder, "subgraphs", false);
    write_two_subgraphs(folder, "loop", true);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--write-wrong") == 0)
        return write_wrong(argv[2]);
    if (argc == 4 && strcmp(argv[1], "--rewrite") == 0)
        return rewrite(argv[2], argv[3]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_come_back),   cmocka_unit_test(layout),
        cmocka_unit_test(labels_come_back),   cmocka_unit_test(dropout_is_left_out),
        cmocka_unit_test(damaged_files),      cmocka_unit_test(plan_is_written),
        cmocka_unit_test(wrong_in_one_place), cmocka_unit_test(shared_tables_are_bounded),
        cmocka_unit_test(not_writable),       cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
