/* Reports on run folders that the test makes itself. */
#include "support/check.h"

#include "base/file.h"
#include "base/json.h"
#include "evaluate/internal.h"
#include "report/markup.h"
#include "report/metrics.h"
#include "train/checkpoint.h"
#include "vww/cost.h"
#include "vww/fold.h"
#include "vww/plan.h"
#include "vww/quantize.h"
#include "vww/report.h"
#include "vww/tflite.h"
#include "vww/zoo.h"

#include <dirent.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIDE 32
#define IMAGES 40
#define DEVICE_IMAGES 10
#define LINES 30

static char root[] = "/tmp/vww-report-XXXXXX";
static char path_memory[8][VWW_PATH_MAX];

/* root/a/b; valid until eight more were asked for. */
static const char *at(const char *name)
{
    static int next;
    char *path = path_memory[next++ % 8];
    assert_int_equal(vww_path_join(path, root, name, NULL), VWW_OK);
    return path;
}

static void put(const char *name, const char *text)
{
    struct vww_error error;
    assert_ok(vww_file_write(at(name), text, strlen(text), &error), &error);
}

static void make_folder(const char *name)
{
    struct vww_error error;
    assert_ok(vww_directory_make(at(name), &error), &error);
}

static void remove_tree(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        unlink(path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char inner[VWW_PATH_MAX];
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            vww_path_join(inner, path, entry->d_name, NULL) == VWW_OK)
            remove_tree(inner);
    }
    closedir(folder);
    rmdir(path);
}

/* --- the run ------------------------------------------------------------------------------------
 */

static struct vww_graph *make_graph(void)
{
    const struct vww_zoo_options options = {
        .family = "mobilenet_v1", .depth_multiplier = 0.25, .resolution = SIDE, .classes = 2};
    struct vww_graph *graph;
    struct vww_error error;
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_graph_initialize(graph, 1, &error), &error);
    return graph;
}

static void make_checkpoint(const char *name)
{
    struct vww_graph *graph = make_graph();
    struct vww_buffer bytes = {0};
    struct vww_error error;
    assert_ok(vww_graph_serialize(graph, &bytes, &error), &error);
    const struct vww_section section = {
        .tag = {'G', 'R', 'P', 'H'}, .data = bytes.data, .bytes = bytes.size};
    assert_ok(vww_checkpoint_write(at(name), &section, 1, &error), &error);
    vww_buffer_fini(&bytes);
    vww_graph_destroy(graph);
}

static void make_tflite(const char *name)
{
    struct vww_graph *graph = make_graph(), *integer;
    struct vww_error error;
    assert_ok(vww_quantize_random(graph, 1, NULL, &integer, &error), &error);
    assert_ok(vww_tflite_write(integer, at(name), NULL, &error), &error);
    vww_graph_destroy(integer);
    vww_graph_destroy(graph);
}

static void make_metrics(const char *name)
{
    struct vww_buffer text = {0};
    struct vww_error error;
    for (int i = 1; i <= LINES; i++) {
        vww_buffer_printf(&text,
                          "{\"step\": %d, \"epoch\": %d, \"loss\": %.4f, \"accuracy\": %.4f, "
                          "\"learning_rate\": %g, \"images_per_second\": %d.5}\n",
                          10 * i, 1 + (i - 1) / 10, 0.7 - 0.01 * i, 0.5 + 0.01 * i, 0.045 / i,
                          100 + i % 7);
        if (i % 10 == 0)
            vww_buffer_printf(
                &text,
                "{\"step\": %d, \"epoch\": %d, \"val_loss\": %.4f, \"val_accuracy\": %.4f}\n",
                10 * i, i / 10, 0.72 - 0.01 * i, 0.48 + 0.01 * i);
    }
    assert_ok(vww_file_write(at(name), text.data, text.size, &error), &error);
    vww_buffer_fini(&text);
}

/* Images in MLPerf's layout: image i has the label i % 2. */
static void make_images(const char *folder)
{
    char name[160], row[64];
    uint8_t image[SIDE * SIDE * 3];
    struct vww_buffer rows = {0};
    struct vww_error error;
    make_folder(folder);
    for (int i = 0; i < IMAGES; i++) {
        for (size_t b = 0; b < sizeof image; b++)
            image[b] = (uint8_t)(b * (size_t)(i + 1) / 7);
        snprintf(row, sizeof row, "%d.bin", i);
        snprintf(name, sizeof name, "%s/%s", folder, row);
        assert_ok(vww_file_write(at(name), image, sizeof image, &error), &error);
        vww_buffer_printf(&rows, "%s,2,%d\n", row, i % 2);
    }
    snprintf(name, sizeof name, "%s/y_labels.csv", folder);
    assert_ok(vww_file_write(at(name), rows.data, rows.size, &error), &error);
    vww_buffer_fini(&rows);
}

