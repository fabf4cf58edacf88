#include "dataset/records.h"
#include "base/thread.h"
#include "dataset/output.h"

#include <inttypes.h>
#include <string.h>

struct walk {
    const struct vww_record_format *format;
    const struct vww_record_visitor *visitor;
    void *reader;
    struct vww_record records[VWW_RECORDS_AT_ONCE];
    size_t count;
    int64_t number; /* of the next record */
};

static void prepare_one(void *context, int64_t i)
{
    struct walk *walk = context;
    walk->visitor->prepare(walk->visitor->context, (size_t)i, &walk->records[i]);
}

/* Fill the batch. A failing read ends it, with what was read before still to be taken. */
static vww_status read_batch(struct walk *walk, bool *ended, struct vww_error *error)
{
    walk->count = 0;
    while (walk->count < VWW_RECORDS_AT_ONCE) {
        struct vww_record *record = &walk->records[walk->count];
        record->number = walk->number;
        record->data.size = 0;
        record->status = VWW_OK;
        const vww_status status = walk->format->next(walk->reader, record, ended, error);
        if (status != VWW_OK || *ended)
            return status;
        if (record->data.failed)
            return vww_fail_memory(error, record->data.size);
        walk->number++;
        walk->count++;
    }
    return VWW_OK;
}

static vww_status take_batch(struct walk *walk, struct vww_error *error)
{
    const struct vww_record_visitor *visitor = walk->visitor;
    if (visitor->prepare != NULL)
        vww_parallel_for((int64_t)walk->count, prepare_one, walk);
    vww_status status = VWW_OK;
    for (size_t i = 0; i < walk->count && status == VWW_OK; i++)
        status = visitor->take(visitor->context, i, &walk->records[i], error);
    return status;
}

static vww_status walk_shard(struct walk *walk, struct vww_error *error)
{
    vww_status status = VWW_OK;
    for (bool ended = false; status == VWW_OK && !ended;) {
        const vww_status read = read_batch(walk, &ended, error);
        struct vww_error taking;
        status = take_batch(walk, &taking);
        if (status != VWW_OK && error != NULL)
            *error = taking;
        if (status == VWW_OK)
            status = read;
    }
    for (size_t i = 0; i < VWW_RECORDS_AT_ONCE; i++)
        vww_buffer_fini(&walk->records[i].data);
    return status;
}

vww_status vww_records_walk(const struct vww_record_place *place,
                            const struct vww_record_visitor *visitor, struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    vww_status status = vww_path_join(path, place->directory, place->shard, error);
    if (status != VWW_OK)
        return status;
    struct walk *walk = vww_allocate(1, sizeof *walk);
    if (walk == NULL)
        return vww_fail_memory(error, sizeof *walk);
    walk->format = vww_output_of(place->manifest->storage)->records;
    walk->visitor = visitor;
    status = walk->format->open(place, path, &walk->reader, error);
    if (status == VWW_OK) {
        status = walk_shard(walk, error);
        walk->format->close(walk->reader);
    }
    vww_free(walk);
    return status;
}

vww_status vww_record_example(const struct vww_record *record, struct vww_example_read *read,
                              struct vww_error *error)
{
    if (record->status == VWW_OK)
        return vww_example_unpack(record->data.data, record->data.size, read, error);
    *read = (struct vww_example_read){0};
    if (error != NULL)
        *error = record->error;
    return record->status;
}

static vww_status copy_pixels(const struct vww_example *example, struct vww_image *image,
                              struct vww_error *error)
{
    const int64_t width = example->width, height = example->height;
    const int64_t most = 65535; /* a side, so that the product cannot overflow */
    if (width < 1 || height < 1 || width > most || height > most ||
        (int64_t)example->encoded_bytes != 3 * width * height) {
        vww_fail(error, VWW_ERROR_FORMAT, "the image has not as many bytes as its pixels");
        vww_error_seen(error, "%zu bytes", example->encoded_bytes);
        vww_error_allowed(error, "%" PRId64 " x %" PRId64 " x 3", width, height);
        return VWW_ERROR_FORMAT;
    }
    const vww_status status = vww_image_init(image, (int32_t)width, (int32_t)height, 3, error);
    if (status == VWW_OK)
        memcpy(image->pixels, example->encoded, example->encoded_bytes);
    return status;
}

vww_status vww_record_image(const struct vww_example *example, int32_t least,
                            struct vww_image *image, struct vww_error *error)
{
    const uint8_t *bytes = example->encoded;
    const bool jpeg = example->encoded_bytes > 2 && bytes[0] == 0xff && bytes[1] == 0xd8;
    if (strcmp(example->format, VWW_RAW_PIXELS) == 0)
        return copy_pixels(example, image, error);
    if (jpeg)
        return vww_image_decode_jpeg(bytes, example->encoded_bytes, "", least, image, error);
    return vww_image_decode(bytes, example->encoded_bytes, "", image, error);
}

/* --- TFRecord -----------------------------------------------------------------------------------
 */

struct tfrecord {
    struct vww_tfrecord_reader *reader;
    char path[VWW_PATH_MAX];
};

static vww_status open_tfrecord(const struct vww_record_place *place, const char *path,
                                void **reader, struct vww_error *error)
{
    (void)place;
    struct tfrecord *tfrecord = vww_allocate(1, sizeof *tfrecord);
    if (tfrecord == NULL)
        return vww_fail_memory(error, sizeof *tfrecord);
    const vww_status status = vww_tfrecord_open(path, &tfrecord->reader, error);
    memcpy(tfrecord->path, path, strlen(path) + 1);
    *reader = tfrecord;
    if (status != VWW_OK)
        vww_free(tfrecord);
    return status;
}

static vww_status next_tfrecord(void *reader, struct vww_record *record, bool *ended,
                                struct vww_error *error)
{
    struct tfrecord *tfrecord = reader;
    const uint8_t *data;
    size_t bytes;
    const vww_status status =
        vww_tfrecord_next(tfrecord->reader, &data, &bytes, &record->offset, error);
    *ended = status == VWW_OK && data == NULL;
    if (status != VWW_OK || *ended)
        return status;
    memcpy(record->file, tfrecord->path, strlen(tfrecord->path) + 1);
    vww_buffer_append(&record->data, data, bytes);
    return VWW_OK;
}

static void close_tfrecord(void *reader)
{
    struct tfrecord *tfrecord = reader;
    vww_tfrecord_close(tfrecord->reader);
    vww_free(tfrecord);
}

const struct vww_record_format vww_records_tfrecord = {open_tfrecord, next_tfrecord,
                                                       close_tfrecord};
