/* Evaluations as files: the way there and back, and files that lie. */
#include "support/check.h"

#include "base/file.h"
#include "base/memory.h"
#include "evaluate/internal.h"

#include <unistd.h>

static const int32_t labels[4] = {0, 1, 1, 0};
static const int32_t predictions[4] = {0, 1, 0, 0};
static const float probabilities[8] = {0.9f,        0.1f,  1.0f / 3, 2.0f / 3,
                                       0.99999994f, 6e-8f, 0.5f,     0.5f};

static const struct vww_scene scenes[4] = {
    {0, 0, false, 0.1f}, {-1, 0, false, 1}, {12, 1.0f / 3, true, 0.7f}, {1, 0.01f, false, 0}};

static void make(struct vww_evaluation *evaluation)
{
    struct vww_error error;
    *evaluation = (struct vww_evaluation){.kind = "int8",
                                          .model = "a \"quoted\" name.tflite",
                                          .data = "set",
                                          .split = "val",
                                          .machine = "board",
                                          .classes = 2,
                                          .class_names = {"none", "person"},
                                          .images = 4};
    assert_ok(vww_evaluation_allocate(evaluation, &error), &error);
    memcpy(evaluation->labels, labels, sizeof labels);
    memcpy(evaluation->predictions, predictions, sizeof predictions);
    memcpy(evaluation->probabilities, probabilities, sizeof probabilities);
    vww_evaluation_count(evaluation);
    assert_ok(vww_evaluation_allocate_scenes(evaluation, &error), &error);
    memcpy(evaluation->scenes, scenes, sizeof scenes);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    char folder[] = "/tmp/vww-record-XXXXXX", path[VWW_PATH_MAX];
    struct vww_evaluation written, read;
    struct vww_error error;
    assert_non_null(mkdtemp(folder));
    assert_ok(vww_path_join(path, folder, "eval-int8.json", &error), &error);
    make(&written);
    assert_ok(vww_evaluation_write(&written, path, &error), &error);
    assert_ok(vww_evaluation_read(path, &read, &error), &error);
    assert_string_equal(read.kind, written.kind);
    assert_string_equal(read.model, written.model);
    assert_string_equal(read.data, written.data);
    assert_string_equal(read.split, written.split);
    assert_string_equal(read.machine, "board");
    assert_int_equal(read.classes, 2);
    assert_string_equal(read.class_names[0], "none");
    assert_string_equal(read.class_names[1], "person");
    assert_int_equal(read.images, 4);
    assert_int_equal(read.correct, 3);
    assert_true(read.accuracy == 0.75);
    assert_true(read.loss == written.loss);
    assert_memory_equal(read.confusion, written.confusion, sizeof read.confusion);
    assert_memory_equal(read.labels, labels, sizeof labels);
    assert_memory_equal(read.predictions, predictions, sizeof predictions);
    assert_memory_equal(read.probabilities, probabilities, sizeof probabilities);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(read.scenes[i].objects, scenes[i].objects);
        assert_float_equal(read.scenes[i].largest, scenes[i].largest, 0);
        assert_int_equal(read.scenes[i].is_cut_off, scenes[i].is_cut_off);
        assert_float_equal(read.scenes[i].brightness, scenes[i].brightness, 0);
    }
    vww_evaluation_fini(&read);
    vww_evaluation_fini(&written);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

#define GOOD                                                                                       \
    "{\"format\": \"vww-evaluation\", \"version\": 1, \"kind\": \"int8\", \"model\": \"m\", "      \
    "\"data\": \"d\", \"split\": \"val\", \"machine\": \"\", \"images\": 2, \"accuracy\": 0.5, "   \
    "\"loss\": 0.6931471805599453, \"classes\": [\"a\", \"b\"], "                                  \
    "\"confusion\": [[1, 0], [1, 0]], \"labels\": [0, 1], \"predictions\": [0, 0], "               \
    "\"probabilities\": [0.5, 0.5, 0.5, 0.5]}"

static vww_status parse(const char *text, struct vww_error *error)
{
    struct vww_evaluation evaluation;
    const vww_status status = vww_evaluation_parse(text, strlen(text), "file", &evaluation, error);
    vww_evaluation_fini(&evaluation);
    return status;
}

/* GOOD with the first `from` replaced is refused with a message naming `key`. */
static void refused(const char *from, const char *to, const char *key)
{
    const char *at = strstr(GOOD, from);
    assert_non_null(at);
    char text[2048];
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - GOOD), GOOD, to, at + strlen(from));
    struct vww_error error;
    if (parse(text, &error) != VWW_ERROR_FORMAT)
        fail_msg("accepted: %s", text);
    if (strstr(error.what, key) == NULL)
        fail_msg("\"%s\" does not name %s", error.what, key);
    assert_string_equal(error.file, "file");
}

