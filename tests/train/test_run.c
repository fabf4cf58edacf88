#include "dataset/tiny_set.h"

#include "base/json.h"
#include "base/random.h"
#include "train/run.h"
#include "train/targets.h"
#include "vww/quantize.h"
#include "vww/threads.h"
#include "vww/zoo.h"

#include <math.h>

#define RESOLUTION 32

static struct tiny_set set;

static struct vww_graph *first_graph(int32_t classes)
{
    struct vww_error error;
    struct vww_graph *graph;
    const struct vww_zoo_options options = {.family = "mobilenet_v1",
                                            .depth_multiplier = 0.25,
                                            .resolution = RESOLUTION,
                                            .classes = classes};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_graph_initialize(graph, 3, &error), &error);
    return graph;
}

static struct vww_recipe small_recipe(void)
{
    struct vww_recipe recipe;
    vww_recipe_init(&recipe);
    recipe.epochs = 4;
    recipe.batch = 12;
    recipe.optimizer = "adamw";
    recipe.schedule = "cosine";
    recipe.average_decay = 0.9;
    recipe.label_smoothing = 0.1;
    return recipe;
}

static const char *in_folder(const char *name)
{
    static char paths[8][VWW_PATH_MAX];
    static int next;
    char *path = paths[next++ % 8];
    assert_int_equal(vww_path_join(path, set.folder, name, NULL), VWW_OK);
    return path;
}

/* --- steps ---------------------------------------------------------------------------------------
 */

#define COUNT 24
#define IMAGE (RESOLUTION * RESOLUTION * 3)

/* Two classes of images that differ in where they are bright. */
static void draw(uint8_t *images, int32_t labels[COUNT])
{
    struct vww_random random = vww_random_init(8, VWW_RANDOM_TEST, 0, 0);
    for (int32_t n = 0; n < COUNT; n++) {
        labels[n] = n % 2;
        for (int32_t i = 0; i < IMAGE; i++)
            images[n * IMAGE + i] = (uint8_t)(vww_random_below(&random, 120) +
                                              (i / (IMAGE / 2) == labels[n] ? 80 : 20));
    }
}

/* Train the graph on one batch; a copy of what came out. */
static struct vww_graph *learn(const struct vww_graph *graph, const struct vww_recipe *recipe,
                               int steps)
{
    const struct vww_share alone = {.chunks = VWW_CHUNKS};
    struct vww_error error;
    struct vww_trainer *trainer;
    uint8_t *images = vww_allocate(COUNT, IMAGE);
    int32_t labels[COUNT];
    double targets[2 * COUNT];
    assert_non_null(images);
    draw(images, labels);
    vww_targets_fill(labels, COUNT, 2, recipe->label_smoothing, targets);
    const struct vww_batch batch = {
        .images = images, .labels = labels, .targets = targets, .count = COUNT};
    assert_ok(vww_trainer_create(graph, recipe, &alone, &trainer, &error), &error);
    struct vww_position *position = vww_trainer_position(trainer);
    if (recipe->quantize_aware)
        vww_trainer_calibrate(trainer, images, COUNT, 0);
    for (int step = 0; step < steps; step++) {
        position->epoch = step;
        position->step_in_epoch = 0;
        position->loss_sum = 0;
        position->correct = position->images = 0;
        assert_ok(vww_trainer_step(trainer, &batch, 1, &error), &error);
    }
    if (!(position->loss_sum / COUNT < 0.1 && position->correct == COUNT))
        fail_msg("%s: loss %g, %d of %d right", recipe->optimizer, position->loss_sum / COUNT,
                 (int)position->correct, COUNT);
    struct vww_graph *learned = vww_graph_copy(vww_trainer_graph(trainer));
    assert_non_null(learned);
    vww_trainer_destroy(trainer);
    vww_free(images);
    return learned;
}

static struct vww_recipe learning_recipe(const char *optimizer, double rate)
{
    struct vww_error error;
    struct vww_recipe recipe = small_recipe();
    recipe.batch = COUNT;
    recipe.optimizer = optimizer;
    recipe.learning_rate = rate;
    recipe.epochs = 40;
    recipe.label_smoothing = recipe.average_decay = 0;
    recipe.batch_norm_decay = 0.8;
    assert_ok(vww_recipe_resolve(&recipe, &error), &error);
    return recipe;
}

