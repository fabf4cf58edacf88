#include "dataset/unzip.h"
#include "base/file.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)64 << 10)

static vww_status damaged(const char *path, struct archive *archive, const char *entry,
                          struct vww_error *error)
{
    const char *why = archive_error_string(archive);
    vww_fail(error, VWW_ERROR_FORMAT, "the archive is damaged: %.150s",
             why != NULL ? why : "unreadable");
    vww_error_at(error, path, -1);
    if (entry != NULL)
        vww_error_place(error, "entry %.100s", entry);
    vww_error_remedy(error, "remove it and fetch it again");
    return VWW_ERROR_FORMAT;
}

/* A relative path without "..", so that it stays below the folder. */
static bool is_safe(const char *name)
{
    if (name == NULL || name[0] == '\0' || name[0] == '/' || strchr(name, '\\') != NULL)
        return false;
    for (const char *part = name; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return false;
    }
    return true;
}

static vww_status refuse(const char *path, const char *name, const char *what,
                         struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_FORMAT, "the archive holds %s", what);
    vww_error_at(error, path, -1);
    vww_error_place(error, "entry %.100s", name != NULL ? name : "without a name");
    vww_error_remedy(error, "do not trust this archive");
    return VWW_ERROR_FORMAT;
}

static vww_status copy_data(struct archive *archive, const char *path, const char *name,
                            FILE *stream, int64_t *bytes, struct vww_error *error)
{
    uint8_t chunk[CHUNK];
    for (;;) {
        const la_ssize_t got = archive_read_data(archive, chunk, sizeof chunk);
        if (got < 0)
            return damaged(path, archive, name, error);
        if (got == 0)
            return VWW_OK;
        if (fwrite(chunk, 1, (size_t)got, stream) != (size_t)got)
            return vww_fail_io(error, "write", name);
        *bytes += got;
    }
}

/* Hundreds of thousands of files: each is written under a temporary name and renamed, but not
 * flushed to the disk one by one. */
static vww_status unpack_file(struct archive *archive, const char *path, const char *name,
                              const char *to, int64_t *bytes, struct vww_error *error)
{
    char temporary[VWW_PATH_MAX + 16], folder[VWW_PATH_MAX];
    snprintf(folder, sizeof folder, "%s", to);
    *strrchr(folder, '/') = '\0';
    vww_status status = vww_directory_make(folder, error);
    if (status != VWW_OK)
        return status;
    snprintf(temporary, sizeof temporary, "%s.unpacking", to);
    FILE *stream = fopen(temporary, "wb");
    if (stream == NULL)
        return vww_fail_io(error, "create", to);
    status = copy_data(archive, path, name, stream, bytes, error);
    if (fclose(stream) != 0 && status == VWW_OK)
        status = vww_fail_io(error, "write", to);
    if (status == VWW_OK && rename(temporary, to) != 0)
        status = vww_fail_io(error, "write", to);
    if (status != VWW_OK)
        unlink(temporary);
    return status;
}

static vww_status unpack_entry(struct archive *archive, struct archive_entry *entry,
                               const char *path, const char *folder, int64_t *bytes,
                               struct vww_error *error)
{
    char to[VWW_PATH_MAX];
    const char *name = archive_entry_pathname(entry);
    if (!is_safe(name))
        return refuse(path, name, "a name that leads out of the folder", error);
    if (archive_entry_filetype(entry) == AE_IFDIR)
        return VWW_OK;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != NULL)
        return refuse(path, name, "something that is no file", error);
    const vww_status status = vww_path_join(to, folder, name, error);
    return status == VWW_OK ? unpack_file(archive, path, name, to, bytes, error) : status;
}

vww_status vww_unzip(const char *path, const char *folder,
                     bool (*unpacked)(void *context, int64_t bytes), void *context,
                     struct vww_error *error)
{
    struct archive *archive = archive_read_new();
    if (archive == NULL)
        return vww_fail_memory(error, 1);
    vww_status status = VWW_OK;
    if (archive_read_support_format_zip(archive) != ARCHIVE_OK ||
        archive_read_open_filename(archive, path, CHUNK) != ARCHIVE_OK)
        status = damaged(path, archive, NULL, error);
    while (status == VWW_OK) {
        struct archive_entry *entry;
        int64_t bytes = 0;
        const int read = archive_read_next_header(archive, &entry);
        if (read == ARCHIVE_EOF)
            break;
        status = read == ARCHIVE_OK ? unpack_entry(archive, entry, path, folder, &bytes, error)
                                    : damaged(path, archive, NULL, error);
        if (status == VWW_OK && !unpacked(context, bytes))
            status = vww_fail(error, VWW_ERROR_STOPPED, "stopped while unpacking %.200s", path);
    }
    archive_read_free(archive);
    return status;
}
