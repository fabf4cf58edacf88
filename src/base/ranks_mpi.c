#ifdef VWW_MPI

#include "base/ranks_mpi.h"
#include "base/memory.h"
#include "base/tree.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SPINS 200         /* tests before the processor is given to others */
#define LAST_PATIENCE 0.3 /* seconds for an answer after a signal to stop: mpirun kills after 1 */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

bool vww_ranks_good(struct vww_ranks *ranks, int code, const char *what)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length;
    if (code == MPI_SUCCESS)
        return true;
    MPI_Error_string(code, text, &length);
    ranks->lost = true;
    snprintf(ranks->cause, sizeof ranks->cause, "%s: %.100s", what, text);
    return false;
}

void vww_ranks_no_memory(struct vww_ranks *ranks)
{
    ranks->lost = true;
    snprintf(ranks->cause, sizeof ranks->cause, "out of memory for messages");
}

bool vww_ranks_wait(struct vww_ranks *ranks, MPI_Request *request)
{
    double stop_since = 0;
    for (int64_t tests = 1;; tests++) {
        int done;
        if (!vww_ranks_good(ranks, MPI_Test(request, &done, MPI_STATUS_IGNORE), "MPI_Test"))
            return false;
        if (done)
            return true;
        if (tests % SPINS != 0)
            continue;
        sched_yield();
        if (!vww_progress_stop(ranks->progress))
            continue;
        if (stop_since == 0)
            stop_since = now();
        if (now() - stop_since < LAST_PATIENCE)
            continue;
        ranks->lost = true;
        snprintf(ranks->cause, sizeof ranks->cause, "no answer after the signal to stop");
        return false;
    }
}

/* --- joining and leaving -------------------------------------------------------------------------
 */

static vww_status not_the_launched(struct vww_error *error, int seen, int launched)
{
    vww_fail(error, VWW_ERROR_MISMATCH, "MPI sees other ranks than the launcher named");
    vww_error_seen(error, "%d ranks", seen);
    vww_error_allowed(error, "%d", launched);
    vww_error_remedy(error,
                     "start with the mpirun of the MPI that vww was built with, or with srun "
                     "--mpi=pmix");
    return VWW_ERROR_MISMATCH;
}

vww_status vww_ranks_join(struct vww_ranks **ranks, struct vww_error *error)
{
    *ranks = NULL;
    const struct vww_launch launch = vww_launch_read();
    if (launch.count <= 1)
        return VWW_OK;
    int provided, rank, count;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        return vww_fail(error, VWW_ERROR_IO, "MPI cannot be initialized");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    if (count != launch.count) {
        MPI_Finalize();
        return not_the_launched(error, count, launch.count);
    }
    struct vww_ranks *made = vww_allocate(1, sizeof *made);
    if (made == NULL) {
        MPI_Abort(MPI_COMM_WORLD, 1);
        return vww_fail_memory(error, sizeof *made);
    }
    made->rank = rank;
    made->count = count;
    MPI_Comm *const communicators[] = {&made->now, &made->scatter, &made->spread};
    for (size_t i = 0; i < 3; i++) {
        MPI_Comm_dup(MPI_COMM_WORLD, communicators[i]);
        MPI_Comm_set_errhandler(*communicators[i], MPI_ERRORS_RETURN);
    }
    *ranks = made;
    return VWW_OK;
}

void vww_ranks_leave(struct vww_ranks *ranks)
{
    if (ranks == NULL)
        return;
    if (ranks->lost) {
        fflush(NULL);
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    vww_buckets_free(ranks);
    MPI_Comm_free(&ranks->now);
    MPI_Comm_free(&ranks->scatter);
    MPI_Comm_free(&ranks->spread);
    MPI_Finalize();
    vww_free(ranks->scratch);
    vww_free(ranks);
}

int32_t vww_ranks_rank(const struct vww_ranks *ranks)
{
    return ranks != NULL ? ranks->rank : 0;
}

int32_t vww_ranks_count(const struct vww_ranks *ranks)
{
    return ranks != NULL ? ranks->count : 1;
}

void vww_ranks_watch(struct vww_ranks *ranks, const struct vww_progress *progress)
{
    if (ranks != NULL)
        ranks->progress = progress;
}

vww_status vww_ranks_lost(const struct vww_ranks *ranks, struct vww_error *error)
{
    if (ranks == NULL || !ranks->lost)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_IO, "another rank was lost");
    vww_error_seen(error, "%s", ranks->cause);
    return VWW_ERROR_IO;
}

