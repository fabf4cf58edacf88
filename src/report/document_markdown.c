#include "report/budget.h"
#include "report/compare.h"
#include "report/document.h"
#include "report/format.h"
#include "report/recipe.h"
#include "report/score.h"
#include "vww/measure.h"
#include "vww/report.h"
#include "vww/version.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Text within a table or paragraph: what Markdown would read as markup is escaped, lines become
 * one.
 */
static void plain(struct vww_buffer *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (strchr("\\`*_{}[]<>#|", *p) != NULL)
            vww_buffer_text(out, "\\");
        vww_buffer_append(out, (unsigned char)*p < 0x20 ? " " : p, 1);
    }
}

static void indented(void *context, const char *command)
{
    struct vww_buffer *out = context;
    vww_buffer_text(out, "    ");
    for (const char *p = command; *p != '\0'; p++)
        vww_buffer_append(out, (unsigned char)*p < 0x20 ? " " : p, 1);
    vww_buffer_text(out, "\n");
}

static void write_missing(struct vww_buffer *out, const struct vww_report_run *run)
{
    if (run->missing_count == 0)
        return;
    vww_buffer_text(out, "\nNot in this report yet:\n\n");
    for (size_t i = 0; i < run->missing_count; i++) {
        vww_buffer_text(out, "- ");
        plain(out, run->missing[i].what);
        vww_buffer_text(out, ": ");
        plain(out, run->missing[i].command);
        vww_buffer_text(out, "\n");
    }
}

static void write_budgets(struct vww_buffer *out, const struct vww_report_run *run)
{
    struct vww_budget rows[VWW_BUDGETS_MAX];
    char value[VWW_FORMAT_MAX], limit[VWW_FORMAT_MAX], other[VWW_FORMAT_MAX];
    const size_t count = vww_report_run_budgets(run, rows);
    vww_buffer_text(out, "\n| budget | value | limit, KB = 1000 | | limit, KB = 1024 | |\n"
                         "|---|--:|--:|---|--:|---|\n");
    for (size_t i = 0; i < count; i++) {
        vww_buffer_printf(out, "| %s: ", rows[i].title);
        plain(out, rows[i].explanation);
        vww_buffer_printf(out, " | %s | %s | %s | %s | %s |\n",
                          vww_format_integer(value, rows[i].value),
                          vww_format_integer(limit, rows[i].limit_1000),
                          rows[i].value <= rows[i].limit_1000 ? "fits" : "**too large**",
                          vww_format_integer(other, rows[i].limit_1024),
                          rows[i].value <= rows[i].limit_1024 ? "fits" : "**too large**");
    }
}

static void write_agreement(struct vww_buffer *out, const struct vww_report_run *run,
                            enum vww_execution a, enum vww_execution b)
{
    struct vww_agreement found;
    if (vww_report_run_agreement(run, a, b, &found))
        vww_buffer_printf(out,
                          "\n%s and %s give the same answer on %" PRId64 " of %" PRId64
                          " images; largest difference of a probability: %.4g.\n",
                          vww_execution_names[a], vww_execution_names[b], found.equal, found.images,
                          found.largest);
}

static void write_confusion(struct vww_buffer *out, const struct vww_evaluation *evaluation)
{
    vww_buffer_printf(out, "\n| %s |", evaluation->kind);
    for (int32_t c = 0; c < evaluation->classes; c++) {
        vww_buffer_text(out, " says ");
        plain(out, evaluation->class_names[c]);
        vww_buffer_text(out, " |");
    }
    vww_buffer_text(out, "\n|---|");
    for (int32_t c = 0; c < evaluation->classes; c++)
        vww_buffer_text(out, "--:|");
    for (int32_t label = 0; label < evaluation->classes; label++) {
        vww_buffer_text(out, "\n| is ");
        plain(out, evaluation->class_names[label]);
        vww_buffer_text(out, " |");
        for (int32_t c = 0; c < evaluation->classes; c++)
            vww_buffer_printf(out, " %" PRId64 " |", evaluation->confusion[label][c]);
    }
    vww_buffer_text(out, "\n");
}

static const char *or_dash(char text[VWW_FORMAT_MAX], double share)
{
    if (isnan(share))
        snprintf(text, VWW_FORMAT_MAX, "–");
    else
        vww_format_percent(text, share, 1);
    return text;
}

