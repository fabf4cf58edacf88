/* Which of the kernel tables this processor runs. */
#include "train/kernels.h"
#include "vww/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct vww_kernels vww_kernels_portable;
#if defined(__x86_64__)
extern const struct vww_kernels vww_kernels_avx2;
extern const struct vww_kernels vww_kernels_avx512;
#endif

#define TABLES_MAX 3

const struct vww_kernels *const *vww_kernels_available(size_t *count)
{
    static const struct vww_kernels *const tables[TABLES_MAX] = {
        &vww_kernels_portable,
#if defined(__x86_64__)
        &vww_kernels_avx2,
        &vww_kernels_avx512,
#endif
    };
    *count = 1;
#if defined(__x86_64__)
    /* x86-64-v3, and v4 above it. */
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi2"))
        *count = 2;
    if (*count == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        *count = 3;
#endif
    return tables;
}

vww_status vww_kernels_choose(const struct vww_kernels **kernels, struct vww_error *error)
{
    size_t count;
    const struct vww_kernels *const *tables = vww_kernels_available(&count);
    const char *wanted = getenv("VWW_ISA");
    *kernels = tables[count - 1];
    if (wanted == NULL || wanted[0] == '\0')
        return VWW_OK;
    const char *names[TABLES_MAX];
    char hint[200];
    for (size_t i = 0; i < count; i++) {
        names[i] = tables[i]->name;
        if (strcmp(wanted, tables[i]->name) == 0) {
            *kernels = tables[i];
            return VWW_OK;
        }
    }
    vww_text_suggest(hint, sizeof hint, wanted, names, count);
    vww_fail(error, VWW_ERROR_ARGUMENT, "this processor has no kernels of that name");
    vww_error_seen(error, "VWW_ISA=%s", wanted);
    vww_error_allowed(error, "portable%s%s", count > 1 ? ", avx2" : "",
                      count > 2 ? ", avx512" : "");
    vww_error_remedy(error, "unset VWW_ISA to use the best that the processor has; %s", hint);
    return VWW_ERROR_ARGUMENT;
}
