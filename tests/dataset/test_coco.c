#include "support/check.h"
#include "vww/coco.h"

static struct vww_error error;

struct seen {
    int images, annotations, categories;
    struct vww_coco_image image;
    char file_name[VWW_COCO_NAME_MAX];
    struct vww_coco_annotation annotation;
    char category[VWW_COCO_NAME_MAX];
};

static vww_status on_image(void *context, const struct vww_coco_image *image,
                           struct vww_error *unused)
{
    (void)unused;
    struct seen *seen = context;
    seen->images++;
    seen->image = *image;
    strcpy(seen->file_name, image->file_name);
    return VWW_OK;
}

static vww_status on_annotation(void *context, const struct vww_coco_annotation *annotation,
                                struct vww_error *unused)
{
    (void)unused;
    struct seen *seen = context;
    seen->annotations++;
    seen->annotation = *annotation;
    return VWW_OK;
}

static vww_status on_category(void *context, const struct vww_coco_category *category,
                              struct vww_error *unused)
{
    (void)unused;
    struct seen *seen = context;
    seen->categories++;
    strcpy(seen->category, category->name);
    return VWW_OK;
}

static vww_status scan(const char *json, struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    const struct vww_coco_visitor visitor = {.image = on_image,
                                             .annotation = on_annotation,
                                             .category = on_category,
                                             .license = NULL,
                                             .context = seen};
    return vww_coco_scan_memory(json, strlen(json), "a.json", &visitor, &error);
}

#define IMAGES "\"images\":[{\"id\":7,\"width\":640,\"height\":480,\"file_name\":\"7.jpg\"}]"
#define CATEGORIES "\"categories\":[{\"id\":1,\"name\":\"person\"}]"

static void entries_are_delivered(void **state)
{
    (void)state;
    struct seen seen;
    assert_ok(scan("{\"info\":{\"images\":[1,{\"id\":\"x\"}]},\"licenses\":[{\"id\":\"none\"}],"
                   "\"annotations\":[{\"segmentation\":{\"counts\":[1,2],\"size\":[3,4]},"
                   "\"area\":1.25e2,\"iscrowd\":1,\"image_id\":9007199254740993,"
                   "\"bbox\":[1,2.5,-3e0,4],\"category_id\":18,\"id\":900100}],"
                   "\"images\":[{\"license\":4,\"file_name\":\"a\\u00e9/7.jpg\",\"id\":3000000000,"
                   "\"width\":640.0,\"height\":4.8e2,\"extra\":[[{\"id\":null}]],\"url\":null}]," //
                   CATEGORIES ",\"more\":true}",
                   &seen),
              &error);
    assert_int_equal(seen.images, 1);
    assert_true(seen.image.id == 3000000000);
    assert_int_equal(seen.image.width, 640);
    assert_int_equal(seen.image.height, 480);
    assert_string_equal(seen.file_name, "a\xc3\xa9/7.jpg");
    assert_int_equal(seen.annotations, 1);
    assert_true(seen.annotation.image_id == 9007199254740993); /* not a double */
    assert_int_equal(seen.annotation.id, 900100);
    assert_int_equal(seen.annotation.category_id, 18);
    assert_true(seen.annotation.crowd && seen.annotation.has_area && seen.annotation.has_box);
    assert_true(seen.annotation.area == 125);
    assert_true(seen.annotation.box[1] == 2.5 && seen.annotation.box[2] == -3);
    assert_string_equal(seen.category, "person");
}

/* What one entry says does not leak into the next one. */
static void absent_members(void **state)
{
    (void)state;
    struct seen seen;
    assert_ok(scan("{" IMAGES "," CATEGORIES ",\"annotations\":["
                   "{\"id\":1,\"image_id\":7,\"category_id\":1,\"area\":5,\"iscrowd\":true,"
                   "\"bbox\":[1,2,3,4]},"
                   "{\"image_id\":7,\"category_id\":1,\"area\":null,\"iscrowd\":0,"
                   "\"bbox\":null}]}",
                   &seen),
              &error);
    assert_int_equal(seen.annotations, 2);
    assert_int_equal(seen.annotation.id, -1);
    assert_false(seen.annotation.crowd || seen.annotation.has_area || seen.annotation.has_box);
}

