#include "base/file.h"
#include "support/check.h"
#include "vww/label.h"

#include <sys/resource.h>
#include <unistd.h>

static struct vww_error error;
static char path[64], other_path[64];

static int make_files(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/vww-test-XXXXXX");
    snprintf(other_path, sizeof other_path, "/tmp/vww-test-XXXXXX");
    const int a = mkstemp(path), b = mkstemp(other_path);
    close(a);
    close(b);
    return a < 0 || b < 0;
}

static int remove_files(void **state)
{
    (void)state;
    unlink(path);
    unlink(other_path);
    return 0;
}

/* Images of 100 x 100 pixels, so that an area of 50 is 0.5 %. Each differs in one respect. */
static const char boundaries[] =
    "{\"annotations\":["
    "{\"id\":1,\"image_id\":10,\"category_id\":5,\"area\":50,\"bbox\":[0,0,10,5]},"
    "{\"id\":2,\"image_id\":11,\"category_id\":5,\"area\":50.01,\"bbox\":[0,0,10,4.9]},"
    "{\"id\":3,\"image_id\":12,\"category_id\":5,\"area\":40,\"bbox\":[0,0,10,5.1]},"
    "{\"id\":4,\"image_id\":13,\"category_id\":5,\"area\":9000,\"bbox\":[0,0,95,95],"
    "\"iscrowd\":1},"
    "{\"id\":5,\"image_id\":14,\"category_id\":1,\"area\":9000,\"bbox\":[0,0,95,95]},"
    "{\"id\":6,\"image_id\":15,\"category_id\":5,\"area\":200,\"bbox\":[0,0,20,12]},"
    "{\"id\":7,\"image_id\":16,\"category_id\":5,\"area\":300,\"bbox\":[0,0,20,20]},"
    "{\"id\":8,\"image_id\":16,\"category_id\":5,\"area\":1,\"bbox\":[0,0,1,1]},"
    "{\"id\":9,\"image_id\":18,\"category_id\":5,\"area\":400,\"bbox\":[9,9,-20,-20]}],"
    "\"images\":["
    "{\"id\":18,\"width\":100,\"height\":100,\"file_name\":\"18\"},"
    "{\"id\":10,\"width\":100,\"height\":100,\"file_name\":\"10\"},"
    "{\"id\":11,\"width\":100,\"height\":100,\"file_name\":\"11\"},"
    "{\"id\":12,\"width\":100,\"height\":100,\"file_name\":\"12\"},"
    "{\"id\":13,\"width\":100,\"height\":100,\"file_name\":\"13\"},"
    "{\"id\":14,\"width\":100,\"height\":100,\"file_name\":\"14\"},"
    "{\"id\":15,\"width\":100,\"height\":100,\"file_name\":\"15\"},"
    "{\"id\":16,\"width\":100,\"height\":100,\"file_name\":\"16\"},"
    "{\"id\":17,\"width\":100,\"height\":100,\"file_name\":\"17\"}],"
    "\"categories\":[{\"id\":1,\"name\":\"cat\"},{\"id\":5,\"name\":\"person\"}]}";

static vww_status read_text(const char *json, const struct vww_label_policy *policy,
                            bool with_objects, struct vww_label_set *set)
{
    assert_ok(vww_file_write(path, json, strlen(json), &error), &error);
    return vww_label_set_read((const char *const[]){path}, 1, policy, with_objects, NULL, set,
                              &error);
}

/* Labels of images 10 … 18, one letter each: 1, 0 or d. */
static void assert_labels(const struct vww_label_policy *policy, const char *expected)
{
    struct vww_label_set set;
    assert_ok(read_text(boundaries, policy, false, &set), &error);
    char got[10] = "";
    for (int i = 0; i < 9; i++) {
        const int64_t index = vww_label_set_find(&set, 10 + i);
        assert_true(index >= 0);
        const int32_t label = set.images[index].label;
        got[i] = label == VWW_LABEL_DROPPED ? 'd' : (char)('0' + label);
    }
    assert_string_equal(got, expected);
    assert_true(vww_label_set_find(&set, 9) == -1 && vww_label_set_find(&set, 19) == -1);
    assert_int_equal(set.positive + set.negative + set.dropped, 9);
    vww_label_set_fini(&set);
}

