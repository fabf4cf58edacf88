#include "report/chart.h"
#include "report/format.h"
#include "report/svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LINE_POINTS 240 /* of a thinned line */

/* The plot's frame within the drawing. */
struct frame {
    double width, height, left, right, top, bottom;
};

static void tick_text(char text[VWW_FORMAT_MAX], double value, double step, bool percent)
{
    if (percent) {
        snprintf(text, VWW_FORMAT_MAX, "%.*f %%", 100 * step < 0.99 ? 1 : 0, 100 * value);
    } else if (fabs(value) >= 10000) {
        const bool millions = fabs(value) >= 1e6;
        snprintf(text, VWW_FORMAT_MAX, "%.3g %c", value / (millions ? 1e6 : 1e3),
                 millions ? 'M' : 'k');
    } else if (fabs(value) < 1e-3 * step) {
        snprintf(text, VWW_FORMAT_MAX, "0");
    } else if (fabs(value) < 0.01 && step < 1e-3) {
        char *zero;
        snprintf(text, VWW_FORMAT_MAX, "%.3g", value);
        while ((zero = strstr(text, "e-0")) != NULL)
            memmove(zero + 2, zero + 3, strlen(zero + 3) + 1);
    } else {
        const int decimals = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
        snprintf(text, VWW_FORMAT_MAX, "%.*f", decimals, value);
    }
}

static void draw_axes(struct vww_buffer *out, const struct frame *frame, const struct vww_axis *x,
                      const struct vww_axis *y, const char *x_label, const char *y_label,
                      bool percent)
{
    char text[VWW_FORMAT_MAX];
    const double right = frame->width - frame->right, bottom = frame->height - frame->bottom;
    for (int i = 0; i < vww_axis_ticks(y); i++) {
        const double at = vww_axis_place(y, vww_axis_tick(y, i));
        vww_svg_line(out, frame->left, at, right, at, "grid");
        tick_text(text, vww_axis_tick(y, i), y->step, percent);
        vww_svg_text(out, frame->left - 6, at + 3.5, VWW_SVG_END, false, "tick", text);
    }
    for (int i = 0; i < vww_axis_ticks(x); i++) {
        const double at = vww_axis_place(x, vww_axis_tick(x, i));
        vww_svg_line(out, at, bottom, at, bottom + 4, "axis");
        tick_text(text, vww_axis_tick(x, i), x->step, false);
        vww_svg_text(out, at, bottom + 16, VWW_SVG_MIDDLE, false, "tick", text);
    }
    vww_svg_line(out, frame->left, bottom, right, bottom, "axis");
    vww_svg_text(out, (frame->left + right) / 2, frame->height - 4, VWW_SVG_MIDDLE, false, "label",
                 x_label);
    if (y_label != NULL)
        vww_svg_text(out, 12, (frame->top + bottom) / 2, VWW_SVG_MIDDLE, true, "label", y_label);
}

/* Points of one series, averaged within equal runs where there are more than fit. Returns how many
 * pairs were written to xy, which has room for LINE_POINTS. */
static size_t thin(const struct vww_series *series, const struct vww_axis *x,
                   const struct vww_axis *y, double *xy)
{
    const size_t points = series->count < LINE_POINTS ? series->count : LINE_POINTS;
    for (size_t p = 0; p < points; p++) {
        const size_t first = p * series->count / points, end = (p + 1) * series->count / points;
        double sum_x = 0, sum_y = 0;
        for (size_t i = first; i < end; i++) {
            sum_x += series->x[i];
            sum_y += series->y[i];
        }
        xy[2 * p] = vww_axis_place(x, sum_x / (double)(end - first));
        xy[2 * p + 1] = vww_axis_place(y, sum_y / (double)(end - first));
    }
    return points;
}

static void draw_series(struct vww_buffer *out, const struct vww_series *series,
                        const struct vww_axis *x, const struct vww_axis *y)
{
    double xy[2 * LINE_POINTS];
    char class[32];
    const size_t points = thin(series, x, y, xy);
    snprintf(class, sizeof class, "line c%d%s", series->colour, series->noisy ? " noisy" : "");
    vww_svg_polyline(out, xy, points, class);
    snprintf(class, sizeof class, "dot c%d", series->colour);
    if (series->dots ? points <= 60 : points == 1)
        for (size_t i = 0; i < points; i++)
            vww_svg_circle(out, xy[2 * i], xy[2 * i + 1], 2.5, class, NULL);
}

static void draw_legend(struct vww_buffer *out, const struct vww_line_chart *chart)
{
    vww_buffer_text(out, "<figcaption><b>");
    vww_markup_text(out, chart->title);
    vww_buffer_text(out, "</b>");
    for (size_t s = 0; s < chart->series_count; s++) {
        if (chart->series[s].count == 0)
            continue;
        vww_buffer_printf(out, " <span class=\"key c%d\"></span>", chart->series[s].colour);
        vww_markup_text(out, chart->series[s].name);
    }
    vww_buffer_text(out, "</figcaption>\n");
}

