#include "base/store.h"
#include "base/memory.h"

#ifdef VWW_MPI

#include "base/ranks_mpi.h"

#include <string.h>

struct vww_store {
    struct vww_ranks *ranks;
    MPI_Win values, counter;
    float *own;
    int64_t *count;
};

vww_status vww_store_create(struct vww_ranks *ranks, int64_t floats, struct vww_store **store,
                            struct vww_error *error)
{
    struct vww_store *made = vww_allocate(1, sizeof *made);
    *store = NULL;
    const vww_status status =
        vww_ranks_agree(ranks, made != NULL ? VWW_OK : vww_fail_memory(error, sizeof *made), error);
    if (status != VWW_OK) {
        vww_free(made);
        return status;
    }
    made->ranks = ranks;
    const bool good =
        vww_ranks_good(ranks,
                       MPI_Win_allocate((MPI_Aint)floats * (MPI_Aint)sizeof(float), sizeof(float),
                                        MPI_INFO_NULL, ranks->now, &made->own, &made->values),
                       "MPI_Win_allocate") &&
        vww_ranks_good(ranks,
                       MPI_Win_allocate(sizeof(int64_t), sizeof(int64_t), MPI_INFO_NULL, ranks->now,
                                        &made->count, &made->counter),
                       "MPI_Win_allocate");
    if (!good) {
        vww_free(made);
        return vww_ranks_lost(ranks, error);
    }
    memset(made->own, 0, (size_t)floats * sizeof(float));
    *made->count = 0;
    MPI_Win_lock_all(0, made->counter);
    *store = made;
    return vww_ranks_agree(ranks, VWW_OK, error);
}

void vww_store_destroy(struct vww_store *store)
{
    if (store == NULL)
        return;
    if (!store->ranks->lost) {
        MPI_Win_unlock_all(store->counter);
        MPI_Win_free(&store->counter);
        MPI_Win_free(&store->values);
    }
    vww_free(store);
}

void vww_store_open(struct vww_store *store, int32_t owner, bool for_change)
{
    MPI_Win_lock(for_change ? MPI_LOCK_EXCLUSIVE : MPI_LOCK_SHARED, owner, 0, store->values);
}

void vww_store_close(struct vww_store *store, int32_t owner)
{
    MPI_Win_unlock(owner, store->values);
}

void vww_store_get(struct vww_store *store, int32_t owner, float *values, int64_t floats)
{
    MPI_Get(values, (int)floats, MPI_FLOAT, owner, 0, (int)floats, MPI_FLOAT, store->values);
    MPI_Win_flush(owner, store->values);
}

void vww_store_put(struct vww_store *store, int32_t owner, const float *values, int64_t floats)
{
    MPI_Put(values, (int)floats, MPI_FLOAT, owner, 0, (int)floats, MPI_FLOAT, store->values);
    MPI_Win_flush(owner, store->values);
}

int64_t vww_store_count(struct vww_store *store, int64_t add)
{
    int64_t before = 0;
    MPI_Fetch_and_op(&add, &before, MPI_INT64_T, 0, 0, MPI_SUM, store->counter);
    MPI_Win_flush(0, store->counter);
    return before;
}

void vww_store_serve(struct vww_store *store)
{
    int flag;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, store->ranks->now, &flag, MPI_STATUS_IGNORE);
}

#else

vww_status vww_store_create(struct vww_ranks *ranks, int64_t floats, struct vww_store **store,
                            struct vww_error *error)
{
    (void)ranks;
    (void)floats;
    *store = NULL;
    return vww_fail(error, VWW_ERROR_UNSUPPORTED, "this vww was built without MPI");
}

void vww_store_destroy(struct vww_store *store)
{
    (void)store;
}

void vww_store_open(struct vww_store *store, int32_t owner, bool for_change)
{
    (void)store;
    (void)owner;
    (void)for_change;
}

void vww_store_close(struct vww_store *store, int32_t owner)
{
    (void)store;
    (void)owner;
}

void vww_store_get(struct vww_store *store, int32_t owner, float *values, int64_t floats)
{
    (void)store;
    (void)owner;
    (void)values;
    (void)floats;
}

void vww_store_put(struct vww_store *store, int32_t owner, const float *values, int64_t floats)
{
    (void)store;
    (void)owner;
    (void)values;
    (void)floats;
}

int64_t vww_store_count(struct vww_store *store, int64_t add)
{
    (void)store;
    (void)add;
    return 0;
}

void vww_store_serve(struct vww_store *store)
{
    (void)store;
}

#endif
