#include "vww/tfrecord.h"
#include "base/checksum.h"
#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HEADER 12 /* length and its checksum */
#define FOOTER 4  /* the data's checksum */
#define CRC_OFFSET 0xa282ead8u

uint32_t vww_tfrecord_mask(uint32_t crc)
{
    return ((crc >> 15) | (crc << 17)) + CRC_OFFSET;
}

static void put_little_endian(uint8_t *to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_little_endian(const uint8_t *from, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)from[i] << (8 * i);
    return value;
}

void vww_tfrecord_append(struct vww_buffer *out, const void *data, size_t bytes)
{
    uint8_t header[HEADER], footer[FOOTER];
    put_little_endian(header, bytes, 8);
    put_little_endian(header + 8, vww_tfrecord_mask(vww_crc32c(0, header, 8)), 4);
    put_little_endian(footer, vww_tfrecord_mask(vww_crc32c(0, data, bytes)), 4);
    vww_buffer_append(out, header, sizeof header);
    vww_buffer_append(out, data, bytes);
    vww_buffer_append(out, footer, sizeof footer);
}

struct vww_tfrecord_reader {
    char name[VWW_PATH_MAX];
    FILE *stream;           /* NULL: from memory */
    const uint8_t *content; /* of a memory reader */
    int64_t total, at;      /* bytes of the file; where the next record begins */
    int64_t record;         /* its number, or -1 after a seek */
    uint8_t *data;          /* the record read last, with its footer */
    size_t capacity;
};

static vww_status open_reader(const char *name, struct vww_tfrecord_reader **reader,
                              struct vww_error *error)
{
    *reader = vww_allocate(1, sizeof **reader);
    if (*reader == NULL)
        return vww_fail_memory(error, sizeof **reader);
    snprintf((*reader)->name, sizeof(*reader)->name, "%s", name);
    return VWW_OK;
}

vww_status vww_tfrecord_open(const char *path, struct vww_tfrecord_reader **reader,
                             struct vww_error *error)
{
    vww_status status = open_reader(path, reader, error);
    if (status != VWW_OK)
        return status;
    (*reader)->stream = fopen(path, "rb");
    (*reader)->total = vww_file_bytes(path);
    if ((*reader)->stream == NULL || (*reader)->total < 0) {
        status = vww_fail_io(error, "open", path);
        vww_tfrecord_close(*reader);
        *reader = NULL;
    }
    return status;
}

vww_status vww_tfrecord_open_memory(const void *content, size_t bytes, const char *name,
                                    struct vww_tfrecord_reader **reader, struct vww_error *error)
{
    const vww_status status = open_reader(name, reader, error);
    if (status == VWW_OK) {
        (*reader)->content = content;
        (*reader)->total = (int64_t)bytes;
    }
    return status;
}

void vww_tfrecord_close(struct vww_tfrecord_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->stream != NULL)
        fclose(reader->stream);
    vww_free(reader->data);
    vww_free(reader);
}

static vww_status damaged(const struct vww_tfrecord_reader *reader, int64_t at, const char *what,
                          struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_FORMAT, "the TFRecord file is damaged: %s", what);
    vww_error_at(error, reader->name, at);
    if (reader->record >= 0)
        vww_error_place(error, "record %lld", (long long)reader->record);
    vww_error_remedy(error, "copy the file again or build the data set again");
    return VWW_ERROR_FORMAT;
}

/* `bytes` bytes at `at`, which the caller knows to lie inside the file. */
static vww_status read_at(struct vww_tfrecord_reader *reader, int64_t at, void *to, size_t bytes,
                          struct vww_error *error)
{
    if (reader->stream == NULL) {
        memcpy(to, reader->content + at, bytes);
        return VWW_OK;
    }
    errno = 0;
    if (fread(to, 1, bytes, reader->stream) == bytes)
        return VWW_OK;
    if (ferror(reader->stream))
        return vww_fail_io(error, "read", reader->name);
    return damaged(reader, at, "it became shorter while being read", error);
}

vww_status vww_tfrecord_next(struct vww_tfrecord_reader *reader, const uint8_t **data,
                             size_t *bytes, int64_t *offset, struct vww_error *error)
{
    *data = NULL;
    *bytes = 0;
    if (offset != NULL)
        *offset = reader->at;
    const int64_t left = reader->total - reader->at;
    if (left == 0)
        return VWW_OK;
    if (left < HEADER + FOOTER)
        return damaged(reader, reader->total, "cut short", error);
    uint8_t header[HEADER];
    vww_status status = read_at(reader, reader->at, header, HEADER, error);
    if (status != VWW_OK)
        return status;
    const uint64_t length = get_little_endian(header, 8);
    if (get_little_endian(header + 8, 4) != vww_tfrecord_mask(vww_crc32c(0, header, 8)))
        return damaged(reader, reader->at, "the checksum of a record's length is wrong", error);
    if (length > (uint64_t)(left - HEADER - FOOTER))
        return damaged(reader, reader->total, "cut short", error);
    void *array = reader->data;
    if (vww_array_reserve(&array, &reader->capacity, (size_t)length + FOOTER, 1) != 0)
        return vww_fail_memory(error, (size_t)length);
    reader->data = array;
    status = read_at(reader, reader->at + HEADER, reader->data, (size_t)length + FOOTER, error);
    if (status != VWW_OK)
        return status;
    if (get_little_endian(reader->data + length, 4) !=
        vww_tfrecord_mask(vww_crc32c(0, reader->data, (size_t)length)))
        return damaged(reader, reader->at, "the checksum of a record's data is wrong", error);
    reader->at += HEADER + (int64_t)length + FOOTER;
    if (reader->record >= 0)
        reader->record++;
    *data = reader->data;
    *bytes = (size_t)length;
    return VWW_OK;
}

vww_status vww_tfrecord_seek(struct vww_tfrecord_reader *reader, int64_t offset,
                             struct vww_error *error)
{
    if (offset < 0 || offset > reader->total)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "no record begins at byte %lld of %s",
                        (long long)offset, reader->name);
    if (reader->stream != NULL && fseeko(reader->stream, (off_t)offset, SEEK_SET) != 0)
        return vww_fail_io(error, "read", reader->name);
    reader->at = offset;
    reader->record = -1;
    return VWW_OK;
}
