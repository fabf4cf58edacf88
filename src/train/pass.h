/* What one pass over a batch is: which training step it belongs to, or evaluation. */
#ifndef VWW_TRAIN_PASS_H
#define VWW_TRAIN_PASS_H

#include "base/random.h"

#include <stdbool.h>
#include <stdint.h>

struct vww_pass {
    bool training; /* batch statistics and dropout; otherwise moving statistics and no dropout */
    uint64_t seed; /* of dropout */
    uint64_t step; /* of the whole training */
};

/* The random numbers of dropout operator `op` in this pass. */
static inline struct vww_random vww_dropout_random(const struct vww_pass *pass, int32_t op)
{
    return vww_random_init(pass->seed, VWW_RANDOM_DROPOUT, pass->step, (uint64_t)op);
}

/* What dropout multiplies element `element` (image * elements of one image + position) by: 0, or
 * 1 / keep_probability. A function of its arguments alone, so that any chunk of the batch can be
 * computed anywhere, forward and backward. */
static inline float vww_dropout_factor(struct vww_random random, uint64_t element,
                                       float keep_probability)
{
    random.counter = element;
    return vww_random_unit(&random) < (double)keep_probability ? 1 / keep_probability : 0;
}

#endif
