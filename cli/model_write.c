#include "model_write.h"
#include "vww/plan.h"
#include "vww/tflite.h"

#include <stdlib.h>

vww_status model_write(const struct vww_graph *graph, const char *path, const char *const *labels,
                       struct vww_error *error)
{
    struct vww_plan plan = {0};
    int64_t *offsets = malloc((size_t)graph->tensor_count * sizeof *offsets);
    vww_status status =
        offsets != NULL
            ? vww_plan_make(graph, &(struct vww_plan_options){.strategy = "plain"}, &plan, error)
            : vww_fail_memory(error, sizeof *offsets);
    for (int32_t t = 0; status == VWW_OK && t < graph->tensor_count; t++)
        offsets[t] = plan.placements[t].offset;
    if (status == VWW_OK || status == VWW_ERROR_UNSUPPORTED)
        status =
            vww_tflite_write_planned(graph, path, labels, status == VWW_OK ? offsets : NULL, error);
    vww_plan_fini(&plan);
    free(offsets);
    return status;
}
