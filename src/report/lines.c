#include "report/lines.h"

#include <string.h>

vww_status vww_json_lines(const void *text, size_t bytes, const char *name,
                          vww_status (*see)(void *context, yajl_val value, struct vww_error *error),
                          void *context, struct vww_error *error)
{
    const char *p = text, *end = p + bytes;
    for (size_t line = 1; p < end; line++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline != NULL ? newline : end;
        yajl_val value = NULL;
        vww_status status = VWW_OK;
        if (stop > p)
            status = vww_json_parse(p, (size_t)(stop - p), name, &value, error);
        if (status == VWW_OK && stop > p)
            status = see(context, value, error);
        yajl_tree_free(value);
        if (status == VWW_ERROR_FORMAT) {
            vww_error_at(error, name, -1);
            vww_error_place(error, "line %zu", line);
            vww_error_remedy(error, "remove the line, or make the file again");
        }
        if (status != VWW_OK)
            return status;
        p = stop + 1;
    }
    return VWW_OK;
}
