/* Inside of what is made of MPI. */
#ifndef VWW_BASE_RANKS_MPI_H
#define VWW_BASE_RANKS_MPI_H

#include "base/ranks.h"

#include <mpi.h>

struct vww_bucket;

struct vww_ranks {
    int32_t rank, count;
    /* Operations on one communicator must begin in the same order on all ranks. What answers at
     * once and the two halves of the background sums each have their own order. */
    MPI_Comm now, scatter, spread;
    const struct vww_progress *progress;
    bool lost;
    char cause[128];
    uint8_t *scratch; /* count x the largest message so far */
    size_t scratch_bytes;
    struct vww_bucket *buckets; /* of the background sums; a list, kept from step to step */
    struct vww_bucket *filling;
};

/* Wait for the request; false: the other ranks are lost. */
bool vww_ranks_wait(struct vww_ranks *ranks, MPI_Request *request);
/* Note a failure of MPI; returns whether `code` was none. */
bool vww_ranks_good(struct vww_ranks *ranks, int code, const char *what);
void vww_ranks_no_memory(struct vww_ranks *ranks);
void vww_buckets_free(struct vww_ranks *ranks);

#endif
