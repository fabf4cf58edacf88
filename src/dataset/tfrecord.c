#include "vww/tfrecord.h"
#include "base/checksum.h"
#include "base/memory.h"
#include "dataset/byte_source.h"

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
    struct vww_byte_source source;
    int64_t record; /* the next one's number, or -1 after a seek */
    uint8_t *data;  /* the record read last, with its footer */
    size_t capacity;
};

#define KIND "TFRecord file"

static vww_status allocate_reader(struct vww_tfrecord_reader **reader, struct vww_error *error)
{
    *reader = vww_allocate(1, sizeof **reader);
    return *reader != NULL ? VWW_OK : vww_fail_memory(error, sizeof **reader);
}

vww_status vww_tfrecord_open(const char *path, struct vww_tfrecord_reader **reader,
                             struct vww_error *error)
{
    vww_status status = allocate_reader(reader, error);
    if (status != VWW_OK)
        return status;
    status = vww_byte_source_open(path, KIND, &(*reader)->source, error);
    if (status != VWW_OK) {
        vww_free(*reader);
        *reader = NULL;
    }
    return status;
}

vww_status vww_tfrecord_open_memory(const void *content, size_t bytes, const char *name,
                                    struct vww_tfrecord_reader **reader, struct vww_error *error)
{
    const vww_status status = allocate_reader(reader, error);
    if (status == VWW_OK)
        vww_byte_source_open_memory(content, bytes, name, KIND, &(*reader)->source);
    return status;
}

void vww_tfrecord_close(struct vww_tfrecord_reader *reader)
{
    if (reader == NULL)
        return;
    vww_byte_source_close(&reader->source);
    vww_free(reader->data);
    vww_free(reader);
}

static vww_status place_record(const struct vww_tfrecord_reader *reader, vww_status status,
                               struct vww_error *error)
{
    if (status == VWW_ERROR_FORMAT && reader->record >= 0)
        vww_error_place(error, "record %lld", (long long)reader->record);
    return status;
}

static vww_status damaged(const struct vww_tfrecord_reader *reader, int64_t at, const char *what,
                          struct vww_error *error)
{
    return place_record(reader, vww_byte_source_damaged(&reader->source, at, what, error), error);
}

static vww_status read_on(struct vww_tfrecord_reader *reader, void *to, size_t bytes,
                          struct vww_error *error)
{
    return place_record(reader, vww_byte_source_read(&reader->source, to, bytes, error), error);
}

vww_status vww_tfrecord_next(struct vww_tfrecord_reader *reader, const uint8_t **data,
                             size_t *bytes, int64_t *offset, struct vww_error *error)
{
    *data = NULL;
    *bytes = 0;
    const int64_t begin = reader->source.at;
    if (offset != NULL)
        *offset = begin;
    const int64_t left = reader->source.total - begin;
    if (left == 0)
        return VWW_OK;
    if (left < HEADER + FOOTER)
        return damaged(reader, reader->source.total, "cut short", error);
    uint8_t header[HEADER];
    vww_status status = read_on(reader, header, HEADER, error);
    if (status != VWW_OK)
        return status;
    const uint64_t length = get_little_endian(header, 8);
    if (get_little_endian(header + 8, 4) != vww_tfrecord_mask(vww_crc32c(0, header, 8)))
        return damaged(reader, begin, "the checksum of a record's length is wrong", error);
    if (length > (uint64_t)(left - HEADER - FOOTER))
        return damaged(reader, reader->source.total, "cut short", error);
    void *array = reader->data;
    if (vww_array_reserve(&array, &reader->capacity, (size_t)length + FOOTER, 1) != 0)
        return vww_fail_memory(error, (size_t)length);
    reader->data = array;
    status = read_on(reader, reader->data, (size_t)length + FOOTER, error);
    if (status != VWW_OK)
        return status;
    if (get_little_endian(reader->data + length, 4) !=
        vww_tfrecord_mask(vww_crc32c(0, reader->data, (size_t)length)))
        return damaged(reader, begin, "the checksum of a record's data is wrong", error);
    if (reader->record >= 0)
        reader->record++;
    *data = reader->data;
    *bytes = (size_t)length;
    return VWW_OK;
}

vww_status vww_tfrecord_seek(struct vww_tfrecord_reader *reader, int64_t offset,
                             struct vww_error *error)
{
    if (offset < 0 || offset > reader->source.total)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "no record begins at byte %lld of %s",
                        (long long)offset, reader->source.name);
    const vww_status status = vww_byte_source_seek(&reader->source, offset, error);
    if (status != VWW_OK)
        return status;
    reader->record = -1;
    return VWW_OK;
}
