/* The model against the paper's budgets, and as a table of layers. */
#include "report/budget.h"
#include "report/format.h"
#include "report/page.h"
#include "report/svg.h"

#include <inttypes.h>
#include <stdio.h>

static void verdict(struct vww_buffer *out, bool fits, const char *reading)
{
    vww_buffer_printf(out, "<span class=\"%s\">%s</span>%s<br/>", fits ? "good" : "bad",
                      fits ? "✓ fits" : "✗ too large", reading);
}

static void budget(struct vww_buffer *out, const struct vww_budget *row)
{
    char value[VWW_FORMAT_MAX];
    const double most =
        (double)(row->value > row->limit_1024 ? row->value : row->limit_1024) * 1.08;
    const bool two_readings = row->limit_1000 != row->limit_1024;
    vww_buffer_text(out, "<div class=\"budget\"><div><b>");
    vww_markup_text(out, row->title);
    vww_buffer_text(out, "</b><small>");
    vww_markup_text(out, row->explanation);
    vww_buffer_printf(out,
                      "</small></div>\n<div class=\"meter\"><i class=\"%s\" "
                      "style=\"width:%.2f%%\"></i><u style=\"left:%.2f%%\"></u>",
                      row->value > row->limit_1024 ? "over" : "under",
                      100 * (double)row->value / most, 100 * (double)row->limit_1000 / most);
    if (two_readings)
        vww_buffer_printf(out, "<u class=\"second\" style=\"left:%.2f%%\"></u>",
                          100 * (double)row->limit_1024 / most);
    vww_buffer_printf(out, "</div>\n<div class=\"value\">%s of %s<br/><small>",
                      vww_format_integer(value, row->value), two_readings ? "250 KB" : "60 M");
    verdict(out, row->value <= row->limit_1000, two_readings ? " if KB = 1000" : "");
    if (two_readings)
        verdict(out, row->value <= row->limit_1024, " if KB = 1024");
    vww_buffer_text(out, "</small></div></div>\n");
}

static void figure(struct vww_buffer *out, int64_t value)
{
    char text[VWW_FORMAT_MAX];
    vww_buffer_printf(out, "<td>%s</td>", value >= 0 ? vww_format_integer(text, value) : "");
}

/* One run of the generated C on each machine. */
static void measured(struct vww_buffer *out, const struct vww_report_run *run)
{
    if (run->bench_count == 0)
        return;
    vww_buffer_text(out,
                    "<h3>Measured</h3>\n<div class=\"scroll\"><table>\n<thead><tr><th "
                    "class=\"l\">machine</th><th>arena</th><th>scratch</th><th>variables</th>"
                    "<th>stack</th><th>memory</th><th>code</th><th>constants</th><th>flash</th>"
                    "<th>instructions</th><th>per multiply-add</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < run->bench_count; i++) {
        const struct vww_bench *bench = &run->benches[i];
        vww_buffer_text(out, "<tr><td class=\"l\">");
        vww_markup_text(out, bench->machine);
        vww_buffer_text(out, "</td>");
        figure(out, bench->sram_bytes.arena);
        figure(out, bench->sram_bytes.scratch);
        figure(out, bench->sram_bytes.state);
        figure(out, bench->sram_bytes.stack);
        figure(out, bench->sram_bytes.total);
        figure(out, bench->flash_bytes.code);
        figure(out, bench->flash_bytes.weights);
        figure(out, bench->flash_bytes.total);
        figure(out, bench->instructions);
        if (bench->instructions >= 0 && run->cost.macs > 0)
            vww_buffer_printf(out, "<td>%.1f</td></tr>\n",
                              (double)bench->instructions / (double)run->cost.macs);
        else
            vww_buffer_text(out, "<td></td></tr>\n");
    }
    vww_buffer_text(out, "</tbody></table></div>\n");
}

void vww_page_budgets(struct vww_buffer *out, const struct vww_report_run *run)
{
    if (!run->has_model) {
        vww_buffer_text(out, "<p class=\"soft\">There is no model yet.</p>\n");
        return;
    }
    vww_buffer_text(out, "<p>The paper's budget for a microcontroller is 250 KB of memory, 250 KB "
                         "of model and 60 million multiply-adds. It does not say whether its KB is "
                         "1000 or 1024 bytes; the solid mark is the former, the dotted one the "
                         "latter.</p>\n");
    struct vww_budget rows[VWW_BUDGETS_MAX];
    const size_t count = vww_report_run_budgets(run, rows);
    for (size_t i = 0; i < count; i++)
        budget(out, &rows[i]);
    measured(out, run);
}

