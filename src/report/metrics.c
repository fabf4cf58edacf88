#include "report/metrics.h"
#include "base/file.h"
#include "report/lines.h"

#include <math.h>

#define METRICS_BYTES_MAX ((size_t)1 << 30)

void vww_metrics_fini(struct vww_metrics *metrics)
{
    vww_free(metrics->lines);
    *metrics = (struct vww_metrics){0};
}

/* A number, or NaN where there is none; false for another type. */
static bool get(yajl_val object, const char *key, double *value)
{
    const yajl_val member = vww_json_get(object, key);
    *value = NAN;
    return member == NULL || YAJL_IS_NULL(member) || vww_json_get_number(object, key, value);
}

static vww_status add_line(void *context, yajl_val object, struct vww_error *error)
{
    struct vww_metrics *metrics = context;
    struct vww_metric metric;
    const char *bad = NULL;
    if (!YAJL_IS_OBJECT(object))
        return vww_fail(error, VWW_ERROR_FORMAT, "not a JSON object");
#define X(member)                                                                                  \
    if (!get(object, #member, &metric.member))                                                     \
        bad = #member;
    VWW_METRIC_TABLE(X)
#undef X
    if (bad == NULL && isnan(metric.step))
        bad = "step";
    if (bad != NULL)
        return vww_fail(error, VWW_ERROR_FORMAT, "\"%s\" is missing or not a number", bad);
    if (vww_array_reserve((void **)&metrics->lines, &metrics->capacity, metrics->count + 1,
                          sizeof *metrics->lines) != 0)
        return vww_fail_memory(error, (metrics->count + 1) * sizeof *metrics->lines);
    metrics->lines[metrics->count++] = metric;
    return VWW_OK;
}

vww_status vww_metrics_parse(const void *text, size_t bytes, const char *name,
                             struct vww_metrics *metrics, struct vww_error *error)
{
    *metrics = (struct vww_metrics){0};
    const vww_status status = vww_json_lines(text, bytes, name, add_line, metrics, error);
    if (status != VWW_OK)
        vww_metrics_fini(metrics);
    return status;
}

vww_status vww_metrics_read(const char *path, struct vww_metrics *metrics, struct vww_error *error)
{
    struct vww_buffer content;
    *metrics = (struct vww_metrics){0};
    vww_status status = vww_file_read(path, METRICS_BYTES_MAX, &content, error);
    if (status != VWW_OK)
        return status;
    status = vww_metrics_parse(content.data, content.size, path, metrics, error);
    vww_buffer_fini(&content);
    return status;
}
