#include "report/svg.h"
#include "report/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void number(struct vww_buffer *out, const char *name, double value)
{
    char text[VWW_FORMAT_MAX];
    vww_buffer_printf(out, " %s=\"%s\"", name, vww_format_plain(text, value, 2));
}

static void close_with_title(struct vww_buffer *out, const char *element, const char *title)
{
    if (title == NULL) {
        vww_buffer_text(out, "/>\n");
        return;
    }
    vww_buffer_text(out, "><title>");
    vww_markup_text(out, title);
    vww_buffer_printf(out, "</title></%s>\n", element);
}

void vww_svg_begin(struct vww_buffer *out, double width, double height, const char *class,
                   const char *label)
{
    vww_buffer_printf(out,
                      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"%s\" role=\"img\" "
                      "viewBox=\"0 0 %.0f %.0f\" aria-label=\"",
                      class, width, height);
    vww_markup_text(out, label);
    vww_buffer_text(out, "\">\n");
}

void vww_svg_end(struct vww_buffer *out)
{
    vww_buffer_text(out, "</svg>\n");
}

void vww_svg_rect(struct vww_buffer *out, double x, double y, double width, double height,
                  const char *class, const char *title)
{
    vww_buffer_printf(out, "<rect class=\"%s\"", class);
    number(out, "x", x);
    number(out, "y", y);
    number(out, "width", width);
    number(out, "height", height);
    close_with_title(out, "rect", title);
}

void vww_svg_circle(struct vww_buffer *out, double x, double y, double radius, const char *class,
                    const char *title)
{
    vww_buffer_printf(out, "<circle class=\"%s\"", class);
    number(out, "cx", x);
    number(out, "cy", y);
    number(out, "r", radius);
    close_with_title(out, "circle", title);
}

void vww_svg_line(struct vww_buffer *out, double x1, double y1, double x2, double y2,
                  const char *class)
{
    vww_buffer_printf(out, "<line class=\"%s\"", class);
    number(out, "x1", x1);
    number(out, "y1", y1);
    number(out, "x2", x2);
    number(out, "y2", y2);
    vww_buffer_text(out, "/>\n");
}

void vww_svg_polyline(struct vww_buffer *out, const double *xy, size_t count, const char *class)
{
    char x[VWW_FORMAT_MAX], y[VWW_FORMAT_MAX];
    vww_buffer_printf(out, "<polyline class=\"%s\" points=\"", class);
    for (size_t i = 0; i < count; i++)
        vww_buffer_printf(out, "%s%s,%s", i > 0 ? " " : "", vww_format_plain(x, xy[2 * i], 1),
                          vww_format_plain(y, xy[2 * i + 1], 1));
    vww_buffer_text(out, "\"/>\n");
}

void vww_svg_text(struct vww_buffer *out, double x, double y, enum vww_svg_anchor anchor,
                  bool turned, const char *class, const char *text)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    vww_buffer_printf(out, "<text class=\"%s\" text-anchor=\"%s\"", class, anchors[anchor]);
    if (turned) {
        char x_text[VWW_FORMAT_MAX], y_text[VWW_FORMAT_MAX];
        vww_buffer_printf(out, " transform=\"translate(%s %s) rotate(-90)\"",
                          vww_format_plain(x_text, x, 2), vww_format_plain(y_text, y, 2));
    } else {
        number(out, "x", x);
        number(out, "y", y);
    }
    vww_buffer_text(out, ">");
    vww_markup_text(out, text);
    vww_buffer_text(out, "</text>\n");
}

struct vww_axis vww_axis_make(double low, double high, int ticks, bool widen, double from,
                              double to)
{
    if (!isfinite(low) || !isfinite(high)) {
        low = 0;
        high = 1;
    }
    if (high - low <= 1e-12 * fmax(fabs(low), fabs(high))) {
        const double margin = low != 0 ? 0.1 * fabs(low) : 1;
        low -= margin;
        high += margin;
    }
    const double wanted = (high - low) / (ticks > 1 ? ticks : 1);
    const double power = pow(10, floor(log10(wanted))), share = wanted / power;
    const double step = power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
    struct vww_axis axis = {.low = low, .high = high, .step = step, .from = from, .to = to};
    if (widen) {
        axis.low = step * floor(low / step + 1e-9);
        axis.high = step * ceil(high / step - 1e-9);
    }
    return axis;
}

double vww_axis_place(const struct vww_axis *axis, double value)
{
    return axis->from + (axis->to - axis->from) * (value - axis->low) / (axis->high - axis->low);
}

double vww_axis_tick(const struct vww_axis *axis, int i)
{
    return axis->step * (ceil(axis->low / axis->step - 1e-9) + i);
}

int vww_axis_ticks(const struct vww_axis *axis)
{
    const double ticks = floor((axis->high - vww_axis_tick(axis, 0)) / axis->step + 1e-9) + 1;
    return ticks < 1 ? 0 : ticks > 100 ? 100 : (int)ticks;
}
