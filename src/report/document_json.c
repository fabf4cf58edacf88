#include "report/budget.h"
#include "report/compare.h"
#include "report/document.h"
#include "report/recipe.h"
#include "report/score.h"
#include "vww/measure.h"
#include "vww/report.h"
#include "vww/version.h"

#include <string.h>

#define DEPTH_MAX 8 /* of a configuration; what lies deeper becomes null */

static void begin_object(struct vww_json *json, const char *key)
{
    vww_json_key(json, key);
    vww_json_object(json);
}

static void begin_array(struct vww_json *json, const char *key)
{
    vww_json_key(json, key);
    vww_json_array(json);
}

static void put_tree(struct vww_json *json, yajl_val value, int depth)
{
    if (YAJL_IS_STRING(value))
        vww_json_string(json, value->u.string);
    else if (YAJL_IS_INTEGER(value))
        vww_json_integer(json, YAJL_GET_INTEGER(value));
    else if (YAJL_IS_DOUBLE(value))
        vww_json_number(json, YAJL_GET_DOUBLE(value));
    else if (YAJL_IS_TRUE(value) || YAJL_IS_FALSE(value))
        vww_json_boolean(json, YAJL_IS_TRUE(value));
    else if (YAJL_IS_OBJECT(value) && depth < DEPTH_MAX) {
        vww_json_object(json);
        for (size_t i = 0; i < value->u.object.len; i++) {
            vww_json_key(json, value->u.object.keys[i]);
            put_tree(json, value->u.object.values[i], depth + 1);
        }
        vww_json_end(json);
    } else if (YAJL_IS_ARRAY(value) && depth < DEPTH_MAX) {
        vww_json_array(json);
        for (size_t i = 0; i < value->u.array.len; i++)
            put_tree(json, value->u.array.values[i], depth + 1);
        vww_json_end(json);
    } else
        vww_json_null(json);
}

static void put_command(void *context, const char *command)
{
    vww_json_string(context, command);
}

static void put_missing(struct vww_json *json, const struct vww_report_run *run)
{
    begin_array(json, "missing");
    for (size_t i = 0; i < run->missing_count; i++) {
        vww_json_object(json);
        vww_json_put_string(json, "what", run->missing[i].what);
        vww_json_put_string(json, "command", run->missing[i].command);
        vww_json_end(json);
    }
    vww_json_end(json);
}

static void put_shape(struct vww_json *json, const char *key, const struct vww_shape *shape)
{
    begin_array(json, key);
    for (int d = 0; d < shape->rank; d++)
        vww_json_integer(json, shape->dims[d]);
    vww_json_end(json);
}

static void put_layer(struct vww_json *json, const struct vww_cost_layer *layer)
{
    vww_json_object(json);
    vww_json_put_string(json, "name", layer->name);
    vww_json_put_string(json, "operator", vww_op_name(layer->kind));
    put_shape(json, "input", &layer->input);
    put_shape(json, "output", &layer->output);
    vww_json_put_integer(json, "kernel_h", layer->kernel_h);
    vww_json_put_integer(json, "kernel_w", layer->kernel_w);
    vww_json_put_integer(json, "stride_h", layer->stride_h);
    vww_json_put_integer(json, "stride_w", layer->stride_w);
    vww_json_put_integer(json, "weights", layer->weights);
    vww_json_put_integer(json, "biases", layer->biases);
    vww_json_put_integer(json, "macs", layer->macs);
    vww_json_put_integer(json, "input_bytes", layer->input_bytes);
    vww_json_put_integer(json, "output_bytes", layer->output_bytes);
    vww_json_put_integer(json, "live_bytes", layer->live_bytes);
    vww_json_end(json);
}

