#include "train/divergence.h"

#include <math.h>

#define STEPS 100.0 /* of the moving average */
#define COUNTED_MOST                                                                               \
    5.0 /* so that a few steps of a huge loss, as after random weights, do not                     \
         * decide */
#define AWAY 2.0
#define BACK 1.5
#define HIGH 4.0
#define FINAL_STEPS 500

void vww_divergence_init(struct vww_divergence *divergence)
{
    *divergence = (struct vww_divergence){.average = 1};
}

void vww_divergence_add(struct vww_divergence *divergence, double loss, double guessing,
                        int64_t step)
{
    const double counted = fmin(loss / guessing, COUNTED_MOST);
    divergence->average += (counted - divergence->average) / STEPS;
    divergence->high_steps = divergence->average > HIGH ? divergence->high_steps + 1 : 0;
    if (divergence->average < BACK)
        divergence->step = 0;
    else if (divergence->average > AWAY && divergence->step == 0)
        divergence->step = step;
}

bool vww_divergence_is_final(const struct vww_divergence *divergence, int64_t epoch_steps)
{
    return divergence->high_steps >= (epoch_steps > FINAL_STEPS ? epoch_steps : FINAL_STEPS);
}
