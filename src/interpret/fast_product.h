/* The product of vww_fast_product, for the instruction set of the file that includes this, which
 * defines before:
 *
 *   vector, LANES       32-bit integers in a vector
 *   ROWS                rows of a tile: 2 * ROWS sums and 3 more vectors fit the registers
 *   load(p)             LANES integers from aligned memory
 *   broadcast(x)        a 32-bit word in each lane
 *   dot(sum, a, w)      sum + products of the activations in a and the weights in w
 *   finish(channels, at, sum)   the output integers of the channels from `at` on
 *   store(p, v, count)  the first `count` lanes as bytes
 *   ZERO                a vector of zeros */
/* rows (1 or ROWS, a constant once inlined) times `blocks` (1 or 2) blocks of channels. */
static inline __attribute__((always_inline)) void tile(const struct vww_fast_product *p,
                                                       const uint32_t *activations, int rows,
                                                       int block, int blocks, int8_t *output)
{
    const int32_t words = p->words;
    const uint32_t *weights = p->weights + (size_t)block * (size_t)words * LANES;
    vector sums[ROWS][2];
    for (int r = 0; r < rows; r++)
        for (int b = 0; b < blocks; b++)
            sums[r][b] = ZERO;
    for (int32_t i = 0; i < words; i++) {
        vector w[2];
        for (int b = 0; b < blocks; b++)
            w[b] = load(weights + ((size_t)b * (size_t)words + (size_t)i) * LANES);
        for (int r = 0; r < rows; r++) {
            const vector a = broadcast(activations[(size_t)r * (size_t)words + (size_t)i]);
            for (int b = 0; b < blocks; b++)
                sums[r][b] = dot(sums[r][b], a, w[b]);
        }
    }
    for (int b = 0; b < blocks; b++) {
        const int32_t first = (block + b) * LANES;
        const int32_t left = p->columns - first;
        for (int r = 0; r < rows; r++)
            store(output + (size_t)r * (size_t)p->columns + first,
                  finish(&p->channels, first, sums[r][b]), left < LANES ? left : LANES);
    }
}

static inline __attribute__((always_inline)) void strip(const struct vww_fast_product *p,
                                                        const uint32_t *rows, int32_t row_count,
                                                        int block, int blocks, int8_t *output)
{
    int32_t r = 0;
    for (; r + ROWS <= row_count; r += ROWS)
        tile(p, rows + (size_t)r * (size_t)p->words, ROWS, block, blocks,
             output + (size_t)r * (size_t)p->columns);
    for (; r < row_count; r++)
        tile(p, rows + (size_t)r * (size_t)p->words, 1, block, blocks,
             output + (size_t)r * (size_t)p->columns);
}

static void product(const struct vww_fast_product *p, const uint32_t *rows, int32_t row_count,
                    int8_t *output)
{
    const int count = (p->columns + LANES - 1) / LANES;
    int block = 0;
    for (; block + 2 <= count; block += 2)
        strip(p, rows, row_count, block, 2, output);
    if (block < count)
        strip(p, rows, row_count, block, 1, output);
}
