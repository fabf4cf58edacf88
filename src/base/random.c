#include "base/random.h"

#include <math.h>

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014), a bijection that passes BigCrush when fed
 * a counter with an odd stride. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

#define GOLDEN 0x9e3779b97f4a7c15u

struct vww_random vww_random_init(uint64_t seed, enum vww_random_stream stream, uint64_t epoch,
                                  uint64_t index)
{
    uint64_t key = mix(seed + GOLDEN);
    key = mix(key ^ (uint64_t)stream * 0xd1342543de82ef95u);
    key = mix(key + epoch * GOLDEN);
    key = mix(key ^ index * 0xaf251af3b0f025b5u);
    return (struct vww_random){.key = key, .counter = 0};
}

uint64_t vww_random_u64(struct vww_random *random)
{
    return mix(random->key + GOLDEN * ++random->counter);
}

uint32_t vww_random_below(struct vww_random *random, uint32_t bound)
{
    /* Lemire 2019: multiply, and reject the few values that would favour small results. */
    const uint32_t rejected = (uint32_t)-bound % bound;
    uint64_t product;
    do {
        product = (vww_random_u64(random) >> 32) * bound;
    } while ((uint32_t)product < rejected);
    return (uint32_t)(product >> 32);
}

double vww_random_unit(struct vww_random *random)
{
    return (double)(vww_random_u64(random) >> 11) * 0x1p-53;
}

double vww_random_between(struct vww_random *random, double low, double high)
{
    return low + (high - low) * vww_random_unit(random);
}

double vww_random_normal(struct vww_random *random)
{
    const double radius = sqrt(-2.0 * log(1.0 - vww_random_unit(random)));
    return radius * cos(6.283185307179586 * vww_random_unit(random));
}

/* Up to 1: Joehnk (1964), with logarithms, as powers of a small alpha leave the numbers' range.
 * Above 1 the density is highest at 1/2, and points under it are picked from the rectangle around
 * it: of sqrt(alpha / pi) * 2 one, about. */
double vww_random_beta(struct vww_random *random, double alpha)
{
    if (alpha <= 1) {
        for (;;) {
            const double x = log(1 - vww_random_unit(random));
            const double y = log(1 - vww_random_unit(random));
            if (exp(x / alpha) + exp(y / alpha) <= 1)
                return 1 / (1 + exp((y - x) / alpha));
        }
    }
    for (;;) {
        const double x = vww_random_unit(random);
        if (vww_random_unit(random) < pow(4 * x * (1 - x), alpha - 1))
            return x;
    }
}

void vww_random_shuffle(struct vww_random *random, uint32_t *items, uint32_t count)
{
    for (uint32_t i = count; i > 1; i--) {
        const uint32_t j = vww_random_below(random, i);
        const uint32_t swapped = items[i - 1];
        items[i - 1] = items[j];
        items[j] = swapped;
    }
}
