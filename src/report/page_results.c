/* Accuracy of each execution, their agreement, confusion matrices, and how sure the network is. */
#include "report/format.h"
#include "report/page.h"
#include "report/score.h"
#include "report/svg.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MATRIX_CLASSES_MAX                                                                         \
    12 /* more would not fit the page: the most frequent mistakes instead                          \
        */
#define BINS 20

static const char *const execution_texts[VWW_EXECUTION_COUNT] = {
    "float, on the host", "int8, on the host", "int8, generated C on "};

static void score_row(struct vww_buffer *out, const struct vww_score *score)
{
    char text[VWW_FORMAT_MAX], low[VWW_FORMAT_MAX], high[VWW_FORMAT_MAX];
    const struct vww_evaluation *evaluation = score->evaluation;
    vww_buffer_printf(out, "<tr><td class=\"l\"><b>%s", execution_texts[score->execution]);
    if (score->execution == VWW_EXECUTION_DEVICE)
        vww_markup_text(out, evaluation->machine[0] != '\0' ? evaluation->machine : "the device");
    vww_buffer_text(out, "</b></td>");
    vww_buffer_printf(out, "<td>%s</td>", vww_format_integer(text, evaluation->images));
    vww_buffer_printf(out, "<td><b>%s</b></td>", vww_format_percent(text, evaluation->accuracy, 2));
    vww_buffer_printf(out, "<td class=\"soft\">%s – %s</td>",
                      vww_format_percent(low, score->low, 1),
                      vww_format_percent(high, score->high, 1));
    if (score->compared > 0)
        vww_buffer_printf(out, "<td>%s points <small>on %s</small></td>",
                          vww_format_signed(low, 100 * score->difference),
                          vww_format_integer(text, score->compared));
    else
        vww_buffer_text(out, "<td></td>");
    vww_buffer_printf(out, "<td>%.4f</td><td class=\"l soft wrap\"><code>", evaluation->loss);
    vww_markup_text(out, evaluation->model);
    vww_buffer_text(out, "</code></td></tr>\n");
}

static void agreement(struct vww_buffer *out, const struct vww_report_run *run,
                      enum vww_execution a, enum vww_execution b)
{
    struct vww_agreement found;
    char equal[VWW_FORMAT_MAX], images[VWW_FORMAT_MAX];
    if (!vww_report_run_agreement(run, a, b, &found))
        return;
    vww_buffer_printf(out,
                      "<p><b>%s and %s</b> give the same answer on %s of %s images; the largest "
                      "difference of a probability is %.4g.</p>\n",
                      vww_execution_names[a], vww_execution_names[b],
                      vww_format_integer(equal, found.equal),
                      vww_format_integer(images, found.images), found.largest);
}

static void matrix(struct vww_buffer *out, const struct vww_evaluation *evaluation)
{
    char text[VWW_FORMAT_MAX];
    vww_buffer_text(out, "<table class=\"confusion\">\n<tr><th></th>");
    for (int32_t c = 0; c < evaluation->classes; c++) {
        vww_buffer_text(out, "<th>says<br/>");
        vww_markup_text(out, evaluation->class_names[c]);
        vww_buffer_text(out, "</th>");
    }
    vww_buffer_text(out, "</tr>\n");
    for (int32_t label = 0; label < evaluation->classes; label++) {
        int64_t total = 0;
        for (int32_t c = 0; c < evaluation->classes; c++)
            total += evaluation->confusion[label][c];
        vww_buffer_text(out, "<tr><th class=\"l\">is ");
        vww_markup_text(out, evaluation->class_names[label]);
        vww_buffer_text(out, "</th>");
        for (int32_t c = 0; c < evaluation->classes; c++) {
            const int64_t count = evaluation->confusion[label][c];
            const double share = total > 0 ? (double)count / (double)total : 0;
            vww_buffer_printf(out, "<td style=\"--a:%.3f\">%s", 0.06 + 0.42 * share,
                              vww_format_integer(text, count));
            vww_buffer_printf(out, "<small>%s</small></td>", vww_format_percent(text, share, 1));
        }
        vww_buffer_text(out, "</tr>\n");
    }
    vww_buffer_text(out, "</table>\n");
}

/* The ten most frequent mistakes. */
static void common_mistakes(struct vww_buffer *out, const struct vww_evaluation *evaluation)
{
    bool told[VWW_CLASSES_MAX][VWW_CLASSES_MAX] = {{false}};
    vww_buffer_text(out, "<ol>\n");
    for (int n = 0; n < 10; n++) {
        int32_t best_label = -1, best = -1;
        for (int32_t label = 0; label < evaluation->classes; label++)
            for (int32_t c = 0; c < evaluation->classes; c++)
                if (c != label && !told[label][c] && evaluation->confusion[label][c] > 0 &&
                    (best < 0 ||
                     evaluation->confusion[label][c] > evaluation->confusion[best_label][best])) {
                    best_label = label;
                    best = c;
                }
        if (best < 0)
            break;
        told[best_label][best] = true;
        vww_buffer_text(out, "<li>is ");
        vww_markup_text(out, evaluation->class_names[best_label]);
        vww_buffer_text(out, ", says ");
        vww_markup_text(out, evaluation->class_names[best]);
        vww_buffer_printf(out, ": %" PRId64 "</li>\n", evaluation->confusion[best_label][best]);
    }
    vww_buffer_text(out, "</ol>\n");
}