static void files_that_lie_are_refused(void **state)
{
    (void)state;
    struct vww_error error;
    assert_ok(parse(GOOD, &error), &error);
    refused("vww-evaluation", "other", "format");
    refused("\"version\": 1", "\"version\": 2", "version");
    refused("\"int8\"", "\"a kind with a name of more than 31 bytes\"", "kind");
    refused("\"m\"", "17", "model");
    refused("\"images\": 2", "\"images\": 3", "labels");
    refused("\"images\": 2", "\"images\": 1e18", "images");
    refused("\"images\": 2", "\"images\": 9223372036854775807", "images");
    refused("\"images\": 2", "\"images\": -2", "images");
    refused("\"images\": 2", "\"images\": 10000000", "labels");
    refused("\"accuracy\": 0.5", "\"accuracy\": 1", "accuracy");
    refused("0.6931471805599453", "0.5", "loss");
    refused("[\"a\", \"b\"]", "[\"a\"]", "classes");
    refused("[\"a\", \"b\"]", "[\"a\", 2]", "classes");
    refused("[[1, 0], [1, 0]]", "[[1, 0], [0, 1]]", "confusion");
    refused("[[1, 0], [1, 0]]", "[[1, 0]]", "confusion");
    refused("[[1, 0], [1, 0]]", "[[1], [1]]", "confusion");
    refused("\"labels\": [0, 1]", "\"labels\": [0, 2]", "labels");
    refused("\"labels\": [0, 1]", "\"labels\": [0, -1]", "labels");
    refused("\"predictions\": [0, 0]", "\"predictions\": [0, 0.5]", "predictions");
    refused("\"predictions\": [0, 0]", "\"predictions\": 0", "predictions");
    refused("[0.5, 0.5, 0.5, 0.5]", "[0.5, 0.5, 0.5]", "probabilities");
    refused("[0.5, 0.5, 0.5, 0.5]", "[0.5, 0.5, 0.5, 7]", "probabilities");
    refused("[0.5, 0.5, 0.5, 0.5]", "[0.5, 0.5, 0.5, \"x\"]", "probabilities");
    refused("{\"format\"", "[\"format\"", "JSON");
    refused("{\"format\"", "{\"objects\": [0], \"format\"", "objects");
    refused("{\"format\"", "{\"objects\": [0, -2], \"format\"", "objects");
    refused("{\"format\"", "{\"objects\": [0, 0.5], \"format\"", "objects");
    refused("{\"format\"", "{\"objects\": [0, 1], \"format\"", "largest");
    refused("{\"format\"", "{\"objects\": [0, 1], \"largest\": [0, 1.5], \"format\"", "largest");
    refused("{\"format\"",
            "{\"objects\": [0, 1], \"largest\": [0, 1], \"cut_off\": [0, 0.5], \"format\"",
            "cut_off");
    refused("{\"format\"",
            "{\"objects\": [0, 1], \"largest\": [0, 1], \"cut_off\": [0, 1], \"brightness\": "
            "[0, -1], \"format\"",
            "brightness");
}

static void deep_nests_are_refused(void **state)
{
    (void)state;
    const size_t depth = 5000000;
    char *text = malloc(2 * depth);
    assert_non_null(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    struct vww_evaluation evaluation;
    struct vww_error error;
    assert_int_equal(vww_evaluation_parse(text, 2 * depth, "deep", &evaluation, &error),
                     VWW_ERROR_FORMAT);
    assert_int_equal(error.byte, 64);
    free(text);
}

static void without_memory_there_is_an_error_and_no_leak(void **state)
{
    (void)state;
    vww_status status = VWW_ERROR_MEMORY;
    for (int64_t n = 1; status != VWW_OK; n++) {
        struct vww_error error;
        vww_memory_fail_at(n);
        status = parse(GOOD, &error);
        vww_memory_fail_at(0);
        assert_true(status == VWW_OK || status == VWW_ERROR_MEMORY);
        assert_true(n < 100);
    }
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    struct vww_evaluation evaluation;
    struct vww_error error;
    assert_int_equal(vww_evaluation_read("no-such.json", &evaluation, &error), VWW_ERROR_NOT_FOUND);
    assert_string_equal(error.file, "no-such.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(files_that_lie_are_refused),
        cmocka_unit_test(deep_nests_are_refused),
        cmocka_unit_test(without_memory_there_is_an_error_and_no_leak),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
