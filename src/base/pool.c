#include "base/pool.h"
#include "base/memory.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#endif

#define ALIGNMENT ((size_t)64)

/* An array's share: its bytes, and then up to the next but one multiple of ALIGNMENT nobody's. */
static size_t share_of(size_t bytes)
{
    return bytes / ALIGNMENT * ALIGNMENT + 2 * ALIGNMENT;
}

void *vww_pool_take(struct vww_pool *pool, int64_t count, size_t size)
{
    size_t bytes;
    const size_t at = pool->used;
    if (__builtin_mul_overflow((size_t)count, size, &bytes) || bytes > SIZE_MAX / 4 ||
        at > SIZE_MAX / 4) {
        pool->used = SIZE_MAX / 2; /* more than any allocation can be */
        return NULL;
    }
    pool->used += share_of(bytes);
    if (pool->memory == NULL || pool->used > pool->bytes)
        return NULL;
    ASAN_POISON_MEMORY_REGION(pool->memory + at + bytes, share_of(bytes) - bytes);
    return pool->memory + at;
}

bool vww_pool_allocate(struct vww_pool *pool)
{
    pool->memory = vww_allocate(1, pool->used);
    if (pool->memory == NULL)
        return false;
    pool->bytes = pool->used;
    pool->used = 0;
    return true;
}

void vww_pool_fini(struct vww_pool *pool)
{
    if (pool->memory != NULL)
        ASAN_UNPOISON_MEMORY_REGION(pool->memory, pool->bytes);
    vww_free(pool->memory);
    *pool = (struct vww_pool){0};
}
