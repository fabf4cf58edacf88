/* Fetching COCO: all of vww's network code. A few threads take one archive after the other; each
 * transfers, checks, unpacks. The caller's thread watches. */
#include "vww/fetch.h"
#include "base/checksum.h"
#include "base/file.h"
#include "base/memory.h"
#include "dataset/unzip.h"
#include "vww/text.h"
#include "vww/version.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

/* The MD5s are those that the projects which fetch COCO compare with; COCO itself publishes none.
 * Photographs do not shrink in an archive, annotations do, to about a quarter. */
#define COCO_URL "http://images.cocodataset.org"
static const struct vww_fetch_archive coco2014[] = {
    {"annotations/annotations_trainval2014.zip", "0a379cfc70b0e71301e0f377548639bd", 5},
    {"zips/val2014.zip", "a3d79f5ed8d289b7a7554ce06a5782b3", 1},
    {"zips/train2014.zip", "0da8c0bd3d6becc4dcb32757491aca88", 1},
};
static const struct vww_fetch_archive coco2017[] = {
    {"annotations/annotations_trainval2017.zip", "f4bbac642086de4f52a3fdda2de5fa2c", 5},
    {"zips/val2017.zip", "442b8da7639aecaf257c1dceb8ba8c80", 1},
    {"zips/train2017.zip", "cced6f7f71b7629ddf16f17bbcfab6b2", 1},
};
static const struct vww_fetch_set sets[] = {
    {"coco2014", COCO_URL, coco2014, sizeof coco2014 / sizeof coco2014[0]},
    {"coco2017", COCO_URL, coco2017, sizeof coco2017 / sizeof coco2017[0]},
};
#define SET_COUNT (sizeof sets / sizeof sets[0])

const struct vww_fetch_set *vww_fetch_sets(size_t *count)
{
    *count = SET_COUNT;
    return sets;
}

vww_status vww_fetch_set_find(const char *name, const struct vww_fetch_set **set,
                              struct vww_error *error)
{
    const char *names[SET_COUNT];
    for (size_t i = 0; i < SET_COUNT; i++) {
        names[i] = sets[i].name;
        if (strcmp(name, names[i]) == 0) {
            *set = &sets[i];
            return VWW_OK;
        }
    }
    char hint[256];
    vww_text_suggest(hint, sizeof hint, name, names, SET_COUNT);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no set to fetch is called %.100s", name);
    vww_error_remedy(error, "%s", hint);
    return VWW_ERROR_NOT_FOUND;
}

/* --- the work -----------------------------------------------------------------------------------
 */

#define TRIES_IN_VAIN 5 /* in a row without a new byte */
#define TRIES_MOST 1000 /* altogether */
#define REDIRECTS_MOST 5
#define CONNECT_SECONDS 30
#define URL_MAX 2048

struct fetch;

/* An archive on its way. */
struct job {
    struct fetch *fetch;
    const struct vww_fetch_archive *archive;
    char url[URL_MAX];
    char whole[VWW_PATH_MAX], part[VWW_PATH_MAX], marker[VWW_PATH_MAX];
    int64_t size;      /* bytes, -1: the server does not say */
    atomic_llong have; /* bytes on the disk, for progress */
    FILE *stream;      /* of the part */
    bool too_long;
    bool fetched, was_there;
    char reason[CURL_ERROR_SIZE];
    vww_status status;
    struct vww_error error;
};

struct fetch {
    const struct vww_fetch_options *options;
    const struct vww_progress *progress;
    struct job *jobs;
    size_t job_count;
    atomic_size_t next;
    atomic_int working; /* threads */
    atomic_bool stop;
    atomic_llong fetched_bytes, unpacked_files;
};