static void every_optimizer_learns(void **state)
{
    (void)state;
    vww_threads_use(1); /* other tests run beside this one */
    static const struct {
        const char *optimizer;
        double rate;
    } rows[] = {{"rmsprop", 0.045}, {"sgd", 0.05}, {"adamw", 0.005}};
    struct vww_graph *graph = first_graph(2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct vww_recipe recipe = learning_recipe(rows[i].optimizer, rows[i].rate);
        vww_graph_destroy(learn(graph, &recipe, 40));
    }
    struct vww_recipe narrow = learning_recipe("sgd", 0.05);
    narrow.precision = "bf16";
    vww_graph_destroy(learn(graph, &narrow, 40));
    vww_graph_destroy(graph);
}

/* Folded and rounded, the trained network still knows the images, and goes on learning. */
static void fake_quantized_networks_learn(void **state)
{
    (void)state;
    vww_threads_use(1);
    struct vww_error error;
    struct vww_graph *graph = first_graph(2), *folded;
    struct vww_recipe recipe = learning_recipe("adamw", 0.005);
    struct vww_graph *trained = learn(graph, &recipe, 40);
    assert_ok(vww_quantize_fold(trained, &folded, &error), &error);
    recipe.quantize_aware = true;
    recipe.learning_rate = 1e-4;
    struct vww_graph *quantized = learn(folded, &recipe, 10);
    for (int32_t i = 0; i < quantized->op_count; i++) {
        const struct vww_tensor *out = &quantized->tensors[quantized->ops[i].outputs[0]];
        assert_int_equal(out->quantization.count, 1);
        if (quantized->ops[i].activation == VWW_ACTIVATION_RELU6)
            assert_int_equal(out->quantization.zero_points[0], -128);
    }
    vww_graph_destroy(quantized);
    vww_graph_destroy(folded);
    vww_graph_destroy(trained);
    vww_graph_destroy(graph);
}

static void weights_that_are_no_numbers_are_refused(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_recipe recipe = small_recipe();
    assert_ok(vww_recipe_resolve(&recipe, &error), &error);
    struct vww_graph *graph = first_graph(2);
    for (int32_t t = 0; t < graph->tensor_count; t++)
        if (graph->tensors[t].role == VWW_ROLE_BN_OFFSET) {
            ((float *)graph->tensors[t].data)[1] = NAN;
            break;
        }
    const struct vww_train_job job = {
        .graph = graph, .data = set.output, .out = in_folder("nan"), .recipe = recipe};
    struct vww_train_summary summary;
    assert_int_equal(vww_train(&job, NULL, NULL, &summary, &error), VWW_ERROR_DIVERGED);
    assert_non_null(strstr(error.what, "weights"));
    assert_false(vww_directory_exists(in_folder("nan")));
    vww_graph_destroy(graph);
}

/* --- runs ----------------------------------------------------------------------------------------
 */

struct stopper {
    int calls_left;
};

static bool stop_after(void *context)
{
    struct stopper *stopper = context;
    return stopper->calls_left-- <= 0;
}

static void assert_equal_files(const char *a, const char *b, const char *name)
{
    struct vww_error error;
    struct vww_buffer first, second;
    char path[VWW_PATH_MAX];
    assert_ok(vww_path_join(path, a, name, &error), &error);
    assert_ok(vww_file_read(path, (size_t)1 << 26, &first, &error), &error);
    assert_ok(vww_path_join(path, b, name, &error), &error);
    assert_ok(vww_file_read(path, (size_t)1 << 26, &second, &error), &error);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    vww_buffer_fini(&first);
    vww_buffer_fini(&second);
}

