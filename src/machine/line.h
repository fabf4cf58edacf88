/* A serial line to a device that speaks MLPerf Tiny's protocol (firmware/harness.h): a program on
 * the other side of a pseudo-terminal, or a terminal device. */
#ifndef VWW_MACHINE_LINE_H
#define VWW_MACHINE_LINE_H

#include "base/memory.h"
#include "vww/status.h"

#include <sys/types.h>

struct vww_line {
    int master;    /* our end; -1: closed */
    int slave;     /* held open so that the line never hangs up; -1: none */
    pid_t child;   /* 0: none */
    char name[64]; /* for messages */
    char path[64]; /* the other end's: "/dev/pts/3" */
};

/* A pseudo-terminal whose other end, line->path, is not taken yet. */
vww_status vww_line_make(struct vww_line *line, const char *name, struct vww_error *error);
/* Start a program (looked up in PATH, arguments end with NULL) in `directory`; uses_stdio: its
 * standard input and output are the line's other end. package: see vww_process. */
vww_status vww_line_start(struct vww_line *line, const char *const *arguments,
                          const char *directory, int uses_stdio, const char *package,
                          struct vww_error *error);
/* A terminal device, at 115,200 baud, 8N1. */
vww_status vww_line_open(struct vww_line *line, const char *path, struct vww_error *error);

/* Write `bytes`; then read until the device is ready for the next command. reply (ends with a NUL)
 * is what it sent, released by the caller, also after a failure. */
vww_status vww_line_exchange(struct vww_line *line, const char *text, size_t bytes, double seconds,
                             struct vww_buffer *reply, struct vww_error *error);
/* The same for one command ("name", without the '%'); an "e-" line of the reply is a failure. */
vww_status vww_line_command(struct vww_line *line, const char *command, double seconds,
                            struct vww_buffer *reply, struct vww_error *error);

/* Ends the program. */
void vww_line_close(struct vww_line *line);

#endif