/* --- what answers at once ------------------------------------------------------------------------
 */

void vww_ranks_gather(struct vww_ranks *ranks, const void *mine, size_t bytes, void *all)
{
    MPI_Request request;
    if (ranks == NULL || ranks->lost)
        return;
    if (vww_ranks_good(ranks,
                       MPI_Iallgather(mine, (int)bytes, MPI_BYTE, all, (int)bytes, MPI_BYTE,
                                      ranks->now, &request),
                       "MPI_Iallgather"))
        vww_ranks_wait(ranks, &request);
}

void vww_ranks_broadcast(struct vww_ranks *ranks, int32_t root, void *data, size_t bytes)
{
    MPI_Request request;
    if (ranks == NULL || ranks->lost)
        return;
    if (vww_ranks_good(ranks, MPI_Ibcast(data, (int)bytes, MPI_BYTE, root, ranks->now, &request),
                       "MPI_Ibcast"))
        vww_ranks_wait(ranks, &request);
}

/* Room for `bytes` of every rank; NULL without memory, which ends the job. */
static void *room_for(struct vww_ranks *ranks, size_t bytes)
{
    const size_t wanted = bytes * (size_t)ranks->count;
    if (wanted <= ranks->scratch_bytes)
        return ranks->scratch;
    vww_free(ranks->scratch);
    ranks->scratch = vww_allocate(wanted, 1);
    ranks->scratch_bytes = ranks->scratch != NULL ? wanted : 0;
    if (ranks->scratch == NULL)
        vww_ranks_no_memory(ranks);
    return ranks->scratch;
}

void vww_ranks_sum(struct vww_ranks *ranks, double *values, int64_t count)
{
    if (ranks == NULL || ranks->lost)
        return;
    double *all = room_for(ranks, (size_t)count * sizeof *values);
    if (all == NULL)
        return;
    vww_ranks_gather(ranks, values, (size_t)count * sizeof *values, all);
    if (ranks->lost)
        return;
    for (int64_t step = 1; step < ranks->count; step *= 2)
        for (int64_t r = 0; r + step < ranks->count; r += 2 * step)
            for (int64_t i = 0; i < count; i++)
                all[r * count + i] += all[(r + step) * count + i];
    memcpy(values, all, (size_t)count * sizeof *values);
}

void vww_ranks_range(struct vww_ranks *ranks, float *low, float *high)
{
    const float mine[2] = {*low, *high};
    if (ranks == NULL || ranks->lost)
        return;
    float *all = room_for(ranks, sizeof mine);
    if (all == NULL)
        return;
    vww_ranks_gather(ranks, mine, sizeof mine, all);
    for (int32_t r = 0; !ranks->lost && r < ranks->count; r++) {
        *low = all[2 * r] < *low ? all[2 * r] : *low;
        *high = all[2 * r + 1] > *high ? all[2 * r + 1] : *high;
    }
}

static vww_status take_failure(struct vww_ranks *ranks, int32_t root, vww_status status,
                               struct vww_error *error)
{
    struct vww_error theirs;
    vww_error_clear(&theirs);
    if (root == ranks->rank && error != NULL)
        theirs = *error;
    const vww_status own = status;
    theirs.status = status;
    vww_ranks_broadcast(ranks, root, &theirs, sizeof theirs);
    if (vww_ranks_lost(ranks, NULL) != VWW_OK)
        return own != VWW_OK ? own : vww_ranks_lost(ranks, error);
    if (own != VWW_OK)
        return own;
    if (error != NULL) {
        char what[sizeof theirs.what];
        snprintf(what, sizeof what, "rank %d of %d: %.200s", (int)root, (int)ranks->count,
                 theirs.what);
        *error = theirs;
        memcpy(error->what, what, sizeof what);
    }
    return theirs.status;
}

vww_status vww_ranks_agree(struct vww_ranks *ranks, vww_status status, struct vww_error *error)
{
    if (ranks == NULL)
        return status;
    const uint8_t mine = (uint8_t)status;
    uint8_t *all = room_for(ranks, 1);
    if (all == NULL)
        return status != VWW_OK ? status : vww_ranks_lost(ranks, error);
    vww_ranks_gather(ranks, &mine, 1, all);
    if (ranks->lost)
        return status != VWW_OK ? status : vww_ranks_lost(ranks, error);
    for (int32_t r = 0; r < ranks->count; r++)
        if (all[r] != VWW_OK)
            return take_failure(ranks, r, status, error);
    return VWW_OK;
}

#endif
