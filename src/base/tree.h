/* Sums by a fixed tree: neighbours first, then pairs of neighbours, and so on. The tree over n
 * values contains the trees over its aligned runs of 2, 4, 8, … values, so that runs summed
 * elsewhere (in another process) and then put together give the same bits. */
#ifndef VWW_BASE_TREE_H
#define VWW_BASE_TREE_H

#include <stdint.h>

/* The sum; the values are used up. */
static inline double vww_tree_sum(double *values, int64_t count)
{
    for (int64_t step = 1; step < count; step *= 2)
        for (int64_t i = 0; i + step < count; i += 2 * step)
            values[i] += values[i + step];
    return count > 0 ? values[0] : 0;
}

/* rows x stride floats: the sum of columns first … last-1 over the rows, into row 0; the other rows
 * are used up. */
static inline void vww_tree_sum_rows(float *rows, int64_t count, int64_t stride, int64_t first,
                                     int64_t last)
{
    for (int64_t step = 1; step < count; step *= 2)
        for (int64_t i = 0; i + step < count; i += 2 * step) {
            float *restrict to = rows + i * stride;
            const float *restrict from = rows + (i + step) * stride;
            for (int64_t k = first; k < last; k++)
                to[k] += from[k];
        }
}

#endif