/* Every fifth answer of float is wrong, and every fourth of int8 and the device. */
static void make_evaluation(const char *run, const char *kind, int images, const char *machine)
{
    struct vww_evaluation evaluation = {
        .classes = 2, .class_names = {"back & <ground>", "person"}, .images = images};
    struct vww_error error;
    const bool is_float = strcmp(kind, "float") == 0;
    snprintf(evaluation.kind, sizeof evaluation.kind, "%s", kind);
    snprintf(evaluation.model, sizeof evaluation.model, "%s/model", run);
    snprintf(evaluation.data, sizeof evaluation.data, "%s", at("images"));
    snprintf(evaluation.split, sizeof evaluation.split, "%s", VWW_SPLIT_MLPERF);
    snprintf(evaluation.machine, sizeof evaluation.machine, "%s", machine);
    assert_ok(vww_evaluation_allocate(&evaluation, &error), &error);
    for (int i = 0; i < images; i++) {
        const int wrong = i % (is_float ? 5 : 4) == 0;
        const int answer = (i % 2) ^ wrong;
        const float sure = 0.55f + 0.01f * (float)i;
        evaluation.labels[i] = i % 2;
        evaluation.predictions[i] = answer;
        evaluation.probabilities[2 * i + answer] = sure;
        evaluation.probabilities[2 * i + 1 - answer] = 1 - sure;
    }
    vww_evaluation_count(&evaluation);
    assert_ok(vww_evaluation_record(&evaluation, at(run), &error), &error);
    vww_evaluation_fini(&evaluation);
}

#define CONFIG                                                                                     \
    "{\"model\": \"mobilenet_v1\", \"depth_multiplier\": 0.25, \"resolution\": 32, "               \
    "\"data\": \"some data\", \"seed\": 7, \"quantize_aware\": false, "                            \
    "\"augmentation\": {\"crop\": true, \"list\": [1, 2.5]}, \"note\": \"<b>&\"}"

#define BENCH_LINE(flash)                                                                          \
    "{\"machine\": \"a <board>\", \"instructions\": 1234, \"cycles_estimate\": null, "             \
    "\"sram_bytes\": {\"arena\": 6144, \"scratch\": 0, \"state\": 8, \"stack\": 100, "             \
    "\"total\": 6252}, \"flash_bytes\": {\"code\": 11, \"weights\": 22, \"total\": " #flash        \
    "}, \"output\": [1, 2]}"

static void make_run(const char *run)
{
    char name[160];
    make_folder(run);
    snprintf(name, sizeof name, "%s/config.json", run);
    put(name, CONFIG);
    snprintf(name, sizeof name, "%s/metrics.jsonl", run);
    make_metrics(name);
    snprintf(name, sizeof name, "%s/best.ckpt", run);
    make_checkpoint(name);
    snprintf(name, sizeof name, "%s/bench.jsonl", run);
    put(name, BENCH_LINE(1) "\n" BENCH_LINE(250001) "\n");
    make_evaluation(run, "float", IMAGES, "");
    make_evaluation(run, "int8", IMAGES, "");
    make_evaluation(run, "device", DEVICE_IMAGES, "a <board>");
}

static vww_status report(const char *out, const char *const *names, size_t count,
                         struct vww_error *error)
{
    const char *runs[4];
    for (size_t i = 0; i < count; i++)
        runs[i] = at(names[i]);
    const struct vww_report_options options = {
        .runs = runs, .run_count = count, .directory = at(out)};
    return vww_report_write(&options, NULL, error);
}

static vww_status report_one(const char *out, const char *run, struct vww_error *error)
{
    return report(out, &run, 1, error);
}

static void read_text(const char *name, struct vww_buffer *text)
{
    struct vww_error error;
    assert_ok(vww_file_read(at(name), (size_t)64 << 20, text, &error), &error);
}

static yajl_val read_json(const char *name)
{
    yajl_val tree;
    struct vww_error error;
    assert_ok(vww_json_read(at(name), &tree, &error), &error);
    return tree;
}

