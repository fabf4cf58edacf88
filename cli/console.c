#include "console.h"
#include "vww/threads.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t signals;
static bool is_quiet, is_terminal, line_open;
static char stage_now[64];
static double stage_start, last_shown;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void on_signal(int number)
{
    if (signals++ > 0) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

void console_configure(int threads, bool quiet)
{
    vww_threads_use(threads);
    is_quiet = quiet;
    is_terminal = isatty(STDERR_FILENO) != 0;
    /* Reads and writes under way go on: work stops where it is safe. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a write beyond a limit on the size of files fails instead */
}

static void duration(double seconds, char *text, size_t size)
{
    const long whole = (long)(seconds + 0.5);
    if (whole >= 3600)
        snprintf(text, size, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
    else if (whole >= 60)
        snprintf(text, size, "%ld min %02ld s", whole / 60, whole % 60);
    else
        snprintf(text, size, "%ld s", whole);
}

static void report(void *context, const char *stage, int64_t done, int64_t total, const char *unit,
                   const char *detail)
{
    (void)context;
    if (is_quiet)
        return;
    const double time = now();
    if (strcmp(stage, stage_now) != 0) {
        console_progress_end();
        snprintf(stage_now, sizeof stage_now, "%s", stage);
        stage_start = time;
        last_shown = is_terminal ? 0 : time;
    }
    const bool last = total > 0 && done >= total;
    if (time - last_shown < (is_terminal ? 0.1 : 5.0) && !last)
        return;
    last_shown = time;
    char count[96], spent[48] = "", left[64] = "";
    if (total > 0)
        snprintf(count, sizeof count, "%3d%% %" PRId64 "/%" PRId64 " %s",
                 (int)(100.0 * (double)done / (double)total), done, total, unit);
    else
        snprintf(count, sizeof count, "%" PRId64 " %s", done, unit);
    if (last || total == 0) {
        duration(time - stage_start, spent, sizeof spent);
        snprintf(left, sizeof left, ", %s", spent);
    } else if (done > 0 && time - stage_start > 0.5) {
        duration((time - stage_start) * (double)(total - done) / (double)done, spent, sizeof spent);
        snprintf(left, sizeof left, ", %s left", spent);
    }
    fprintf(stderr, "%s%s: %s%s%s%s%s", is_terminal ? "\r\033[K" : "", stage, count, left,
            detail != NULL ? ", " : "", detail != NULL ? detail : "", is_terminal ? "" : "\n");
    line_open = is_terminal;
    if (last)
        console_progress_end();
}

static bool stop(void *context)
{
    (void)context;
    return signals > 0;
}

/* Also with --quiet: what must not be missed. */
static void warn(void *context, const struct vww_error *warning)
{
    char text[2048];
    (void)context;
    console_progress_end();
    vww_error_format(warning, text, sizeof text);
    fprintf(stderr, "vww: warning: %s\n", text);
}

const struct vww_progress *console_progress(void)
{
    static const struct vww_progress progress = {.report = report, .stop = stop, .warn = warn};
    return &progress;
}

void console_progress_end(void)
{
    if (line_open)
        fputc('\n', stderr);
    line_open = false;
    stage_now[0] = '\0';
}

int console_fail(const struct vww_error *error)
{
    char text[2048];
    console_progress_end();
    vww_error_format(error, text, sizeof text);
    fprintf(stderr, "vww: %s\n", text);
    return 1;
}

void console_note(const char *format, ...)
{
    if (is_quiet)
        return;
    console_progress_end();
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}
