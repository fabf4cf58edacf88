/* Which example stands where in an epoch: a function of (seed, epoch). */
#ifndef VWW_DATASET_SAMPLER_H
#define VWW_DATASET_SAMPLER_H

#include "vww/status.h"

#include <stdbool.h>
#include <stdint.h>

struct vww_sampler {
    uint64_t seed;
    bool balance;
    int32_t classes;
    uint32_t count;    /* examples */
    uint32_t length;   /* of an epoch: count, or when balanced the largest multiple of the number of
                          classes up to it */
    uint32_t *members; /* examples grouped by class, each group in storage order */
    uint32_t *first;   /* classes + 1: where each group begins */
    uint32_t *order;   /* length: the epoch prepared last */
    int64_t epoch;     /* that epoch, -1 for none */
    uint32_t *shuffled; /* scratch: one class */
};

/* labels: count entries within 0 … classes-1. Balanced: every class must have examples. */
vww_status vww_sampler_init(struct vww_sampler *sampler, uint64_t seed, bool balance,
                            const int32_t *labels, uint32_t count, int32_t classes,
                            struct vww_error *error);
void vww_sampler_fini(struct vww_sampler *sampler);

/* The epoch's examples in their order: sampler->length entries, valid until another epoch is asked
 * for.
 *
 * Plain: a random permutation. Balanced: every class has an endless sequence of its own, one random
 * permutation of its examples after the other; each epoch takes the next length / classes entries
 * of every sequence and shuffles them together. So all examples of a frequent class take their turn
 * before one of them comes again, and a rare class repeats as evenly as it can. */
const uint32_t *vww_sampler_epoch(struct vww_sampler *sampler, int64_t epoch);

#endif
