/* Whether a training's loss runs away while it stays a number. It follows from the losses of the
 * steps alone, so that any number of threads and ranks, and a run that goes on, judge alike. */
#ifndef VWW_TRAIN_DIVERGENCE_H
#define VWW_TRAIN_DIVERGENCE_H

#include <stdbool.h>
#include <stdint.h>

struct vww_divergence {
    double average;     /* of the last 100 steps or so: the loss in units of what guessing has,
                         * each step's counted as 5 at most; 1 before the first */
    int64_t high_steps; /* for which, without a break, it has been above 4 */
    int64_t step;       /* at which the loss had run away; 0: it has not, or it came back */
};

void vww_divergence_init(struct vww_divergence *divergence);

/* The loss of step `step` (1: the first). guessing: the loss of equal probabilities. The loss has
 * run away once the average exceeds 2, and has come back once it is below 1.5. */
void vww_divergence_add(struct vww_divergence *divergence, double loss, double guessing,
                        int64_t step);

/* Whether it has been far away for so long that nothing is left to come back to: for as many steps
 * as an epoch has, 500 at least. */
bool vww_divergence_is_final(const struct vww_divergence *divergence, int64_t epoch_steps);

#endif
