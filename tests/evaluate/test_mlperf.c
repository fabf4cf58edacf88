/* Folders in the layout of the MLPerf Tiny test sets. */
#include "support/check.h"

#include "base/file.h"
#include "vww/evaluate.h"

#include <unistd.h>

#define SIDE 4
#define IMAGE_BYTES (SIDE * SIDE * 3)

static char folder[] = "/tmp/vww-mlperf-XXXXXX";

static void write_file(const char *name, const void *data, size_t bytes)
{
    char path[VWW_PATH_MAX];
    struct vww_error error;
    assert_ok(vww_path_join(path, folder, name, &error), &error);
    assert_ok(vww_file_write(path, data, bytes, &error), &error);
}

static vww_status open_with(const char *rows, struct vww_image_source *source,
                            struct vww_error *error)
{
    write_file("y_labels.csv", rows, strlen(rows));
    return vww_image_source_mlperf(source, folder, SIDE, error);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    uint8_t image[IMAGE_BYTES];
    for (int i = 0; i < IMAGE_BYTES; i++)
        image[i] = (uint8_t)(i * 5);
    write_file("a.bin", image, sizeof image);
    image[0] = 77;
    write_file("b.bin", image, sizeof image);
    write_file("short.bin", image, sizeof image - 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"a.bin", "b.bin", "short.bin", "y_labels.csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[VWW_PATH_MAX];
        if (vww_path_join(path, folder, names[i], NULL) == VWW_OK)
            unlink(path);
    }
    return rmdir(folder);
}

static void rows_and_pixels_are_read(void **state)
{
    (void)state;
    struct vww_image_source source;
    struct vww_error error;
    assert_ok(open_with("a.bin, 2, 1\r\n\nb.bin,2,0", &source, &error), &error);
    assert_int_equal(source.count, 2);
    assert_int_equal(source.classes, 2);
    assert_string_equal(source.class_name(source.context, 1), "person");
    uint8_t image[IMAGE_BYTES];
    int32_t label;
    assert_ok(source.get(source.context, 0, image, &label, &error), &error);
    assert_int_equal(label, 1);
    for (int i = 0; i < IMAGE_BYTES; i++)
        assert_int_equal(image[i], (uint8_t)(i * 5));
    assert_ok(source.get(source.context, 1, image, &label, &error), &error);
    assert_int_equal(label, 0);
    assert_int_equal(image[0], 77);
    vww_image_source_fini(&source);
}

static void wrong_rows_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *rows;
        vww_status status;
        const char *where; /* in the error's place or file */
    } cases[] = {
        {"", VWW_ERROR_FORMAT, "y_labels.csv"},
        {"a.bin,2,1\n../a.bin,2,0\n", VWW_ERROR_FORMAT, "line 2"},
        {"/etc/passwd,2,0\n", VWW_ERROR_FORMAT, "line 1"},
        {",2,0\n", VWW_ERROR_FORMAT, "line 1"},
        {"a.bin,2,2\n", VWW_ERROR_FORMAT, "line 1"},
        {"a.bin,2\n", VWW_ERROR_FORMAT, "line 1"},
        {"a.bin,2,-1\n", VWW_ERROR_FORMAT, "line 1"},
        {"a.bin,1000,0\n", VWW_ERROR_FORMAT, "line 1"},
        {"a.bin,2,0\nb.bin,3,0\n", VWW_ERROR_FORMAT, "line 2"},
        {"a.bin,two,0\n", VWW_ERROR_FORMAT, "line 1"},
        {"short.bin,2,0\n", VWW_ERROR_MISMATCH, "short.bin"},
        {"missing.bin,2,0\n", VWW_ERROR_NOT_FOUND, "missing.bin"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vww_image_source source;
        struct vww_error error;
        assert_int_equal(open_with(cases[i].rows, &source, &error), cases[i].status);
        if (strstr(error.place, cases[i].where) == NULL &&
            strstr(error.file, cases[i].where) == NULL)
            fail_msg("case %zu: \"%s\" \"%s\"", i, error.file, error.place);
    }
}

static void a_zero_byte_is_refused(void **state)
{
    (void)state;
    struct vww_image_source source;
    struct vww_error error;
    write_file("y_labels.csv", "a.bin,2,0\n\0", 11);
    assert_int_equal(vww_image_source_mlperf(&source, folder, SIDE, &error), VWW_ERROR_FORMAT);
    assert_int_equal(error.byte, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_pixels_are_read),
        cmocka_unit_test(wrong_rows_are_named),
        cmocka_unit_test(a_zero_byte_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