static yajl_val item(yajl_val array, size_t i)
{
    assert_true(YAJL_IS_ARRAY(array) && i < array->u.array.len);
    return array->u.array.values[i];
}

static int64_t integer(yajl_val object, const char *key)
{
    int64_t value;
    if (!vww_json_get_integer(object, key, &value))
        fail_msg("no integer \"%s\"", key);
    return value;
}

static double number(yajl_val object, const char *key)
{
    double value;
    if (!vww_json_get_number(object, key, &value))
        fail_msg("no number \"%s\"", key);
    return value;
}

static const char *text_of(yajl_val object, const char *key)
{
    const char *value;
    if (!vww_json_get_string(object, key, &value))
        fail_msg("no text \"%s\"", key);
    return value;
}

static size_t occurrences(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *p = strstr(text, word); p != NULL; p = strstr(p + 1, word))
        count++;
    return count;
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(root) == NULL)
        return -1;
    make_images("images");
    make_run("run");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_tree(root);
    return 0;
}

/* --- tests --------------------------------------------------------------------------------------
 */

static void check_model(yajl_val run)
{
    struct vww_graph *graph = make_graph(), *folded;
    struct vww_cost cost;
    struct vww_plan plan;
    struct vww_error error;
    assert_ok(vww_quantize_fold(graph, &folded, &error), &error);
    for (int32_t t = 0; t < folded->tensor_count; t++)
        if (folded->tensors[t].role == VWW_ROLE_ACTIVATION)
            folded->tensors[t].dtype = VWW_INT8;
    assert_ok(vww_cost_count(folded, VWW_COST_PATHS, &cost, &error), &error);
    assert_ok(vww_plan_make(folded, &(struct vww_plan_options){.strategy = "auto"}, &plan, &error),
              &error);
    const yajl_val model = vww_json_get(run, "model"), memory = vww_json_get(run, "memory");
    const yajl_val layers = vww_json_get(model, "layers");
#define X(column) assert_int_equal(integer(model, #column), cost.column);
    VWW_COST_COLUMNS(X)
#undef X
    assert_int_equal(layers->u.array.len, cost.layer_count);
    for (int32_t i = 0; i < cost.layer_count; i++) {
        const yajl_val layer = item(layers, (size_t)i);
        assert_string_equal(text_of(layer, "name"), cost.layers[i].name);
        assert_int_equal(integer(layer, "macs"), cost.layers[i].macs);
        assert_int_equal(integer(layer, "weights"), cost.layers[i].weights);
        assert_int_equal(integer(layer, "output_bytes"), cost.layers[i].output_bytes);
    }
    assert_int_equal(integer(memory, "arena_bytes"), plan.arena_bytes);
    const yajl_val tensors = vww_json_get(memory, "tensors");
    size_t placed = 0;
    for (int32_t t = 0; t < plan.tensor_count; t++) {
        if (plan.placements[t].offset < 0)
            continue;
        const yajl_val tensor = item(tensors, placed++);
        assert_string_equal(text_of(tensor, "name"), folded->tensors[t].name);
        assert_int_equal(integer(tensor, "offset"), plan.placements[t].offset);
        assert_int_equal(integer(tensor, "bytes"), plan.placements[t].bytes);
    }
    assert_int_equal(tensors->u.array.len, placed);
    const yajl_val arena = item(vww_json_get(run, "budgets"), 1);
    assert_string_equal(text_of(arena, "name"), "arena");
    assert_int_equal(integer(arena, "value"), plan.arena_bytes + plan.scratch_bytes);
    assert_int_equal(integer(arena, "limit_1000"), 250000);
    assert_int_equal(integer(arena, "limit_1024"), 256000);
    vww_plan_fini(&plan);
    vww_cost_fini(&cost);
    vww_graph_destroy(folded);
    vww_graph_destroy(graph);
}

