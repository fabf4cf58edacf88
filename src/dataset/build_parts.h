/* Inside of building a data set: build.c is the whole, build_options.c refuses what makes no sense,
 * build_assign.c labels and says which photograph goes where, build_photographs.c prepares and
 * writes them, build_shards.c cuts them into shards and ranks, build_output.c keeps the staging
 * folder (dataset/stage.h) and moves what is whole to its place. */
#ifndef VWW_DATASET_BUILD_PARTS_H
#define VWW_DATASET_BUILD_PARTS_H

#include "base/checksum.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "dataset/license.h"
#include "dataset/output.h"
#include "dataset/photograph.h"
#include "dataset/split.h"
#include "dataset/stage.h"
#include "vww/dataset.h"

#include <stdio.h>

#define VWW_SHARDS_MAX 99999

/* A split being written. */
struct vww_build_part {
    const char *name;
    struct vww_photograph *photographs; /* those to write, in the order of the files */
    size_t count, capacity;
    struct vww_dataset_shard *shards;
    int32_t shard_count;
    struct vww_dataset_counts *counts;
    const struct vww_dataset_source *source;
    char (*annotation_sha256)[65];
    char **skipped;
    size_t skipped_count, skipped_capacity;
    int64_t done, to_do; /* photographs of this process, for progress */
    int32_t first_shard; /* number of its first shard among all */
};

struct vww_build {
    struct vww_dataset_options own; /* the caller's, completed */
    const struct vww_dataset_options *options;
    const struct vww_progress *progress;
    struct vww_dataset_result *result;
    struct vww_error *error;
    struct vww_listing classes; /* by label */
    struct vww_label_set sets[2];
    struct vww_build_part parts[2]; /* train, val */
    struct vww_id_list minival;
    bool *in_val[2]; /* VWW_SPLIT_KERAS: of each set's images */
    struct vww_lock lock;
    struct vww_license_table licenses;
    struct vww_stage stage;
    struct vww_prepared *prepared; /* the photographs being prepared */
    bool made_output;
    bool keep_stage; /* for the same build to go on */
};

/* Where photographs go: the stream of a shard, or, where that is NULL, a file for each image. */
struct vww_build_sink {
    struct vww_dataset_shard *shard;
    FILE *stream;
    struct vww_sha256 sha;
    struct vww_buffer index;
    struct vww_buffer sums; /* the list of the files, dataset/sums.h */
};

vww_status vww_build_check_options(const struct vww_dataset_options *options,
                                   struct vww_error *error);

/* Label all sources, and list the photographs of each part. Errors: those of labelling; an image in
 * both sets; a part without images. */
vww_status vww_build_assign(struct vww_build *build);

/* Whether the format has shards; the others have a file for each image. */
bool vww_build_in_shards(const struct vww_build *build);

/* Memory for the photographs being prepared. */
vww_status vww_build_prepare(struct vww_build *build);
void vww_build_prepare_fini(struct vww_build *build);
/* Write photographs start, start + step, … in their order. */
vww_status vww_build_photographs(struct vww_build *build, struct vww_build_part *part, size_t start,
                                 size_t step, struct vww_build_sink *sink);
/* Append bytes to a shard. */
vww_status vww_build_write(const struct vww_build *build, const struct vww_buffer *bytes,
                           struct vww_build_sink *sink);
/* Write a part of a format with a file for each image. */
vww_status vww_build_files(struct vww_build *build, struct vww_build_part *part);

/* Write all shards, those of this rank, and on rank 0 then count those of all. All ranks call it.
 */
vww_status vww_build_shards(struct vww_build *build);

/* Make and lock the output folder, and enter the staging folder. All ranks call it; they agree. */
vww_status vww_build_enter(struct vww_build *build);
/* Remove the staging folder, unless it is to be kept, and the output folder if this run made it and
 * it is empty still. */
void vww_build_leave(struct vww_build *build);
/* Write attribution, labels and manifest, and move everything to its place, the manifest last. */
vww_status vww_build_publish(struct vww_build *build);
/* Write a file of the staging folder. */
vww_status vww_build_write_staged(struct vww_build *build, const char *name, const void *data,
                                  size_t bytes);
/* An error about a file of the staging folder, told as one about its final place. */
vww_status vww_build_about_output(const struct vww_build *build, const char *file,
                                  vww_status status);

#endif
