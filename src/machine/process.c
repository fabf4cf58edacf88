#define _GNU_SOURCE /* pipe2 (POSIX 2024), posix_spawn_file_actions_addchdir_np */
#include "machine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_MOST ((size_t)64 << 10)

extern char **environ;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static vww_status fail_start(const struct vww_process *process, int cause, struct vww_error *error)
{
    const char *program = process->arguments[0];
    if (cause == ENOENT) {
        vww_fail(error, VWW_ERROR_TOOL, "%s is not installed", program);
        vww_error_remedy(error, "install the package %s: sudo apt-get install %s", process->package,
                         process->package);
    } else {
        vww_fail(error, VWW_ERROR_TOOL, "cannot start %s: %s", program, strerror(cause));
    }
    return VWW_ERROR_TOOL;
}

/* Start the program with stdin from /dev/null and stdout and stderr into `pipe_end`. */
static int start(const struct vww_process *process, int pipe_end, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int cause = posix_spawn_file_actions_init(&actions);
    if (cause != 0)
        return cause;
    cause = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (cause == 0)
        cause = posix_spawn_file_actions_adddup2(&actions, pipe_end, 1);
    if (cause == 0)
        cause = posix_spawn_file_actions_adddup2(&actions, pipe_end, 2);
    if (cause == 0)
        cause = posix_spawn_file_actions_addchdir_np(&actions, process->directory);
    if (cause == 0)
        cause = posix_spawnp(child, process->arguments[0], &actions, NULL,
                             (char *const *)process->arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return cause;
}

/* Read until the program closes its end or the time is over; false in the latter case. */
static bool drain(int pipe_end, double deadline, size_t most, struct vww_buffer *output)
{
    for (;;) {
        const double left = deadline - now();
        struct pollfd poll_end = {.fd = pipe_end, .events = POLLIN};
        char chunk[4096];
        if (left <= 0)
            return false;
        if (poll(&poll_end, 1, left > 1 ? 1000 : (int)(left * 1000) + 1) <= 0)
            continue;
        const ssize_t got = read(pipe_end, chunk, sizeof chunk);
        if (got == 0 || (got < 0 && errno != EINTR))
            return true;
        if (got > 0 && output->size < most)
            vww_buffer_append(output, chunk, (size_t)got);
    }
}

/* Wait until the deadline, then kill. Returns the wait status; *killed tells. */
static int finish(pid_t child, double deadline, bool *killed)
{
    int status = 0;
    for (;;) {
        const pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR))
            return status;
        if (!*killed && now() >= deadline) {
            kill(child, SIGKILL);
            *killed = true;
        }
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
}

static vww_status judge(const struct vww_process *process, int wait_status, bool killed,
                        const struct vww_buffer *output, struct vww_error *error)
{
    const char *program = process->arguments[0];
    if (!killed && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
        return VWW_OK;
    if (killed)
        vww_fail(error, VWW_ERROR_TOOL, "%s took longer than %.0f seconds and was stopped", program,
                 process->seconds);
    else if (WIFSIGNALED(wait_status))
        vww_fail(error, VWW_ERROR_TOOL, "%s was ended by signal %d", program,
                 WTERMSIG(wait_status));
    else
        vww_fail(error, VWW_ERROR_TOOL, "%s failed with exit status %d", program,
                 WEXITSTATUS(wait_status));
    if (output->size > 0)
        vww_error_seen(error, "%.*s", (int)(output->size < 240 ? output->size : 240),
                       (const char *)output->data);
    return VWW_ERROR_TOOL;
}

vww_status vww_process_run(const struct vww_process *process, struct vww_buffer *output,
                           struct vww_error *error)
{
    *output = (struct vww_buffer){0};
    const double deadline = now() + process->seconds;
    int ends[2];
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) != 0) /* no other thread's program may inherit them */
        return vww_fail(error, VWW_ERROR_IO, "cannot make a pipe: %s", strerror(errno));
    const int cause = start(process, ends[1], &child);
    close(ends[1]);
    if (cause != 0) {
        close(ends[0]);
        return fail_start(process, cause, error);
    }
    const size_t most = process->output_most > 0 ? process->output_most : OUTPUT_MOST;
    bool killed = !drain(ends[0], deadline, most, output);
    if (killed)
        kill(child, SIGKILL);
    const int wait_status = finish(child, deadline, &killed);
    close(ends[0]);
    if (output->failed) {
        vww_buffer_fini(output);
        return vww_fail_memory(error, most);
    }
    return judge(process, wait_status, killed, output, error);
}