static void every_preset(void **state)
{
    (void)state;
    static const struct {
        const char *name, *labels;
    } expected[] = {
        /* 10: 0.5 % exactly; 11: mask over, box under; 12: box over, mask under; 13: a crowd; 14: a
         * cat; 15: mask 2 %, box 2.4 %; 16: a large and a small one; 17: nothing; 18: a box turned
         * inside out */
        {"paper", "001101100"},
        {"tf", "010101101"},
        {"tf-2019a", "110101101"},
        {"pyvww", "010101101"},
        {"mlperf", "ddd00d10d"},
        {"mlcommons-v0.1", "ddddddddd"}, /* all are smaller than 128 pixels */
    };
    size_t count;
    const struct vww_label_preset *presets = vww_label_presets(&count);
    assert_int_equal(count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < count; i++) {
        struct vww_label_policy policy;
        assert_string_equal(presets[i].policy.name, expected[i].name);
        assert_ok(vww_label_policy_find(expected[i].name, &policy, &error), &error);
        assert_labels(&policy, expected[i].labels);
    }
    struct vww_label_policy policy;
    assert_int_equal(vww_label_policy_find("papre", &policy, &error), VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.remedy, "did you mean paper"));
}

static void every_switch(void **state)
{
    (void)state;
    const struct vww_label_policy base = vww_label_presets(&(size_t){0})[0].policy;
    struct vww_label_policy policy = base;
    policy.comparison = VWW_COMPARISON_GE;
    assert_labels(&policy, "101101100");
    policy = base;
    policy.area = VWW_AREA_MASK;
    assert_labels(&policy, "010101101");
    policy = base;
    policy.crowd = VWW_CROWD_IGNORE;
    assert_labels(&policy, "001001100");
    policy = base;
    policy.small_only = VWW_SMALL_ONLY_DROP;
    assert_labels(&policy, "dd110110d");
    policy = base;
    policy.small_object_area_threshold = 0.024;
    assert_labels(&policy, "000100100");
    policy.small_object_area_threshold = 0;
    assert_labels(&policy, "111101100");
    policy = base;
    strcpy(policy.foreground_class, "cat");
    assert_labels(&policy, "000010000");
    policy.small_object_area_threshold = 1.5;
    struct vww_label_set set;
    assert_int_equal(read_text(boundaries, &policy, false, &set), VWW_ERROR_ARGUMENT);
}

#define CATEGORIES "\"categories\":[{\"id\":1,\"name\":\"person\"},{\"id\":2,\"name\":\"parrot\"}]"

/* The draft of MLPerf Tiny, as its script has it (parse_coco.py): 3276.8 pixels of box, at least;
 * no crowd; strictly within the square that a crop along the longer side leaves; images of 128
 * pixels or more; a person of any kind makes no negative; as many negatives as positives. */
static void the_draft_of_mlperf_tiny(void **state)
{
    (void)state;
#define SIZED(id, w, h) "{\"id\":" #id ",\"width\":" #w ",\"height\":" #h ",\"file_name\":\"a\"}"
#define BOX(id, x, y, w, h, crowd)                                                                 \
    "{\"image_id\":" #id ",\"category_id\":1,\"iscrowd\":" #crowd ",\"bbox\":[" #x "," #y "," #w   \
    "," #h "]}"
    static const char json[] = "{\"images\":[" SIZED(10, 640, 480) "," SIZED(11, 640, 480) "," //
        SIZED(12, 640, 480) "," SIZED(13, 640, 480) "," SIZED(14, 640, 480) ","                //
        SIZED(15, 640, 480) "," SIZED(16, 480, 640) "," SIZED(17, 127, 640) ","                //
        SIZED(18, 640, 127) "," SIZED(19, 640, 128) "," SIZED(20, 128, 128) ","                //
        SIZED(21, 300, 300) "," SIZED(22, 300, 300) "],\"annotations\":["                      //
        BOX(10, 81, 0, 32, 102.4, 0) ","   /* 3276.8 exactly, inside */
        BOX(11, 100, 0, 32, 102.39, 0) "," /* too small */
        BOX(12, 80, 0, 64, 100, 0) ","     /* touches the left edge of the crop */
        BOX(13, 496, 0, 64, 100, 0) ","    /* touches the right one */
        BOX(14, 100, 0, 64, 100, 1) ","    /* a crowd */
        BOX(15, 100, 0, 64, 100, 1) "," BOX(15, 100, 0, 1, 1, 0) "," BOX(
            15, 495, 0, 64, 100, 0) "," BOX(16, 0, 81, 64, 478,
                                            0) "," /* upright: the vertical edges do not matter */
        BOX(17, 20, 300, 64, 100, 0)               /* narrower than 128 */
        "]," CATEGORIES "}";
    struct vww_label_policy policy;
    struct vww_label_set set;
    assert_ok(vww_label_policy_find("mlcommons-v0.1", &policy, &error), &error);
    assert_ok(read_text(json, &policy, false, &set), &error);
    static const int32_t expected[] = {1, -1, -1, -1, -1, 1, 1, -1, -1, 0, 0, 0, -1};
    for (size_t i = 0; i < set.count; i++)
        if (set.images[i].label != expected[i])
            fail_msg("image %d: %d", (int)set.images[i].id, set.images[i].label);
    assert_int_equal(set.positive, 3);
    assert_int_equal(set.negative, 3);
    assert_int_equal(set.dropped, 7);
    vww_label_set_fini(&set);
}

