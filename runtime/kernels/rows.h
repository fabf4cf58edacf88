/* Planes of which only the last few rows are kept: see "Rows" in vwwrt.h. */
#ifndef VWWRT_KERNELS_ROWS_H
#define VWWRT_KERNELS_ROWS_H

#include <stdint.h>

/* Which of the `rows` kept rows holds row y; a division only where the plane is not kept whole. */
static inline int32_t vwwrt_slot(int32_t y, int32_t rows)
{
    return y < rows ? y : y % rows;
}

/* How many of the `count` rows from y on lie one behind the other. */
static inline int32_t vwwrt_rows_together(int32_t y, int32_t rows, int32_t count)
{
    const int32_t left = rows - vwwrt_slot(y, rows);
    return left < count ? left : count;
}

/* Kernels that take four channels at a time and are given another number begin the second four
 * within the first: how many channels lie between the beginnings of the first two. */
static inline int32_t vwwrt_first_four(int32_t channels)
{
    return ((channels - 1) & 3) + 1;
}

#endif
