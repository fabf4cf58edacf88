#include "base/markup.h"

#include <stdbool.h>

/* Bytes of the UTF-8 character at text, or 0 where there is none (RFC 3629). */
static size_t character_bytes(const unsigned char *text)
{
    if (text[0] < 0x80)
        return 1;
    const size_t bytes = text[0] >= 0xc2 && text[0] <= 0xdf   ? 2
                         : text[0] >= 0xe0 && text[0] <= 0xef ? 3
                         : text[0] >= 0xf0 && text[0] <= 0xf4 ? 4
                                                              : 0;
    for (size_t i = 1; i < bytes; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    const bool overlong =
        (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    const bool surrogate = text[0] == 0xed && text[1] > 0x9f;
    const bool beyond = text[0] == 0xf4 && text[1] > 0x8f;
    /* U+FFFE and U+FFFF are no XML characters. */
    const bool no_character = text[0] == 0xef && text[1] == 0xbf && text[2] > 0xbd;
    return overlong || surrogate || beyond || no_character ? 0 : bytes;
}

void vww_markup_text(struct vww_buffer *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    while (*p != '\0') {
        const size_t bytes = character_bytes(p);
        const char *escape = *p == '&'    ? "&amp;"
                             : *p == '<'  ? "&lt;"
                             : *p == '>'  ? "&gt;"
                             : *p == '"'  ? "&quot;"
                             : *p == '\'' ? "&#39;"
                             : bytes == 0 || (*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f
                                 ? "\xef\xbf\xbd"
                                 : NULL;
        if (escape != NULL)
            vww_buffer_text(out, escape);
        else
            vww_buffer_append(out, p, bytes);
        p += bytes > 0 ? bytes : 1;
    }
}

void vww_markup_base64(struct vww_buffer *out, const void *from, size_t bytes)
{
    const uint8_t *data = from;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes; i += 3) {
        const size_t left = bytes - i;
        const uint32_t group = (uint32_t)data[i] << 16 |
                               (left > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
                               (left > 2 ? data[i + 2] : 0);
        const char text[4] = {digits[group >> 18], digits[group >> 12 & 63],
                              left > 1 ? digits[group >> 6 & 63] : '=',
                              left > 2 ? digits[group & 63] : '='};
        vww_buffer_append(out, text, 4);
    }
}
