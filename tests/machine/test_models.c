/* Whole models on the machines: the paper's MobileNet V1, and foreign .tflite files. */
#include "support/on_machine.h"

#include "vww/quantize.h"
#include "vww/tflite.h"
#include "vww/zoo.h"

#include <dirent.h>

/* Up to the average pool, whose 256 values tell more than two probabilities. */
static struct vww_graph *mobilenet_v1(int32_t resolution)
{
    struct vww_error error;
    struct vww_graph *graph, *integer;
    const struct vww_zoo_options options = {
        .family = "mobilenet_v1", .depth_multiplier = 0.25, .resolution = resolution, .classes = 2};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_quantize_random(graph, 1, NULL, &integer, &error), &error);
    vww_graph_destroy(graph);
    int32_t op = 0;
    while (integer->ops[op].kind != VWW_OP_AVERAGE_POOL_2D)
        op++;
    integer->op_count = op + 1;
    integer->output = integer->ops[op].outputs[0];
    return integer;
}

static void mobilenet_v1_on_cortex_m4(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    struct vww_graph *graph = mobilenet_v1(96);
    equals_interpreter(graph, "mps2-an386", 20);
    vww_graph_destroy(graph);
}

static void mobilenet_v1_on_the_host(void **state)
{
    (void)state;
    struct vww_graph *graph = mobilenet_v1(96);
    equals_interpreter(graph, "host", 20);
    vww_graph_destroy(graph);
}

/* Each model file of a folder, on both machines. Returns how many there were. */
static int each_model(const char *folder)
{
    int models = 0;
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        char path[VWW_PATH_MAX];
        struct vww_error error;
        struct vww_graph *graph;
        if (strstr(entry->d_name, ".tflite") == NULL || strstr(entry->d_name, "float") != NULL)
            continue;
        assert_ok(vww_path_join(path, folder, entry->d_name, &error), &error);
        assert_ok(vww_tflite_read(path, &graph, &error), &error);
        equals_interpreter(graph, "host", 3);
        if (can_emulate())
            equals_interpreter(graph, "mps2-an386", 3);
        vww_graph_destroy(graph);
        models++;
    }
    closedir(stream);
    return models;
}

static void model_files(void **state)
{
    (void)state;
    char folder[VWW_PATH_MAX];
    const char *source = getenv("VWW_SOURCE_DIR"), *shared = getenv("VWW_SHARED_DATA");
    assert_non_null(source);
    snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/tflite", source);
    assert_true(each_model(folder) > 0);
    if (shared != NULL)
        snprintf(folder, sizeof folder, "%s/models", shared);
    else
        snprintf(folder, sizeof folder, "%s/../shared/data/models", source);
    if (each_model(folder) == 0)
        print_message("no model files in %s: skipped\n", folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mobilenet_v1_on_the_host),
        cmocka_unit_test(mobilenet_v1_on_cortex_m4),
        cmocka_unit_test(model_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