static void order_and_objects(void **state)
{
    (void)state;
    struct vww_label_policy policy = vww_label_presets(&(size_t){0})[0].policy;
    struct vww_label_set set;
    policy.small_object_area_threshold = 0;
    assert_ok(read_text(boundaries, &policy, true, &set), &error);
    assert_int_equal(set.images[0].id, 18); /* the file's order */
    assert_int_equal(set.images[1].id, 10);
    assert_string_equal(set.names + set.images[7].file_name, "16");
    assert_int_equal(set.images[7].object_count, 2);
    const struct vww_label_object *objects = &set.objects[set.images[7].first_object];
    assert_true(objects[0].width == 20 && objects[0].area == 300 && objects[1].area == 1);
    assert_int_equal(set.images[0].object_count, 0);
    vww_label_set_fini(&set);
}

static void csv(void **state)
{
    (void)state;
    struct vww_label_policy policy;
    struct vww_label_set set;
    struct vww_buffer text;
    assert_ok(vww_label_policy_find("mlperf", &policy, &error), &error);
    assert_ok(read_text(boundaries, &policy, false, &set), &error);
    assert_ok(vww_label_set_write_csv(&set, other_path, &error), &error);
    assert_ok(vww_file_read(other_path, 1000, &text, &error), &error);
    assert_string_equal((char *)text.data,
                        "image_id,label\n10,dropped\n11,dropped\n12,dropped\n13,0\n14,0\n"
                        "15,dropped\n16,1\n17,0\n18,dropped\n");
    vww_buffer_fini(&text);
    assert_int_equal(vww_label_set_write_csv(&set, "/nonexistent/x.csv", &error),
                     VWW_ERROR_NOT_FOUND);
    vww_label_set_fini(&set);
}

#define IMAGE(id) "{\"id\":" id ",\"width\":9,\"height\":9,\"file_name\":\"a\"}"

static void contradictions(void **state)
{
    (void)state;
    struct vww_label_policy policy = vww_label_presets(&(size_t){0})[0].policy;
    struct vww_label_set set;
    static const char unknown_image[] =
        "{\"images\":[" IMAGE("4") "],\"annotations\":[{\"id\":77,\"image_id\":5,"
                                   "\"category_id\":1,\"bbox\":[0,0,9,9]}]," CATEGORIES "}";
    assert_int_equal(read_text(unknown_image, &policy, false, &set), VWW_ERROR_FORMAT);
    assert_string_equal(error.place, "annotation 77");
    assert_string_equal(error.seen, "image_id 5");
    assert_string_equal(error.file, path);
    assert_in_range(error.byte, 60, sizeof unknown_image);
    static const char twice[] =
        "{\"images\":[" IMAGE("4") "," IMAGE("4") "],\"annotations\":[]," CATEGORIES "}";
    assert_int_equal(read_text(twice, &policy, false, &set), VWW_ERROR_FORMAT);
    assert_string_equal(error.place, "image 4");
    static const char no_box[] =
        "{\"images\":[" IMAGE("4") "],\"annotations\":[{\"id\":77,\"image_id\":4,"
                                   "\"category_id\":1,\"area\":9}]," CATEGORIES "}";
    assert_int_equal(read_text(no_box, &policy, false, &set), VWW_ERROR_FORMAT);
    assert_non_null(strstr(error.remedy, "--area mask"));
    strcpy(policy.foreground_class, "persn");
    assert_int_equal(read_text(no_box, &policy, false, &set), VWW_ERROR_NOT_FOUND);
    assert_string_equal(error.remedy, "did you mean person?");
    strcpy(policy.foreground_class, "zebra");
    assert_int_equal(read_text(no_box, &policy, false, &set), VWW_ERROR_NOT_FOUND);
    assert_string_equal(error.remedy, "known: person, parrot");
}

