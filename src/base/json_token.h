/* The tokens of JSON (RFC 8259): what a number, a string of UTF-8, and an escape may look like. */
#ifndef VWW_BASE_JSON_TOKEN_H
#define VWW_BASE_JSON_TOKEN_H

#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>

/* -? (0 | 1-9 digits) (. digits)? ((e|E) (+|-)? digits)? */
bool vww_json_is_number(const uint8_t *at, const uint8_t *end);
/* Well-formed UTF-8 (RFC 3629). */
bool vww_json_is_utf8(const uint8_t *at, const uint8_t *end);
/* Resolve the escapes of a string's content into out, replacing what is there. No lone backslash
 * stands at the end. False: an escape that does not exist. Check out->failed. Half a surrogate pair
 * becomes U+FFFD. */
bool vww_json_unescape(const uint8_t *at, const uint8_t *end, struct vww_buffer *out);

#endif
