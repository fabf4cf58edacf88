/* What `vww eval` prints. */
#ifndef VWW_CLI_EVAL_PRINT_H
#define VWW_CLI_EVAL_PRINT_H

#include "vww/measure.h"

/* One object on one line. */
vww_status eval_print_json(const struct vww_evaluation *evaluation, struct vww_error *error);
/* For people. */
vww_status eval_print_text(const struct vww_evaluation *evaluation, struct vww_error *error);

#endif
