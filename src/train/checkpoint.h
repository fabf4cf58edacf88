/* Checkpoint files: sections, each under a checksum.
 *
 *   8 bytes "VWWCKPT\0", u32 version, u32 sections, u32 CRC-32C of the 16 bytes before it
 *   each section: 4 bytes tag, u64 payload bytes, u32 CRC-32C of tag, length and payload, payload
 *
 * Integers are little-endian. Nothing follows the last section. The section "GRPH", which every
 * checkpoint has, is the graph as one would use it (vww_graph_serialize); what training needs to go
 * on from there is in further sections, written and read by train/trainer.c. */
#ifndef VWW_TRAIN_CHECKPOINT_H
#define VWW_TRAIN_CHECKPOINT_H

#include "base/file.h"
#include "base/memory.h"
#include "vww/checkpoint.h"

#define VWW_CHECKPOINT_SECTIONS_MAX 16
#define VWW_CHECKPOINT_LAST "last.ckpt" /* within a run's folder */
#define VWW_CHECKPOINT_BEST "best.ckpt"

struct vww_section {
    char tag[4];
    const uint8_t *data; /* a view */
    size_t bytes;
};

vww_status vww_checkpoint_write(const char *path, const struct vww_section *sections, size_t count,
                                struct vww_error *error);

struct vww_checkpoint {
    struct vww_buffer content;
    struct vww_section sections[VWW_CHECKPOINT_SECTIONS_MAX]; /* views into content */
    size_t section_count;
    char path[512]; /* for messages */
};

/* The file that `path` means: itself, or of a run's folder the best checkpoint, else the last. */
vww_status vww_checkpoint_locate(const char *path, char file[VWW_PATH_MAX],
                                 struct vww_error *error);
/* Read and check every byte. */
vww_status vww_checkpoint_open(const char *path, struct vww_checkpoint *checkpoint,
                               struct vww_error *error);
/* The same from memory; `data` must outlive the checkpoint. name: for messages. */
vww_status vww_checkpoint_parse(const void *data, size_t bytes, const char *name,
                                struct vww_checkpoint *checkpoint, struct vww_error *error);
void vww_checkpoint_fini(struct vww_checkpoint *checkpoint);

/* The section, or NULL. */
const struct vww_section *vww_checkpoint_find(const struct vww_checkpoint *checkpoint,
                                              const char tag[4]);
/* The graph in section "GRPH". */
vww_status vww_checkpoint_read_graph(const struct vww_checkpoint *checkpoint,
                                     struct vww_graph **graph, struct vww_error *error);

#endif
