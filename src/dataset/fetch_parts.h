/* Inside of fetching: fetch_sets.c lists what there is, fetch_transfer.c brings one file over the
 * network, fetch.c makes the archives of a set of them. */
#ifndef VWW_DATASET_FETCH_PARTS_H
#define VWW_DATASET_FETCH_PARTS_H

#include "base/file.h"
#include "vww/fetch.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>

#define VWW_FETCH_URL_MAX 2048

struct vww_fetch_work;

/* An archive on its way. */
struct vww_fetch_job {
    struct vww_fetch_work *fetch;
    const struct vww_fetch_archive *archive;
    char url[VWW_FETCH_URL_MAX];
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

struct vww_fetch_work {
    const struct vww_fetch_options *options;
    const struct vww_progress *progress;
    struct vww_fetch_job *jobs;
    size_t job_count;
    atomic_size_t next;
    atomic_int working; /* threads */
    atomic_bool stop;
    atomic_llong fetched_bytes, unpacked_files;
};

void vww_fetch_nap(double seconds);
vww_status vww_fetch_stopped(const struct vww_fetch_job *job, struct vww_error *error);

/* Ask for the archive's size without its content. */
vww_status vww_fetch_size(struct vww_fetch_job *job, struct vww_error *error);
/* Fetch until the part is as long as it should be. */
vww_status vww_fetch_part(struct vww_fetch_job *job, struct vww_error *error);

#endif
