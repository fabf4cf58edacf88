/* What of ranks needs no MPI; and all there is in a build without it. */
#include "base/ranks.h"

#include <errno.h>
#include <stdlib.h>

/* What launchers tell their processes: Open MPI; MPICH and its relatives, and PMI of srun; srun
 * alone. SLURM_NTASKS would be set outside of srun too, SLURM_STEP_NUM_TASKS is not. */
static const struct {
    const char *rank, *count, *on_machine, *job;
} launchers[] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE",
     "PMIX_NAMESPACE"},
    {"PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS", "PMI_JOBID"},
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_STEP_TASKS_PER_NODE", "SLURM_JOB_ID"},
};

static bool read_number(const char *name, int32_t *value)
{
    const char *text = getenv(name);
    char *end;
    if (text == NULL)
        return false;
    errno = 0;
    const long number = strtol(text, &end, 10);
    *value = (int32_t)number;
    return end != text && errno == 0 && number >= 0 && number <= 1000000;
}

struct vww_launch vww_launch_read(void)
{
    for (size_t i = 0; i < sizeof launchers / sizeof launchers[0]; i++) {
        struct vww_launch launch = {0};
        if (!read_number(launchers[i].count, &launch.count) ||
            !read_number(launchers[i].rank, &launch.rank) || launch.rank >= launch.count)
            continue;
        if (!read_number(launchers[i].on_machine, &launch.on_machine))
            launch.on_machine = 0;
        launch.job = getenv(launchers[i].job);
        return launch;
    }
    return (struct vww_launch){0};
}

#ifndef VWW_MPI

vww_status vww_ranks_join(struct vww_ranks **ranks, struct vww_error *error)
{
    *ranks = NULL;
    const struct vww_launch launch = vww_launch_read();
    if (launch.count <= 1)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "this vww was built without MPI");
    vww_error_seen(error, "a start of %d ranks together", (int)launch.count);
    vww_error_remedy(error, "install libopenmpi-dev and build again, or start one process");
    return VWW_ERROR_UNSUPPORTED;
}

void vww_ranks_leave(struct vww_ranks *ranks)
{
    (void)ranks;
}

int32_t vww_ranks_rank(const struct vww_ranks *ranks)
{
    (void)ranks;
    return 0;
}

int32_t vww_ranks_count(const struct vww_ranks *ranks)
{
    (void)ranks;
    return 1;
}

void vww_ranks_watch(struct vww_ranks *ranks, const struct vww_progress *progress)
{
    (void)ranks;
    (void)progress;
}

vww_status vww_ranks_lost(const struct vww_ranks *ranks, struct vww_error *error)
{
    (void)ranks;
    (void)error;
    return VWW_OK;
}

void vww_ranks_gather(struct vww_ranks *ranks, const void *mine, size_t bytes, void *all)
{
    (void)ranks;
    (void)mine;
    (void)bytes;
    (void)all;
}

void vww_ranks_broadcast(struct vww_ranks *ranks, int32_t root, void *data, size_t bytes)
{
    (void)ranks;
    (void)root;
    (void)data;
    (void)bytes;
}

void vww_ranks_sum(struct vww_ranks *ranks, double *values, int64_t count)
{
    (void)ranks;
    (void)values;
    (void)count;
}

void vww_ranks_range(struct vww_ranks *ranks, float *low, float *high)
{
    (void)ranks;
    (void)low;
    (void)high;
}

vww_status vww_ranks_agree(struct vww_ranks *ranks, vww_status status, struct vww_error *error)
{
    (void)ranks;
    (void)error;
    return status;
}

void vww_ranks_sum_begin(struct vww_ranks *ranks, float *values, int64_t count)
{
    (void)ranks;
    (void)values;
    (void)count;
}

void vww_ranks_sum_go_on(struct vww_ranks *ranks)
{
    (void)ranks;
}

void vww_ranks_sum_end(struct vww_ranks *ranks)
{
    (void)ranks;
}

#endif
