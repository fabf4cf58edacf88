/* A small HTTP server on the loopback for tests of fetching, which can misbehave in many ways. One
 * connection at a time; it ends with the test. */
#ifndef VWW_TESTS_HTTP_SERVER_H
#define VWW_TESTS_HTTP_SERVER_H

#include "support/check.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct http_file {
    const char *path; /* "/zips/a.zip" */
    const uint8_t *data;
    size_t bytes;
};

struct http_server {
    /* what it serves and how; set before a fetch */
    struct http_file files[4];
    int file_count;
    bool without_ranges;   /* always the whole file */
    size_t drop_after;     /* close the connection after so many bytes of content; 0: never */
    int64_t announce;      /* add to the Content-Length of GET */
    int64_t announce_head; /* and of HEAD */
    int corrupt;           /* so many GETs have a wrong byte in the middle */
    int failures;          /* so many requests are answered with status */
    int status;
    bool stall;   /* send half, then nothing */
    bool no_head; /* HEAD is answered with 405 */
    /* what it saw */
    atomic_int gets, heads, ranges;
    atomic_llong sent;

    int listener, port;
    pthread_t thread;
    atomic_bool stop;
};

static inline void http_send(struct http_server *server, int to, const void *data, size_t bytes)
{
    const char *from = data;
    while (bytes > 0) {
        const ssize_t sent = send(to, from, bytes, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        from += sent;
        bytes -= (size_t)sent;
        atomic_fetch_add(&server->sent, (long long)sent);
    }
}

static inline void http_status(struct http_server *server, int to, int status)
{
    char text[128];
    snprintf(text, sizeof text,
             "HTTP/1.1 %d Nothing\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
    http_send(server, to, text, strlen(text));
}

static inline void http_answer(struct http_server *server, int to, const char *request)
{
    char method[8] = "", path[256] = "";
    sscanf(request, "%7s %255s", method, path);
    const bool head = strcmp(method, "HEAD") == 0;
    atomic_fetch_add(head ? &server->heads : &server->gets, 1);
    const struct http_file *file = NULL;
    for (int i = 0; i < server->file_count; i++)
        if (strcmp(server->files[i].path, path) == 0)
            file = &server->files[i];
    if (server->failures > 0) {
        server->failures--;
        http_status(server, to, server->status);
        return;
    }
    if (file == NULL || (head && server->no_head)) {
        http_status(server, to, file == NULL ? 404 : 405);
        return;
    }
    size_t from = 0;
    const char *range = strstr(request, "\r\nRange: bytes=");
    if (range != NULL && !server->without_ranges) {
        from = strtoul(range + 15, NULL, 10);
        atomic_fetch_add(&server->ranges, 1);
        if (from >= file->bytes) {
            http_status(server, to, 416);
            return;
        }
    }
    char header[512], content_range[128] = "";
    const size_t left = file->bytes - from;
    if (from > 0)
        snprintf(content_range, sizeof content_range, "Content-Range: bytes %zu-%zu/%zu\r\n", from,
                 file->bytes - 1, file->bytes);
    snprintf(header, sizeof header,
             "HTTP/1.1 %s\r\nContent-Length: %lld\r\n%sConnection: close\r\n\r\n",
             from > 0 ? "206 Partial Content" : "200 OK",
             (long long)left + (head ? server->announce_head : server->announce), content_range);
    http_send(server, to, header, strlen(header));
    if (head)
        return;
    size_t bytes = left;
    if (server->drop_after > 0 && bytes > server->drop_after)
        bytes = server->drop_after;
    if (server->stall)
        bytes /= 2;
    uint8_t *copy = malloc(left + 1);
    memcpy(copy, file->data + from, left);
    if (server->corrupt > 0) {
        server->corrupt--;
        copy[left / 2] ^= 0x55;
    }
    http_send(server, to, copy, bytes);
    free(copy);
    for (int i = 0; server->stall && i < 15 && !atomic_load(&server->stop); i++)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

static inline void http_connection(struct http_server *server, int to)
{
    char request[4096] = "";
    size_t bytes = 0;
    while (strstr(request, "\r\n\r\n") == NULL && bytes < sizeof request - 1) {
        const ssize_t got = recv(to, request + bytes, sizeof request - 1 - bytes, 0);
        if (got <= 0)
            return;
        bytes += (size_t)got;
        request[bytes] = '\0';
    }
    http_answer(server, to, request);
}

static inline void *http_main(void *context)
{
    struct http_server *server = context;
    while (!atomic_load(&server->stop)) {
        struct pollfd wait = {.fd = server->listener, .events = POLLIN};
        if (poll(&wait, 1, 50) <= 0)
            continue;
        const int to = accept(server->listener, NULL, NULL);
        if (to < 0)
            continue;
        http_connection(server, to);
        close(to);
    }
    return NULL;
}

static inline void http_start(struct http_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    memset(server, 0, sizeof *server);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(server->listener >= 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->listener, 8), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, http_main, server), 0);
}

static inline void http_stop(struct http_server *server)
{
    atomic_store(&server->stop, true);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

#endif
