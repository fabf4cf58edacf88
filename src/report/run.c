#include "report/run.h"
#include "vww/checkpoint.h"
#include "vww/fold.h"
#include "vww/tflite.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const vww_execution_names[VWW_EXECUTION_COUNT] = {"float", "int8", "device"};

void vww_report_run_fini(struct vww_report_run *run)
{
    for (size_t i = 0; i < run->phase_count; i++) {
        yajl_tree_free(run->phases[i].config);
        vww_metrics_fini(&run->phases[i].metrics);
    }
    for (int i = 0; i < VWW_EXECUTION_COUNT; i++)
        if (run->evaluations[i] != NULL) {
            vww_evaluation_fini(run->evaluations[i]);
            vww_free(run->evaluations[i]);
        }
    vww_plan_fini(&run->plan);
    vww_cost_fini(&run->cost);
    vww_graph_destroy(run->graph);
    *run = (struct vww_report_run){0};
}

yajl_val vww_report_run_config(const struct vww_report_run *run)
{
    return run->phase_count > 0 ? run->phases[run->phase_count - 1].config : NULL;
}

const char *vww_report_run_data(const struct vww_report_run *run)
{
    const char *data;
    if (vww_json_get_string(vww_report_run_config(run), "data", &data))
        return data;
    const struct vww_evaluation *judged = vww_report_run_judged(run);
    return judged != NULL && strcmp(judged->split, VWW_SPLIT_MLPERF) != 0 ? judged->data : "DATA";
}

const struct vww_evaluation *vww_report_run_judged(const struct vww_report_run *run)
{
    static const enum vww_execution order[] = {VWW_EXECUTION_INT8, VWW_EXECUTION_DEVICE,
                                               VWW_EXECUTION_FLOAT};
    for (size_t i = 0; i < VWW_EXECUTION_COUNT; i++)
        if (run->evaluations[order[i]] != NULL)
            return run->evaluations[order[i]];
    return NULL;
}

/* --- recipe and curves --------------------------------------------------------------------------
 */

static vww_status read_phase(const char *path, struct vww_phase *phase, bool *found,
                             struct vww_error *error)
{
    char file[VWW_PATH_MAX];
    *found = false;
    vww_status status = vww_path_join(phase->path, "", path, error);
    if (status == VWW_OK)
        status = vww_path_join(file, path, "config.json", error);
    if (status == VWW_OK && vww_file_exists(file)) {
        *found = true;
        status = vww_json_read(file, &phase->config, error);
    }
    if (status == VWW_OK)
        status = vww_path_join(file, path, "metrics.jsonl", error);
    if (status == VWW_OK && vww_file_exists(file)) {
        *found = true;
        status = vww_metrics_read(file, &phase->metrics, error);
    }
    if (!vww_json_get_boolean(phase->config, "quantize_aware", &phase->is_quantize_aware))
        phase->is_quantize_aware = false;
    return status;
}

/* Where the run that `phase` continued lies: as it was written, or beside the run itself, for runs
 * that were moved together. False: it says none, or the folder is gone. */
static bool find_origin(const struct vww_phase *phase, char path[VWW_PATH_MAX])
{
    const char *from;
    char beside[VWW_PATH_MAX];
    if (!vww_json_get_string(phase->config, "from", &from) || from[0] == '\0')
        return false;
    if (vww_directory_exists(from))
        return vww_path_join(path, "", from, NULL) == VWW_OK;
    const char *name = strrchr(from, '/') != NULL ? strrchr(from, '/') + 1 : from;
    return vww_path_join(beside, phase->path, "..", NULL) == VWW_OK &&
           vww_path_join(path, beside, name, NULL) == VWW_OK && vww_directory_exists(path);
}

static bool phase_is_known(const struct vww_report_run *run, const char *path)
{
    for (size_t i = 0; i < run->phase_count; i++)
        if (strcmp(run->phases[i].path, path) == 0)
            return true;
    return false;
}

static vww_status read_phases(struct vww_report_run *run, bool *found, struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    run->phase_count = 1;
    vww_status status = read_phase(run->path, &run->phases[0], found, error);
    while (status == VWW_OK && run->phase_count < VWW_PHASES_MAX &&
           find_origin(&run->phases[0], path) && !phase_is_known(run, path)) {
        bool ignored;
        memmove(run->phases + 1, run->phases, run->phase_count * sizeof run->phases[0]);
        run->phases[0] = (struct vww_phase){0};
        run->phase_count++;
        status = read_phase(path, &run->phases[0], &ignored, error);
    }
    return status;
}

