#include "report/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vww_metrics metrics;
    struct vww_error error;
    if (vww_metrics_parse(data, size, "input", &metrics, &error) == VWW_OK)
        vww_metrics_fini(&metrics);
    return 0;
}
