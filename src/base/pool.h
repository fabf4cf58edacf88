/* Many arrays in one block of memory, taken in two rounds by the same code: the first round counts
 * and gives NULL, the second gives the arrays. They are given back all at once. */
#ifndef VWW_BASE_POOL_H
#define VWW_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vww_pool {
    char *memory; /* NULL in the first round */
    size_t used, bytes;
};

/* count objects of size bytes, 64-byte aligned, zeroed; they may be none. Where the address
 * sanitizer watches, so are the ends of each array. */
void *vww_pool_take(struct vww_pool *pool, int64_t count, size_t size);
/* Between the rounds: allocate what was counted. False without memory; pool->used then says how
 * much was wanted. */
bool vww_pool_allocate(struct vww_pool *pool);
void vww_pool_fini(struct vww_pool *pool);

#endif
