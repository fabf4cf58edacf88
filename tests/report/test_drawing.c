/* Numbers as text, escaping, axes and charts. */
#include "support/check.h"

#include "report/chart.h"
#include "report/format.h"
#include "report/markup.h"
#include "report/svg.h"

#include <math.h>

static const char *content(struct vww_buffer *buffer)
{
    vww_buffer_append(buffer, "", 1);
    assert_false(buffer->failed);
    return (const char *)buffer->data;
}

static void numbers_read_well(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } integers[] = {{0, "0"},
                    {999, "999"},
                    {1000, "1,000"},
                    {-1000, "-1,000"},
                    {-999, "-999"},
                    {7489664, "7,489,664"},
                    {INT64_MIN, "-9,223,372,036,854,775,808"}};
    static const struct {
        double value;
        const char *text;
    } shorts[] = {{7489664, "7.49 M"}, {54.25, "54.2"},    {999, "999"},    {55296, "55.3 k"},
                  {0.5, "0.50"},       {999950, "1.00 M"}, {1e10, "10.0 G"}};
    char text[VWW_FORMAT_MAX];
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++)
        assert_string_equal(vww_format_integer(text, integers[i].value), integers[i].text);
    for (size_t i = 0; i < sizeof shorts / sizeof shorts[0]; i++)
        assert_string_equal(vww_format_short(text, shorts[i].value), shorts[i].text);
    assert_string_equal(vww_format_percent(text, 0.8512, 1), "85.1\xc2\xa0%");
    assert_string_equal(vww_format_signed(text, 1.25), "+1.25");
    assert_string_equal(vww_format_signed(text, -0.174), "−0.17");
    assert_string_equal(vww_format_signed(text, -0.004), "0.00");
    assert_string_equal(vww_format_plain(text, 12.50, 2), "12.5");
    assert_string_equal(vww_format_plain(text, -0.001, 2), "0");
    assert_string_equal(vww_format_plain(text, 100, 2), "100");
}

static void texts_are_escaped(void **state)
{
    (void)state;
    static const char bad[] = "\xef\xbf\xbd";
    char expected[256];
    struct vww_buffer out = {0};
    vww_markup_text(&out, "<a href=\"x\">&'\x01\xff\xc0\x80\xed\xa0\x80 é 𝄞");
    snprintf(expected, sizeof expected, "&lt;a href=&quot;x&quot;&gt;&amp;&#39;%s%s%s%s%s%s%s é 𝄞",
             bad, bad, bad, bad, bad, bad, bad);
    assert_string_equal(content(&out), expected);
    vww_buffer_fini(&out);
}

static void axes_have_round_ticks_that_cover_the_range(void **state)
{
    (void)state;
    static const double ranges[][2] = {{0, 1},       {0.31, 0.92}, {-3, 17},     {1e-5, 9e-5},
                                       {0, 2000000}, {5, 5},       {0, 0},       {-1e-9, 1e-9},
                                       {1e12, 2e12}, {NAN, 3},     {0, INFINITY}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const struct vww_axis axis = vww_axis_make(ranges[i][0], ranges[i][1], 5, true, 200, 10);
        const int ticks = vww_axis_ticks(&axis);
        assert_in_range(ticks, 2, 12);
        const double digit = axis.step / pow(10, floor(log10(axis.step) + 1e-9));
        assert_true(fabs(digit - 1) < 1e-6 || fabs(digit - 2) < 1e-6 || fabs(digit - 5) < 1e-6);
        if (isfinite(ranges[i][0]) && isfinite(ranges[i][1])) {
            const double slack = 1e-6 * axis.step;
            assert_true(axis.low <= ranges[i][0] + slack && axis.high >= ranges[i][1] - slack);
        }
        assert_true(fabs(vww_axis_place(&axis, axis.low) - 200) < 1e-9);
        assert_true(fabs(vww_axis_place(&axis, axis.high) - 10) < 1e-9);
        assert_true(fabs(vww_axis_tick(&axis, 0) - axis.low) < 1e-6 * axis.step);
    }
}

static size_t occurrences(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *p = strstr(text, word); p != NULL; p = strstr(p + 1, word))
        count++;
    return count;
}

