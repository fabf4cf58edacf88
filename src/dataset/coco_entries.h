/* The entries of one list of a COCO file as they stand there, every member kept: for writing them
 * into another file. */
#ifndef VWW_DATASET_COCO_ENTRIES_H
#define VWW_DATASET_COCO_ENTRIES_H

#include "vww/status.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define VWW_ENTRY_MEMBERS_MAX 32

struct vww_entry_member {
    char key[32];
    size_t from, to; /* of the value in the entry's text */
};

struct vww_entry {
    int64_t index;    /* in the list */
    const char *text; /* the JSON object: ", " and ": " between its parts, ASCII only, numbers as
                       * they were written */
    size_t bytes;
    struct vww_entry_member members[VWW_ENTRY_MEMBERS_MAX]; /* later ones are in the text alone */
    size_t member_count;
};

/* Call take for each entry. The file is one that vww_coco_scan accepts. A file without the list has
 * no entries; an object in the list's place ("info") is the only entry. */
vww_status vww_coco_entries(const char *path, const char *list,
                            vww_status (*take)(void *context, const struct vww_entry *entry,
                                               struct vww_error *error),
                            void *context, struct vww_error *error);

/* The same from a stream, which stays the caller's; name stands for the file in messages. */
vww_status vww_coco_entries_stream(FILE *stream, const char *name, const char *list,
                                   vww_status (*take)(void *context, const struct vww_entry *entry,
                                                      struct vww_error *error),
                                   void *context, struct vww_error *error);

/* The member as a whole number, or `otherwise` where there is none. */
int64_t vww_entry_integer(const struct vww_entry *entry, const char *key, int64_t otherwise);
/* NULL: there is none. */
const struct vww_entry_member *vww_entry_find(const struct vww_entry *entry, const char *key);

#endif
