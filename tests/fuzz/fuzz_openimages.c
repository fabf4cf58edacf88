#include "source_promises.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) /* fmemopen refuses it */
        return 0;
    FILE *stream = fmemopen((void *)(uintptr_t)data, size, "rb");
    if (stream == NULL)
        abort();
    struct vww_error error = {.status = VWW_OK};
    promise_error(vww_openimages_scan_boxes(stream, "fuzz", &promises, &error), &error);
    fclose(stream);
    return 0;
}
