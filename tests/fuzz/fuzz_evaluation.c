#include "vww/evaluate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vww_evaluation evaluation;
    struct vww_error error;
    if (vww_evaluation_parse(data, size, "input", &evaluation, &error) == VWW_OK)
        vww_evaluation_fini(&evaluation);
    return 0;
}
