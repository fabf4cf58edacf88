#include "dataset/tar.h"
#include "dataset/byte_source.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct header {
    char name[100], mode[8], owner[8], group[8], size[12], time[12], sum[8], type;
    char link[100], magic[6], version[2], owner_name[32], group_name[32], device[16], prefix[155],
        rest[12];
};
static_assert(sizeof(struct header) == VWW_TAR_BLOCK, "a tar header is one block");

/* The sum of a header's bytes, those of the sum itself taken as blanks. */
static unsigned sum_of(const struct header *header)
{
    const unsigned char *bytes = (const unsigned char *)header;
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof *header; i++)
        sum += bytes[i];
    for (size_t i = 0; i < sizeof header->sum; i++)
        sum += ' ' - (unsigned)(unsigned char)header->sum[i];
    return sum;
}

static size_t padding(uint64_t bytes)
{
    return (size_t)((VWW_TAR_BLOCK - bytes % VWW_TAR_BLOCK) % VWW_TAR_BLOCK);
}

void vww_tar_append(struct vww_buffer *out, const char *stem, const char *suffix, const void *data,
                    size_t bytes)
{
    static const char zeros[VWW_TAR_BLOCK];
    struct header header = {.mode = "0000644",
                            .owner = "0000000",
                            .group = "0000000",
                            .time = "00000000000",
                            .type = '0',
                            .magic = "ustar",
                            .version = {'0', '0'}};
    snprintf(header.name, sizeof header.name, "%s.%s", stem, suffix);
    snprintf(header.size, sizeof header.size, "%011zo", bytes);
    memset(header.sum, ' ', sizeof header.sum);
    /* Six digits, a NUL, and the blank that stays behind it. */
    snprintf(header.sum, sizeof header.sum, "%06o", sum_of(&header));
    vww_buffer_append(out, &header, sizeof header);
    vww_buffer_append(out, data, bytes);
    vww_buffer_append(out, zeros, padding(bytes));
}

/* --- reading ------------------------------------------------------------------------------------
 */

struct vww_tar_reader {
    struct vww_byte_source source;
};

#define KIND "tar archive"

static vww_status allocate_reader(struct vww_tar_reader **reader, struct vww_error *error)
{
    *reader = vww_allocate(1, sizeof **reader);
    return *reader != NULL ? VWW_OK : vww_fail_memory(error, sizeof **reader);
}

vww_status vww_tar_open(const char *path, struct vww_tar_reader **reader, struct vww_error *error)
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

vww_status vww_tar_open_memory(const void *content, size_t bytes, const char *name,
                               struct vww_tar_reader **reader, struct vww_error *error)
{
    const vww_status status = allocate_reader(reader, error);
    if (status == VWW_OK)
        vww_byte_source_open_memory(content, bytes, name, KIND, &(*reader)->source);
    return status;
}

void vww_tar_close(struct vww_tar_reader *reader)
{
    if (reader == NULL)
        return;
    vww_byte_source_close(&reader->source);
    vww_free(reader);
}

const char *vww_tar_name(const struct vww_tar_reader *reader)
{
    return reader->source.name;
}

/* The next `bytes` bytes, where the archive has so many; what: they are. */
static vww_status read_on(struct vww_tar_reader *reader, const char *what, void *to, size_t bytes,
                          struct vww_error *error)
{
    struct vww_byte_source *source = &reader->source;
    const int64_t left = source->total - source->at;
    if (left >= (int64_t)bytes)
        return vww_byte_source_read(source, to, bytes, error);
    vww_byte_source_damaged(source, source->at, "cut short", error);
    vww_error_seen(error, "%" PRId64 " bytes", left);
    vww_error_allowed(error, "%zu of %s", bytes, what);
    return VWW_ERROR_FORMAT;
}

/* An octal number that ends with the field, or before a NUL or blank. */
static bool read_octal(const char *field, size_t width, uint64_t *value)
{
    size_t i = 0;
    for (*value = 0; i < width && field[i] >= '0' && field[i] <= '7'; i++)
        *value = *value * 8 + (uint64_t)(field[i] - '0');
    return i > 0 && (i == width || field[i] == '\0' || field[i] == ' ');
}

