#include "dataset/csv.h"
#include "base/file.h"
#include "base/memory.h"

#include <string.h>

vww_status vww_csv_fail(const struct vww_csv *csv, const char *what, const char *seen,
                        const char *allowed, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_at(error, csv->name, -1);
    vww_error_place(error, "line %zu", csv->number);
    vww_error_seen(error, "%.120s", seen);
    vww_error_allowed(error, "%s", allowed);
    return VWW_ERROR_FORMAT;
}

/* One line without its end into csv->line; *length -1 at the end of the file. */
static vww_status read_line(struct vww_csv *csv, long *length, struct vww_error *error)
{
    size_t count = 0;
    int c;
    while ((c = getc_unlocked(csv->stream)) != EOF && c != '\n') {
        if (c == '\0')
            return vww_csv_fail(csv, "not a text file", "a NUL byte", "a CSV file", error);
        if (count == VWW_CSV_LINE_MAX - 1)
            return vww_csv_fail(csv, "a line is too long", "over 65535 bytes", "a CSV file", error);
        csv->line[count++] = (char)c;
    }
    if (c == EOF && ferror(csv->stream))
        return vww_fail_io(error, "read", csv->name);
    if (count > 0 && csv->line[count - 1] == '\r')
        count--;
    csv->line[count] = '\0';
    *length = c == EOF && count == 0 ? -1 : (long)count;
    return VWW_OK;
}

/* Take one field from *at on, its quotes removed in place. False: a quote stays open or is followed
 * by more text. *more: a comma follows. */
static bool take_field(char **at, char **field, bool *more)
{
    char *from = *at;
    *field = from;
    if (*from != '"') {
        from += strcspn(from, ",");
    } else {
        char *to = from++;
        for (; *from != '\0' && (*from != '"' || from[1] == '"'); from++) {
            if (*from == '"')
                from++;
            *to++ = *from;
        }
        if (*from != '"' || (from[1] != ',' && from[1] != '\0'))
            return false;
        from++;
        *more = *from == ',';
        *to = '\0';
        *at = from + 1;
        return true;
    }
    *more = *from == ',';
    *from = '\0';
    *at = from + 1;
    return true;
}

static vww_status split(struct vww_csv *csv, struct vww_error *error)
{
    char *at = csv->line;
    bool more = true;
    for (csv->field_count = 0; more; csv->field_count++) {
        if (csv->field_count == VWW_CSV_FIELDS_MAX)
            return vww_csv_fail(csv, "a line has too many fields", csv->fields[0], "at most 64",
                                error);
        if (!take_field(&at, &csv->fields[csv->field_count], &more))
            return vww_csv_fail(csv, "a quoted field does not end where it should",
                                csv->fields[csv->field_count], "\"text\" before a comma", error);
    }
    return VWW_OK;
}

vww_status vww_csv_next(struct vww_csv *csv, struct vww_error *error)
{
    long length;
    csv->field_count = 0;
    do {
        csv->number++;
        const vww_status status = read_line(csv, &length, error);
        if (status != VWW_OK)
            return status;
    } while (length == 0);
    if (length < 0)
        return VWW_OK;
    const vww_status status = split(csv, error);
    if (status != VWW_OK || csv->columns == 0 || csv->field_count == csv->columns)
        return status;
    char seen[64], allowed[64];
    snprintf(seen, sizeof seen, "%zu fields", csv->field_count);
    snprintf(allowed, sizeof allowed, "%zu, as in the first line", csv->columns);
    return vww_csv_fail(csv, "a line has not as many fields as the first", seen, allowed, error);
}

vww_status vww_csv_begin(struct vww_csv *csv, FILE *stream, const char *name,
                         struct vww_error *error)
{
    *csv = (struct vww_csv){.name = name, .stream = stream};
    csv->line = vww_allocate(VWW_CSV_LINE_MAX, 1);
    if (csv->line == NULL)
        return vww_fail_memory(error, VWW_CSV_LINE_MAX);
    vww_status status = vww_csv_next(csv, error);
    if (status == VWW_OK && csv->field_count == 0) {
        status = vww_fail(error, VWW_ERROR_FORMAT, "the CSV file is empty");
        vww_error_at(error, name, 0);
    }
    csv->columns = csv->field_count;
    if (status != VWW_OK)
        vww_csv_end(csv);
    return status;
}

void vww_csv_end(struct vww_csv *csv)
{
    vww_free(csv->line);
    csv->line = NULL;
}

vww_status vww_csv_column(const struct vww_csv *csv, const char *name, size_t *column,
                          struct vww_error *error)
{
    for (*column = 0; *column < csv->columns; ++*column)
        if (strcmp(csv->fields[*column], name) == 0)
            return VWW_OK;
    char what[128];
    snprintf(what, sizeof what, "the file has no column %.60s", name);
    return vww_csv_fail(csv, what, csv->fields[0], "a first line with the columns' names", error);
}
