/* Errors as values. The library never prints, exits or aborts on input: a function that can fail
 * returns a vww_status and, where the caller gave one, fills a struct vww_error that says what
 * failed, where, the value seen, the value allowed, and what to do. */
#ifndef VWW_STATUS_H
#define VWW_STATUS_H

#include <stddef.h>
#include <stdint.h>

typedef enum vww_status {
    VWW_OK = 0,
    VWW_ERROR_ARGUMENT,    /* the caller asked for something that has no meaning */
    VWW_ERROR_IO,          /* the operating system refused to read or write */
    VWW_ERROR_FORMAT,      /* a file's content breaks its format */
    VWW_ERROR_NOT_FOUND,   /* a name, class, image or file does not exist */
    VWW_ERROR_UNSUPPORTED, /* valid, but outside what vww implements */
    VWW_ERROR_MISMATCH,    /* two inputs, each valid, contradict each other */
    VWW_ERROR_MEMORY,      /* no memory */
    VWW_ERROR_TOOL,        /* a compiler or emulator is missing or failed */
    VWW_ERROR_STOPPED,     /* the caller asked to stop; what was done so far is kept */
    VWW_ERROR_DIVERGED,    /* a training's numbers ran away */
} vww_status;

/* Texts are empty, and byte is -1, where there is nothing to say. */
struct vww_error {
    vww_status status;
    char what[256];    /* what failed: "cannot decode the JPEG" */
    char file[512];    /* on which file */
    int64_t byte;      /* byte offset within that file, or -1 */
    char place[128];   /* a place in other terms: "record 17", "image 42", "line 3, column 9" */
    char seen[256];    /* the value seen */
    char allowed[256]; /* the values allowed */
    char remedy[256];  /* what to do */
};

/* A zeroed error that says nothing. */
void vww_error_clear(struct vww_error *error);

/* Start an error: sets status and what, clears the rest. Returns status, so that a failing function
 * can end with `return vww_fail(...)`. error may be NULL in this and the functions below. */
vww_status vww_fail(struct vww_error *error, vww_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Add to an error. byte -1: unknown. */
void vww_error_at(struct vww_error *error, const char *file, int64_t byte);
void vww_error_place(struct vww_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void vww_error_seen(struct vww_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void vww_error_allowed(struct vww_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void vww_error_remedy(struct vww_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* VWW_ERROR_MEMORY with the number of bytes asked for. */
vww_status vww_fail_memory(struct vww_error *error, size_t bytes);

/* "io", "format", … for machine-readable output. */
const char *vww_status_name(vww_status status);

/* One paragraph: file, place, what, seen, allowed, remedy. Returns the length, like snprintf. */
size_t vww_error_format(const struct vww_error *error, char *text, size_t size);

#endif
