#include "train/targets.h"

void vww_targets_fill(const int32_t *labels, int64_t images, int32_t classes,
                      double label_smoothing, double *targets)
{
    const double rest = label_smoothing / classes;
    for (int64_t n = 0; n < images; n++)
        for (int32_t c = 0; c < classes; c++)
            *targets++ = (c == labels[n] ? 1 - label_smoothing : 0) + rest;
}
