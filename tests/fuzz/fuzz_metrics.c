/* The files of a run with one JSON object a line. */
#include "report/bench.h"
#include "report/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vww_metrics metrics;
    struct vww_error error;
    if (vww_metrics_parse(data, size, "input", &metrics, &error) == VWW_OK)
        vww_metrics_fini(&metrics);
    struct vww_bench benches[VWW_BENCHES_MAX];
    size_t count;
    if (vww_benches_parse(data, size, "input", benches, &count, &error) == VWW_OK &&
        count > VWW_BENCHES_MAX)
        __builtin_trap();
    return 0;
}
