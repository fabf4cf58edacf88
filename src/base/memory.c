#include "base/memory.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64
#define HUGE_PAGE ((size_t)2 << 20) /* of x86-64 and of arm64 with pages of 4 KiB */

static atomic_int_least64_t allocations_left = -1; /* -1: no planted failure */

void vww_memory_fail_at(int64_t n)
{
    atomic_store(&allocations_left, n > 0 ? n - 1 : -1);
}

static int planted_failure(void)
{
    int_least64_t left = atomic_load(&allocations_left);
    while (left > 0)
        if (atomic_compare_exchange_weak(&allocations_left, &left, left - 1))
            return 0;
    return left == 0;
}

/* Memory that is streamed through costs a search of the page tables every 4 KiB, and there the
 * processor's prefetching ends. Linux gives huge pages to who asks, where it has some. */
static void *allocate_large(size_t bytes)
{
    void *memory = NULL;
    if (posix_memalign(&memory, HUGE_PAGE, bytes) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
}

void *vww_allocate(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - ALIGNMENT ||
        planted_failure())
        return NULL;
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *memory = bytes >= HUGE_PAGE ? allocate_large(bytes)
                                      : aligned_alloc(ALIGNMENT, bytes > 0 ? bytes : ALIGNMENT);
    if (memory != NULL)
        memset(memory, 0, bytes);
    return memory;
}

void *vww_reallocate(void *memory, size_t old_bytes, size_t new_bytes)
{
    void *grown = vww_allocate(1, new_bytes);
    if (grown == NULL)
        return NULL;
    if (memory != NULL)
        memcpy(grown, memory, old_bytes < new_bytes ? old_bytes : new_bytes);
    free(memory);
    return grown;
}

void vww_free(void *memory)
{
    free(memory);
}

char *vww_duplicate(const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = vww_allocate(1, bytes);
    if (copy != NULL)
        memcpy(copy, text, bytes);
    return copy;
}

int vww_array_reserve(void **array, size_t *capacity, size_t count, size_t size)
{
    if (count <= *capacity)
        return 0;
    size_t wanted = *capacity > 0 ? *capacity : 16, bytes;
    while (wanted < count)
        if (__builtin_mul_overflow(wanted, (size_t)2, &wanted))
            return -1;
    if (__builtin_mul_overflow(wanted, size, &bytes))
        return -1;
    void *grown = vww_reallocate(*array, *capacity * size, bytes);
    if (grown == NULL)
        return -1;
    *array = grown;
    *capacity = wanted;
    return 0;
}

void vww_buffer_append(struct vww_buffer *buffer, const void *data, size_t bytes)
{
    if (buffer->failed || bytes == 0)
        return;
    void *array = buffer->data;
    if (bytes > SIZE_MAX - buffer->size ||
        vww_array_reserve(&array, &buffer->capacity, buffer->size + bytes, 1) != 0) {
        buffer->failed = 1;
        return;
    }
    buffer->data = array;
    memcpy(buffer->data + buffer->size, data, bytes);
    buffer->size += bytes;
}

void vww_buffer_text(struct vww_buffer *buffer, const char *text)
{
    vww_buffer_append(buffer, text, strlen(text));
}

void vww_buffer_printf(struct vww_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char small[512];
    const int length = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (length < 0) {
        buffer->failed = 1;
    } else if ((size_t)length < sizeof small) {
        vww_buffer_append(buffer, small, (size_t)length);
    } else {
        char *large = vww_allocate(1, (size_t)length + 1);
        if (large == NULL) {
            buffer->failed = 1;
            return;
        }
        va_start(arguments, format);
        vsnprintf(large, (size_t)length + 1, format, arguments);
        va_end(arguments);
        vww_buffer_append(buffer, large, (size_t)length);
        vww_free(large);
    }
}

void vww_buffer_fini(struct vww_buffer *buffer)
{
    vww_free(buffer->data);
    *buffer = (struct vww_buffer){0};
}
