/* The forms a data set can be stored in, in one table. */
#ifndef VWW_DATASET_OUTPUT_H
#define VWW_DATASET_OUTPUT_H

#include "base/memory.h"
#include "dataset/records.h"
#include "vww/dataset.h"
#include "vww/tfrecord.h"

#define VWW_OUTPUT_NAME_MAX 1024
#define VWW_OUTPUT_FOLDER_MAX 264

struct vww_output {
    const char *name;
    bool raw_pixels;                         /* images are stored as pixels, not as JPEG files */
    bool boxes;                              /* those that made the label are stored */
    const struct vww_record_format *records; /* reads what was built */
    /* Name of a shard; NULL: each image is a file of its own. */
    void (*shard_name)(char name[VWW_OUTPUT_NAME_MAX], const char *part, size_t number,
                       int32_t count);
    /* Name of an image's own file below the part's folder; NULL where there are shards. */
    void (*file_name)(char name[VWW_OUTPUT_NAME_MAX], const struct vww_example *example,
                      const char *folder);
    /* Append the bytes of one image. */
    vww_status (*append)(const struct vww_example *example, struct vww_buffer *out,
                         struct vww_error *error);
    size_t trailer;         /* zero bytes that end a shard */
    const char *index_name; /* a file that lists the part's images, or NULL */
    void (*append_index)(struct vww_buffer *index, const char *file_name, int64_t label);
};

#define VWW_BACKGROUND "background" /* the class of what shows nothing of interest */

/* A class's folder: its name; for the background of a class, "non_" and the name of that class. */
void vww_output_folder(char folder[VWW_OUTPUT_FOLDER_MAX], char *const *classes, size_t count,
                       int64_t label);

const struct vww_output *vww_output_of(enum vww_dataset_format format);

#endif