void vww_chart_lines(struct vww_buffer *out, const struct vww_line_chart *chart)
{
    const struct frame frame = {
        .width = 360, .height = 220, .left = 58, .right = 14, .top = 10, .bottom = 40};
    double x_low = 0, x_high = -INFINITY, y_low = INFINITY, y_high = -INFINITY;
    for (size_t s = 0; s < chart->series_count; s++)
        for (size_t i = 0; i < chart->series[s].count; i++) {
            x_low = fmin(x_low, chart->series[s].x[i]);
            x_high = fmax(x_high, chart->series[s].x[i]);
            y_low = fmin(y_low, chart->series[s].y[i]);
            y_high = fmax(y_high, chart->series[s].y[i]);
        }
    if (chart->from_zero)
        y_low = fmin(y_low, 0);
    const struct vww_axis x =
        vww_axis_make(x_low, x_high, 5, false, frame.left, frame.width - frame.right);
    const struct vww_axis y =
        vww_axis_make(y_low, y_high, 5, true, frame.height - frame.bottom, frame.top);
    vww_buffer_text(out, "<figure class=\"chart\">\n");
    draw_legend(out, chart);
    vww_svg_begin(out, frame.width, frame.height, "plot", chart->title);
    draw_axes(out, &frame, &x, &y, chart->x_label, chart->y_label, chart->percent);
    for (size_t s = 0; s < chart->series_count; s++)
        if (chart->series[s].count > 0)
            draw_series(out, &chart->series[s], &x, &y);
    vww_svg_end(out);
    vww_buffer_text(out, "</figure>\n");
}

static void draw_front(struct vww_buffer *out, const struct vww_point_chart *chart,
                       const struct vww_axis *x, const struct vww_axis *y)
{
    const struct vww_named_point *last = NULL;
    for (size_t i = 0; i < chart->count; i++) {
        const struct vww_named_point *point = &chart->points[i];
        if (!point->front)
            continue;
        if (last != NULL) {
            const double corner[6] = {vww_axis_place(x, last->x),  vww_axis_place(y, last->y),
                                      vww_axis_place(x, point->x), vww_axis_place(y, last->y),
                                      vww_axis_place(x, point->x), vww_axis_place(y, point->y)};
            vww_svg_polyline(out, corner, 3, "line thin c2");
        }
        last = point;
    }
}

void vww_chart_points(struct vww_buffer *out, const struct vww_point_chart *chart)
{
    const struct frame frame = {
        .width = 1040, .height = 360, .left = 64, .right = 24, .top = 18, .bottom = 42};
    double x_high = chart->x_limit, y_low = INFINITY, y_high = -INFINITY;
    for (size_t i = 0; i < chart->count; i++) {
        x_high = fmax(x_high, chart->points[i].x);
        y_low = fmin(y_low, chart->points[i].y);
        y_high = fmax(y_high, chart->points[i].y);
    }
    const struct vww_axis x =
        vww_axis_make(0, 1.05 * x_high, 8, false, frame.left, frame.width - frame.right);
    const struct vww_axis y =
        vww_axis_make(y_low, y_high, 5, true, frame.height - frame.bottom, frame.top);
    vww_buffer_text(out, "<figure class=\"wide\">\n<figcaption><b>");
    vww_markup_text(out, chart->title);
    vww_buffer_text(out, "</b></figcaption>\n");
    vww_svg_begin(out, frame.width, frame.height, "plot", chart->title);
    draw_axes(out, &frame, &x, &y, chart->x_label, chart->y_label, chart->percent);
    if (chart->x_limit > 0) {
        const double at = vww_axis_place(&x, chart->x_limit);
        vww_svg_line(out, at, frame.top, at, frame.height - frame.bottom, "limit");
        vww_svg_text(out, at - 5, frame.top + 9, VWW_SVG_END, false, "tick", chart->limit_name);
    }
    draw_front(out, chart, &x, &y);
    for (size_t i = 0; i < chart->count; i++) {
        const struct vww_named_point *point = &chart->points[i];
        const double px = vww_axis_place(&x, point->x), py = vww_axis_place(&y, point->y);
        const bool flip = px > frame.width - 160;
        vww_svg_circle(out, px, py, 5, point->front ? "dot c2" : "dot c1", point->name);
        vww_svg_text(out, flip ? px - 9 : px + 9, py + 4, flip ? VWW_SVG_END : VWW_SVG_START, false,
                     "name", point->name);
    }
    vww_svg_end(out);
    vww_buffer_text(out, "</figure>\n");
}
