/* Charts: lines over a number, and points with names. */
#ifndef VWW_REPORT_CHART_H
#define VWW_REPORT_CHART_H

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

struct vww_series {
    const char *name;
    int colour;      /* 1 … 6, of the page's palette */
    const double *x; /* ascending */
    const double *y;
    size_t count;
    bool dots;  /* few, exact points: marked; otherwise a line, thinned by averaging */
    bool noisy; /* drawn fainter */
};

#define VWW_SERIES_MAX 4

struct vww_line_chart {
    const char *title, *x_label, *y_label;
    bool percent;   /* y is a share: shown as a percentage */
    bool from_zero; /* the y axis begins at 0 */
    struct vww_series series[VWW_SERIES_MAX];
    size_t series_count;
};

/* A figure with a legend; series without points are left out. */
void vww_chart_lines(struct vww_buffer *out, const struct vww_line_chart *chart);

struct vww_named_point {
    const char *name;
    double x, y;
    bool front; /* on the Pareto front: marked, and joined with the others in order of x */
};

struct vww_point_chart {
    const char *title, *x_label, *y_label;
    bool percent;
    double x_limit; /* a line at this x, named limit_name; 0: none */
    const char *limit_name;
    const struct vww_named_point *points; /* in ascending x */
    size_t count;
};

void vww_chart_points(struct vww_buffer *out, const struct vww_point_chart *chart);

#endif
