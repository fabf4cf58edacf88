/* The folder in which a data set is written before it appears in the output folder, and which whole
 * shards lie there already.
 *
 * O/.building/plan      what is being built: a digest
 *            /NAME      a shard, renamed to its name when it is whole
 *            /NAME.done what is in it; written after it: a shard counts from then on */
#ifndef VWW_DATASET_STAGE_H
#define VWW_DATASET_STAGE_H

#include "base/file.h"
#include "vww/dataset.h"

#define VWW_STAGE_NAME ".building"

/* A whole shard in the staging folder. */
struct vww_staged_shard {
    struct vww_dataset_shard shard;          /* file: owned */
    int64_t images[VWW_DATASET_CLASSES_MAX]; /* by label */
    char **skipped;                          /* file names of images left out */
    size_t skipped_count;
};
void vww_staged_shard_fini(struct vww_staged_shard *staged);

struct vww_stage {
    char folder[VWW_PATH_MAX]; /* empty: not entered */
};

/* Make the folder; what another plan left there goes away, what the same plan left stays. key: a
 * digest of everything that the bytes of the shards depend on. Errors: io. */
vww_status vww_stage_begin(struct vww_stage *stage, const char *output, const char *key,
                           struct vww_error *error);
/* Enter the folder that rank 0 began. VWW_ERROR_NOT_FOUND: it is not here. */
vww_status vww_stage_join(struct vww_stage *stage, const char *output, const char *key,
                          struct vww_error *error);

/* True where the shard of this name is whole: its note is there and its length is the note's, and,
 * where that is to be verified, its SHA-256. */
bool vww_stage_find(const struct vww_stage *stage, const char *name, bool verify,
                    struct vww_staged_shard *staged);
/* Note that the shard is whole. */
vww_status vww_stage_note(const struct vww_stage *stage, const struct vww_staged_shard *staged,
                          struct vww_error *error);

/* Remove the folder and everything in it. Harmless where it was not entered. */
void vww_stage_remove(struct vww_stage *stage);

#endif
