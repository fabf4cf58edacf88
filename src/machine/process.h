/* Run a program and wait for it. No shell is involved. */
#ifndef VWW_MACHINE_PROCESS_H
#define VWW_MACHINE_PROCESS_H

#include "base/memory.h"
#include "vww/status.h"

struct vww_process {
    const char *const *arguments; /* arguments[0]: the program, looked up in PATH; ends with NULL */
    const char *directory;        /* to run in */
    double seconds;               /* after which it is killed */
    const char *package;          /* the Debian package that has the program */
    size_t output_most;           /* bytes of what it prints that are kept; 0: 64 KiB */
};

/* What it printed (stdout and stderr, the first output_most bytes) goes to `output`, which the
 * caller releases. VWW_ERROR_TOOL: it is not installed, took too long, was ended by a signal or
 * failed; the error then quotes what it printed first. */
vww_status vww_process_run(const struct vww_process *process, struct vww_buffer *output,
                           struct vww_error *error);

#endif
