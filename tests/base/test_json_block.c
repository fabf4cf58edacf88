#include "base/json_block.h"
#include "base/json_token.h"
#include "base/random.h"
#include "support/check.h"

#define BYTES 400

static struct vww_random random_numbers(uint64_t seed)
{
    return vww_random_init(seed, VWW_RANDOM_TEST, 0, 0);
}

/* count bytes, each drawn from the letters. */
static void draw(struct vww_random *random, const char *letters, uint8_t *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text[i] = (uint8_t)letters[vww_random_below(random, (uint32_t)strlen(letters))];
}

static void plain_text_ends_where_the_twin_says(void **state)
{
    (void)state;
    struct vww_random random = random_numbers(1);
    uint8_t text[BYTES];
    for (int round = 0; round < 3000; round++) {
        const size_t length = vww_random_below(&random, BYTES);
        draw(&random, "abcdefghij ~", text, length);
        for (uint32_t k = vww_random_below(&random, 3); k > 0 && length > 0; k--) /* any byte */
            text[vww_random_below(&random, (uint32_t)length)] =
                (uint8_t)vww_random_below(&random, 256);
        assert_ptr_equal(vww_json_plain(text, text + length),
                         vww_json_plain_portable(text, text + length));
    }
    for (int c = 0; c < 256; c++) { /* each byte alone, in a block */
        memset(text, 'x', 40);
        text[21] = (uint8_t)c;
        assert_ptr_equal(vww_json_plain(text, text + 40), vww_json_plain_portable(text, text + 40));
    }
}

/* In pieces of random lengths, as a file comes: the end, and the state between pieces. */
static void brackets_close_where_the_twin_says(void **state)
{
    (void)state;
    struct vww_random random = random_numbers(2);
    static const char *const kinds[] = {"[]{}", "[[]]{}\"1,2 ", "[]\"\\x ", "[123,456.789 ]",
                                        "[{\"abcdefghijklmnopqrstuvwxyz]}"};
    uint8_t text[BYTES];
    int ended = 0;
    for (int round = 0; round < 20000; round++) {
        struct vww_json_balance fast = {0}, plain = {0};
        draw(&random, kinds[vww_random_below(&random, 5)], text, BYTES);
        for (uint32_t k = vww_random_below(&random, 6) + 1; k > 0; k--)
            text[k - 1] = '['; /* so that not all end at once */
        for (size_t at = 0; at < BYTES;) {
            size_t piece = 1 + vww_random_below(&random, 200);
            piece = piece < BYTES - at ? piece : BYTES - at;
            const uint8_t *const end = text + at + piece;
            const uint8_t *const found = vww_json_balance(&fast, text + at, end);
            assert_ptr_equal(found, vww_json_balance_portable(&plain, text + at, end));
            assert_int_equal(fast.depth, plain.depth);
            assert_int_equal(fast.in_string, plain.in_string);
            assert_int_equal(fast.after_backslash, plain.after_backslash);
            if (plain.depth == 0) {
                ended++;
                break;
            }
            at += piece;
        }
    }
    assert_in_range(ended, 2000, 18000); /* both kinds were tried */
}

/* What is passed over is a list of numbers, each with its comma, whatever the text is. */
static void only_numbers_are_passed_over(void **state)
{
    (void)state;
    struct vww_random random = random_numbers(3);
    uint8_t text[BYTES];
    size_t passed = 0;
    for (int round = 0; round < 20000; round++) {
        size_t length = 0;
        while (length < BYTES - 16)
            length +=
                (size_t)snprintf((char *)text + length, BYTES - length,
                                 vww_random_below(&random, 2) ? "%u.%02u, " : "%u,",
                                 vww_random_below(&random, 700), vww_random_below(&random, 100));
        for (uint32_t k = vww_random_below(&random, 4); k > 0; k--)
            draw(&random, "0123456789..,, -eE]x\"", text + vww_random_below(&random, BYTES - 16),
                 1);
        const uint8_t *at = text, *const stop = vww_json_numbers(text, text + length);
        passed += (size_t)(stop - text);
        while (at < stop) {
            const uint8_t *const comma = memchr(at, ',', (size_t)(stop - at));
            assert_non_null(comma);
            assert_true(vww_json_is_number(at, comma));
            at = comma + 1;
            at += at < stop && *at == ' ';
        }
    }
#ifdef __SSE2__
    assert_true(passed > (size_t)20000 * 100);
#else
    assert_int_equal(passed, 0);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(plain_text_ends_where_the_twin_says),
                                       cmocka_unit_test(brackets_close_where_the_twin_says),
                                       cmocka_unit_test(only_numbers_are_passed_over)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
