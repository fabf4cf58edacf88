/* Fetching a set of archives. A few threads take one archive after the other; each transfers,
 * checks, unpacks. The caller's thread watches. */
#include "vww/fetch.h"
#include "base/checksum.h"
#include "base/memory.h"
#include "dataset/fetch_parts.h"
#include "dataset/unzip.h"

#include <pthread.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* --- one archive --------------------------------------------------------------------------------
 */

static vww_status check_md5(const struct vww_fetch_job *job, bool *good, struct vww_error *error)
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

static vww_status fetch_archive(struct vww_fetch_job *job, struct vww_error *error)
{
    for (int round = 0; round < 2; round++) {
        bool good;
        vww_status status = vww_fetch_part(job, error);
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
    struct vww_fetch_work *fetch = context;
    (void)bytes;
    atomic_fetch_add(&fetch->unpacked_files, 1);
    return !atomic_load(&fetch->stop);
}

static vww_status run_job(struct vww_fetch_job *job, struct vww_error *error)
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
    struct vww_fetch_work *fetch = context;
    for (;;) {
        const size_t i = atomic_fetch_add(&fetch->next, 1);
        if (i >= fetch->job_count || atomic_load(&fetch->stop))
            break;
        struct vww_fetch_job *job = &fetch->jobs[i];
        job->status = run_job(job, &job->error);
        if (job->status != VWW_OK)
            atomic_store(&fetch->stop, true);
    }
    atomic_fetch_sub(&fetch->working, 1);
    return NULL;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static vww_status name_job(struct vww_fetch_job *job, struct vww_error *error)
{
    const struct vww_fetch_options *options = job->fetch->options;
    const char *base = options->base_url != NULL ? options->base_url : options->set->base_url;
    const char *slash = strrchr(job->archive->path, '/');
    const char *name = slash != NULL ? slash + 1 : job->archive->path;
    char file[300];
    const size_t end = strlen(base);
    const int length = snprintf(job->url, sizeof job->url, "%s%s%s", base,
                                end > 0 && base[end - 1] == '/' ? "" : "/", job->archive->path);
    if (length >= VWW_FETCH_URL_MAX)
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
static vww_status check_space(const struct vww_fetch_work *fetch, struct vww_error *error)
{
    struct statvfs disk;
    int64_t needed = 0;
    for (size_t i = 0; i < fetch->job_count; i++) {
        const struct vww_fetch_job *job = &fetch->jobs[i];
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

static vww_status prepare(struct vww_fetch_work *fetch, struct vww_error *error)
{
    vww_status status = vww_directory_make(fetch->options->to, error);
    for (size_t i = 0; i < fetch->job_count && status == VWW_OK; i++) {
        struct vww_fetch_job *job = &fetch->jobs[i];
        job->fetch = fetch;
        job->archive = &fetch->options->set->archives[i];
        job->size = -1;
        status = name_job(job, error);
        if (status != VWW_OK || vww_file_exists(job->marker))
            continue;
        if (vww_file_exists(job->whole))
            job->size = vww_file_bytes(job->whole);
        else
            status = vww_fetch_size(job, error);
        vww_progress_report(fetch->progress, "asking for sizes", (int64_t)i + 1,
                            (int64_t)fetch->job_count, "archives", NULL);
    }
    return status == VWW_OK ? check_space(fetch, error) : status;
}

static void watch(struct vww_fetch_work *fetch)
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
        vww_fetch_nap(0.02);
    } while (atomic_load(&fetch->working) > 0);
}

static vww_status work(struct vww_fetch_work *fetch, struct vww_error *error)
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
    const struct vww_fetch_job *failed = NULL;
    for (size_t i = 0; i < fetch->job_count; i++) {
        const struct vww_fetch_job *job = &fetch->jobs[i];
        if (job->status != VWW_OK && (failed == NULL || failed->status == VWW_ERROR_STOPPED))
            failed = job;
    }
    if (failed == NULL && atomic_load(&fetch->stop))
        return vww_fetch_stopped(&fetch->jobs[0], error);
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
    struct vww_fetch_work fetch = {
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
