/* What the files share that begin a run (run_setup.c), take its folder (run_folder.c), and go on
 * with one (run_recall.c). */
#ifndef VWW_TRAIN_RUN_PARTS_H
#define VWW_TRAIN_RUN_PARTS_H

#include "train/run.h"

#define VWW_RUN_LOCK ".lock"

/* Fill in the names of the run's files. */
vww_status vww_run_name_files(struct vww_run *run, const char *folder, struct vww_error *error);
/* Make the folder, lock it, and remove the run that it may hold. */
vww_status vww_run_take_folder(struct vww_run *run, bool force, struct vww_error *error);
/* The recipe as a text that another run can be given. */
vww_status vww_run_save_recipe(const struct vww_run *run, struct vww_error *error);

/* Which part of a batch is this rank's. */
vww_status vww_run_share_out(struct vww_run *run, struct vww_error *error);
/* Both splits and the batch's memory, by all ranks together. */
vww_status vww_run_open_data(struct vww_run *run, struct vww_error *error);
/* Whether all ranks have the same options and first weights. */
vww_status vww_run_compare_ranks(struct vww_run *run, struct vww_error *error);

#endif
