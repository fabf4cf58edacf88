#include "dataset/byte_source.h"

#include <errno.h>
#include <string.h>

vww_status vww_byte_source_open(const char *path, const char *kind, struct vww_byte_source *source,
                                struct vww_error *error)
{
    *source = (struct vww_byte_source){.kind = kind, .stream = fopen(path, "rb")};
    snprintf(source->name, sizeof source->name, "%s", path);
    source->total = vww_file_bytes(path);
    if (source->stream != NULL && source->total >= 0)
        return VWW_OK;
    const vww_status status = vww_fail_io(error, "open", path);
    vww_byte_source_close(source);
    return status;
}

void vww_byte_source_open_memory(const void *content, size_t bytes, const char *name,
                                 const char *kind, struct vww_byte_source *source)
{
    *source = (struct vww_byte_source){.kind = kind, .content = content, .total = (int64_t)bytes};
    snprintf(source->name, sizeof source->name, "%s", name);
}

void vww_byte_source_close(struct vww_byte_source *source)
{
    if (source->stream != NULL)
        fclose(source->stream);
    source->stream = NULL;
}

vww_status vww_byte_source_read(struct vww_byte_source *source, void *to, size_t bytes,
                                struct vww_error *error)
{
    errno = 0;
    if (source->stream == NULL)
        memcpy(to, source->content + source->at, bytes);
    else if (fread(to, 1, bytes, source->stream) != bytes)
        return ferror(source->stream)
                   ? vww_fail_io(error, "read", source->name)
                   : vww_byte_source_damaged(source, source->at,
                                             "it became shorter while being read", error);
    source->at += (int64_t)bytes;
    return VWW_OK;
}

vww_status vww_byte_source_seek(struct vww_byte_source *source, int64_t offset,
                                struct vww_error *error)
{
    if (source->stream != NULL && fseeko(source->stream, (off_t)offset, SEEK_SET) != 0)
        return vww_fail_io(error, "read", source->name);
    source->at = offset;
    return VWW_OK;
}

vww_status vww_byte_source_damaged(const struct vww_byte_source *source, int64_t at,
                                   const char *what, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_FORMAT, "the %s is damaged: %s", source->kind, what);
    vww_error_at(error, source->name, at);
    vww_error_remedy(error, "copy the file again or build the data set again");
    return VWW_ERROR_FORMAT;
}
