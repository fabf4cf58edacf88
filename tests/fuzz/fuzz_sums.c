/* The list of files of a split: whatever it says, no name leads out of the folder. */
#include "dataset/sums.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vww_buffer text = {0};
    struct vww_error error;
    vww_status status;
    int64_t label = 0;
    size_t bytes = 0;
    vww_buffer_append(&text, data, size);
    vww_buffer_append(&text, "", 1);
    struct vww_sums sums = {
        .text = (const char *)text.data, .size = size, .path = "input", .folder = "val"};
    while ((status = vww_sums_next(&sums, &error)) == VWW_OK && sums.name[0] != '\0')
        if (strncmp(sums.name, "val/", 4) != 0 || strstr(sums.name, "/../") != NULL ||
            strlen(sums.sha256) != 64 || sums.at > size)
            abort();
    if (status != VWW_OK && error.what[0] == '\0')
        abort();
    if (vww_label_row_read((const char *)text.data, "7.bin", &label, &bytes) &&
        (bytes > size || label < 0 || label > 1))
        abort();
    vww_buffer_fini(&text);
    return 0;
}
