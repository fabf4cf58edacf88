/* One image as a loader delivers it. */
#include "base/checksum.h"
#include "dataset/augment.h"
#include "dataset/loader_parts.h"
#include "vww/tfrecord.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

void vww_loader_image_free(struct vww_image *image)
{
    if (image != NULL)
        vww_image_fini(image);
    vww_free(image);
}

static vww_status read_exactly(const char *path, int64_t offset, uint8_t *to, size_t bytes,
                               struct vww_error *error)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return vww_fail_io(error, "open", path);
    vww_status status = VWW_OK;
    while (bytes > 0 && status == VWW_OK) {
        const ssize_t got = pread(file, to, bytes, (off_t)offset);
        if (got < 0) {
            status = vww_fail_io(error, "read", path);
            break;
        }
        if (got == 0) {
            status = vww_fail(error, VWW_ERROR_FORMAT,
                              "the file has become shorter: it ends before "
                              "the image does");
            vww_error_remedy(error, "put the file back, or build the data set again");
            break;
        }
        to += got;
        offset += got;
        bytes -= (size_t)got;
    }
    close(file);
    return status;
}

/* The record was whole when the loader was opened; it is read again, and may have changed since. */
static vww_status check_record(const uint8_t *data, size_t bytes, struct vww_error *error)
{
    uint32_t stored = 0;
    for (int i = 0; i < VWW_RECORD_FOOTER; i++)
        stored |= (uint32_t)data[bytes + (size_t)i] << 8 * i;
    if (stored == vww_tfrecord_mask(vww_crc32c(0, data, bytes)))
        return VWW_OK;
    vww_fail(error, VWW_ERROR_FORMAT, "the record has changed since the data set was opened");
    vww_error_remedy(error, "put the file back, or build the data set again");
    return VWW_ERROR_FORMAT;
}

/* The stored image, at its stored size. */
static vww_status decode_entry(const struct vww_loader *loader,
                               const struct vww_loader_entry *entry, struct vww_image *image,
                               struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    vww_status status =
        vww_path_join(path, loader->directory, loader->part->shards[entry->shard].file, error);
    if (status != VWW_OK)
        return status;
    const size_t stored = (size_t)entry->bytes + VWW_RECORD_FOOTER;
    uint8_t *data = vww_allocate(stored, 1);
    if (data == NULL)
        return vww_fail_memory(error, stored);
    struct vww_example_read read = {.message = NULL};
    status = read_exactly(path, entry->offset, data, stored, error);
    if (status == VWW_OK)
        status = check_record(data, entry->bytes, error);
    if (status == VWW_OK)
        status = vww_example_unpack(data, entry->bytes, &read, error);
    if (status == VWW_OK)
        status =
            vww_image_decode(read.example.encoded, read.example.encoded_bytes, path, image, error);
    if (status == VWW_OK && read.example.label != entry->label)
        status = vww_fail(error, VWW_ERROR_MISMATCH,
                          "the record is not the one that was there when training began");
    if (status != VWW_OK) {
        vww_error_at(error, path, entry->offset - VWW_RECORD_HEADER);
        vww_error_place(error, "image %" PRId64, entry->source_id);
    }
    vww_example_fini(&read);
    vww_free(data);
    return status;
}

/* Put a decoded image into the cache if it has room. Two threads may meet at the same entry, as the
 * balanced sampler repeats examples within a batch: the first one wins, the other keeps its own. */
static bool into_cache(struct vww_loader *loader, struct vww_loader_entry *entry,
                       struct vww_image *image)
{
    const size_t bytes = sizeof *image + (size_t)image->width * (size_t)image->height * 3;
    size_t left = atomic_load(&loader->cache_left);
    do {
        if (left < bytes)
            return false;
    } while (!atomic_compare_exchange_weak(&loader->cache_left, &left, left - bytes));
    struct vww_image *none = NULL;
    if (atomic_compare_exchange_strong(&entry->decoded, &none, image)) {
        atomic_fetch_add(&loader->cache_count, 1);
        return true;
    }
    atomic_fetch_add(&loader->cache_left, bytes);
    return false;
}

