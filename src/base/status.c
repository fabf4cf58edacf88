#include "vww/status.h"
#include "vww/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void vww_error_clear(struct vww_error *error)
{
    if (error == NULL)
        return;
    memset(error, 0, sizeof *error);
    error->byte = -1;
}

#define FILL(member)                                                                               \
    do {                                                                                           \
        if (error != NULL) {                                                                       \
            va_list arguments;                                                                     \
            va_start(arguments, format);                                                           \
            vsnprintf(error->member, sizeof error->member, format, arguments);                     \
            va_end(arguments);                                                                     \
        }                                                                                          \
    } while (0)

vww_status vww_fail(struct vww_error *error, vww_status status, const char *format, ...)
{
    vww_error_clear(error);
    if (error != NULL)
        error->status = status;
    FILL(what);
    return status;
}

void vww_error_at(struct vww_error *error, const char *file, int64_t byte)
{
    if (error == NULL)
        return;
    snprintf(error->file, sizeof error->file, "%s", file != NULL ? file : "");
    error->byte = byte;
}

void vww_error_place(struct vww_error *error, const char *format, ...)
{
    FILL(place);
}

void vww_error_seen(struct vww_error *error, const char *format, ...)
{
    FILL(seen);
}

void vww_error_allowed(struct vww_error *error, const char *format, ...)
{
    FILL(allowed);
}

void vww_error_remedy(struct vww_error *error, const char *format, ...)
{
    FILL(remedy);
}

vww_status vww_fail_memory(struct vww_error *error, size_t bytes)
{
    vww_fail(error, VWW_ERROR_MEMORY, "out of memory");
    vww_error_seen(error, "a request for %zu bytes", bytes);
    return VWW_ERROR_MEMORY;
}

const char *vww_status_name(vww_status status)
{
    static const char *const names[] = {
        [VWW_OK] = "ok",
        [VWW_ERROR_ARGUMENT] = "argument",
        [VWW_ERROR_IO] = "io",
        [VWW_ERROR_FORMAT] = "format",
        [VWW_ERROR_NOT_FOUND] = "not found",
        [VWW_ERROR_UNSUPPORTED] = "unsupported",
        [VWW_ERROR_MISMATCH] = "mismatch",
        [VWW_ERROR_MEMORY] = "memory",
        [VWW_ERROR_TOOL] = "tool",
        [VWW_ERROR_STOPPED] = "stopped",
        [VWW_ERROR_DIVERGED] = "diverged",
    };
    if ((size_t)status >= sizeof names / sizeof names[0])
        return "unknown";
    return names[status];
}

size_t vww_error_format(const struct vww_error *error, char *text, size_t size)
{
    char where[768] = "";
    size_t used = 0;
    if (error->file[0] != '\0')
        used += (size_t)snprintf(where, sizeof where, "%s: ", error->file);
    if (error->byte >= 0)
        used += (size_t)snprintf(where + used, sizeof where - used,
                                 "byte %lld: ", (long long)error->byte);
    if (error->place[0] != '\0')
        snprintf(where + used, sizeof where - used, "%s: ", error->place);
    const bool seen = error->seen[0] != '\0', allowed = error->allowed[0] != '\0';
    return (size_t)snprintf(text, size, "%s%s%s%s%s%s%s%s", where, error->what,
                            seen ? "; seen: " : "", error->seen, allowed ? "; allowed: " : "",
                            error->allowed, error->remedy[0] != '\0' ? "\n  " : "", error->remedy);
}

void vww_progress_report(const struct vww_progress *progress, const char *stage, int64_t done,
                         int64_t total, const char *unit, const char *detail)
{
    if (progress != NULL && progress->report != NULL)
        progress->report(progress->context, stage, done, total, unit, detail);
}

bool vww_progress_stop(const struct vww_progress *progress)
{
    return progress != NULL && progress->stop != NULL && progress->stop(progress->context);
}

void vww_progress_warn(const struct vww_progress *progress, const struct vww_error *warning)
{
    if (progress != NULL && progress->warn != NULL)
        progress->warn(progress->context, warning);
}