/* The second line of the same machine counts. */
static void check_measured(yajl_val run)
{
    const yajl_val machines = vww_json_get(run, "measured"), budgets = vww_json_get(run, "budgets");
    assert_int_equal(machines->u.array.len, 1);
    const yajl_val machine = item(machines, 0);
    assert_string_equal(text_of(machine, "machine"), "a <board>");
    assert_int_equal(integer(machine, "instructions"), 1234);
    assert_true(YAJL_IS_NULL(vww_json_get(machine, "cycles_estimate")));
    assert_int_equal(integer(vww_json_get(machine, "sram_bytes"), "stack"), 100);
    assert_int_equal(integer(vww_json_get(machine, "flash_bytes"), "total"), 250001);
    bool seen = false;
    for (size_t i = 0; i < budgets->u.array.len; i++) {
        bool fits_1000, fits_1024;
        const yajl_val budget = item(budgets, i);
        if (strcmp(text_of(budget, "name"), "flash") != 0)
            continue;
        seen = true;
        assert_int_equal(integer(budget, "value"), 250001);
        assert_true(vww_json_get_boolean(budget, "fits_1000", &fits_1000) && !fits_1000);
        assert_true(vww_json_get_boolean(budget, "fits_1024", &fits_1024) && fits_1024);
    }
    assert_true(seen);
}

