#include "base/thread.h"

#include <omp.h>

static int chosen;

void vww_threads_use(int count)
{
    chosen = count > 0 ? count : 0;
}

int vww_threads(void)
{
    return chosen > 0 ? chosen : omp_get_num_procs();
}

void vww_parallel_for(int64_t count, void (*body)(void *context, int64_t i), void *context)
{
#pragma omp parallel for schedule(dynamic, 1) num_threads(vww_threads())
    for (int64_t i = 0; i < count; i++)
        body(context, i);
}