static void confusion(struct vww_buffer *out, const struct vww_report_run *run)
{
    char text[VWW_FORMAT_MAX];
    vww_buffer_text(out, "<h3>Confusion</h3>\n<div class=\"row\">\n");
    for (int i = 0; i < VWW_EXECUTION_COUNT; i++) {
        const struct vww_evaluation *evaluation = run->evaluations[i];
        if (evaluation == NULL)
            continue;
        vww_buffer_printf(out,
                          "<div class=\"scroll\"><figure><figcaption><b>%s</b>, %s "
                          "images</figcaption>\n",
                          vww_execution_names[i], vww_format_integer(text, evaluation->images));
        if (evaluation->classes <= MATRIX_CLASSES_MAX)
            matrix(out, evaluation);
        else
            common_mistakes(out, evaluation);
        vww_buffer_text(out, "</figure></div>\n");
    }
    vww_buffer_text(out, "</div>\n");
}

/* Histogram of the probability of class 1, by what the image shows. */
static void draw_histogram(struct vww_buffer *out, const struct vww_evaluation *evaluation)
{
    const double left = 50, top = 10, bottom = 200, right = 1020;
    int64_t bins[2][BINS] = {{0}}, most = 1;
    char text[160];
    for (int64_t i = 0; i < evaluation->images; i++) {
        int bin = (int)(evaluation->probabilities[2 * i + 1] * BINS);
        bin = bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
        int64_t *count = &bins[evaluation->labels[i]][bin];
        ++*count;
        most = *count > most ? *count : most;
    }
    const struct vww_axis x = vww_axis_make(0, 1, 10, false, left, right);
    const struct vww_axis y = vww_axis_make(0, (double)most, 4, true, bottom, top);
    vww_svg_begin(out, 1040, 242, "plot", "How sure the network is");
    for (int i = 0; i < vww_axis_ticks(&y); i++) {
        const double at = vww_axis_place(&y, vww_axis_tick(&y, i));
        vww_svg_line(out, left, at, right, at, "grid");
        vww_svg_text(out, left - 6, at + 3.5, VWW_SVG_END, false, "tick",
                     vww_format_short(text, vww_axis_tick(&y, i)));
    }
    for (int b = 0; b < BINS; b++)
        for (int label = 0; label < 2; label++) {
            const double width = (right - left) / BINS;
            const double at = vww_axis_place(&y, (double)bins[label][b]);
            snprintf(text, sizeof text, "%s, %d – %d %%: %" PRId64 " images",
                     evaluation->class_names[label], 100 * b / BINS, 100 * (b + 1) / BINS,
                     bins[label][b]);
            if (bins[label][b] > 0)
                vww_svg_rect(out, left + width * (b + 0.08 + 0.42 * label), at, 0.42 * width,
                             bottom - at, label == 1 ? "block c2" : "block c1", text);
        }
    vww_svg_line(out, left, bottom, right, bottom, "axis");
    for (int i = 0; i < vww_axis_ticks(&x); i++)
        vww_svg_text(out, vww_axis_place(&x, vww_axis_tick(&x, i)), bottom + 15, VWW_SVG_MIDDLE,
                     false, "tick", vww_format_percent(text, vww_axis_tick(&x, i), 0));
    const double half = vww_axis_place(&x, 0.5);
    vww_svg_line(out, half, top, half, bottom, "limit");
    snprintf(text, sizeof text, "probability of %s; the dashed line divides its answers",
             evaluation->class_names[1]);
    vww_svg_text(out, (left + right) / 2, 236, VWW_SVG_MIDDLE, false, "label", text);
    vww_svg_text(out, 12, (top + bottom) / 2, VWW_SVG_MIDDLE, true, "label", "images");
    vww_svg_end(out);
}

static void histogram(struct vww_buffer *out, const struct vww_report_run *run)
{
    const struct vww_evaluation *evaluation = vww_report_run_judged(run);
    if (evaluation->classes != 2)
        return;
    vww_buffer_printf(out,
                      "<h3>How sure is it?</h3>\n<div class=\"scroll\"><figure class=\"wide\">"
                      "<figcaption><b>%s</b>",
                      evaluation->kind);
    for (int label = 0; label < 2; label++) {
        vww_buffer_printf(out, " <span class=\"key c%d\"></span>images that show ", label + 1);
        vww_markup_text(out, evaluation->class_names[label]);
    }
    vww_buffer_text(out, "</figcaption>\n");
    draw_histogram(out, evaluation);
    vww_buffer_text(out, "</figure></div>\n");
}

void vww_page_accuracy(struct vww_buffer *out, const struct vww_report_run *run)
{
    struct vww_score scores[VWW_EXECUTION_COUNT];
    const size_t count = vww_report_run_scores(run, scores);
    if (count == 0) {
        vww_buffer_text(out, "<p class=\"soft\">Nothing has been scored yet.</p>\n");
        return;
    }
    vww_buffer_text(out, "<div class=\"scroll\"><table class=\"full\">\n<thead><tr>"
                         "<th class=\"l\">executed as</th><th>images</th><th>accuracy</th>"
                         "<th>95 % interval</th><th>against float</th><th>loss</th>"
                         "<th class=\"l\">model</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < count; i++)
        score_row(out, &scores[i]);
    vww_buffer_text(out, "</tbody></table></div>\n");
    agreement(out, run, VWW_EXECUTION_FLOAT, VWW_EXECUTION_INT8);
    agreement(out, run, VWW_EXECUTION_INT8, VWW_EXECUTION_DEVICE);
    confusion(out, run);
    vww_page_measures(out, vww_report_run_judged(run));
    histogram(out, run);
}
