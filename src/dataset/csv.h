/* CSV files with a header line (RFC 4180), read as a stream. */
#ifndef VWW_DATASET_CSV_H
#define VWW_DATASET_CSV_H

#include "vww/status.h"

#include <stddef.h>
#include <stdio.h>

#define VWW_CSV_FIELDS_MAX 64
#define VWW_CSV_LINE_MAX ((size_t)64 << 10)

struct vww_csv {
    const char *name; /* for messages */
    FILE *stream;
    char *line;                       /* VWW_CSV_LINE_MAX bytes */
    char *fields[VWW_CSV_FIELDS_MAX]; /* of the current line, views into it */
    size_t field_count, columns;      /* columns: fields of the header */
    size_t number;                    /* of the current line, from 1 */
};

/* Read from the stream, which stays the caller's, and its header into fields. */
vww_status vww_csv_begin(struct vww_csv *csv, FILE *stream, const char *name,
                         struct vww_error *error);
void vww_csv_end(struct vww_csv *csv);

/* The column of this name, after vww_csv_begin and before vww_csv_next. */
vww_status vww_csv_column(const struct vww_csv *csv, const char *name, size_t *column,
                          struct vww_error *error);

/* The next line into fields; field_count 0: there is none. Empty lines are passed over. Errors
 * (format, with the line's number): a line that is too long, with NUL bytes, with an open quote, or
 * with more or fewer fields than the header. Quoted line breaks are not supported. */
vww_status vww_csv_next(struct vww_csv *csv, struct vww_error *error);

/* An error about the current line: what, and the value seen. */
vww_status vww_csv_fail(const struct vww_csv *csv, const char *what, const char *seen,
                        const char *allowed, struct vww_error *error);

#endif