/* Each file has its own category ids; image ids are one set. */
/* Of the two passes each checks what the other passes over. */
static void nothing_is_left_unchecked(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"annotations\":[{\"id\":1,\"segmentation\":[[1,2,,3]],\"image_id\":1,\"category_id\":1,"
        "\"area\":9,\"bbox\":[0,0,3,3]}],%s}",
        "{\"annotations\":[1],%s}",
        "{\"annotations\":{},%s}",
        "{\"annotations\":[],%s,\"annotations\":[]}",
        "{\"annotations\":[],%s,\"info\":[1,}}",
        "{\"annotations\":[}],%s}",
        "{\"annotations\":[],%s",
        "{\"annotations\":[[],%s}",
    };
    static const char rest[] = "\"images\":[{\"id\":1,\"width\":10,\"height\":10,\"file_name\":"
                               "\"1.jpg\"}],\"categories\":[{\"id\":1,\"name\":\"person\"}]";
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char json[1000];
        struct vww_label_set labels;
        const char *place = strstr(texts[i], "%s");
        snprintf(json, sizeof json, "%.*s%s%s", (int)(place - texts[i]), texts[i], rest, place + 2);
        assert_int_equal(read_text(json, &vww_label_presets(&(size_t){0})[0].policy, true, &labels),
                         VWW_ERROR_FORMAT);
        assert_string_equal(error.file, path);
    }
}

static void several_files(void **state)
{
    (void)state;
    const struct vww_label_policy policy = vww_label_presets(&(size_t){0})[0].policy;
    struct vww_label_set set;
    static const char first[] =
        "{\"images\":[" IMAGE("4") "],\"annotations\":[{\"id\":1,\"image_id\":4,"
                                   "\"category_id\":2,\"bbox\":[0,0,9,9]}]," CATEGORIES "}";
    static const char second[] =
        "{\"images\":[" IMAGE("3") "],\"annotations\":[{\"id\":1,\"image_id\":3,"
                                   "\"category_id\":2,\"bbox\":[0,0,9,9]}],"
                                   "\"categories\":[{\"id\":2,\"name\":\"person\"}]}";
    const char *const paths[] = {path, other_path};
    assert_ok(vww_file_write(path, first, strlen(first), &error), &error);
    assert_ok(vww_file_write(other_path, second, strlen(second), &error), &error);
    assert_ok(vww_label_set_read(paths, 2, &policy, false, NULL, &set, &error), &error);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.images[0].label, 0);
    assert_int_equal(set.images[1].label, 1);
    assert_int_equal(set.images[1].source, 1);
    vww_label_set_fini(&set);
    const char *const same[] = {path, path};
    assert_int_equal(vww_label_set_read(same, 2, &policy, false, NULL, &set, &error),
                     VWW_ERROR_FORMAT);
    assert_string_equal(error.place, "image 4");
}

/* Sanitizers keep freed memory and shadows of it; a bound makes sense without them. */
#if defined __SANITIZE_ADDRESS__
#define MEASURES_MEMORY 0
#else
#define MEASURES_MEMORY 1
#endif

/* 24 MB of annotations are labelled within 8 MB more than before. */
static void memory_does_not_grow_with_the_file(void **state)
{
    (void)state;
    if (!MEASURES_MEMORY)
        skip();
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fprintf(stream, "{\"images\":[" IMAGE("4") "]," CATEGORIES ",\"annotations\":[");
    for (int i = 0; i < 60000; i++) {
        fprintf(stream, "%s{\"segmentation\":[[", i > 0 ? "," : "");
        for (int p = 0; p < 40; p++)
            fprintf(stream, "%s%d.%02d", p > 0 ? "," : "", 100 + p, i % 100);
        fprintf(stream, "]],\"id\":%d,\"image_id\":4,\"category_id\":1,\"bbox\":[0,0,9,%d]}", i,
                i % 9);
    }
    fprintf(stream, "]}");
    assert_int_equal(fclose(stream), 0);
    assert_true(vww_file_bytes(path) > 20e6);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    const struct vww_label_policy policy = vww_label_presets(&(size_t){0})[0].policy;
    struct vww_label_set set;
    assert_ok(
        vww_label_set_read((const char *const[]){path}, 1, &policy, false, NULL, &set, &error),
        &error);
    getrusage(RUSAGE_SELF, &after);
    vww_label_set_fini(&set);
    assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 8 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preset),
        cmocka_unit_test(every_switch),
        cmocka_unit_test(the_draft_of_mlperf_tiny),
        cmocka_unit_test(order_and_objects),
        cmocka_unit_test(csv),
        cmocka_unit_test(contradictions),
        cmocka_unit_test(nothing_is_left_unchecked),
        cmocka_unit_test(several_files),
        cmocka_unit_test(memory_does_not_grow_with_the_file),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
