#include "base/json_scan.h"
#include "support/check.h"

#include <yajl/yajl_parse.h>

/* Events as text: {, }, [, ], n, t, f, #number, "string", :key. */
struct log {
    char text[4096];
    size_t length;
    struct vww_json_scan *scan;
    int64_t last_offset;
};

static bool put(void *context, const char *mark, const char *text, size_t length)
{
    struct log *log = context;
    const int more = snprintf(log->text + log->length, sizeof log->text - log->length, "%s%.*s ",
                              mark, (int)length, text);
    log->length += (size_t)more;
    log->last_offset = log->scan->offset;
    return log->length < sizeof log->text;
}

static bool on_null(void *context)
{
    return put(context, "n", "", 0);
}
static bool on_boolean(void *context, bool value)
{
    return put(context, value ? "t" : "f", "", 0);
}
static bool on_number(void *context, const char *text, size_t length)
{
    return put(context, "#", text, length);
}
static bool on_string(void *context, const char *text, size_t length)
{
    return put(context, "\"", text, length) && !(length == 4 && memcmp(text, "stop", 4) == 0);
}
static bool on_key(void *context, const char *text, size_t length)
{
    struct log *log = context;
    if (length == 4 && memcmp(text, "skip", 4) == 0)
        vww_json_scan_skip(log->scan);
    if (length == 4 && memcmp(text, "pass", 4) == 0)
        vww_json_scan_pass_over(log->scan);
    return put(context, ":", text, length);
}
static bool on_object(void *context)
{
    return put(context, "{", "", 0);
}
static bool on_object_end(void *context)
{
    return put(context, "}", "", 0);
}
static bool on_array(void *context)
{
    return put(context, "[", "", 0);
}
static bool on_array_end(void *context)
{
    return put(context, "]", "", 0);
}

static const struct vww_json_events events = {on_null,       on_boolean, on_number,
                                              on_string,     on_key,     on_object,
                                              on_object_end, on_array,   on_array_end};

/* Scan the text in pieces of this size (0: as one). */
static enum vww_json_verdict scan_text(const char *text, size_t bytes, size_t piece,
                                       struct log *log)
{
    struct vww_json_scan scan;
    memset(log, 0, sizeof *log);
    log->scan = &scan;
    vww_json_scan_begin(&scan, &events, log);
    enum vww_json_verdict verdict = VWW_JSON_GOOD;
    if (piece == 0)
        piece = bytes + 1;
    for (size_t at = 0; at < bytes && verdict == VWW_JSON_GOOD; at += piece) {
        /* a copy of exactly the piece: reading beyond it is seen by the sanitizers */
        const size_t length = bytes - at < piece ? bytes - at : piece;
        char *copy = malloc(length);
        memcpy(copy, text + at, length);
        verdict = vww_json_scan_feed(&scan, copy, length);
        free(copy);
    }
    if (verdict == VWW_JSON_GOOD)
        verdict = vww_json_scan_end(&scan);
    vww_json_scan_fini(&scan);
    return verdict;
}

/* The same events and offsets however the text is cut. */
static void events_are_reported(void **state)
{
    (void)state;
    static const struct {
        const char *text, *events;
    } cases[] = {
        {" {\"a\" : [1, -2.5e+3 ,0],\n\"b\":{}, \"c\":[ ]} ",
         "{ :a [ #1 #-2.5e+3 #0 ] :b { } :c [ ] } "},
        {"[null,true,false]", "[ n t f ] "},
        {"7", "#7 "},
        {"\"\"", "\" "},
        {"{\"\":\"\\\"\\\\\\/\\n\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"}",
         "{ : \"\"\\/\nA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 } "},
        {"[\"\\ud800\", \"\\udc00x\", \"\xe2\x82\xac\"]",
         "[ \"\xef\xbf\xbd \"\xef\xbf\xbdx \"\xe2\x82\xac ] "},
        {"{\"skip\":[[1,2.5,{\"a\":\"]\"}],\"\\\"\"],\"b\":1}", "{ :skip :b #1 } "},
        {"{\"skip\":3,\"skip\":\"a\",\"skip\":null,\"skip\":{},\"b\":[\"skip\"]}",
         "{ :skip :skip :skip :skip :b [ \"skip ] } "},
        {"{\"pass\":[[1,2.5,{\"a\":\"]\\\"\\\\\"}],what,\"[\"],\"b\":{\"pass\" : 7,\"c\":1}}",
         "{ :pass :b { :pass :c #1 } } "},
        {"[{\"pass\":{}},{\"pass\":\"[\"},{\"pass\":null},[2]]",
         "[ { :pass } { :pass } { :pass } [ #2 ] ] "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t piece = 0; piece <= strlen(cases[i].text); piece++) {
            struct log log;
            assert_int_equal(scan_text(cases[i].text, strlen(cases[i].text), piece, &log),
                             VWW_JSON_GOOD);
            assert_string_equal(log.text, cases[i].events);
        }
    struct log log;
    assert_int_equal(scan_text("[1,\"stop\",]", 11, 3, &log), VWW_JSON_ENDED);
    assert_string_equal(log.text, "[ #1 \"stop ");
    assert_int_equal(log.last_offset, 9);
}

