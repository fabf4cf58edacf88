#define _GNU_SOURCE /* posix_spawn_file_actions_addchdir_np */
#include "machine/line.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define REPLY_MOST ((size_t)64 << 10)
#define READY "m-ready\r\n"

extern char **environ;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Bytes as they are: no echo, no line editing, no translation. */
static int make_raw(int terminal)
{
    struct termios settings;
    if (tcgetattr(terminal, &settings) != 0)
        return -1;
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    cfsetispeed(&settings, B115200);
    cfsetospeed(&settings, B115200);
    return tcsetattr(terminal, TCSANOW, &settings);
}

vww_status vww_line_make(struct vww_line *line, const char *name, struct vww_error *error)
{
    *line = (struct vww_line){.master = -1, .slave = -1};
    snprintf(line->name, sizeof line->name, "%s", name);
    line->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (line->master < 0 || grantpt(line->master) != 0 || unlockpt(line->master) != 0 ||
        ptsname_r(line->master, line->path, sizeof line->path) != 0)
        return vww_fail(error, VWW_ERROR_IO, "cannot make a pseudo-terminal: %s", strerror(errno));
    line->slave = open(line->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (line->slave < 0 || make_raw(line->slave) != 0)
        return vww_fail_io(error, "open the pseudo-terminal", line->path);
    return VWW_OK;
}

vww_status vww_line_open(struct vww_line *line, const char *path, struct vww_error *error)
{
    *line = (struct vww_line){.master = -1, .slave = -1};
    snprintf(line->name, sizeof line->name, "%s", path);
    line->master = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (line->master < 0)
        return vww_fail_io(error, "open the serial line", path);
    if (make_raw(line->master) == 0)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_ARGUMENT, "not a serial line");
    vww_error_at(error, path, -1);
    vww_error_remedy(error, "give a terminal device, such as /dev/ttyACM0");
    return VWW_ERROR_ARGUMENT;
}