static void put_plan(struct vww_json *json, const struct vww_report_run *run)
{
    const struct vww_plan *plan = &run->plan;
    const struct vww_graph *graph = vww_plan_graph(plan, run->graph);
    begin_object(json, "memory");
    vww_json_put_string(json, "strategy", plan->strategy);
    vww_json_put_integer(json, "arena_bytes", plan->arena_bytes);
    vww_json_put_integer(json, "scratch_bytes", plan->scratch_bytes);
    vww_json_put_integer(json, "least_bytes", plan->least_bytes);
    begin_array(json, "tensors");
    for (int32_t t = 0; t < plan->tensor_count; t++) {
        const struct vww_placement *place = &plan->placements[t];
        if (place->offset < 0)
            continue;
        vww_json_object(json);
        vww_json_put_string(json, "name", graph->tensors[t].name);
        vww_json_put_integer(json, "offset", place->offset);
        vww_json_put_integer(json, "bytes", place->bytes);
        vww_json_put_integer(json, "first", place->first);
        vww_json_put_integer(json, "last", place->last);
        if (place->alias_of >= 0)
            vww_json_put_string(json, "alias_of", graph->tensors[place->alias_of].name);
        vww_json_end(json);
    }
    vww_json_end(json);
    vww_json_end(json);
}

static void put_budgets(struct vww_json *json, const struct vww_report_run *run)
{
    struct vww_budget rows[VWW_BUDGETS_MAX];
    const size_t count = vww_report_run_budgets(run, rows);
    begin_array(json, "budgets");
    for (size_t i = 0; i < count; i++) {
        vww_json_object(json);
        vww_json_put_string(json, "name", rows[i].key);
        vww_json_put_string(json, "text", rows[i].explanation);
        vww_json_put_integer(json, "value", rows[i].value);
        vww_json_put_integer(json, "limit_1000", rows[i].limit_1000);
        vww_json_put_integer(json, "limit_1024", rows[i].limit_1024);
        vww_json_put_boolean(json, "fits_1000", rows[i].value <= rows[i].limit_1000);
        vww_json_put_boolean(json, "fits_1024", rows[i].value <= rows[i].limit_1024);
        vww_json_end(json);
    }
    vww_json_end(json);
}

/* A figure that the machine could not tell is null. */
static void put_figure(struct vww_json *json, const char *key, int64_t value)
{
    if (value >= 0) {
        vww_json_put_integer(json, key, value);
    } else {
        vww_json_key(json, key);
        vww_json_null(json);
    }
}

static void put_benches(struct vww_json *json, const struct vww_report_run *run)
{
    begin_array(json, "measured");
    for (size_t i = 0; i < run->bench_count; i++) {
        const struct vww_bench *bench = &run->benches[i];
        vww_json_object(json);
        vww_json_put_string(json, "machine", bench->machine);
        put_figure(json, "instructions", bench->instructions);
        put_figure(json, "cycles_estimate", bench->cycles_estimate);
        begin_object(json, "sram_bytes");
        put_figure(json, "arena", bench->sram_bytes.arena);
        put_figure(json, "scratch", bench->sram_bytes.scratch);
        put_figure(json, "state", bench->sram_bytes.state);
        put_figure(json, "stack", bench->sram_bytes.stack);
        put_figure(json, "total", bench->sram_bytes.total);
        vww_json_end(json);
        begin_object(json, "flash_bytes");
        put_figure(json, "code", bench->flash_bytes.code);
        put_figure(json, "weights", bench->flash_bytes.weights);
        put_figure(json, "total", bench->flash_bytes.total);
        vww_json_end(json);
        vww_json_end(json);
    }
    vww_json_end(json);
}

static void put_model(struct vww_json *json, const struct vww_report_run *run)
{
    begin_object(json, "model");
    vww_json_put_string(json, "name", run->graph->name);
    vww_json_put_string(json, "file", run->model_path);
    if (run->file_bytes > 0)
        vww_json_put_integer(json, "file_bytes", run->file_bytes);
#define X(column) vww_json_put_integer(json, #column, run->cost.column);
    VWW_COST_COLUMNS(X)
#undef X
    vww_json_put_string(json, "peak_at", run->cost.peak_at);
    begin_array(json, "layers");
    for (int32_t i = 0; i < run->cost.layer_count; i++)
        put_layer(json, &run->cost.layers[i]);
    vww_json_end(json);
    vww_json_end(json);
}

