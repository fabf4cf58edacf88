/* From a kernel's plain parameters to those of a tuned kernel: weights laid out for the inner loop,
 * the input's offset folded into the biases, every sum's bounds checked. Which tuned kernels a core
 * has is one table, which the code generator, the tests and the benchmarks walk.
 *
 *   status = vww_lower_op(graph, i, &lowered, error);
 *   if (status == VWW_OK)
 *       status = vww_lower_tune(vww_tuning_find("cortex-m4"), &lowered, error);
 *
 * Afterwards `lowered` is either as before (no tuned kernel fits: the reference runs) or names a
 * tuned kernel; vww_lowered_run runs both and both give the same bytes. */
#ifndef VWW_LOWER_TUNE_H
#define VWW_LOWER_TUNE_H

#include "lower/lower.h"

/* One tuned kernel: what it takes the place of, and how. */
struct vww_tuned_kernel {
    const char *name;
    enum vww_kernel plain, tuned;
    bool (*fits)(const struct vww_lowered *plain);
    vww_status (*prepare)(const struct vww_lowered *plain, struct vww_lowered *tuned,
                          struct vww_error *error);
};

/* The tuned kernels of a core, the first that fits is taken; ends with name NULL. The simplifier
 * leaves channels in multiples of channel_multiple, with which the kernels are fastest (measured in
 * docs/kernels.md); they take other numbers as well. */
struct vww_tuning {
    const char *target;
    int32_t channel_multiple; /* 1: any number of channels is as fast as others */
    const struct vww_tuned_kernel *kernels;
};

/* By the code generator's name of the target; NULL: nothing is tuned for it. */
const struct vww_tuning *vww_tuning_find(const char *target);

/* tuning may be NULL. Without memory: VWW_ERROR_MEMORY, and `lowered` is as before. */
vww_status vww_lower_tune(const struct vww_tuning *tuning, struct vww_lowered *lowered,
                          struct vww_error *error);

#endif
