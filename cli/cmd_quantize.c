#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "model_write.h"
#include "option.h"
#include "vww/checkpoint.h"
#include "vww/dataset.h"
#include "vww/evaluate.h"
#include "vww/interpret.h"
#include "vww/loader.h"
#include "vww/network.h"
#include "vww/quantize.h"
#include "vww/tflite.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct request {
    const char *run, *data, *out, *calibration;
    int64_t images;
    double percentile;
    bool json, compare, equalize, correct_bias;
    bool calibrate_anew; /* --calibration was given */
};

/* What is made on the way, and released at the end. */
struct work {
    struct vww_graph *plain;  /* folded, float, as it was trained */
    struct vww_graph *folded; /* the same, on its way to int8 */
    struct vww_graph *integer;
    struct vww_loader *loader; /* the train split, or NULL without --data */
    uint8_t *images;
    int64_t count;
    bool calibrated;
    int32_t equalized; /* pairs */
    float corrected;   /* largest change of a bias */
    struct vww_quantization_report report;
    struct vww_evaluation evaluations[3]; /* float, fake-quantized, int8 */
};

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static vww_status read_model(const struct request *request, struct work *work,
                             struct vww_error *error)
{
    struct vww_graph *graph;
    vww_status status = ends_with(request->run, ".tflite")
                            ? vww_tflite_read(request->run, &graph, error)
                            : vww_checkpoint_graph(request->run, &graph, error);
    if (status != VWW_OK)
        return status;
    if (graph->tensors[graph->input].dtype != VWW_FLOAT32) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the model is quantized already");
        vww_error_at(error, request->run, -1);
        vww_error_seen(error, "%s input", vww_dtype_name(graph->tensors[graph->input].dtype));
        vww_error_allowed(error, "a run, a checkpoint or a float .tflite");
        status = VWW_ERROR_ARGUMENT;
    } else {
        status = vww_quantize_fold(graph, &work->folded, error);
    }
    vww_graph_destroy(graph);
    if (status != VWW_OK)
        return status;
    work->plain = vww_graph_copy(work->folded);
    if (work->plain == NULL)
        return vww_fail_memory(error, sizeof *work->plain);
    vww_quantize_drop(work->plain);
    return VWW_OK;
}

static vww_status open_split(const struct request *request, const struct work *work,
                             const char *split, struct vww_loader **loader, struct vww_error *error)
{
    const struct vww_loader_options options = {
        .directory = request->data,
        .split = split,
        .resolution = work->folded->tensors[work->folded->input].shape.dims[1],
        .batch = 32,
    };
    return vww_loader_open(&options, console_progress(), loader, error);
}

/* The loader stretches images to the model's input; images that were stretched before say so. */
static vww_status note_size(const struct request *request, int32_t resolution,
                            struct vww_error *error)
{
    struct vww_manifest manifest;
    const vww_status status = vww_manifest_read(request->data, &manifest, error);
    if (status != VWW_OK)
        return status;
    if (manifest.size != 0 && manifest.size != resolution)
        console_note("note: the images of %s are %dx%d and are stretched to the model's %dx%d; "
                     "better ranges come from a data set built at that size",
                     request->data, (int)manifest.size, (int)manifest.size, (int)resolution,
                     (int)resolution);
    vww_manifest_fini(&manifest);
    return VWW_OK;
}

/* Images from all over the train split, at equal distances. */
static vww_status sample_images(const struct request *request, struct work *work,
                                struct vww_error *error)
{
    vww_status status = open_split(request, work, "train", &work->loader, error);
    if (status != VWW_OK)
        return status;
    const struct vww_shape *input = &work->folded->tensors[work->folded->input].shape;
    if (input->rank != 4 || input->dims[1] != input->dims[2] || input->dims[3] != 3) {
        char seen[64];
        vww_shape_text(input, seen, sizeof seen);
        vww_fail(error, VWW_ERROR_MISMATCH, "the model does not take square RGB images");
        vww_error_at(error, request->run, -1);
        vww_error_seen(error, "an input of %s", seen);
        vww_error_allowed(error, "1xRxRx3");
        return VWW_ERROR_MISMATCH;
    }
    status = note_size(request, input->dims[1], error);
    if (status != VWW_OK)
        return status;
    const int64_t examples = vww_loader_examples(work->loader);
    const int64_t bytes = vww_shape_elements(&work->folded->tensors[work->folded->input].shape);
    work->count = request->images < examples ? request->images : examples;
    work->images = calloc((size_t)work->count + 1, (size_t)bytes);
    if (work->images == NULL)
        return vww_fail_memory(error, (size_t)work->count * (size_t)bytes);
    for (int64_t i = 0; i < work->count && status == VWW_OK; i++) {
        int32_t label;
        int64_t id;
        status = vww_loader_example(work->loader, i * examples / work->count,
                                    work->images + i * bytes, &label, &id, error);
    }
    return status;
}

