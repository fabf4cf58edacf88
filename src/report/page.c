#include "report/page.h"
#include "report/format.h"
#include "report/svg.h"
#include "vww/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void begin(struct vww_buffer *out, const char *title)
{
    vww_buffer_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                         "<meta name=\"viewport\" content=\"width=device-width, "
                         "initial-scale=1\"/>\n<title>");
    vww_markup_text(out, title);
    vww_buffer_text(out, "</title>\n<style>\n");
    vww_buffer_text(out, vww_page_style);
    vww_buffer_text(out, "</style>\n</head>\n<body>\n<main>\n");
}

static void tile(struct vww_buffer *out, const char *figure, const char *text)
{
    vww_buffer_text(out, "<div class=\"tile\"><b>");
    vww_markup_text(out, figure);
    vww_buffer_text(out, "</b><span>");
    vww_markup_text(out, text);
    vww_buffer_text(out, "</span></div>\n");
}

/* What a person wants to know first. */
static void tiles(struct vww_buffer *out, const struct vww_report_run *run)
{
    char figure[VWW_FORMAT_MAX], text[160], number[VWW_FORMAT_MAX];
    vww_buffer_text(out, "<div class=\"tiles\">\n");
    const struct vww_evaluation *judged = vww_report_run_judged(run);
    if (judged != NULL) {
        snprintf(text, sizeof text, "right, %s, %s images", judged->kind,
                 vww_format_integer(number, judged->images));
        tile(out, vww_format_percent(figure, judged->accuracy, 1), text);
    }
    if (run->has_model) {
        tile(out, vww_format_short(figure, (double)run->cost.macs), "multiply-adds for one image");
        snprintf(figure, sizeof figure, "%.1f kB", (double)run->plan.arena_bytes / 1000);
        snprintf(text, sizeof text, "of memory for the activations (%s bytes)",
                 vww_format_integer(number, run->plan.arena_bytes));
        tile(out, figure, text);
        const struct vww_bench *bench = run->bench_count > 0 ? &run->benches[0] : NULL;
        const bool measured = bench != NULL && bench->flash_bytes.total >= 0;
        const int64_t bytes = measured ? bench->flash_bytes.total : run->cost.model_bytes;
        snprintf(figure, sizeof figure, "%.1f kB", (double)bytes / 1000);
        snprintf(text, sizeof text, "of %s (%s bytes)",
                 measured ? "flash: code and constants" : "int8 weights and int32 biases",
                 vww_format_integer(number, bytes));
        tile(out, figure, text);
    }
    vww_buffer_text(out, "</div>\n");
}

static void missing(struct vww_buffer *out, const struct vww_report_run *run)
{
    if (run->missing_count == 0)
        return;
    vww_buffer_text(out, "<div class=\"note\"><p><b>Not in this report yet</b></p>\n<ul>\n");
    for (size_t i = 0; i < run->missing_count; i++) {
        vww_buffer_text(out, "<li>");
        vww_markup_text(out, run->missing[i].what);
        vww_buffer_text(out, " – <code>");
        vww_markup_text(out, run->missing[i].command);
        vww_buffer_text(out, "</code></li>\n");
    }
    vww_buffer_text(out, "</ul></div>\n");
}

static void lead(struct vww_buffer *out, const struct vww_report_run *run)
{
    const struct vww_evaluation *judged = vww_report_run_judged(run);
    if (!run->has_model)
        return;
    const struct vww_shape *input = &run->graph->tensors[run->graph->input].shape;
    vww_buffer_text(out, "<p class=\"lead\">");
    if (judged != NULL) {
        vww_buffer_text(out, "A network that tells ");
        for (int32_t c = judged->classes - 1; c >= 0; c--) {
            vww_buffer_text(out, c == judged->classes - 1 ? "<b>" : c == 0 ? " from " : ", ");
            vww_markup_text(out, judged->class_names[c]);
            vww_buffer_text(out, c == judged->classes - 1 ? "</b>" : "");
        }
    } else {
        vww_buffer_text(out, "A network that looks");
    }
    vww_buffer_printf(out, " in images of %" PRId32 "×%" PRId32 " pixels.</p>\n", input->dims[2],
                      input->dims[1]);
}

static void links(struct vww_buffer *out, size_t number)
{
    static const struct {
        const char *id, *text;
    } parts[] = {{"budgets", "Budgets"},       {"accuracy", "Accuracy"}, {"pictures", "Pictures"},
                 {"training", "Training"},     {"layers", "Layers"},     {"memory", "Memory"},
                 {"recipe", "How it was made"}};
    vww_buffer_text(out, "<nav>");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        vww_buffer_printf(out, "<a href=\"#%s-%zu\">%s</a>", parts[i].id, number, parts[i].text);
    vww_buffer_text(out, "</nav>\n");
}

/* A section that has nothing to show points at the list of what is missing. */
static void section(struct vww_buffer *out, const char *id, size_t number, const char *title)
{
    vww_buffer_printf(out, "<h2 id=\"%s-%zu\">%s</h2>\n", id, number, title);
}

static void write_run(struct vww_buffer *out, const struct vww_report_run *run,
                      const struct vww_pictures *pictures, size_t number, size_t count)
{
    vww_buffer_printf(out, "<section id=\"run-%zu\">\n", number);
    vww_buffer_printf(out, "<p class=\"kicker\"%s>vww report%s<code>",
                      count > 1 ? " style=\"margin-top:5rem\"" : "", " · ");
    vww_markup_text(out, run->path);
    vww_buffer_text(out, "</code></p>\n<h1>");
    vww_markup_text(out, run->has_model ? run->graph->name : run->name);
    vww_buffer_text(out, "</h1>\n");
    lead(out, run);
    links(out, number);
    tiles(out, run);
    missing(out, run);
    section(out, "budgets", number, "Does it fit?");
    vww_page_budgets(out, run);
    section(out, "accuracy", number, "How often is it right?");
    vww_page_accuracy(out, run);
    section(out, "pictures", number, "What it gets wrong, and right");
    vww_page_pictures(out, run, pictures);
    section(out, "training", number, "How it learned");
    vww_page_curves(out, run);
    section(out, "layers", number, "The network, layer by layer");
    vww_page_layers(out, run);
    section(out, "memory", number, "Memory over time");
    vww_page_memory_map(out, run);
    section(out, "recipe", number, "How it was made");
    vww_page_recipe(out, run);
    vww_buffer_text(out, "</section>\n");
}

void vww_page_write(struct vww_buffer *out, const struct vww_report_run *runs,
                    const struct vww_pictures *pictures, size_t count)
{
    char title[512];
    if (count == 1)
        snprintf(title, sizeof title, "%.480s – vww report", runs[0].name);
    else
        snprintf(title, sizeof title, "%zu runs – vww report", count);
    begin(out, title);
    if (count > 1)
        vww_page_comparison(out, runs, count);
    for (size_t i = 0; i < count; i++)
        write_run(out, &runs[i], &pictures[i], i + 1, count);
    vww_buffer_text(out, "<footer>Made by vww " VWW_VERSION ". Every number of this page is in "
                         "<code>report.json</code> beside it.</footer>\n"
                         "</main>\n</body>\n</html>\n");
}