static vww_status stretch(const struct vww_image *image, struct vww_rectangle from,
                          int32_t resolution, uint8_t *to, struct vww_error *error)
{
    struct vww_image target = {resolution, resolution, 3, to};
    return vww_image_resize(image, from.x, from.y, from.width, from.height, &target, error);
}

static struct vww_objects objects_of(const struct vww_loader *loader,
                                     const struct vww_loader_entry *entry)
{
    const struct vww_box *all = (const struct vww_box *)(const void *)loader->boxes.data;
    return (struct vww_objects){entry->box_count > 0 ? all + entry->first_box : NULL,
                                entry->box_count};
}

/* The rectangle of the image at the loader's resolution, turned, moved and scaled where that is
 * asked for. */
static vww_status stretch_and_warp(const struct vww_loader *loader, const struct vww_image *image,
                                   struct vww_rectangle from, struct vww_random *random,
                                   uint8_t *to, struct vww_error *error)
{
    const int32_t resolution = loader->resolution;
    if (random == NULL || !vww_augment_warps(&loader->augmentation))
        return stretch(image, from, resolution, to, error);
    const size_t bytes = (size_t)resolution * (size_t)resolution * 3;
    uint8_t *upright = vww_allocate(bytes, 1);
    if (upright == NULL)
        return vww_fail_memory(error, bytes);
    const vww_status status = stretch(image, from, resolution, upright, error);
    if (status == VWW_OK)
        vww_augment_warp(&loader->augmentation, random, resolution, resolution, upright, to);
    vww_free(upright);
    return status;
}

/* The image at the loader's resolution. random: for augmentation, or NULL for none. */
vww_status vww_loader_deliver(struct vww_loader *loader, uint32_t index, struct vww_random *random,
                              uint8_t *to, int32_t *label, struct vww_error *error)
{
    struct vww_loader_entry *entry = &loader->entries[index];
    struct vww_image *image = atomic_load(&entry->decoded), *own = NULL;
    if (image == NULL) {
        image = own = vww_allocate(1, sizeof *own);
        if (own == NULL)
            return vww_fail_memory(error, sizeof *own);
        const vww_status status = decode_entry(loader, entry, own, error);
        if (status != VWW_OK) {
            vww_loader_image_free(own);
            return status;
        }
        if (into_cache(loader, entry, own))
            own = NULL;
    }
    struct vww_rectangle from = {0, 0, image->width, image->height};
    const struct vww_objects objects = objects_of(loader, entry);
    *label = entry->label;
    if (random != NULL)
        from = vww_augment_crop(&loader->augmentation, random, image->width, image->height,
                                &objects, label);
    const vww_status status = stretch_and_warp(loader, image, from, random, to, error);
    if (status == VWW_OK && random != NULL)
        vww_augment_pixels(&loader->augmentation, random, loader->resolution, loader->resolution,
                           to);
    vww_loader_image_free(own);
    return status;
}

vww_status vww_loader_example(struct vww_loader *loader, int64_t i, uint8_t *image, int32_t *label,
                              int64_t *source_id, struct vww_error *error)
{
    if (i < 0 || i >= (int64_t)loader->count) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "no such example");
        vww_error_seen(error, "%" PRId64, i);
        vww_error_allowed(error, "0 to %" PRId64, (int64_t)loader->count - 1);
        return VWW_ERROR_ARGUMENT;
    }
    const vww_status status = vww_loader_deliver(loader, (uint32_t)i, NULL, image, label, error);
    if (source_id != NULL)
        *source_id = loader->entries[i].source_id;
    return status;
}

int32_t vww_loader_objects(const struct vww_loader *loader, int64_t i, const struct vww_box **boxes,
                           size_t *count)
{
    const struct vww_loader_entry *entry = &loader->entries[i];
    *boxes = (const struct vww_box *)(const void *)loader->boxes.data + entry->first_box;
    *count = entry->label != 0 ? entry->box_count : 0;
    return entry->label;
}