static void line_charts_draw_every_series(void **state)
{
    (void)state;
    double x[1000], y[1000];
    for (int i = 0; i < 1000; i++) {
        x[i] = i;
        y[i] = sin(i / 100.0);
    }
    const struct vww_line_chart chart = {
        .title = "A <title>",
        .x_label = "step",
        .y_label = "value & more",
        .series = {{.name = "many", .colour = 1, .x = x, .y = y, .count = 1000},
                   {.name = "one", .colour = 2, .x = x, .y = y, .count = 1, .dots = true},
                   {.name = "none", .colour = 3}},
        .series_count = 3};
    struct vww_buffer out = {0};
    vww_chart_lines(&out, &chart);
    const char *text = content(&out);
    assert_well_formed(text);
    assert_int_equal(occurrences(text, "<polyline"), 2);
    assert_int_equal(occurrences(text, "<circle"), 1);
    assert_non_null(strstr(text, "one"));
    assert_null(strstr(text, "none"));
    /* A thinned line begins within a unit of the axis's first step. */
    double first_x, first_y;
    assert_int_equal(sscanf(strstr(text, "points=\"") + 8, "%lf,%lf", &first_x, &first_y), 2);
    assert_true(first_x > 57 && first_x < 59.5);
    vww_buffer_fini(&out);
}

static void ticks_are_told_apart(void **state)
{
    (void)state;
    static const double x[] = {5, 10}, close[] = {0.69281, 0.69298}, small[] = {1e-5, 9e-6};
    static const struct {
        const double *y;
        const char *ticks[3];
    } cases[] = {{close, {">0.69280<", ">0.69285<", ">0.69295<"}},
                 {small, {">1e-5<", ">5e-6<", ">0<"}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct vww_line_chart chart = {
            .title = "t",
            .x_label = "x",
            .from_zero = cases[i].y == small,
            .series = {{.name = "s", .colour = 1, .x = x, .y = cases[i].y, .count = 2}},
            .series_count = 1};
        struct vww_buffer out = {0};
        vww_chart_lines(&out, &chart);
        const char *text = content(&out);
        for (size_t t = 0; t < 3; t++)
            if (strstr(text, cases[i].ticks[t]) == NULL)
                fail_msg("no tick %s in %s", cases[i].ticks[t], text);
        vww_buffer_fini(&out);
    }
}

static void point_charts_mark_the_front(void **state)
{
    (void)state;
    static const struct vww_named_point points[] = {
        {"small", 1e6, 0.80, true}, {"worse", 5e6, 0.78, false}, {"large", 4e7, 0.9, true}};
    const struct vww_point_chart chart = {.title = "t",
                                          .x_label = "x",
                                          .y_label = "y",
                                          .percent = true,
                                          .x_limit = 6e7,
                                          .limit_name = "limit",
                                          .points = points,
                                          .count = 3};
    struct vww_buffer out = {0};
    vww_chart_points(&out, &chart);
    const char *text = content(&out);
    assert_well_formed(text);
    assert_int_equal(occurrences(text, "<circle class=\"dot c2\""), 2);
    assert_int_equal(occurrences(text, "<circle class=\"dot c1\""), 1);
    assert_int_equal(occurrences(text, "<polyline"), 1);
    assert_int_equal(occurrences(text, "class=\"limit\""), 1);
    vww_buffer_fini(&out);
}

/* The checker of the other tests sees what is wrong. */
static void the_markup_checker_can_fail(void **state)
{
    (void)state;
    assert_null(markup_check("<!DOCTYPE html><a b=\"c\">d &amp; e<f/></a>"));
    assert_null(markup_check("<a b=\"&amp;\" c=\"\"/>"));
    static const char *const wrong[] = {"<a>",           "</a>",  "<a></b>", "<a b=c></a>",
                                        "<a b=\"<\"/>",  "a & b", "a < b",   "<a b=\"1\" b=\"2\"/>",
                                        "<a><b></a></b>"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_non_null(markup_check(wrong[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_read_well),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(axes_have_round_ticks_that_cover_the_range),
        cmocka_unit_test(line_charts_draw_every_series),
        cmocka_unit_test(ticks_are_told_apart),
        cmocka_unit_test(point_charts_mark_the_front),
        cmocka_unit_test(the_markup_checker_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
