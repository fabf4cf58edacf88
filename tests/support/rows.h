/* A lowered operator over windows, run in random pieces of rows from and to rings of the least
 * number of rows, and over its own input. */
#ifndef VWW_TESTS_SUPPORT_ROWS_H
#define VWW_TESTS_SUPPORT_ROWS_H

#include "base/memory.h"
#include "base/random.h"
#include "lower/lower.h"
#include "support/check.h"

/* Row bytes and the windows along the height; span: rows from a window's first to its last. */
struct rows_shape {
    int32_t input_h, input_bytes, output_h, output_bytes;
    int32_t span, stride, pad_top;
};

enum { ROWS_FREE = 0x5a }; /* what no kernel may depend on, and none may write over */

static inline int32_t rows_min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t rows_max(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline int8_t *rows_memory(int32_t count)
{
    int8_t *memory = vww_allocate((size_t)rows_max(count, 1), 1);
    assert_non_null(memory);
    memset(memory, ROWS_FREE, (size_t)count);
    return memory;
}

/* The rows of the windows of output rows first … end - 1, alone, in the ring. */
static inline void rows_fill_ring(const struct rows_shape *s, const int8_t *input, int8_t *ring,
                                  int32_t ring_rows, int32_t first, int32_t end)
{
    memset(ring, ROWS_FREE, (size_t)(ring_rows * s->input_bytes));
    for (int32_t y = first; y < end; y++)
        for (int32_t row = y * s->stride - s->pad_top; row < y * s->stride - s->pad_top + s->span;
             row++)
            if (row >= 0 && row < s->input_h)
                memcpy(ring + row % ring_rows * s->input_bytes, input + row * s->input_bytes,
                       (size_t)s->input_bytes);
}

/* Only the output rows first … end - 1 are written, with what is expected. */
static inline void rows_check_ring(const struct rows_shape *s, const int8_t *expected,
                                   const int8_t *ring, int32_t ring_rows, int32_t first,
                                   int32_t end, int number)
{
    for (int32_t slot = 0; slot < ring_rows; slot++)
        for (int32_t i = 0; i < s->output_bytes; i++) {
            int8_t wanted = ROWS_FREE;
            for (int32_t y = first; y < end; y++)
                if (y % ring_rows == slot)
                    wanted = expected[y * s->output_bytes + i];
            if (ring[slot * s->output_bytes + i] != wanted)
                fail_msg("case %d: rows %d to %d of %d: in slot %d byte %d is %d, not %d", number,
                         (int)first, (int)end, (int)s->output_h, (int)slot, (int)i,
                         ring[slot * s->output_bytes + i], wanted);
        }
}

/* Pieces of at most `most` rows. */
static inline void runs_in_rings(struct vww_lowered *lowered, const struct rows_shape *s,
                                 const int8_t *input, const int8_t *expected,
                                 struct vww_random *random, int number)
{
    const int32_t most = 1 + (int32_t)vww_random_below(random, 4);
    const int32_t input_rows = rows_min(s->span + (most - 1) * s->stride, s->input_h);
    const int32_t output_rows = rows_min(most, s->output_h);
    int8_t *from = rows_memory(input_rows * s->input_bytes);
    int8_t *to = rows_memory(output_rows * s->output_bytes);
    struct vww_lowered_rows rows;
    assert_true(vww_lowered_rows(lowered, &rows));
    assert_int_equal(rows.output_h, s->output_h);
    *rows.input_rows = input_rows;
    *rows.output_rows = output_rows;
    for (int32_t y = 0, end; y < s->output_h; y = end) {
        end = rows_min(y + 1 + (int32_t)vww_random_below(random, (uint32_t)most), s->output_h);
        rows_fill_ring(s, input, from, input_rows, y, end);
        memset(to, ROWS_FREE, (size_t)(output_rows * s->output_bytes));
        vww_lowered_run_rows(lowered, from, to, y, end);
        rows_check_ring(s, expected, to, output_rows, y, end, number);
    }
    *rows.input_rows = s->input_h;
    *rows.output_rows = s->output_h;
    vww_free(from);
    vww_free(to);
}

/* How many bytes before the input the output must begin so that each row lies below the first row
 * that its window or a later one reads. */
static inline int32_t rows_ahead(const struct rows_shape *s)
{
    int32_t ahead = 0;
    for (int32_t y = 0; y < s->output_h; y++) {
        const int32_t needed = rows_max(y * s->stride - s->pad_top, 0);
        ahead = rows_max(ahead, (y + 1) * s->output_bytes - needed * s->input_bytes);
    }
    return ahead;
}

/* Whole planes, the output over the input as far as vwwrt.h allows. */
static inline void runs_over_input(const struct vww_lowered *lowered, const struct rows_shape *s,
                                   const int8_t *input, const int8_t *expected, int number)
{
    const int32_t ahead = rows_ahead(s), in = s->input_h * s->input_bytes;
    const int32_t out = s->output_h * s->output_bytes;
    int8_t *memory = rows_memory(rows_max(ahead + in, out));
    memcpy(memory + ahead, input, (size_t)in);
    vww_lowered_run_rows(lowered, memory + ahead, memory, 0, s->output_h);
    for (int32_t i = 0; i < out; i++)
        if (memory[i] != expected[i])
            fail_msg("case %d: over its input, output %d is %d, not %d", number, (int)i, memory[i],
                     expected[i]);
    vww_free(memory);
}

#endif