static int count_lines(const char *run, double *last_val)
{
    struct vww_error error;
    struct vww_buffer content;
    char path[VWW_PATH_MAX];
    int lines = 0;
    assert_ok(vww_path_join(path, run, VWW_RUN_METRICS, &error), &error);
    assert_ok(vww_file_read(path, (size_t)1 << 26, &content, &error), &error);
    for (char *line = strtok((char *)content.data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        yajl_val tree;
        int64_t step;
        double value;
        assert_ok(vww_json_parse(line, strlen(line), path, &tree, &error), &error);
        assert_true(vww_json_get_integer(tree, "step", &step));
        static const char *const keys[] = {"epoch", "loss", "accuracy", "learning_rate",
                                           "images_per_second"};
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
            assert_true(vww_json_get_number(tree, keys[i], &value));
        if (vww_json_get_number(tree, "val_accuracy", &value))
            *last_val = value;
        yajl_tree_free(tree);
        lines++;
    }
    vww_buffer_fini(&content);
    return lines;
}

/* Interrupted twice, at other moments and with other thread counts: the same bytes. */
static void check_resume(const struct vww_graph *graph, struct vww_recipe recipe, const char *name,
                         const char *teacher)
{
    struct vww_error error;
    struct vww_train_summary summary;
    char whole[VWW_PATH_MAX], parts[VWW_PATH_MAX];
    snprintf(whole, sizeof whole, "%s-whole", in_folder(name));
    snprintf(parts, sizeof parts, "%s-parts", in_folder(name));
    struct vww_train_job job = {.graph = graph,
                                .data = set.output,
                                .out = whole,
                                .recipe = recipe,
                                .teacher = teacher,
                                .command = "whole"};
    vww_threads_use(1);
    assert_ok(vww_train(&job, NULL, NULL, &summary, &error), &error);
    assert_int_equal(summary.epochs, 4);
    assert_int_equal(summary.steps, 4 * 5);

    struct stopper stopper = {.calls_left = 7};
    const struct vww_progress progress = {.stop = stop_after, .context = &stopper};
    vww_threads_use(2);
    job.out = parts;
    job.command = "parts";
    assert_int_equal(vww_train(&job, NULL, &progress, &summary, &error), VWW_ERROR_STOPPED);
    assert_non_null(strstr(error.remedy, "--resume"));
    assert_non_null(strstr(error.remedy, parts));
    char metrics[VWW_PATH_MAX];
    assert_ok(vww_path_join(metrics, parts, VWW_RUN_METRICS, &error), &error);
    FILE *stream = fopen(metrics, "ab"); /* as a killed process would leave it */
    assert_non_null(stream);
    fputs("{\"step\": 19, \"epoch\": 9}\n{\"step\": 2", stream);
    fclose(stream);
    vww_threads_use(3);
    stopper.calls_left = 2;
    assert_int_equal(vww_train_resume(parts, NULL, NULL, NULL, &progress, &summary, &error),
                     VWW_ERROR_STOPPED);
    vww_threads_use(1);
    assert_ok(vww_train_resume(parts, set.output, NULL, NULL, NULL, &summary, &error), &error);
    vww_threads_use(1);
    assert_equal_files(whole, parts, VWW_CHECKPOINT_LAST);
    assert_equal_files(whole, parts, VWW_CHECKPOINT_BEST);
    double accuracy = -1;
    assert_int_equal(count_lines(parts, &accuracy), 4);
    assert_true(accuracy >= 0 && summary.best_accuracy >= accuracy);
    /* A finished run is left alone. */
    assert_ok(vww_train_resume(parts, NULL, NULL, NULL, NULL, &summary, &error), &error);
    assert_equal_files(whole, parts, VWW_CHECKPOINT_LAST);
}

static void a_stopped_run_goes_on(void **state)
{
    (void)state;
    struct vww_graph *graph = first_graph(2);
    struct vww_recipe recipe = small_recipe();
    recipe.chunks = 4;
    recipe.mixup = 0.4;
    recipe.cutmix = 1;
    check_resume(graph, recipe, "float", NULL);
    recipe = small_recipe();
    recipe.optimizer = "rmsprop";
    recipe.average_decay = 0;
    recipe.quantize_aware = true;
    recipe.calibration_batches = 2;
    check_resume(graph, recipe, "quantized", in_folder("float-whole"));
    vww_graph_destroy(graph);
}

/* What quantization-aware training leaves can be converted to integers. */
static void a_quantized_run_converts(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph, *integer;
    char path[VWW_PATH_MAX];
    snprintf(path, sizeof path, "%s-whole", in_folder("quantized"));
    assert_ok(vww_checkpoint_graph(path, &graph, &error), &error);
    assert_true(vww_quantize_has_ranges(graph));
    for (int32_t i = 0; i < graph->op_count; i++)
        assert_int_not_equal(graph->ops[i].kind, VWW_OP_BATCH_NORM);
    assert_ok(vww_quantize_convert(graph, &integer, &error), &error);
    vww_graph_destroy(integer);
    vww_graph_destroy(graph);
}

static void another_run_is_not_overwritten(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_train_summary summary;
    struct vww_graph *graph = first_graph(2);
    struct vww_train_job job = {
        .graph = graph, .data = set.output, .out = in_folder("twice"), .recipe = small_recipe()};
    job.recipe.epochs = 1;
    assert_ok(vww_train(&job, NULL, NULL, &summary, &error), &error);
    assert_int_equal(vww_train(&job, NULL, NULL, &summary, &error), VWW_ERROR_ARGUMENT);
    assert_non_null(strstr(error.remedy, "--force"));
    job.force = true;
    assert_ok(vww_train(&job, NULL, NULL, &summary, &error), &error);
    vww_graph_destroy(graph);
}

static void data_must_fit(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_train_summary summary;
    struct vww_graph *graph = first_graph(3);
    struct vww_train_job job = {
        .graph = graph, .data = set.output, .out = in_folder("unfit"), .recipe = small_recipe()};
    assert_int_equal(vww_train(&job, NULL, NULL, &summary, &error), VWW_ERROR_MISMATCH);
    assert_non_null(strstr(error.seen, "2 classes"));
    assert_false(vww_directory_exists(job.out));
    job.recipe.batch = 1000;
    assert_int_not_equal(vww_train(&job, NULL, NULL, &summary, &error), VWW_OK);
    job.data = in_folder("nothing");
    assert_int_equal(vww_train(&job, NULL, NULL, &summary, &error), VWW_ERROR_NOT_FOUND);
    vww_graph_destroy(graph);
}

/* A flipped byte in last.ckpt is an error that names the file. */
static void a_damaged_checkpoint_is_refused(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_train_summary summary;
    struct vww_buffer content;
    char path[VWW_PATH_MAX];
    assert_ok(vww_path_join(path, in_folder("twice"), VWW_CHECKPOINT_LAST, &error), &error);
    assert_ok(vww_file_read(path, (size_t)1 << 26, &content, &error), &error);
    content.data[content.size / 2] ^= 4;
    assert_ok(vww_file_write(path, content.data, content.size, &error), &error);
    vww_buffer_fini(&content);
    assert_int_equal(vww_train_resume(in_folder("twice"), NULL, NULL, NULL, NULL, &summary, &error),
                     VWW_ERROR_FORMAT);
    assert_string_equal(error.file, path);
    assert_int_equal(
        vww_train_resume(in_folder("nothing"), NULL, NULL, NULL, NULL, &summary, &error),
        VWW_ERROR_NOT_FOUND);
}

/* --- configurations ------------------------------------------------------------------------------
 */

#define OLDER                                                                                      \
    "\"model\": \"m\", \"data\": \"d\", \"depth_multiplier\": 1, \"resolution\": 32, "             \
    "\"classes\": 2, "                                                                             \
    "\"label_smoothing\": 0.1"
#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static vww_status parse_config(const char *text, struct vww_run_record *record)
{
    struct vww_error error;
    return vww_run_record_parse(text, strlen(text), "config.json", record, &error);
}

/* What a version that did not know a setting wrote has that setting's default. */
static void older_configurations_are_read(void **state)
{
    (void)state;
    struct vww_run_record record;
    assert_int_equal(parse_config("{" OLDER "}", &record), VWW_OK);
    assert_true(record.recipe.label_smoothing > 0.09 && record.recipe.mixup == 0);
    assert_true(record.recipe.cutmix == 0 && isnan(record.recipe.distill));
    assert_null(record.teacher);
    vww_run_record_fini(&record);
}

static void a_teacher_has_a_checksum(void **state)
{
    (void)state;
    struct vww_run_record record;
    const char *whole =
        "{" OLDER ", \"teacher\": \"t\", \"teacher_sha256\": \"" SUM "\", \"distill\": 0.25}";
    assert_int_equal(parse_config(whole, &record), VWW_OK);
    assert_string_equal(record.teacher, "t");
    assert_string_equal(record.teacher_sha256, SUM);
    assert_true(record.recipe.distill > 0.24);
    vww_run_record_fini(&record);
    const char *const wrong[] = {"{" OLDER ", \"teacher\": \"t\"}",
                                 "{" OLDER ", \"teacher_sha256\": \"" SUM "\"}",
                                 "{" OLDER ", \"teacher\": \"t\", \"teacher_sha256\": \"0\"}",
                                 "{" OLDER ", \"distill\": 2}", "{" OLDER ", \"distill\": null}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_not_equal(parse_config(wrong[i], &record), VWW_OK);
}

int main(void)
{
    struct vww_error error;
    struct vww_dataset_result result;
    tiny_set_make(&set);
    const struct vww_dataset_options options = TINY_OPTIONS(&set);
    if (vww_dataset_build(&options, NULL, &result, &error) != VWW_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_optimizer_learns),
        cmocka_unit_test(fake_quantized_networks_learn),
        cmocka_unit_test(weights_that_are_no_numbers_are_refused),
        cmocka_unit_test(a_stopped_run_goes_on),
        cmocka_unit_test(a_quantized_run_converts),
        cmocka_unit_test(another_run_is_not_overwritten),
        cmocka_unit_test(data_must_fit),
        cmocka_unit_test(a_damaged_checkpoint_is_refused),
        cmocka_unit_test(older_configurations_are_read),
        cmocka_unit_test(a_teacher_has_a_checksum),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    tiny_remove(set.folder);
    return failed;
}
