/* The zoo: model families by name (specs: zoo.md). */
#ifndef VWW_ZOO_H
#define VWW_ZOO_H

#include "vww/graph.h"

struct vww_zoo_options {
    const char *family;      /* "mobilenet_v1" */
    double depth_multiplier; /* > 0 */
    int32_t resolution;      /* input height = width, pixels */
    int32_t classes;         /* >= 2 */
};

struct vww_zoo_family {
    const char *name;
    const char *summary; /* one line for `vww model list` */
    /* Build the float graph without weights. Options were checked for range. */
    vww_status (*build)(const struct vww_zoo_options *options, struct vww_graph *graph,
                        struct vww_error *error);
};

/* The families, in the order they are listed; *count of them. */
const struct vww_zoo_family *vww_zoo_families(size_t *count);

/* A float graph, BATCH_NORM and activations as operators, ending in SOFTMAX; no weights. Unknown
 * family: VWW_ERROR_NOT_FOUND with suggestions. Release with vww_graph_destroy. */
vww_status vww_zoo_build(const struct vww_zoo_options *options, struct vww_graph **graph,
                         struct vww_error *error);

#endif
