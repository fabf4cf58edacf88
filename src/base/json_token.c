#include "base/json_token.h"

#include <string.h>

static bool is_digit(uint8_t c)
{
    return (uint8_t)(c - '0') < 10;
}

bool vww_json_is_number(const uint8_t *at, const uint8_t *end)
{
    if (at < end && *at == '-')
        at++;
    if (at == end || !is_digit(*at))
        return false;
    if (*at++ != '0')
        while (at < end && is_digit(*at))
            at++;
    if (at < end && *at == '.') {
        const uint8_t *const digits = ++at;
        while (at < end && is_digit(*at))
            at++;
        if (at == digits)
            return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        const uint8_t *const digits = at;
        while (at < end && is_digit(*at))
            at++;
        if (at == digits)
            return false;
    }
    return at == end;
}

/* Length of the well-formed UTF-8 sequence (RFC 3629) at `at`; 0: it is none. */
static size_t utf8_length(const uint8_t *at, const uint8_t *end)
{
    const uint8_t lead = at[0];
    const size_t length = lead < 0x80   ? 1
                          : lead < 0xc2 ? 0
                          : lead < 0xe0 ? 2
                          : lead < 0xf0 ? 3
                          : lead < 0xf5 ? 4
                                        : 0;
    if (length == 0 || (size_t)(end - at) < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    const bool overlong = (lead == 0xe0 && at[1] < 0xa0) || (lead == 0xf0 && at[1] < 0x90);
    const bool outside = (lead == 0xed && at[1] > 0x9f) || (lead == 0xf4 && at[1] > 0x8f);
    return overlong || outside ? 0 : length;
}

bool vww_json_is_utf8(const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        const size_t length = utf8_length(at, end);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

static int hex_digit(uint8_t c)
{
    return is_digit(c)              ? c - '0'
           : (c >= 'a' && c <= 'f') ? c - 'a' + 10
           : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                    : -1;
}

/* The four hexadecimal digits at `at`, or -1. */
static int32_t code_unit(const uint8_t *at, const uint8_t *end)
{
    int32_t unit = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static void put_code_point(struct vww_buffer *out, uint32_t code)
{
    uint8_t bytes[4];
    size_t length = 0;
    if (code < 0x80) {
        bytes[length++] = (uint8_t)code;
    } else if (code < 0x800) {
        bytes[length++] = (uint8_t)(0xc0 | code >> 6);
        bytes[length++] = (uint8_t)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        bytes[length++] = (uint8_t)(0xe0 | code >> 12);
        bytes[length++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        bytes[length++] = (uint8_t)(0x80 | (code & 0x3f));
    } else {
        bytes[length++] = (uint8_t)(0xf0 | code >> 18);
        bytes[length++] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
        bytes[length++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        bytes[length++] = (uint8_t)(0x80 | (code & 0x3f));
    }
    vww_buffer_append(out, bytes, length);
}

/* What follows "\u": one code unit, or the two of a pair. A half without its other half becomes
 * U+FFFD. Returns where it ends, or NULL. */
static const uint8_t *unescape_unicode(const uint8_t *at, const uint8_t *end,
                                       struct vww_buffer *out)
{
    const int32_t unit = code_unit(at, end);
    if (unit < 0)
        return NULL;
    at += 4;
    uint32_t code = (uint32_t)unit;
    if (unit >= 0xd800 && unit < 0xe000) {
        const bool escape_follows = end - at >= 6 && at[0] == '\\' && at[1] == 'u';
        const int32_t low = escape_follows ? code_unit(at + 2, end) : -1;
        code = 0xfffd;
        if (unit < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + (((uint32_t)unit & 0x3ff) << 10 | ((uint32_t)low & 0x3ff));
            at += 6;
        }
    }
    put_code_point(out, code);
    return at;
}

bool vww_json_unescape(const uint8_t *at, const uint8_t *end, struct vww_buffer *out)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    out->size = 0;
    while (at < end) {
        const uint8_t *const backslash = memchr(at, '\\', (size_t)(end - at));
        const uint8_t *const stop = backslash != NULL ? backslash : end;
        vww_buffer_append(out, at, (size_t)(stop - at));
        if (backslash == NULL)
            break;
        at = backslash + 2; /* a string never ends in a lone backslash */
        const char *letter = backslash[1] != 0 ? strchr(letters, backslash[1]) : NULL;
        if (letter != NULL)
            vww_buffer_append(out, &meant[letter - letters], 1);
        else if (backslash[1] != 'u' || (at = unescape_unicode(at, end, out)) == NULL)
            return false;
    }
    return true;
}
