/* Numbers as people read them. Each function writes a short text and returns it. */
#ifndef VWW_REPORT_FORMAT_H
#define VWW_REPORT_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define VWW_FORMAT_MAX 48

/* 7489664 -> "7,489,664" */
const char *vww_format_integer(char text[VWW_FORMAT_MAX], int64_t value);
/* 7489664 -> "7.49 M"; three digits, without a unit below 1000. */
const char *vww_format_short(char text[VWW_FORMAT_MAX], double value);
/* 0.8512 -> "85.12 %" */
const char *vww_format_percent(char text[VWW_FORMAT_MAX], double share, int decimals);
/* Two decimals and a sign: "+1.25", "−0.17", "0.00". */
const char *vww_format_signed(char text[VWW_FORMAT_MAX], double value);
/* At most `decimals` decimals, without trailing zeros: for coordinates. */
const char *vww_format_plain(char text[VWW_FORMAT_MAX], double value, int decimals);

#endif
