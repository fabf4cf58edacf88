/* Which image goes to training and which to validation. */
#ifndef VWW_DATASET_SPLIT_H
#define VWW_DATASET_SPLIT_H

#include "vww/dataset.h"

/* The published list mscoco_minival_ids.txt: 8,059 ids. */
#define VWW_MINIVAL_SHA256 "a99cf34e83fd379c4e441a3907d0fa7f902adc282e36f229cd4b2f2df14482db"

/* A file of image ids. */
struct vww_id_list {
    int64_t *ids; /* ascending */
    size_t count, capacity;
    char sha256[65]; /* of the file */
};

/* One decimal id a line; empty lines are passed over. */
vww_status vww_id_list_read(const char *path, struct vww_id_list *list, struct vww_error *error);
void vww_id_list_fini(struct vww_id_list *list);
bool vww_id_list_has(const struct vww_id_list *list, int64_t id);

/* A number in 0 … 1 that is a function of the id alone: the first 64 bits of the SHA-256 of the
 * decimal id, over 2^64. */
double vww_split_place(int64_t id);

/* An image of the pool that VWW_SPLIT_KERAS divides. */
struct vww_split_file {
    const char *name; /* by its bytes, which is also the order of Python's strings */
    int32_t label;
    uint32_t set, image; /* the caller's */
};

/* Sorts by label and name. The validation images are then the first share of each label's, as
 * validation_split of Keras has it: share x count, less its fraction. chosen: a flag for each file,
 * in the new order. */
void vww_split_keras(struct vww_split_file *files, size_t count, double share, bool *chosen);

#endif