static enum vww_calibration method_of(const char *name)
{
    for (int i = 0; i < VWW_CALIBRATION_COUNT; i++)
        if (strcmp(name, vww_calibration_name((enum vww_calibration)i)) == 0)
            return (enum vww_calibration)i;
    return VWW_CALIBRATION_MINMAX;
}

static vww_status fail_no_images(const struct request *request, const char *what,
                                 struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_NOT_FOUND, "%s", what);
    vww_error_at(error, request->run, -1);
    vww_error_remedy(error, "give --data DIR, an output folder of `vww dataset build`; or train "
                            "with --quantize-aware, which finds the ranges");
    return VWW_ERROR_NOT_FOUND;
}

static vww_status calibrate(struct work *work, enum vww_calibration method, double percentile,
                            struct vww_error *error)
{
    const struct vww_calibration_options options = {
        .method = method, .percentile = percentile, .images = work->images, .count = work->count};
    return vww_quantize_calibrate(work->folded, &options, console_progress(), error);
}

static vww_status equalize(struct work *work, struct vww_error *error)
{
    const vww_status status = vww_quantize_equalize(work->folded, work->images, work->count,
                                                    console_progress(), &work->equalized, error);
    if (status == VWW_OK)
        console_note("equalized: %d pairs of layers", (int)work->equalized);
    return status;
}

static vww_status find_ranges(const struct request *request, struct work *work,
                              struct vww_error *error)
{
    work->calibrated =
        request->calibrate_anew || request->equalize || !vww_quantize_has_ranges(work->folded);
    if (work->count == 0 && (work->calibrated || request->correct_bias))
        return fail_no_images(request,
                              vww_quantize_has_ranges(work->folded)
                                  ? "calibration and bias correction need images"
                                  : "the model has no activation ranges",
                              error);
    vww_status status = request->equalize ? equalize(work, error) : VWW_OK;
    if (work->calibrated && status == VWW_OK) {
        console_note("ranges: by calibration (%s) on %" PRId64 " images of %s",
                     request->calibration, work->count, request->data);
        status = calibrate(work, method_of(request->calibration), request->percentile, error);
    } else if (status == VWW_OK) {
        console_note("ranges: those of the model");
    }
    if (status != VWW_OK || !request->correct_bias)
        return status;
    status = vww_quantize_correct_bias(work->folded, work->images, work->count, console_progress(),
                                       &work->corrected, error);
    if (status == VWW_OK)
        console_note("biases corrected: by %g at most", (double)work->corrected);
    return status;
}

static vww_status write_model(const struct request *request, struct work *work,
                              struct vww_error *error)
{
    const char *labels[VWW_CLASSES_MAX] = {NULL};
    const struct vww_graph *graph = work->integer;
    const int64_t classes = vww_shape_elements(&graph->tensors[graph->output].shape);
    if (work->loader == NULL)
        return model_write(graph, request->out, NULL, error);
    if (vww_loader_classes(work->loader) != classes || classes > VWW_CLASSES_MAX) {
        vww_fail(error, VWW_ERROR_MISMATCH, "the data set has other classes than the model");
        vww_error_at(error, request->data, -1);
        vww_error_seen(error, "%d classes", (int)vww_loader_classes(work->loader));
        vww_error_allowed(error, "the model's %" PRId64, classes);
        return VWW_ERROR_MISMATCH;
    }
    for (int32_t i = 0; i < (int32_t)classes; i++)
        labels[i] = vww_loader_class_name(work->loader, i);
    return model_write(graph, request->out, labels, error);
}

/* --- three ways to compute the same network ------------------------------------------------------
 */

static vww_status evaluate_with(struct vww_loader *loader, vww_status made,
                                struct vww_predictor *predictor, struct vww_evaluation *evaluation,
                                struct vww_error *error)
{
    if (made == VWW_OK)
        made = vww_evaluate(loader, predictor, console_progress(), evaluation, error);
    vww_predictor_fini(predictor);
    return made;
}

