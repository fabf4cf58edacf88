/* MLPerf Tiny's serial protocol: the parser itself, the firmware on this computer and on emulated
 * boards, and the predictor that speaks with it. */
#include "support/int8_graph.h"

#include "machine/harness.h"
#include "support/on_machine.h"
#include "vww/interpret.h"

#include "../../firmware/harness.h"

#include <signal.h>

/* --- the parser in this process --------------------------------------------------------------- */

#define IMAGE_BYTES 5u

static struct vww_buffer said;
static uint8_t image[IMAGE_BYTES];
static int8_t sums[2];
static uint32_t run_count, clock_now;

static void put(char c)
{
    vww_buffer_append(&said, &c, 1);
}

static uint32_t microseconds(void)
{
    return clock_now += 1000;
}

static const int8_t *run(const uint8_t *pixels)
{
    run_count++;
    sums[0] = (int8_t)(pixels[0] - 128);
    sums[1] = (int8_t)(127 - pixels[0]);
    return sums;
}

static struct harness begin(void)
{
    static const struct harness_device device = {
        .put = put,
        .microseconds = microseconds,
        .run = run,
        .model = "vww01",
        .image = image,
        .image_bytes = IMAGE_BYTES,
        .outputs = 2,
        .scale_nano = 3906250,
        .zero_point = -128,
    };
    struct harness harness;
    run_count = clock_now = 0;
    memset(image, 0, sizeof image);
    harness_begin(&harness, &device);
    said.size = 0;
    return harness;
}

/* What the harness answers to these characters, without the final m-ready. */
static const char *answer(struct harness *harness, const char *text)
{
    static const char ready[] = "m-ready\r\n";
    said.size = 0;
    for (; *text != '\0'; text++)
        harness_take(harness, *text);
    assert_true(said.size >= sizeof ready - 1);
    said.size -= sizeof ready - 1;
    assert_memory_equal(said.data + said.size, ready, sizeof ready - 1);
    vww_buffer_append(&said, "", 1);
    return (const char *)said.data;
}

static void an_inference(void **state)
{
    (void)state;
    struct harness h = begin();
    assert_string_equal(answer(&h, "name%"), "m-name-dut-[vww]\r\n");
    assert_string_equal(answer(&h, "\r\n profile %"),
                        "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[vww01]\r\n");
    assert_string_equal(answer(&h, "timestamp%"), "m-lap-us-1000\r\n");
    assert_string_equal(answer(&h, "db load 5%"), "m-[Expecting 5 bytes]\r\n");
    assert_string_equal(answer(&h, "db 80fF%"), "");
    assert_string_equal(answer(&h, "db print%"), "m-buffer-80-ff\r\n");
    assert_string_equal(answer(&h, "db 010203%"), "m-load-done\r\n");
    assert_string_equal(answer(&h, "db print 3 2%"), "m-buffer-01-02-03\r\n");
    assert_string_equal(answer(&h, "infer 2 1%"),
                        "m-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-2\r\nm-lap-us-2000\r\n"
                        "m-lap-us-3000\r\nm-infer-done\r\nm-results-[0.500000,0.496094]\r\n");
    assert_int_equal(run_count, 3);
    assert_string_equal(answer(&h, "results%"), "m-results-[0.500000,0.496094]\r\n");
    /* Without numbers: 10 and 1. */
    answer(&h, "infer%");
    assert_int_equal(run_count, 3 + 11);
    assert_non_null(strstr(answer(&h, "help%"), "infer"));
}

