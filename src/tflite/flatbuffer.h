/* FlatBuffers, as far as .tflite files need them: a verifier driven by a description of the tables,
 * accessors for verified data, and a writer.
 *
 * The format: little-endian; each value aligned to its size from the start of the file. A table
 * begins with a signed 32-bit distance back to its vtable; the vtable is 16-bit numbers: its own
 * bytes, the table's bytes, then for each field its place in the table, 0 = absent (the default
 * holds). Strings, vectors and tables are referred to by an unsigned 32-bit distance forward from
 * the reference. Vectors are a 32-bit count and the elements; strings are vectors of bytes followed
 * by a NUL. Source: flatbuffers.dev, "FlatBuffer Internals". */
#ifndef VWW_TFLITE_FLATBUFFER_H
#define VWW_TFLITE_FLATBUFFER_H

#include "base/memory.h"
#include "vww/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- description of tables ---------------------------------------------------------------------*/

enum fb_kind {
    FB_UNUSED, /* a field that is neither checked nor read */
    FB_SCALAR, /* `bytes` wide */
    FB_STRING,
    FB_VECTOR, /* of scalars `bytes` wide */
    FB_TABLE,
    FB_TABLES, /* a vector of tables */
    FB_UNION,  /* a table whose schema is members[value of the field before] */
};

struct fb_schema;

struct fb_field {
    const char *name;
    enum fb_kind kind;
    uint8_t bytes;
    const struct fb_schema *table;          /* TABLE, TABLES */
    const struct fb_schema *const *members; /* UNION; NULL entries are neither checked nor read */
    int member_count;
};

/* The fields in the order of their numbers. Descriptions must not be recursive: the verifier's
 * depth is theirs. */
struct fb_schema {
    const char *name;
    const struct fb_field *fields;
    int field_count;
};

/* --- reading -----------------------------------------------------------------------------------*/

/* A table of verified data: the file's bytes and the table's offset in them. */
struct fb_table {
    const uint8_t *file;
    size_t at;
};

/* A vector or string; count 0 where the field is absent. Elements may be unaligned in memory. */
struct fb_vector {
    const uint8_t *data;
    uint32_t count;
};

/* Check the whole of a file against the description of its root table: every offset, alignment,
 * count and NUL that the accessors rely on. Tables may be shared, but all references together may
 * not lead to more tables than fit the file, so that the work is bounded. The error has the byte
 * offset, and the path of fields as its place. name: of the file, for errors. */
vww_status fb_verify(const void *file, size_t bytes, const struct fb_schema *root, const char *name,
                     struct fb_table *table, struct vww_error *error);

bool fb_has(struct fb_table table, int field);
/* Scalars; `otherwise` where the field is absent. */
int64_t fb_integer(struct fb_table table, int field, int bytes, int64_t otherwise); /* signed */
uint32_t fb_u32(struct fb_table table, int field, uint32_t otherwise);
uint8_t fb_u8(struct fb_table table, int field, uint8_t otherwise);
float fb_f32(struct fb_table table, int field, float otherwise);
struct fb_vector fb_vector(struct fb_table table, int field);
const char *fb_string(struct fb_table table, int field); /* "" where absent */
/* False where absent. */
bool fb_child(struct fb_table table, int field, struct fb_table *child);
/* Table `index` of a TABLES field; index < fb_vector(table, field).count. */
struct fb_table fb_table_at(struct fb_table table, int field, uint32_t index);

int32_t fb_i32_at(struct fb_vector vector, uint32_t index);
int64_t fb_i64_at(struct fb_vector vector, uint32_t index);
float fb_f32_at(struct fb_vector vector, uint32_t index);

/* --- writing -----------------------------------------------------------------------------------*/

/* Everything is appended to the buffer in the order of the calls; a reference is written as zero
 * and pointed at its target once that is there. Positions are offsets in the buffer.
 * Objects are aligned where they begin, and nothing follows the last. */

/* A field of a table to be written: its number, width (1, 2 or 4) and bits. */
struct fb_slot {
    int field, bytes;
    uint64_t bits;
    size_t at; /* out: where the field was written, for fb_point */
};

#define FB_REFERENCE(number)                                                                       \
    {                                                                                              \
        .field = (number), .bytes = 4                                                              \
    }

/* The file's start: the root reference and the four letters of the format. */
void fb_begin(struct vww_buffer *out, const char identifier[4]);
/* Append a table; returns its position and fills slots[].at. */
size_t fb_put_table(struct vww_buffer *out, struct fb_slot *slots, int count);
/* Append a vector of `count` elements `bytes` wide whose first element lies at a multiple of
 * `alignment` (at least 4). */
size_t fb_put_vector(struct vww_buffer *out, const void *data, size_t count, size_t bytes,
                     size_t alignment);
/* The same without the elements: the caller appends them. */
size_t fb_put_vector_head(struct vww_buffer *out, size_t count, size_t alignment);
size_t fb_put_string(struct vww_buffer *out, const char *text);
/* Append a vector of `count` references; reference i is at fb_reference(position, i). */
size_t fb_put_references(struct vww_buffer *out, size_t count);
size_t fb_reference(size_t vector, size_t index);
/* Let the reference written at `at` (0: the root's) lead to the object at `target`. */
void fb_point(struct vww_buffer *out, size_t at, size_t target);

#endif
