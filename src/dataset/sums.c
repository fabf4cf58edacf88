#include "dataset/sums.h"

#include <inttypes.h>
#include <string.h>

void vww_sums_append(struct vww_buffer *list, const char *sha256, const char *name)
{
    vww_buffer_printf(list, "%s  %s\n", sha256, name);
}

static bool is_sha256(const char *text)
{
    return strspn(text, "0123456789abcdef") == 64;
}

/* folder/…, with no component that is empty, "." or "..". */
static bool is_inside(const char *name, const char *folder)
{
    const size_t length = strlen(folder);
    if (strncmp(name, folder, length) != 0 || name[length] != '/')
        return false;
    for (const char *part = name; part != NULL;) {
        const size_t bytes = strcspn(part, "/");
        if (bytes == 0 || (bytes <= 2 && strspn(part, ".") >= bytes))
            return false;
        part = part[bytes] == '/' ? part + bytes + 1 : NULL;
    }
    return true;
}

static vww_status damaged(const struct vww_sums *sums, const char *what, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_FORMAT, "the list of files is damaged: %s", what);
    vww_error_at(error, sums->path, (int64_t)sums->at);
    vww_error_place(error, "line %" PRId64, sums->line);
    vww_error_remedy(error, "copy the file again or build the data set again");
    return VWW_ERROR_FORMAT;
}

vww_status vww_sums_next(struct vww_sums *sums, struct vww_error *error)
{
    const char *line = sums->text + sums->at;
    sums->name[0] = '\0';
    if (sums->at == sums->size)
        return VWW_OK;
    sums->line++;
    const size_t bytes = strcspn(line, "\n");
    if (line[bytes] != '\n') {
        damaged(sums, "a line does not end", error);
        vww_error_seen(error, "%zu bytes after it", sums->size - sums->at - bytes);
        return VWW_ERROR_FORMAT;
    }
    if (bytes < 67 || bytes >= 66 + sizeof sums->name || !is_sha256(line) || line[64] != ' ' ||
        line[65] != ' ') {
        damaged(sums, "a line is not of the form of sha256sum", error);
        vww_error_seen(error, "%.*s", bytes < 80 ? (int)bytes : 80, line);
        vww_error_allowed(error, "64 hexadecimal digits, two blanks, a name");
        return VWW_ERROR_FORMAT;
    }
    memcpy(sums->sha256, line, 64);
    sums->sha256[64] = '\0';
    memcpy(sums->name, line + 66, bytes - 66);
    sums->name[bytes - 66] = '\0';
    if (!is_inside(sums->name, sums->folder)) {
        damaged(sums, "a file is not inside of its split", error);
        vww_error_seen(error, "%.120s", sums->name);
        vww_error_allowed(error, "%.40s/…", sums->folder);
        sums->name[0] = '\0';
        return VWW_ERROR_FORMAT;
    }
    sums->at += bytes + 1;
    return VWW_OK;
}

bool vww_label_row_read(const char *text, const char *file_name, int64_t *label, size_t *bytes)
{
    const size_t length = strlen(file_name);
    if (strncmp(text, file_name, length) != 0 || strncmp(text + length, ",2,", 3) != 0)
        return false;
    const char digit = text[length + 3];
    if ((digit != '0' && digit != '1') || text[length + 4] != '\n')
        return false;
    *label = digit - '0';
    *bytes = length + 5;
    return true;
}
