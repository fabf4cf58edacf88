/* What the files of this room share. */
#ifndef VWW_EVALUATE_INTERNAL_H
#define VWW_EVALUATE_INTERNAL_H

#include "vww/measure.h"

/* Room for evaluation->images x evaluation->classes results; without scenes. */
vww_status vww_evaluation_allocate(struct vww_evaluation *evaluation, struct vww_error *error);

/* Fill correct, accuracy, loss and confusion from the labels, predictions and probabilities. */
void vww_evaluation_count(struct vww_evaluation *evaluation);

/* Room for a scene of each image. */
vww_status vww_evaluation_allocate_scenes(struct vww_evaluation *evaluation,
                                          struct vww_error *error);

/* Fill slices and without_boxes. */
void vww_measure_slices(const struct vww_evaluation *evaluation, struct vww_measures *measures);

#endif
