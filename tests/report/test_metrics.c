/* Training curves, line by line. */
#include "support/check.h"

#include "report/metrics.h"

#include <math.h>

static vww_status parse(const char *text, struct vww_metrics *metrics, struct vww_error *error)
{
    return vww_metrics_parse(text, strlen(text), "metrics.jsonl", metrics, error);
}

static void lines_are_read(void **state)
{
    (void)state;
    struct vww_metrics metrics;
    struct vww_error error;
    assert_ok(parse("{\"step\": 10, \"epoch\": 1, \"loss\": 0.625, \"accuracy\": 0.5, "
                    "\"learning_rate\": 0.045, \"images_per_second\": 81.5, \"new\": [1]}\n"
                    "\n"
                    "{\"step\": 20, \"val_accuracy\": 0.75, \"val_loss\": null}",
                    &metrics, &error),
              &error);
    assert_int_equal(metrics.count, 2);
    const struct vww_metric *line = metrics.lines;
    assert_true(line[0].step == 10 && line[0].epoch == 1 && line[0].loss == 0.625);
    assert_true(line[0].accuracy == 0.5 && line[0].learning_rate == 0.045);
    assert_true(line[0].images_per_second == 81.5 && isnan(line[0].val_accuracy));
    assert_true(line[1].step == 20 && line[1].val_accuracy == 0.75);
    assert_true(isnan(line[1].val_loss) && isnan(line[1].loss));
    vww_metrics_fini(&metrics);
    assert_ok(parse("", &metrics, &error), &error);
    assert_int_equal(metrics.count, 0);
    vww_metrics_fini(&metrics);
}

static void broken_lines_are_named(void **state)
{
    (void)state;
    static const char *const lines[] = {"{\"step\": 20, \"loss\"",
                                        "{\"loss\": 0.5}",
                                        "{\"step\": \"20\"}",
                                        "[20]",
                                        "17",
                                        "{\"step\": 20, \"loss\": \"nan\"}",
                                        "{\"step\": 20} {\"step\": 30}",
                                        "garbage"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[256];
        struct vww_metrics metrics;
        struct vww_error error;
        snprintf(text, sizeof text, "{\"step\": 10}\n\n%s\n{\"step\": 40}\n", lines[i]);
        if (parse(text, &metrics, &error) != VWW_ERROR_FORMAT)
            fail_msg("accepted: %s", lines[i]);
        assert_string_equal(error.file, "metrics.jsonl");
        assert_string_equal(error.place, "line 3");
        assert_null(metrics.lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(broken_lines_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
