#include "report/metrics.h"
#include "base/file.h"
#include "base/json.h"

#include <math.h>
#include <string.h>

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

static vww_status wrong_line(struct vww_error *error, const char *name, size_t line,
                             const char *what)
{
    vww_fail(error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_at(error, name, -1);
    vww_error_place(error, "line %zu", line);
    vww_error_remedy(error, "remove the line, or train the run again");
    return VWW_ERROR_FORMAT;
}

static vww_status parse_line(struct vww_metrics *metrics, const char *text, size_t bytes,
                             const char *name, size_t line, struct vww_error *error)
{
    yajl_val object;
    struct vww_error cause;
    vww_status status = vww_json_parse(text, bytes, name, &object, &cause);
    if (status == VWW_ERROR_FORMAT)
        return wrong_line(error, name, line, cause.what);
    if (status != VWW_OK) {
        if (error != NULL)
            *error = cause;
        return status;
    }
    struct vww_metric metric;
    const char *bad = NULL;
#define X(member)                                                                                  \
    if (!get(object, #member, &metric.member))                                                     \
        bad = #member;
    VWW_METRIC_TABLE(X)
#undef X
    if (!YAJL_IS_OBJECT(object))
        status = wrong_line(error, name, line, "not a JSON object");
    else if (bad != NULL || isnan(metric.step)) {
        status = wrong_line(error, name, line, "a value is missing or not a number");
        vww_error_seen(error, "\"%s\"", bad != NULL ? bad : "step");
    } else if (vww_array_reserve((void **)&metrics->lines, &metrics->capacity, metrics->count + 1,
                                 sizeof *metrics->lines) != 0)
        status = vww_fail_memory(error, (metrics->count + 1) * sizeof *metrics->lines);
    else
        metrics->lines[metrics->count++] = metric;
    yajl_tree_free(object);
    return status;
}

vww_status vww_metrics_parse(const void *text, size_t bytes, const char *name,
                             struct vww_metrics *metrics, struct vww_error *error)
{
    *metrics = (struct vww_metrics){0};
    const char *p = text, *end = p + bytes;
    vww_status status = VWW_OK;
    for (size_t line = 1; p < end && status == VWW_OK; line++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline != NULL ? newline : end;
        if (stop > p)
            status = parse_line(metrics, p, (size_t)(stop - p), name, line, error);
        p = stop + 1;
    }
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
