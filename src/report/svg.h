/* Drawings as SVG elements within an HTML page. Coordinates are the drawing's own units, y down.
 * Colours, strokes and fonts are classes of the page's style sheet, so drawings follow light and
 * dark. */
#ifndef VWW_REPORT_SVG_H
#define VWW_REPORT_SVG_H

#include "base/markup.h"
#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

/* label: read out instead of the drawing. */
void vww_svg_begin(struct vww_buffer *out, double width, double height, const char *class,
                   const char *label);
void vww_svg_end(struct vww_buffer *out);

/* title: shown when pointed at, or NULL. */
void vww_svg_rect(struct vww_buffer *out, double x, double y, double width, double height,
                  const char *class, const char *title);
void vww_svg_circle(struct vww_buffer *out, double x, double y, double radius, const char *class,
                    const char *title);
void vww_svg_line(struct vww_buffer *out, double x1, double y1, double x2, double y2,
                  const char *class);
/* xy: count pairs. */
void vww_svg_polyline(struct vww_buffer *out, const double *xy, size_t count, const char *class);

enum vww_svg_anchor { VWW_SVG_START, VWW_SVG_MIDDLE, VWW_SVG_END };
/* turned: read from bottom to top. */
void vww_svg_text(struct vww_buffer *out, double x, double y, enum vww_svg_anchor anchor,
                  bool turned, const char *class, const char *text);

/* An axis with round ticks. from, to: where low and high lie in the drawing. */
struct vww_axis {
    double low, high; /* widened to whole ticks where `widen` was asked for */
    double step;      /* 1, 2 or 5 times a power of ten */
    double from, to;
};

/* About `ticks` ticks over low … high; a range without width is given one. */
struct vww_axis vww_axis_make(double low, double high, int ticks, bool widen, double from,
                              double to);
double vww_axis_place(const struct vww_axis *axis, double value);
/* The ticks: number i is at vww_axis_tick(axis, i), 0 <= i < vww_axis_ticks(axis). */
int vww_axis_ticks(const struct vww_axis *axis);
double vww_axis_tick(const struct vww_axis *axis, int i);

#endif
