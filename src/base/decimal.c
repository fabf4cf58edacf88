#include "base/decimal.h"

#include <float.h>
#include <stdint.h>
#include <stdlib.h>

#define DIGITS_EXACT 15 /* every whole number of so many digits is a double */

double vww_decimal(const char *text)
{
    static const double powers[DIGITS_EXACT + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *at = text + (*text == '-');
    int64_t whole = 0;
    int digits = 0, decimals = 0;
    for (; *at >= '0' && *at <= '9' && digits <= DIGITS_EXACT; at++, digits++)
        whole = whole * 10 + (*at - '0');
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9' && digits <= DIGITS_EXACT; at++, digits++, decimals++)
            whole = whole * 10 + (*at - '0');
    if (*at != '\0' || digits == 0 || digits > DIGITS_EXACT || FLT_EVAL_METHOD != 0)
        return strtod(text, NULL);
    /* Both are exact, so the quotient is the double nearest to the number. */
    const double size = (double)whole / powers[decimals];
    return *text == '-' ? -size : size;
}
