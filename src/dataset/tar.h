/* Tar archives (POSIX.1-1988 ustar) of plain files: what vww writes as WebDataset, and reads back.
 */
#ifndef VWW_DATASET_TAR_H
#define VWW_DATASET_TAR_H

#include "base/memory.h"
#include "vww/status.h"

#include <stddef.h>
#include <stdint.h>

#define VWW_TAR_BLOCK 512
#define VWW_TAR_NAME_MAX 101            /* 100 bytes and a NUL */
#define VWW_TAR_END (2 * VWW_TAR_BLOCK) /* zero bytes that end an archive */

/* Append the file stem.suffix, the same bytes whenever it is made: owned by nobody in particular,
 * of the epoch. Check out->failed at the end. */
void vww_tar_append(struct vww_buffer *out, const char *stem, const char *suffix, const void *data,
                    size_t bytes);

struct vww_tar_reader;

vww_status vww_tar_open(const char *path, struct vww_tar_reader **reader, struct vww_error *error);
/* Read from memory, which must outlive the reader; name stands for the file in messages. */
vww_status vww_tar_open_memory(const void *content, size_t bytes, const char *name,
                               struct vww_tar_reader **reader, struct vww_error *error);
void vww_tar_close(struct vww_tar_reader *reader);
/* The archive's path, or the name given for it. */
const char *vww_tar_name(const struct vww_tar_reader *reader);

struct vww_tar_entry {
    char name[VWW_TAR_NAME_MAX];
    int64_t offset;         /* of its header in the archive, bytes */
    struct vww_buffer data; /* its content; the caller's, filled anew by each call */
};

/* The next file, its header's checksum verified; an empty name after the last. Errors (format; they
 * name the archive, the byte, the value seen and those allowed): a wrong checksum or number, an
 * entry that is no plain file, an archive that ends within an entry or before its end mark, or goes
 * on after it. */
vww_status vww_tar_next(struct vww_tar_reader *reader, struct vww_tar_entry *entry,
                        struct vww_error *error);

#endif