static void nap(double seconds)
{
    const struct timespec time = {.tv_sec = (time_t)seconds,
                                  .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

static vww_status stopped(const struct job *job, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_STOPPED, "stopped; the same command goes on where this one was");
    vww_error_at(error, job->part, -1);
    return VWW_ERROR_STOPPED;
}

/* --- one transfer -------------------------------------------------------------------------------
 */

static size_t on_data(char *data, size_t size, size_t count, void *context)
{
    struct job *job = context;
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
    const struct job *job = context;
    (void)total, (void)now, (void)up_total, (void)up_now;
    return atomic_load(&job->fetch->stop) ? 1 : 0;
}

static CURL *open_transfer(struct job *job)
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

static vww_status fail_transfer(const struct job *job, CURLcode code, long http,
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
static bool pause_before_try(const struct job *job, int vain)
{
    double left = job->fetch->options->retry_seconds * (double)(1 << (vain < 6 ? vain : 6));
    while (left > 0 && !atomic_load(&job->fetch->stop)) {
        nap(left < 0.05 ? left : 0.05);
        left -= 0.05;
    }
    return !atomic_load(&job->fetch->stop);
}

/* Ask for the archive's size without its content. */
static vww_status ask_size(struct job *job, struct vww_error *error)
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
            return stopped(job, error);
        if (is_final(code, http) || vain + 1 >= TRIES_IN_VAIN)
            return fail_transfer(job, code, http, error);
        pause_before_try(job, vain);
    }
}

/* One try to get what is missing of the part. */
static vww_status transfer(struct job *job, CURLcode *code, long *http, struct vww_error *error)
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

/* Fetch until the part is as long as it should be. */
static vww_status fetch_part(struct job *job, struct vww_error *error)
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
            return stopped(job, error);
        if (code == CURLE_RANGE_ERROR || http == 416 || job->too_long)
            unlink(job->part); /* the server cannot go on in the middle: from the start */
        vain = after > most && !job->too_long ? 0 : vain + 1;
        most = after > most ? after : most;
        if (is_final(code, http) || vain >= TRIES_IN_VAIN)
            return fail_transfer(job, code, http, error);
        if (!pause_before_try(job, vain))
            return stopped(job, error);
    }
    return fail_transfer(job, CURLE_PARTIAL_FILE, 0, error);
}

/* --- one archive --------------------------------------------------------------------------------
 */

static vww_status check_md5(const struct job *job, bool *good, struct vww_error *error)
{
    char hex[33];
    const char *wanted = job->archive->md5;
    *good = true;
    if (wanted == NULL || !job->fetch->options->check_md5)
        return VWW_OK;
    FILE *stream = fopen(job->part, "rb");
    if (stream == NULL)
        return vww_fail_io(error, "open", job->part);
    struct vww_md5 md5;
    vww_md5_init(&md5);
    uint8_t chunk[65536];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, stream)) > 0;)
        vww_md5_update(&md5, chunk, got);
    const vww_status status = ferror(stream) ? vww_fail_io(error, "read", job->part) : VWW_OK;
    fclose(stream);
    vww_md5_hex(&md5, hex);
    *good = strcmp(hex, wanted) == 0;
    if (status != VWW_OK || *good)
        return status;
    vww_fail(error, VWW_ERROR_MISMATCH, "what came is not the archive: its MD5 is another");
    vww_error_at(error, job->url, -1);
    vww_error_seen(error, "%s", hex);
    vww_error_allowed(error, "%s", wanted);
    vww_error_remedy(error, "--no-check-md5 accepts an archive that was packed anew");
    return VWW_OK;
}

static vww_status fetch_archive(struct job *job, struct vww_error *error)
{
    for (int round = 0; round < 2; round++) {
        bool good;
        vww_status status = fetch_part(job, error);
        if (status == VWW_OK)
            status = check_md5(job, &good, error);
        if (status != VWW_OK)
            return status;
        if (good) {
            job->fetched = true;
            return rename(job->part, job->whole) == 0 ? VWW_OK
                                                      : vww_fail_io(error, "write", job->whole);
        }
        unlink(job->part); /* damaged on the way, or by an earlier try: once more from the start */
    }
    return VWW_ERROR_MISMATCH;
}

static bool on_unpacked(void *context, int64_t bytes)
{
    struct fetch *fetch = context;
    (void)bytes;
    atomic_fetch_add(&fetch->unpacked_files, 1);
    return !atomic_load(&fetch->stop);
}

