/* Memory: sizes checked for overflow, and a switch that makes the n-th allocation fail so that
 * tests can walk every out-of-memory path. */
#ifndef VWW_BASE_MEMORY_H
#define VWW_BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* count objects of size bytes, zeroed, 64-byte aligned. NULL on overflow or without memory; one
 * byte at least is allocated, so NULL always means failure. Release with vww_free. */
void *vww_allocate(size_t count, size_t size);
/* Grow or shrink; the new part is not zeroed. Contents are kept where NULL is returned. */
void *vww_reallocate(void *memory, size_t old_bytes, size_t new_bytes);
void vww_free(void *memory);
char *vww_duplicate(const char *text);

/* Tests only: the n-th allocation from now on (1 = the next) and all later ones fail; 0 = never. */
void vww_memory_fail_at(int64_t n);

/* Bytes that this process can still take without others having to give any back, as far as the
 * system tells; 0: unknown. */
int64_t vww_memory_available(void);

/* Bytes that grow at the end. A failed append leaves `failed` set and the content unchanged; check
 * once at the end. All-zero is the empty buffer. */
struct vww_buffer {
    uint8_t *data;
    size_t size, capacity;
    int failed;
};

void vww_buffer_append(struct vww_buffer *buffer, const void *data, size_t bytes);
void vww_buffer_text(struct vww_buffer *buffer, const char *text);
void vww_buffer_printf(struct vww_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void vww_buffer_fini(struct vww_buffer *buffer);

/* Make room for at least `count` elements of `size` bytes in *array (capacity in elements),
 * doubling. Returns 0, or -1 without memory (the array is kept). */
int vww_array_reserve(void **array, size_t *capacity, size_t count, size_t size);

#endif
