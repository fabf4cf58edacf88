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

#endif