static void put_training(struct vww_json *json, const struct vww_report_run *run)
{
    begin_array(json, "training");
    for (size_t i = 0; i < run->phase_count; i++) {
        const struct vww_phase *phase = &run->phases[i];
        vww_json_object(json);
        vww_json_put_string(json, "run", phase->path);
        vww_json_put_boolean(json, "quantize_aware", phase->is_quantize_aware);
        if (phase->config != NULL) {
            vww_json_key(json, "config");
            put_tree(json, phase->config, 0);
        }
        begin_array(json, "metrics");
        for (size_t m = 0; m < phase->metrics.count; m++) {
            const struct vww_metric *metric = &phase->metrics.lines[m];
            vww_json_object(json);
#define X(member)                                                                                  \
    if (metric->member == metric->member) /* not NaN: the line had one */                          \
        vww_json_put_number(json, #member, metric->member);
            VWW_METRIC_TABLE(X)
#undef X
            vww_json_end(json);
        }
        vww_json_end(json);
        vww_json_end(json);
    }
    vww_json_end(json);
}

static void put_measures(struct vww_json *json, const struct vww_evaluation *evaluation)
{
    struct vww_measures measures;
    if (vww_measure(evaluation, &measures, NULL) != VWW_OK) {
        json->out->failed = 1;
        return;
    }
    char *text = vww_measures_json(&measures, evaluation);
    vww_measures_fini(&measures);
    if (text == NULL) {
        json->out->failed = 1;
        return;
    }
    vww_json_key(json, "measures");
    vww_json_raw(json, text, strlen(text));
    vww_measures_free(text);
}

static void put_score(struct vww_json *json, const struct vww_score *score)
{
    const struct vww_evaluation *evaluation = score->evaluation;
    vww_json_object(json);
    vww_json_put_string(json, "kind", evaluation->kind);
    vww_json_put_string(json, "model", evaluation->model);
    vww_json_put_string(json, "data", evaluation->data);
    vww_json_put_string(json, "split", evaluation->split);
    vww_json_put_string(json, "machine", evaluation->machine);
    vww_json_put_integer(json, "images", evaluation->images);
    vww_json_put_integer(json, "correct", evaluation->correct);
    vww_json_put_number(json, "accuracy", evaluation->accuracy);
    vww_json_put_number(json, "accuracy_low", score->low);
    vww_json_put_number(json, "accuracy_high", score->high);
    vww_json_put_number(json, "loss", evaluation->loss);
    if (score->compared > 0) {
        vww_json_put_integer(json, "compared_with_float", score->compared);
        vww_json_put_number(json, "difference", score->difference);
    }
    begin_array(json, "classes");
    for (int32_t c = 0; c < evaluation->classes; c++)
        vww_json_string(json, evaluation->class_names[c]);
    vww_json_end(json);
    begin_array(json, "confusion");
    for (int32_t label = 0; label < evaluation->classes; label++) {
        vww_json_array(json);
        for (int32_t c = 0; c < evaluation->classes; c++)
            vww_json_integer(json, evaluation->confusion[label][c]);
        vww_json_end(json);
    }
    vww_json_end(json);
    put_measures(json, evaluation);
    vww_json_end(json);
}

static void put_agreement(struct vww_json *json, const struct vww_report_run *run,
                          enum vww_execution a, enum vww_execution b)
{
    struct vww_agreement agreement;
    if (!vww_report_run_agreement(run, a, b, &agreement))
        return;
    vww_json_object(json);
    begin_array(json, "between");
    vww_json_string(json, vww_execution_names[a]);
    vww_json_string(json, vww_execution_names[b]);
    vww_json_end(json);
    vww_json_put_integer(json, "images", agreement.images);
    vww_json_put_integer(json, "equal", agreement.equal);
    vww_json_put_number(json, "largest_difference", agreement.largest);
    vww_json_end(json);
}

static void put_results(struct vww_json *json, const struct vww_report_run *run,
                        const struct vww_pictures *pictures)
{
    static const char *const groups[VWW_PICTURE_GROUPS] = {"mistake", "unsure", "right"};
    struct vww_score scores[VWW_EXECUTION_COUNT];
    const size_t count = vww_report_run_scores(run, scores);
    begin_array(json, "evaluations");
    for (size_t i = 0; i < count; i++)
        put_score(json, &scores[i]);
    vww_json_end(json);
    begin_array(json, "agreement");
    put_agreement(json, run, VWW_EXECUTION_FLOAT, VWW_EXECUTION_INT8);
    put_agreement(json, run, VWW_EXECUTION_INT8, VWW_EXECUTION_DEVICE);
    vww_json_end(json);
    const struct vww_evaluation *judged = vww_report_run_judged(run);
    begin_array(json, "pictures");
    for (size_t i = 0; i < pictures->count; i++) {
        const int64_t index = pictures->items[i].index;
        const int32_t prediction = judged->predictions[index];
        vww_json_object(json);
        vww_json_put_string(json, "group", groups[pictures->items[i].group]);
        vww_json_put_integer(json, "image", index);
        vww_json_put_integer(json, "label", judged->labels[index]);
        vww_json_put_integer(json, "prediction", prediction);
        vww_json_put_number(json, "probability",
                            (double)judged->probabilities[index * judged->classes + prediction]);
        vww_json_end(json);
    }
    vww_json_end(json);
}

static void put_run(struct vww_json *json, const struct vww_report_run *run,
                    const struct vww_pictures *pictures)
{
    vww_json_object(json);
    vww_json_put_string(json, "run", run->path);
    put_missing(json, run);
    begin_array(json, "commands");
    vww_report_commands(run, put_command, json);
    vww_json_end(json);
    if (run->has_model) {
        put_model(json, run);
        put_budgets(json, run);
        put_plan(json, run);
    }
    put_benches(json, run);
    put_results(json, run, pictures);
    put_training(json, run);
    vww_json_end(json);
}

static void put_comparison(struct vww_json *json, const struct vww_report_run *runs, size_t count)
{
    struct vww_comparison rows[VWW_REPORT_RUNS_MAX];
    vww_compare_runs(runs, count, rows);
    vww_json_put_boolean(json, "same_images", !vww_compare_is_uneven(rows, count));
    begin_array(json, "comparison");
    for (size_t i = 0; i < count; i++) {
        vww_json_object(json);
        vww_json_put_string(json, "run", rows[i].run->path);
        if (rows[i].run->has_model)
            vww_json_put_integer(json, "macs", rows[i].run->cost.macs);
        if (rows[i].judged != NULL) {
            vww_json_put_string(json, "judged_by", rows[i].judged->kind);
            vww_json_put_number(json, "accuracy", rows[i].judged->accuracy);
        }
        vww_json_put_boolean(json, "pareto", rows[i].on_front);
        vww_json_end(json);
    }
    vww_json_end(json);
}

void vww_document_json(struct vww_buffer *out, const struct vww_report_run *runs,
                       const struct vww_pictures *pictures, size_t count)
{
    struct vww_json json;
    vww_json_begin(&json, out, true);
    vww_json_object(&json);
    vww_json_put_string(&json, "format", "vww-report");
    vww_json_put_integer(&json, "version", 1);
    vww_json_put_string(&json, "made_by", "vww " VWW_VERSION);
    if (count > 1)
        put_comparison(&json, runs, count);
    begin_array(&json, "runs");
    for (size_t i = 0; i < count; i++)
        put_run(&json, &runs[i], &pictures[i]);
    vww_json_end(&json);
    vww_json_end(&json);
}
