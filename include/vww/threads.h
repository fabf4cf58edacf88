#ifndef VWW_THREADS_H
#define VWW_THREADS_H

/* How many threads the library uses from now on; 0 = one for each core this process may use.
 * Results do not depend on it. */
void vww_threads_use(int count);
/* How many that is. */
int vww_threads(void);

#endif