static void write_slices(struct vww_buffer *out, const struct vww_measures *m)
{
    char share[VWW_FORMAT_MAX], low[VWW_FORMAT_MAX], high[VWW_FORMAT_MAX];
    if (m->slice_count == 0)
        return;
    vww_buffer_text(out,
                    "\n| by | slice | images | right | 95 % interval |\n|---|---|--:|--:|--:|\n");
    for (size_t i = 0; i < m->slice_count; i++) {
        const struct vww_share_measure *right = &m->slices[i].right;
        vww_buffer_printf(out, "| %s | %s | %" PRId64 " | %s | %s – %s |\n",
                          vww_slice_group_title(m->slices[i].group), m->slices[i].name, right->of,
                          or_dash(share, right->share), or_dash(low, right->low),
                          or_dash(high, right->high));
    }
}

/* Of the evaluation by which the run is judged. */
static void write_measures(struct vww_buffer *out, const struct vww_evaluation *evaluation)
{
    struct vww_measures m;
    char recall[VWW_FORMAT_MAX], precision[VWW_FORMAT_MAX], f1[VWW_FORMAT_MAX];
    if (vww_measure(evaluation, &m, NULL) != VWW_OK) {
        out->failed = 1;
        return;
    }
    vww_buffer_printf(
        out, "\n| %s | images | recall | precision | F1 | AUC |\n|---|--:|--:|--:|--:|--:|\n",
        evaluation->kind);
    for (int32_t c = 0; c < m.class_count; c++) {
        const struct vww_class_measures *class = &m.classes[c];
        vww_buffer_text(out, "| ");
        plain(out, evaluation->class_names[c]);
        vww_buffer_printf(out, " | %" PRId64 " | %s | %s | %s |", class->images,
                          or_dash(recall, class->recall), or_dash(precision, class->precision),
                          or_dash(f1, class->f1));
        if (!isnan(class->auc))
            vww_buffer_printf(out, " %.4f", class->auc);
        vww_buffer_text(out, " |\n");
    }
    vww_buffer_printf(out,
                      "\nHow sure it is differs from how often it is right by %s on average; Brier "
                      "score %.4f.\n",
                      or_dash(f1, m.calibration_error), m.brier);
    write_slices(out, &m);
    vww_measures_fini(&m);
}

static void write_scores(struct vww_buffer *out, const struct vww_report_run *run)
{
    struct vww_score scores[VWW_EXECUTION_COUNT];
    char accuracy[VWW_FORMAT_MAX], low[VWW_FORMAT_MAX], high[VWW_FORMAT_MAX];
    const size_t count = vww_report_run_scores(run, scores);
    if (count == 0)
        return;
    vww_buffer_text(out,
                    "\n| executed as | images | accuracy | 95 % interval | against float, same "
                    "images | loss |\n|---|--:|--:|--:|--:|--:|\n");
    for (size_t i = 0; i < count; i++) {
        const struct vww_evaluation *evaluation = scores[i].evaluation;
        vww_buffer_printf(out, "| %s | %" PRId64 " | %s | %s – %s |", evaluation->kind,
                          evaluation->images, vww_format_percent(accuracy, evaluation->accuracy, 2),
                          vww_format_percent(low, scores[i].low, 1),
                          vww_format_percent(high, scores[i].high, 1));
        if (scores[i].compared > 0)
            vww_buffer_printf(out, " %s points on %" PRId64,
                              vww_format_signed(low, 100 * scores[i].difference),
                              scores[i].compared);
        vww_buffer_printf(out, " | %.4f |\n", evaluation->loss);
    }
    write_agreement(out, run, VWW_EXECUTION_FLOAT, VWW_EXECUTION_INT8);
    write_agreement(out, run, VWW_EXECUTION_INT8, VWW_EXECUTION_DEVICE);
    for (size_t i = 0; i < count; i++)
        write_confusion(out, scores[i].evaluation);
    write_measures(out, vww_report_run_judged(run));
}

static void write_layers(struct vww_buffer *out, const struct vww_report_run *run)
{
    char parameters[VWW_FORMAT_MAX], macs[VWW_FORMAT_MAX], bytes[VWW_FORMAT_MAX], shape[48];
    vww_buffer_text(out, "\n| layer | operator | kernel / stride | output | parameters | "
                         "multiply-adds | bytes, in + out |\n|---|---|---|---|--:|--:|--:|\n");
    for (int32_t i = 0; i < run->cost.layer_count; i++) {
        const struct vww_cost_layer *layer = &run->cost.layers[i];
        vww_buffer_text(out, "| ");
        plain(out, layer->name);
        vww_buffer_text(out, " | ");
        plain(out, vww_op_name(layer->kind));
        vww_buffer_text(out, " | ");
        if (layer->kernel_h > 0)
            vww_buffer_printf(out, "%" PRId32 "x%" PRId32 " / %" PRId32, layer->kernel_h,
                              layer->kernel_w, layer->stride_h);
        vww_shape_text(&layer->output, shape, sizeof shape);
        vww_buffer_printf(out, " | %s | %s | %s | %s |\n", shape,
                          vww_format_integer(parameters, layer->weights + layer->biases),
                          vww_format_integer(macs, layer->macs),
                          vww_format_integer(bytes, layer->input_bytes + layer->output_bytes));
    }
    vww_buffer_printf(out, "| **total** | | | | %s | %s | |\n",
                      vww_format_integer(parameters, run->cost.params_deploy),
                      vww_format_integer(macs, run->cost.macs));
}

