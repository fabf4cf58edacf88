#include "commands.h"
#include "console.h"
#include "enlarging.h"
#include "eval_print.h"
#include "model_option.h"
#include "option.h"
#include "vww/checkpoint.h"
#include "vww/evaluate.h"
#include "vww/interpret.h"
#include "vww/machine.h"
#include "vww/network.h"
#include "vww/tflite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FLOAT_BATCH 32

struct choice {
    const char *model, *data, *split, *mlperf, *machine, *serial, *record;
    int64_t images; /* 0: all */
    bool harness, json;
};

/* All that lives as long as the scoring. */
struct work {
    struct vww_graph *graph;
    struct vww_predictor predictor;
    struct vww_loader *loader;
    struct vww_image_source source;
    struct vww_evaluation evaluation;
};

static void release(struct work *work)
{
    vww_evaluation_fini(&work->evaluation);
    vww_image_source_fini(&work->source);
    if (work->loader != NULL)
        vww_loader_close(work->loader);
    vww_predictor_fini(&work->predictor);
    vww_graph_destroy(work->graph);
}

static bool has_suffix(const char *text, const char *suffix)
{
    const size_t length = strlen(text), end = strlen(suffix);
    return length >= end && strcmp(text + length - end, suffix) == 0;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Before minutes of scoring, not after them. */
static vww_status check_record(const struct choice *choice, struct vww_error *error)
{
    if (choice->record == NULL || is_folder(choice->record))
        return VWW_OK;
    vww_fail(error, VWW_ERROR_NOT_FOUND, "the run to record into is no folder");
    vww_error_at(error, choice->record, -1);
    vww_error_remedy(error, "give the folder that `vww train --out` made");
    return VWW_ERROR_NOT_FOUND;
}

static vww_status fail_shape(const struct choice *choice, const struct vww_shape *input,
                             struct vww_error *error)
{
    char seen[64];
    vww_shape_text(input, seen, sizeof seen);
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "the model's input is not a square RGB image");
    vww_error_at(error, choice->model, -1);
    vww_error_seen(error, "%s", seen);
    vww_error_allowed(error, "1xRxRx3");
    return VWW_ERROR_UNSUPPORTED;
}

static vww_status open_model(const struct choice *choice, struct work *work,
                             struct vww_error *error)
{
    const bool is_tflite = has_suffix(choice->model, ".tflite");
    vww_status status = is_tflite ? vww_tflite_read(choice->model, &work->graph, error)
                                  : vww_checkpoint_graph(choice->model, &work->graph, error);
    if (status != VWW_OK)
        return status;
    const bool is_int8 = work->graph->tensors[work->graph->input].dtype != VWW_FLOAT32;
    if ((choice->harness || choice->serial != NULL) && is_int8)
        return vww_harness_predictor(work->graph, choice->machine, choice->serial, &work->predictor,
                                     error);
    if (choice->machine != NULL && is_int8)
        return vww_machine_predictor(work->graph, choice->machine, NULL, &work->predictor, error);
    if (choice->machine != NULL || choice->serial != NULL) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "only int8 models run on a machine");
        vww_error_at(error, choice->model, -1);
        vww_error_remedy(error, "convert the run with `vww quantize` and score its .tflite file");
        return VWW_ERROR_UNSUPPORTED;
    }
    const struct vww_shape *in = &work->graph->tensors[work->graph->input].shape;
    if (in->rank != 4 || in->dims[1] != in->dims[2] || in->dims[3] != 3)
        return fail_shape(choice, in, error);
    return is_int8 ? vww_interpret_predictor(work->graph, &work->predictor, error)
                   : vww_network_predictor(work->graph, FLOAT_BATCH, &work->predictor, error);
}

static vww_status open_images(const struct choice *choice, struct work *work,
                              struct vww_error *error)
{
    const int32_t resolution = work->predictor.resolution;
    vww_status status;
    if (choice->mlperf != NULL) {
        status = vww_image_source_mlperf(&work->source, choice->mlperf, resolution, error);
    } else {
        const struct vww_loader_options options = {.directory = choice->data,
                                                   .split = choice->split,
                                                   .resolution = resolution,
                                                   .batch = 1};
        status = vww_loader_open(&options, console_progress(), &work->loader, error);
        if (status == VWW_OK) {
            note_enlarging(choice->data, vww_loader_built_size(work->loader), resolution);
            vww_image_source_loader(&work->source, work->loader);
        }
    }
    if (status == VWW_OK && choice->images > 0 && choice->images < work->source.count)
        work->source.count = choice->images;
    return status;
}

