/* An index of training runs: what is in the run folders of one folder, kept in an SQLite file there
 * so that listing many runs reads only those that changed. */
#ifndef VWW_RUNS_H
#define VWW_RUNS_H

#include "vww/status.h"

#include <stdbool.h>
#include <stdint.h>

#define VWW_RUNS_INDEX "runs.sqlite" /* within the folder */

struct vww_runs_row {
    const char *name;  /* of the run's folder */
    const char *model; /* family */
    double depth_multiplier;
    int64_t resolution;
    const char *recipe; /* in short: "rmsprop 0.045, batch 96" */
    const char *state;  /* "running", "stopped", "finished"; "diverged": its loss has run away,
                         * whichever of these it is; "damaged": its config.json is unreadable */
    int64_t epochs, epochs_done;
    double accuracy;          /* best on val, 0 … 1; NaN: none yet */
    double int8_accuracy;     /* of eval-int8.json; NaN: none */
    int64_t macs, parameters; /* of the deployed network; -1: unknown */
    const char *commit;       /* of vww when it trained */
};

/* Bring the index of `folder` up to date with its run folders, and visit its rows: the best
 * accuracy first. The run folders are the truth: an index that is damaged or of another version is
 * made anew, and one that cannot be written is made in memory. Several processes may do so at once.
 * `see` gets views that live until it returns. */
vww_status vww_runs_list(const char *folder,
                         void (*see)(void *context, const struct vww_runs_row *row), void *context,
                         struct vww_error *error);

#endif