static vww_status compare(const struct request *request, struct work *work, struct vww_error *error)
{
    struct vww_graph *fake = vww_graph_copy(work->folded);
    struct vww_loader *loader = NULL;
    struct vww_predictor predictor = {0};
    if (fake == NULL)
        return vww_fail_memory(error, sizeof *fake);
    vww_status status = vww_quantize_parameters(fake, error);
    if (status == VWW_OK)
        status = open_split(request, work, "val", &loader, error);
    if (status == VWW_OK)
        status = evaluate_with(loader, vww_network_predictor(work->plain, 32, &predictor, error),
                               &predictor, &work->evaluations[0], error);
    if (status == VWW_OK)
        status = evaluate_with(loader, vww_network_predictor(fake, 32, &predictor, error),
                               &predictor, &work->evaluations[1], error);
    if (status == VWW_OK)
        status = evaluate_with(loader, vww_interpret_predictor(work->integer, &predictor, error),
                               &predictor, &work->evaluations[2], error);
    vww_loader_close(loader);
    vww_graph_destroy(fake);
    return status;
}

/* --- what is said about it -----------------------------------------------------------------------
 */

static const char *const ways[] = {"float", "fake-quantized", "int8"};

/* Images that way i classifies otherwise than the float network. */
static int64_t changed(const struct work *work, int i)
{
    int64_t count = 0;
    for (int64_t k = 0; k < work->evaluations[0].images; k++)
        count += work->evaluations[i].predictions[k] != work->evaluations[0].predictions[k];
    return count;
}

static int64_t file_bytes(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (int64_t)status.st_size : -1;
}

static void print_table(const struct request *request, const struct work *work)
{
    const struct vww_quantization_report *report = &work->report;
    console_note("%-20s %-18s %11s %11s %10s %5s %23s%s", "layer", "operator", "low", "high",
                 "scale", "zero", "weight scales",
                 report->images > 0 ? "   saturated    own dB        dB" : "");
    for (int32_t i = 0; i < report->count; i++) {
        const struct vww_quantized_layer *layer = &report->layers[i];
        char weights[48] = "", measured[64] = "";
        if (layer->channels > 0)
            snprintf(weights, sizeof weights, "%.3g ... %.3g", (double)layer->weight_scale_least,
                     (double)layer->weight_scale_most);
        if (report->images > 0)
            snprintf(measured, sizeof measured, "   %8.4f%% %9.1f %9.1f", 100 * layer->saturated,
                     layer->own_db, layer->db);
        console_note("%-20s %-18s %11.5g %11.5g %10.4g %5d %23s%s", layer->name,
                     vww_op_name(layer->kind), (double)layer->low, (double)layer->high,
                     (double)layer->scale, (int)layer->zero_point, weights, measured);
    }
    for (int i = 0; i < 3 && request->compare; i++)
        console_note("%-15s accuracy %.4f, loss %.4f, %" PRId64 " of %" PRId64
                     " images otherwise than float",
                     ways[i], work->evaluations[i].accuracy, work->evaluations[i].loss,
                     changed(work, i), work->evaluations[i].images);
    console_note("%s: %" PRId64 " bytes", request->out, file_bytes(request->out));
}

/* JSON has no infinity: a layer without noise has null decibels. */
static void print_decibels(const char *key, double db)
{
    if (isfinite(db))
        printf(",\"%s\":%.4f", key, db);
    else
        printf(",\"%s\":null", key);
}

static void print_layer(const struct vww_quantized_layer *layer, bool measured)
{
    printf("{\"name\":");
    print_json_string(layer->name);
    printf(",\"operator\":\"%s\",\"low\":%.9g,\"high\":%.9g,\"scale\":%.9g,\"zero_point\":%d",
           vww_op_name(layer->kind), (double)layer->low, (double)layer->high, (double)layer->scale,
           (int)layer->zero_point);
    if (layer->channels > 0)
        printf(",\"channels\":%d,\"weight_scale_least\":%.9g,\"weight_scale_most\":%.9g",
               (int)layer->channels, (double)layer->weight_scale_least,
               (double)layer->weight_scale_most);
    if (measured) {
        printf(",\"saturated\":%.9g", layer->saturated);
        print_decibels("own_db", layer->own_db);
        print_decibels("db", layer->db);
    }
    printf("}");
}

static void print_json(const struct request *request, const struct work *work)
{
    printf("{\"model\":");
    print_json_string(request->run);
    printf(",\"out\":");
    print_json_string(request->out);
    printf(",\"bytes\":%" PRId64 ",\"ranges\":\"%s\"", file_bytes(request->out),
           work->calibrated ? request->calibration : "model");
    printf(",\"images\":%" PRId64 ",\"equalized_pairs\":%d,\"largest_bias_correction\":%.9g",
           work->count, (int)work->equalized, (double)work->corrected);
    printf(",\"layers\":[");
    for (int32_t i = 0; i < work->report.count; i++) {
        printf("%s", i > 0 ? "," : "");
        print_layer(&work->report.layers[i], work->report.images > 0);
    }
    printf("]");
    for (int i = 0; i < 3 && request->compare; i++)
        printf("%s{\"execution\":\"%s\",\"images\":%" PRId64
               ",\"accuracy\":%.9g,\"loss\":%.9g,\"changed\":%" PRId64 "}",
               i == 0 ? ",\"compare\":[" : ",", ways[i], work->evaluations[i].images,
               work->evaluations[i].accuracy, work->evaluations[i].loss, changed(work, i));
    printf("%s}\n", request->compare ? "]" : "");
}

