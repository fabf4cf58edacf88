#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/random.h"
#include "support/check.h"
#include "vww/text.h"

#include <math.h>
#include <unistd.h>

static void random_is_a_function_of_its_coordinates(void **state)
{
    (void)state;
    struct vww_random a = vww_random_init(7, VWW_RANDOM_TEST, 3, 11);
    struct vww_random b = vww_random_init(7, VWW_RANDOM_TEST, 3, 11);
    struct vww_random c = vww_random_init(7, VWW_RANDOM_TEST, 3, 12);
    const uint64_t first = vww_random_u64(&a);
    assert_true(first == vww_random_u64(&b));
    assert_true(first != vww_random_u64(&c));
    double sum = 0, squares = 0;
    for (int i = 0; i < 100000; i++) {
        const double x = vww_random_normal(&a);
        sum += x;
        squares += x * x;
    }
    assert_true(sum / 100000 > -0.02 && sum / 100000 < 0.02);
    assert_true(squares / 100000 > 0.97 && squares / 100000 < 1.03);
    int histogram[10] = {0};
    for (int i = 0; i < 100000; i++)
        histogram[vww_random_below(&a, 10)]++;
    for (int i = 0; i < 10; i++)
        assert_in_range(histogram[i], 9500, 10500);
}

/* Mean 1/2, variance v = 1 / (4 (2 a + 1)), fourth moment v^2 (3 - 6 / (2 a + 3)). */
static void beta_numbers_have_its_moments(void **state)
{
    (void)state;
    enum { count = 40000 };
    const double alphas[] = {1e-300, 0.001, 0.2, 0.5, 1, 1.5, 4, 32};
    for (size_t i = 0; i < sizeof alphas / sizeof alphas[0]; i++) {
        const double alpha = alphas[i], variance = 1 / (4 * (2 * alpha + 1));
        const double fourth = variance * variance * (3 - 6 / (2 * alpha + 3));
        struct vww_random random = vww_random_init(7, VWW_RANDOM_TEST, 0, i);
        double sums[3] = {0};
        for (int n = 0; n < count; n++) {
            const double x = vww_random_beta(&random, alpha), off = x - 0.5;
            assert_true(x >= 0 && x <= 1);
            sums[0] += off / count;
            sums[1] += off * off / count;
            sums[2] += off * off * off * off / count;
        }
        /* Five standard deviations of each mean of `count` draws, or more. */
        assert_true(fabs(sums[0]) < 5 * sqrt(variance / count));
        assert_true(fabs(sums[1] / variance - 1) < 5 * sqrt(2.0 / count));
        assert_true(fabs(sums[2] / fourth - 1) < 5 * sqrt(32.0 / count));
    }
}

static void an_aborted_file_leaves_nothing(void **state)
{
    (void)state;
    char folder[] = "/tmp/vww-test-XXXXXX", path[VWW_PATH_MAX];
    struct vww_error error;
    assert_non_null(mkdtemp(folder));
    assert_ok(vww_path_join(path, folder, "file", &error), &error);
    struct vww_atomic_file file;
    assert_ok(vww_atomic_open(&file, path, &error), &error);
    fputs("half", file.stream);
    vww_atomic_abort(&file);
    assert_false(vww_file_exists(path));
    assert_ok(vww_file_write(path, "whole", 5, &error), &error);
    struct vww_buffer content;
    assert_ok(vww_file_read(path, 100, &content, &error), &error);
    assert_string_equal((char *)content.data, "whole");
    vww_buffer_fini(&content);
    assert_int_equal(vww_file_read(path, 4, &content, &error), VWW_ERROR_FORMAT);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(vww_file_write(path, "x", 1, &error), VWW_ERROR_NOT_FOUND);
    assert_string_equal(error.file, path);
}

/* A full disk: /dev/full refuses the flush, and the message names the file. */
static void a_full_disk_is_reported(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_atomic_file file = {.path = "/dev/full", .temporary = "/tmp/vww-none"};
    file.stream = fopen("/dev/full", "wb");
    assert_non_null(file.stream);
    fputs("x", file.stream);
    assert_int_equal(vww_atomic_commit(&file, &error), VWW_ERROR_IO);
    assert_non_null(strstr(error.what, "No space left"));
}