static void bad_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "[",
        "{",
        "[1",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "\"",
        "\"\\",
        "tru",
        "nul",
        "[1,]",
        "{\"a\":1,}",
        "{,}",
        "[,]",
        "[1 2]",
        "{\"a\" 1}",
        "{1:2}",
        "[1}",
        "{\"a\":1]",
        "]",
        "1 2",
        "{}{}",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "+1",
        "--1",
        "1.2.3",
        "0x1",
        "Infinity",
        "NaN",
        "nulll",
        "truefalse",
        "'a'",
        "\"\t\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u12\"",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xe2\x82\"",
        "\xef\xbb\xbf{}",
        "[1]x",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t piece = 0; piece <= strlen(texts[i]); piece++) {
            struct log log;
            if (scan_text(texts[i], strlen(texts[i]), piece, &log) != VWW_JSON_BAD)
                fail_msg("taken: %s", texts[i]);
        }
    char deep[300];
    struct log log;
    memset(deep, '[', sizeof deep);
    assert_int_equal(scan_text(deep, sizeof deep, 0, &log), VWW_JSON_BAD);
    assert_string_equal(log.scan->problem, "nested too deeply");
}

static bool yajl_takes(const char *text, size_t bytes)
{
    static const yajl_callbacks none = {0};
    yajl_handle parser = yajl_alloc(&none, NULL, NULL);
    yajl_status status = yajl_parse(parser, (const unsigned char *)text, bytes);
    if (status == yajl_status_ok)
        status = yajl_complete_parse(parser);
    yajl_free(parser);
    return status == yajl_status_ok;
}

/* Polygons that are passed over, with one byte changed at each place to each byte that numbers are
 * made of: taken where a parser that reports everything takes them. */
static void passed_numbers_are_checked(void **state)
{
    (void)state;
    static const char marks[] = "0159.-+eE, []x\"";
    for (int shift = 0; shift < 70; shift++) {
        char text[512];
        int length =
            snprintf(text, sizeof text, "{\"skip\": [[%.*s", shift,
                     "1.25, 30, 0.5,7, 100.75, 20, 3.5, 1234567, 99.5, 4, 8.25, 16, 32.5,");
        length += snprintf(text + length, sizeof text - (size_t)length,
                           "%s12.5, 0, 0.25, 480.99, 3, 70.5, 640, 111.5,2,3.25, 44, 5.125, 6, "
                           "700.5, 88.25, 9, 10.5]], \"b\": 1}",
                           text[length - 1] == '.'   ? "5, "
                           : text[length - 1] == ',' ? " "
                                                     : ", ");
        for (int at = 11; at < length - 12; at += shift == 0 ? 1 : 5)
            for (const char *mark = marks; *mark != '\0'; mark++) {
                const char kept = text[at];
                struct log log;
                text[at] = *mark;
                const bool taken = scan_text(text, (size_t)length, shift % 2 == 0 ? 0 : 100,
                                             &log) == VWW_JSON_GOOD;
                if (taken != yajl_takes(text, (size_t)length))
                    fail_msg("%s: %s", taken ? "taken" : "refused", text);
                text[at] = kept;
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_reported),
        cmocka_unit_test(bad_texts_are_refused),
        cmocka_unit_test(passed_numbers_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