static vww_status quantize(const struct request *request, struct work *work,
                           struct vww_error *error)
{
    vww_status status = read_model(request, work, error);
    if (status == VWW_OK && request->data != NULL)
        status = sample_images(request, work, error);
    if (status == VWW_OK)
        status = find_ranges(request, work, error);
    if (status == VWW_OK)
        status = vww_quantize_convert(work->folded, &work->integer, error);
    if (status == VWW_OK)
        status = vww_quantize_report(work->folded, work->images, work->count, console_progress(),
                                     &work->report, error);
    if (status == VWW_OK && request->compare)
        status = compare(request, work, error);
    if (status == VWW_OK)
        status = write_model(request, work, error);
    return status;
}

static void release(struct work *work)
{
    for (int i = 0; i < 3; i++)
        vww_evaluation_fini(&work->evaluations[i]);
    vww_quantization_report_fini(&work->report);
    vww_loader_close(work->loader);
    vww_graph_destroy(work->plain);
    vww_graph_destroy(work->folded);
    vww_graph_destroy(work->integer);
    free(work->images);
}

int cmd_quantize(int argc, char **argv)
{
    struct request request = {.calibration = "mse", .images = 256, .percentile = 99.99};
    enum { CALIBRATION = 2 };
    struct option options[] = {
        {.name = "out",
         .kind = OPTION_STRING,
         .value = &request.out,
         .argument = "FILE",
         .help = "the .tflite file to write",
         .required = true},
        {.name = "data",
         .kind = OPTION_STRING,
         .value = &request.data,
         .argument = "DIR",
         .help =
             "output folder of `vww dataset build`: calibrates, measures and names the classes"},
        [CALIBRATION] = {.name = "calibration",
                         .kind = OPTION_CHOICE,
                         .value = &request.calibration,
                         .choices = "minmax|average|percentile|mse",
                         .help = "find ranges from images, even where training found them"},
        {.name = "calibration-images",
         .kind = OPTION_INTEGER,
         .value = &request.images,
         .help = "how many images of the train split calibrate and measure",
         .low = 1,
         .high = 100000},
        {.name = "percentile",
         .kind = OPTION_NUMBER,
         .value = &request.percentile,
         .help = "for --calibration percentile: values beyond it at either end are cut",
         .low = 50,
         .high = 100},
        {.name = "equalize",
         .kind = OPTION_FLAG,
         .value = &request.equalize,
         .help = "equalize weights across layers first (needs --data)"},
        {.name = "correct-bias",
         .kind = OPTION_FLAG,
         .value = &request.correct_bias,
         .help = "correct biases for the mean error of rounded weights (needs --data)"},
        {.name = "compare",
         .kind = OPTION_FLAG,
         .value = &request.compare,
         .help = "score float, fake-quantized and int8 on the val split (needs --data)"},
        {.name = "json", .kind = OPTION_FLAG, .value = &request.json, .help = "one JSON object"},
    };
    struct command_line line = {
        .usage = "vww quantize RUN --out M.tflite [--data DIR]",
        .summary = "Turn a trained network (a run, a checkpoint, or a float .tflite) into an int8 "
                   ".tflite file: fold batch norm, find activation ranges, convert. Ranges that "
                   "training with --quantize-aware found are used; otherwise images of the train "
                   "split calibrate. Reports each layer, the noisiest first.",
        .example =
            "  vww quantize runs/qat --out person.tflite\n"
            "  vww quantize runs/float --data data --calibration mse --compare --out p.tflite",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .positional_least = 1,
        .positional_most = 1};
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, &request.run, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    request.calibrate_anew = options[CALIBRATION].given;
    if (request.compare && request.data == NULL) {
        fprintf(stderr, "vww quantize: --compare needs --data DIR\n");
        return 2;
    }
    struct vww_error error;
    struct work work = {0};
    const vww_status status = quantize(&request, &work, &error);
    if (status == VWW_OK) {
        print_table(&request, &work);
        if (request.json)
            print_json(&request, &work);
    }
    release(&work);
    return status == VWW_OK ? 0 : console_fail(&error);
}
