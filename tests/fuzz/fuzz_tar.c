/* A tar archive as it comes, and as a WebDataset shard. */
#include "dataset/records.h"
#include "dataset/tar.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read lies in the archive, behind its header. */
static void read_files(const uint8_t *data, size_t size)
{
    struct vww_tar_reader *reader;
    struct vww_tar_entry entry = {0};
    struct vww_error error;
    vww_status status = vww_tar_open_memory(data, size, "input", &reader, NULL);
    if (status != VWW_OK)
        return;
    while ((status = vww_tar_next(reader, &entry, &error)) == VWW_OK && entry.name[0] != '\0') {
        const size_t at = (size_t)entry.offset + VWW_TAR_BLOCK;
        if (strlen(entry.name) >= VWW_TAR_NAME_MAX || at > size || entry.data.size > size - at ||
            (entry.data.size > 0 && memcmp(entry.data.data, data + at, entry.data.size) != 0))
            abort();
    }
    if (status != VWW_OK && (error.what[0] == '\0' || error.byte < 0 || error.byte > (int64_t)size))
        abort();
    vww_buffer_fini(&entry.data);
    vww_tar_close(reader);
}

static void read_images(const uint8_t *data, size_t size)
{
    static struct vww_record record;
    struct vww_tar_reader *reader;
    bool ended = false;
    if (vww_tar_open_memory(data, size, "input", &reader, NULL) != VWW_OK)
        return;
    record.data.size = 0;
    while (vww_records_web_next(reader, &record, &ended, NULL) == VWW_OK && !ended) {
        struct vww_example_read read;
        if (vww_record_example(&record, &read, NULL) == VWW_OK)
            vww_example_fini(&read);
        else if (record.status != VWW_OK && record.error.what[0] == '\0')
            abort();
        record.data.size = 0;
    }
    vww_buffer_fini(&record.data);
    record = (struct vww_record){0};
    vww_tar_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_files(data, size);
    read_images(data, size);
    return 0;
}
