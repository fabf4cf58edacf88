#include "report/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *vww_format_integer(char text[VWW_FORMAT_MAX], int64_t value)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    const size_t sign = value < 0 ? 1 : 0, length = strlen(digits);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > sign && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

const char *vww_format_short(char text[VWW_FORMAT_MAX], double value)
{
    static const struct {
        double from;
        const char *unit;
    } units[] = {{1e9, " G"}, {1e6, " M"}, {1e3, " k"}, {0, ""}};
    size_t u = 0;
    /* From half a unit in the third digit below, so that 999,900 is 1.00 M and not 1000 k. */
    while (units[u].from > 0 && fabs(value) < 0.9995 * units[u].from)
        u++;
    const double scaled = units[u].from > 0 ? value / units[u].from : value;
    const double size = fabs(scaled);
    const int decimals = units[u].from == 0 && value == floor(value) ? 0
                         : size < 9.995                              ? 2
                         : size < 99.95                              ? 1
                                                                     : 0;
    snprintf(text, VWW_FORMAT_MAX, "%.*f%s", decimals, scaled, units[u].unit);
    return text;
}

const char *vww_format_percent(char text[VWW_FORMAT_MAX], double share, int decimals)
{
    snprintf(text, VWW_FORMAT_MAX, "%.*f\xc2\xa0%%", decimals, 100 * share);
    return text;
}

const char *vww_format_signed(char text[VWW_FORMAT_MAX], double value)
{
    const double size = fabs(value);
    snprintf(text, VWW_FORMAT_MAX, "%s%.2f", size < 0.005 ? "" : value < 0 ? "−" : "+", size);
    return text;
}

const char *vww_format_plain(char text[VWW_FORMAT_MAX], double value, int decimals)
{
    snprintf(text, VWW_FORMAT_MAX, "%.*f", decimals, value);
    if (strchr(text, '.') != NULL) {
        size_t length = strlen(text);
        while (text[length - 1] == '0')
            text[--length] = '\0';
        if (text[length - 1] == '.')
            text[--length] = '\0';
    }
    if (strcmp(text, "-0") == 0)
        memcpy(text, "0", sizeof "0");
    return text;
}
