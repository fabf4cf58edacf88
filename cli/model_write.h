/* Writing a model with its memory plan. */
#ifndef VWW_CLI_MODEL_WRITE_H
#define VWW_CLI_MODEL_WRITE_H

#include "vww/graph.h"

/* A .tflite file that also says where the tensors live: the plain plan, as in-place and streamed
 * ones need vww's own kernels. A model that no microcontroller could hold is written without.
 * labels: one for each class, or NULL. */
vww_status model_write(const struct vww_graph *graph, const char *path, const char *const *labels,
                       struct vww_error *error);

#endif
