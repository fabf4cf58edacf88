#include "harness.h"

#include <stddef.h>

/* What MLPerf Tiny's runner expects of this firmware. */
#define PROFILE "ULPMark for tinyML Firmware V0.0.1"
#define WARMUP_DEFAULT 10u
#define RUNS_MOST 1000000u

/* --- replies --------------------------------------------------------------------------------- */

static void put_text(const struct harness *h, const char *text)
{
    while (*text != '\0')
        h->device.put(*text++);
}

static void put_line(const struct harness *h, const char *text)
{
    put_text(h, text);
    put_text(h, "\r\n");
}

/* With leading zeros up to `least` digits. */
static void put_number(const struct harness *h, uint64_t value, int least)
{
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value > 0);
    while (count < least && count < 20)
        digits[count++] = '0';
    while (count > 0)
        h->device.put(digits[--count]);
}

/* "PREFIX123SUFFIX" as a line. */
static void put_number_line(const struct harness *h, const char *before, uint64_t value,
                            const char *after)
{
    put_text(h, before);
    put_number(h, value, 1);
    put_line(h, after);
}

static void put_timestamp(const struct harness *h)
{
    put_number_line(h, "m-lap-us-", h->device.microseconds(), "");
}

static void put_byte(const struct harness *h, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    h->device.put(digits[byte >> 4]);
    h->device.put(digits[byte & 15]);
}

/* A thousand-millionth is shown as a millionth, rounded. */
static void put_real(const struct harness *h, int64_t nano)
{
    if (nano < 0)
        h->device.put('-');
    const uint64_t micro = ((uint64_t)(nano < 0 ? -nano : nano) + 500) / 1000;
    put_number(h, micro / 1000000, 1);
    h->device.put('.');
    put_number(h, micro % 1000000, 6);
}

static void put_results(const struct harness *h)
{
    if (h->output == NULL) {
        put_line(h, "e-[No results: infer first]");
        return;
    }
    put_text(h, "m-results-[");
    for (uint32_t i = 0; i < h->device.outputs; i++) {
        if (i > 0)
            h->device.put(',');
        put_real(h, h->device.scale_nano * (h->output[i] - h->device.zero_point));
    }
    put_line(h, "]");
}

/* --- words of a command ---------------------------------------------------------------------- */

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word of *rest, which moves behind it and is cut there; empty at the end. */
static char *next_word(char **rest)
{
    char *word = *rest;
    while (is_space(*word))
        word++;
    char *end = word;
    while (*end != '\0' && !is_space(*end))
        end++;
    *rest = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return word;
}

