/* Drawings of networks and of their costs, as self-contained SVG files. */
#ifndef VWW_PICTURE_H
#define VWW_PICTURE_H

#include "vww/cost.h"

/* One row for each layer: name, operator, shape, and bars for the memory while it runs (with split
 * paths where they help), for multiply-adds and for weights; the peak is marked. Rows of one block
 * (names with the same beginning up to '_') are banded. */
vww_status vww_picture_network(const struct vww_graph *graph, const struct vww_cost *cost,
                               const char *path, struct vww_error *error);

/* One point of a plot of costs. */
struct vww_picture_point {
    const char *family; /* its colour */
    double depth_multiplier;
    int32_t resolution; /* its size */
    int64_t macs, model_bytes, memory_bytes;
};

/* Two plots over multiply-adds, both axes logarithmic, with the paper's budgets as lines: model
 * size (the cost axes of the paper's figure 2) and peak memory (figure 3). At most
 * VWW_PICTURE_FAMILIES families. */
#define VWW_PICTURE_FAMILIES 12
vww_status vww_picture_costs(const struct vww_picture_point *points, size_t count, const char *path,
                             struct vww_error *error);

#endif