static void json_text(void **state)
{
    (void)state;
    struct vww_buffer out = {0};
    struct vww_json json;
    vww_json_begin(&json, &out, false);
    vww_json_object(&json);
    vww_json_put_string(&json, "a\"b", "line\nend\x01");
    vww_json_key(&json, "list");
    vww_json_array(&json);
    vww_json_number(&json, 0.1);
    vww_json_integer(&json, -3);
    vww_json_null(&json);
    vww_json_end(&json);
    vww_json_put_boolean(&json, "yes", true);
    vww_json_end(&json);
    vww_buffer_append(&out, "", 1);
    assert_string_equal((char *)out.data, "{\"a\\\"b\": \"line\\nend\\u0001\", "
                                          "\"list\": [0.1, -3, null], \"yes\": true}");
    vww_buffer_fini(&out);
}

static void suggestions(void **state)
{
    (void)state;
    static const char *const names[] = {"person", "bicycle", "parking meter"};
    char text[100];
    vww_text_suggest(text, sizeof text, "persn", names, 3);
    assert_string_equal(text, "did you mean person?");
    vww_text_suggest(text, sizeof text, "zebra", names, 3);
    assert_string_equal(text, "known: person, bicycle, parking meter");
    assert_int_equal(vww_text_distance("abcd", "acbd"), 1);
}

static void errors_say_everything(void **state)
{
    (void)state;
    struct vww_error error;
    char text[512];
    vww_fail(&error, VWW_ERROR_FORMAT, "cannot decode %s", "it");
    vww_error_at(&error, "a.jpg", 12);
    vww_error_seen(&error, "%d", 3);
    vww_error_allowed(&error, "4");
    vww_error_remedy(&error, "fetch it again");
    vww_error_format(&error, text, sizeof text);
    assert_string_equal(text, "a.jpg: byte 12: cannot decode it; seen: 3; allowed: 4\n"
                              "  fetch it again");
    assert_int_equal(vww_fail(NULL, VWW_ERROR_IO, "nobody listens"), VWW_ERROR_IO);
}

/* Fails on demand: the test `house/planted` runs it so and expects `make test` to fail. */
static void planted(void **state)
{
    (void)state;
    assert_null(getenv("VWW_PLANTED_FAILURE"));
}

static void free_memory_is_known(void **state)
{
    (void)state;
    const int64_t bytes = vww_memory_available();
    assert_true(bytes > (int64_t)1 << 20 && bytes < (int64_t)1 << 50);
}

/* What a pool gave in one round: of three arrays, one empty. */
struct taken {
    float *first, *none;
    double *last;
};

static struct taken take(struct vww_pool *pool)
{
    return (struct taken){.first = vww_pool_take(pool, 100, sizeof(float)),
                          .none = vww_pool_take(pool, 0, sizeof(float)),
                          .last = vww_pool_take(pool, 700000, sizeof(double))};
}

static void a_pool_counts_and_then_gives(void **state)
{
    (void)state;
    struct vww_pool pool = {0};
    struct taken taken = take(&pool);
    assert_null(taken.first);
    assert_null(taken.last);
    const size_t counted = pool.used;
    assert_true(counted >= 100 * sizeof(float) + 700000 * sizeof(double));
    assert_true(vww_pool_allocate(&pool));
    taken = take(&pool);
    assert_true(pool.used == counted);
    assert_true((uintptr_t)taken.first % 64 == 0 && (uintptr_t)taken.last % 64 == 0);
    assert_true((char *)taken.none >= (char *)(taken.first + 100));
    assert_true((char *)taken.last > (char *)taken.none);
    for (int i = 0; i < 100; i++)
        assert_true(taken.first[i] == 0);
    for (int i = 0; i < 700000; i++)
        assert_true(taken.last[i] == 0);
    assert_null(vww_pool_take(&pool, 1, 1));
    vww_pool_fini(&pool);
}

static void a_pool_too_large_is_refused(void **state)
{
    (void)state;
    struct vww_pool pool = {0};
    vww_pool_take(&pool, INT64_MAX, sizeof(double));
    vww_pool_take(&pool, INT64_MAX / 8, 8);
    vww_pool_take(&pool, INT64_MAX / 8, 8);
    assert_true(pool.used > SIZE_MAX / 4);
    assert_false(vww_pool_allocate(&pool));
    vww_pool_fini(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_is_a_function_of_its_coordinates),
        cmocka_unit_test(beta_numbers_have_its_moments),
        cmocka_unit_test(free_memory_is_known),
        cmocka_unit_test(a_pool_counts_and_then_gives),
        cmocka_unit_test(a_pool_too_large_is_refused),
        cmocka_unit_test(an_aborted_file_leaves_nothing),
        cmocka_unit_test(a_full_disk_is_reported),
        cmocka_unit_test(json_text),
        cmocka_unit_test(suggestions),
        cmocka_unit_test(errors_say_everything),
        cmocka_unit_test(planted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