/* What is refused, and that it changes nothing. */
static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *command, *error;
    } cases[] = {
        {"%", "e-[Unknown command: ]"},
        {"nam%", "e-[Unknown command: nam]"},
        {"names%", "e-[Unknown command: names]"},
        {"db%", "e-[Command 'db' requires a subcommand]"},
        {"db load%", "e-[Command 'db load' requires the # of bytes]"},
        {"db load five%", "e-[Command 'db load' requires the # of bytes]"},
        {"db load -5%", "e-[Command 'db load' requires the # of bytes]"},
        {"db load 99999999999999999999%", "e-[Command 'db load' requires the # of bytes]"},
        {"db load 0%", "e-[Command 'db load': this model takes 5 bytes]"},
        {"db load 4%", "e-[Command 'db load': this model takes 5 bytes]"},
        {"db load 6%", "e-[Command 'db load': this model takes 5 bytes]"},
        {"db 123%", "e-[Insufficient number of hex digits]"},
        {"db 12x4%", "e-[Invalid hex digit]"},
        {"db \x80\x01%", "e-[Invalid hex digit]"},
        {"db print x%", "e-[Command 'db print' takes a number of bytes and an offset]"},
        {"db print 1 6%", "e-[Command 'db print' takes a number of bytes and an offset]"},
        {"infer 0%", "e-[Inference iterations must be 1 to 1000000]"},
        {"infer -1%", "e-[Inference iterations must be 1 to 1000000]"},
        {"infer many%", "e-[Inference iterations must be 1 to 1000000]"},
        {"infer 4294967297%", "e-[Inference iterations must be 1 to 1000000]"},
        {"infer 1 x%", "e-[Inference warmup must be 0 to 1000000]"},
    };
    struct harness h = begin();
    for (int loaded = 0; loaded < 2; loaded++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            char wanted[128];
            snprintf(wanted, sizeof wanted, "%s\r\n", cases[i].error);
            assert_string_equal(answer(&h, cases[i].command), wanted);
        }
        /* Without an image, or after a whole one, no bytes are expected. */
        assert_string_equal(answer(&h, "db 00%"),
                            "e-[No bytes are expected: 'db load N' first]\r\n");
        if (loaded) {
            assert_non_null(strstr(answer(&h, "infer 1 0%"), "m-results-[0.066406,0.929688]"));
        } else {
            assert_string_equal(answer(&h, "infer 1 0%"),
                                "e-[No complete image: 'db load N' and its bytes first]\r\n");
            assert_string_equal(answer(&h, "results%"), "e-[No results: infer first]\r\n");
            answer(&h, "db load 5%");
            assert_string_equal(answer(&h, "db 1122%"), "");
            assert_string_equal(answer(&h, "db 33zz%"), "e-[Invalid hex digit]\r\n");
            assert_string_equal(answer(&h, "infer%"),
                                "e-[No complete image: 'db load N' and its bytes first]\r\n");
            /* Digits beyond the image are disregarded. */
            assert_string_equal(answer(&h, "db 33445566%"), "m-load-done\r\n");
            assert_string_equal(answer(&h, "db print%"), "m-buffer-11-22-33-44-55\r\n");
        }
    }
}

static void long_commands(void **state)
{
    (void)state;
    struct harness h = begin();
    char text[4096];
    for (size_t length = 70; length < 4000; length += length < 90 ? 1 : 977) {
        memset(text, ' ', length);
        memcpy(text, "name", 4);
        text[length] = '%';
        text[length + 1] = '\0';
        assert_string_equal(answer(&h, text), length <= HARNESS_COMMAND_MOST
                                                  ? "m-name-dut-[vww]\r\n"
                                                  : "e-[Command longer than 80 characters]\r\n");
        assert_string_equal(answer(&h, "name%"), "m-name-dut-[vww]\r\n");
    }
}

/* --- the firmware ----------------------------------------------------------------------------- */

