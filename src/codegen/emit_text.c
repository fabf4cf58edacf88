/* Pieces of text that all generated files share. */
#include "codegen/emit.h"
#include "vww/version.h"

#include <stdio.h>
#include <string.h>

#define PAGE_WIDTH 96

void vww_emit_mark(const struct vww_emission *emission, const char *open, const char *close,
                   struct vww_buffer *out)
{
    vww_buffer_text(out, open);
    vww_buffer_printf(out, VWW_PACKAGE_MARK, emission->prefix);
    vww_buffer_text(out, close);
}

const char *vww_emit_count(int64_t count, char text[32])
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%lld", (long long)count);
    int at = 0;
    for (int i = 0; i < length; i++) {
        text[at++] = digits[i];
        if (digits[i] != '-' && i + 1 < length && (length - 1 - i) % 3 == 0)
            text[at++] = ',';
    }
    text[at] = '\0';
    return text;
}

const char *vww_emit_comment_text(const char *from, char *text, size_t size)
{
    size_t at = 0;
    for (; *from != '\0' && at + 1 < size; from++) {
        const bool plain =
            *from >= ' ' && *from <= '~' && *from != '*' && *from != '?' && *from != '\\';
        text[at++] = plain ? *from : '_';
    }
    text[at] = '\0';
    return text;
}

struct list {
    struct vww_buffer *out;
    size_t column;
};

static void list_item(struct list *list, const char *item, bool is_last)
{
    const size_t length = strlen(item) + (is_last ? 0 : 1);
    if (list->column == 0 || list->column + 1 + length > PAGE_WIDTH) {
        vww_buffer_text(list->out, list->column == 0 ? "    " : "\n    ");
        list->column = 4;
    } else {
        vww_buffer_text(list->out, " ");
        list->column++;
    }
    vww_buffer_printf(list->out, "%s%s", item, is_last ? "" : ",");
    list->column += length;
}

void vww_emit_int8_array(struct vww_buffer *out, const char *name, const int8_t *values,
                         int64_t count)
{
    struct list list = {.out = out};
    vww_buffer_printf(out, "static const int8_t %s[%lld] = {\n", name, (long long)count);
    for (int64_t i = 0; i < count; i++) {
        char item[16];
        snprintf(item, sizeof item, "%d", values[i]);
        list_item(&list, item, i + 1 == count);
    }
    vww_buffer_text(out, "};\n");
}

void vww_emit_int32_array(struct vww_buffer *out, const char *name, const int32_t *values,
                          int64_t count)
{
    struct list list = {.out = out};
    vww_buffer_printf(out, "static const int32_t %s[%lld] = {\n", name, (long long)count);
    for (int64_t i = 0; i < count; i++) {
        char item[32];
        if (values[i] == INT32_MIN) /* has no literal in C */
            snprintf(item, sizeof item, "-2147483647 - 1");
        else
            snprintf(item, sizeof item, "%ld", (long)values[i]);
        list_item(&list, item, i + 1 == count);
    }
    vww_buffer_text(out, "};\n");
}
