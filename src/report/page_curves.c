/* Training curves: one row of charts for each stretch of training. */
#include "report/chart.h"
#include "report/format.h"
#include "report/page.h"
#include "report/svg.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* x and y of the lines that have a number for one member. */
struct points {
    double *x, *y;
    size_t count;
};

static void collect(const struct vww_metrics *metrics, size_t member, struct points *points)
{
    points->count = 0;
    for (size_t i = 0; i < metrics->count; i++) {
        double value;
        memcpy(&value, (const char *)&metrics->lines[i] + member, sizeof value);
        if (!isfinite(value) || !isfinite(metrics->lines[i].step))
            continue;
        points->x[points->count] = metrics->lines[i].step;
        points->y[points->count++] = value;
    }
}

static struct vww_series series(const char *name, int colour, const struct points *points,
                                bool dots)
{
    return (struct vww_series){.name = name,
                               .colour = colour,
                               .x = points->x,
                               .y = points->y,
                               .count = points->count,
                               .dots = dots};
}

static void chart(struct vww_buffer *out, struct vww_line_chart base, const struct vww_series *a,
                  const struct vww_series *b)
{
    if (a->count > 0)
        base.series[base.series_count++] = *a;
    if (b != NULL && b->count > 0)
        base.series[base.series_count++] = *b;
    if (base.series_count > 0)
        vww_chart_lines(out, &base);
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How long and how fast, in a sentence. */
static void describe(struct vww_buffer *out, const struct vww_metrics *metrics,
                     struct points *scratch)
{
    char text[VWW_FORMAT_MAX];
    const struct vww_metric *last = &metrics->lines[metrics->count - 1];
    vww_buffer_printf(out, "<p class=\"soft\">%s steps",
                      vww_format_integer(text, (int64_t)last->step));
    collect(metrics, offsetof(struct vww_metric, images_per_second), scratch);
    if (scratch->count > 0) {
        qsort(scratch->y, scratch->count, sizeof *scratch->y, compare_numbers);
        vww_buffer_printf(out, ", %s images per second (median)",
                          vww_format_short(text, scratch->y[scratch->count / 2]));
    }
    vww_buffer_text(out, ".</p>\n");
}

static void draw_phase(struct vww_buffer *out, const struct vww_metrics *metrics,
                       struct points scratch[2])
{
    struct vww_series train, validation;
    vww_buffer_text(out, "<div class=\"charts\">\n");
    collect(metrics, offsetof(struct vww_metric, loss), &scratch[0]);
    collect(metrics, offsetof(struct vww_metric, val_loss), &scratch[1]);
    train = series("training", 1, &scratch[0], false);
    train.noisy = true;
    validation = series("validation", 2, &scratch[1], true);
    chart(out,
          (struct vww_line_chart){.title = "Loss", .x_label = "step", .y_label = "cross-entropy"},
          &train, &validation);
    collect(metrics, offsetof(struct vww_metric, accuracy), &scratch[0]);
    collect(metrics, offsetof(struct vww_metric, val_accuracy), &scratch[1]);
    train.count = scratch[0].count;
    validation.count = scratch[1].count;
    chart(out, (struct vww_line_chart){.title = "Accuracy", .x_label = "step", .percent = true},
          &train, &validation);
    collect(metrics, offsetof(struct vww_metric, learning_rate), &scratch[0]);
    train = series("per step", 5, &scratch[0], false);
    chart(out,
          (struct vww_line_chart){.title = "Learning rate", .x_label = "step", .from_zero = true},
          &train, NULL);
    vww_buffer_text(out, "</div>\n");
}

void vww_page_curves(struct vww_buffer *out, const struct vww_report_run *run)
{
    bool any = false;
    for (size_t i = 0; i < run->phase_count; i++) {
        const struct vww_phase *phase = &run->phases[i];
        const size_t lines = phase->metrics.count;
        if (lines == 0)
            continue;
        any = true;
        struct points scratch[2];
        double *memory = vww_allocate(4 * lines, sizeof *memory);
        if (memory == NULL) {
            out->failed = 1;
            return;
        }
        scratch[0] = (struct points){.x = memory, .y = memory + lines};
        scratch[1] = (struct points){.x = memory + 2 * lines, .y = memory + 3 * lines};
        vww_buffer_printf(out, "<h3>%s <small><code>",
                          phase->is_quantize_aware ? "Quantization-aware training"
                                                   : "Float training");
        vww_markup_text(out, phase->path);
        vww_buffer_text(out, "</code></small></h3>\n");
        describe(out, &phase->metrics, &scratch[0]);
        draw_phase(out, &phase->metrics, scratch);
        vww_free(memory);
    }
    if (!any)
        vww_buffer_text(out, "<p class=\"soft\">There are no training curves.</p>\n");
}
