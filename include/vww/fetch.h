/* Fetching COCO. The one place in vww that uses a network. */
#ifndef VWW_FETCH_H
#define VWW_FETCH_H

#include "vww/progress.h"
#include "vww/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A zip archive of a set. */
struct vww_fetch_archive {
    const char *path; /* below the base URL: "zips/val2017.zip" */
    const char *md5;  /* of the archive, 32 hexadecimal digits; NULL: not known */
    int32_t growth;   /* unpacked bytes for each packed one, at most about */
};

struct vww_fetch_set {
    const char *name, *base_url;
    const struct vww_fetch_archive *archives;
    size_t archive_count;
};

/* coco2014 and coco2017. */
const struct vww_fetch_set *vww_fetch_sets(size_t *count);
/* Unknown name: VWW_ERROR_NOT_FOUND with suggestions. */
vww_status vww_fetch_set_find(const char *name, const struct vww_fetch_set **set,
                              struct vww_error *error);

struct vww_fetch_options {
    const struct vww_fetch_set *set;
    const char *base_url; /* NULL: the set's */
    const char *to;       /* folder; made if missing */
    int32_t parallel;     /* archives at once, 1 to VWW_FETCH_PARALLEL_MOST */
    bool check_md5;       /* false for a server that packed the archives anew */
    bool keep_archives;   /* do not remove them once they are unpacked */
    double retry_seconds; /* pause before the first further try, doubled for each; 1 */
    double stall_seconds; /* a transfer without a byte for so long is ended; 60 */
};
#define VWW_FETCH_PARALLEL_MOST 8
#define VWW_FETCH_OPTIONS_DEFAULT                                                                  \
    ((struct vww_fetch_options){                                                                   \
        .parallel = 2, .check_md5 = true, .retry_seconds = 1, .stall_seconds = 60})

struct vww_fetch_result {
    int64_t fetched_bytes; /* over the network, in this call */
    int64_t unpacked_files;
    int32_t fetched, already_there; /* archives */
};

/* Fetch the archives of a set into the folder and unpack them there. A transfer that breaks off
 * goes on where it was, also after the process ended: NAME.part holds what there is. An archive
 * appears as NAME once its length and MD5 are right, a file of it once its CRC is; NAME.unpacked
 * says that all are there. Before anything is transferred: the sizes are asked for, and the free
 * space of the disk is enough for archives and files. Ends by itself: a server that gives nothing
 * new in 5 tries in a row is given up. Errors: unknown host, refused, HTTP status, wrong length,
 * wrong MD5 (twice), an archive with a damaged entry or one that would lie outside the folder, no
 * space, stopped. */
vww_status vww_fetch(const struct vww_fetch_options *options, const struct vww_progress *progress,
                     struct vww_fetch_result *result, struct vww_error *error);

#endif