static bool is_zero(const void *block)
{
    static const char zeros[VWW_TAR_BLOCK];
    return memcmp(block, zeros, sizeof zeros) == 0;
}

/* What follows the first zero block: zeros, at least one block of them. */
static vww_status read_end(struct vww_tar_reader *reader, struct vww_error *error)
{
    char block[VWW_TAR_BLOCK];
    do {
        const int64_t at = reader->source.at;
        const vww_status status = read_on(reader, "the end mark", block, sizeof block, error);
        if (status != VWW_OK)
            return status;
        if (!is_zero(block))
            return vww_byte_source_damaged(&reader->source, at, "something follows its end mark",
                                           error);
    } while (reader->source.at < reader->source.total);
    return VWW_OK;
}

static vww_status check_header(const struct vww_tar_reader *reader, const struct header *header,
                               int64_t at, uint64_t *bytes, struct vww_error *error)
{
    uint64_t sum;
    const unsigned expected = sum_of(header);
    if (!read_octal(header->sum, sizeof header->sum, &sum) || sum != expected) {
        vww_byte_source_damaged(&reader->source, at, "the checksum of a header is wrong", error);
        vww_error_seen(error, "%.8s", header->sum);
        vww_error_allowed(error, "%06o", expected);
        return VWW_ERROR_FORMAT;
    }
    if (memcmp(header->magic, "ustar", 5) != 0 || (header->type != '0' && header->type != '\0') ||
        header->prefix[0] != '\0' || header->name[0] == '\0') {
        vww_byte_source_damaged(&reader->source, at,
                                "an entry is not a plain file of the form that vww writes", error);
        vww_error_seen(error, "%.60s, type %d", header->name, header->type);
        vww_error_allowed(error, "ustar, type '0', a name of 1 to 100 bytes");
        return VWW_ERROR_FORMAT;
    }
    const int64_t left = reader->source.total - reader->source.at;
    if (!read_octal(header->size, sizeof header->size, bytes)) {
        vww_byte_source_damaged(&reader->source, at, "the size of an entry is not an octal number",
                                error);
        vww_error_seen(error, "%.12s", header->size);
        return VWW_ERROR_FORMAT;
    }
    if (*bytes <= (uint64_t)left && padding(*bytes) <= (uint64_t)left - *bytes)
        return VWW_OK;
    vww_byte_source_damaged(&reader->source, at, "cut short", error);
    vww_error_place(error, "entry %.100s", header->name);
    vww_error_seen(error, "%" PRId64 " bytes after the header", left);
    vww_error_allowed(error, "%" PRIu64 " and the padding", *bytes);
    return VWW_ERROR_FORMAT;
}

static vww_status read_content(struct vww_tar_reader *reader, size_t bytes,
                               struct vww_buffer *content, struct vww_error *error)
{
    char rest[VWW_TAR_BLOCK];
    void *array = content->data;
    content->size = 0;
    if (vww_array_reserve(&array, &content->capacity, bytes + 1, 1) != 0)
        return vww_fail_memory(error, bytes);
    content->data = array;
    vww_status status = read_on(reader, "an entry", content->data, bytes, error);
    if (status == VWW_OK)
        status = read_on(reader, "padding", rest, padding(bytes), error);
    if (status == VWW_OK)
        content->size = bytes;
    return status;
}

vww_status vww_tar_next(struct vww_tar_reader *reader, struct vww_tar_entry *entry,
                        struct vww_error *error)
{
    struct header header;
    uint64_t bytes;
    entry->name[0] = '\0';
    entry->data.size = 0;
    entry->offset = reader->source.at;
    vww_status status = read_on(reader, "a header or the end mark", &header, sizeof header, error);
    if (status != VWW_OK)
        return status;
    if (is_zero(&header))
        return read_end(reader, error);
    status = check_header(reader, &header, entry->offset, &bytes, error);
    if (status == VWW_OK)
        status = read_content(reader, (size_t)bytes, &entry->data, error);
    if (status == VWW_OK)
        snprintf(entry->name, sizeof entry->name, "%.*s", (int)sizeof header.name, header.name);
    return status;
}
