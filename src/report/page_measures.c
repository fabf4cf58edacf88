/* Precision and recall, ROC, calibration, and what makes images hard. */
#include "report/format.h"
#include "report/page.h"
#include "report/svg.h"
#include "vww/measure.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define SIDE 394.0 /* of a square chart */
#define LEFT 58.0
#define TOP 12.0
#define BOTTOM 322.0
#define RIGHT (LEFT + BOTTOM - TOP)
#define HEIGHT 366.0

static const char *or_dash(char text[VWW_FORMAT_MAX], double share, int decimals)
{
    if (isnan(share))
        snprintf(text, VWW_FORMAT_MAX, "–");
    else
        vww_format_percent(text, share, decimals);
    return text;
}

static void class_table(struct vww_buffer *out, const struct vww_measures *m,
                        const struct vww_evaluation *evaluation)
{
    char text[VWW_FORMAT_MAX];
    vww_buffer_text(out, "<div class=\"scroll\"><table class=\"full\">\n<thead><tr>"
                         "<th class=\"l\">class</th><th>images</th><th>of its images,<br/>found "
                         "(recall)</th><th>of those it names,<br/>right (precision)</th><th>F1</th>"
                         "<th>area under ROC</th></tr></thead>\n<tbody>\n");
    for (int32_t c = 0; c < m->class_count; c++) {
        const struct vww_class_measures *class = &m->classes[c];
        vww_buffer_text(out, "<tr><td class=\"l\"><b>");
        vww_markup_text(out, evaluation->class_names[c]);
        vww_buffer_printf(out, "</b></td><td>%s</td>", vww_format_integer(text, class->images));
        vww_buffer_printf(out, "<td>%s</td>", or_dash(text, class->recall, 1));
        vww_buffer_printf(out, "<td>%s</td>", or_dash(text, class->precision, 1));
        vww_buffer_printf(out, "<td>%s</td>", or_dash(text, class->f1, 1));
        if (isnan(class->auc))
            vww_buffer_text(out, "<td>–</td></tr>\n");
        else
            vww_buffer_printf(out, "<td>%.4f</td></tr>\n", class->auc);
    }
    vww_buffer_text(out, "</tbody></table></div>\n");
}

/* A square from 0 to 100 % both ways, with its diagonal. */
static void square(struct vww_buffer *out, double x_low, const char *title, const char *x_label,
                   const char *y_label, struct vww_axis *x, struct vww_axis *y)
{
    char text[VWW_FORMAT_MAX];
    *x = vww_axis_make(x_low, 1, 5, false, LEFT, RIGHT);
    *y = vww_axis_make(0, 1, 5, false, BOTTOM, TOP);
    vww_svg_begin(out, SIDE, HEIGHT, "plot", title);
    for (int i = 0; i < vww_axis_ticks(y); i++) {
        const double at = vww_axis_place(y, vww_axis_tick(y, i));
        vww_svg_line(out, LEFT, at, RIGHT, at, "grid");
        vww_svg_text(out, LEFT - 6, at + 3.5, VWW_SVG_END, false, "tick",
                     vww_format_percent(text, vww_axis_tick(y, i), 0));
    }
    for (int i = 0; i < vww_axis_ticks(x); i++) {
        const double at = vww_axis_place(x, vww_axis_tick(x, i));
        vww_svg_line(out, at, BOTTOM, at, BOTTOM + 4, "axis");
        vww_svg_text(out, at, BOTTOM + 16, VWW_SVG_MIDDLE, false, "tick",
                     vww_format_percent(text, vww_axis_tick(x, i), 0));
    }
    vww_svg_line(out, LEFT, BOTTOM, RIGHT, BOTTOM, "axis");
    vww_svg_line(out, LEFT, vww_axis_place(y, x_low), RIGHT, TOP, "peakline");
    vww_svg_text(out, (LEFT + RIGHT) / 2, HEIGHT - 8, VWW_SVG_MIDDLE, false, "label", x_label);
    vww_svg_text(out, 13, (TOP + BOTTOM) / 2, VWW_SVG_MIDDLE, true, "label", y_label);
}

