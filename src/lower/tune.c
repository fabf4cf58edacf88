#include "lower/tuning.h"

#include <string.h>

static const struct vww_tuning tunings[] = {
    {"cortex-m3", 2, vww_tuned_mac32},
    {"cortex-m4", 4, vww_tuned_cortex_m_dsp},
    {"cortex-m7", 4, vww_tuned_cortex_m_dsp},
    {"cortex-m55", 1, vww_tuned_cortex_m_mve},
};

const struct vww_tuning *vww_tuning_find(const char *target)
{
    for (size_t i = 0; i < sizeof tunings / sizeof tunings[0]; i++)
        if (strcmp(tunings[i].target, target) == 0)
            return &tunings[i];
    return NULL;
}

vww_status vww_lower_tune(const struct vww_tuning *tuning, struct vww_lowered *lowered,
                          struct vww_error *error)
{
    if (tuning == NULL)
        return VWW_OK;
    for (const struct vww_tuned_kernel *kernel = tuning->kernels; kernel->name != NULL; kernel++) {
        if (kernel->plain != lowered->kernel || !kernel->fits(lowered))
            continue;
        struct vww_lowered tuned = {.kernel = kernel->tuned, .call_count = lowered->call_count};
        const vww_status status = kernel->prepare(lowered, &tuned, error);
        if (status == VWW_OK) {
            vww_lowered_fini(lowered);
            *lowered = tuned;
        }
        return status;
    }
    return VWW_OK;
}