/* "1x48x48x8" -> "48×48×8": the batch is always 1. */
static void shape(struct vww_buffer *out, const struct vww_shape *value)
{
    for (int d = value->rank > 1 ? 1 : 0; d < value->rank; d++)
        vww_buffer_printf(out, "%s%" PRId32, d > 1 ? "×" : "", value->dims[d]);
}

static void bar(struct vww_buffer *out, const char *class, int64_t value, int64_t most)
{
    char text[VWW_FORMAT_MAX];
    if (value == 0) {
        vww_buffer_text(out, "<td></td>");
        return;
    }
    vww_buffer_printf(out, "<td class=\"%s\" style=\"--p:%.2f%%\">%s</td>", class,
                      100 * (double)value / (double)most, vww_format_integer(text, value));
}

static void layer_row(struct vww_buffer *out, const struct vww_report_run *run, int32_t i,
                      int64_t most_macs, int64_t most_bytes)
{
    const struct vww_cost_layer *layer = &run->cost.layers[i];
    const int64_t bytes = layer->input_bytes + layer->output_bytes;
    char text[VWW_FORMAT_MAX];
    vww_buffer_printf(out, "<tr%s><td class=\"soft\">%" PRId32 "</td><td class=\"l\">",
                      bytes == most_bytes ? " class=\"peak\"" : "", i + 1);
    vww_markup_text(out, layer->name);
    vww_buffer_text(out, "</td><td class=\"l soft\">");
    for (const char *p = vww_op_name(layer->kind); *p != '\0'; p++)
        vww_buffer_append(out, *p == '_' ? " " : p, 1);
    vww_buffer_text(out, "</td><td class=\"l\">");
    if (layer->kernel_h > 0)
        vww_buffer_printf(out, "%" PRId32 "×%" PRId32 " / %" PRId32, layer->kernel_h,
                          layer->kernel_w, layer->stride_h);
    vww_buffer_text(out, "</td><td class=\"l\">");
    shape(out, &layer->output);
    vww_buffer_printf(out, "</td><td>%s</td>",
                      layer->weights + layer->biases > 0
                          ? vww_format_integer(text, layer->weights + layer->biases)
                          : "");
    bar(out, "bar", layer->macs, most_macs);
    bar(out, "bar two", bytes, most_bytes);
    vww_buffer_text(out, "</tr>\n");
}

void vww_page_layers(struct vww_buffer *out, const struct vww_report_run *run)
{
    if (!run->has_model) {
        vww_buffer_text(out, "<p class=\"soft\">There is no model yet.</p>\n");
        return;
    }
    const struct vww_cost *cost = &run->cost;
    int64_t most_macs = 1, most_bytes = 1;
    for (int32_t i = 0; i < cost->layer_count; i++) {
        const struct vww_cost_layer *layer = &cost->layers[i];
        const int64_t bytes = layer->input_bytes + layer->output_bytes;
        most_macs = layer->macs > most_macs ? layer->macs : most_macs;
        most_bytes = bytes > most_bytes ? bytes : most_bytes;
    }
    char text[VWW_FORMAT_MAX];
    vww_buffer_text(out, "<p>As it is deployed: batch norm and activations are part of their "
                         "convolution, weights and activations have 8 bits. Read from <code>");
    vww_markup_text(out, run->model_path);
    vww_buffer_text(out, "</code>. Memory is a layer's input plus its output; the shaded layer "
                         "needs the most.</p>\n<div class=\"scroll\"><table class=\"full\">\n"
                         "<thead><tr><th></th><th class=\"l\">layer</th><th "
                         "class=\"l\">operator</th><th class=\"l\">kernel / stride</th><th "
                         "class=\"l\">output</th><th>parameters</th><th>multiply-adds</th>"
                         "<th>bytes, in + out</th></tr></thead>\n<tbody>\n");
    for (int32_t i = 0; i < cost->layer_count; i++)
        layer_row(out, run, i, most_macs, most_bytes);
    vww_buffer_printf(out,
                      "<tr class=\"total\"><td></td><td class=\"l\">total</td><td></td><td></td>"
                      "<td></td><td>%s</td>",
                      vww_format_integer(text, cost->params_deploy));
    vww_buffer_printf(out, "<td>%s</td>", vww_format_integer(text, cost->macs));
    vww_buffer_printf(out, "<td>most: %s</td></tr>\n</tbody></table></div>\n",
                      vww_format_integer(text, most_bytes));
}
