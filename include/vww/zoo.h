/* The zoo: model families by name (specs: zoo.md). */
#ifndef VWW_ZOO_H
#define VWW_ZOO_H

#include "vww/graph.h"

struct vww_zoo_options {
    const char *family;      /* "mobilenet_v1" */
    double depth_multiplier; /* > 0; a fixed model knows 1 only */
    int32_t resolution;      /* input height = width, pixels */
    int32_t classes;         /* >= 2 */
    /* SAME (TensorFlow's, the default) or EXPLICIT (PyTorch's: half the kernel on every side).
     * Equal sizes, but for weights trained with the other. */
    enum vww_padding padding;
};

struct vww_zoo_family {
    const char *name;
    const char *summary; /* one line for `vww model list` */
    const char *checked; /* which published figures it was compared with */
    bool in_grid;        /* a model of the paper, or a variant of one: any multiplier */
    int32_t resolution;  /* of a fixed model as it was published; 0 for those of the grid */
    /* Build the float graph without weights. Options were checked for range. variant: one
     * function may build several families. */
    vww_status (*build)(const struct vww_zoo_options *options, int variant, struct vww_graph *graph,
                        struct vww_error *error);
    int variant;
};

/* The families, in the order they are listed; *count of them. */
const struct vww_zoo_family *vww_zoo_families(size_t *count);
/* One of them. Unknown: VWW_ERROR_NOT_FOUND with suggestions. */
vww_status vww_zoo_find(const char *name, const struct vww_zoo_family **family,
                        struct vww_error *error);

/* The paper's grid: its multipliers and resolutions, ascending; *count of them. */
const double *vww_zoo_multipliers(size_t *count);
const int32_t *vww_zoo_resolutions(size_t *count);

/* A float graph, BATCH_NORM and activations as operators, ending in SOFTMAX; no weights. Unknown
 * family: VWW_ERROR_NOT_FOUND with suggestions. Release with vww_graph_destroy. */
vww_status vww_zoo_build(const struct vww_zoo_options *options, struct vww_graph **graph,
                         struct vww_error *error);

/* Whether the authors of the family published widths for this multiplier; where not (ShuffleNet at
 * 0.25, 0.35, 0.75 and others), the widths follow a rule of our own: zoo_shufflenet_v1.c. */
bool vww_zoo_published_widths(const char *family, double depth_multiplier);

#endif