/* The last validation of each stretch of training. */
static void write_training(struct vww_buffer *out, const struct vww_report_run *run)
{
    for (size_t i = 0; i < run->phase_count; i++) {
        const struct vww_phase *phase = &run->phases[i];
        const struct vww_metric *last = NULL;
        char text[VWW_FORMAT_MAX];
        for (size_t m = 0; m < phase->metrics.count; m++)
            if (isfinite(phase->metrics.lines[m].val_accuracy))
                last = &phase->metrics.lines[m];
        if (last == NULL)
            continue;
        vww_buffer_text(out, "- ");
        plain(out, phase->path);
        vww_buffer_printf(out, "%s: %s right on the validation images after step %.0f\n",
                          phase->is_quantize_aware ? ", with fake quantization" : "",
                          vww_format_percent(text, last->val_accuracy, 2), last->step);
    }
}

static void write_run(struct vww_buffer *out, const struct vww_report_run *run)
{
    vww_buffer_text(out, "\n## ");
    plain(out, run->name);
    if (run->has_model) {
        vww_buffer_text(out, ": ");
        plain(out, run->graph->name);
    }
    vww_buffer_text(out, "\n");
    write_missing(out, run);
    vww_buffer_text(out, "\n### Accuracy\n");
    write_scores(out, run);
    if (run->has_model) {
        vww_buffer_text(out, "\n### Budgets\n");
        write_budgets(out, run);
        vww_buffer_text(out, "\n### Layers\n");
        write_layers(out, run);
        vww_buffer_printf(out, "\nThe planned arena has %" PRId64 " bytes.\n",
                          run->plan.arena_bytes);
    }
    vww_buffer_text(out, "\n### Training\n\n");
    write_training(out, run);
    vww_buffer_text(out, "\n### How it was made\n\n");
    vww_report_commands(run, indented, out);
}

static void write_comparison(struct vww_buffer *out, const struct vww_report_run *runs,
                             size_t count)
{
    struct vww_comparison rows[VWW_REPORT_RUNS_MAX];
    char macs[VWW_FORMAT_MAX], accuracy[VWW_FORMAT_MAX], arena[VWW_FORMAT_MAX],
        model[VWW_FORMAT_MAX];
    vww_compare_runs(runs, count, rows);
    vww_buffer_text(out, "\n| run | accuracy | judged by | multiply-adds | arena, bytes | model, "
                         "bytes | Pareto front |\n|---|--:|---|--:|--:|--:|---|\n");
    for (size_t i = 0; i < count; i++) {
        const struct vww_report_run *run = rows[i].run;
        const struct vww_evaluation *judged = rows[i].judged;
        vww_buffer_text(out, "| ");
        plain(out, run->name);
        vww_buffer_printf(out, " | %s | %s | %s | %s | %s | %s |\n",
                          judged != NULL ? vww_format_percent(accuracy, judged->accuracy, 2) : "",
                          judged != NULL ? judged->kind : "not scored",
                          run->has_model ? vww_format_integer(macs, run->cost.macs) : "",
                          run->has_model ? vww_format_integer(arena, run->plan.arena_bytes) : "",
                          run->has_model ? vww_format_integer(model, run->cost.model_bytes) : "",
                          rows[i].on_front ? "yes" : "");
    }
    if (vww_compare_is_uneven(rows, count))
        vww_buffer_text(out, "\nNot all of these runs were judged by the same images; their "
                             "accuracies do not compare.\n");
}

void vww_document_markdown(struct vww_buffer *out, const struct vww_report_run *runs, size_t count)
{
    vww_buffer_text(out, "# vww report\n");
    if (count > 1)
        write_comparison(out, runs, count);
    for (size_t i = 0; i < count; i++)
        write_run(out, &runs[i]);
    vww_buffer_text(out, "\nMade by vww " VWW_VERSION ".\n");
}
