/* What the commands share of the terminal: progress with time left on stderr, Ctrl-C, and errors.
 */
#ifndef VWW_CLI_CONSOLE_H
#define VWW_CLI_CONSOLE_H

#include "vww/progress.h"
#include "vww/status.h"

/* Called by command_parse. */
void console_configure(int threads, bool quiet);

/* Progress for library calls: a line redrawn on a terminal, otherwise a line every few seconds.
 * SIGINT and SIGTERM make `stop` answer true; a second one ends the process at once. */
const struct vww_progress *console_progress(void);
/* End the progress line, so that other text can follow. */
void console_progress_end(void);

/* Print the error to stderr; returns 1, the command's exit status. */
int console_fail(const struct vww_error *error);

/* A message to stderr, unless --quiet. */
void console_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