static vww_status run_job(struct job *job, struct vww_error *error)
{
    const struct vww_fetch_options *options = job->fetch->options;
    job->was_there = vww_file_exists(job->marker);
    if (job->was_there)
        return VWW_OK;
    vww_status status = vww_file_exists(job->whole) ? VWW_OK : fetch_archive(job, error);
    if (status == VWW_OK)
        status = vww_unzip(job->whole, options->to, on_unpacked, job->fetch, error);
    if (status == VWW_OK)
        status = vww_file_write(job->marker, job->url, strlen(job->url), error);
    if (status == VWW_OK && !options->keep_archives)
        unlink(job->whole);
    return status;
}

static void *worker(void *context)
{
    struct fetch *fetch = context;
    for (;;) {
        const size_t i = atomic_fetch_add(&fetch->next, 1);
        if (i >= fetch->job_count || atomic_load(&fetch->stop))
            break;
        struct job *job = &fetch->jobs[i];
        job->status = run_job(job, &job->error);
        if (job->status != VWW_OK)
            atomic_store(&fetch->stop, true);
    }
    atomic_fetch_sub(&fetch->working, 1);
    return NULL;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static vww_status name_job(struct job *job, struct vww_error *error)
{
    const struct vww_fetch_options *options = job->fetch->options;
    const char *base = options->base_url != NULL ? options->base_url : options->set->base_url;
    const char *slash = strrchr(job->archive->path, '/');
    const char *name = slash != NULL ? slash + 1 : job->archive->path;
    char file[300];
    const size_t end = strlen(base);
    const int length = snprintf(job->url, sizeof job->url, "%s%s%s", base,
                                end > 0 && base[end - 1] == '/' ? "" : "/", job->archive->path);
    if (length >= URL_MAX)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "the base URL is too long");
    vww_status status = vww_path_join(job->whole, options->to, name, error);
    snprintf(file, sizeof file, "%.250s.part", name);
    if (status == VWW_OK)
        status = vww_path_join(job->part, options->to, file, error);
    snprintf(file, sizeof file, "%.250s.unpacked", name);
    return status == VWW_OK ? vww_path_join(job->marker, options->to, file, error) : status;
}

static int64_t or_zero(int64_t bytes)
{
    return bytes > 0 ? bytes : 0;
}

/* What is to come must fit, all of it, before the first byte does. */
static vww_status check_space(const struct fetch *fetch, struct vww_error *error)
{
    struct statvfs disk;
    int64_t needed = 0;
    for (size_t i = 0; i < fetch->job_count; i++) {
        const struct job *job = &fetch->jobs[i];
        if (job->size < 0 || vww_file_exists(job->marker))
            continue;
        needed += job->size * job->archive->growth;
        if (!vww_file_exists(job->whole))
            needed += job->size - or_zero(vww_file_bytes(job->part));
    }
    if (statvfs(fetch->options->to, &disk) != 0)
        return vww_fail_io(error, "look at the disk of", fetch->options->to);
    const int64_t there = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    if (there >= needed)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_IO, "the disk has too little free space");
    vww_error_at(error, fetch->options->to, -1);
    vww_error_seen(error, "%.3f GB free", 1e-9 * (double)there);
    vww_error_allowed(error, "at least %.3f GB for archives and files", 1e-9 * (double)needed);
    vww_error_remedy(error, "free some space or choose another folder");
    return VWW_ERROR_IO;
}

static vww_status prepare(struct fetch *fetch, struct vww_error *error)
{
    vww_status status = vww_directory_make(fetch->options->to, error);
    for (size_t i = 0; i < fetch->job_count && status == VWW_OK; i++) {
        struct job *job = &fetch->jobs[i];
        job->fetch = fetch;
        job->archive = &fetch->options->set->archives[i];
        job->size = -1;
        status = name_job(job, error);
        if (status != VWW_OK || vww_file_exists(job->marker))
            continue;
        if (vww_file_exists(job->whole))
            job->size = vww_file_bytes(job->whole);
        else
            status = ask_size(job, error);
        vww_progress_report(fetch->progress, "asking for sizes", (int64_t)i + 1,
                            (int64_t)fetch->job_count, "archives", NULL);
    }
    return status == VWW_OK ? check_space(fetch, error) : status;
}

