/* TFRecord files, and the tf.train.Example of a photograph in them. */
#ifndef VWW_TFRECORD_H
#define VWW_TFRECORD_H

#include "vww/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vww_buffer;

/* --- records: length (8 bytes), masked CRC-32C of it (4), data, masked CRC-32C of the data (4);
 * little-endian, one after the other */

/* Rotated right by 15 and moved by a constant, as TFRecord stores a CRC. */
uint32_t vww_tfrecord_mask(uint32_t crc);

/* Append one record. Check out->failed at the end. */
void vww_tfrecord_append(struct vww_buffer *out, const void *data, size_t bytes);

struct vww_tfrecord_reader;

vww_status vww_tfrecord_open(const char *path, struct vww_tfrecord_reader **reader,
                             struct vww_error *error);
/* Read from memory, which must outlive the reader; name stands for the file in messages. */
vww_status vww_tfrecord_open_memory(const void *content, size_t bytes, const char *name,
                                    struct vww_tfrecord_reader **reader, struct vww_error *error);
void vww_tfrecord_close(struct vww_tfrecord_reader *reader);

/* The next record, its checksums verified: *data is a view valid until the next call, NULL after
 * the last record. *offset: where the record begins in the file (may be NULL). Errors name the
 * file, the byte and the record's number, counted from 0. */
vww_status vww_tfrecord_next(struct vww_tfrecord_reader *reader, const uint8_t **data,
                             size_t *bytes, int64_t *offset, struct vww_error *error);
/* Continue at this offset, which must be one that vww_tfrecord_next gave. */
vww_status vww_tfrecord_seek(struct vww_tfrecord_reader *reader, int64_t offset,
                             struct vww_error *error);

/* --- the Example of a photograph, with the features of a state of TensorFlow's VWW builder */

enum vww_features {
    VWW_FEATURES_TF,            /* the last state: 13 features */
    VWW_FEATURES_TF_2019,       /* April 2019, second state: 14, with image/object/class/label */
    VWW_FEATURES_TF_2019_FIRST, /* the first: 15, with image/class/text too */
};

struct vww_box {
    float xmin, xmax, ymin, ymax; /* shares of width and height */
    float area;                   /* pixels of the stored image */
};

struct vww_example {
    int64_t height, width;  /* of the encoded image */
    int64_t label;          /* image/class/label */
    const char *file_name;  /* of the original photograph */
    const char *source_id;  /* image id in decimal */
    const char *sha256;     /* of the encoded image, 64 hexadecimal digits */
    const char *format;     /* "jpeg" */
    const uint8_t *encoded; /* the image file */
    size_t encoded_bytes;
    const struct vww_box *boxes; /* of the annotations that made the label 1 */
    size_t box_count;
    /* For packing only. */
    enum vww_features features;
    const char *class_text; /* name of the class, for image/class/text */
    bool with_object_count; /* store image/object/count */
    int64_t object_count;
    const int64_t *grid; /* image/object/grid, row by row; NULL: not stored */
    size_t grid_cells;
};

/* Append the Example to out, keys in ascending order so that equal content gives equal bytes. */
vww_status vww_example_pack(const struct vww_example *example, struct vww_buffer *out,
                            struct vww_error *error);

/* An Example that was read; its texts and arrays are owned by it. */
struct vww_example_read {
    struct vww_example example;
    void *message, *boxes;
};

/* Any order of keys, packed and unpacked numbers, unknown keys and fields are accepted. Needed:
 * image/encoded and image/class/label. Absent otherwise: empty texts, 0, no boxes. An error
 * (format) says what is wrong; the caller adds where. */
vww_status vww_example_unpack(const void *data, size_t bytes, struct vww_example_read *read,
                              struct vww_error *error);
void vww_example_fini(struct vww_example_read *read);

#endif
