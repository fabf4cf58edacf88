/* bench.jsonl: what the generated C was measured to take, one line of `vww bench --json` for each
 * machine. */
#ifndef VWW_REPORT_BENCH_H
#define VWW_REPORT_BENCH_H

#include "vww/machine.h"

#include <stddef.h>

#define VWW_BENCHES_MAX 8

/* benches: room for VWW_BENCHES_MAX; figures that are null in the file are -1; of several lines for
 * one machine the last one counts. A line that is not such an object is an error that names it. */
vww_status vww_benches_parse(const void *text, size_t bytes, const char *name,
                             struct vww_bench *benches, size_t *count, struct vww_error *error);
vww_status vww_benches_read(const char *path, struct vww_bench *benches, size_t *count,
                            struct vww_error *error);

#endif