static void watch(struct fetch *fetch)
{
    do {
        int64_t have = 0, total = 0;
        char detail[64];
        for (size_t i = 0; i < fetch->job_count; i++) {
            const int64_t size = or_zero(fetch->jobs[i].size);
            have += vww_file_exists(fetch->jobs[i].part) ? atomic_load(&fetch->jobs[i].have) : 0;
            have += vww_file_exists(fetch->jobs[i].whole) || vww_file_exists(fetch->jobs[i].marker)
                        ? size
                        : 0;
            total += size;
        }
        snprintf(detail, sizeof detail, "%lld files unpacked",
                 (long long)atomic_load(&fetch->unpacked_files));
        if (have < total) /* the end is told when everything is unpacked */
            vww_progress_report(fetch->progress, "fetching", have >> 20, total >> 20, "MiB",
                                detail);
        if (vww_progress_stop(fetch->progress))
            atomic_store(&fetch->stop, true);
        nap(0.02);
    } while (atomic_load(&fetch->working) > 0);
}

static vww_status work(struct fetch *fetch, struct vww_error *error)
{
    pthread_t threads[VWW_FETCH_PARALLEL_MOST];
    int started = 0;
    atomic_store(&fetch->working, fetch->options->parallel);
    while (started < fetch->options->parallel &&
           pthread_create(&threads[started], NULL, worker, fetch) == 0)
        started++;
    atomic_fetch_sub(&fetch->working, fetch->options->parallel - started);
    if (started == 0)
        return vww_fail(error, VWW_ERROR_IO, "cannot start a thread");
    watch(fetch);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    /* The failure that made the others stop comes first. */
    const struct job *failed = NULL;
    for (size_t i = 0; i < fetch->job_count; i++) {
        const struct job *job = &fetch->jobs[i];
        if (job->status != VWW_OK && (failed == NULL || failed->status == VWW_ERROR_STOPPED))
            failed = job;
    }
    if (failed == NULL && atomic_load(&fetch->stop))
        return stopped(&fetch->jobs[0], error);
    if (failed == NULL)
        return VWW_OK;
    if (error != NULL)
        *error = failed->error;
    return failed->status;
}

static vww_status check_options(const struct vww_fetch_options *options, struct vww_error *error)
{
    if (options->parallel >= 1 && options->parallel <= VWW_FETCH_PARALLEL_MOST)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_ARGUMENT, "so many transfers at once cannot be");
    vww_error_seen(error, "%d", options->parallel);
    vww_error_allowed(error, "1 to %d", VWW_FETCH_PARALLEL_MOST);
    return VWW_ERROR_ARGUMENT;
}

vww_status vww_fetch(const struct vww_fetch_options *options, const struct vww_progress *progress,
                     struct vww_fetch_result *result, struct vww_error *error)
{
    *result = (struct vww_fetch_result){0};
    vww_status status = check_options(options, error);
    if (status != VWW_OK)
        return status;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return vww_fail(error, VWW_ERROR_IO, "cannot start libcurl");
    struct fetch fetch = {
        .options = options, .progress = progress, .job_count = options->set->archive_count};
    fetch.jobs = vww_allocate(fetch.job_count, sizeof *fetch.jobs);
    if (fetch.jobs == NULL)
        status = vww_fail_memory(error, fetch.job_count * sizeof *fetch.jobs);
    if (status == VWW_OK)
        status = prepare(&fetch, error);
    if (status == VWW_OK)
        status = work(&fetch, error);
    result->fetched_bytes = atomic_load(&fetch.fetched_bytes);
    result->unpacked_files = atomic_load(&fetch.unpacked_files);
    for (size_t i = 0; fetch.jobs != NULL && i < fetch.job_count; i++) {
        result->fetched += fetch.jobs[i].fetched;
        result->already_there += fetch.jobs[i].was_there;
    }
    vww_free(fetch.jobs);
    curl_global_cleanup();
    return status;
}