vww_status vww_line_start(struct vww_line *line, const char *const *arguments,
                          const char *directory, int uses_stdio, const char *package,
                          struct vww_error *error)
{
    posix_spawn_file_actions_t actions;
    int cause = posix_spawn_file_actions_init(&actions);
    if (cause == 0) {
        const char *stdio = uses_stdio ? line->path : "/dev/null";
        cause = posix_spawn_file_actions_addopen(&actions, 0, stdio, O_RDWR | O_NOCTTY, 0);
        for (int to = 1; to <= 2 && cause == 0; to++)
            cause = posix_spawn_file_actions_adddup2(&actions, 0, to);
        if (cause == 0)
            cause = posix_spawn_file_actions_addchdir_np(&actions, directory);
        if (cause == 0)
            cause = posix_spawnp(&line->child, arguments[0], &actions, NULL,
                                 (char *const *)arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    if (cause == 0)
        return VWW_OK;
    line->child = 0;
    vww_fail(error, VWW_ERROR_TOOL, "cannot start %s: %s", arguments[0], strerror(cause));
    if (cause == ENOENT)
        vww_error_remedy(error, "install the package %s: sudo apt-get install %s", package,
                         package);
    return VWW_ERROR_TOOL;
}

/* Whether the program on the other side is gone. */
static bool has_ended(struct vww_line *line)
{
    if (line->child == 0 || waitpid(line->child, NULL, WNOHANG) != line->child)
        return false;
    line->child = 0;
    return true;
}

static vww_status fail_silent(struct vww_line *line, double seconds, const struct vww_buffer *reply,
                              struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_TOOL, "%s did not answer within %.0f seconds", line->name, seconds);
    if (reply->size > 0)
        vww_error_seen(error, "%.200s", (const char *)reply->data);
    vww_error_allowed(error, "a reply that ends with m-ready");
    return VWW_ERROR_TOOL;
}

/* Wait for the line to be ready for `events` (POLLIN, POLLOUT). */
static vww_status wait_for(struct vww_line *line, short events, double deadline, double seconds,
                           const struct vww_buffer *reply, struct vww_error *error)
{
    for (;;) {
        struct pollfd end = {.fd = line->master, .events = events};
        const double left = deadline - now();
        if (left <= 0)
            return fail_silent(line, seconds, reply, error);
        if (poll(&end, 1, left > 0.2 ? 200 : (int)(left * 1000) + 1) > 0)
            return VWW_OK;
        if (has_ended(line))
            return vww_fail(error, VWW_ERROR_TOOL, "%s ended", line->name);
    }
}

static vww_status write_all(struct vww_line *line, const char *text, size_t bytes, double deadline,
                            double seconds, struct vww_error *error)
{
    const struct vww_buffer none = {0};
    while (bytes > 0) {
        const vww_status status = wait_for(line, POLLOUT, deadline, seconds, &none, error);
        if (status != VWW_OK)
            return status;
        const ssize_t wrote = write(line->master, text, bytes);
        if (wrote < 0 && errno != EINTR && errno != EAGAIN)
            return vww_fail_io(error, "write to the serial line", line->name);
        if (wrote > 0) {
            text += wrote;
            bytes -= (size_t)wrote;
        }
    }
    return VWW_OK;
}

static bool ends_ready(const struct vww_buffer *reply)
{
    const size_t length = sizeof READY - 1;
    return reply->size >= length && memcmp(reply->data + reply->size - length, READY, length) == 0;
}

static vww_status read_reply(struct vww_line *line, double deadline, double seconds,
                             struct vww_buffer *reply, struct vww_error *error)
{
    while (!ends_ready(reply)) {
        char chunk[1024];
        const vww_status status = wait_for(line, POLLIN, deadline, seconds, reply, error);
        if (status != VWW_OK)
            return status;
        const ssize_t got = read(line->master, chunk, sizeof chunk);
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
            return vww_fail_io(error, "read from the serial line", line->name);
        if (got > 0)
            vww_buffer_append(reply, chunk, (size_t)got);
        if (reply->failed || reply->size > REPLY_MOST)
            return vww_fail(error, VWW_ERROR_FORMAT, "%s sent more than a reply", line->name);
    }
    return VWW_OK;
}

vww_status vww_line_exchange(struct vww_line *line, const char *text, size_t bytes, double seconds,
                             struct vww_buffer *reply, struct vww_error *error)
{
    const double deadline = now() + seconds;
    *reply = (struct vww_buffer){0};
    vww_status status = write_all(line, text, bytes, deadline, seconds, error);
    if (status == VWW_OK)
        status = read_reply(line, deadline, seconds, reply, error);
    vww_buffer_append(reply, "", 1);
    return status == VWW_OK && reply->failed ? vww_fail_memory(error, reply->size) : status;
}

vww_status vww_line_command(struct vww_line *line, const char *command, double seconds,
                            struct vww_buffer *reply, struct vww_error *error)
{
    char text[128];
    const int length = snprintf(text, sizeof text, "%s%%", command);
    const vww_status status = vww_line_exchange(line, text, (size_t)length, seconds, reply, error);
    if (status != VWW_OK)
        return status;
    const char *refusal = (const char *)reply->data;
    if (strncmp(refusal, "e-", 2) != 0 && (refusal = strstr(refusal, "\ne-")) == NULL)
        return VWW_OK;
    refusal += *refusal == '\n';
    vww_fail(error, VWW_ERROR_TOOL, "%s refused a command", line->name);
    vww_error_place(error, "%.40s", command);
    vww_error_seen(error, "%.*s", (int)strcspn(refusal, "\r\n"), refusal);
    return VWW_ERROR_TOOL;
}

void vww_line_close(struct vww_line *line)
{
    if (line->child > 0) {
        kill(line->child, SIGKILL);
        while (waitpid(line->child, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    if (line->slave >= 0)
        close(line->slave);
    if (line->master >= 0)
        close(line->master);
    *line = (struct vww_line){.master = -1, .slave = -1};
}
