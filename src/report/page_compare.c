/* Several runs: a table, and accuracy against multiply-adds. */
#include "report/chart.h"
#include "report/compare.h"
#include "report/format.h"
#include "report/page.h"
#include "report/svg.h"
#include "vww/report.h"

#include <stdio.h>

static void row(struct vww_buffer *out, const struct vww_comparison *item, size_t number)
{
    char text[VWW_FORMAT_MAX];
    const struct vww_report_run *run = item->run;
    vww_buffer_printf(out, "<tr><td class=\"l\"><a href=\"#run-%zu\">", number);
    vww_markup_text(out, run->name);
    vww_buffer_text(out, "</a></td><td class=\"l soft\">");
    vww_markup_text(out, run->has_model ? run->graph->name : "");
    vww_buffer_text(out, "</td>");
    if (item->judged != NULL) {
        vww_buffer_printf(out, "<td><b>%s</b></td>",
                          vww_format_percent(text, item->judged->accuracy, 2));
        vww_buffer_printf(out, "<td class=\"soft\">%s, %s images</td>", item->judged->kind,
                          vww_format_integer(text, item->judged->images));
    } else {
        vww_buffer_text(out, "<td></td><td class=\"soft\">not scored</td>");
    }
    const int64_t figures[3] = {run->cost.macs, run->plan.arena_bytes, run->cost.model_bytes};
    for (int i = 0; i < 3; i++)
        vww_buffer_printf(out, "<td>%s</td>",
                          run->has_model ? vww_format_integer(text, figures[i]) : "");
    vww_buffer_printf(out, "<td class=\"good\">%s</td></tr>\n",
                      item->on_front ? "on the front" : "");
}

static void chart(struct vww_buffer *out, const struct vww_comparison *rows, size_t count)
{
    struct vww_named_point points[VWW_REPORT_RUNS_MAX];
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].run->has_model && rows[i].judged != NULL)
            points[used++] = (struct vww_named_point){.name = rows[i].run->name,
                                                      .x = (double)rows[i].run->cost.macs,
                                                      .y = rows[i].judged->accuracy,
                                                      .front = rows[i].on_front};
    if (used == 0)
        return;
    /* The budget's line only where the points do not shrink to a corner for it. */
    const bool near_limit = points[used - 1].x > 0.25 * VWW_BUDGET_MACS;
    const struct vww_point_chart chart = {.title = "Accuracy against multiply-adds",
                                          .x_label = "multiply-adds for one image",
                                          .y_label = "accuracy",
                                          .percent = true,
                                          .x_limit = near_limit ? VWW_BUDGET_MACS : 0,
                                          .limit_name = "the paper's 60 M",
                                          .points = points,
                                          .count = used};
    vww_buffer_text(out, "<div class=\"scroll\">\n");
    vww_chart_points(out, &chart);
    vww_buffer_text(out, "</div>\n<p class=\"soft\">Orange: on the Pareto front – no other run is "
                         "both as accurate and as cheap.</p>\n");
}

void vww_page_comparison(struct vww_buffer *out, const struct vww_report_run *runs, size_t count)
{
    struct vww_comparison rows[VWW_REPORT_RUNS_MAX];
    vww_compare_runs(runs, count, rows);
    vww_buffer_printf(out,
                      "<p class=\"kicker\">vww report</p>\n<h1>%zu runs compared</h1>\n"
                      "<div class=\"scroll\"><table class=\"full\">\n<thead><tr><th "
                      "class=\"l\">run</th><th class=\"l\">model</th><th>accuracy</th><th>judged "
                      "by</th><th>multiply-adds</th><th>arena, bytes</th><th>model, "
                      "bytes</th><th></th></tr></thead>\n<tbody>\n",
                      count);
    for (size_t i = 0; i < count; i++)
        row(out, &rows[i], (size_t)(rows[i].run - runs) + 1);
    vww_buffer_text(out, "</tbody></table></div>\n");
    if (vww_compare_is_uneven(rows, count))
        vww_buffer_text(out, "<div class=\"note\"><p>Not all of these runs were judged by the same "
                             "images; their accuracies do not compare.</p></div>\n");
    chart(out, rows, count);
}