static int equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* A decimal number up to `most`; 0 where the word is none. */
static int parse_number(const char *word, uint32_t most, uint32_t *value)
{
    uint64_t sum = 0;
    if (*word == '\0')
        return 0;
    for (; *word != '\0'; word++) {
        if (*word < '0' || *word > '9')
            return 0;
        sum = sum * 10 + (uint64_t)(*word - '0');
        if (sum > most)
            return 0;
    }
    *value = (uint32_t)sum;
    return 1;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* --- commands -------------------------------------------------------------------------------- */

static void load(struct harness *h, char *rest)
{
    uint32_t bytes;
    if (!parse_number(next_word(&rest), UINT32_MAX, &bytes)) {
        put_line(h, "e-[Command 'db load' requires the # of bytes]");
    } else if (bytes != h->device.image_bytes) {
        put_number_line(h, "e-[Command 'db load': this model takes ", h->device.image_bytes,
                        " bytes]");
    } else {
        h->received = 0;
        h->is_loading = 1;
        h->is_loaded = 0;
        h->output = NULL;
        put_number_line(h, "m-[Expecting ", bytes, " bytes]");
    }
}

/* Looked at as a whole before any of it is stored. */
static void take_bytes(struct harness *h, const char *digits)
{
    uint32_t count = 0;
    while (digits[count] != '\0') {
        if (hex_digit(digits[count]) < 0) {
            put_line(h, "e-[Invalid hex digit]");
            return;
        }
        count++;
    }
    if (count % 2 != 0) {
        put_line(h, "e-[Insufficient number of hex digits]");
        return;
    }
    if (!h->is_loading) {
        put_line(h, "e-[No bytes are expected: 'db load N' first]");
        return;
    }
    for (uint32_t i = 0; i < count && h->received < h->device.image_bytes; i += 2)
        h->device.image[h->received++] =
            (uint8_t)(hex_digit(digits[i]) << 4 | hex_digit(digits[i + 1]));
    if (h->received == h->device.image_bytes) { /* digits beyond are disregarded */
        h->is_loading = 0;
        h->is_loaded = 1;
        put_line(h, "m-load-done");
    }
}

static void print_bytes(const struct harness *h, char *rest)
{
    uint32_t count = 16, from = 0;
    const char *first = next_word(&rest), *second = next_word(&rest);
    if ((*first != '\0' && !parse_number(first, h->device.image_bytes, &count)) ||
        (*second != '\0' && !parse_number(second, h->device.image_bytes, &from))) {
        put_line(h, "e-[Command 'db print' takes a number of bytes and an offset]");
        return;
    }
    const uint32_t left = h->received > from ? h->received - from : 0;
    count = count < left ? count : left;
    for (uint32_t i = 0; i < count; i++) {
        put_text(h, i % 8 == 0 ? "m-buffer-" : "-");
        put_byte(h, h->device.image[from + i]);
        if (i % 8 == 7 || i + 1 == count)
            put_text(h, "\r\n");
    }
}

static void handle_db(struct harness *h, char *rest)
{
    const char *word = next_word(&rest);
    if (*word == '\0')
        put_line(h, "e-[Command 'db' requires a subcommand]");
    else if (equal(word, "load"))
        load(h, rest);
    else if (equal(word, "print"))
        print_bytes(h, rest);
    else
        take_bytes(h, word);
}

static void infer(struct harness *h, char *rest)
{
    uint32_t runs = 1, warmup = WARMUP_DEFAULT;
    const char *first = next_word(&rest), *second = next_word(&rest);
    if (*first != '\0' && (!parse_number(first, RUNS_MOST, &runs) || runs == 0)) {
        put_line(h, "e-[Inference iterations must be 1 to 1000000]");
        return;
    }
    if (*second != '\0' && !parse_number(second, RUNS_MOST, &warmup)) {
        put_line(h, "e-[Inference warmup must be 0 to 1000000]");
        return;
    }
    if (!h->is_loaded) {
        put_line(h, "e-[No complete image: 'db load N' and its bytes first]");
        return;
    }
    put_number_line(h, "m-warmup-start-", warmup, "");
    for (uint32_t i = 0; i < warmup; i++)
        h->device.run(h->device.image);
    put_line(h, "m-warmup-done");
    put_number_line(h, "m-infer-start-", runs, "");
    put_timestamp(h);
    for (uint32_t i = 0; i < runs; i++)
        h->output = h->device.run(h->device.image);
    put_timestamp(h);
    put_line(h, "m-infer-done");
    put_results(h);
}

static void handle(struct harness *h, char *command)
{
    char *rest = command;
    const char *word = next_word(&rest);
    if (equal(word, "name")) {
        put_line(h, "m-name-dut-[vww]");
    } else if (equal(word, "profile")) {
        put_line(h, "m-profile-[" PROFILE "]");
        put_text(h, "m-model-[");
        put_text(h, h->device.model);
        put_line(h, "]");
    } else if (equal(word, "timestamp")) {
        put_timestamp(h);
    } else if (equal(word, "db")) {
        handle_db(h, rest);
    } else if (equal(word, "infer")) {
        infer(h, rest);
    } else if (equal(word, "results")) {
        put_results(h);
    } else if (equal(word, "help")) {
        put_line(h, PROFILE);
        put_line(h, "name, profile, timestamp, db load N, db HEX, db print [N [FROM]],");
        put_line(h, "infer N [WARMUP], results, help; each ends with %");
    } else {
        put_text(h, "e-[Unknown command: ");
        put_text(h, word);
        put_line(h, "]");
    }
}

void harness_begin(struct harness *harness, const struct harness_device *device)
{
    harness->device = *device;
    harness->length = harness->received = 0;
    harness->is_loading = harness->is_loaded = 0;
    harness->output = NULL;
    put_line(harness, "m-init-done");
    put_line(harness, "m-ready");
}

void harness_take(struct harness *harness, char c)
{
    if (c != '%') {
        if (harness->length == 0 && is_space(c))
            return;
        /* What cannot be shown would end the command early or garble the reply. */
        if (harness->length < HARNESS_COMMAND_MOST)
            harness->command[harness->length] = c >= ' ' && c <= '~' ? c : is_space(c) ? ' ' : '?';
        if (harness->length <= HARNESS_COMMAND_MOST)
            harness->length++;
        return;
    }
    if (harness->length > HARNESS_COMMAND_MOST) {
        put_number_line(harness, "e-[Command longer than ", HARNESS_COMMAND_MOST, " characters]");
    } else {
        harness->command[harness->length] = '\0';
        handle(harness, harness->command);
    }
    harness->length = 0;
    put_line(harness, "m-ready");
}