/* --- evaluations --------------------------------------------------------------------------------
 */

static vww_status read_evaluation(struct vww_report_run *run, enum vww_execution execution,
                                  bool *found, struct vww_error *error)
{
    char file[VWW_PATH_MAX], name[32];
    snprintf(name, sizeof name, "eval-%s.json", vww_execution_names[execution]);
    vww_status status = vww_path_join(file, run->path, name, error);
    if (status != VWW_OK || !vww_file_exists(file))
        return status;
    *found = true;
    struct vww_evaluation *evaluation = vww_allocate(1, sizeof *evaluation);
    if (evaluation == NULL)
        return vww_fail_memory(error, sizeof *evaluation);
    run->evaluations[execution] = evaluation;
    status = vww_evaluation_read(file, evaluation, error);
    if (status == VWW_OK && strcmp(evaluation->kind, vww_execution_names[execution]) != 0) {
        status = vww_fail(error, VWW_ERROR_MISMATCH, "the evaluation is of another kind");
        vww_error_at(error, file, -1);
        vww_error_seen(error, "\"%s\"", evaluation->kind);
        vww_error_allowed(error, "\"%s\"", vww_execution_names[execution]);
        vww_error_remedy(error, "record it again with `vww eval --record`");
    }
    return status;
}

/* --- the model ----------------------------------------------------------------------------------
 */

/* The .tflite of the run: its own, or the one that its int8 or device evaluation scored. */
static bool find_tflite(const struct vww_report_run *run, char path[VWW_PATH_MAX])
{
    if (vww_path_join(path, run->path, "model.tflite", NULL) == VWW_OK && vww_file_exists(path))
        return true;
    for (int i = VWW_EXECUTION_INT8; i <= VWW_EXECUTION_DEVICE; i++)
        if (run->evaluations[i] != NULL &&
            vww_path_join(path, "", run->evaluations[i]->model, NULL) == VWW_OK &&
            vww_file_exists(path))
            return true;
    return false;
}

