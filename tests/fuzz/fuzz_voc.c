#include "source_promises.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vww_error error = {.status = VWW_OK};
    promise_error(vww_voc_scan_memory(data, size, "fuzz", &promises, &error), &error);
    return 0;
}
