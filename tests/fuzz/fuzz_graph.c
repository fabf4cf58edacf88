/* Graphs as bytes: an error, or a graph that is sound and can be counted. */
#include "vww/cost.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vww_error error;
    struct vww_graph *graph;
    struct vww_cost cost;
    if (vww_graph_deserialize(data, size, &graph, &error) != VWW_OK)
        return 0;
    if (vww_graph_check(graph, false, &error) != VWW_OK)
        abort();
    if (vww_cost_count(graph, VWW_COST_PATHS, &cost, &error) == VWW_OK)
        vww_cost_fini(&cost);
    vww_graph_destroy(graph);
    return 0;
}