static void draw_roc(struct vww_buffer *out, const struct vww_measures *m,
                     const struct vww_evaluation *evaluation)
{
    char x_label[160], y_label[160], title[160];
    struct vww_axis x, y;
    const double false_rate = 1 - m->classes[0].recall, true_rate = m->classes[1].recall;
    double *xy = vww_allocate(m->roc_count, 2 * sizeof *xy);
    if (xy == NULL) {
        out->failed = 1;
        return;
    }
    snprintf(x_label, sizeof x_label, "share of %.40s called %.40s: false alarms",
             evaluation->class_names[0], evaluation->class_names[1]);
    snprintf(y_label, sizeof y_label, "share of %.40s found", evaluation->class_names[1]);
    vww_buffer_printf(
        out,
        "<figure class=\"chart\">\n<figcaption><b>Found against false alarms</b> (ROC): "
        "area %.4f <span class=\"key c1\"></span>every threshold</figcaption>\n",
        m->auc);
    square(out, 0, "ROC curve", x_label, y_label, &x, &y);
    for (size_t i = 0; i < m->roc_count; i++) {
        xy[2 * i] = vww_axis_place(&x, m->roc[i].false_rate);
        xy[2 * i + 1] = vww_axis_place(&y, m->roc[i].true_rate);
    }
    vww_svg_polyline(out, xy, m->roc_count, "line c1");
    vww_free(xy);
    vww_svg_text(out, RIGHT - 6, BOTTOM - 40, VWW_SVG_END, false, "tick",
                 "dotted: what guessing would give");
    const double own_x = vww_axis_place(&x, false_rate), own_y = vww_axis_place(&y, true_rate);
    snprintf(title, sizeof title, "its answers: %.1f %% found, %.1f %% false alarms",
             100 * true_rate, 100 * false_rate);
    vww_svg_circle(out, own_x, own_y, 5, "dot c2", title);
    const bool flip = false_rate > 0.5;
    vww_svg_text(out, flip ? own_x - 9 : own_x + 9, own_y + 14, flip ? VWW_SVG_END : VWW_SVG_START,
                 false, "name", "its answers, from 50 % on");
    vww_svg_end(out);
    vww_buffer_text(out, "</figure>\n");
}

static void draw_reliability(struct vww_buffer *out, const struct vww_measures *m,
                             const struct vww_evaluation *evaluation)
{
    char text[VWW_FORMAT_MAX], title[160];
    const double low = evaluation->classes == 2 ? 0.5 : 0;
    struct vww_axis x, y;
    int64_t most = 1;
    for (int b = 0; b < VWW_CALIBRATION_BINS; b++)
        most = m->bins[b].right.of > most ? m->bins[b].right.of : most;
    vww_buffer_printf(
        out,
        "<figure class=\"chart\">\n<figcaption><b>Is it as often right as it is "
        "sure?</b> Off by %s on average <span class=\"key c1\"></span>right, with 95 %% "
        "interval</figcaption>\n",
        vww_format_percent(text, m->calibration_error, 1));
    square(out, low, "Reliability", "how sure it is of its answer", "how often it is right", &x,
           &y);
    for (int b = 0; b < VWW_CALIBRATION_BINS; b++) {
        const struct vww_calibration_bin *bin = &m->bins[b];
        if (bin->right.of == 0)
            continue;
        const double from = fmax(bin->low, low), height = 40 * (double)bin->right.of / (double)most;
        const double left = vww_axis_place(&x, from), right = vww_axis_place(&x, bin->high);
        snprintf(title, sizeof title, "%" PRId64 " images, sure %.1f %%, right %.1f %%",
                 bin->right.of, 100 * bin->confidence, 100 * bin->right.share);
        vww_svg_rect(out, left + 1, BOTTOM - height, right - left - 2, height, "soft-block", title);
        const double at = vww_axis_place(&x, bin->confidence);
        vww_svg_line(out, at, vww_axis_place(&y, bin->right.low), at,
                     vww_axis_place(&y, bin->right.high), "whisker");
        vww_svg_circle(out, at, vww_axis_place(&y, bin->right.share), 4, "dot c1", title);
    }
    vww_svg_text(out, LEFT + 6, TOP + 12, VWW_SVG_START, false, "tick",
                 "above the dotted line: too modest");
    vww_svg_text(out, RIGHT - 6, BOTTOM - 62, VWW_SVG_END, false, "tick", "below it: too sure");
    vww_svg_text(out, RIGHT - 6, BOTTOM - 48, VWW_SVG_END, false, "tick", "grey: how many images");
    vww_svg_end(out);
    vww_buffer_text(out, "</figure>\n");
}

/* --- slices --------------------------------------------------------------------------------------
 */

#define ROW 22.0
#define PLOT_LEFT 300.0
#define PLOT_RIGHT 880.0
#define WIDTH 1040.0

static double slices_height(const struct vww_measures *m)
{
    double height = 56;
    for (size_t i = 0; i < m->slice_count; i++)
        height += i == 0 || m->slices[i].group != m->slices[i - 1].group ? ROW + 32 : ROW;
    return height;
}