/* A dialogue with the running firmware of a model of 8x8 pixels. */
static void converse(const char *machine_name)
{
    static const struct {
        const char *command, *reply;
    } dialogue[] = {
        {"name%", "m-name-dut-[vww]\r\nm-ready\r\n"},
        {"infer 1 0%", "e-[No complete image: 'db load N' and its bytes first]\r\nm-ready\r\n"},
        {"db 00%", "e-[No bytes are expected: 'db load N' first]\r\nm-ready\r\n"},
        {"db load 191%", "e-[Command 'db load': this model takes 192 bytes]\r\nm-ready\r\n"},
        {"db load 192%", "m-[Expecting 192 bytes]\r\nm-ready\r\n"},
        {"db 0%", "e-[Insufficient number of hex digits]\r\nm-ready\r\n"},
        {"db 0g%", "e-[Invalid hex digit]\r\nm-ready\r\n"},
    };
    struct vww_error error;
    const struct vww_machine *machine;
    struct vww_machine_build build;
    struct vww_line line;
    struct vww_buffer reply;
    struct vww_graph *graph = int8_graph_small(2, 8);
    assert_ok(vww_machine_find(machine_name, &machine, &error), &error);
    assert_ok(vww_harness_build(graph, machine, &build, &error), &error);
    assert_ok(vww_harness_start(&build, &line, &error), &error);
    for (size_t i = 0; i < sizeof dialogue / sizeof dialogue[0]; i++) {
        assert_ok(vww_line_exchange(&line, dialogue[i].command, strlen(dialogue[i].command), 20,
                                    &reply, &error),
                  &error);
        assert_string_equal((const char *)reply.data, dialogue[i].reply);
        vww_buffer_fini(&reply);
    }
    char longest[3000];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '%';
    assert_ok(vww_line_exchange(&line, longest, sizeof longest, 20, &reply, &error), &error);
    assert_string_equal((const char *)reply.data,
                        "e-[Command longer than 80 characters]\r\nm-ready\r\n");
    vww_buffer_fini(&reply);
    /* A refusal as an error. */
    assert_int_equal(vww_line_command(&line, "infer 0", 20, &reply, &error), VWW_ERROR_TOOL);
    assert_non_null(strstr(error.seen, "iterations"));
    vww_buffer_fini(&reply);
    /* Silence: half a command. */
    assert_int_equal(vww_line_exchange(&line, "nam", 3, 0.3, &reply, &error), VWW_ERROR_TOOL);
    assert_non_null(strstr(error.what, "did not answer"));
    vww_buffer_fini(&reply);
    /* The other side ends. */
    kill(line.child, SIGKILL);
    assert_int_equal(vww_line_exchange(&line, "e%", 2, 20, &reply, &error), VWW_ERROR_TOOL);
    assert_non_null(strstr(error.what, "ended"));
    vww_buffer_fini(&reply);
    vww_line_close(&line);
    vww_machine_build_fini(&build);
    vww_graph_destroy(graph);
}

static void firmware_on_the_host(void **state)
{
    (void)state;
    converse("host");
}

static void firmware_on_emulated_boards(void **state)
{
    (void)state;
    if (!can_emulate())
        skip();
    size_t count;
    const char *const *names = vww_machine_names(&count);
    for (size_t i = 1; i < count; i++)
        converse(names[i]);
}

static void predictor_equals_interpreters(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = int8_graph_small(3, 16);
    enum { COUNT = 3, BYTES = 16 * 16 * 3 };
    uint8_t images[COUNT * BYTES];
    float wanted[COUNT * 2], seen[COUNT * 2];
    for (size_t i = 0; i < sizeof images; i++)
        images[i] = (uint8_t)(i * i / 7 + i / BYTES * 31);
    struct vww_predictor predictor;
    assert_ok(vww_interpret_predictor(graph, &predictor, &error), &error);
    assert_ok(predictor.predict(predictor.context, images, COUNT, wanted, &error), &error);
    vww_predictor_fini(&predictor);
    for (int emulated = 0; emulated < 2; emulated++) {
        if (emulated && !can_emulate())
            break;
        assert_ok(vww_harness_predictor(graph, emulated ? "mps2-an386" : "host", NULL, &predictor,
                                        &error),
                  &error);
        assert_string_equal(predictor.kind, "device");
        assert_int_equal(predictor.resolution, 16);
        memset(seen, 0, sizeof seen);
        assert_ok(predictor.predict(predictor.context, images, COUNT, seen, &error), &error);
        assert_memory_equal(seen, wanted, sizeof seen);
        vww_predictor_fini(&predictor);
    }
    vww_graph_destroy(graph);
}

static void devices_that_are_none(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_predictor predictor;
    struct vww_graph *graph = int8_graph_small(3, 16);
    assert_int_equal(vww_harness_predictor(graph, NULL, "/dev/no-such-line", &predictor, &error),
                     VWW_ERROR_NOT_FOUND);
    assert_int_equal(vww_harness_predictor(graph, NULL, "/dev/null", &predictor, &error),
                     VWW_ERROR_ARGUMENT);
    assert_int_equal(vww_harness_predictor(graph, "mps2-an368", NULL, &predictor, &error),
                     VWW_ERROR_NOT_FOUND);
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_inference),
        cmocka_unit_test(refusals),
        cmocka_unit_test(long_commands),
        cmocka_unit_test(firmware_on_the_host),
        cmocka_unit_test(firmware_on_emulated_boards),
        cmocka_unit_test(predictor_equals_interpreters),
        cmocka_unit_test(devices_that_are_none),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vww_buffer_fini(&said);
    return failed;
}
