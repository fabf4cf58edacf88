/* Lists of files with their SHA-256, as the tool sha256sum writes and checks them: one line a file,
 * 64 hexadecimal digits, two blanks, the name. */
#ifndef VWW_DATASET_SUMS_H
#define VWW_DATASET_SUMS_H

#include "base/memory.h"
#include "dataset/output.h"
#include "vww/status.h"

/* Append a line. name: without line breaks and backslashes. Check list->failed at the end. */
void vww_sums_append(struct vww_buffer *list, const char *sha256, const char *name);

/* A list being read from memory. */
struct vww_sums {
    const char *text; /* with a NUL after `size` bytes */
    size_t size, at;
    const char *path;   /* of the list, for messages */
    const char *folder; /* that all names must begin with, and a slash */
    int64_t line;       /* the line read last, from 1 */
    char sha256[65];
    char name[VWW_OUTPUT_NAME_MAX]; /* empty after the last line */
};

/* The next line into sha256 and name. Errors (format, with the line): not of this form, or a name
 * that leads out of the folder. */
vww_status vww_sums_next(struct vww_sums *sums, struct vww_error *error);

/* --- y_labels.csv of MLPerf Tiny: file, number of classes, label; one line an image */

/* The line at `text`, which ends with a NUL or a line break: its label, 0 or 1. False: not of this
 * form, or not of this file. *bytes: its length, with its line break. */
bool vww_label_row_read(const char *text, const char *file_name, int64_t *label, size_t *bytes);

#endif
