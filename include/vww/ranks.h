/* Several processes (ranks) that a launcher such as mpirun or srun started together, on one machine
 * or many. Training and building a data set join them through MPI. */
#ifndef VWW_RANKS_H
#define VWW_RANKS_H

#include "vww/status.h"

#include <stdbool.h>
#include <stdint.h>

struct vww_ranks;

/* Join the ranks that were started with this one. *ranks is NULL for a process that is alone, for
 * which MPI is not even initialized; every function on ranks takes NULL for that. To be called by
 * the thread that will call all the others. VWW_ERROR_UNSUPPORTED: this vww was built without MPI;
 * VWW_ERROR_MISMATCH: MPI sees other ranks than the launcher named. */
vww_status vww_ranks_join(struct vww_ranks **ranks, struct vww_error *error);
/* All ranks leave together. After one was lost, waiting for it would last for ever: then the whole
 * job is ended here (this does not return). */
void vww_ranks_leave(struct vww_ranks *ranks);

/* The first failure of any rank, for all of them: where this rank has none of its own, with its
 * message under "rank R of N". VWW_ERROR_IO where a rank is lost. */
vww_status vww_ranks_agree(struct vww_ranks *ranks, vww_status status, struct vww_error *error);

int32_t vww_ranks_rank(const struct vww_ranks *ranks);  /* 0 … count - 1 */
int32_t vww_ranks_count(const struct vww_ranks *ranks); /* 1: alone */

#endif
