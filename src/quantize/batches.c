#include "quantize/internal.h"

vww_status vww_quantize_batches(const struct vww_graph *graph, const uint8_t *images, int64_t count,
                                const char *stage, const struct vww_progress *progress,
                                vww_status (*run)(void *context, const uint8_t *images,
                                                  int32_t count, struct vww_error *error),
                                void *context, struct vww_error *error)
{
    const int64_t bytes = vww_shape_elements(&graph->tensors[graph->input].shape);
    vww_status status = VWW_OK;
    for (int64_t done = 0; done < count && status == VWW_OK;) {
        if (vww_progress_stop(progress))
            return vww_fail(error, VWW_ERROR_STOPPED, "stopped while %s", stage);
        const int64_t left = count - done;
        const int32_t now = (int32_t)(left < VWW_QUANTIZE_BATCH ? left : VWW_QUANTIZE_BATCH);
        status = run(context, images + done * bytes, now, error);
        done += now;
        vww_progress_report(progress, stage, done, count, "images", NULL);
    }
    return status;
}
