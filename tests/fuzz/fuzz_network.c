/* Network texts: whatever the bytes, an error or a graph that is sound, can be counted, and
 * survives being written and read again. */
#include "base/memory.h"
#include "vww/cost.h"
#include "vww/description.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vww_error error;
    struct vww_graph *graph, *again;
    struct vww_cost cost;
    char *text;
    if (vww_description_parse((const char *)data, size, "fuzz", NULL, &graph, &error) != VWW_OK)
        return 0;
    if (vww_graph_check(graph, false, &error) != VWW_OK)
        abort();
    if (vww_cost_count(graph, VWW_COST_PATHS, &cost, &error) == VWW_OK)
        vww_cost_fini(&cost);
    if (vww_description_write(graph, &text, &error) != VWW_OK ||
        vww_description_parse(text, strlen(text), "again", NULL, &again, &error) != VWW_OK)
        abort();
    vww_graph_destroy(again);
    vww_description_free(text);
    vww_graph_destroy(graph);
    return 0;
}
