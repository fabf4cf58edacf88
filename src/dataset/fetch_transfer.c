/* One file over HTTP: all of vww's network code. A transfer that breaks off goes on where it was.
 */
#include "dataset/fetch_parts.h"
#include "vww/version.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#define TRIES_IN_VAIN 5 /* in a row without a new byte */
#define TRIES_MOST 1000 /* altogether */
#define REDIRECTS_MOST 5
#define CONNECT_SECONDS 30

void vww_fetch_nap(double seconds)
{
    const struct timespec time = {.tv_sec = (time_t)seconds,
                                  .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

vww_status vww_fetch_stopped(const struct vww_fetch_job *job, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_STOPPED, "stopped; the same command goes on where this one was");
    vww_error_at(error, job->part, -1);
    return VWW_ERROR_STOPPED;
}

static size_t on_data(char *data, size_t size, size_t count, void *context)
{
    struct vww_fetch_job *job = context;
    const size_t bytes = size * count;
    if (job->size >= 0 && atomic_load(&job->have) + (int64_t)bytes > job->size) {
        job->too_long = true;
        return 0;
    }
    const size_t written = fwrite(data, 1, bytes, job->stream);
    atomic_fetch_add(&job->have, (long long)written);
    atomic_fetch_add(&job->fetch->fetched_bytes, (long long)written);
    return written;
}

static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up_now)
{
    const struct vww_fetch_job *job = context;
    (void)total, (void)now, (void)up_total, (void)up_now;
    return atomic_load(&job->fetch->stop) ? 1 : 0;
}

static CURL *open_transfer(struct vww_fetch_job *job)
{
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return NULL;
    const struct vww_fetch_options *options = job->fetch->options;
    job->reason[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, job->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MOST);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "vww/" VWW_VERSION);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)(options->stall_seconds + 0.999));
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, job->reason);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, job);
    return curl;
}

/* What a further try cannot mend. */
static bool is_final(CURLcode code, long http)
{
    return code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT ||
           code == CURLE_TOO_MANY_REDIRECTS || code == CURLE_OUT_OF_MEMORY ||
           (code == CURLE_HTTP_RETURNED_ERROR && http >= 400 && http < 500 && http != 408 &&
            http != 416 && http != 429);
}

static vww_status fail_transfer(const struct vww_fetch_job *job, CURLcode code, long http,
                                struct vww_error *error)
{
    const vww_status status = http == 404 || http == 410 ? VWW_ERROR_NOT_FOUND : VWW_ERROR_IO;
    vww_fail(error, status, "cannot fetch: %.200s",
             job->too_long            ? "the server sends more than it announced"
             : job->reason[0] != '\0' ? job->reason
             : code == CURLE_OK       ? "the server sends less than it announced"
                                      : curl_easy_strerror(code));
    vww_error_at(error, job->url, -1);
    if (http >= 400)
        vww_error_seen(error, "HTTP status %ld", http);
    vww_error_remedy(error, status == VWW_ERROR_NOT_FOUND
                                ? "check --base-url"
                                : "what has come is kept: the same command goes on from there");
    return status;
}

/* Wait before try number `vain`; false where the caller stops. */
static bool pause_before_try(const struct vww_fetch_job *job, int vain)
{
    double left = job->fetch->options->retry_seconds * (double)(1 << (vain < 6 ? vain : 6));
    while (left > 0 && !atomic_load(&job->fetch->stop)) {
        vww_fetch_nap(left < 0.05 ? left : 0.05);
        left -= 0.05;
    }
    return !atomic_load(&job->fetch->stop);
}

vww_status vww_fetch_size(struct vww_fetch_job *job, struct vww_error *error)
{
    for (int vain = 0;; vain++) {
        CURL *curl = open_transfer(job);
        if (curl == NULL)
            return vww_fail_memory(error, 1);
        curl_off_t length = -1;
        long http = 0;
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
        const CURLcode code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http);
        curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        curl_easy_cleanup(curl);
        job->size = code == CURLE_OK ? length : -1;
        if (code == CURLE_OK || http == 405 || http == 501)
            return VWW_OK; /* a server that does not answer the question still may have it */
        if (vww_progress_stop(job->fetch->progress))
            return vww_fetch_stopped(job, error);
        if (is_final(code, http) || vain + 1 >= TRIES_IN_VAIN)
            return fail_transfer(job, code, http, error);
        pause_before_try(job, vain);
    }
}

/* One try to get what is missing of the part. */
static vww_status transfer(struct vww_fetch_job *job, CURLcode *code, long *http,
                           struct vww_error *error)
{
    const int64_t there = vww_file_bytes(job->part);
    const int64_t have = there > 0 ? there : 0;
    CURL *curl = open_transfer(job);
    if (curl == NULL)
        return vww_fail_memory(error, 1);
    job->stream = fopen(job->part, "ab");
    if (job->stream == NULL) {
        curl_easy_cleanup(curl);
        return vww_fail_io(error, "create", job->part);
    }
    atomic_store(&job->have, have);
    job->too_long = false;
    *http = 0;
    if (have > 0)
        curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)have);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, job);
    *code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, http);
    curl_easy_cleanup(curl);
    errno = 0;
    const bool bad_disk = ferror(job->stream) != 0;
    const bool bad_close = fclose(job->stream) != 0;
    job->stream = NULL;
    if (bad_disk || bad_close) {
        if (errno == 0)
            errno = ENOSPC;
        return vww_fail_io(error, "write", job->part);
    }
    return VWW_OK;
}

vww_status vww_fetch_part(struct vww_fetch_job *job, struct vww_error *error)
{
    int64_t most = vww_file_bytes(job->part); /* progress is more than there ever was */
    int vain = 0;
    for (int tries = 0; tries < TRIES_MOST; tries++) {
        const int64_t before = vww_file_bytes(job->part);
        CURLcode code = CURLE_OK;
        long http = 0;
        if (job->size >= 0 && before == job->size) {
            atomic_store(&job->have, before);
            return VWW_OK;
        }
        if (job->size >= 0 && before > job->size)
            unlink(job->part);
        const vww_status status = transfer(job, &code, &http, error);
        if (status != VWW_OK)
            return status;
        const int64_t after = vww_file_bytes(job->part);
        if (code == CURLE_OK && (job->size < 0 || after == job->size))
            return VWW_OK;
        if (atomic_load(&job->fetch->stop))
            return vww_fetch_stopped(job, error);
        if (code == CURLE_RANGE_ERROR || http == 416 || job->too_long)
            unlink(job->part); /* the server cannot go on in the middle: from the start */
        vain = after > most && !job->too_long ? 0 : vain + 1;
        most = after > most ? after : most;
        if (is_final(code, http) || vain >= TRIES_IN_VAIN)
            return fail_transfer(job, code, http, error);
        if (!pause_before_try(job, vain))
            return vww_fetch_stopped(job, error);
    }
    return fail_transfer(job, CURLE_PARTIAL_FILE, 0, error);
}
