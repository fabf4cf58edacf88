#include "train/checkpoint.h"
#include "base/checksum.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

#define MAGIC "VWWCKPT"
#define VERSION 1u
#define FILE_HEADER 20u    /* bytes */
#define SECTION_HEADER 16u /* bytes */
#define FILE_LIMIT ((size_t)4 << 30)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "files are little-endian, and so is the code");

static uint32_t section_checksum(const struct vww_section *section)
{
    const uint64_t bytes = section->bytes;
    uint32_t crc = vww_crc32c(0, section->tag, sizeof section->tag);
    crc = vww_crc32c(crc, &bytes, sizeof bytes);
    return vww_crc32c(crc, section->data, section->bytes);
}

vww_status vww_checkpoint_write(const char *path, const struct vww_section *sections, size_t count,
                                struct vww_error *error)
{
    struct vww_buffer out = {0};
    const uint32_t version = VERSION, sections_in_file = (uint32_t)count;
    vww_buffer_append(&out, MAGIC, 8);
    vww_buffer_append(&out, &version, 4);
    vww_buffer_append(&out, &sections_in_file, 4);
    if (!out.failed) {
        const uint32_t crc = vww_crc32c(0, out.data, out.size);
        vww_buffer_append(&out, &crc, 4);
    }
    for (size_t i = 0; i < count; i++) {
        const uint64_t bytes = sections[i].bytes;
        const uint32_t crc = section_checksum(&sections[i]);
        vww_buffer_append(&out, sections[i].tag, 4);
        vww_buffer_append(&out, &bytes, 8);
        vww_buffer_append(&out, &crc, 4);
        vww_buffer_append(&out, sections[i].data, sections[i].bytes);
    }
    const vww_status status = out.failed ? vww_fail_memory(error, out.size)
                                         : vww_file_write(path, out.data, out.size, error);
    vww_buffer_fini(&out);
    return status;
}

static vww_status damaged(struct vww_error *error, const char *name, size_t byte, const char *what)
{
    vww_fail(error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_at(error, name, (int64_t)byte);
    vww_error_remedy(error, "use another checkpoint of the run (%s or %s) or a copy of this one",
                     VWW_CHECKPOINT_BEST, VWW_CHECKPOINT_LAST);
    return VWW_ERROR_FORMAT;
}

static vww_status parse_header(const uint8_t *data, size_t bytes, const char *name, uint32_t *count,
                               struct vww_error *error)
{
    uint32_t version, crc;
    if (bytes < 8 || memcmp(data, MAGIC, 8) != 0) {
        vww_fail(error, VWW_ERROR_FORMAT, "not a checkpoint of vww");
        vww_error_at(error, name, 0);
        return VWW_ERROR_FORMAT;
    }
    if (bytes < FILE_HEADER)
        return damaged(error, name, bytes, "the checkpoint is cut short");
    memcpy(&version, data + 8, 4);
    memcpy(count, data + 12, 4);
    memcpy(&crc, data + 16, 4);
    if (crc != vww_crc32c(0, data, 16))
        return damaged(error, name, 16, "the checkpoint's header is damaged");
    if (version != VERSION) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "the checkpoint was written by another version");
        vww_error_at(error, name, 8);
        vww_error_seen(error, "format %u", version);
        vww_error_allowed(error, "format %u", VERSION);
        vww_error_remedy(error, "use the vww that wrote it");
        return VWW_ERROR_UNSUPPORTED;
    }
    if (*count > VWW_CHECKPOINT_SECTIONS_MAX)
        return damaged(error, name, 12, "the checkpoint has too many sections");
    return VWW_OK;
}

