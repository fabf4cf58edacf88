/* Bytes in their order, from a file or from memory: what the readers of archives stand on. */
#ifndef VWW_DATASET_BYTE_SOURCE_H
#define VWW_DATASET_BYTE_SOURCE_H

#include "base/file.h"
#include "vww/status.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct vww_byte_source {
    char name[VWW_PATH_MAX]; /* of the file, or what stands for it in messages */
    const char *kind;        /* of file, for messages: "tar archive" */
    FILE *stream;            /* NULL: from memory */
    const uint8_t *content;  /* of a source in memory */
    int64_t total, at;       /* bytes in all; the next one to be read */
};

vww_status vww_byte_source_open(const char *path, const char *kind, struct vww_byte_source *source,
                                struct vww_error *error);
/* content must outlive the source. */
void vww_byte_source_open_memory(const void *content, size_t bytes, const char *name,
                                 const char *kind, struct vww_byte_source *source);
void vww_byte_source_close(struct vww_byte_source *source);

/* The next `bytes` bytes, which the caller knows to be there (total - at). Errors: io; format where
 * the file became shorter meanwhile. */
vww_status vww_byte_source_read(struct vww_byte_source *source, void *to, size_t bytes,
                                struct vww_error *error);
/* 0 <= offset <= total */
vww_status vww_byte_source_seek(struct vww_byte_source *source, int64_t offset,
                                struct vww_error *error);

/* Format: the file is damaged at that byte. */
vww_status vww_byte_source_damaged(const struct vww_byte_source *source, int64_t at,
                                   const char *what, struct vww_error *error);

#endif