static void draw_slice(struct vww_buffer *out, const struct vww_slice *slice,
                       const struct vww_axis *x, double at)
{
    char text[160], count[VWW_FORMAT_MAX];
    const struct vww_share_measure *right = &slice->right;
    vww_svg_text(out, 20, at + 4, VWW_SVG_START, false, "name", slice->name);
    vww_svg_text(out, PLOT_LEFT - 14, at + 4, VWW_SVG_END, false, "tick",
                 vww_format_integer(count, right->of));
    snprintf(text, sizeof text, "%s: %" PRId64 " of %" PRId64 " right", slice->name, right->hits,
             right->of);
    vww_svg_line(out, vww_axis_place(x, right->low), at, vww_axis_place(x, right->high), at,
                 "whisker");
    vww_svg_circle(out, vww_axis_place(x, right->share), at, 5, "dot c1", text);
    snprintf(text, sizeof text, "%.1f %%  (%.0f – %.0f)", 100 * right->share, 100 * right->low,
             100 * right->high);
    vww_svg_text(out, WIDTH - 10, at + 4, VWW_SVG_END, false, "name", text);
}

static void draw_slices(struct vww_buffer *out, const struct vww_measures *m)
{
    const double height = slices_height(m), bottom = height - 42;
    const struct vww_axis x = vww_axis_make(0, 1, 5, false, PLOT_LEFT, PLOT_RIGHT);
    char text[VWW_FORMAT_MAX];
    vww_svg_begin(out, WIDTH, height, "plot", "Accuracy by what the images show");
    for (int i = 0; i < vww_axis_ticks(&x); i++) {
        const double at = vww_axis_place(&x, vww_axis_tick(&x, i));
        vww_svg_line(out, at, 8, at, bottom, "grid");
        vww_svg_text(out, at, bottom + 16, VWW_SVG_MIDDLE, false, "tick",
                     vww_format_percent(text, vww_axis_tick(&x, i), 0));
    }
    const double all = vww_axis_place(&x, m->accuracy.share);
    vww_svg_line(out, all, 8, all, bottom, "peakline");
    double at = 0;
    for (size_t i = 0; i < m->slice_count; i++) {
        if (i == 0 || m->slices[i].group != m->slices[i - 1].group) {
            at += 32;
            vww_buffer_printf(out, "<text class=\"head\" x=\"4\" y=\"%.0f\">", at - 10);
            vww_markup_text(out, vww_slice_group_title(m->slices[i].group));
            vww_buffer_text(out, "</text>\n");
            at += 8;
        }
        draw_slice(out, &m->slices[i], &x, at);
        at += ROW;
    }
    vww_svg_text(out, PLOT_LEFT, height - 6, VWW_SVG_START, false, "label",
                 "right answers; dotted: over all images; lines: 95 % intervals");
    vww_svg_end(out);
}

static void slices(struct vww_buffer *out, const struct vww_measures *m,
                   const struct vww_evaluation *evaluation)
{
    char text[VWW_FORMAT_MAX];
    if (m->slice_count == 0)
        return;
    vww_buffer_text(out,
                    "<h3>What makes it hard?</h3>\n<p>Right answers by what the data set's boxes "
                    "say of each image's ");
    vww_markup_text(out, evaluation->class_names[1]);
    vww_buffer_text(out,
                    " (those too small for the label do not count), and by its brightness. The "
                    "number before each line is how many images there are.</p>\n");
    if (m->without_boxes > 0)
        vww_buffer_printf(out,
                          "<p class=\"soft\">%s of the images come without boxes: they count for "
                          "the brightness alone.</p>\n",
                          vww_format_integer(text, m->without_boxes));
    vww_buffer_text(out, "<div class=\"scroll\"><figure class=\"wide\">\n");
    draw_slices(out, m);
    vww_buffer_text(out, "</figure></div>\n");
}

void vww_page_measures(struct vww_buffer *out, const struct vww_evaluation *evaluation)
{
    struct vww_measures m;
    char text[VWW_FORMAT_MAX];
    if (vww_measure(evaluation, &m, NULL) != VWW_OK) {
        out->failed = 1;
        return;
    }
    vww_buffer_printf(out,
                      "<h3>What it finds, and what it mistakes</h3>\n"
                      "<p class=\"soft\">The figures from here on are those of <b>%s</b>.</p>\n",
                      evaluation->kind);
    class_table(out, &m, evaluation);
    vww_buffer_text(out, "<div class=\"charts\">\n");
    if (m.roc_count > 0)
        draw_roc(out, &m, evaluation);
    draw_reliability(out, &m, evaluation);
    vww_buffer_text(out, "</div>\n");
    if (isfinite(m.best_threshold)) {
        vww_buffer_text(out, "<p>It would be right most often on these images, ");
        vww_buffer_printf(out, "%s, if it said ", vww_format_percent(text, m.best.share, 1));
        vww_markup_text(out, evaluation->class_names[1]);
        vww_buffer_printf(out, " from a probability of %.3f on.</p>\n", m.best_threshold);
    }
    slices(out, &m, evaluation);
    vww_measures_fini(&m);
}
