/* Memory that every rank reads and changes without the others' doing, by MPI's one-sided
 * operations: each rank keeps one part, and one counter belongs to all. */
#ifndef VWW_BASE_STORE_H
#define VWW_BASE_STORE_H

#include "base/ranks.h"

struct vww_store;

/* All ranks together; floats: of this rank's part, zeroed. A build without MPI has none:
 * VWW_ERROR_UNSUPPORTED. */
vww_status vww_store_create(struct vww_ranks *ranks, int64_t floats, struct vww_store **store,
                            struct vww_error *error);
/* All ranks together. Harmless after a rank was lost, and on NULL. */
void vww_store_destroy(struct vww_store *store);

/* Between open and close no other rank changes the part of rank `owner`; for change: nor reads it.
 */
void vww_store_open(struct vww_store *store, int32_t owner, bool for_change);
void vww_store_close(struct vww_store *store, int32_t owner);
/* The first `floats` of the opened part. */
void vww_store_get(struct vww_store *store, int32_t owner, float *values, int64_t floats);
void vww_store_put(struct vww_store *store, int32_t owner, const float *values, int64_t floats);

/* Add to the counter; what it was before. */
int64_t vww_store_count(struct vww_store *store, int64_t add);
/* Lets operations of other ranks on this rank's part go on, where its network needs that. */
void vww_store_serve(struct vww_store *store);

#endif
