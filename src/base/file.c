#include "base/file.h"
#include "base/checksum.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

vww_status vww_fail_io(struct vww_error *error, const char *verb, const char *path)
{
    const int cause = errno;
    const vww_status status = cause == ENOENT ? VWW_ERROR_NOT_FOUND : VWW_ERROR_IO;
    vww_fail(error, status, "cannot %s: %s", verb, strerror(cause));
    vww_error_at(error, path, -1);
    if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG)
        vww_error_remedy(error, "free some space or choose another output folder; "
                                "nothing was left half-written");
    else if (cause == EACCES || cause == EPERM || cause == EROFS)
        vww_error_remedy(error, "check the permissions of the file and its folder");
    else if (cause == ENOENT)
        vww_error_remedy(error, "check the path");
    return status;
}

vww_status vww_file_read(const char *path, size_t limit, struct vww_buffer *content,
                         struct vww_error *error)
{
    *content = (struct vww_buffer){0};
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return vww_fail_io(error, "open", path);
    vww_status status = VWW_OK;
    uint8_t chunk[65536];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, stream)) > 0) {
        vww_buffer_append(content, chunk, got);
        if (content->size > limit) {
            status = vww_fail(error, VWW_ERROR_FORMAT, "the file is too large");
            vww_error_at(error, path, -1);
            vww_error_allowed(error, "at most %zu bytes", limit);
            break;
        }
    }
    if (status == VWW_OK && ferror(stream))
        status = vww_fail_io(error, "read", path);
    fclose(stream);
    vww_buffer_append(content, "", 1);
    if (status == VWW_OK && content->failed)
        status = vww_fail_memory(error, content->size);
    if (status != VWW_OK)
        vww_buffer_fini(content);
    else
        content->size--;
    return status;
}

vww_status vww_file_sha256(const char *path, char hex[65], struct vww_error *error)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return vww_fail_io(error, "open", path);
    struct vww_sha256 sha;
    vww_sha256_init(&sha);
    uint8_t chunk[65536];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, stream)) > 0;)
        vww_sha256_update(&sha, chunk, got);
    const vww_status status = ferror(stream) ? vww_fail_io(error, "read", path) : VWW_OK;
    fclose(stream);
    vww_sha256_hex(&sha, hex);
    return status;
}

bool vww_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

bool vww_directory_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int64_t vww_file_bytes(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (int64_t)info.st_size : -1;
}

vww_status vww_directory_make(const char *path, struct vww_error *error)
{
    char part[VWW_PATH_MAX];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof part) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "not a usable folder name");
        vww_error_seen(error, "%zu characters", length);
        vww_error_allowed(error, "1 to %d", VWW_PATH_MAX - 1);
        return VWW_ERROR_ARGUMENT;
    }
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && !(errno == EEXIST && vww_directory_exists(part)))
            return vww_fail_io(error, "make the folder", part);
        part[i] = path[i];
    }
    return VWW_OK;
}

vww_status vww_path_join(char path[VWW_PATH_MAX], const char *a, const char *b,
                         struct vww_error *error)
{
    int length;
    if (a[0] == '\0' || b[0] == '/')
        length = snprintf(path, VWW_PATH_MAX, "%s", b);
    else
        length = snprintf(path, VWW_PATH_MAX, "%s%s%s", a, a[strlen(a) - 1] == '/' ? "" : "/", b);
    if (length >= VWW_PATH_MAX) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the path is too long");
        vww_error_seen(error, "%d characters", length);
        vww_error_allowed(error, "at most %d", VWW_PATH_MAX - 1);
        return VWW_ERROR_ARGUMENT;
    }
    return VWW_OK;
}

vww_status vww_atomic_open(struct vww_atomic_file *file, const char *path, struct vww_error *error)
{
    *file = (struct vww_atomic_file){0};
    const int length = snprintf(file->path, sizeof file->path, "%s", path);
    if (length >= VWW_PATH_MAX)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "the path is too long (%d characters)", length);
    snprintf(file->temporary, sizeof file->temporary, "%s.tmp-XXXXXX", path);
    const int descriptor = mkstemp(file->temporary);
    if (descriptor < 0) {
        const vww_status status = vww_fail_io(error, "create", path);
        *file = (struct vww_atomic_file){0};
        return status;
    }
    const mode_t mask = umask(0);
    umask(mask);
    fchmod(descriptor, 0666 & ~mask);
    file->stream = fdopen(descriptor, "wb");
    if (file->stream == NULL) {
        const vww_status status = vww_fail_io(error, "open", path);
        close(descriptor);
        unlink(file->temporary);
        *file = (struct vww_atomic_file){0};
        return status;
    }
    return VWW_OK;
}

vww_status vww_atomic_commit(struct vww_atomic_file *file, struct vww_error *error)
{
    FILE *stream = file->stream;
    file->stream = NULL;
    errno = 0;
    const bool had_error = ferror(stream) != 0;
    bool good = fflush(stream) == 0 && !had_error && fsync(fileno(stream)) == 0;
    int cause = errno;
    if (fclose(stream) != 0 && good) {
        good = false;
        cause = errno;
    }
    if (good && rename(file->temporary, file->path) != 0) {
        good = false;
        cause = errno;
    }
    if (good)
        return VWW_OK;
    unlink(file->temporary);
    errno = cause != 0 ? cause : EIO;
    return vww_fail_io(error, "write", file->path);
}

void vww_atomic_abort(struct vww_atomic_file *file)
{
    if (file->stream == NULL)
        return;
    fclose(file->stream);
    file->stream = NULL;
    unlink(file->temporary);
}

vww_status vww_file_write(const char *path, const void *data, size_t bytes, struct vww_error *error)
{
    struct vww_atomic_file file;
    vww_status status = vww_atomic_open(&file, path, error);
    if (status != VWW_OK)
        return status;
    if (bytes > 0 && fwrite(data, 1, bytes, file.stream) != bytes) {
        status = vww_fail_io(error, "write", path);
        vww_atomic_abort(&file);
        return status;
    }
    return vww_atomic_commit(&file, error);
}

vww_status vww_file_append(const char *path, const void *data, size_t bytes,
                           struct vww_error *error)
{
    FILE *stream = fopen(path, "ab");
    if (stream == NULL)
        return vww_fail_io(error, "open", path);
    const bool written = fwrite(data, 1, bytes, stream) == bytes;
    const int cause = errno;
    if (fclose(stream) == 0 && written)
        return VWW_OK;
    if (!written)
        errno = cause;
    return vww_fail_io(error, "write", path);
}
