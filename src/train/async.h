/* Asynchronous training (paper, section 5: "trained on 10 workers asynchronously"; Dean et al.
 * 2012): every rank takes the next whole batch, computes its gradient from the common weights as
 * they are, and changes them as soon as it is done, whatever the others did in between. Weights and
 * optimizer memory lie in a store whose parts belong to the ranks. The order of changes, and so the
 * result, differs from run to run. */
#ifndef VWW_TRAIN_ASYNC_H
#define VWW_TRAIN_ASYNC_H

#include "train/run.h"

struct vww_async;

/* All ranks together, their trainers in the same state. */
vww_status vww_async_create(struct vww_run *run, struct vww_async **async, struct vww_error *error);
void vww_async_destroy(struct vww_async *async);

/* What is left of the epoch, by all ranks; at its end all have the common state, and the position
 * counts the steps of all. VWW_ERROR_STOPPED: so many steps were done, and no batch is half done.
 */
vww_status vww_async_epoch(struct vww_async *async, struct vww_error *error);

#endif
