/* manifest.json as text; reading a folder's manifest is in vww/dataset.h. */
#ifndef VWW_DATASET_MANIFEST_H
#define VWW_DATASET_MANIFEST_H

#include "base/memory.h"
#include "dataset/source.h"
#include "vww/dataset.h"

#define VWW_MANIFEST_NAME "manifest.json"
#define VWW_LABELS_NAME "labels.txt"
#define VWW_MANIFEST_FORMAT "vww-dataset"
#define VWW_MANIFEST_VERSION 1

struct vww_manifest_part_draft {
    const char *name;
    const struct vww_dataset_counts *counts;
    const struct vww_dataset_shard *shards;
    size_t shard_count;
    const struct vww_dataset_source *source;
    char (*annotation_sha256)[65]; /* of source->annotations */
    char *const *skipped;          /* file names */
    size_t skipped_count;
};

/* Append the whole manifest, of two parts. classes: by label. Check out->failed. */
void vww_manifest_write(const struct vww_dataset_options *options,
                        const struct vww_listing *classes,
                        const struct vww_manifest_part_draft parts[2],
                        const struct vww_dataset_result *result, struct vww_buffer *out);

/* Read and check the text of a manifest; name stands for the file in messages. */
vww_status vww_manifest_parse(const void *text, size_t bytes, const char *name,
                              struct vww_manifest *manifest, struct vww_error *error);

#endif
