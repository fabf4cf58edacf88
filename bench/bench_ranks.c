/* What ranks cost one another: the inputs of docs/distributed.md's model.
 *   mpirun -n 2 build/bench/bench_ranks */
#include "base/memory.h"
#include "base/ranks.h"

#include <stdio.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void report(const struct vww_ranks *ranks, const char *what, int64_t values, double bytes,
                   double seconds)
{
    if (vww_ranks_rank(ranks) == 0)
        printf("%-28s %9lld values %10.1f us %9.1f MB/s\n", what, (long long)values, 1e6 * seconds,
               1e-6 * bytes / seconds);
}

/* Sums with an answer at once, as batch norm's statistics need them. */
static void time_sums(struct vww_ranks *ranks, int64_t count)
{
    double *values = vww_allocate((size_t)count, sizeof *values);
    double best = 1e9;
    if (values == NULL)
        return;
    for (int round = 0; round < 20; round++) {
        const double start = now();
        for (int i = 0; i < 20; i++)
            vww_ranks_sum(ranks, values, count);
        const double taken = (now() - start) / 20;
        best = taken < best ? taken : best;
    }
    report(ranks, "sum at once (double)", count, 8.0 * (double)count, best);
    vww_free(values);
}

/* Sums in the background, with nothing to do meanwhile. */
static void time_background(struct vww_ranks *ranks, int64_t count)
{
    float *values = vww_allocate((size_t)count, sizeof *values);
    double best = 1e9;
    if (values == NULL)
        return;
    for (int round = 0; round < 20; round++) {
        const double start = now();
        for (int64_t first = 0; first < count; first += 16384)
            vww_ranks_sum_begin(ranks, values + first,
                                count - first < 16384 ? count - first : 16384);
        vww_ranks_sum_end(ranks);
        const double taken = now() - start;
        best = taken < best ? taken : best;
    }
    report(ranks, "sum in background (float)", count, 4.0 * (double)count, best);
    vww_free(values);
}

int main(void)
{
    struct vww_error error;
    struct vww_ranks *ranks;
    if (vww_ranks_join(&ranks, &error) != VWW_OK || ranks == NULL) {
        printf("ranks: nothing to measure alone; mpirun -n 2 %s\n", "bench_ranks");
        return 0;
    }
    static const int64_t sums[] = {2, 64, 512, 2048};
    static const int64_t floats[] = {16384, 65536, 262144, 1048576, 4194304};
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        time_sums(ranks, sums[i]);
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++)
        time_background(ranks, floats[i]);
    vww_ranks_leave(ranks);
    return 0;
}
