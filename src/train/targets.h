/* What a network is to answer: a probability for each class of each image. */
#ifndef VWW_TRAIN_TARGETS_H
#define VWW_TRAIN_TARGETS_H

#include <stdint.h>

/* targets: images x classes; 1 - label_smoothing for the label's class, and label_smoothing /
 * classes for each (Szegedy et al. 2016, "Rethinking the Inception architecture", section 7). */
void vww_targets_fill(const int32_t *labels, int64_t images, int32_t classes,
                      double label_smoothing, double *targets);

#endif
