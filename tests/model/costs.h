/* What the tests of costs share: build a family, count it, release it. */
#ifndef VWW_TESTS_MODEL_COSTS_H
#define VWW_TESTS_MODEL_COSTS_H

#include "base/memory.h"
#include "support/check.h"
#include "vww/cost.h"
#include "vww/zoo.h"

/* The layers are released: only the totals are of use. */
static inline struct vww_cost count(const char *family, double multiplier, int32_t resolution,
                                    int32_t classes, int32_t paths)
{
    const struct vww_zoo_options options = {.family = family,
                                            .depth_multiplier = multiplier,
                                            .resolution = resolution,
                                            .classes = classes};
    struct vww_error error;
    struct vww_graph *graph;
    struct vww_cost cost;
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_cost_count(graph, paths, &cost, &error), &error);
    vww_graph_destroy(graph);
    vww_free(cost.layers);
    cost.layers = NULL;
    return cost;
}

#endif
