/* Decimal numbers in texts. */
#ifndef VWW_BASE_DECIMAL_H
#define VWW_BASE_DECIMAL_H

/* What strtod(text, NULL) returns in the locale "C"'s notation, to the last bit, but several times
 * as fast for numbers of up to 15 digits without an exponent. */
double vww_decimal(const char *text);

#endif
