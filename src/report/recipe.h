/* How a run was made: its commands and settings, as far as its files tell. */
#ifndef VWW_REPORT_RECIPE_H
#define VWW_REPORT_RECIPE_H

#include "report/run.h"

/* Call `tell` for every command line, in the order in which they make the run. */
void vww_report_commands(const struct vww_report_run *run,
                         void (*tell)(void *context, const char *command), void *context);

/* Call `tell` for every number, text and truth value of a configuration; keys of nested objects are
 * joined by dots. NULL has none. */
void vww_report_settings(yajl_val config,
                         void (*tell)(void *context, const char *key, const char *value),
                         void *context);

#endif
