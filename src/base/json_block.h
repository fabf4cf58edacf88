/* What a scanner of JSON does many bytes at a time, by SSE2 where there is one. Each function has a
 * plain twin that it is tested against. They exist for speed alone: annotation files are mostly
 * polygons. */
#ifndef VWW_BASE_JSON_BLOCK_H
#define VWW_BASE_JSON_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* In a list, where a value may begin: pass over numbers without sign and exponent, each followed by
 * a comma and at most one blank. Returns where the next value begins; `at` where it is of another
 * form, near the end, or always (the plain twin). */
const uint8_t *vww_json_numbers(const uint8_t *at, const uint8_t *end);

/* In a string: the first byte that is a quote, a backslash, a control character, or not ASCII. */
const uint8_t *vww_json_plain(const uint8_t *at, const uint8_t *end);
const uint8_t *vww_json_plain_portable(const uint8_t *at, const uint8_t *end);

/* The open brackets of a value of which nothing else is looked at. */
struct vww_json_balance {
    int64_t depth; /* brackets and braces, not told apart */
    bool in_string, after_backslash;
};

/* Go on to behind the bracket that closes the value (depth 0), or to the end. A value begins at its
 * opening bracket with all of *balance zero. */
const uint8_t *vww_json_balance(struct vww_json_balance *balance, const uint8_t *at,
                                const uint8_t *end);
const uint8_t *vww_json_balance_portable(struct vww_json_balance *balance, const uint8_t *at,
                                         const uint8_t *end);

#endif
