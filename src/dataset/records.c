#include "dataset/records.h"
#include "base/thread.h"

struct walk {
    const struct vww_record_visitor *visitor;
    struct vww_record records[VWW_RECORDS_AT_ONCE];
    size_t count;
};

static void prepare_one(void *context, int64_t i)
{
    struct walk *walk = context;
    walk->visitor->prepare(walk->visitor->context, (size_t)i, &walk->records[i]);
}

/* Fill the batch. A failing read ends it: *failed, with what was read before still to be taken. */
static vww_status read_batch(struct walk *walk, struct vww_tfrecord_reader *reader, int64_t *number,
                             bool *ended, struct vww_error *error)
{
    walk->count = 0;
    while (walk->count < VWW_RECORDS_AT_ONCE) {
        const uint8_t *data;
        size_t bytes;
        struct vww_record *record = &walk->records[walk->count];
        const vww_status status = vww_tfrecord_next(reader, &data, &bytes, &record->offset, error);
        *ended = status == VWW_OK && data == NULL;
        if (status != VWW_OK || *ended)
            return status;
        record->number = (*number)++;
        record->data.size = 0;
        vww_buffer_append(&record->data, data, bytes);
        if (record->data.failed)
            return vww_fail_memory(error, bytes);
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

vww_status vww_records_walk(const char *path, const struct vww_record_visitor *visitor,
                            struct vww_error *error)
{
    struct vww_tfrecord_reader *reader;
    vww_status status = vww_tfrecord_open(path, &reader, error);
    if (status != VWW_OK)
        return status;
    struct walk *walk = vww_allocate(1, sizeof *walk);
    if (walk == NULL)
        status = vww_fail_memory(error, sizeof *walk);
    else
        walk->visitor = visitor;
    int64_t number = 0;
    for (bool ended = false; status == VWW_OK && !ended;) {
        const vww_status read = read_batch(walk, reader, &number, &ended, error);
        struct vww_error taking;
        status = take_batch(walk, &taking);
        if (status != VWW_OK && error != NULL)
            *error = taking;
        if (status == VWW_OK)
            status = read;
    }
    for (size_t i = 0; walk != NULL && i < VWW_RECORDS_AT_ONCE; i++)
        vww_buffer_fini(&walk->records[i].data);
    vww_free(walk);
    vww_tfrecord_close(reader);
    return status;
}

vww_status vww_record_image(const struct vww_example *example, int32_t least,
                            struct vww_image *image, struct vww_error *error)
{
    const uint8_t *bytes = example->encoded;
    const bool jpeg = example->encoded_bytes > 2 && bytes[0] == 0xff && bytes[1] == 0xd8;
    if (jpeg)
        return vww_image_decode_jpeg(bytes, example->encoded_bytes, "", least, image, error);
    return vww_image_decode(bytes, example->encoded_bytes, "", image, error);
}
