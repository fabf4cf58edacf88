/* The folder in which a data set is written before it appears in the output folder: which whole
 * shards lie there already, and which processes are at work on the others.
 *
 * O/.building/plan      what is being built (a digest), and by which job
 *            /NAME      a shard, renamed to its name when it is whole
 *            /NAME.done what is in it; written after it: a shard counts from then on
 *            /rank-R    sign of life of process R: "working N", "finished" or "failed" and why
 *
 * The files are all that the processes share, so a folder that all machines see is enough, and
 * nothing is sent over a network. */
#ifndef VWW_DATASET_STAGE_H
#define VWW_DATASET_STAGE_H

#include "base/file.h"
#include "vww/dataset.h"

#define VWW_STAGE_NAME ".building"

/* A whole shard in the staging folder. */
struct vww_staged_shard {
    struct vww_dataset_shard shard; /* file: owned */
    int64_t positive, negative;
    char **skipped; /* file names of images left out */
    size_t skipped_count;
};
void vww_staged_shard_fini(struct vww_staged_shard *staged);

struct vww_stage {
    char folder[VWW_PATH_MAX]; /* empty: not entered */
    struct vww_dataset_ranks ranks;
    int64_t signs;
};

/* Rank 0 makes the folder; what another plan left there goes away, what the same plan left stays.
 * The others wait until rank 0 has done so. key: a digest of everything that the bytes of the
 * shards depend on. Errors: io; rank 0 did not begin in time, or builds something else. */
vww_status vww_stage_enter(struct vww_stage *stage, const char *output, const char *key,
                           const struct vww_dataset_ranks *ranks,
                           const struct vww_progress *progress, struct vww_error *error);

/* True where the shard of this name is whole, its SHA-256 verified. */
bool vww_stage_find(const struct vww_stage *stage, const char *name,
                    struct vww_staged_shard *staged);
/* Note that the shard is whole. */
vww_status vww_stage_note(const struct vww_stage *stage, const struct vww_staged_shard *staged,
                          struct vww_error *error);

/* Tell the other processes, where there are any. */
void vww_stage_sign(struct vww_stage *stage);
void vww_stage_sign_end(struct vww_stage *stage, vww_status status, const struct vww_error *error);

/* Rank 0: wait until all others have finished. Errors: one of them failed (its message), or gave no
 * sign of life for ranks.patience seconds. */
vww_status vww_stage_wait(const struct vww_stage *stage, const struct vww_progress *progress,
                          struct vww_error *error);

/* Rank 0: remove the folder and everything in it. Harmless where it was not entered. */
void vww_stage_remove(struct vww_stage *stage);

#endif
