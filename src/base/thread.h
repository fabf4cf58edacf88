/* Threads. Work is cut by data, never by thread count, so that results do not depend on it. */
#ifndef VWW_BASE_THREAD_H
#define VWW_BASE_THREAD_H

#include "vww/threads.h"

#include <stdint.h>

/* Equals `for (int64_t i = 0; i < count; i++) body(context, i);` with the iterations in any order
 * and on any thread. Iterations must not depend on one another. One that begins such work itself,
 * and a caller while another thread's work is under way, do theirs alone. */
void vww_parallel_for(int64_t count, void (*body)(void *context, int64_t i), void *context);

#endif