static vww_status score(const struct choice *choice, struct work *work, struct vww_error *error)
{
    struct vww_evaluation *evaluation = &work->evaluation;
    vww_status status = check_record(choice, error);
    if (status == VWW_OK)
        status = open_model(choice, work, error);
    if (status == VWW_OK)
        status = open_images(choice, work, error);
    if (status == VWW_OK)
        status = vww_evaluate_source(&work->source, &work->predictor, console_progress(),
                                     evaluation, error);
    console_progress_end();
    if (status != VWW_OK)
        return status;
    snprintf(evaluation->model, sizeof evaluation->model, "%s", choice->model);
    snprintf(evaluation->data, sizeof evaluation->data, "%s",
             choice->mlperf != NULL ? choice->mlperf : choice->data);
    snprintf(evaluation->split, sizeof evaluation->split, "%s",
             choice->mlperf != NULL ? VWW_SPLIT_MLPERF : choice->split);
    snprintf(evaluation->machine, sizeof evaluation->machine, "%s",
             choice->machine != NULL  ? choice->machine
             : choice->serial != NULL ? choice->serial
                                      : "");
    return choice->record != NULL ? vww_evaluation_record(evaluation, choice->record, error)
                                  : VWW_OK;
}

int cmd_eval(int argc, char **argv)
{
    struct choice choice = {.split = "val"};
    struct option options[] = {
        {.name = "data",
         .kind = OPTION_STRING,
         .value = &choice.data,
         .argument = "DIR",
         .help = "score on a data set of `vww dataset build`"},
        {.name = "split",
         .kind = OPTION_STRING,
         .value = &choice.split,
         .argument = "NAME",
         .help = "which part of the data set"},
        {.name = "mlperf",
         .kind = OPTION_STRING,
         .value = &choice.mlperf,
         .argument = "DIR",
         .help = "score on a folder with y_labels.csv and raw .bin images, as MLPerf Tiny's"},
        {.name = "machine",
         .kind = OPTION_STRING,
         .value = &choice.machine,
         .argument = "NAME",
         .help = "generate the int8 model's C, and run that: host, or an emulated board such as "
                 "mps2-an386"},
        {.name = "harness",
         .kind = OPTION_FLAG,
         .value = &choice.harness,
         .help = "speak with the machine through MLPerf Tiny's serial protocol"},
        {.name = "serial",
         .kind = OPTION_STRING,
         .value = &choice.serial,
         .argument = "DEVICE",
         .help = "speak this protocol with a board on a terminal device that runs the harness with "
                 "this model"},
        {.name = "images",
         .kind = OPTION_INTEGER,
         .value = &choice.images,
         .help = "only the first N images; 0 = all",
         .low = 0,
         .high = 1e9},
        {.name = "record",
         .kind = OPTION_STRING,
         .value = &choice.record,
         .argument = "RUN",
         .help =
             "store the result, image by image, in RUN/eval-KIND.json for `vww report`; KIND is "
             "float, int8 or device"},
        {.name = "json",
         .kind = OPTION_FLAG,
         .value = &choice.json,
         .help = "print one object: images, accuracy, loss, confusion [true][predicted], kind, "
                 "classes, measures (docs/results-files.md)"},
    };
    struct command_line line = {
        .usage =
            "vww eval MODEL (--data DIR | --mlperf DIR) [--machine NAME [--harness] | --serial "
            "DEVICE] [--record RUN]",
        .summary = "Score a model. MODEL is a run folder of `vww train` (its best checkpoint), a\n"
                   "checkpoint, or a .tflite file. int8 models are executed by the runtime's own\n"
                   "kernels, with --machine by the C that `vww codegen` makes of them.",
        .example = "  vww eval run/model.tflite --data data --machine mps2-an386 --images 40",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .positional_least = 1,
        .positional_most = 1,
    };
    const char *positional[1];
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    choice.model = positional[0];
    if ((choice.data == NULL) == (choice.mlperf == NULL)) {
        fprintf(stderr, "vww: give either --data or --mlperf\n  usage: %s\n", line.usage);
        return 2;
    }
    if (choice.harness && choice.machine == NULL) {
        fprintf(stderr, "vww: --harness wants a --machine\n  usage: %s\n", line.usage);
        return 2;
    }
    if (choice.serial != NULL && choice.machine != NULL) {
        fprintf(stderr, "vww: give either --machine or --serial\n  usage: %s\n", line.usage);
        return 2;
    }
    struct work work = {0};
    struct vww_error error;
    vww_status status = score(&choice, &work, &error);
    if (status == VWW_OK)
        status = choice.json ? eval_print_json(&work.evaluation, &error)
                             : eval_print_text(&work.evaluation, &error);
    release(&work);
    return status == VWW_OK ? 0 : console_fail(&error);
}
