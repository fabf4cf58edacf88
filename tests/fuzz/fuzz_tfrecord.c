/* Records as they come, and each record's data, whatever its checksum, as an Example. */
#include "vww/tfrecord.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const uint8_t *data, size_t size)
{
    struct vww_example_read read;
    struct vww_error error;
    if (vww_example_unpack(data, size, &read, &error) != VWW_OK) {
        if (error.what[0] == '\0')
            abort();
        return;
    }
    size_t sum = strlen(read.example.file_name) + strlen(read.example.source_id) +
                 strlen(read.example.sha256) + strlen(read.example.format);
    for (size_t i = 0; i < read.example.encoded_bytes; i++)
        sum += read.example.encoded[i];
    for (size_t i = 0; i < read.example.box_count; i++)
        sum += read.example.boxes[i].xmax > read.example.boxes[i].xmin;
    if (sum == SIZE_MAX)
        abort();
    vww_example_fini(&read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vww_tfrecord_reader *reader;
    if (vww_tfrecord_open_memory(data, size, "input", &reader, NULL) != VWW_OK)
        return 0;
    const uint8_t *record;
    size_t bytes;
    while (vww_tfrecord_next(reader, &record, &bytes, NULL, NULL) == VWW_OK && record != NULL)
        use(record, bytes);
    vww_tfrecord_close(reader);
    if (size > 12)
        use(data + 12, size - 12);
    return 0;
}
