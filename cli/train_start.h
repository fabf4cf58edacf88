/* The graph that `vww train` begins with. */
#ifndef VWW_CLI_TRAIN_START_H
#define VWW_CLI_TRAIN_START_H

#include "model_option.h"

struct train_start {
    const char *from, *data; /* from: NULL for random weights */
    struct model_choice *choice;
    uint64_t seed;
    bool speaks; /* says what was changed, to stderr */
};

/* Whether --from names a .tflite file rather than a run or checkpoint. */
bool train_start_is_file(const char *from);

/* A network as it is: vww_graph_reader of runs, checkpoints and .tflite files. */
vww_status train_start_read(const char *path, struct vww_graph **graph, struct vww_error *error);

/* Without --from: the chosen model, for the data's classes, with random weights. With it: the
 * weights of a run, checkpoint or float .tflite, whose classifier is renewed where the data have
 * other classes, and whose shapes are computed again where another resolution was chosen. */
vww_status train_start_graph(const struct train_start *start, struct vww_graph **graph,
                             struct vww_error *error);

#endif
