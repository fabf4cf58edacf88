/* Source files that vww carries within itself (runtime/ and firmware/), so that it can generate and
 * build from an installed binary. cmake/embed.cmake makes the table. */
#ifndef VWW_CODEGEN_EMBEDDED_H
#define VWW_CODEGEN_EMBEDDED_H

#include <stddef.h>

struct vww_embedded_file {
    const char *path; /* relative to the project: "runtime/vwwrt.h" */
    const char *text; /* ends with a NUL, which `bytes` does not count */
    size_t bytes;
};

extern const struct vww_embedded_file vww_embedded_files[];
extern const size_t vww_embedded_count;

/* By path; NULL where there is none. */
const struct vww_embedded_file *vww_embedded_find(const char *path);

#endif
