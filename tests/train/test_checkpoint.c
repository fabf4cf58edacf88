#include "support/check.h"

#include "base/checksum.h"
#include "base/file.h"
#include "train/checkpoint.h"
#include "vww/zoo.h"

#include <unistd.h>

static char folder[] = "/tmp/vww-checkpoint-XXXXXX";
static char path[VWW_PATH_MAX];

static struct vww_graph *small_graph(void)
{
    struct vww_error error;
    struct vww_graph *graph;
    const struct vww_zoo_options options = {
        .family = "mobilenet_v1", .depth_multiplier = 0.125, .resolution = 32, .classes = 2};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_graph_initialize(graph, 7, &error), &error);
    return graph;
}

static void write_graph(const struct vww_graph *graph, const char *file)
{
    struct vww_error error;
    struct vww_buffer bytes = {0};
    assert_ok(vww_graph_serialize(graph, &bytes, &error), &error);
    const struct vww_section sections[] = {
        {.tag = {'G', 'R', 'P', 'H'}, .data = bytes.data, .bytes = bytes.size},
        {.tag = {'T', 'E', 'S', 'T'}, .data = (const uint8_t *)"12345", .bytes = 5},
    };
    assert_ok(vww_checkpoint_write(file, sections, 2, &error), &error);
    vww_buffer_fini(&bytes);
}

static void written_and_read(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = small_graph(), *read;
    struct vww_checkpoint checkpoint;
    write_graph(graph, path);
    assert_ok(vww_checkpoint_open(path, &checkpoint, &error), &error);
    const struct vww_section *section = vww_checkpoint_find(&checkpoint, "TEST");
    assert_non_null(section);
    assert_int_equal(section->bytes, 5);
    assert_memory_equal(section->data, "12345", 5);
    assert_null(vww_checkpoint_find(&checkpoint, "NONE"));
    vww_checkpoint_fini(&checkpoint);
    assert_ok(vww_checkpoint_graph(folder, &read, &error), &error);
    assert_string_equal(read->name, graph->name);
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (graph->tensors[i].data != NULL)
            assert_memory_equal(read->tensors[i].data, graph->tensors[i].data,
                                (size_t)vww_shape_elements(&graph->tensors[i].shape) * 4);
    vww_graph_destroy(read);
    vww_graph_destroy(graph);
}

/* Every byte matters: one flipped bit anywhere, or any cut, is an error. */
static void damage_is_seen(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = small_graph();
    struct vww_buffer content;
    write_graph(graph, path);
    vww_graph_destroy(graph);
    assert_ok(vww_file_read(path, (size_t)1 << 24, &content, &error), &error);
    struct vww_checkpoint checkpoint = {0};
    for (size_t i = 0; i < content.size; i += i < 64 ? 1 : 509) {
        content.data[i] ^= (uint8_t)(1u << i % 8);
        assert_int_not_equal(
            vww_checkpoint_parse(content.data, content.size, "x", &checkpoint, &error), VWW_OK);
        assert_string_equal(error.file, "x");
        content.data[i] ^= (uint8_t)(1u << i % 8);
        assert_int_not_equal(vww_checkpoint_parse(content.data, i, "x", &checkpoint, &error),
                             VWW_OK);
    }
    assert_ok(vww_checkpoint_parse(content.data, content.size, "x", &checkpoint, &error), &error);
    vww_buffer_fini(&content);
}

/* Whole, and of a format that this vww does not know. */
static void another_version_is_named(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_buffer content;
    struct vww_checkpoint checkpoint;
    struct vww_graph *graph;
    assert_ok(vww_file_read(path, (size_t)1 << 26, &content, &error), &error);
    content.data[8] = 9;
    const uint32_t crc = vww_crc32c(0, content.data, 16);
    memcpy(content.data + 16, &crc, sizeof crc);
    assert_int_equal(vww_checkpoint_parse(content.data, content.size, "x", &checkpoint, &error),
                     VWW_ERROR_UNSUPPORTED);
    assert_string_equal(error.file, "x");
    assert_string_equal(error.seen, "format 9");
    assert_string_equal(error.remedy, "use the vww that wrote it");
    assert_ok(vww_file_write(path, content.data, content.size, &error), &error);
    assert_int_equal(vww_checkpoint_graph(path, &graph, &error), VWW_ERROR_UNSUPPORTED);
    assert_null(graph);
    vww_buffer_fini(&content);
}

static void an_empty_folder_is_explained(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph;
    unlink(path);
    assert_int_equal(vww_checkpoint_graph(folder, &graph, &error), VWW_ERROR_NOT_FOUND);
    assert_string_equal(error.file, folder);
    assert_true(error.remedy[0] != '\0');
    assert_int_equal(vww_checkpoint_graph(path, &graph, &error), VWW_ERROR_NOT_FOUND);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/%s", folder, VWW_CHECKPOINT_BEST);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read),
        cmocka_unit_test(damage_is_seen),
        cmocka_unit_test(another_version_is_named),
        cmocka_unit_test(an_empty_folder_is_explained),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    rmdir(folder);
    return failed;
}
