/* A small checker of well-formed markup: tags nest and close, attributes are quoted and not given
 * twice, '<' and '&' appear only as markup. */
#ifndef VWW_TESTS_REPORT_MARKUP_H
#define VWW_TESTS_REPORT_MARKUP_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MARKUP_DEPTH 64

struct markup_element {
    const char *name;
    size_t length;
};

static bool markup_entity(const char **p)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(*p, known[i], strlen(known[i])) == 0) {
            *p += strlen(known[i]);
            return true;
        }
    return false;
}

static size_t markup_name(const char *p)
{
    size_t length = 0;
    while (isalnum((unsigned char)p[length]) || (p[length] != '\0' && strchr("-_:", p[length])))
        length++;
    return length;
}

/* Attributes up to '>' or "/>"; false where they are wrong. */
static bool markup_attributes(const char **p)
{
    const char *names[32];
    size_t lengths[32], count = 0;
    for (;;) {
        const char *start = *p;
        while (isspace((unsigned char)**p))
            ++*p;
        if (**p == '>' || **p == '/')
            return true;
        const size_t length = markup_name(*p);
        if (length == 0 || *p == start || count == 32)
            return false;
        for (size_t i = 0; i < count; i++)
            if (lengths[i] == length && memcmp(names[i], *p, length) == 0)
                return false;
        names[count] = *p;
        lengths[count++] = length;
        *p += length;
        if (strncmp(*p, "=\"", 2) != 0)
            return false;
        for (*p += 2; **p != '"';) {
            if (**p == '\0' || **p == '<' || (**p == '&' && !markup_entity(p)))
                return false;
            if (**p != '"')
                ++*p;
        }
        ++*p;
    }
}

/* NULL: well-formed. Otherwise the place where it is not. */
static const char *markup_check(const char *text)
{
    struct markup_element open[MARKUP_DEPTH];
    int depth = 0;
    const char *p = text;
    while (*p != '\0') {
        const char *at = p;
        if (strncmp(p, "<!DOCTYPE html>", 15) == 0) {
            p += 15;
        } else if (*p == '&') {
            if (!markup_entity(&p))
                return at;
        } else if (*p != '<') {
            p++;
        } else if (p[1] == '/') {
            const size_t length = markup_name(p + 2);
            if (depth == 0 || open[depth - 1].length != length ||
                memcmp(open[depth - 1].name, p + 2, length) != 0 || p[2 + length] != '>')
                return at;
            depth--;
            p += length + 3;
        } else {
            const size_t length = markup_name(++p);
            if (length == 0 || depth == MARKUP_DEPTH)
                return at;
            open[depth++] = (struct markup_element){p, length};
            p += length;
            if (!markup_attributes(&p))
                return at;
            if (*p == '/') {
                depth--;
                p++;
            }
            if (*p++ != '>')
                return at;
        }
    }
    return depth == 0 ? NULL : p;
}

#define assert_well_formed(text)                                                                   \
    do {                                                                                           \
        const char *wrong_at = markup_check(text);                                                 \
        if (wrong_at != NULL)                                                                      \
            fail_msg("not well-formed at: %.120s", wrong_at);                                      \
    } while (0)

#endif
