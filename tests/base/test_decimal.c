#include "base/decimal.h"
#include "base/random.h"
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

static void check_text(const char *text)
{
    const double expected = strtod(text, NULL), seen = vww_decimal(text);
    if (memcmp(&expected, &seen, sizeof seen) != 0)
        fail_msg("%s: %.17g in place of %.17g", text, seen, expected);
}

static void notable_numbers(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0",      "-0",      "0.0",
        "-0.00",  "1",       "-1.5",
        "473.07", "0.1",     "702.1057499999998",
        "1e3",    "-2.5E-7", "9007199254740993",
        "1e400",  "4e-324",  "999999999999999",
        "12.",    "1e",      "0.000000000000001",
        "x",      "",        "0.0000000000000001",
        "-",      ".5",      "1.2345678901234567890123456789",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check_text(texts[i]);
}

/* 1 to 18 digits, the point anywhere. */
static void any_digits(void **state)
{
    (void)state;
    struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, 0, 0);
    for (int round = 0; round < 200000; round++) {
        char text[32];
        size_t length = 0;
        const uint32_t digits = 1 + vww_random_below(&random, 18);
        const uint32_t point = 1 + vww_random_below(&random, digits);
        if (vww_random_below(&random, 2) == 1)
            text[length++] = '-';
        for (uint32_t i = 0; i < digits; i++) {
            if (i == point)
                text[length++] = '.';
            text[length++] = (char)('0' + vww_random_below(&random, 10));
        }
        text[length] = '\0';
        check_text(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notable_numbers),
        cmocka_unit_test(any_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