static bool find_checkpoint(const struct vww_report_run *run, char path[VWW_PATH_MAX])
{
    static const char *const names[] = {"best.ckpt", "last.ckpt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (vww_path_join(path, run->path, names[i], NULL) == VWW_OK && vww_file_exists(path))
            return true;
    return false;
}

/* Activations as they are on the device: a float model is planned as the int8 model it becomes. */
static void make_activations_int8(struct vww_graph *graph)
{
    for (int32_t t = 0; t < graph->tensor_count; t++)
        if (graph->tensors[t].role == VWW_ROLE_ACTIVATION)
            graph->tensors[t].dtype = VWW_INT8;
}

static vww_status read_model(struct vww_report_run *run, bool *found, struct vww_error *error)
{
    struct vww_graph *graph = NULL;
    vww_status status = VWW_OK;
    if (find_tflite(run, run->model_path)) {
        run->file_bytes = vww_file_bytes(run->model_path);
        status = vww_tflite_read(run->model_path, &graph, error);
    } else if (find_checkpoint(run, run->model_path)) {
        status = vww_checkpoint_graph(run->model_path, &graph, error);
    } else {
        run->model_path[0] = '\0';
        return VWW_OK;
    }
    *found = true;
    if (status == VWW_OK)
        status = vww_quantize_fold(graph, &run->graph, error);
    vww_graph_destroy(graph);
    if (status != VWW_OK)
        return status;
    make_activations_int8(run->graph);
    status = vww_cost_count(run->graph, VWW_COST_PATHS, &run->cost, error);
    if (status == VWW_OK)
        status = vww_plan_make(run->graph, &(struct vww_plan_options){.strategy = "auto"},
                               &run->plan, error);
    run->has_model = status == VWW_OK;
    return status;
}

static vww_status read_benches(struct vww_report_run *run, bool *found, struct vww_error *error)
{
    char file[VWW_PATH_MAX];
    const vww_status status = vww_path_join(file, run->path, "bench.jsonl", error);
    if (status != VWW_OK || !vww_file_exists(file))
        return status;
    *found = true;
    return vww_benches_read(file, run->benches, &run->bench_count, error);
}

/* --- what is missing ----------------------------------------------------------------------------
 */

__attribute__((format(printf, 3, 4))) static void miss(struct vww_report_run *run, const char *what,
                                                       const char *format, ...)
{
    if (run->missing_count == VWW_MISSING_MAX)
        return;
    struct vww_missing *missing = &run->missing[run->missing_count++];
    va_list arguments;
    va_start(arguments, format);
    snprintf(missing->what, sizeof missing->what, "%s", what);
    vsnprintf(missing->command, sizeof missing->command, format, arguments);
    va_end(arguments);
}

static void list_missing_training(struct vww_report_run *run)
{
    const char *data = vww_report_run_data(run), *path = run->path, *state;
    const struct vww_phase *phase = &run->phases[run->phase_count - 1];
    if (phase->config == NULL)
        miss(run, "the recipe (config.json)", "vww train … --data %s --out %s", data, path);
    if (phase->metrics.count == 0)
        miss(run, "training curves (metrics.jsonl)", "vww train … --data %s --out %s", data, path);
    if (vww_json_get_string(phase->config, "state", &state) && strcmp(state, "finished") != 0)
        miss(run, "the rest of the training, which has not finished", "vww train --resume %s",
             path);
    if (!run->has_model)
        miss(run, "the model: neither a checkpoint nor model.tflite",
             "vww train … --data %s --out %s", data, path);
}

static void list_missing(struct vww_report_run *run)
{
    const char *data = vww_report_run_data(run), *path = run->path;
    const char *model = run->file_bytes > 0 ? run->model_path : NULL;
    char made[VWW_PATH_MAX];
    if (model == NULL)
        model = vww_path_join(made, path, "model.tflite", NULL) == VWW_OK ? made : "model.tflite";
    list_missing_training(run);
    if (run->file_bytes == 0)
        miss(run, "the int8 model (model.tflite)", "vww quantize %s --data %s --out %s", path, data,
             model);
    if (run->evaluations[VWW_EXECUTION_FLOAT] == NULL)
        miss(run, "float accuracy (eval-float.json)", "vww eval %s --data %s --record %s", path,
             data, path);
    if (run->evaluations[VWW_EXECUTION_INT8] == NULL)
        miss(run, "int8 accuracy (eval-int8.json)", "vww eval %s --data %s --record %s", model,
             data, path);
    if (run->evaluations[VWW_EXECUTION_DEVICE] == NULL)
        miss(run, "accuracy on the emulated device (eval-device.json)",
             "vww eval %s --data %s --machine mps2-an386 --record %s", model, data, path);
    if (run->bench_count == 0)
        miss(run, "memory and flash as measured (bench.jsonl)",
             "vww bench %s --machine mps2-an386 --json >> %s/bench.jsonl", model, path);
}

static vww_status check_folder(const char *path, struct vww_error *error)
{
    if (vww_directory_exists(path))
        return VWW_OK;
    vww_fail(error, VWW_ERROR_NOT_FOUND,
             vww_file_exists(path) ? "the run is a file, not a folder" : "the run does not exist");
    vww_error_at(error, path, -1);
    vww_error_remedy(error, "give the folder that `vww train --out` made");
    return VWW_ERROR_NOT_FOUND;
}

/* "run" of "/data/run/". */
static void last_part(const char *path, char *name, size_t size)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    snprintf(name, size, "%.*s", (int)(end - start), path + start);
}

vww_status vww_report_run_read(const char *path, struct vww_report_run *run,
                               struct vww_error *error)
{
    *run = (struct vww_report_run){0};
    bool found[3] = {false, false, false};
    vww_status status = check_folder(path, error);
    if (status == VWW_OK)
        status = vww_path_join(run->path, "", path, error);
    if (status != VWW_OK)
        return status;
    last_part(path, run->name, sizeof run->name);
    status = read_phases(run, &found[0], error);
    for (int i = 0; i < VWW_EXECUTION_COUNT && status == VWW_OK; i++)
        status = read_evaluation(run, i, &found[1], error);
    if (status == VWW_OK)
        status = read_benches(run, &found[1], error);
    if (status == VWW_OK)
        status = read_model(run, &found[2], error);
    if (status != VWW_OK)
        return status;
    if (!found[0] && !found[1] && !found[2]) {
        vww_fail(error, VWW_ERROR_NOT_FOUND, "the folder holds no run");
        vww_error_at(error, path, -1);
        vww_error_allowed(error, "a folder with config.json, metrics.jsonl, best.ckpt, "
                                 "model.tflite or eval-*.json");
        vww_error_remedy(error, "give the folder that `vww train --out` made");
        return VWW_ERROR_NOT_FOUND;
    }
    list_missing(run);
    return VWW_OK;
}
