#include "base/thread.h"
#include "base/ranks.h"

#include <omp.h>
#include <unistd.h>

static int chosen;

void vww_threads_use(int count)
{
    chosen = count > 0 ? count : 0;
}

/* All cores; or where a launcher put several ranks on this machine and did not give each its own
 * cores, an equal part of them. */
static int default_threads(void)
{
    const int mine = omp_get_num_procs();
    const struct vww_launch launch = vww_launch_read();
    const bool is_bound = mine < sysconf(_SC_NPROCESSORS_ONLN);
    if (is_bound || launch.on_machine <= 1)
        return mine;
    return mine > launch.on_machine ? mine / launch.on_machine : 1;
}

int vww_threads(void)
{
    if (chosen == 0)
        chosen = default_threads();
    return chosen;
}

void vww_parallel_for(int64_t count, void (*body)(void *context, int64_t i), void *context)
{
#pragma omp parallel for schedule(dynamic, 1) num_threads(vww_threads())
    for (int64_t i = 0; i < count; i++)
        body(context, i);
}
