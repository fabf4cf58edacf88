#include "rank_option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What launchers tell their processes: Open MPI; MPICH and its relatives, and PMI of srun; srun
 * alone. SLURM_NTASKS would be set outside of srun too, SLURM_STEP_NUM_TASKS is not. */
static const struct {
    const char *rank, *count, *job;
} launchers[] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMIX_NAMESPACE"},
    {"PMI_RANK", "PMI_SIZE", "PMI_JOBID"},
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_JOB_ID"},
};

static bool read_number(const char *name, int64_t *value)
{
    const char *text = getenv(name);
    char *end;
    if (text == NULL)
        return false;
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    *value = number;
    return end != text && *end == '\0' && errno == 0;
}

bool rank_choice_resolve(const struct rank_choice *choice, struct vww_dataset_ranks *ranks)
{
    int64_t rank = choice->rank, count = choice->ranks;
    const char *job = NULL;
    for (size_t i = 0; count == 0 && i < sizeof launchers / sizeof launchers[0]; i++)
        if (read_number(launchers[i].count, &count) && read_number(launchers[i].rank, &rank))
            job = getenv(launchers[i].job);
        else
            count = 0;
    if (count == 0) {
        rank = 0;
        count = 1;
    }
    if (rank < 0 || rank >= count || count > 100000) {
        fprintf(stderr, "vww: there is no rank %lld of %lld\n", (long long)rank, (long long)count);
        return false;
    }
    *ranks = (struct vww_dataset_ranks){
        .rank = (int32_t)rank, .count = (int32_t)count, .job = job, .patience = choice->patience};
    return true;
}
