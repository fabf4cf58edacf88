/* Files: whole-file reads with a bound, and writes that appear under their name whole or not at
 * all. */
#ifndef VWW_BASE_FILE_H
#define VWW_BASE_FILE_H

#include "base/memory.h"
#include "vww/status.h"

#include <stdbool.h>
#include <stdio.h>

#define VWW_PATH_MAX 4096

/* The whole of a file, at most `limit` bytes (larger: VWW_ERROR_FORMAT). A NUL byte, not counted in
 * size, follows the content. Release with vww_buffer_fini. */
vww_status vww_file_read(const char *path, size_t limit, struct vww_buffer *content,
                         struct vww_error *error);

/* SHA-256 of a file's content: 64 hexadecimal digits and a NUL. */
vww_status vww_file_sha256(const char *path, char hex[65], struct vww_error *error);

bool vww_file_exists(const char *path);
bool vww_directory_exists(const char *path);
int64_t vww_file_bytes(const char *path); /* -1: cannot tell */

/* The directory and its parents. Existing ones are no error. */
vww_status vww_directory_make(const char *path, struct vww_error *error);

/* "a/b" from "a" and "b"; b alone where a is empty or b is absolute. VWW_ERROR_ARGUMENT if too
 * long. */
vww_status vww_path_join(char path[VWW_PATH_MAX], const char *a, const char *b,
                         struct vww_error *error);

/* A file being written under a temporary name in the directory of its final one. */
struct vww_atomic_file {
    FILE *stream; /* write here */
    char path[VWW_PATH_MAX];
    char temporary[VWW_PATH_MAX + 32];
};

vww_status vww_atomic_open(struct vww_atomic_file *file, const char *path, struct vww_error *error);
/* Flush, fsync, close, rename. On failure the temporary is removed and the old file is untouched.
 */
vww_status vww_atomic_commit(struct vww_atomic_file *file, struct vww_error *error);
/* Close and remove the temporary. Harmless after commit or a failed open. */
void vww_atomic_abort(struct vww_atomic_file *file);

/* The three above in one. */
vww_status vww_file_write(const char *path, const void *data, size_t bytes,
                          struct vww_error *error);

/* Append to a file, made where there is none. What a full disk cut short stays: the caller's reader
 * has to notice. */
vww_status vww_file_append(const char *path, const void *data, size_t bytes,
                           struct vww_error *error);

/* VWW_ERROR_IO from errno: "cannot <verb>", the file, strerror, and a remedy where one is known. */
vww_status vww_fail_io(struct vww_error *error, const char *verb, const char *path);

#endif