static void check_training(yajl_val run)
{
    struct vww_metrics metrics;
    struct vww_error error;
    assert_ok(vww_metrics_read(at("run/metrics.jsonl"), &metrics, &error), &error);
    const yajl_val phase = item(vww_json_get(run, "training"), 0);
    const yajl_val lines = vww_json_get(phase, "metrics");
    assert_int_equal(lines->u.array.len, metrics.count);
    assert_int_equal(metrics.count, LINES + 3);
    for (size_t i = 0; i < metrics.count; i++) {
        const yajl_val line = item(lines, i);
#define X(member)                                                                                  \
    if (isnan(metrics.lines[i].member))                                                            \
        assert_null(vww_json_get(line, #member));                                                  \
    else                                                                                           \
        assert_true(number(line, #member) == metrics.lines[i].member);
        VWW_METRIC_TABLE(X)
#undef X
    }
    vww_metrics_fini(&metrics);
    const yajl_val config = vww_json_get(phase, "config");
    assert_int_equal(integer(config, "seed"), 7);
    assert_true(number(config, "depth_multiplier") == 0.25);
    assert_string_equal(text_of(config, "note"), "<b>&");
    const yajl_val list = vww_json_get(vww_json_get(config, "augmentation"), "list");
    assert_true(YAJL_GET_DOUBLE(item(list, 1)) == 2.5);
}

static void check_results(yajl_val run)
{
    static const char *const kinds[] = {"float", "int8", "device"};
    const yajl_val evaluations = vww_json_get(run, "evaluations");
    assert_int_equal(evaluations->u.array.len, 3);
    for (size_t k = 0; k < 3; k++) {
        char name[160];
        struct vww_evaluation evaluation;
        struct vww_error error;
        snprintf(name, sizeof name, "run/eval-%s.json", kinds[k]);
        assert_ok(vww_evaluation_read(at(name), &evaluation, &error), &error);
        const yajl_val told = item(evaluations, k);
        assert_string_equal(text_of(told, "kind"), kinds[k]);
        assert_string_equal(text_of(told, "machine"), evaluation.machine);
        assert_int_equal(integer(told, "images"), evaluation.images);
        assert_int_equal(integer(told, "correct"), evaluation.correct);
        assert_true(number(told, "accuracy") == evaluation.accuracy);
        assert_true(number(told, "loss") == evaluation.loss);
        for (size_t label = 0; label < 2; label++)
            for (size_t c = 0; c < 2; c++)
                assert_int_equal(
                    YAJL_GET_INTEGER(item(item(vww_json_get(told, "confusion"), label), c)),
                    evaluation.confusion[label][c]);
        const yajl_val measures = vww_json_get(told, "measures");
        assert_int_equal(integer(measures, "correct"), evaluation.correct);
        assert_int_equal(vww_json_get(measures, "classes")->u.array.len, 2);
        assert_true(number(measures, "auc") >= 0 && number(measures, "auc") <= 1);
        vww_evaluation_fini(&evaluation);
    }
    /* Float is right on 32 of 40, int8 on 30; on the first ten, float on 8 and the device on 7. */
    assert_int_equal(integer(item(evaluations, 1), "compared_with_float"), 40);
    assert_true(fabs(number(item(evaluations, 1), "difference") + 0.05) < 1e-12);
    assert_int_equal(integer(item(evaluations, 2), "compared_with_float"), 10);
    assert_true(fabs(number(item(evaluations, 2), "difference") + 0.1) < 1e-12);
    const yajl_val agreement = item(vww_json_get(run, "agreement"), 1);
    assert_int_equal(integer(agreement, "images"), 10);
    assert_int_equal(integer(agreement, "equal"), 10);
    /* int8 is wrong on every fourth; the last one, 36, is the surest. */
    const yajl_val picture = item(vww_json_get(run, "pictures"), 0);
    assert_string_equal(text_of(picture, "group"), "mistake");
    assert_int_equal(integer(picture, "image"), 36);
    assert_true(fabs(number(picture, "probability") - 0.91) < 1e-6);
}

static void every_number_is_its_sources(void **state)
{
    (void)state;
    struct vww_error error;
    assert_ok(report_one("out", "run", &error), &error);
    yajl_val tree = read_json("out/report.json");
    const yajl_val run = item(vww_json_get(tree, "runs"), 0);
    check_model(run);
    check_measured(run);
    check_training(run);
    check_results(run);
    /* Only the .tflite is not there. */
    const yajl_val missing = vww_json_get(run, "missing");
    assert_int_equal(missing->u.array.len, 1);
    assert_non_null(strstr(text_of(item(missing, 0), "command"), "vww quantize "));
    yajl_tree_free(tree);
}

static void the_page_is_well_formed_and_needs_nothing(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_buffer page;
    assert_ok(report_one("page", "run", &error), &error);
    read_text("page/report.html", &page);
    const char *text = (const char *)page.data;
    assert_well_formed(text);
    /* Ten mistakes, and twelve each of the others, of which eighteen are left to be right. */
    assert_int_equal(occurrences(text, "src=\"data:image/jpeg;base64,"), 34);
    assert_int_equal(occurrences(text, "src="), 34);
    assert_int_equal(occurrences(text, "url("), 0);
    assert_int_equal(occurrences(text, "<link"), 0);
    assert_int_equal(occurrences(text, "<script"), 0);
    assert_int_equal(occurrences(text, "http"),
                     occurrences(text, "xmlns=\"http://www.w3.org/2000/svg\""));
    assert_non_null(strstr(text, "back &amp; &lt;ground&gt;"));
    assert_non_null(strstr(text, "a &lt;board&gt;"));
    assert_non_null(strstr(text, "prefers-color-scheme:dark"));
    vww_buffer_fini(&page);
}

static void the_same_inputs_give_the_same_bytes(void **state)
{
    (void)state;
    static const char *const files[] = {"report.html", "report.md", "report.json"};
    struct vww_error error;
    assert_ok(report_one("first", "run", &error), &error);
    assert_ok(report_one("second", "run", &error), &error);
    for (size_t i = 0; i < 3; i++) {
        char name[160];
        struct vww_buffer a, b;
        snprintf(name, sizeof name, "first/%s", files[i]);
        read_text(name, &a);
        snprintf(name, sizeof name, "second/%s", files[i]);
        read_text(name, &b);
        assert_int_equal(a.size, b.size);
        assert_memory_equal(a.data, b.data, a.size);
        vww_buffer_fini(&a);
        vww_buffer_fini(&b);
    }
}

static void an_int8_file_is_preferred_to_a_checkpoint(void **state)
{
    (void)state;
    struct vww_error error;
    make_folder("tflite");
    make_tflite("tflite/model.tflite");
    make_checkpoint("tflite/best.ckpt");
    assert_ok(report_one("tflite-out", "tflite", &error), &error);
    yajl_val tree = read_json("tflite-out/report.json");
    const yajl_val model = vww_json_get(item(vww_json_get(tree, "runs"), 0), "model");
    assert_non_null(strstr(text_of(model, "file"), "model.tflite"));
    assert_int_equal(integer(model, "file_bytes"), vww_file_bytes(at("tflite/model.tflite")));
    assert_int_equal(integer(model, "params_deploy"), 210850);
    yajl_tree_free(tree);
}

static void missing_pieces_are_named_with_their_command(void **state)
{
    (void)state;
    static const struct {
        const char *run, *file, *content;
        size_t missing;
    } cases[] = {{"only-config", "config.json", CONFIG, 7},
                 {"only-metrics", "metrics.jsonl", "{\"step\": 1, \"loss\": 0.5}\n", 7},
                 {"empty-metrics", "metrics.jsonl", "", 8}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[160], out[64];
        struct vww_buffer page;
        struct vww_error error;
        make_folder(cases[i].run);
        snprintf(name, sizeof name, "%s/%s", cases[i].run, cases[i].file);
        put(name, cases[i].content);
        snprintf(out, sizeof out, "%s-out", cases[i].run);
        assert_ok(report_one(out, cases[i].run, &error), &error);
        snprintf(name, sizeof name, "%s/report.json", out);
        yajl_val tree = read_json(name);
        const yajl_val missing = vww_json_get(item(vww_json_get(tree, "runs"), 0), "missing");
        assert_int_equal(missing->u.array.len, cases[i].missing);
        for (size_t m = 0; m < cases[i].missing; m++)
            assert_int_equal(strncmp(text_of(item(missing, m), "command"), "vww ", 4), 0);
        yajl_tree_free(tree);
        snprintf(name, sizeof name, "%s/report.html", out);
        read_text(name, &page);
        assert_well_formed((const char *)page.data);
        assert_non_null(strstr((const char *)page.data, "--machine mps2-an386"));
        vww_buffer_fini(&page);
    }
}

static void pictures_without_their_data_set_are_explained(void **state)
{
    (void)state;
    struct vww_buffer page;
    struct vww_error error;
    make_run("moved");
    assert_int_equal(rename(at("images"), at("images-away")), 0);
    const vww_status status = report_one("moved-out", "moved", &error);
    assert_int_equal(rename(at("images-away"), at("images")), 0);
    assert_ok(status, &error);
    read_text("moved-out/report.html", &page);
    assert_well_formed((const char *)page.data);
    assert_non_null(strstr((const char *)page.data, "The pixels could not be fetched"));
    assert_int_equal(occurrences((const char *)page.data, "data:image"), 0);
    vww_buffer_fini(&page);
}

static void broken_files_are_named_and_nothing_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *file, *content;
        vww_status status;
        const char *place; /* in the error's place, or NULL */
    } cases[] = {
        {"config.json", "{\"model\": ", VWW_ERROR_FORMAT, NULL},
        {"metrics.jsonl", "{\"step\": 1}\n{\"step\": 2, \"lo\n", VWW_ERROR_FORMAT, "line 2"},
        {"bench.jsonl", BENCH_LINE(5) "\n{}\n", VWW_ERROR_FORMAT, "line 2"},
        {"bench.jsonl", BENCH_LINE(-1) "\n", VWW_ERROR_FORMAT, "line 1"},
        {"eval-int8.json", "{\"format\": \"vww-evaluation\"}", VWW_ERROR_FORMAT, NULL},
        {"best.ckpt", "VWWCKPT", VWW_ERROR_FORMAT, NULL},
        {"model.tflite", "TFL3", VWW_ERROR_FORMAT, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char run[32], name[160], out[64];
        struct vww_error error;
        snprintf(run, sizeof run, "broken-%zu", i);
        make_folder(run);
        snprintf(name, sizeof name, "%s/%s", run, cases[i].file);
        put(name, cases[i].content);
        snprintf(out, sizeof out, "%s-out", run);
        assert_int_equal(report_one(out, run, &error), cases[i].status);
        assert_non_null(strstr(error.file, cases[i].file));
        if (cases[i].place != NULL)
            assert_string_equal(error.place, cases[i].place);
        assert_false(vww_directory_exists(at(out)));
    }
}

static void an_evaluation_under_another_kinds_name_is_refused(void **state)
{
    (void)state;
    struct vww_error error;
    make_folder("renamed");
    make_evaluation("renamed", "float", 4, "");
    assert_int_equal(rename(at("renamed/eval-float.json"), at("renamed/eval-int8.json")), 0);
    assert_int_equal(report_one("renamed-out", "renamed", &error), VWW_ERROR_MISMATCH);
    assert_non_null(strstr(error.file, "eval-int8.json"));
}

static void what_is_no_run_is_refused(void **state)
{
    (void)state;
    struct vww_error error;
    make_folder("empty");
    assert_int_equal(report_one("no-out", "empty", &error), VWW_ERROR_NOT_FOUND);
    assert_int_equal(report_one("no-out", "absent", &error), VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.file, "absent"));
    assert_int_equal(report_one("no-out", "run/config.json", &error), VWW_ERROR_NOT_FOUND);
    assert_int_equal(report("no-out", NULL, 0, &error), VWW_ERROR_ARGUMENT);
    assert_false(vww_directory_exists(at("no-out")));
    /* The folder's name is taken by a file. */
    assert_int_equal(report_one("run/config.json", "run", &error), VWW_ERROR_IO);
    assert_non_null(strstr(error.file, "config.json"));
}

static void the_run_before_is_shown_first(void **state)
{
    (void)state;
    char config[2 * VWW_PATH_MAX];
    struct vww_error error;
    make_folder("second-stage");
    make_metrics("second-stage/metrics.jsonl");
    snprintf(config, sizeof config, "{\"quantize_aware\": true, \"from\": \"%s\"}", at("run"));
    put("second-stage/config.json", config);
    assert_ok(report_one("stages-out", "second-stage", &error), &error);
    yajl_val tree = read_json("stages-out/report.json");
    const yajl_val run = item(vww_json_get(tree, "runs"), 0);
    const yajl_val phases = vww_json_get(run, "training");
    assert_int_equal(phases->u.array.len, 2);
    assert_string_equal(text_of(item(phases, 0), "run"), at("run"));
    assert_string_equal(text_of(item(phases, 1), "run"), at("second-stage"));
    const yajl_val commands = vww_json_get(run, "commands");
    assert_true(YAJL_IS_STRING(item(commands, 1)));
    assert_non_null(strstr(item(commands, 1)->u.string, "--quantize-aware --from "));
    yajl_tree_free(tree);
    /* A run that claims to continue itself ends there. */
    snprintf(config, sizeof config, "{\"from\": \"%s\"}", at("second-stage"));
    put("second-stage/config.json", config);
    assert_ok(report_one("stages-out", "second-stage", &error), &error);
    /* Runs that were moved together still find one another. */
    put("second-stage/config.json", "{\"from\": \"/nowhere/run\"}");
    assert_ok(report_one("stages-out", "second-stage", &error), &error);
    tree = read_json("stages-out/report.json");
    const yajl_val moved = vww_json_get(item(vww_json_get(tree, "runs"), 0), "training");
    assert_int_equal(moved->u.array.len, 2);
    yajl_tree_free(tree);
}

static void several_runs_are_compared(void **state)
{
    (void)state;
    static const char *const names[] = {"run", "other", "only-config"};
    struct vww_buffer page;
    struct vww_error error;
    make_run("other");
    make_folder("only-config");
    put("only-config/config.json", CONFIG);
    assert_ok(report("compared", names, 3, &error), &error);
    read_text("compared/report.html", &page);
    assert_well_formed((const char *)page.data);
    assert_non_null(strstr((const char *)page.data, "3 runs compared"));
    vww_buffer_fini(&page);
    yajl_val tree = read_json("compared/report.json");
    bool same_images;
    assert_true(vww_json_get_boolean(tree, "same_images", &same_images) && same_images);
    const yajl_val rows = vww_json_get(tree, "comparison");
    assert_int_equal(rows->u.array.len, 3);
    assert_true(number(item(rows, 0), "accuracy") == 0.75);
    assert_null(vww_json_get(item(rows, 2), "accuracy"));
    yajl_tree_free(tree);
}

static void without_memory_there_is_an_error(void **state)
{
    (void)state;
    struct vww_error error;
    make_folder("small");
    put("small/config.json", CONFIG);
    put("small/metrics.jsonl", "{\"step\": 1, \"loss\": 0.5}\n{\"step\": 2, \"loss\": 0.4}\n");
    make_evaluation("small", "int8", 4, "");
    vww_status status = VWW_ERROR_MEMORY;
    for (int64_t n = 1; status != VWW_OK; n++) {
        vww_memory_fail_at(n);
        status = report_one("small-out", "small", &error);
        vww_memory_fail_at(0);
        if (status != VWW_OK)
            assert_int_equal(status, VWW_ERROR_MEMORY);
        assert_true(n < 5000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_its_sources),
        cmocka_unit_test(the_page_is_well_formed_and_needs_nothing),
        cmocka_unit_test(the_same_inputs_give_the_same_bytes),
        cmocka_unit_test(an_int8_file_is_preferred_to_a_checkpoint),
        cmocka_unit_test(missing_pieces_are_named_with_their_command),
        cmocka_unit_test(pictures_without_their_data_set_are_explained),
        cmocka_unit_test(broken_files_are_named_and_nothing_is_written),
        cmocka_unit_test(an_evaluation_under_another_kinds_name_is_refused),
        cmocka_unit_test(what_is_no_run_is_refused),
        cmocka_unit_test(the_run_before_is_shown_first),
        cmocka_unit_test(several_runs_are_compared),
        cmocka_unit_test(without_memory_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
