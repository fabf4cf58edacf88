/* Files with one JSON value a line. */
#ifndef VWW_REPORT_LINES_H
#define VWW_REPORT_LINES_H

#include "base/json.h"

/* Hand the value of each line to `see`, which may refuse it; empty lines are passed over. Errors
 * get the file's name and the line's number. */
vww_status vww_json_lines(const void *text, size_t bytes, const char *name,
                          vww_status (*see)(void *context, yajl_val value, struct vww_error *error),
                          void *context, struct vww_error *error);

#endif
