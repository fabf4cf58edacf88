/* Random numbers as a function of (seed, stream, epoch, index): the n-th number drawn for image i
 * in epoch e is the same whatever was drawn before, on whichever thread, after whichever restart.
 */
#ifndef VWW_BASE_RANDOM_H
#define VWW_BASE_RANDOM_H

#include <stdint.h>

/* What the numbers are for; two purposes never share numbers. */
enum vww_random_stream {
    VWW_RANDOM_WEIGHTS = 1,
    VWW_RANDOM_SHUFFLE,
    VWW_RANDOM_AUGMENT,
    VWW_RANDOM_SYNTH,
    VWW_RANDOM_DROPOUT,
    VWW_RANDOM_TEST,
    VWW_RANDOM_NOISE, /* images without content, for networks without training */
    VWW_RANDOM_MIX,
};

struct vww_random {
    uint64_t key, counter;
};

struct vww_random vww_random_init(uint64_t seed, enum vww_random_stream stream, uint64_t epoch,
                                  uint64_t index);
uint64_t vww_random_u64(struct vww_random *random);
/* Uniform in 0 … bound-1, without bias; bound > 0. */
uint32_t vww_random_below(struct vww_random *random, uint32_t bound);
/* Uniform in [0, 1), 53 random bits. */
double vww_random_unit(struct vww_random *random);
/* Uniform in [low, high). */
double vww_random_between(struct vww_random *random, double low, double high);
/* Mean 0, standard deviation 1. */
double vww_random_normal(struct vww_random *random);
/* Of the distribution Beta(alpha, alpha), in [0, 1]; alpha > 0. */
double vww_random_beta(struct vww_random *random, double alpha);
/* Fisher-Yates. */
void vww_random_shuffle(struct vww_random *random, uint32_t *items, uint32_t count);

#endif
