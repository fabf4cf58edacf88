/* Running programs: what they print, how they end, and that they end. */
#include "support/check.h"

#include "machine/process.h"

#include <time.h>

static vww_status shell(const char *line, double seconds, struct vww_buffer *output,
                        struct vww_error *error)
{
    const char *const arguments[] = {"sh", "-c", line, NULL};
    const struct vww_process process = {
        .arguments = arguments, .directory = "/", .seconds = seconds, .package = "dash"};
    return vww_process_run(&process, output, error);
}

static void output_and_directory(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_buffer output;
    assert_ok(shell("pwd; echo two >&2; cat", 20, &output, &error), &error);
    vww_buffer_append(&output, "", 1);
    assert_string_equal((const char *)output.data, "/\ntwo\n");
    vww_buffer_fini(&output);
}

static void failures(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_buffer output;
    assert_int_equal(shell("echo because; exit 3", 20, &output, &error), VWW_ERROR_TOOL);
    assert_non_null(strstr(error.what, "exit status 3"));
    assert_non_null(strstr(error.seen, "because"));
    vww_buffer_fini(&output);
    assert_int_equal(shell("kill -11 $$", 20, &output, &error), VWW_ERROR_TOOL);
    assert_non_null(strstr(error.what, "signal 11"));
    vww_buffer_fini(&output);
    const char *const arguments[] = {"no-such-program", NULL};
    const struct vww_process process = {
        .arguments = arguments, .directory = "/", .seconds = 1, .package = "some-package"};
    assert_int_equal(vww_process_run(&process, &output, &error), VWW_ERROR_TOOL);
    assert_non_null(strstr(error.remedy, "some-package"));
    vww_buffer_fini(&output);
}

static void time_limit(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_buffer output;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    /* One that stays silent, one that closes its output, one that prints for ever. */
    assert_int_equal(shell("exec sleep 100", 0.3, &output, &error), VWW_ERROR_TOOL);
    assert_non_null(strstr(error.what, "longer than"));
    vww_buffer_fini(&output);
    assert_int_equal(shell("exec sleep 100 >&- 2>&-", 0.3, &output, &error), VWW_ERROR_TOOL);
    vww_buffer_fini(&output);
    assert_int_equal(shell("exec yes", 0.3, &output, &error), VWW_ERROR_TOOL);
    assert_true(output.size < 100000);
    vww_buffer_fini(&output);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true(end.tv_sec - start.tv_sec < 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_directory),
        cmocka_unit_test(failures),
        cmocka_unit_test(time_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