/* Every kind of bad file: what the message says, and the byte where reading stopped. */
static void bad_files(void **state)
{
    (void)state;
#define ANNOTATION(text)                                                                           \
    "{" IMAGES "," CATEGORIES ",\"annotations\":[{\"image_id\":7,\"category_id\":1," text "}]}"
    static const struct {
        const char *json, *what, *seen;
        int64_t byte; /* -1: not checked */
    } cases[] = {
        {"", "cut short", "", 0},
        {"{\"images\":[", "cut short", "", 11},
        {"{\"images\":[{\"id\":1", "cut short", "", 18},
        {"{" IMAGES "}}", "not JSON", "", -1},
        {"{\"images\" 7}", "not JSON", "", -1},
        {"\xff\xd8\xff\xe0", "not JSON", "", 1},
        {"[]", "not a COCO file", "a list", -1},
        {"\"text\"", "not a COCO file", "\"text\"", -1},
        {"{\"images\":{\"7\":{}}}", "\"images\" is not a list", "an object", 11},
        {"{\"images\":[7]}", "an entry of \"images\" is not an object", "7", -1},
        {"{\"images\":[],\"images\":[]}", "two lists", "", -1},
        {"{" IMAGES "," CATEGORIES "}", "no list \"annotations\"", "", -1},
        {"{\"images\":[{\"id\":\"7\"}]}", "\"id\" has the wrong type", "\"7\"", 20},
        {"{\"images\":[{\"id\":7.5}]}", "\"id\" has the wrong type", "7.5", -1},
        {"{\"images\":[{\"id\":1e300}]}", "\"id\" has the wrong type", "1e300", -1},
        {"{\"images\":[{\"id\":99999999999999999999}]}", "wrong type", "99999999999999999999", -1},
        {"{\"images\":[{\"id\":7,\"width\":0,\"height\":1,\"file_name\":\"a\"}]}",
         "impossible size", "0 x 1", -1},
        {"{\"images\":[{\"id\":7,\"width\":1,\"height\":1}]}", "\"file_name\" is missing", "", -1},
        {"{\"images\":[{\"file_name\":\"\"}]}", "not a usable name", "0 bytes", -1},
        {"{\"images\":[{\"file_name\":[\"a\"]}]}", "wrong type", "a list", -1},
        {ANNOTATION("\"bbox\":[1,2,3]"), "\"bbox\" has the wrong type", "fewer than 4", -1},
        {ANNOTATION("\"bbox\":[1,2,3,4,5]"), "\"bbox\" has the wrong type", "more than 4", -1},
        {ANNOTATION("\"bbox\":[1,2,null,4]"), "\"bbox\" has the wrong type", "null", -1},
        {ANNOTATION("\"bbox\":3"), "\"bbox\" has the wrong type", "3", -1},
        {ANNOTATION("\"area\":1e999"), "\"area\" has the wrong type", "1e999", -1},
        {ANNOTATION("\"area\":[1]"), "\"area\" has the wrong type", "a list", -1},
        {ANNOTATION("\"iscrowd\":2"), "\"iscrowd\" has the wrong type", "2", -1},
        {"{" IMAGES "," CATEGORIES ",\"annotations\":[{\"image_id\":7}]}",
         "\"category_id\" is missing", "", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen seen;
        vww_error_clear(&error);
        if (scan(cases[i].json, &seen) != VWW_ERROR_FORMAT ||
            strstr(error.what, cases[i].what) == NULL ||
            strstr(error.seen, cases[i].seen) == NULL || strcmp(error.file, "a.json") != 0 ||
            (cases[i].byte >= 0 && error.byte != cases[i].byte)) {
            char text[2048];
            vww_error_format(&error, text, sizeof text);
            fail_msg("%s\ngave: %s", cases[i].json, text);
        }
    }
}

static vww_status refuse(void *context, const struct vww_coco_image *image,
                         struct vww_error *refusal)
{
    (void)context;
    (void)image;
    return vww_fail(refusal, VWW_ERROR_MISMATCH, "not this one");
}

static void a_visitor_ends_the_scan(void **state)
{
    (void)state;
    static const char json[] = "{" IMAGES ",   \"annotations\": nonsense";
    const struct vww_coco_visitor visitor = {.image = refuse};
    assert_int_equal(vww_coco_scan_memory(json, strlen(json), "a.json", &visitor, &error),
                     VWW_ERROR_MISMATCH);
    assert_string_equal(error.what, "not this one");
    assert_int_equal(error.byte, strlen("{" IMAGES) - 1);
    assert_string_equal(error.file, "a.json");
}

static void files(void **state)
{
    (void)state;
    const struct vww_coco_visitor visitor = {0};
    assert_int_equal(vww_coco_scan("/nonexistent/a.json", &visitor, "", NULL, &error),
                     VWW_ERROR_NOT_FOUND);
    assert_int_equal(vww_coco_scan("/", &visitor, "", NULL, &error), VWW_ERROR_IO);
    assert_string_equal(error.file, "/");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_delivered),
        cmocka_unit_test(absent_members),
        cmocka_unit_test(bad_files),
        cmocka_unit_test(a_visitor_ends_the_scan),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