vww_status vww_checkpoint_parse(const void *data, size_t bytes, const char *name,
                                struct vww_checkpoint *checkpoint, struct vww_error *error)
{
    const uint8_t *const start = data;
    uint32_t count;
    checkpoint->section_count = 0;
    snprintf(checkpoint->path, sizeof checkpoint->path, "%s", name);
    const vww_status status = parse_header(start, bytes, name, &count, error);
    if (status != VWW_OK)
        return status;
    size_t at = FILE_HEADER;
    for (uint32_t i = 0; i < count; i++) {
        struct vww_section *section = &checkpoint->sections[i];
        uint64_t length;
        uint32_t crc;
        if (bytes - at < SECTION_HEADER)
            return damaged(error, name, at, "the checkpoint is cut short");
        memcpy(section->tag, start + at, 4);
        memcpy(&length, start + at + 4, 8);
        memcpy(&crc, start + at + 12, 4);
        if (length > bytes - at - SECTION_HEADER)
            return damaged(error, name, at + 4,
                           "the checkpoint is cut short or a section's length is damaged");
        section->data = start + at + SECTION_HEADER;
        section->bytes = (size_t)length;
        const uint32_t computed = section_checksum(section);
        if (computed != crc) {
            damaged(error, name, at, "a section of the checkpoint is damaged");
            vww_error_seen(error, "CRC-32C %08x", computed);
            vww_error_allowed(error, "%08x", crc);
            return VWW_ERROR_FORMAT;
        }
        at += SECTION_HEADER + section->bytes;
    }
    if (at != bytes)
        return damaged(error, name, at, "bytes follow the checkpoint's last section");
    checkpoint->section_count = count;
    return VWW_OK;
}

vww_status vww_checkpoint_open(const char *path, struct vww_checkpoint *checkpoint,
                               struct vww_error *error)
{
    *checkpoint = (struct vww_checkpoint){0};
    vww_status status = vww_file_read(path, FILE_LIMIT, &checkpoint->content, error);
    if (status == VWW_OK)
        status = vww_checkpoint_parse(checkpoint->content.data, checkpoint->content.size, path,
                                      checkpoint, error);
    if (status != VWW_OK)
        vww_checkpoint_fini(checkpoint);
    return status;
}

void vww_checkpoint_fini(struct vww_checkpoint *checkpoint)
{
    vww_buffer_fini(&checkpoint->content);
    *checkpoint = (struct vww_checkpoint){0};
}

const struct vww_section *vww_checkpoint_find(const struct vww_checkpoint *checkpoint,
                                              const char tag[4])
{
    for (size_t i = 0; i < checkpoint->section_count; i++)
        if (memcmp(checkpoint->sections[i].tag, tag, 4) == 0)
            return &checkpoint->sections[i];
    return NULL;
}

vww_status vww_checkpoint_read_graph(const struct vww_checkpoint *checkpoint,
                                     struct vww_graph **graph, struct vww_error *error)
{
    *graph = NULL;
    const struct vww_section *section = vww_checkpoint_find(checkpoint, "GRPH");
    if (section == NULL)
        return damaged(error, checkpoint->path, FILE_HEADER, "the checkpoint holds no graph");
    vww_status status = vww_graph_deserialize(section->data, section->bytes, graph, error);
    if (status == VWW_OK)
        status = vww_graph_check(*graph, true, error);
    if (status != VWW_OK) {
        vww_error_at(error, checkpoint->path, -1);
        vww_graph_destroy(*graph);
        *graph = NULL;
    }
    return status;
}

vww_status vww_checkpoint_locate(const char *path, char file[VWW_PATH_MAX], struct vww_error *error)
{
    static const char *const names[] = {VWW_CHECKPOINT_BEST, VWW_CHECKPOINT_LAST};
    if (!vww_directory_exists(path))
        return vww_path_join(file, "", path, error);
    for (size_t i = 0; i < 2; i++) {
        const vww_status status = vww_path_join(file, path, names[i], error);
        if (status != VWW_OK || vww_file_exists(file))
            return status;
    }
    vww_fail(error, VWW_ERROR_NOT_FOUND, "the folder holds no checkpoint");
    vww_error_at(error, path, -1);
    vww_error_allowed(error, "a run's folder, with %s or %s", names[0], names[1]);
    vww_error_remedy(error, "name the folder that `vww train --out` wrote, or a checkpoint file");
    return VWW_ERROR_NOT_FOUND;
}

vww_status vww_checkpoint_graph(const char *path, struct vww_graph **graph, struct vww_error *error)
{
    char file[VWW_PATH_MAX];
    struct vww_checkpoint checkpoint;
    *graph = NULL;
    vww_status status = vww_checkpoint_locate(path, file, error);
    if (status == VWW_OK)
        status = vww_checkpoint_open(file, &checkpoint, error);
    if (status != VWW_OK)
        return status;
    status = vww_checkpoint_read_graph(&checkpoint, graph, error);
    vww_checkpoint_fini(&checkpoint);
    return status;
}
