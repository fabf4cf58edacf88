/* What the files of this room share. */
#ifndef VWW_EVALUATE_INTERNAL_H
#define VWW_EVALUATE_INTERNAL_H

#include "vww/evaluate.h"

/* Room for evaluation->images x evaluation->classes results. */
vww_status vww_evaluation_allocate(struct vww_evaluation *evaluation, struct vww_error *error);

/* Fill correct, accuracy, loss and confusion from the labels, predictions and probabilities. */
void vww_evaluation_count(struct vww_evaluation *evaluation);

#endif
